"""The parts of docstrings that the search classes share, each written once.

The docstring of a class or of a method names a part in braces on a line of its own,
and `with_shared_parts` puts the part there, with the same indentation::

    {scoring}
        What holds for this class only follows the shared description.

Defaults are taken from the signature.
"""

from __future__ import annotations

import inspect
import re
from typing import Any, TypeVar

_PARAMETERS = """\
estimator : estimator object
    The estimator to tune. It is cloned for every fit and never changed itself.

param_grid : dict or list of dict
    The grid: a dict from parameter names to lists of values to try. With a list of
    such dicts, all of their grids are searched.

param_distributions : dict, list of dict or 'auto'
    The search space: a dict from parameter names to lists of choices or
    distributions. A distribution is one of `scipy.stats` or anything else with a
    method ``rvs``, a `skhp.Real`, `skhp.Integer` or `skhp.Categorical`, a range
    with its prior such as ``(1e-3, 10, "log-uniform")``, or a dimension of
    scikit-optimize or Optuna. Every other tuple is a list of choices, which is how
    scikit-learn reads it. With a list of dicts, each candidate is drawn from one
    dict, chosen at random. Parameters may depend on others (`skhp.Conditional`) and
    on which estimator is chosen (`skhp.OneOf`). 'auto' is
    ``skhp.space.preset_space(estimator)``, a space for the usual estimators.

n_iter : int, default={default}
    Number of candidates to evaluate.

scoring : str, callable, list, tuple or dict, default={default}
    The score to maximise: the name of a scorer or a callable ``(estimator, X, y)``.
    A list or tuple of names, a dict of scorers, or a callable that returns a dict
    computes several metrics. Greater is better. None uses the estimator's
    ``score``.

n_jobs : int, default={default}
    Number of fits to run in parallel. None means 1 unless a
    `joblib.parallel_config` context says otherwise; -1 uses all cores.

refit : bool, str or callable, default={default}
    Whether to refit the best candidate on all the data, as ``best_estimator_``.
    With several metrics, the name of the one that decides which candidate is best.
    A callable is given ``cv_results_`` and returns the index of the best candidate;
    `skhp.selection` has `one_standard_error` and `posterior_mean`.

cv : int, cross-validation generator or iterable, default={default}
    How to split the data: a number of folds (stratified for classifiers), a
    splitter, or the splits themselves. None means 5 folds. The splits are made once
    per ``fit``, so that all candidates are compared on the same folds even if the
    splitter shuffles without a fixed seed.

verbose : int, default={default}
    How much progress to print: 0 for nothing, 1 for a line per finished candidate,
    2 for a line per fit too, 3 for its scores too. With 1, a terminal or a notebook
    shows a single line that is kept up to date. Warnings that fits raise are
    grouped by kind and told at the end; with 3, each is shown after its fit. With 1
    or more, up to three lines at the end say what the results suggest to do next.

pre_dispatch : int or str, default={default}
    Upper limit on the number of tasks handed to the workers at a time: a number,
    'all', or an expression such as '2*n_jobs'. A limit below the number of workers
    is raised to that number.

random_state : int, RandomState instance or None, default={default}
    Seed of everything that is drawn at random. Pass an int for the same draws in
    every ``fit``. Otherwise a search with a journal draws a seed, which the journal
    keeps.

error_score : 'raise' or float, default={default}
    Score that a failed fit has in ``cv_results_``. 'raise' ends the search with the
    exception of the fit instead.

return_train_score : bool, default={default}
    Whether to score the estimators on their training folds too.

constraints : callable or list of callable, default={default}
    Conditions that every candidate must satisfy. Each takes a dict of parameters
    and returns whether it is allowed, for example
    ``lambda p: p["num_leaves"] <= 2 ** p["max_depth"]``.

time_budget : float, default={default}
    Time limit in seconds for the ``fit``. A fit only starts if it and the final
    refit are expected to end in time; at least one candidate is evaluated. The
    result is the best candidate evaluated so far. Only members of an ensemble that
    are fitted again on all rows, with ``Ensemble(refit=True)``, may take longer.

journal : str or path-like, default={default}
    File to which every proposed candidate and every finished fit is written at
    once. Fitting again with the same file resumes the search: no fit in the file is
    run again, and with one worker the result is exactly that of a search that was
    never interrupted. Only `ensemble` and `keep_folds` fit the models again that
    they need, which the file does not hold. A file written by a different search is
    refused and left unchanged.

callbacks : callable or list of callable, default={default}
    Called with the search after each candidate, when ``best_score_``,
    ``best_params_``, ``best_index_`` and ``cv_results_`` show the results so far. A
    callback that returns True stops the search. See `Stopper`, `NoImprovement`,
    `TargetReached` and `TimeLimit`. `skhp.callbacks.ForEachCandidate` and
    `skhp.callbacks.MLflowLogger` are called with the candidate instead, to log it.

warm_start : bool, default={default}
    Whether a second ``fit`` on the same data continues the first instead of
    starting anew.

fit_timeout : float, default={default}
    Time limit in seconds for one fit and its scoring. In worker processes
    (``n_jobs`` above 1 with joblib's default backend) a fit that exceeds it is
    killed and gets `error_score`. Elsewhere a fit cannot be killed; there the
    remaining splits of its candidate are skipped and get `error_score`. If the fits
    choose the number of boosting rounds, all splits of a candidate are fitted side
    by side: a worker process is killed when it has taken the limits of all of them.

threads_per_fit : int, 'auto' or None, default={default}
    Number of threads that each fit may use. 'auto' divides the cores evenly among
    the workers if there are several. Parameters such as ``n_jobs`` that the
    estimator leaves at None or -1 are set accordingly in the workers, but not in
    ``best_estimator_``. None changes nothing.

resource : str, default={default}
    What promoted candidates get more of: ``'n_samples'``, or a parameter of the
    estimator that takes positive integers, such as ``'n_estimators'`` or, in a
    pipeline, ``'model__n_estimators'``. With a parameter, the models of a promoted
    candidate are trained further where the estimator can do that; see Notes.

max_resources : int or 'auto', default={default}
    Largest amount of the resource that a candidate may get. 'auto' means all
    samples; any other resource needs a number.

factor : int or float, default={default}
    Each rung promotes the best ``1 / factor`` of its candidates to the next, where
    they get `factor` times the resource. Must be greater than 1.

ensemble : None, 'greedy', 'folds', int or Ensemble, default={default}
    Whether to average models that the search has fitted, as ``ensemble_``, which
    then predicts in place of ``best_estimator_``. 'greedy' selects from the ten
    best candidates by their out-of-fold predictions, 'folds' averages the fold
    models of the best candidate, and an int those of so many best candidates. It
    costs no further fit, unless a search is resumed from a `journal`. A
    `skhp.ensembles.Ensemble` has more settings.

keep_folds : bool, default={default}
    Whether to keep the fold models of the best candidate and their out-of-fold
    predictions.

rounds_resource : str or None, default=None
    The parameter that holds the number of boosting rounds, such as
    ``'n_estimators'`` or, in a pipeline, ``'model__n_estimators'``; 'auto'
    finds it. Each candidate is then fitted once for each split with
    `max_resources` rounds, is scored after every tenth round, and gets the
    number with the best mean score, the same on all splits. None fits
    candidates in the ordinary way. It must be a parameter of the estimator or
    of the last step of a pipeline, and one of these estimators: LightGBM's,
    XGBoost's or CatBoost's classifiers and regressors,
    `sklearn.ensemble.HistGradientBoostingClassifier`,
    `sklearn.ensemble.GradientBoostingClassifier`, or the regressors. The early
    stopping of scikit-learn's own models is turned off, in the refit too.

max_rounds : int, default=1000
    Largest number of boosting rounds of a candidate. Only used with `resource`.

early_stopping : bool, default={default}
    Whether to end the training of a candidate early, on all splits at once: if
    its mean score has not improved for `n_iter_no_change` rounds, or if it is
    so far behind the best candidate that more rounds would not help. False
    trains all candidates to the end. CatBoost, and any estimator whose
    `scoring` is a function of your own, are always trained to the end. Only
    used with `resource`.

n_iter_no_change : int, default={default}
    Number of boosting rounds without a better mean score after which the
    training of a candidate ends. Only used with `resource`.

racing : bool or float, default={default}
    Whether to give a candidate up as soon as its first splits show that the others
    cannot make it the best. It is compared with the best candidate so far on the
    same splits, whose order is the same for all. A number is the probability, over
    the whole search, of giving up the candidate that would have won; True means
    0.1. What is given up keeps the scores it has, ranks last, and has the status
    "raced"; the column ``n_splits_evaluated`` counts the splits. With several
    workers, which candidates are given up depends on the order of results.

refine_top : int, default={default}
    How many of the best candidates are evaluated again after the search, on further
    shuffles of the splits, to find out which of them was best by luck. They race;
    the mean of all shuffles decides. `cv` must be a splitter that shuffles, such as
    ``KFold(5, shuffle=True)``; a number of folds does not. 0 leaves the choice to
    the search.

refine_repeats : int, default={default}
    Number of these shuffles. Only used with `refine_top`.

aggressive_elimination : bool, default={default}
    Whether to repeat the first rung, with the same resource, if there are so many
    candidates that more than `factor` of them would otherwise be left on the last
    rung.

subsample_test : bool, default={default}
    Whether to subsample the test folds as well, as scikit-learn does, if the
    resource is ``'n_samples'``. Whole test folds make the scores of low rungs less
    noisy and the scores of different rungs comparable.

min_n_samples : int, default={default}
    Another name for `min_resources` if the resource is ``'n_samples'``. If given,
    it replaces `min_resources`.

max_n_samples : int, default={default}
    Another name for `max_resources` if the resource is ``'n_samples'``. If given,
    it replaces `max_resources`.
"""

