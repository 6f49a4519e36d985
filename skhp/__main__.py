"""Tune a model for a table: ``python -m skhp TABLE.csv --target COLUMN``.

And predict with it: ``python -m skhp predict MODEL TABLE``.
"""

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

from skhp import _cli as job
from skhp.exceptions import (
    InvalidParameterError,
    SearchInterruptedWarning,
    SkhpError,
)

# The limits of a user who gives none.
_DEMO_CANDIDATES = 60
_TABLE_SECONDS = 60.0

_EPILOG = """\
Without a TABLE, LightGBM is tuned on a small dataset that scikit-learn ships.

A TABLE is text (comma, semicolon, tab or bar between columns; compressed or not),
Parquet, or the first sheet of an Excel file. Numbers may have decimal commas, signs
of currency, and the like. Dates become days, months and weekdays; texts become
components of their words. What was made of the columns is said before the search.

The model reads other tables in the same way: python -m skhp predict --help.

A target of text, truth values, or at most 20 different whole numbers is a
classification; other numbers are a regression. --task overrides that.
Scored by roc_auc (two classes), accuracy (more classes) or r2 (regression).

The folds choose the number of boosting rounds of each candidate, up to 1,000, from
the scores after every tenth round, and training ends where there is nothing to gain.
In large tables (over 500,000 cells; with many classes, fewer) it is searched like any
other parameter.
"""
_PREDICT_EPILOG = """\
The CSV file has a row for each row of the TABLE: the prediction, and of classes the
probabilities. A MODEL can hold any code: load only those that you trust.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status.

    0: done; 1: nobody reads the output any more; 2: something given was wrong, which
    one sentence on stderr says; 130: interrupted.
    """
    start = time.perf_counter()
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        if arguments[:1] == ["predict"]:
            _predict(_predict_parser().parse_args(arguments[1:]))
            return 0
        options = _parser().parse_args(arguments)
        _check_table_is_there(options)
        was_interrupted = _run(options, start)
    except SkhpError as error:
        print(f"skhp: {job.without_numpy(str(error))}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # who reads the output has seen enough, as `head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("\nskhp: interrupted, nothing was saved.", file=sys.stderr)
        return 130
    if was_interrupted:
        print("skhp: interrupted, the best so far was saved.", file=sys.stderr)
    return 130 if was_interrupted else 0


def _run(options: argparse.Namespace, start: float) -> bool:
    """Do it all; return whether Ctrl-C ended the search."""
    folder = job.prepare_folder(options.output)
    if options.table is None:
        table = job.bundled_table()
    else:
        table = job.read_table(options.table, options.target, options.task)
    model = job.build_model(options.estimator, table, options.seed)
    n_iter, time_budget = _limits(options)
    settings = job.search_settings(
        table,
        scoring=options.scoring,
        cv=options.cv,
        n_iter=n_iter,
        time_budget=time_budget,
        n_jobs=options.n_jobs,
        seed=options.seed,
        start=start,
    )
    print(job.describe_job(table, model, settings), flush=True)
    with warnings.catch_warnings(record=True) as caught:
        if not sys.warnoptions:
            warnings.simplefilter("ignore")
        warnings.simplefilter("always", SearchInterruptedWarning)
        result = job.tune(table, model, settings, sys.stdout)
    files = job.save(result, folder)
    print(job.describe_result(model, settings, result), flush=True)
    try:
        page = job.save_page(result, folder)
    except KeyboardInterrupt:  # all else is saved
        return True
    print(job.describe_files(files, options.table is not None, page), flush=True)
    return any(issubclass(w.category, SearchInterruptedWarning) for w in caught)


def _predict(options: argparse.Namespace) -> None:
    """Predict for the rows of a table, and save what was predicted."""
    model = job.load_model(options.model)
    with warnings.catch_warnings():
        if not sys.warnoptions:
            warnings.simplefilter("ignore")
        names, rows = job.predict_table(model, options.table)
    file = job.save_predictions(names, rows, options.output)
    print(f"{file}  {job.counted(len(rows), 'prediction')}", flush=True)


def _check_table_is_there(options: argparse.Namespace) -> None:
    """Raise if something is said about a table, and there is none."""
    said = [("--target", options.target), ("--task", options.task)]
    for name, value in said:
        if options.table is None and value not in (None, "auto"):
            raise InvalidParameterError(
                f"The {name} needs a TABLE, the first argument. "
                f"Got {name} {value} without one."
            )


def _limits(options: argparse.Namespace) -> tuple[int | None, float | None]:
    if options.n_iter is None and options.time_budget is None:
        if options.table is None:
            return _DEMO_CANDIDATES, None
        return None, _TABLE_SECONDS
    return options.n_iter, options.time_budget


def _silence_warnings() -> None:
    """Keep what libraries warn of out of the report, in workers too."""
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
        os.environ.setdefault("PYTHONWARNINGS", "ignore")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"skhp: {message} (see {self.prog} --help)\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m skhp",
        description="Tune a model for a table, and save it.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("table", nargs="?", metavar="TABLE", help="a CSV, Parquet or Excel file")
    add("--target", metavar="COLUMN", help="the column to predict")
    limit = parser.add_mutually_exclusive_group()
    limit.add_argument(
        "--time-budget",
        type=_positive(float),
        metavar="SECONDS",
        help=f"for everything, the final fit too (default: {_TABLE_SECONDS:.0f})",
    )
    limit.add_argument(
        "--n-iter", type=_positive(int), metavar="N", help="how many candidates"
    )
    add(
        "--estimator",
        choices=job.ESTIMATORS,
        default="lightgbm",
        metavar="NAME",
        help=f"{', '.join(job.ESTIMATORS)} (default: lightgbm)",
    )
    add(
        "--task",
        choices=["auto", "classification", "regression"],
        default="auto",
        metavar="KIND",
        help="auto (default), classification or regression",
    )
    add("--scoring", metavar="NAME", help="any score of scikit-learn; see below")
    add("--cv", type=_folds, default=5, metavar="N", help="folds (default: 5)")
    add("--n-jobs", type=_workers, metavar="N", help="workers (default: all cores)")
    add("--seed", type=_seed, default=0, metavar="N", help="of all draws (default: 0)")
    add(
        "--output",
        default="skhp-output",
        metavar="DIR",
        help="for the model and the results (default: skhp-output); if there are some "
        "already, DIR-2 and so on",
    )
    return parser


def _predict_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m skhp predict",
        description="Predict for each row of a table with a model that was saved.",
        epilog=_PREDICT_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("model", metavar="MODEL", help="model.joblib, or the folder that it is in")
    add("table", metavar="TABLE", help="a table with the columns of the first one")
    add(
        "--output",
        default="predictions.csv",
        metavar="FILE",
        help="a CSV file (default: predictions.csv); if it is there, FILE-2 and so on",
    )
    return parser


def _positive(kind: Any) -> Any:
    def number(text: str) -> Any:
        value = kind(text)
        if not 0 < value < float("inf"):
            raise argparse.ArgumentTypeError(f"must be greater than 0. Got {text}")
        return value

    number.__name__ = kind.__name__  # argparse: "invalid int value: 'ten'"
    return number


def _whole(is_allowed: Callable[[int], bool], rule: str) -> Callable[[str], int]:
    """Return what reads a whole number that must obey a rule."""

    def number(text: str) -> int:
        value = int(text)
        if not is_allowed(value):
            raise argparse.ArgumentTypeError(f"must be {rule}. Got {text}")
        return value

    number.__name__ = "int"  # argparse: "invalid int value: 'ten'"
    return number


_folds = _whole(lambda n: n >= 2, "at least 2")
_seed = _whole(lambda n: 0 <= n < 2**32, "from 0 to 4294967295")
_workers = _whole(lambda n: n != 0, "a number of workers, or -1 for all cores")


if __name__ == "__main__":
    _silence_warnings()
    sys.exit(main())
