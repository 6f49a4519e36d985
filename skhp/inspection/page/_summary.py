"""What a search was and what came of it, in a few lines."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sklearn
from sklearn.pipeline import Pipeline

from skhp._version import __version__
from skhp.inspection._parameters import ParameterAxis, value_label
from skhp.inspection._results import Results
from skhp.selection import worth_of_best

_MOST_CHOICES = 6
_MOST_LETTERS = 60
_MOST_PARAMETERS = 40  # rows of the table of what was searched


@dataclass(frozen=True)
class Summary:
    """The summary of a search.

    Attributes
    ----------
    title, subtitle : str
    tiles : list of (str, str, str)
        The most important figures: what it is, the figure, what to know about it.
    facts : list of (str, str)
        What else there is to know.
    parameters : list of (str, str, str)
        What was searched: name, range or choices, the value of the best candidate.
    n_more : int
        How many more parameters there are.
    """

    title: str
    subtitle: str
    tiles: list[tuple[str, str, str]]
    facts: list[tuple[str, str]]
    parameters: list[tuple[str, str, str]]
    n_more: int


def summary_of(
    search: Any, results: Results, axes: Mapping[str, ParameterAxis]
) -> Summary:
    """Return the summary of a fitted search in one metric."""
    kind = public_class(search).__name__
    worth = _worth(search, results)
    estimator = _estimator_name(search.estimator)
    shown = list(axes.values())[:_MOST_PARAMETERS]
    return Summary(
        title=f"{kind} of {estimator}",
        subtitle=f"skhp {__version__}, scikit-learn {sklearn.__version__}",
        tiles=[
            _best_tile(results),
            _improvement_tile(worth),
            _candidates_tile(results),
            _time_tile(search, results),
        ],
        facts=_facts(search, results, worth),
        parameters=[_parameter(search, results, axis) for axis in shown],
        n_more=len(axes) - len(shown),
    )


def public_class(search: Any) -> type[Any]:
    """Return the class of a search, or the first one without an underscore above it."""
    names = (cls for cls in type(search).__mro__ if not cls.__name__.startswith("_"))
    return next(names)


def number(value: float) -> str:
    """Return a number as short as people write it."""
    if value == 0 or 0.01 <= abs(value) < 1e5:
        return f"{value:.4f}".replace("-", "\N{MINUS SIGN}")
    return f"{value:.4g}".replace("-", "\N{MINUS SIGN}")


def duration(seconds: float) -> str:
    """Return seconds as people write them: 0.12 s, 5 min 10 s, 2 h 05 min."""
    if seconds < 0.001:
        return "less than 1 ms" if seconds else "0 s"
    if seconds < 59.95:
        return f"{seconds:.2g} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:,} h {minutes:02d} min"


def _estimator_name(estimator: Any) -> str:
    name = type(estimator).__name__
    if isinstance(estimator, Pipeline) and estimator.steps:
        last = estimator.steps[-1][1]
        is_step = last is not None and not isinstance(last, str)
        return f"a pipeline with {_estimator_name(last)}" if is_step else "a pipeline"
    return name


def _best_tile(results: Results) -> tuple[str, str, str]:
    if results.best is None:
        return results.label, "none", "No candidate has a score."
    error = results.errors[results.best]
    note = f"candidate {results.best}"
    if math.isfinite(error):
        note = f"± {error:.2g} (standard error), {note}"
    return results.label, number(float(results.means[results.best])), note


def _worth(search: Any, results: Results) -> dict[str, Any]:
    """Return what the best score is worth, which only searches of skhp know."""
    if results.best is None or results.best not in results.rivals:
        return {}
    found = worth_of_best(
        search.cv_results_,
        results.best,
        results.metric,
        rho=results.rho,
        rivals=results.rivals,
        default_params=search.estimator.get_params(),
    )
    own = vars(search) if _is_chosen_metric(search, results) else {}
    return found | {name: own[name] for name in found if name in own}


def _improvement_tile(worth: Mapping[str, Any]) -> tuple[str, str, str]:
    title = "Better than the defaults by"
    found = worth.get("improvement_over_default_")
    if found is None:
        return title, "not known", "The estimator's own parameters were not tried."
    difference, error = float(found.difference), float(found.standard_error)
    if difference == 0:
        return title, "0", "Nothing better was found."
    note = ""
    if math.isfinite(error):
        is_sure = abs(difference) > 2 * error
        note = f"± {error:.2g} (standard error)"
        note += "" if is_sure else ", which may be chance"
    return title, number(difference), note


def _is_chosen_metric(search: Any, results: Results) -> bool:
    return results.metric == "score" or search.refit == results.metric


def _candidates_tile(results: Results) -> tuple[str, str, str]:
    problems = Counter(problem for problem in results.problems if problem)
    notes = [f"{count:,} {problem}" for problem, count in problems.items()]
    n = len(results.means)
    what = "Rows, one for each candidate and rung"
    title = "Candidates" if results.resources is None else what
    return title, f"{n:,}", ", ".join(notes) or "all with a score"


def _time_tile(search: Any, results: Results) -> tuple[str, str, str]:
    fits = _total(results.fit_seconds, results)
    scoring = _total(results.score_seconds, results)
    notes = [f"{duration(fits)} fits", f"{duration(scoring)} scoring"]
    refit = getattr(search, "refit_time_", None)
    if refit is not None:
        notes.append(f"{duration(refit)} refit")
    n_unknown = int(np.isnan(results.fit_seconds).sum())
    if n_unknown:
        some = "candidate" if n_unknown == 1 else "candidates"
        notes.append(
            f"without those of {n_unknown:,} {some}, not all of which were run"
        )
    total = fits + scoring + (refit or 0.0)
    return "Time of all fits, added up", duration(total), ", ".join(notes)


def _total(seconds: Any, results: Results) -> float:
    return float(np.nansum(seconds) * results.n_splits)


def _facts(
    search: Any, results: Results, worth: Mapping[str, Any]
) -> list[tuple[str, str]]:
    facts = [("Splits", f"{results.n_splits} (cv={_short(search.cv)})")]
    if search.scoring is not None:
        facts.append(("Scoring", _short(search.scoring)))
    corrected = worth.get("best_score_corrected_", math.nan)
    if math.isfinite(corrected):
        low, high = worth["best_score_interval_"]
        text = f"{number(corrected)}, from {number(low)} to {number(high)}"
        facts.append(("To be expected of the best on new data", text))
    n_others = len(results.rivals) - 1
    if "tied_" in worth and results.n_splits > 1 and n_others > 0:
        text = f"{len(worth['tied_']) - 1:,} of {n_others:,} others"
        facts.append(("Cannot be told from the best", text))
    gap = worth.get("train_test_gap_")
    if gap is not None:
        train, test = number(gap.train), number(gap.test)
        text = f"{train} in training, {test} in tests: {gap.size}"
        facts.append(("Gap to the training score", text))
    if results.resources is not None:
        rungs = np.unique(results.resources)
        text = ", ".join(f"{rung:,}" for rung in rungs)
        facts.append((f"Rungs of {search.resource}", text))
    facts.append(("Workers", _workers(search)))
    failed = sorted({problem for problem in results.problems if problem})
    lost = [_lost(results, problem) for problem in failed]
    if any(lost):
        facts.append(("Time without a score", ", ".join(text for text in lost if text)))
    return facts


def _lost(results: Results, problem: str) -> str:
    rows = [i for i, each in enumerate(results.problems) if each == problem]
    seconds = _total(results.fit_seconds[rows], results)
    return f"{duration(seconds)} {problem}" if seconds > 0 else ""


def _workers(search: Any) -> str:
    n_jobs = search.n_jobs
    text = f"n_jobs={n_jobs}"
    if n_jobs is None:
        text += ", which is one, or what joblib was told"
    threads = getattr(search, "threads_per_fit", None)
    return text if threads is None else f"{text}; threads_per_fit={threads!r}"


def _parameter(
    search: Any, results: Results, axis: ParameterAxis
) -> tuple[str, str, str]:
    if results.best is None:
        return axis.name, _searched(axis), ""
    params = results.params[results.best]
    if axis.name not in params:
        return axis.name, _searched(axis), "not set"
    best = value_label(params[axis.name], _MOST_LETTERS)
    end = getattr(search, "best_at_edge_", {}).get(axis.name)
    if end is not None and _is_chosen_metric(search, results):
        best += f", at the {end} end"
    return axis.name, _searched(axis), best


def _searched(axis: ParameterAxis) -> str:
    texts = list(axis.ticks.values())
    if axis.scale == "category":
        shown = texts[:_MOST_CHOICES]
        more = len(texts) - len(shown)
        return ", ".join([*shown, *([f"{more} more"] if more else [])])
    low, high = (f"{end:.4g}" for end in axis.ends)
    text = f"{low} to {high}" + (", log scale" if axis.scale == "log" else "")
    return ", or ".join([text, *texts])


def _short(value: Any) -> str:
    if isinstance(value, (list, tuple)) and not all(isinstance(v, str) for v in value):
        return "a list"
    return value_label(value, _MOST_LETTERS)
