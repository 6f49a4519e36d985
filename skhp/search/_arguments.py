"""Arguments that a constructor does not have, and what they are called here."""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Callable, Collection
from typing import Any

_SPACES = ("param_distributions", "search_spaces", "param_grid")
_BUDGETS = ("n_iter", "n_candidates")
# What other libraries call a parameter, and our names for it: those of the class that
# has one of them are suggested.
_OUR_NAMES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_SPACES, _SPACES),
    **dict.fromkeys(("param_space", "params", "space"), _SPACES),
    **dict.fromkeys(("n_trials", "max_evals", "n_calls", "num_samples"), _BUDGETS),
    **dict.fromkeys(("n_iter", "n_candidates"), _BUDGETS),
    **dict.fromkeys(("timeout", "time_budget_s", "max_time"), ("time_budget",)),
    **dict.fromkeys(("trial_timeout", "fit_time_limit"), ("fit_timeout",)),
    **dict.fromkeys(("max_iter", "max_iters"), ("max_resources", *_BUDGETS)),
    **dict.fromkeys(("aggressiveness", "eta", "reduction_factor"), ("factor",)),
    **dict.fromkeys(("n_random_starts", "n_initial_points"), ("optimizer_kwargs",)),
    **dict.fromkeys(("metric", "metrics", "eval_metric"), ("scoring",)),
    **dict.fromkeys(("folds", "n_folds", "cv_folds", "n_splits"), ("cv",)),
    **dict.fromkeys(("seed", "random_seed"), ("random_state",)),
    **dict.fromkeys(("n_workers", "max_concurrent_trials"), ("n_jobs",)),
    **dict.fromkeys(("study", "storage", "local_dir"), ("journal",)),
}
# What has no parameter of its own here.
_ADVICE = {
    "loss_fn": "pass scoring=make_scorer(loss, greater_is_better=False)",
    "patience": "pass callbacks=[NoImprovement(patience)] to stop early",
    "early_stopping": "pass callbacks=[NoImprovement(patience)] to stop a search "
    "early, or use HyperbandSearchCV to stop candidates early",
    "search_optimization": "each kind of search is a class of its own, such as "
    "BayesSearchCV, RandomizedSearchCV and HyperbandSearchCV",
    "population_size": "the number of candidates is n_iter",
    "generations": "the number of candidates is n_iter",
    "fit_params": "pass them to fit",
    "iid": "the mean of the folds' scores is always used",
}


def explaining_unknown(constructor: Callable[..., None]) -> Callable[..., None]:
    """Return a constructor that names ours for an argument that it does not have."""
    known = [
        name
        for name, parameter in inspect.signature(constructor).parameters.items()
        if parameter.kind is not parameter.VAR_KEYWORD
    ]
    takes_any = len(known) < len(inspect.signature(constructor).parameters)

    @functools.wraps(constructor)
    def checked(self: Any, *args: Any, **kwargs: Any) -> None:
        unknown = [] if takes_any else [name for name in kwargs if name not in known]
        if unknown:
            name = unknown[0]
            raise TypeError(
                f"{type(self).__name__} got an unexpected keyword argument {name!r}"
                f"{_hint(name, known)}"
            )
        constructor(self, *args, **kwargs)

    return checked


def _hint(name: str, known: Collection[str]) -> str:
    """Return what to write instead, if that can be guessed."""
    if name in _ADVICE:
        return f": {_ADVICE[name]}."
    ours = [n for n in _OUR_NAMES.get(name, ()) if n in known]
    if ours:
        return f": it is called {ours[0]!r} here."
    near = difflib.get_close_matches(name, known, 1)
    return f". Did you mean {near[0]!r}?" if near else "."
