"""Predicates that a configuration has to satisfy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from numpy.typing import NDArray

from skhp.exceptions import InvalidSpaceError

MAX_REJECTIONS = 10_000  # draws in a row, before it is said that nothing is left
Array: TypeAlias = NDArray[Any]
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


def draw_feasible(
    draw: Callable[[int], Array], feasible: Callable[[Array], Array], n: int
) -> list[Array]:
    """Draw rows until `n` of them are feasible, or MAX_REJECTIONS in a row are not."""
    kept: list[Array] = []
    rejected, batch = 0, max(n, 1)
    while len(kept) < n and rejected < MAX_REJECTIONS:
        rows = draw(batch)
        for row, is_feasible in zip(rows, feasible(rows), strict=True):
            rejected = 0 if is_feasible else rejected + 1
            if is_feasible:
                kept.append(row)
        batch = min(2 * batch, 1024)
    return kept[:n]


def too_tight() -> InvalidSpaceError:
    """Return the error to raise if nothing feasible was drawn."""
    return InvalidSpaceError(
        "The constraints leave (almost) nothing of the search space: "
        f"{MAX_REJECTIONS} draws in a row violated them."
    )


def names_of_constraints(constraints: Iterable[Constraint]) -> str:
    """Return what the functions are called, such as "is_small and is_odd"."""
    return " and ".join(map(_name_of, constraints))


def _name_of(constraint: Constraint) -> str:
    return str(getattr(constraint, "__name__", repr(constraint)))


def _failed(
    i: int, constraint: Constraint, params: Mapping[str, Any], error: Exception
) -> InvalidSpaceError:
    whose = f"constraints[{i}] ({_name_of(constraint)})"
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
