"""A choice between objects that have search spaces of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from skhp.exceptions import InvalidSpaceError
from skhp.space._when import checked_when


class OneOf:
    """One of several estimators, each with a search space for its own parameters.

    Meant for the steps of a pipeline: a step's alternatives are written once each,
    however many steps there are to choose.

    Parameters
    ----------
    alternatives : dict
        For each label, an object, or a tuple of an estimator and the search space of
        its parameters, which are written as the estimator has them. Labels are for
        `when`: the conditions of other parameters may name them.
    when : dict, default=None
        Conditions: for each parameter on which this one depends, a value or a list of
        values. All must hold; elsewhere the parameter is not set.

    Raises
    ------
    InvalidSpaceError
        If there is no alternative, or one is not written like that.

    Examples
    --------
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> from sklearn.svm import SVC
    >>> from skhp.space import Integer, OneOf, Real, Space
    >>> model = OneOf(
    ...     {
    ...         "svm": (SVC(), {"C": Real(0.1, 10, "log-uniform")}),
    ...         "forest": (RandomForestClassifier(), {"max_depth": Integer(2, 8)}),
    ...     }
    ... )
    >>> space = Space({"model": model})
    >>> for params in space.to_params([[0.1, 0.5, 0.5], [0.9, 0.5, 0.5]]):
    ...     print(params)
    {'model': SVC(), 'model__C': 1.0}
    {'model': RandomForestClassifier(), 'model__max_depth': 5}
    """

    alternatives: dict[str, tuple[Any, dict[str, Any]]]
    when: dict[str, Any] | None

    def __init__(
        self, alternatives: Mapping[str, Any], *, when: dict[str, Any] | None = None
    ) -> None:
        if not isinstance(alternatives, Mapping):
            raise InvalidSpaceError(
                "OneOf: alternatives must be a dict of labels and estimators. "
                f"Got {alternatives!r}."
            )
        if not alternatives:
            raise InvalidSpaceError("OneOf: alternatives must not be empty. Got {}.")
        self.alternatives = {
            label: _checked(label, each) for label, each in alternatives.items()
        }
        self.when = checked_when("OneOf", when)

    def __repr__(self) -> str:
        inside = {
            label: (each, space) if space else each
            for label, (each, space) in self.alternatives.items()
        }
        suffix = "" if self.when is None else f", when={self.when!r}"
        return f"OneOf({inside!r}{suffix})"


def _checked(label: Any, written: Any) -> tuple[Any, dict[str, Any]]:
    """Return an object and the space of its parameters."""
    if not isinstance(label, str):
        raise InvalidSpaceError(f"OneOf: each label must be a string. Got {label!r}.")
    is_pair = (
        isinstance(written, tuple)
        and len(written) == 2
        and isinstance(written[1], Mapping)
    )
    if isinstance(written, tuple) and not is_pair:
        raise InvalidSpaceError(
            f"OneOf: alternative {label!r} must be an object or a tuple of an "
            f"estimator and a dict. Got {written!r}."
        )
    chosen, space = written if is_pair else (written, {})
    if not space:
        return chosen, {}
    if isinstance(chosen, type) or not hasattr(chosen, "get_params"):
        raise InvalidSpaceError(
            f"OneOf: alternative {label!r} must be an estimator to have parameters of "
            f"its own. Got {chosen!r}."
        )
    return chosen, dict(space)
