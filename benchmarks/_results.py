"""Tidy CSV files that keep what an interrupted run has measured."""

from __future__ import annotations

import csv
import importlib.metadata
import json
import os
import platform
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

OWN_FOLDER = Path("benchmarks-output")  # of who runs a benchmark
KEPT_FOLDER = Path(__file__).parent / "results"  # in git: what the tables are made of
_PACKAGES = (
    "skhp scikit-learn numpy scipy lightgbm optuna optuna-integration torch "
    "scikit-optimize smac HEBO onnxruntime"
).split()


class Results:
    """A CSV file of rows, in which each run is recorded once and as a whole.

    Parameters
    ----------
    path : Path
        The file. If it is there, it is added to.
    key : sequence of str
        The columns that together name a run.
    columns : sequence of str
        The other columns.
    """

    def __init__(self, path: Path, key: Sequence[str], columns: Sequence[str]) -> None:
        self.path, self.key = path, tuple(key)
        self.columns = (*key, *columns)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.stat().st_size == 0:
            self._append([dict(zip(self.columns, self.columns, strict=True))])
        with path.open(newline="") as file:
            reader = csv.DictReader(file)
            if tuple(reader.fieldnames or ()) != self.columns:
                raise SystemExit(
                    f"{path} has other columns than this benchmark writes."
                )
            self._runs = {tuple(row[name] for name in self.key) for row in reader}
        _describe(path.with_suffix(".json"))

    def has(self, run: Mapping[str, Any]) -> bool:
        """Return whether a run has been recorded."""
        return self._name(run) in self._runs

    def add(self, run: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> None:
        """Record a run, all of its rows in one piece."""
        self._append([{**run, **row} for row in rows])
        self._runs.add(self._name(run))

    def _name(self, run: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(str(run[name]) for name in self.key)

    def _append(self, rows: Sequence[Mapping[str, Any]]) -> None:
        with self.path.open("a", newline="") as file:
            writer = csv.DictWriter(file, self.columns, lineterminator="\n")
            writer.writerows(
                {name: _text(v) for name, v in row.items()} for row in rows
            )


def _text(value: Any) -> Any:
    return f"{value:.6g}" if isinstance(value, float) else value


def _describe(path: Path) -> None:
    """Write beside a file of results where and with what they were measured."""
    command = " ".join(["python", "-m", _module(), *sys.argv[1:]])
    commands = json.loads(path.read_text())["commands"] if path.exists() else []
    described = {
        "date": date.today().isoformat(),
        "processor": _processor(),
        "n_cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": _versions(),
        "commands": list(dict.fromkeys([*commands, command])),
    }
    path.write_text(json.dumps(described, indent=1) + "\n")


def _module() -> str:
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    return spec.name.removesuffix(".__main__") if spec else Path(sys.argv[0]).stem


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found