_ATTRIBUTES = """\
cv_results_ : dict of str to array of shape (n_rows,)
    The table of results in scikit-learn's layout. If a fit failed or was skipped,
    it has two more columns: ``status`` ("ok", "failed", "timeout", "crashed",
    "stopped" or "raced") and ``error`` (the end of the traceback).

best_estimator_ : estimator
    The best candidate, refitted on all the data. Only there if `refit` is not
    False.

best_score_ : float
    Mean score of the best candidate over the splits of the search, also with
    `refine_top`.

best_params_ : dict
    Parameters of the best candidate.

best_index_ : int
    Row of the best candidate in ``cv_results_``.

tied_ : ndarray of int
    Rows of the candidates that cannot be told from the best one, and its own row
    first: t tests of the paired differences at a level of 5 % for all of them
    together, corrected for training sets that overlap.

best_score_corrected_ : float
    ``best_score_`` without what was luck: the best of many scores is too good on
    average. Estimated by choosing the best on bootstrap samples of the splits and
    scoring it on the splits left out; if the fits choose the number of boosting
    rounds, that too is chosen on the samples. nan with a single split.

best_score_interval_ : tuple of float
    Interval around ``best_score_corrected_`` that is meant to cover the score on
    new data in 95 % of cases.

train_test_gap_ : TrainTestGap
    How much better the best candidate is on the rows it was trained on: ``size``
    ("none", "small", "moderate" or "large"), ``train``, ``test`` and
    ``standard_error``. Only there with ``return_train_score=True``.

improvement_over_default_ : Improvement
    ``difference`` of the mean scores of the best candidate and of the estimator as
    it was given, and its ``standard_error``. Only there if the parameters that the
    estimator has were among the candidates.

ensemble_ : AveragingClassifier or AveragingRegressor
    The ensemble, if `ensemble` is given. With `refit`, the search's own
    ``predict``, ``predict_proba``, ``predict_log_proba``, ``decision_function`` and
    ``score`` are those of the ensemble.

ensemble_info_ : dict
    What the ensemble is made of: ``candidates``, rows of ``cv_results_``, and
    their ``weights``; its out-of-fold ``score``, to compare with ``best_score``
    of the best candidate; ``n_models``, ``n_bytes`` and ``seconds_per_1000_rows``
    of a prediction, and the same of the best candidate alone (``best_n_models``
    and so on). The score is too good on average, as ``best_score_`` is.

oof_predictions_ : ndarray of shape (n_samples, ...)
    With `keep_folds`: for each row, what the fold models of the best candidate
    that have not seen it predict, on average; nan for rows in no test fold.

oof_method_ : {'predict_proba', 'decision_function', 'predict'}
    What they are predicted by: the first of these that the estimator has, if it is
    a classifier, else 'predict'.

fold_estimators_ : list of estimator
    With `keep_folds`: the fitted models of the best candidate, one for each split;
    None where the fit failed.

refine_results_ : dict of str to array
    Only with `refine_top`: a row for each candidate that was refined, the best
    first. ``candidate`` is its row in ``cv_results_``, ``pooled_mean_score`` the
    mean over all shuffles, ``fresh_mean_score`` that without the search's own. Then
    ``best_score_corrected_`` is of the fresh shuffles, which the search had no
    part in.

scorer_ : callable or dict
    The scorer, or a dict of scorers if there are several metrics.

best_at_edge_ : dict of str to {'low', 'high'}
    Numbers among ``best_params_`` that are at an end of the range that was searched
    (or within a hundredth of it), and at which end: a wider range may hold a better
    candidate. Ends that cannot be passed are left out, such as 1 of a fraction.

n_splits_ : int
    Number of splits.

refit_time_ : float
    Seconds that the refit took. Only there if `refit` is not False.

multimetric_ : bool
    Whether there are several metrics.

n_resources_ : list of int
    Resource that each candidate got on each rung.

n_candidates_ : list of int
    Number of candidates on each rung.

n_remaining_candidates_ : int
    Number of candidates that a further rung would have.

n_iterations_ : int
    Number of rungs that were run.

n_required_iterations_ : int
    Number of rungs needed to get down to at most `factor` candidates.

n_possible_iterations_ : int
    Number of rungs that fit between ``min_resources_`` and ``max_resources_``.

boosting_curves_ : dict of str to ndarray
    Only with `resource`. ``"n_resources"``, of shape (n_points,): numbers of
    boosting rounds. ``"test_score"``, of shape (n_candidates, n_splits,
    n_points): the score of each candidate on each split after so many rounds;
    nan where it was not trained.

min_resources_ : int
    Resource on the lowest rung.

max_resources_ : int
    Largest amount of the resource that a candidate may get.
"""

