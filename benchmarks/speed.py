"""What the search itself costs, beside its peers in the same run.

    python -m benchmarks.speed [--parts suggestion fit import journal memory]
        [--quick] [--results FOLDER]

- `suggestion`: CPU time of one suggestion, an ask and its tell, by the length of the
  history (10 to 500) and the number of dimensions (2 to 30), with one BLAS thread. The
  history is random; refits are part of the mean. Peers get fewer asks than skhp.
- `fit`: seconds of 400 candidates on 5 splits of an estimator that does nothing, so
  that the time is the search's own; skhp and scikit-learn in turns.
- `import`: what ``import skhp`` takes after that of scikit-learn's model selection,
  each in a new interpreter, and what the peers' search classes take.
- `journal`: what a journal costs per fit, and how long resuming takes, beside the
  SQLite storage of Optuna.
- `memory`: CPU time and memory per candidate in each tenth of a search of 20,000
  candidates, which should not grow, beside scikit-learn's memory.

``speed.csv`` has one row for each figure. Parts that it has already are not repeated.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks._results import OWN_FOLDER, Results
from benchmarks.speeds import _fits, _imports, _long, _suggestions

PARTS: dict[str, Callable[[bool], Iterator[dict[str, Any]]]] = {
    "suggestion": _suggestions.rows,
    "fit": _fits.rows,
    "import": _imports.rows,
    "journal": _fits.journal_rows,
    "memory": _long.rows,
}
KEY = ("part", "is_quick")
COLUMNS = ("subject", "setting", "value", "unit")


def main(arguments: list[str] | None = None) -> None:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS)
    parser.add_argument("--quick", action="store_true", help="few and short runs")
    parser.add_argument("--results", type=Path, default=OWN_FOLDER)
    options = parser.parse_args(arguments)
    results = Results(options.results / "speed.csv", KEY, COLUMNS)
    for part in options.parts:
        run = {"part": part, "is_quick": options.quick}
        if results.has(run):
            continue
        rows = []
        for row in PARTS[part](options.quick):
            rows.append(row)
            print(
                f"{part:10s} {row['subject']:24s} {row['setting']:32s} "
                f"{row['value']:10.4g} {row['unit']}",
                flush=True,
            )
        results.add(run, rows)
    print(pivoted(pd.read_csv(results.path), "suggestion").to_string())


def pivoted(frame: pd.DataFrame, part: str) -> pd.DataFrame:
    """Return the figures of a part, with a column for each subject."""
    own = frame[(frame.part == part) & (frame.is_quick == frame.is_quick.min())]
    order = own.setting.drop_duplicates()
    return own.pivot_table("value", "setting", "subject", aggfunc="last").reindex(order)


if __name__ == "__main__":
    main()
