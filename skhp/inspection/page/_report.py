"""A page about a fitted search: figures, candidates, code, in one file."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sklearn.base import clone
from threadpoolctl import threadpool_limits

from skhp.exceptions import InvalidParameterError
from skhp.inspection._advice import advice_with
from skhp.inspection._importances import Importances, importances_of
from skhp.inspection._parameters import ParameterAxis, axes_of, chosen_parameters
from skhp.inspection._results import Results, results_of
from skhp.inspection.page import _assembly as page
from skhp.inspection.page import _figures as figures
from skhp.inspection.page._candidates import (
    FEWEST_ROWS,
    MOST_SLICES,
    Shown,
    axes_on_page,
    columns_of,
    shown_of,
)
from skhp.inspection.page._code import Code, code_of
from skhp.inspection.page._summary import summary_of
from skhp.inspection.page._traces import BEST, RAMP

_MOST_BYTES = 800_000  # of the data: plotly.js takes two of the three megabytes


def report(
    search: Any, path: str | os.PathLike[str], *, metric: str | None = None
) -> Path:
    """Write a page about a fitted search: one HTML file that needs no network.

    It has a summary, advice, figures that answer to the mouse, among them parallel
    coordinates in which ranges can be chosen, a table of the candidates that can be
    sorted and searched, and the code that builds the best estimator. plotly.js draws
    the figures; it is in the file.

    Parameters
    ----------
    search : estimator
        A fitted search of skhp or scikit-learn.
    path : str or path-like
        The file to write, such as "report.html". A file of that name is replaced.
    metric : str, default=None
        The metric to show if there are several. None takes the one of ``refit``, or
        else the first.

    Returns
    -------
    path : pathlib.Path
        The file.

    Raises
    ------
    ImportError
        If plotly is not installed.
    InvalidParameterError
        If the file cannot be written.

    Notes
    -----
    The file has 2 to 3 MB, 2 of them for plotly.js. Of more than 1,000 candidates (or
    fewer, with many parameters or long texts) it has the best ones and some of the
    others, and says so.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhp import GridSearchCV
    >>> from skhp.inspection import report
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> search = GridSearchCV(tree, {"max_depth": [1, 2, 3]}).fit(X, y)
    >>> report(search, "report.html")  # doctest: +SKIP
    PosixPath('report.html')
    """
    results = results_of(search, metric, "report")
    file = _checked(path)
    page.packed_library()  # says at once if it is not there
    with threadpool_limits(1):  # for small matrices, threads only wait for each other
        text = page_of(search, results)
    return _written(text, file)


def page_of(search: Any, results: Results) -> str:
    """Return the page of a search."""
    axes = axes_of(search, results.params)
    importances = importances_of(search, results)
    drawn = _fitting(search, results, axes, importances)
    summary = summary_of(search, results, axes)
    found = advice_with(search, results, importances)
    code = _code(search, results)
    return page.assembled(
        {
            "title": page.title_part(summary.title),
            "subtitle": page.title_part(summary.subtitle),
            "summary": page.summary_part(summary),
            "advice": page.advice_part([each.text for each in found]),
            "figures": drawn.part(),
            "left_out": page.note_part(_left_out(drawn.shown, _noun(results))),
            "code": "" if code is None else page.code_part(code),
            "data": drawn.data,
        }
    )


def _fitting(
    search: Any,
    results: Results,
    axes: Mapping[str, ParameterAxis],
    importances: Importances | str,
) -> _Drawn:
    """Return what is drawn of as many candidates as there is room for."""
    most = len(results.means)
    while True:
        shown = shown_of(results, axes, most)
        drawn = _Drawn(search, results, axes, importances, shown)
        if len(drawn.data) <= _MOST_BYTES or len(shown.rows) <= FEWEST_ROWS:
            return drawn
        most = len(shown.rows) // 2


class _Drawn:
    """All figures of a search with their data, and where they stand."""

    def __init__(
        self,
        search: Any,
        results: Results,
        axes: Mapping[str, ParameterAxis],
        importances: Importances | str,
        shown: Shown,
    ) -> None:
        self.shown = shown
        self._has_scores = results.best is not None
        names = []
        if axes:
            names = chosen_parameters(axes, results.means, None, MOST_SLICES, "report")
        self._n_axes = len(axes)
        self._first = figures.history(results, shown)
        self._slices = figures.slices(results, axes, names, shown)
        rest = [
            figures.importances(importances),
            figures.resources(search, results),
            figures.folds(results),
            figures.trade_off(results, shown),
        ]
        self._rest = [figure for figure in rest if figure is not None]
        every = [self._first, *self._slices, *self._rest]
        best = None if results.best is None else shown.places[results.best]
        self.data = page.data_text(
            {
                "columns": columns_of(search, results, shown),
                "axes": axes_on_page(results, axes, shown),
                "figures": [figure.on_page() for figure in every],
                "best": best,
                "ramp": RAMP,
                "best_colour": BEST,
                "noun": _noun(results),
            }
        )

    def part(self) -> str:
        """Return the places of all figures as HTML."""
        n_axes = len(self.shown.on_axes)
        parts = []
        if n_axes and self._has_scores:
            parts.append(page.parallel_part(n_axes + 1, _of(n_axes, self._n_axes)))
        parts.append(page.figure_part(self._first))
        if self._slices:
            note = f"Scores by parameter. {_of(len(self._slices), self._n_axes)}"
            parts.append(page.slices_part(self._slices, note))
        parts.append(page.pairs_part(self._rest))
        return "\n".join(parts)


def _of(n_shown: int, n: int) -> str:
    if n_shown == n:
        return ""
    return (
        f"{n_shown} of {n} parameters are shown, those along which the scores differ "
        "most."
    )


def _noun(results: Results) -> str:
    """Return what rows are: of a search with rungs, candidates have several."""
    return "candidates" if results.resources is None else "rows"


def _left_out(shown: Shown, noun: str) -> str:
    texts = []
    if len(shown.rows) < shown.n_rows:
        texts.append(
            f"The page has {len(shown.rows):,} of {shown.n_rows:,} {noun}: the "
            "best ones, and some of the others from the first to the last. The summary "
            "is of all."
        )
    if len(shown.parameters) < shown.n_parameters:
        texts.append(
            f"The table has {len(shown.parameters)} of {shown.n_parameters} "
            "parameters: those along which the scores differ most."
        )
    return " ".join(texts)


def _code(search: Any, results: Results) -> Code | None:
    """Return the code of the best candidate; None if there is none."""
    if results.best is None:
        return None
    if results.best == getattr(search, "best_index_", None):
        refitted = getattr(search, "best_estimator_", None)
        if refitted is not None:
            return code_of(refitted)
    params = search.cv_results_["params"][results.best]
    try:
        estimator = clone(search.estimator).set_params(**params)
    except Exception:  # of anybody's estimator
        return None
    return code_of(estimator)


def _checked(path: Any) -> Path:
    """Return the path, or raise before anything is computed."""
    if not isinstance(path, (str, os.PathLike)):
        raise InvalidParameterError(
            "The 'path' parameter of report must be the path of a file. Got "
            f"{path!r} instead."
        )
    file = Path(path)
    if file.is_dir():
        raise _unwritable(file, errno.EISDIR)
    if not file.parent.is_dir():
        raise _unwritable(file, errno.ENOENT)
    return file


def _written(text: str, file: Path) -> Path:
    """Write the file, or leave what was there as it was."""
    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8", newline="\n")
        os.replace(part, file)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise _unwritable(file, error.errno or errno.EIO) from None
    return file


def _unwritable(file: Path, number: int) -> InvalidParameterError:
    return InvalidParameterError(
        "The 'path' parameter of report must be a file that can be written. Got "
        f"'{file}' instead: {os.strerror(number)}."
    )
