"""Where parameters lie in a sub-space."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from skhp.exceptions import InvalidSpaceError
from skhp.space._choices import are_same
from skhp.space._dimensions import Dimension
from skhp.space._subspaces import SubSpace, matches
from skhp.space.conditions import FIXED, INACTIVE, Activity


class Places:
    """Finds the rows of parameters, one sub-space at a time.

    Parameters
    ----------
    dimensions : sequence of Dimension
        Of all columns.
    subspaces : sequence of SubSpace
    activities : sequence of Activity
        Of each sub-space.
    """

    def __init__(
        self,
        dimensions: Sequence[Dimension],
        subspaces: Sequence[SubSpace],
        activities: Sequence[Activity],
    ) -> None:
        self._dimensions, self._subspaces = dimensions, subspaces
        self._activities = activities

    def find(
        self,
        params: Mapping[str, Any],
        decode: Callable[[list[float]], Mapping[str, Any]],
    ) -> list[float]:
        """Return the row of parameters in the sub-space that fits best.

        Parameters
        ----------
        params : mapping of str to object
        decode : callable
            Returns the parameters of a row.

        Raises
        ------
        InvalidSpaceError
            If a parameter is missing, unknown, or outside the space.
        """
        fits, faults = [], []
        for i, subspace in enumerate(self._subspaces):
            row, fault, others = self.row_in(i, params)
            if row is not None and not others:
                fits.append(row)
            elif row is not None:
                fault = f"Parameter {others[0]!r} is not in the search space."
                if others[0] in subspace.inner_names:
                    fault = (
                        f"Parameter {others[0]!r} does not apply to the other "
                        f"parameters. Got {dict(params)!r}."
                    )
            faults.append((len({*params} ^ {*subspace.names}), fault))
        if fits:  # of several that overlap, the one with every digit of the values
            return max(fits, key=lambda row: are_same(decode(row), params))
        # The sub-space whose names fit best is the one that was meant.
        raise InvalidSpaceError(min(faults, key=lambda fault: fault[0])[1])

    def row_in(
        self, index: int, params: Mapping[str, Any]
    ) -> tuple[list[float] | None, str, list[str]]:
        """Row of `params` in one sub-space, or None and the reason why not.

        The last of what is returned are the names that the row says nothing about.
        """
        row = [INACTIVE] * len(self._dimensions)
        if len(self._subspaces) > 1:
            row[0] = (index + 0.5) / len(self._subspaces)
        activity, found = self._activities[index], set()
        try:
            inner = self._subspaces[index].parted(params)
        except InvalidSpaceError as error:
            return None, str(error), []
        for name, column, constant, when in activity.sorted_entries:
            if not activity.is_active(when, row):
                continue
            if name not in inner:
                return None, f"Parameter {name!r} is missing. Got {dict(params)!r}.", []
            found.add(name)
            value = inner[name]
            try:
                if column != FIXED:
                    row[column] = self._dimensions[column].position(value)
                elif not matches(value, constant):
                    raise ValueError(f"must be {constant!r}")
            except ValueError as error:
                return None, f"Parameter {name!r} {error}. Got {value!r}.", []
        return row, "", [name for name in inner if name not in found]
