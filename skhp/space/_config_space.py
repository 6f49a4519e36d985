"""Conversion of a whole ConfigurationSpace of ConfigSpace, with all that it says.

Conditions become sub-spaces, and forbidden clauses become constraints.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from skhp.exceptions import InvalidSpaceError
from skhp.space._dimensions import Categorical, Integer
from skhp.space._foreign import Constant, from_foreign

MAX_PARENT_VALUES = 32  # of a parameter that others depend on


def is_configuration_space(written: Any) -> bool:
    """Whether this is a ConfigurationSpace, which also is a mapping."""
    mro = type(written).__mro__
    names = {(cls.__module__.partition(".")[0], cls.__name__) for cls in mro}
    return ("ConfigSpace", "ConfigurationSpace") in names


@dataclass(frozen=True)
class NotForbidden:
    """Constraint that a forbidden clause of ConfigSpace does not apply.

    Attributes
    ----------
    clause : object
        The clause.
    """

    clause: Any

    def __call__(self, params: Mapping[str, Any]) -> bool:
        """Return whether the parameters are allowed."""
        return not self.clause.is_forbidden_value(params)


def read_configuration_space(
    written: Any,
) -> tuple[list[dict[str, Any]], tuple[NotForbidden, ...]]:
    """Return the sub-spaces and the constraints of a ConfigurationSpace.

    Raises
    ------
    InvalidSpaceError
        If a condition is on a parameter with too many values.
    """
    known = {parent.name for group in written.parents_of.values() for parent in group}
    parents = [name for name in written if name in known]
    subspaces: list[dict[str, Any]] = []
    for fixed in _branches(written, list(written), parents, {}):
        names = [name for name in written if _is_active(written, name, fixed)]
        branch = {name: written[name] for name in names}
        branch.update({name: [value] for name, value in fixed.items()})
        subspaces.append(branch)
    for parent in parents:
        subspaces = _joined(subspaces, parent)
    for branch in subspaces:
        for name in set(parents) & set(branch):
            is_unordered = "Categorical" in type(written[name]).__name__
            ordered = False if is_unordered else None
            branch[name] = Categorical(branch[name], ordered=ordered)
    return subspaces, tuple(map(NotForbidden, written.forbidden_clauses))


def _branches(
    space: Any, names: Sequence[str], parents: Sequence[str], fixed: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield every combination of values of the parameters that others depend on.

    `names` are in an order in which each comes after those that it depends on.
    """
    for position, name in enumerate(names):
        if name in parents and _is_active(space, name, fixed):
            for value in _values(name, space[name]):
                rest = names[position + 1 :]
                yield from _branches(space, rest, parents, {**fixed, name: value})
            return
    yield fixed


def _is_active(space: Any, name: str, fixed: Mapping[str, Any]) -> bool:
    """Whether a parameter is searched, given those that it may depend on."""
    return all(
        _holds(condition, fixed) for condition in space.parent_conditions_of[name]
    )


def _holds(condition: Any, fixed: Mapping[str, Any]) -> bool:
    try:
        return bool(condition.satisfied_by_value(fixed))
    except KeyError:  # what it depends on is itself not searched
        return False


def _values(name: str, hyperparameter: Any) -> Sequence[Any]:
    meaning = from_foreign(hyperparameter)
    if isinstance(meaning, Constant):
        return [meaning.value]
    if isinstance(meaning, Categorical):
        return meaning.choices
    if isinstance(meaning, Integer) and meaning.n_values <= MAX_PARENT_VALUES:
        return range(meaning.low, meaning.high + 1)
    raise InvalidSpaceError(
        f"Parameter {name!r}, on which others depend, must be categorical, ordinal or "
        f"an integer with at most {MAX_PARENT_VALUES} values. Got {hyperparameter!r}."
    )


def _joined(subspaces: list[dict[str, Any]], parent: str) -> list[dict[str, Any]]:
    """Join the sub-spaces that differ in the value of one parameter alone."""
    joined: list[dict[str, Any]] = []
    for branch in subspaces:
        for other in joined:
            if _differ_only_in(parent, branch, other):
                other[parent] = [*other[parent], *branch[parent]]
                break
        else:
            joined.append(branch)
    return joined


def _differ_only_in(
    parent: str, one: Mapping[str, Any], other: Mapping[str, Any]
) -> bool:
    return list(one) == list(other) and all(
        name == parent or one[name] is other[name] or one[name] == other[name]
        for name in one
    )
