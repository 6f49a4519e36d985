"""MLflow's autologging of scikit-learn, around our searches.

``mlflow.sklearn.autolog()`` puts a function around `fit` of each class of scikit-learn.
Our classes are subclasses with a `fit` of their own, around which there is nothing, so
the fits of candidates would be taken for the user's own and be recorded one by one. So
what is around scikit-learn's `fit` is put around ours too. It is a closure over the
function that it was made for, as ``functools.wraps`` notes in ``__wrapped__``; a copy
with ours in its place does for our classes exactly what it does for scikit-learn's.

Nothing of MLflow is imported. Seen in MLflow 3.17.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import CellType, FunctionType
from typing import Any

from sklearn.model_selection import GridSearchCV, RandomizedSearchCV

from skhp.exceptions import SkhpWarning, warn_user

_Fit = Callable[[Any, Any], Any]


def autologged(search: Any, fit: _Fit, X: Any, y: Any) -> Any:
    """Return ``fit(X, y)``, recorded by MLflow if its autologging is on.

    Parameters
    ----------
    search : estimator
        The search that is fitted.
    fit : callable
        Fits it to `X` and `y`.
    X, y : object
        The data.
    """
    recorder = None if "mlflow" not in sys.modules else _recorder_of(type(search))
    if recorder is None:
        return fit(X, y)

    def own_fit(self: Any, X: Any, y: Any = None) -> Any:
        return fit(X, y)

    recorded = _put_around(recorder, own_fit)
    if recorded is None:
        warn_user(
            "This version of MLflow records each fit of a candidate instead of the "
            f"search: {type(search).__name__} does not know how its autologging works. "
            "Turn it off and use skhp.callbacks.MLflowLogger.",
            SkhpWarning,
        )
        return fit(X, y)
    if not isinstance(search, (GridSearchCV, RandomizedSearchCV)):
        # MLflow looks for the best candidate and for child runs in these two only.
        RandomizedSearchCV.register(type(search))
    return recorded(search, X, y)


def _recorder_of(search_class: type) -> FunctionType | None:
    """Return what MLflow has put around `fit` of scikit-learn's class, if it has."""
    for base in search_class.__mro__:
        fit = vars(base).get("fit")
        if not base.__module__.startswith("sklearn.") or fit is None:
            continue
        is_function = isinstance(fit, FunctionType)
        # Its __module__ is that of scikit-learn's, as functools.wraps copies it.
        where = fit.__globals__.get("__name__", "") if is_function else ""
        return fit if where.partition(".")[0] == "mlflow" else None
    return None


def _put_around(recorder: FunctionType, fit: Callable[..., Any]) -> Any:
    """Return a copy of a function that is around another `fit`; None if unable."""
    before = getattr(recorder, "__wrapped__", None)
    cells = recorder.__closure__ or ()
    if before is None or not any(_holds(cell, before) for cell in cells):
        return None
    return FunctionType(
        recorder.__code__,
        recorder.__globals__,
        recorder.__name__,
        recorder.__defaults__,
        tuple(CellType(fit) if _holds(cell, before) else cell for cell in cells),
    )


def _holds(cell: CellType, what: Any) -> bool:
    try:
        return cell.cell_contents is what
    except ValueError:  # it is empty
        return False
