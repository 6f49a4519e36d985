"""The sizes of the layers of a neural network, as one parameter of a search space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from skhp.exceptions import InvalidSpaceError
from skhp.space._dialects import interpret
from skhp.space._dimensions import Categorical, Dimension, Integer
from skhp.space._foreign import Constant
from skhp.space._when import checked_when

# More layers would each have a column, most of them inactive.
MAX_LAYERS = 32


class Layers:
    """A tuple with the number of units of each layer of a neural network.

    The number of layers and the size of each are searched as numbers of their own; the
    sizes of layers that a network does not have are inactive.

    Parameters
    ----------
    low, high : int
        Smallest and largest number of layers.
    units : Integer, list of int or other dimension
        Sizes that each layer may have, all of them at least 1.
    non_increasing : bool, default=False
        Whether no layer may be larger than the one before it.
    when : dict, default=None
        Conditions: for each parameter on which this one depends, a value or a list of
        values. All must hold; elsewhere the parameter is not set.

    Raises
    ------
    InvalidSpaceError
        If the numbers of layers are not in order, or the units are not integers of at
        least 1, or have a condition of their own.

    Examples
    --------
    >>> from skhp.space import Integer, Layers, Space
    >>> layers = Layers(1, 3, units=Integer(16, 256, powers_of=2), non_increasing=True)
    >>> space = Space({"hidden_layer_sizes": layers})
    >>> space.column_names[:2]
    ('hidden_layer_sizes (layers)', 'hidden_layer_sizes (units 1)')
    >>> space.to_params([[0.0, 0.5, 0.0, 0.0], [0.9, 0.1, 0.5, 0.9]])
    [{'hidden_layer_sizes': (64,)}, {'hidden_layer_sizes': (256, 64, 16)}]
    """

    low: int
    high: int
    units: Any
    non_increasing: bool
    when: dict[str, Any] | None

    def __init__(
        self,
        low: int,
        high: int,
        units: Any,
        *,
        non_increasing: bool = False,
        when: dict[str, Any] | None = None,
    ) -> None:
        is_whole = all(map(_is_whole, (low, high)))
        if not is_whole or not 0 <= low <= high <= MAX_LAYERS or not high:
            raise InvalidSpaceError(
                "Layers: low and high must be integers, 0 <= low <= high, and high "
                f"between 1 and {MAX_LAYERS}. Got low={low!r}, high={high!r}."
            )
        self.low, self.high, self.units = int(low), int(high), units
        self.non_increasing = bool(non_increasing)
        self.when = checked_when("Layers", when)
        self.size()

    def size(self) -> Dimension | Constant:
        """Return what the size of one layer may be."""
        found = interpret("units", self.units)
        sizes: Sequence[Any] = ()
        if isinstance(found, Constant):
            sizes = [found.value]
        elif isinstance(found, Integer):
            sizes = [found.low]
        elif isinstance(found, Categorical) and not found.is_categorical:
            sizes = found.choices
        if not sizes or not all(map(_is_size, sizes)):
            raise InvalidSpaceError(
                "Layers: units must be an Integer or a list of integers, all of them "
                f"at least 1. Got {self.units!r}."
            )
        if isinstance(found, Dimension) and found.when is not None:
            raise InvalidSpaceError(
                "Layers: units must have no condition of their own; give 'when' to "
                f"Layers. Got {self.units!r}."
            )
        return found

    def __repr__(self) -> str:
        options = ", non_increasing=True" if self.non_increasing else ""
        options += "" if self.when is None else f", when={self.when!r}"
        return f"Layers({self.low}, {self.high}, units={self.units!r}{options})"


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _is_size(value: Any) -> bool:
    return _is_whole(value) and value >= 1


@dataclass(frozen=True)
class LayerNames:
    """The parameters inside a space that stand for one tuple of sizes.

    Attributes
    ----------
    name : str
        The parameter that the estimator has.
    count : str
        The number of layers.
    sizes : tuple of str
        The size of each.
    low : int
        Smallest number of layers.
    non_increasing : bool
        Whether no layer may be larger than the one before it.
    """

    name: str
    count: str
    sizes: tuple[str, ...]
    low: int
    non_increasing: bool

    @classmethod
    def of(cls, name: str, layers: Layers) -> LayerNames:
        """Return the names for the layers of a parameter."""
        sizes = tuple(f"{name} (units {i + 1})" for i in range(layers.high))
        return cls(name, f"{name} (layers)", sizes, layers.low, layers.non_increasing)

    def joined(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters with the tuple in place of its parts."""
        if self.count not in params:
            return dict(params)
        sizes = [params[size] for size in self.sizes if size in params]
        if self.non_increasing:
            sizes.sort(reverse=True)
        return {
            (self.name if name == self.count else name): (
                tuple(sizes) if name == self.count else value
            )
            for name, value in params.items()
            if name not in self.sizes
        }

    def parted(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters with the parts in place of the tuple.

        Raises
        ------
        ValueError
            If its value is no such tuple.
        """
        if self.name not in params:
            return dict(params)
        value = params[self.name]
        fewest, most = self.low, len(self.sizes)
        if not isinstance(value, tuple | list) or not fewest <= len(value) <= most:
            raise ValueError(f"must be a tuple of {fewest} to {most} sizes")
        if self.non_increasing and sorted(value, reverse=True) != list(value):
            raise ValueError("must be a tuple of sizes that do not increase")
        found: dict[str, Any] = {}
        for name, other in params.items():
            if name == self.name:
                found[self.count] = len(value)
                found.update(zip(self.sizes, value, strict=False))
            else:
                found[name] = other
        return found
