"""Parameters that an estimator takes although ``get_params`` does not list them."""

from __future__ import annotations

import inspect
from collections.abc import Collection
from typing import Any

from skhp.evaluation._fit_and_score import unfitted_copy

_NOBODYS = "skhp_tries_whether_any_name_is_taken"


def unlisted_parameters(
    estimator: Any, among: Collection[str] | None = None
) -> set[str]:
    """Return what constructors take and ``set_params`` sets, but nobody lists.

    CatBoost lists only the parameters that were set.

    Parameters
    ----------
    estimator : estimator object
        Looked through to any depth.
    among : collection of str, default=None
        Only names that end in one of these, after the last ``__``. None means all.
    """
    found: set[str] = set()
    for prefix, member in _members(estimator).items():
        listed = member.get_params(deep=False)
        found.update(
            prefix + name
            for name in _constructor_of(member)[0]
            if name not in listed
            and (among is None or name in among)
            and _can_set(member, name)
        )
    return found


def takes_parameter(estimator: Any, name: str) -> bool:
    """Whether a parameter can be set, whether or not ``get_params`` lists it.

    Where ``set_params`` takes any name, as that of CatBoost, this proves nothing. A
    name is refused there if the constructor has others that are not listed either.
    """
    if name in estimator.get_params(deep=True):
        return True
    if not _can_set(estimator, name):
        return False
    member, own = _owner(estimator, name)
    names, is_open = _constructor_of(member)
    if own in names or not _can_set(member, _NOBODYS):
        return True
    if is_open:
        return "__" not in own
    return set(names) <= set(member.get_params(deep=False))


def takes_any_name(estimator: Any, name: str) -> bool:
    """Whether a parameter's owner passes on what it does not know, as LightGBM does."""
    return _constructor_of(_owner(estimator, name)[0])[1]


def _owner(estimator: Any, name: str) -> tuple[Any, str]:
    """Return the innermost estimator that has a parameter, and its name there."""
    members = _members(estimator)
    prefix = max((start for start in members if name.startswith(start)), key=len)
    return members[prefix], name[len(prefix) :]


def _members(estimator: Any) -> dict[str, Any]:
    """Return the estimator and those within it, by the prefix of their parameters."""
    params = estimator.get_params(deep=True)
    inner = {f"{name}__": value for name, value in params.items()}
    return {
        prefix: member
        for prefix, member in {"": estimator, **inner}.items()
        if hasattr(member, "get_params") and not isinstance(member, type)
    }


def _constructor_of(estimator: Any) -> tuple[list[str], bool]:
    """Return the names that a constructor has, and whether it takes others too."""
    try:
        parameters = inspect.signature(type(estimator)).parameters.values()
    except (ValueError, TypeError):  # of compiled code, perhaps
        return [], True
    is_open = any(p.kind is p.VAR_KEYWORD for p in parameters)
    return [p.name for p in parameters if not p.kind.name.startswith("VAR_")], is_open


def _can_set(estimator: Any, name: str) -> bool:
    try:
        unfitted_copy(estimator).set_params(**{name: None})
    except (ValueError, AttributeError, TypeError):
        return False
    return True
