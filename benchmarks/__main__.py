"""All benchmarks beside peers, as quick as can be: that they run is all it shows.

    python -m benchmarks --quick

For figures, run each one by itself: see benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks import efficiency, honesty, plots, speed, tables, time_to_quality

TIME_TO_QUALITY = (
    "diabetes --models linear --seeds 1 --candidates 4 --max-rows 60",
    "breast_cancer --models lightgbm --searches skhp_bayes_rounds sklearn_random "
    "--seeds 1 --candidates 2 --max-rows 100",
)
EFFICIENCY = (
    "--functions branin conditional_booster --seeds 1 --evaluations 12 --jobs 1"
)
HONESTY = "breast_cancer --rows 100 --seeds 1 --candidates 2 3 --kinds random"


def quick(folder: Path) -> None:
    """Run everything once on very little, and make the plots and tables of it."""
    results = ["--results", str(folder)]
    parts = {
        "time_to_quality": lambda: [
            time_to_quality.main([*words.split(), *results])
            for words in TIME_TO_QUALITY
        ],
        "efficiency": lambda: efficiency.main([*EFFICIENCY.split(), *results]),
        "speed": lambda: speed.main(["--quick", *results]),
        "honesty": lambda: honesty.main([*HONESTY.split(), *results]),
        "plots": lambda: plots.main([*results, "--output", str(folder)]),
        "tables": lambda: tables.main([*results, "--page", str(folder / "page.md")]),
    }
    for name, run in parts.items():
        start = time.perf_counter()
        print(f"\n== {name}", flush=True)
        run()
        print(f"== {name} took {time.perf_counter() - start:.0f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", required=True)
    parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        quick(Path(folder))


if __name__ == "__main__":
    main()
