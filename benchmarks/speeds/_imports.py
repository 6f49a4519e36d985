"""How long imports take, in new interpreters."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks.peers import is_installed

_TIMED = """
import time
import sklearn.model_selection
start = time.perf_counter()
{statement}
print(time.perf_counter() - start)
"""
STATEMENTS = {
    "skhp": "import skhp",
    "optuna": "import optuna",
    "optuna_integration": "from optuna_integration import OptunaSearchCV",
    "skopt": "from skopt import BayesSearchCV",
}


def rows(is_quick: bool) -> Iterator[dict[str, Any]]:
    """Yield the milliseconds that an import takes after that of scikit-learn's."""
    for module, statement in STATEMENTS.items():
        if not is_installed(module):
            print(f"{module} is left out: it is not installed.")
            continue
        seconds = [_seconds(statement) for _ in range(1 if is_quick else 9)]
        yield {
            "subject": module,
            "setting": "after scikit-learn",
            "value": 1e3 * statistics.median(seconds),
            "unit": "ms",
        }


def _seconds(statement: str) -> float:
    code = _TIMED.format(statement=statement)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)
