"""What figures are made of: candidates as points, marks, bands and axes.

Colours are such that they can be seen on light and on dark ground.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.inspection._parameters import ParameterAxis
from skhp.inspection._results import Floats, Results
from skhp.inspection.page._candidates import Shown, brief, round_numbers

USUAL, BEST, BAD, WORSE = "#3d83d6", "#d9680d", "#d64550", "#8b8f98"
RAMP = ("#949aa5", "#7f9bb8", "#6696c6", "#4b8bd0", "#2f7bd9")  # from worst to best
_MOST_LETTERS, _MOST_EACH = 30, 20  # beside a small axis: all labels, and each
_FEW_WHOLE = 6
_MOST_POWERS = 5  # of ten, beside an axis
_AT_BOTTOM = 0.035  # of the height, where problems are marked


def label(text: str) -> str:
    """Return a text of the user's so that plotly.js takes none of it for markup."""
    return html.escape(text, quote=False)


def briefs(values: Any) -> list[float | None]:
    """Return numbers with few digits, None for nan."""
    return [brief(value) for value in values]


def points(
    results: Results,
    shown: Shown,
    x: Any,
    floor: float,
    scores: Floats | None = None,
    *,
    by_resource: bool = True,
) -> list[dict[str, Any]]:
    """Return the candidates as points, one trace for each rung."""
    y = results.means if scores is None else scores
    rows = shown.rows[np.isfinite(y[shown.rows]) & (y[shown.rows] >= floor)]
    rows = rows[np.isfinite(np.asarray(x, dtype=float)[rows])]
    if results.resources is None or not by_resource:
        return [_scatter(rows, shown, x, "candidate", USUAL)]
    levels = np.unique(results.resources)
    traces = []
    for i, level in enumerate(levels):
        place = round(i * (len(RAMP) - 1) / max(len(levels) - 1, 1))
        own = rows[results.resources[rows] == level]
        traces.append(_scatter(own, shown, x, f"resource {level}", RAMP[place]))
    return traces


def _scatter(
    rows: NDArray[np.intp],
    shown: Shown,
    x: Any,
    name: str,
    colour: str,
    height: float | None = None,
) -> dict[str, Any]:
    """Return candidates as points, at a height if it is not that of their scores.

    The page knows the scores from the table.
    """
    size = 9 if len(shown.rows) <= 100 else 6
    places = shown.places
    return {
        "x": briefs(np.asarray(x, dtype=float)[rows]),
        "y": None if height is None else brief(height),
        "customdata": [places[int(row)] for row in rows],
        "mode": "markers",
        "marker": {"color": colour, "size": size, "opacity": 0.8},
        "unselected": {"marker": {"opacity": 0.08}},
        "name": name,
    }


def marks(
    results: Results,
    shown: Shown,
    x: Any,
    floor: float,
    limits: tuple[float, float] | None,
) -> list[dict[str, Any]]:
    """Return marks at the lower edge: of far lower scores, and of what has no score."""
    low, high = limits or (0.0, 1.0)
    y = low + _AT_BOTTOM * (high - low)
    means = results.means
    below = shown.rows[np.isfinite(means[shown.rows]) & (means[shown.rows] < floor)]
    traces = []
    if len(below):
        name = f"lower, down to {means[below].min():.4g}"
        trace = _scatter(below, shown, x, name, USUAL, y)
        trace["marker"] |= {"symbol": "triangle-down"}
        traces.append(trace)
    kinds = dict.fromkeys(problem for problem in results.problems if problem)
    for i, kind in enumerate(kinds):
        rows = shown.rows[[results.problems[row] == kind for row in shown.rows]]
        trace = _scatter(rows, shown, x, kind, BAD, y)
        symbol = ("x-thin-open", "cross-thin-open", "asterisk-open")[i % 3]
        trace["marker"] |= {"symbol": symbol, "line": {"width": 2, "color": BAD}}
        traces.append(trace)
    return traces


def band(
    at: Any, middle: Any, errors: Any, shape: str = "linear"
) -> list[dict[str, Any]]:
    """Return a band around a line, of one standard error to both sides."""
    if not np.isfinite(errors).any():
        return []
    line = {"shape": shape, "width": 0}
    edges = (np.asarray(middle) - errors, np.asarray(middle) + errors)
    common = {"mode": "lines", "line": line, "hoverinfo": "skip", "x": list(at)}
    return [
        {**common, "y": briefs(edges[0]), "showlegend": False},
        {
            **common,
            "y": briefs(edges[1]),
            "fill": "tonexty",
            "fillcolor": "rgba(217,104,13,0.18)",
            "name": "± its standard error",
        },
    ]


