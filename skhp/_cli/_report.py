"""What is left when the search is over: a few lines and some files."""

import csv
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np

from skhp._cli._models import Model
from skhp._cli._number_format import counted, format_score
from skhp._cli._read import Table
from skhp._cli._settings import Settings
from skhp._cli._tune import MOST_ROUNDS, Result
from skhp.exceptions import InvalidParameterError
from skhp.inspection import report

MODEL_FILE = "model.joblib"
RESULTS_FILE = "results.csv"
REPORT_FILE = "report.html"


def prepare_folder(path: str) -> Path:
    """Return a folder without results, made if need be, after trying to write in it.

    If the folder of this name has results, it is one with a number: "out-2".

    Raises
    ------
    InvalidParameterError
        If nothing can be written there.
    """
    folder = unused_path(Path(path), _has_results)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InvalidParameterError(
            f"The --output must be a folder that can be written to. "
            f"Got '{path}': {error.strerror}."
        ) from None
    return folder


def unused_path(path: Path, is_used: Callable[[Path], bool] = Path.exists) -> Path:
    """Return the path, with the first number that makes it an unused one if it is."""
    if path.name in ("", ".."):
        path = path.resolve()
    candidate, number = path, 1
    while is_used(candidate):
        number += 1
        candidate = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return candidate


def _has_results(folder: Path) -> bool:
    return any((folder / name).exists() for name in (MODEL_FILE, RESULTS_FILE))


def describe_job(table: Table, model: Model, settings: Settings) -> str:
    """Return what is going to be done, and what was decided for the user."""
    kind = {
        "binary": "classification, two classes",
        "multiclass": "classification",
        "regression": "regression",
    }[table.task]
    limits = [(settings.n_iter, "candidate"), (settings.time_budget, "second")]
    limit = " and ".join(counted(n, noun) for n, noun in limits if n is not None)
    lines = [
        f"{table.name}: {counted(len(table.y), 'row')}; {table.columns}",
        f"'{table.target}': {table.why} -> {kind}"
        + (" (if not: --task regression)" if table.is_doubtful else ""),
        f"{model.name}, {settings.scoring}, {counted(len(settings.splits), 'fold')}, "
        f"{limit}, {counted(settings.n_jobs, 'worker')}",
        *table.notes,
        *settings.notes,
    ]
    if model.rounds is not None:
        lines.append(
            "The folds choose the number of boosting rounds of each candidate, and of "
            f"the defaults: at most {MOST_ROUNDS:,}."
        )
    return "\n".join([*lines, ""])


def describe_files(
    paths: list[Path], is_of_table: bool = True, page: Path | None = None
) -> str:
    """Return where everything is, and how the model is used, be it of a table."""
    model, results = paths
    width = max(len(str(path)) for path in (*paths, page or ""))
    if page is None:
        about = "For a page with figures too: pip install 'skhp[report]'"
    else:
        about = f"{page!s:<{width}}  a page with figures, for a browser"
    return "\n".join(
        [
            "",
            f"{model!s:<{width}}  the best, fitted to all rows: "
            f'joblib.load("{model}").predict(X)',
            f"{results!s:<{width}}  all candidates, the best first",
            about,
            *([f"Predict with: python -m skhp predict {model} TABLE"] * is_of_table),
        ]
    )


def describe_result(model: Model, settings: Settings, result: Result) -> str:
    """Return what was found, in a few lines for a person."""
    default, best = result.rows[0], result.rows[result.best]
    lines = [
        f"{counted(result.n_candidates, 'candidate')} "
        f"in {max(1, round(result.seconds))} s"
        + (f", {result.n_failed} of them failed" if result.n_failed else "")
        + f". {settings.scoring}, mean of {len(settings.splits)} folds:",
        "",
        f"  defaults  {format_score(default['mean_test_score'])}",
    ]
    if result.best == 0:
        return "\n".join(
            [*lines, "", "Nothing better was found: keeping the defaults."]
        )
    score = best["mean_test_score"]
    gain = format_score(score - default["mean_test_score"])
    lines += [f"  best      {format_score(score)}  (+{gain})", ""]
    searched = [*([] if model.rounds is None else [model.rounds]), *model.space]
    names = {name.removeprefix("model__"): name for name in searched}
    width = max(map(len, names))
    lines += [
        f"  {short:<{width}}  {_value(best['params'][name])}"
        for short, name in names.items()
    ]
    return "\n".join(lines)


def save(result: Result, folder: Path) -> list[Path]:
    """Write the fitted model and the table of results, and return their paths."""
    names = list(result.rows[0]["params"])
    columns = ["candidate", "rank_test_score", "mean_test_score", "std_test_score"]
    others = [key for key in result.rows[0] if key not in [*columns, "params"]]
    scores = np.array([row["mean_test_score"] for row in result.rows])
    order = np.argsort(-np.nan_to_num(scores, nan=-np.inf), kind="stable")
    with replacing(folder / RESULTS_FILE) as part:
        with open(part, "w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([*columns, *(f"param_{name}" for name in names), *others])
            for rank, i in enumerate(order, 1):
                row = {**result.rows[i], "rank_test_score": rank}
                writer.writerow(
                    [row[key] for key in columns]
                    + [row["params"][name] for name in names]
                    + [row.get(key) for key in others]
                )
    with replacing(folder / MODEL_FILE) as part:
        joblib.dump(result.model, part, compress=3)
    return [folder / MODEL_FILE, folder / RESULTS_FILE]


def save_page(result: Result, folder: Path) -> Path | None:
    """Write the page about the search, and return its path; None without plotly."""
    try:
        return report(result.search, folder / REPORT_FILE)
    except ImportError:
        return None


class replacing:
    """Hands out a temporary path that takes the place of the file when all is well."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + ".part")

    def __enter__(self) -> Path:
        return self._part

    def __exit__(self, kind: Any, *_: object) -> None:
        if kind is None:
            os.replace(self._part, self._path)
        else:
            self._part.unlink(missing_ok=True)


def _value(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, (float, np.floating)) else str(value)
