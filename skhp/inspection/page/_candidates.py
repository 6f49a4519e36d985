"""The candidates as the page holds them: which ones, their columns and their axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.inspection._drawing import score_floor
from skhp.inspection._parameters import (
    ParameterAxis,
    chosen_parameters,
    is_number,
    short_names,
    value_label,
)
from skhp.inspection._results import Floats, Results, metrics_of

_MOST_ROWS = 1000
FEWEST_ROWS = 100
_MOST_CELLS = 60_000  # of the table: half a megabyte or so
_MOST_POINTS = 8000  # of all figures: a browser draws them in a second or two
_MOST_PARAMETERS = 30  # columns of the table
_MOST_AXES = 10
MOST_SLICES = 12
_MOST_METRICS = 5  # beside the one that decides
_MOST_LETTERS = 60
_DIGITS = 6


@dataclass(frozen=True, eq=False)
class Shown:
    """What is on the page of all candidates and parameters.

    Attributes
    ----------
    rows : ndarray of int of shape (n_shown,)
        Rows of ``cv_results_``, in their order.
    n_rows : int
        How many there are in all.
    parameters : list of str
        Names of the parameters that are columns of the table.
    on_axes : list of str
        Those that are axes of the parallel coordinates.
    n_parameters : int
        How many there are in all.
    """

    rows: NDArray[np.intp]
    n_rows: int
    parameters: list[str]
    on_axes: list[str]
    n_parameters: int

    @property
    def places(self) -> dict[int, int]:
        """Where each row stands on the page."""
        return {int(row): place for place, row in enumerate(self.rows)}


def shown_of(
    results: Results, axes: Mapping[str, ParameterAxis], most: int = _MOST_ROWS
) -> Shown:
    """Choose the candidates and parameters that have room on the page."""
    scores = rival_scores(results)
    owner = "report"
    if axes:
        names = chosen_parameters(axes, scores, None, _MOST_PARAMETERS, owner)
        on_axes = chosen_parameters(axes, scores, None, _MOST_AXES, owner)
    else:
        names, on_axes = [], []
    if len(axes) <= _MOST_PARAMETERS:
        names = list(axes)
    n_figures = min(len(axes), MOST_SLICES) + 3
    room = min(
        most, _MOST_ROWS, _MOST_CELLS // (len(names) + 8), _MOST_POINTS // n_figures
    )
    room = max(FEWEST_ROWS, room)
    return Shown(
        _chosen_rows(results, room), len(results.means), names, on_axes, len(axes)
    )


def rival_scores(results: Results) -> Floats:
    """Return the scores of those that compete to be the best; nan for the others."""
    competes = np.isin(np.arange(len(results.means)), results.rivals)
    scores: Floats = np.where(competes, results.means, np.nan)
    return scores


def _chosen_rows(results: Results, room: int) -> NDArray[np.intp]:
    """Return the best half of the rows, and of the others some of every time."""
    n = len(results.means)
    if n <= room:
        return np.arange(n)
    order = np.lexsort(
        [
            -np.nan_to_num(results.means, nan=-np.inf),
            np.isnan(rival_scores(results)),
            np.arange(n) != results.best,  # the first, whoever chose it
        ]
    )
    best, others = order[: room // 2], np.sort(order[room // 2 :])
    spaced = np.linspace(0, len(others) - 1, room - len(best)).astype(int)
    return np.unique(np.concatenate([best, others[spaced]]))


def columns_of(search: Any, results: Results, shown: Shown) -> list[dict[str, Any]]:
    """Return the columns of the table; values are numbers, texts or None."""
    table, rows = search.cv_results_, shown.rows
    short = short_names(shown.parameters)
    columns = [
        _column("candidate", rows),
        _column("rank", table[f"rank_test_{results.metric}"][rows]),
        _column("score", results.means[rows]),
    ]
    if results.n_splits > 1:
        columns.append(_column("standard error", results.errors[rows]))
    others = [name for name in metrics_of(table) if name != results.metric]
    for metric in others[:_MOST_METRICS]:
        columns.append(_column(metric, table[f"mean_test_{metric}"][rows]))
    if f"mean_train_{results.metric}" in table:
        train = table[f"mean_train_{results.metric}"][rows]
        columns.append(_column("training score", train))
    if results.resources is not None:
        columns.append(_column("resource", results.resources[rows]))
    if results.brackets is not None:
        columns.append(_column("bracket", results.brackets[rows]))
    for name in shown.parameters:
        values = [results.params[row].get(name) for row in rows]
        is_set = [name in results.params[row] for row in rows]
        cells = [
            cell(value) if known else None
            for value, known in zip(values, is_set, strict=True)
        ]
        columns.append(
            {"label": short[name], "name": name, "is_parameter": True, **_packed(cells)}
        )
    columns.append(_column("fit seconds", results.fit_seconds[rows]))
    if any(results.problems):
        columns.append(_column("problem", [results.problems[row] for row in rows]))
    return columns


def _column(label: str, values: Any) -> dict[str, Any]:
    return {"label": label, "name": label, **_packed([cell(v) for v in list(values)])}


def _packed(cells: list[Any]) -> dict[str, Any]:
    """Return cells that are all texts as numbers of texts, of which there are fewer."""
    texts = list(dict.fromkeys(each for each in cells if each is not None))
    if not texts or not all(isinstance(each, str) for each in texts):
        return {"values": cells}
    numbers = {text: number for number, text in enumerate(texts)} | {None: None}
    return {"values": [numbers[each] for each in cells], "texts": texts}


def cell(value: Any) -> float | int | str | None:
    """Return a number with few digits, or the text of any other value."""
    if isinstance(value, (float, np.floating)):
        return brief(value)
    if is_number(value) and abs(value) < 2**53:  # as exact as numbers are in a browser
        return int(value)
    return value_label(value, _MOST_LETTERS)


def brief(value: Any) -> float | None:
    """Return a number with six digits; None if it is none, as JSON has no nan."""
    number = float(value)
    return float(f"{number:.{_DIGITS}g}") if math.isfinite(number) else None


def axes_on_page(
    results: Results, axes: Mapping[str, ParameterAxis], shown: Shown
) -> list[dict[str, Any]]:
    """Return the axes of the parallel coordinates, the last one for the score."""
    short = short_names(shown.on_axes)
    found = [
        _axis_on_page(axes[name], short[name], shown.rows) for name in shown.on_axes
    ]
    scores = rival_scores(results)
    known = scores[np.isfinite(scores)]
    if len(known) == 0:
        return found
    low = max(float(known.min()), score_floor(scores))
    high = float(known.max())
    ends = (low, high) if low < high else (low - 0.5, high + 0.5)
    axis = ParameterAxis(results.label, "linear", scores, ends, {}, len(known))
    return [*found, _axis_on_page(axis, results.label, shown.rows)]


def _axis_on_page(
    axis: ParameterAxis, label: str, rows: NDArray[np.intp]
) -> dict[str, Any]:
    numbers = [] if axis.scale == "category" else round_numbers(axis)
    return {
        "name": axis.name,
        "label": label,
        "scale": axis.scale,
        "low": brief(axis.ends[0]),
        "high": brief(axis.ends[1]),
        "whole": axis.scale != "category" and axis.is_whole,
        "places": [brief(place) for place in axis.places[rows]],
        "numbers": [brief(number) for number in numbers],
        "others": [[brief(at), text] for at, text in axis.ticks.items()],
    }


def round_numbers(axis: ParameterAxis, most: int = 6) -> Sequence[float]:
    """Return round numbers within the range of an axis, to be written beside it."""
    low, high = axis.ends
    if axis.scale == "log":
        first, last = (
            math.ceil(math.log10(low) - 1e-9),
            math.floor(math.log10(high) + 1e-9),
        )
        step = max(1, math.ceil((last - first) / most))
        powers = [10.0**power for power in range(first, last + 1, step)]
        return powers if len(powers) >= 2 else [low, high]
    step_size = _round_step((high - low) / (most - 1))
    if axis.is_whole:
        step_size = max(1.0, step_size)
    first = math.ceil(low / step_size - 1e-9)
    last = math.floor(high / step_size + 1e-9)
    return [number * step_size for number in range(first, last + 1)]


def _round_step(step: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(step))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= step * (1 - 1e-9))
