"""What all displays draw in the same way; matplotlib is imported only when used."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from skhp.inspection._parameters import ParameterAxis
from skhp.inspection._results import HARMLESS, Floats

FAILED = "C3"  # the colour of what went wrong, in the usual styles
_FEWEST = 10  # candidates, for some of them to be called outliers
_FAR = 2.0  # outliers are so many times as far below as nine in ten candidates
_MARKS = "xX+P1"
_MOST_COLUMNS = 4
_SHORT = 8  # letters, which need not slant
_SLANT = 35  # degrees, of long labels
_MOST_SLANTED = 8  # more labels than that stand upright


def axes_for(ax: Any, owner: str, size: tuple[float, float] | None = None) -> Any:
    """Return the axes to draw on, in a new figure if none are given.

    Raises
    ------
    ImportError
        Without matplotlib.
    """
    plt = pyplot(owner)
    if ax is not None:
        return ax
    return plt.subplots(layout="constrained", figsize=size)[1]


def grid_for(ax: Any, n: int, owner: str) -> tuple[Any, Any]:
    """Return axes that are not seen, and `n` axes (n,) side by side in their place."""
    n_rows = math.ceil(n / _MOST_COLUMNS)
    n_columns = math.ceil(n / n_rows)
    size = (2.2 + 2.9 * n_columns, 0.6 + 2.9 * n_rows)
    ax = axes_for(ax, owner, size)
    ax.set_axis_off()
    spec, box = ax.get_subplotspec(), ax.get_position()
    if spec is None:  # of axes that stand anywhere in a figure
        edges = {"left": box.x0, "right": box.x1, "bottom": box.y0, "top": box.y1}
        cells = ax.figure.add_gridspec(n_rows, n_columns, **edges)
    else:
        cells = spec.subgridspec(n_rows, n_columns)
    panels = [ax.figure.add_subplot(cells[divmod(i, n_columns)]) for i in range(n)]
    return ax, np.array(panels, dtype=object)


def pyplot(owner: str) -> Any:
    """Return ``matplotlib.pyplot``, or say how to install it."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{owner} needs matplotlib: pip install matplotlib"
        ) from error
    return plt


def foreground(ax: Any) -> Any:
    """Return the colour of text and lines in the style of a figure."""
    return ax.xaxis.label.get_color()


def is_dark(ax: Any) -> bool:
    """Whether the background is dark."""
    from matplotlib.colors import to_rgb

    return sum(to_rgb(ax.get_facecolor())) < 1.5


def gradient(ax: Any) -> Any:
    """Return a colour map of which every colour is seen on the background."""
    import matplotlib as mpl
    from matplotlib.colors import ListedColormap

    low, high = (0.4, 1.0) if is_dark(ax) else (0.0, 0.88)
    return ListedColormap(mpl.colormaps["viridis"](np.linspace(low, high, 256)))


