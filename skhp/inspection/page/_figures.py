"""The figures of the page, as plotly.js takes them.

Colours, fonts and the texts that appear over candidates are the page's own. In the
``customdata`` of points is where their candidates stand on the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skhp.inspection._drawing import score_floor, score_limits, spread
from skhp.inspection._folds import compared
from skhp.inspection._history import best_so_far
from skhp.inspection._importances import Importances
from skhp.inspection._parameters import ParameterAxis, short_names
from skhp.inspection._resource_curves import curves_of_rounds, curves_of_rungs
from skhp.inspection._results import Results, metric_of
from skhp.inspection._trade_off import pareto_front
from skhp.inspection.page._candidates import Shown, rival_scores
from skhp.inspection.page._traces import (
    BEST,
    USUAL,
    WORSE,
    axis_of,
    axis_titled,
    band,
    briefs,
    ground_beyond,
    joined,
    label,
    marks,
    points,
    ring,
    score_axis,
    vertical,
)

OTHERS = ("#3d83d6", "#2c9c7a", "#a06cc9", "#b98900", "#c4568e", "#6f7f2a")
_MOST_CURVES = 200
_MOST_FOLDS = 12
_MOST_BARS = 12
_POOR = 0.2  # of the variance that is predicted, below which importances mean little
_WIDE = 20.0  # times the least cost, from which on a log scale
_SPREAD = 0.22


@dataclass(frozen=True)
class Figure:
    """One figure: what plotly.js draws, and what is said of it."""

    name: str
    title: str
    caption: str
    data: list[dict[str, Any]]
    layout: dict[str, Any] = field(default_factory=dict)
    kind: str = "wide"

    def on_page(self) -> dict[str, Any]:
        """Return what the script of the page needs."""
        return {"name": self.name, "data": self.data, "layout": self.layout}


def history(results: Results, shown: Shown) -> Figure:
    """Return scores by candidate, and the best so far."""
    floor = score_floor(results.means)
    best, errors = best_so_far(results)
    limits = score_limits(np.append(results.means, best), floor)
    changes = np.flatnonzero(np.append(True, best[1:] != best[:-1]) & np.isfinite(best))
    at = [*changes.tolist(), len(best) - 1] if len(changes) else []
    traces = [
        *points(results, shown, np.arange(len(best)), floor),
        *band(at, best[at], errors[at], "hv"),
        {
            "x": at,
            "y": briefs(best[at]),
            "mode": "lines",
            "line": {"shape": "hv", "color": BEST, "width": 2.5},
            "name": "best so far",
            "hoverinfo": "skip",
        },
        *marks(results, shown, np.arange(len(best)), floor, limits),
    ]
    caption = "Each point is a candidate, in the order in which they were chosen."
    if results.resources is not None:
        caption += (
            " Its colour tells how much of the resource it had; the line is the best "
            "of those with the most of it so far."
        )
    layout = {"xaxis": axis_titled("Candidate"), "yaxis": score_axis(results, limits)}
    return Figure("history", "In the course of the search", caption, traces, layout)


def slices(
    results: Results,
    axes: Mapping[str, ParameterAxis],
    names: Sequence[str],
    shown: Shown,
) -> list[Figure]:
    """Return the scores against each parameter."""
    floor = score_floor(results.means)
    limits = score_limits(results.means, floor)
    figures = []
    for i, name in enumerate(names):
        axis = axes[name]
        x = axis.places
        if axis.scale == "category":
            x = x + spread(len(x), _SPREAD)
        traces = [
            *points(results, shown, x, floor),
            *marks(results, shown, x, floor, limits),
        ]
        if results.best is not None:
            traces.append(ring(x[results.best], results.means[results.best]))
        layout = {
            "xaxis": axis_of(axis),
            "yaxis": score_axis(results, limits),
            "showlegend": False,
            "shapes": ground_beyond(axis),
        }
        figures.append(Figure(f"slice{i}", name, "", traces, layout, "small"))
    return figures


def importances(found: Importances | str) -> Figure | None:
    """Return the shares of the variance that are due to each parameter, if known."""
    if isinstance(found, str) or not found.names:
        return None
    shown = found.some(range(min(len(found.names), _MOST_BARS)))
    short = short_names(shown.names)
    y = list(range(len(shown.names)))
    middle = (shown.total_intervals[:, 0] + shown.total_intervals[:, 1]) / 2
    bars: dict[str, Any] = {"type": "bar", "orientation": "h", "y": y}
    traces: list[dict[str, Any]] = [
        {
            **bars,
            "x": briefs(shown.total),
            "marker": {"color": "rgba(61,131,214,0.4)"},
            "name": "with interactions",
            "hovertemplate": "%{x:.0%} with interactions<extra></extra>",
        },
        {
            **bars,
            "x": briefs(shown.main),
            "marker": {"color": USUAL},
            "name": "alone",
            "hovertemplate": "%{x:.0%} alone<extra></extra>",
        },
        {
            "x": briefs(middle),
            "y": [place + 0.36 for place in y],
            "error_x": {
                "array": briefs(shown.total_intervals[:, 1] - middle),
                "thickness": 1.6,
                "width": 0,
                "color": WORSE,
            },
            "mode": "markers",
            "marker": {"size": 1, "color": WORSE},
            "name": "90 % interval",
            "hoverinfo": "skip",
        },
    ]
    layout = {
        "barmode": "overlay",
        "bargap": 0.45,
        "xaxis": axis_titled("Share of the variance of the score")
        | {"tickformat": ".0%", "rangemode": "tozero"},
        "yaxis": {
            "tickvals": y,
            "ticktext": [label(short[name]) for name in shown.names],
            "range": [len(y) - 0.4, -0.6],
        },
    }
    share = max(found.explained, 0.0)
    caption = (
        f"From a model of {found.n_modelled:,} candidates, which predicts {share:.0%} "
        "of the variance of those left out"
    )
    caption += ": too little to tell." if share < _POOR else "."
    return Figure("importances", "Which parameters matter", caption, traces, layout)


def resources(search: Any, results: Results) -> Figure | None:
    """Return the curves of rungs, or of boosting rounds, if there are some."""
    if results.resources is not None:
        found = curves_of_rungs(search, results)
    else:
        rounds = getattr(search, "boosting_curves_", None)
        if rounds is None or results.metric != metric_of(search, None, "report"):
            return None
        found = curves_of_rounds(search, rounds, results)
    curves, best = found["curves"], found["best"]
    if not any(np.isfinite(scores).any() for _, scores in curves):
        return None
    rows = _spaced_curves(curves, best)
    kinds = found.get("kinds") or [""] * len(curves)
    traces = []
    for number, kind in enumerate(dict.fromkeys(kinds)):
        own = [curves[i] for i in rows if kinds[i] == kind and i != best]
        colour = OTHERS[number % len(OTHERS)]
        traces.append(joined(own, kind or "configuration", colour))
    if best is not None:
        x, y = curves[best]
        errors = found["best_errors"]
        traces += band(
            x.tolist(), y, np.full(len(y), np.nan) if errors is None else errors
        )
        line = {"color": BEST, "width": 3}
        best_line = {"x": briefs(x), "y": briefs(y), "name": "best", "line": line}
        traces.append({"mode": "lines+markers", **best_line})
    all_x = np.concatenate([x for x, _ in curves])
    is_log = results.resources is not None and all_x.max() > 8 * all_x.min() > 0
    x_axis = axis_titled(found["resource_name"])
    if is_log:
        levels = np.unique(all_x)
        ticks = {"tickvals": briefs(levels), "ticktext": [f"{v:g}" for v in levels]}
        x_axis |= {"type": "log", **ticks}
    scores = np.concatenate([y for _, y in curves])
    limits = score_limits(scores, score_floor(scores))
    layout: dict[str, Any] = {"xaxis": x_axis, "yaxis": score_axis(results, limits)}
    if found.get("chosen") is not None:
        layout["shapes"] = [vertical(found["chosen"])]
    caption = "Each line is a configuration."
    if found.get("chosen") is not None:
        caption += (
            f" The dotted line is the number that was chosen: {found['chosen']:g}."
        )
    if len(rows) < len(curves):
        caption += f" {len(rows):,} of {len(curves):,} are drawn."
    return Figure("resources", "With more of the resource", caption, traces, layout)


def folds(results: Results) -> Figure | None:
    """Return the paired differences to the best candidate."""
    found = compared(results, _MOST_FOLDS)
    rows = found["candidates"]
    if len(rows) == 0 or results.n_splits < 2:
        return None
    is_tied = np.isin(rows, found["tied"])
    names = [str(row) for row in rows]
    traces = []
    for is_in, colour, name in (
        (is_tied, USUAL, "cannot be told from it"),
        (~is_tied, WORSE, "worse"),
    ):
        at = np.flatnonzero(is_in)
        if len(at) == 0:
            continue
        d = found["differences"][at]
        texts = [_wrapped(found["labels"][i]) for i in at]
        traces.append(
            {
                "x": briefs(d.ravel()),
                "y": np.repeat(at + 0.22, d.shape[1]).tolist(),
                "mode": "markers",
                "marker": {"color": colour, "size": 5, "opacity": 0.55},
                "showlegend": False,
                "hovertemplate": "on one split: %{x:.4g}<extra></extra>",
            }
        )
        traces.append(
            {
                "x": briefs(d.mean(axis=1)),
                "y": at.tolist(),
                "error_x": {
                    "array": briefs(found["half_widths"][at]),
                    "thickness": 1.6,
                },
                "mode": "markers",
                "marker": {"color": colour, "size": 9, "symbol": "diamond"},
                "name": name,
                "text": texts,
                "hovertemplate": "candidate %{y}: %{x:.4g}<br>%{text}<extra></extra>",
            }
        )
    y_axis = axis_titled("Candidate") | {
        "tickvals": list(range(len(names))),
        "ticktext": names,
        "range": [len(names) - 0.4, -0.6],
    }
    layout = {
        "xaxis": axis_titled(
            f"{results.label}, difference to candidate {results.best}"
        ),
        "yaxis": y_axis,
        "shapes": [vertical(0.0, dash="solid")],
    }
    n_others = found["n_rivals"] - 1
    n_tied = len(found["tied"]) - 1
    caption = (
        f"{n_tied:,} of the {n_others:,} other candidates cannot be told from the best "
        "one: their intervals reach 0. Small points are the splits."
    )
    return Figure("folds", "Is the best one better?", caption, traces, layout)


def trade_off(results: Results, shown: Shown) -> Figure | None:
    """Return the scores against the time of a fit."""
    scores, costs = rival_scores(results), results.fit_seconds
    known = np.isfinite(scores) & np.isfinite(costs)
    if known.sum() < 2:
        return None
    floor = score_floor(scores)
    limits = score_limits(scores, floor)
    front = pareto_front(costs, scores)
    front = front[scores[front] >= floor]
    costs = np.where(known, costs, np.nan)
    x_axis = axis_titled("Seconds of a fit")
    if costs[known].min() > 0 and costs[known].max() > _WIDE * costs[known].min():
        x_axis |= {"type": "log"}
    traces = [
        *points(results, shown, costs, floor, scores, by_resource=False),
        {
            "x": briefs(costs[front]),
            "y": briefs(scores[front]),
            "mode": "lines+markers",
            "line": {"shape": "hv", "color": BEST, "width": 2},
            "name": "none is faster and better",
            "hoverinfo": "skip",
        },
    ]
    layout = {"xaxis": x_axis, "yaxis": score_axis(results, limits)}
    caption = "On the line are the candidates of which none is both faster and better."
    return Figure("tradeoff", "What a better score costs", caption, traces, layout)


def _spaced_curves(curves: Sequence[Any], best: int | None) -> list[int]:
    n = len(curves)
    kept = set(np.linspace(0, n - 1, min(n, _MOST_CURVES)).astype(int).tolist())
    return sorted(kept | ({best} if best is not None else set()))


def _wrapped(text: str) -> str:
    return "<br>".join(label(part) for part in text.split(", "))
