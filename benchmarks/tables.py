"""Writes the tables of doc/benchmarks.md from the CSV files of the benchmarks.

    python -m benchmarks.tables [--results FOLDER] [--page doc/benchmarks.md]

A table stands between ``<!-- table NAME -->`` and ``<!-- end NAME -->``; what is there
is replaced, with the date, versions, hardware and commands below it, and the plot of
`benchmarks.plots` above it if there is one. The text around is written by hand. A page
that is not there is begun.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from benchmarks import efficiency, honesty, time_to_quality
from benchmarks._results import KEPT_FOLDER

PAGE = Path("doc/benchmarks.md")
PLOT_OF = {"efficiency": "regret", "speed": "suggestion_time"}


def time_to_quality_table(frame: pd.DataFrame) -> str:
    """Return a table for all models together and one for each."""
    parts = [("All models", frame), *frame.groupby("model")]
    return "\n\n".join(
        f"{name}:\n\n{markdown(time_to_quality.summary(part))}" for name, part in parts
    )


def efficiency_table(frame: pd.DataFrame) -> str:
    """Return a table for each suite of functions."""
    return "\n\n".join(
        f"{suite}, {part.function.nunique()} functions:\n\n"
        + markdown(pd.DataFrame(efficiency.summary(part)), digits=3)
        for suite, part in frame.groupby("suite")
    )


def speed_table(frame: pd.DataFrame) -> str:
    """Return a table for each part of the speed benchmark."""
    tables = []
    for part, rows in frame.groupby("part", sort=False):
        settings = rows.setting.drop_duplicates()
        rows = rows.assign(subject=rows.subject + ", " + rows.unit)
        wide = rows.pivot_table("value", "setting", "subject", aggfunc="last")
        wide = wide.reindex(settings).reset_index()
        if part == "memory":  # the first, the middle and the last tenth say it
            is_between = wide.setting.str.contains(r"tenth 0[2-46-9]")
            wide = wide[~is_between]
        tables.append(f"{part}:\n\n{markdown(wide)}")
    return "\n\n".join(tables)


def honesty_table(frame: pd.DataFrame) -> str:
    """Return the table of estimates."""
    return markdown(honesty.estimates(frame))


TABLES: dict[str, Callable[[pd.DataFrame], str]] = {
    "time_to_quality": time_to_quality_table,
    "efficiency": efficiency_table,
    "speed": speed_table,
    "honesty": honesty_table,
}


def markdown(frame: pd.DataFrame, digits: int = 2) -> str:
    """Return a frame as a table in Markdown."""

    def text(value: object) -> str:
        if not isinstance(value, float):
            return str(value)
        if value != value:
            return ""
        if abs(value) == float("inf"):
            return "not reached"
        return f"{value:.{digits}f}" if abs(value) < 1000 else f"{value:,.0f}"

    lines = [list(map(str, frame.columns)), ["---"] * len(frame.columns)]
    lines += [[text(value) for value in row] for row in frame.itertuples(index=False)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def circumstances(path: Path) -> str:
    """Return when, on what and how a file of results was measured."""
    told = json.loads(path.read_text())
    versions = ", ".join(f"{name} {v}" for name, v in told["versions"].items())
    commands = "\n".join(f"    {command}" for command in told["commands"])
    return (
        f"Measured on {told['date']}, {told['processor']}, {told['n_cores']} cores, "
        f"Python {told['python']}; {versions}:\n\n{commands}"
    )


def with_table(page: str, name: str, table: str) -> str:
    """Return the page with a table in its place, or at its end if it has none."""
    begin, end = f"<!-- table {name} -->", f"<!-- end {name} -->"
    whole = f"{begin}\n\n{table}\n\n{end}"
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if pattern.search(page):
        return pattern.sub(lambda _: whole, page)
    return f"{page.rstrip()}\n\n## {name}\n\n{whole}\n"


def main(arguments: list[str] | None = None) -> None:
    """Write the tables whose results are there."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--results", type=Path, default=KEPT_FOLDER)
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args(arguments)
    page = options.page.read_text() if options.page.exists() else "# Benchmarks\n"
    for name, make in TABLES.items():
        path = options.results / f"{name}.csv"
        if not path.exists():
            print(f"{name} is left out: there is no {path}.")
            continue
        table = make(pd.read_csv(path))
        image = Path("images", f"{PLOT_OF.get(name, name)}.png")
        if (options.page.parent / image).exists():
            table = f"![The same, drawn]({image})\n\n{table}"
        told = circumstances(path.with_suffix(".json"))
        page = with_table(page, name, f"{table}\n\n{told}")
    options.page.write_text(page)
    print(options.page)


if __name__ == "__main__":
    main()