def score_floor(means: Floats) -> float:
    """Return the score below which candidates would squeeze all others together."""
    known = np.sort(means[np.isfinite(means)])
    if len(known) == 0:
        return -np.inf
    best, usual = known[-1], known[len(known) // 10]
    floor = usual - _FAR * (best - usual)
    if len(known) < _FEWEST or known[0] >= floor or usual == best:
        return -np.inf
    above = known[known >= floor]
    return float(above[0] - 0.1 * (best - above[0]))


def limit_scores(ax: Any, means: Floats, floor: float) -> None:
    """Set the limits of the axis of scores, with room for marks at the bottom."""
    limits = score_limits(means, floor)
    if limits is None:
        ax.set_yticks([])
    else:
        ax.set_ylim(*limits)


def score_limits(means: Floats, floor: float) -> tuple[float, float] | None:
    """Return the limits of the axis of scores; None if there is no score."""
    known = means[np.isfinite(means) & (means >= floor)]
    if len(known) == 0:
        return None
    low, high = float(known.min()), float(known.max())
    low = floor if np.isfinite(floor) else low
    span = (high - low) or 0.1 * abs(high) or 1.0
    return low - 0.12 * span, high + 0.06 * span


def mark_outliers(ax: Any, x: Floats, means: Floats, floor: float) -> None:
    """Mark the candidates whose scores are below the axis, at its lower end."""
    is_below = np.isfinite(means) & (means < floor)
    if is_below.any():
        ax.scatter(
            x[is_below],
            np.full(is_below.sum(), 0.06),
            transform=ax.get_xaxis_transform(),
            marker="v",
            s=22,
            color="C0",
            label=f"lower, down to {means[is_below].min():.4g} ({is_below.sum()})",
        )


def mark_problems(ax: Any, x: Floats, problems: Sequence[str]) -> None:
    """Mark the candidates that have no score, along the lower edge."""
    kinds = Counter(problem for problem in problems if problem)
    for i, (kind, count) in enumerate(kinds.items()):
        ax.scatter(
            x[[problem == kind for problem in problems]],
            np.full(count, 0.025),
            transform=ax.get_xaxis_transform(),
            marker=_MARKS[i % len(_MARKS)],
            s=28,
            linewidth=1.2 if i % len(_MARKS) in (0, 2, 4) else 0,
            color=foreground(ax) if kind in HARMLESS else FAILED,
            label=f"{kind} ({count})",
        )


def mark_best(ax: Any, x: float, y: float, label: str) -> None:
    """Put a ring around the best candidate."""
    ax.scatter(
        [x],
        [y],
        s=110,
        facecolor="none",
        edgecolor=foreground(ax),
        linewidth=1.8,
        label=label,
        zorder=5,
    )


def legend_above(ax: Any, n_columns: int = 3) -> None:
    """Put the legend above the axes, where it hides nothing."""
    if ax.get_legend_handles_labels()[0]:
        ax.legend(
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=n_columns,
            frameon=False,
            fontsize="small",
            borderaxespad=0.2,
            columnspacing=1.2,
            handletextpad=0.5,
        )


def n_labels(ax: Any) -> int:
    """Return how many entries a legend would have."""
    return len(ax.get_legend_handles_labels()[1])


def spread(n: int, width: float) -> Floats:
    """Return how far to move each of `n` points aside, so that few hide each other."""
    golden: Any = (np.arange(n) * 0.618033988749895) % 1.0
    return np.asarray(width * (2 * golden - 1), dtype=np.float64)


def plain(text: str) -> str:
    """Return a text of the user's so that no dollar begins a formula."""
    return text.replace("$", r"\$")


def left_out(n: int) -> str:
    """Return a line that says how many parameters are left out."""
    return f"{n} more parameter{' is' if n == 1 else 's are'} not shown"


def say(ax: Any, text: str) -> None:
    """Write in the middle of axes on which there is nothing to draw."""
    ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center")


def lay_out(
    ax: Any,
    axis: ParameterAxis,
    name: str,
    *,
    along: str = "x",
    with_others: bool = True,
) -> None:
    """Give an axis the scale, the ends and the labels of a parameter.

    Parameters
    ----------
    ax : matplotlib Axes
    axis : ParameterAxis
    name : str
    along : {"x", "y"}, default="x"
    with_others : bool, default=True
        Whether values that are not numbers have their places beyond the range; only
        along x.
    """
    margin = 0.05
    ticks = axis.ticks if with_others or axis.scale == "category" else {}
    ends = [*axis.ends, *ticks]
    low, high = min(ends), max(ends)
    if axis.scale == "category":
        ax.set(**{f"{along}lim": (low - 0.5, high + 0.5)})
        _label_categories(ax, axis, along)
    else:
        ax.set(**{f"{along}scale": axis.scale})
        if axis.scale == "log":
            ratio = (high / low) ** margin
            ax.set(**{f"{along}lim": (low / ratio, high * ratio)})
        else:
            span = margin * (high - low)
            ax.set(**{f"{along}lim": (low - span, high + span)})
            if axis.is_whole:
                scale = ax.xaxis if along == "x" else ax.yaxis
                scale.get_major_locator().set_params(integer=True)
        if with_others:
            _label_beyond(ax, axis)
    ax.set(**{f"{along}label": plain(name)})


def _label_categories(ax: Any, axis: ParameterAxis, along: str) -> None:
    labels = [plain(label) for label in axis.ticks.values()]
    if along == "y":
        ax.set_yticks(list(axis.ticks), labels, fontsize="small")
        return
    long = max(map(len, axis.ticks.values())) * len(axis.ticks) > 24
    ax.set_xticks(list(axis.ticks), labels, fontsize="small")
    if long:
        steep = 90 if len(axis.ticks) > _MOST_SLANTED else _SLANT
        for label in ax.get_xticklabels():
            label.set(rotation=steep, ha="right", rotation_mode="anchor")
            label.set_va("center" if steep == 90 else "top")


def _label_beyond(ax: Any, axis: ParameterAxis) -> None:
    """Show where the values that are not numbers are, beyond the range."""
    if not axis.ticks:
        return
    low, high = axis.ends
    first = min(axis.ticks)
    ax.axvspan(
        np.sqrt(high * first) if axis.scale == "log" else (high + first) / 2,
        ax.get_xlim()[1],
        color=foreground(ax),
        alpha=0.07,
        linewidth=0,
    )
    kept = [tick for tick in ax.get_xticks() if low <= tick <= high]
    ax.set_xticks(kept)
    for at, label in axis.ticks.items():
        ax.text(
            at,
            -0.03,
            plain(label),
            transform=ax.get_xaxis_transform(),
            rotation=_SLANT if len(label) > _SHORT else 0,
            rotation_mode="anchor",
            ha="right" if len(label) > _SHORT else "center",
            va="top",
            fontsize="small",
        )
