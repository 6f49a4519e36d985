"""joblib's ``pre_dispatch``, read without evaluating it as code."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from numbers import Integral
from typing import Any

from skhp.exceptions import InvalidParameterError

# The operators that joblib knows. On floats, so that no power takes long.
_BINARY: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_LONGEST = 100  # characters, so that nothing is nested deeply


def max_in_flight(pre_dispatch: Any, n_jobs: int) -> int | None:
    """Return how many batches may be dispatched at once; None means any number.

    Parameters
    ----------
    pre_dispatch : int or str
        A number, "all", or an expression in "n_jobs" such as "2*n_jobs + 1".
    n_jobs : int
        The number of workers.

    Raises
    ------
    InvalidParameterError
        If it is none of these.
    """
    if pre_dispatch == "all":
        return None
    try:
        number = _number(pre_dispatch, n_jobs)
    except (ArithmeticError, SyntaxError, TypeError, ValueError):
        raise InvalidParameterError(
            "The 'pre_dispatch' parameter must be a positive int, 'all', or an "
            "expression in n_jobs such as '2*n_jobs + 1'. "
            f"Got {pre_dispatch!r} instead."
        ) from None
    if number < 1:
        raise InvalidParameterError(
            "The 'pre_dispatch' parameter must allow at least one task. "
            f"Got {pre_dispatch!r} instead."
        )
    return number


def _number(written: Any, n_jobs: int) -> int:
    if isinstance(written, Integral) and not isinstance(written, bool):
        return int(written)
    if not isinstance(written, str) or len(written) > _LONGEST:
        raise TypeError
    return int(_value(ast.parse(written.strip(), mode="eval").body, n_jobs))


def _value(node: ast.expr, n_jobs: int) -> float:
    """Return the value of an expression of numbers, ``n_jobs`` and arithmetic."""
    if isinstance(node, ast.Name) and node.id == "n_jobs":
        return float(n_jobs)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        if not isinstance(node.value, bool):
            return float(node.value)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, n_jobs)
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        left, right = _value(node.left, n_jobs), _value(node.right, n_jobs)
        return _BINARY[type(node.op)](left, right)
    raise ValueError