_OF_FIT = """\
X : array-like or sparse matrix of shape (n_samples, n_features)
    Training data; for precomputed kernels and distances, a square matrix of
    shape (n_samples, n_samples).

y : array-like of shape (n_samples,) or (n_samples, n_outputs), default=None
    Target; None for unsupervised learning.

n_more : int, default=0
    Number of candidates to evaluate in addition to those planned so far. 0
    evaluates what an interrupt, a time budget or a callback left undone. A
    grid, halving or Hyperband search has a fixed number of candidates, so it
    must be 0 there.

groups : array-like of shape (n_samples,), default=None
    Group labels of the samples, passed to the splitter.

callback : callable or list of callable, default=None
    Called after each candidate with the history in scikit-optimize's form
    (``x``, ``fun``, ``x_iters``, ``func_vals``, ``space``). A callback that
    returns True stops the search. It is called in this fit only; `callbacks` is
    a parameter of the search.

**params : dict of str to object
    Parameters for the estimator's ``fit``, for the splitter (``groups``) and
    for the scorer, distributed by metadata routing if that is enabled.
    Array-likes of length n_samples are split along with `X`.
"""

_BLOCKS = {
    # How BayesSearchCV and HyperbandSearchCV read a space.
    "ranges": """\
a dict from parameter names to lists of choices, distributions of `scipy.stats`,
`skhp.Real`, `skhp.Integer`, `skhp.Categorical`, ranges ``(low, high)`` or
``(low, high, prior)``, dimensions of scikit-optimize or Optuna, or single
values, which are fixed. Parameters may depend on others (`skhp.Conditional`)
and on which estimator is chosen (`skhp.OneOf`). 'auto' is
``skhp.space.preset_space(estimator)``, a space for the usual estimators.
""",
    # `min_resources` of the two halving searches.
    "first_rung": """\
Resource of each candidate on the first rung. 'smallest' means 2 samples per
split (for classifiers, per split and class), and 1 for any other resource.
'exhaust' means as much as it takes for the last rung to come as close to
`max_resources` as possible.
""",
    "after_fit": """\
Returns
-------
self : object
    The fitted search.

Raises
------
InvalidParameterError
    Before the first fit, if a parameter has an invalid value.
AllFitsFailedError
    If no candidate could be fitted and scored.
""",
    "after_extend": """\
Returns
-------
self : object
    The search, fitted with all its candidates, old and new.

Raises
------
NotFittedError
    If there is neither an earlier fit nor a journal to continue.
InvalidParameterError
    If the data or the parameters of the search differ from the earlier fit.
""",
    "notes_on_resources": """\
With ``resource='n_samples'``, candidates are fitted on nested subsamples of the
training folds: each rung sees all rows of the rung below. For classifiers, they
hold every class, in its proportion. If ``fit`` is given ``groups``, they instead
consist of whole groups, but for the last one and a row of each class. If the splits
are ordered in time, they consist of the rows closest to the test fold.

With a parameter as the resource, a promoted candidate continues from its models of
the rung below if the estimator supports it: LightGBM, XGBoost, and scikit-learn's
forests, bagging and gradient boosting, also as the last step of a pipeline. SGD
estimators and neural networks are continued too, but the result differs from
training them in one go, as does that of LightGBM and XGBoost if they draw rows or
columns; the refit is in one go. `BayesSearchCV` with boosting rounds as `resource`
scores exactly what a fit in one go gives. Estimators that may stop training early,
and all others, are fitted anew. A journal does not keep models: the first
promotions of a resumed search are trained through the same rungs again, and get the
same scores. For a continued model, ``mean_fit_time`` is the time of the last
continuation only.
""",
}


