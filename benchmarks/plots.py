"""Draws what the benchmarks have measured, from their CSV files.

    python -m benchmarks.plots [--results FOLDER] [--output doc/images]

- ``time_to_quality.png``: the best score so far against seconds, in units of the time
  and the gain of random search, cross-validated and on other rows;
- ``regret.png``: regret against evaluations;
- ``suggestion_time.png``: CPU time of a suggestion against history and dimensions.

Lines are medians, bands the middle half of the runs; in the first plot, differences
beyond one point are logarithmic, and a line begins when half of the runs have a score.
Each library has one colour and
one line style in all the plots, so that they can be told apart in grey.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from benchmarks._results import KEPT_FOLDER
from benchmarks.time_to_quality import REFERENCE

# Colour and dashes, ours dark and unbroken; lightness differs, too, for grey.
STYLES: dict[str, tuple[str, Any]] = {
    "skhp_bayes": ("#08306b", "-"),
    "skhp_bayes_racing": ("#2b6cb0", (0, (6, 1.5))),
    "skhp_bayes_rounds": ("#4292c6", "-"),
    "skhp_halving": ("#5b8fb9", (0, (3, 1.5))),
    "skhp_hyperband": ("#1f6f8b", (0, (6, 1.5, 1, 1.5))),
    "sklearn_random": ("#6b6b6b", ":"),
    "random": ("#6b6b6b", ":"),
    "sklearn_halving": ("#9a9a9a", (0, (3, 1.5))),
    "optuna_search": ("#d1602a", "--"),
    "optuna_tpe": ("#d1602a", "--"),
    "optuna_tpe_multivariate": ("#e79a62", (0, (1, 1))),
    "optuna_gp": ("#8c2d04", "-."),
    "skopt_bayes": ("#3f8f4f", "-."),
    "skopt_gp": ("#3f8f4f", "-."),
    "skopt_forest": ("#8cc084", (0, (4, 1, 1, 1, 1, 1))),
    "smac": ("#8e5aa8", (0, (8, 2))),
}
LOOK = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "axes.grid": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "figure.dpi": 150,
}


def curve(axes: Any, name: str, x: np.ndarray, runs: np.ndarray) -> None:
    """Draw the median of the runs and the band of their middle half."""
    colour, dashes = STYLES.get(name, ("#000000", "-"))
    # Runs without a result are the worst, so a median of theirs is not drawn.
    quantiles = np.quantile(
        np.nan_to_num(runs, nan=-np.inf), [0.25, 0.5, 0.75], axis=0, method="lower"
    )
    low, middle, high = np.where(np.isfinite(quantiles), quantiles, np.nan)
    width = 2.2 if name == "skhp_bayes" else 1.4
    axes.plot(x, middle, color=colour, linestyle=dashes, linewidth=width, label=name)
    axes.fill_between(x, low, high, color=colour, alpha=0.08, linewidth=0)


def steps(events: pd.DataFrame, x: str, y: str, grid: np.ndarray) -> np.ndarray:
    """Return the last `y` up to each point of the grid; nan before the first."""
    events = events.sort_values(x, kind="stable")
    at = np.searchsorted(events[x].to_numpy(), grid, side="right") - 1
    values = np.append(events[y].to_numpy(float), np.nan)
    return values[at]


def draw_time_to_quality(frame: pd.DataFrame) -> Any:
    """Draw scores against time, both relative to random search with the same seed."""
    run = ["table", "model", "seed", "n_candidates", "max_rows"]
    ends = frame[(frame.event == "end") & (frame.search == REFERENCE)].set_index(run)
    theirs = ends[["seconds", "cv_score", "test_score"]].add_suffix("_random")
    joined = frame[frame.event == "best so far"].join(theirs, on=run, how="inner")
    joined["time"] = joined.seconds / joined.seconds_random
    grid = np.geomspace(0.02, 2.0, 120)
    models = sorted(joined.model.unique())
    figure, all_axes = plt.subplots(
        2,
        len(models),
        figsize=(3.4 * len(models) + 1.6, 5.6),
        squeeze=False,
        sharex=True,
    )
    for column, model in enumerate(models):
        part = joined[joined.model == model]
        for row, score in enumerate(("cv_score", "test_score")):
            axes = all_axes[row, column]
            for search, events in part.groupby("search"):
                gains = [
                    100
                    * (
                        steps(each, "time", score, grid)
                        - each[f"{score}_random"].iloc[0]
                    )
                    for _, each in events.groupby(run)
                ]
                curve(axes, search, grid, np.array(gains))
            axes.axhline(0, color="#bbbbbb", linewidth=0.8)
            axes.axvline(1, color="#bbbbbb", linewidth=0.8)
            axes.set_xscale("log")
            _plain_ticks(axes.xaxis, [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2])
            # What is far below leaves room for what is near random search.
            axes.set_yscale("symlog", linthresh=1.0)
            _plain_ticks(axes.yaxis, [-30, -10, -3, -1, -0.5, 0, 0.5, 1, 3, 10])
            axes.set_ylim(max(axes.get_ylim()[0], -30), min(axes.get_ylim()[1], 10))
        all_axes[0, column].set_title(model)
        all_axes[1, column].set_xlabel("seconds / those of all of random search")
    all_axes[0, 0].set_ylabel("CV score - random search's, points")
    all_axes[1, 0].set_ylabel("test score - random search's, points")
    _legend(figure, all_axes)
    return figure


def draw_regret(frame: pd.DataFrame) -> Any:
    """Draw the mean regret over functions against evaluations, by suite."""
    n = int(frame.n_evaluations.max())
    frame = frame[frame.n_evaluations == n]
    grid = np.arange(1, n + 1)
    suites = sorted(frame.suite.unique())
    figure, all_axes = plt.subplots(
        1, len(suites), figsize=(4.6 * len(suites) + 1.6, 3.6), squeeze=False
    )
    for axes, suite in zip(all_axes[0], suites, strict=True):
        part = frame[frame.suite == suite]
        for peer, events in part.groupby("peer"):
            by_seed = []
            for _, each in events.groupby("seed"):
                runs = [
                    steps(one, "evaluation", "regret", grid)
                    for _, one in each.groupby("function")
                ]
                by_seed.append(np.mean(runs, axis=0))
            curve(axes, peer, grid, np.array(by_seed))
        axes.set_title(f"{suite}: {part.function.nunique()} functions")
        axes.set_xlabel("evaluations")
        axes.set_yscale("log")
        _plain_ticks(axes.yaxis, [0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1, 2])
    all_axes[0, 0].set_ylabel("mean regret (1: median random point)")
    _legend(figure, all_axes)
    return figure


def draw_suggestion_time(frame: pd.DataFrame) -> Any:
    """Draw the time of a suggestion against the history and against dimensions."""
    own = frame[frame.part == "suggestion"]
    found = own.setting.str.extract(r"(\d+) results, (\d+) dimensions").astype(int)
    own = own.assign(results=found[0], dimensions=found[1])
    figure, all_axes = plt.subplots(
        1, 2, figsize=(8.6, 3.4), squeeze=False, sharey=True
    )
    usual = own.dimensions.mode()[0], own.results.mode()[0]
    if not own.is_quick.any():
        usual = 7, 100
    lines = (
        ("results", own[own.dimensions == usual[0]], f"{usual[0]} dimensions"),
        ("dimensions", own[own.results == usual[1]], f"{usual[1]} results"),
    )
    for axes, (x, part, title) in zip(all_axes[0], lines, strict=True):
        for peer, points in part.sort_values(x).groupby("subject"):
            colour, dashes = STYLES.get(peer, ("#000000", "-"))
            axes.plot(
                points[x],
                points.value,
                color=colour,
                linestyle=dashes,
                marker="o",
                markersize=3,
                label=peer,
            )
        axes.set_title(title)
        axes.set_xlabel(x)
        axes.set_xscale("log")
        axes.set_yscale("log")
        _plain_ticks(axes.xaxis, sorted(part[x].unique()))
        _plain_ticks(axes.yaxis, [1, 3, 10, 30, 100, 300, 1000, 3000, 10000])
    all_axes[0, 0].set_ylabel("ms CPU a suggestion")
    _legend(figure, all_axes)
    return figure


def _plain_ticks(axis: Any, ticks: list[float]) -> None:
    """Have those ticks that lie within the view, written as plain numbers."""
    low, high = axis.get_view_interval()
    shown = [tick for tick in ticks if low <= tick <= high]
    axis.set_ticks(shown, [f"{tick:g}" for tick in shown])
    axis.set_ticks([], minor=True)


def _legend(figure: Any, all_axes: Any) -> None:
    """Put one legend beside all axes."""
    entries: dict[str, Any] = {}
    for axes in np.ravel(all_axes):
        for line, label in zip(*axes.get_legend_handles_labels(), strict=True):
            entries.setdefault(label, line)
    order = [name for name in STYLES if name in entries]
    figure.tight_layout()
    figure.legend(
        [entries[name] for name in order],
        [name.replace("_", " ") for name in order],
        loc="center left",
        bbox_to_anchor=(1.0, 0.5),
        handlelength=3.2,
    )


PLOTS = {
    "time_to_quality": ("time_to_quality.csv", draw_time_to_quality),
    "regret": ("efficiency.csv", draw_regret),
    "suggestion_time": ("speed.csv", draw_suggestion_time),
}


def main(arguments: list[str] | None = None) -> None:
    """Draw the plots whose results are there."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--results", type=Path, default=KEPT_FOLDER)
    parser.add_argument("--output", type=Path, default=Path("doc/images"))
    options = parser.parse_args(arguments)
    plt.switch_backend("agg")
    options.output.mkdir(parents=True, exist_ok=True)
    for name, (file, draw) in PLOTS.items():
        path = options.results / file
        if not path.exists():
            print(f"{name} is left out: there is no {path}.")
            continue
        with plt.rc_context(LOOK):
            figure = draw(pd.read_csv(path))
            figure.savefig(options.output / f"{name}.png", bbox_inches="tight")
            plt.close(figure)
        print(options.output / f"{name}.png")


if __name__ == "__main__":
    main()