def ring(x: float, y: float) -> dict[str, Any]:
    """Return a ring around the best candidate."""
    marker = {
        "symbol": "circle-open",
        "size": 15,
        "line": {"width": 2.5},
        "color": BEST,
    }
    data = {"x": [brief(x)], "y": [brief(y)], "mode": "markers", "marker": marker}
    return {**data, "name": "best", "hoverinfo": "skip"}


def joined(curves: Sequence[tuple[Any, Any]], name: str, colour: str) -> dict[str, Any]:
    """Return several curves as one trace with gaps."""
    x: list[float | None] = []
    y: list[float | None] = []
    for resource, scores in curves:
        known = np.isfinite(scores)
        x += [*briefs(resource[known]), None]
        y += [*briefs(scores[known]), None]
    few = all(len(resource) < 12 for resource, _ in curves)
    return {
        "x": x,
        "y": y,
        "mode": "lines+markers" if few else "lines",
        "marker": {"size": 5},
        "line": {"color": colour, "width": 1.2},
        "opacity": 0.65 if len(curves) <= 60 else 0.4,
        "name": name,
        "hovertemplate": "%{x}: %{y:.4g}<extra></extra>",
    }


def axis_titled(title: str) -> dict[str, Any]:
    """Return an axis with a title."""
    return {"title": {"text": label(title)}}


def score_axis(results: Results, limits: tuple[float, float] | None) -> dict[str, Any]:
    """Return the axis of the scores."""
    axis = axis_titled(results.label)
    return axis if limits is None else axis | {"range": [brief(v) for v in limits]}


def axis_of(axis: ParameterAxis) -> dict[str, Any]:
    """Return the axis of a parameter, without a title."""
    found: dict[str, Any] = {}
    low, high = axis.ends
    others = {at: label(_cut(text)) for at, text in axis.ticks.items()}
    if axis.scale == "category":
        is_long = sum(map(len, others.values())) > _MOST_LETTERS
        return found | {
            "tickvals": briefs(others),
            "ticktext": list(others.values()),
            "tickangle": -35 if is_long else 0,
            "range": [low - 0.6, high + 0.6],
        }
    last = max([high, *others])
    if axis.scale == "log":
        low, last = math.log10(low), math.log10(last)
        found |= {"type": "log", "tickformat": "~g"}
        if last - low >= 2:
            found |= {"dtick": math.ceil((last - low) / _MOST_POWERS)}
    margin = 0.06 * (last - low)
    found |= {"range": [brief(low - margin), brief(last + margin)]}
    if others:  # fixed numbers too, as plotly.js has either its own or ours
        numbers = round_numbers(axis, 4)
        found |= {
            "tickvals": briefs([*numbers, *others]),
            "ticktext": [*(f"{number:.4g}" for number in numbers), *others.values()],
        }
    elif axis.is_whole and axis.scale == "linear" and last - low <= _FEW_WHOLE:
        found |= {"dtick": 1}  # else there are halves
    return found


def _cut(text: str) -> str:
    return text if len(text) <= _MOST_EACH else text[: _MOST_EACH - 1] + "…"


def ground_beyond(axis: ParameterAxis) -> list[dict[str, Any]]:
    """Return the ground of the values that are not numbers, beyond the range."""
    if axis.scale == "category" or not axis.ticks:
        return []
    high, first, last = axis.ends[1], min(axis.ticks), max(axis.ticks)
    is_log = axis.scale == "log"
    begin = math.sqrt(high * first) if is_log else (high + first) / 2
    end = last * first / begin if is_log else last + first - begin
    box = {"type": "rect", "x0": brief(begin), "x1": brief(end), "y0": 0, "y1": 1}
    look = {"fillcolor": "rgba(128,128,128,0.14)", "line": {"width": 0}}
    return [{**box, **look, "yref": "paper", "layer": "below"}]


def vertical(x: float, dash: str = "dot") -> dict[str, Any]:
    """Return a vertical line through the whole height."""
    line = {"color": WORSE, "dash": dash, "width": 1.5}
    return {
        "type": "line",
        "x0": x,
        "x1": x,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": line,
    }