def _by_name(text: str) -> dict[str, str]:
    """Return the entries of a text, which blank lines separate, by their names."""
    entries = text.rstrip().split("\n\n")
    return {entry.partition(" : ")[0].lstrip("*"): entry for entry in entries}


PARTS = {
    **_by_name(_PARAMETERS),
    **_by_name(_ATTRIBUTES),
    **_by_name(_OF_FIT),
    **{name: block.rstrip() for name, block in _BLOCKS.items()},
}
PARTS["n_more"] = PARTS["n_more"].replace("n_more", "n_iter", 1)
PARTS["rounds_resource"] = PARTS["rounds_resource"].removeprefix("rounds_")
PARTS["max_rounds"] = PARTS["max_rounds"].replace("max_rounds", "max_resources", 1)

_PLACE = re.compile(r"^( *)\{(\w+)\}$", re.MULTILINE)
_Class = TypeVar("_Class", bound=type[Any])


def with_shared_parts(cls: _Class) -> _Class:
    """Complete the docstrings of a class and of its methods; for use as a decorator.

    Raises
    ------
    KeyError
        If a docstring names a part that does not exist.
    """
    constructor = inspect.unwrap(cls.__init__)
    defaults: dict[str, Any] = getattr(constructor, "__kwdefaults__", None) or {}

    def part(place: re.Match[str]) -> str:
        indent, name = place.groups()
        text = PARTS[name]
        if "{default}" in text:
            text = text.replace("{default}", _written(defaults[name]))
        lines = text.replace("\n", f"\n{indent}")
        return indent + lines.replace(f"\n{indent}\n", "\n\n")

    methods = filter(inspect.isfunction, list(vars(cls).values()))
    for documented in (cls, *methods):
        if documented.__doc__ is not None:  # as it is with python -OO
            documented.__doc__ = _PLACE.sub(part, documented.__doc__)
    return cls


def _written(default: Any) -> str:
    is_nan = isinstance(default, float) and default != default
    return "np.nan" if is_nan else repr(default)
