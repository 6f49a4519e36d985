"""The first candidates of a search, given by the user or by an earlier search."""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from skhp.exceptions import (
    InvalidParameterError,
    InvalidSpaceError,
    SkhpWarning,
    warn_user,
)
from skhp.journal import trials_of_journal, written
from skhp.space import Categorical, Constant, Space, meanings_of

# Of several earlier searches, at most so many are taken from each.
_MOST_OF_EACH = 5


def initial_configurations(
    given: Any, space: Space, n_most: int, metric: str | None = None
) -> Sequence[Mapping[str, Any]]:
    """Return configurations to evaluate first.

    Parameters
    ----------
    given : None, list of dict, an earlier search or a list of these
        An earlier search is a fitted one, which has ``cv_results_``, a DataFrame, a
        Study of Optuna or the path of a journal. A DataFrame has a column ``params``,
        or columns ``param_<name>`` or ``<name>``, and possibly ``mean_test_score``. If
        it was read from a CSV file, an empty cell stands for None where None is a
        choice.
    space : Space
        Configurations of an earlier search that lie outside it are left out.
    n_most : int
        Number of configurations to take from earlier searches. From one, these are the
        best; from several, first the best of each, then the second of each, and so on.
    metric : str, default=None
        The metric by which those of an earlier search are ranked, if it has this
        metric; otherwise its `refit` metric or, failing that, its first one.
    """
    if given is None:
        return []
    if isinstance(given, Mapping):
        given = [given]
    if isinstance(given, Sequence) and not isinstance(given, str):
        if all(isinstance(point, Mapping) for point in given):
            _check_inside(given, space)
            return given
        ranked = [_ranked(search, space, metric)[:_MOST_OF_EACH] for search in given]
    else:
        ranked = [_ranked(given, space, metric)]
    in_turn = itertools.chain.from_iterable(itertools.zip_longest(*ranked))
    return _distinct((params for params in in_turn if params is not None), space)[
        :n_most
    ]


def _ranked(search: Any, space: Space, metric: str | None) -> list[Mapping[str, Any]]:
    """Return the configurations of an earlier search in the space, the best first."""
    if _is_study(search):
        return _ranked_of_study(search, space)
    if isinstance(search, (str, os.PathLike)):
        return _ranked_of_journal(search, space, metric)
    if hasattr(search, "cv_results_"):
        results = search.cv_results_
        chosen = _metric_of(results, "rank_test_", metric, search.refit)
        candidates = _without_resource(search, space)
        best = _inside(candidates, _rank_of_rungs(results, chosen), space)
        _warn_of_none("No candidate of the search in", candidates, best)
        return best
    if hasattr(search, "columns") and hasattr(search, "to_dict"):
        candidates = _candidates(search, space)
        return _inside(candidates, _rank_of_frame(search, metric), space)
    raise InvalidParameterError(
        "The 'initial_points' parameter of BayesSearchCV must be a list of dicts or an "
        "earlier search (fitted, as a DataFrame, a Study of Optuna or the path of a "
        f"journal), or a list of these. Got {search!r} instead."
    )


def _check_inside(points: Sequence[Mapping[str, Any]], space: Space) -> None:
    """Raise if a point does not lie in the space."""
    known = {name.lower(): name for names in space.names for name in names}
    for point in points:
        try:
            space.to_rows([point])
        except InvalidSpaceError as error:
            unknown = [name for name in point if name not in known.values()]
            near = [known[n.lower()] for n in unknown if n.lower() in known]
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise InvalidParameterError(
                "The 'initial_points' parameter of BayesSearchCV must hold points of "
                f"the search space. {error}{hint}"
            ) from error


def _metric_of(columns: Iterable[str], prefix: str, *wanted: Any) -> str | None:
    """Return the column of the first wanted metric that exists, else any, else None."""
    there = [name for name in columns if name.startswith(prefix)]
    names = [f"{prefix}{metric}" for metric in (*wanted, "score")]
    return next((name for name in (*names, *there) if name in there), None)


def _without_resource(search: Any, space: Space) -> list[Mapping[str, Any]]:
    """Return the parameters without a resource, such as the number of trees.

    Unless it is searched now.
    """
    name = getattr(search, "resource", None)
    if any(name in names for names in space.names):
        name = None
    return [
        {own: value for own, value in params.items() if own != name}
        for params in search.cv_results_["params"]
    ]


def _rank_of_rungs(results: Mapping[str, Any], chosen: str | None) -> Any:
    """Return the ranks; of a search with rungs, by the resource first."""
    rank = None if chosen is None else results[chosen]
    if rank is None or "iter" not in results or "n_resources" not in results:
        return rank
    order = np.lexsort([rank, -np.asarray(results["n_resources"])])
    return np.argsort(order)


def _rank_of_frame(frame: Any, metric: str | None) -> Any:
    columns = [str(name) for name in frame.columns]
    # Means, because a frame may hold several searches, each with ranks of its own.
    chosen = _metric_of(columns, "mean_test_", metric)
    if chosen is not None:
        return (-frame[chosen]).rank(method="min").to_numpy()
    chosen = _metric_of(columns, "rank_test_", metric)
    return None if chosen is None else frame[chosen].to_numpy()


