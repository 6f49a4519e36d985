"""Predicates that a configuration has to satisfy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from skhp.exceptions import InvalidSpaceError

Constraint: TypeAlias = Callable[[Mapping[str, Any]], Any]


def check_constraints(
    constraints: Constraint | Iterable[Constraint] | None,
) -> tuple[Constraint, ...]:
    """Return the constraints as a tuple, each of them callable."""
    if constraints is None:
        return ()
    if callable(constraints):
        return (constraints,)
    if not isinstance(constraints, Iterable) or isinstance(constraints, str | Mapping):
        raise InvalidSpaceError(
            "'constraints' must be a function of a dict of parameters or a list of "
            f"them. Got {constraints!r}."
        )
    checked = tuple(constraints)
    for i, constraint in enumerate(checked):
        if not callable(constraint):
            raise InvalidSpaceError(
                f"constraints[{i}] must be callable. Got {constraint!r}."
            )
    return checked


def satisfies(params: Mapping[str, Any], constraints: Iterable[Constraint]) -> bool:
    """Whether all constraints hold for `params`.

    Raises
    ------
    InvalidSpaceError
        If a constraint raises, naming it and `params`.
    """
    for i, constraint in enumerate(constraints):
        try:
            holds = bool(constraint(params))
        except Exception as error:
            raise _failed(i, constraint, params, error) from error
        if not holds:
            return False
    return True


def _failed(
    i: int, constraint: Constraint, params: Mapping[str, Any], error: Exception
) -> InvalidSpaceError:
    name = getattr(constraint, "__name__", repr(constraint))
    whose = f"constraints[{i}] ({name})"
    if isinstance(error, KeyError) and error.args and error.args[0] not in params:
        missing = error.args[0]
        return InvalidSpaceError(
            f"{whose} must hold or fail for every sub-space, also where {missing!r} is "
            f"not searched; read it with params.get({missing!r}, default). "
            f"Got params={dict(params)!r}."
        )
    return InvalidSpaceError(
        f"{whose} must return True or False. "
        f"Got {type(error).__name__}: {error} for params={dict(params)!r}."
    )