def _candidates(frame: Any, space: Space) -> list[Mapping[str, Any]]:
    """Return the parameters of each row; an empty dict for a row outside the space."""
    if "params" in frame.columns and all(
        isinstance(params, Mapping) for params in frame["params"]
    ):
        return list(frame["params"])
    names = {name for searched in space.names for name in searched}
    columns = {
        name: column
        for name in names
        for column in (f"param_{name}", name)
        if column in frame.columns
    }
    is_empty = frame.isna().to_dict("records")
    rows = [
        {n: row[c] for n, c in columns.items() if not empty[c]}
        for row, empty in zip(frame.to_dict("records"), is_empty, strict=True)
    ]
    return [_completed(row, set(columns), space) for row in rows]


def _completed(
    filled: dict[str, Any], there: set[str], space: Space
) -> Mapping[str, Any]:
    """Return the parameters of a row, with None or nan in place of empty cells.

    An empty cell can also mean that the parameter is not in the row's sub-space. The
    result is an empty dict if no reading lies in the space.
    """
    if space.contains(filled):  # what is empty does not apply
        return filled
    fitting = [names for names in space.names if filled.keys() <= set(names)]
    for names in sorted(fitting, key=len):  # as few empty cells as possible
        for stand_in in (None, np.nan) if there.issuperset(names) else ():
            params = {name: filled.get(name, stand_in) for name in names}
            if space.contains(params):
                return params
    return {}


def _inside(
    candidates: Sequence[Mapping[str, Any]], rank: Any, space: Space
) -> list[Mapping[str, Any]]:
    order = range(len(candidates)) if rank is None else np.argsort(rank, kind="stable")
    inside = (candidates[i] for i in order if space.contains(candidates[i]))
    return _distinct(inside, space)


def _distinct(
    candidates: Iterable[Mapping[str, Any]], space: Space
) -> list[Mapping[str, Any]]:
    found: dict[Hashable, Mapping[str, Any]] = {}
    for params in candidates:
        found.setdefault(space.key(space.to_rows([params])[0]), params)
    return list(found.values())


def optuna_value(value: Any) -> Any:
    """Return a value as a Study of Optuna can hold it: plain, or else its repr."""
    if isinstance(value, np.generic):
        value = value.item()
    is_plain = value is None or type(value) in (bool, int, float, str)
    return value if is_plain and value == value else repr(value)


def _is_study(given: Any) -> bool:
    optuna = sys.modules.get("optuna")  # whoever has a Study has imported it
    study = getattr(optuna, "Study", None)
    return isinstance(study, type) and isinstance(given, study)


def _ranked_of_study(study: Any, space: Space) -> list[Mapping[str, Any]]:
    """Return the completed trials of a Study that lie in the space, the best first.

    The values of several objectives are ranked by the first one.
    """
    trials = [trial for trial in study.trials if trial.state.name == "COMPLETE"]
    sign = -1.0 if study.directions[0].name == "MAXIMIZE" else 1.0
    rank = [sign * trial.values[0] for trial in trials]
    params = [trial.params for trial in trials]
    return _in_words(params, rank, space, optuna_value, "No trial of the Study in")


def _ranked_of_journal(
    path: Any, space: Space, metric: str | None
) -> list[Mapping[str, Any]]:
    """Return the trials of a journal with the most resource, the best first.

    Those that lack fits come after the others: folds differ, and a search that races
    gives up after the first ones.
    """
    trials = [trial for trial in trials_of_journal(path) if trial.scores]
    most = max((trial.resource or 0 for trial in trials), default=0)
    trials = [trial for trial in trials if (trial.resource or 0) == most]
    means = np.array([trial.mean(metric) for trial in trials])
    n_fits = np.array([max(map(len, trial.scores.values())) for trial in trials])
    lacks = n_fits < n_fits.max(initial=0)
    order = np.lexsort([-means, lacks, np.isnan(means)])
    params = [trials[i].params for i in order]
    no_trial = f"No trial of the journal {os.fspath(path)!r} in"
    return _in_words(params, range(len(params)), space, _as_written, no_trial)


def _as_written(value: Any) -> Any:
    return written({"": value})[""]


def _in_words(
    candidates: Sequence[Mapping[str, Any]],
    rank: Sequence[float],
    space: Space,
    word_of: Callable[[Any], Any],
    no_trial: str,
) -> list[Mapping[str, Any]]:
    """Return configurations of which some values are given as `word_of` writes them."""
    choices = _choices_by_word(space, word_of)
    translated = [{n: choices.get((n, v), v) for n, v in c.items()} for c in candidates]
    best = _inside(translated, rank, space)
    _warn_of_none(no_trial, translated, best)
    return best


def _warn_of_none(
    none_of: str,
    candidates: Sequence[Mapping[str, Any]],
    inside: Sequence[Mapping[str, Any]],
) -> None:
    """Warn if there are candidates, and none lies in the search space."""
    if candidates and not inside:
        names = sorted({name for params in candidates for name in params})
        warn_user(
            f"{none_of} the 'initial_points' parameter of BayesSearchCV lies in the "
            f"search space. Their parameters are {names}.",
            SkhpWarning,
        )


def _choices_by_word(
    space: Space, word_of: Callable[[Any], Any]
) -> dict[tuple[str, Any], Any]:
    """Return the choices that are not written as they are, by parameter and word."""
    found: dict[tuple[str, Any], Any] = {}
    for meanings in meanings_of(space):
        for name, meaning in meanings.items():
            choices = meaning.choices if isinstance(meaning, Categorical) else ()
            values = (meaning.value,) if isinstance(meaning, Constant) else choices
            for value in values:
                if (word := word_of(value)) is not value:
                    found.setdefault((name, word), value)
    return found
