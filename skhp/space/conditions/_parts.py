"""One dict as the user writes it, taken apart into parameters with their conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from skhp.exceptions import InvalidSpaceError
from skhp.space._dialects import interpret
from skhp.space._dimensions import Categorical, Dimension, Integer
from skhp.space._foreign import Constant
from skhp.space._when import Conditional, alternatives
from skhp.space.conditions._layers import LayerNames, Layers
from skhp.space.conditions._one_of import OneOf


@dataclass(frozen=True, eq=False)
class Condition:
    """What one parameter must be for another one to be searched.

    Attributes
    ----------
    names : tuple of str
        The parameter; of several, the first that the space has.
    values : list
        Its values, or their labels.
    """

    names: tuple[str, ...]
    values: list[Any]


@dataclass(frozen=True, eq=False)
class Part:
    """A parameter, what it may be, and all conditions on it.

    Attributes
    ----------
    name : str
    meaning : Dimension or Constant
        Without conditions.
    conditions : tuple of Condition
    labels : dict of str to object
        Values that conditions may call by a label.
    """

    name: str
    meaning: Dimension | Constant
    conditions: tuple[Condition, ...] = ()
    labels: Mapping[str, Any] = field(default_factory=dict)


def parts_of(space: Mapping[Any, Any]) -> tuple[list[Part], list[LayerNames]]:
    """Return the parameters of one dict, and which of them are parts of a tuple."""
    parts, layers = [], []
    for found in _taken_apart(space, ("",), ()):
        if isinstance(found, LayerNames):
            layers.append(found)
        else:
            parts.append(found)
    return parts, layers


def without_conditions(written: Any) -> tuple[Any, list[dict[str, Any]]]:
    """Return what a user wrote for a parameter, and its conditions apart from it."""
    conditions = []
    while isinstance(written, Conditional):
        conditions.append(written.when)
        written = written.values
    if isinstance(written, Dimension | Layers | OneOf) and written.when is not None:
        conditions.append(written.when)
    if isinstance(written, Dimension):
        written = written.without_when()
    return written, conditions


def has_conditions(written: Any) -> bool:
    """Whether a dict or a list of dicts has a parameter with conditions or parts."""
    if isinstance(written, Mapping):
        for value in written.values():
            bare, conditions = without_conditions(value)
            if conditions or isinstance(bare, OneOf | Layers):
                return True
        return False
    return isinstance(written, list | tuple) and any(map(has_conditions, written))


def mapped(
    space: Mapping[Any, Any], change: Callable[[Any, Any], Any]
) -> dict[Any, Any]:
    """Return a dict in which everything without conditions is changed.

    Parameters
    ----------
    space : mapping
    change : callable
        Takes a name and what is written there, and returns what to write instead.
    """
    found = {}
    for name, written in space.items():
        bare, conditions = without_conditions(written)
        if isinstance(bare, OneOf):
            inside: Any = OneOf(
                {
                    label: (chosen, mapped(own, change))
                    for label, (chosen, own) in bare.alternatives.items()
                }
            )
        else:
            inside = bare if isinstance(bare, Layers) else change(name, bare)
        for when in conditions:
            inside = Conditional(inside, when)
        found[name] = inside
    return found


def choices_of(space: Any) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Yield the estimators that may be chosen, each with the space of its parameters.

    Parameters
    ----------
    space : dict, list of dict or anything else, which has none
    """
    if isinstance(space, Mapping):
        for written in space.values():
            bare, _ = without_conditions(written)
            if isinstance(bare, OneOf):
                for chosen, own in bare.alternatives.values():
                    if own:
                        yield chosen, own
                    yield from choices_of(own)
    elif isinstance(space, list | tuple):
        for each in space:
            yield from choices_of(each)


def _taken_apart(
    space: Mapping[Any, Any], prefixes: tuple[str, ...], above: tuple[Condition, ...]
) -> Iterator[Part | LayerNames]:
    """Yield the parameters of a dict whose names have a prefix, the first of several.

    Parameters
    ----------
    space : mapping
    prefixes : tuple of str
        The prefix of its own names and those of the dicts around it, the inner first.
    above : tuple of Condition
        Those on the dict.
    """
    for key, written in space.items():
        if not isinstance(key, str):
            raise InvalidSpaceError(
                f"The names in a search space must be strings. Got {key!r}."
            )
        name = prefixes[0] + key
        bare, own = without_conditions(written)
        conditions = above + tuple(
            Condition(
                tuple(prefix + parent for prefix in prefixes), alternatives(value)
            )
            for when in own
            for parent, value in when.items()
        )
        if isinstance(bare, Layers):
            yield from _of_layers(name, bare, conditions)
        elif isinstance(bare, OneOf):
            yield from _of_choice(name, bare, prefixes, conditions)
        else:
            yield Part(name, interpret(name, bare), conditions)


def _of_choice(
    name: str,
    choice: OneOf,
    prefixes: tuple[str, ...],
    conditions: tuple[Condition, ...],
) -> Iterator[Part | LayerNames]:
    labels = {label: chosen for label, (chosen, _) in choice.alternatives.items()}
    dimension = Categorical(labels.values(), ordered=False)
    if dimension.n_values < len(labels):
        raise InvalidSpaceError(
            f"Parameter {name!r}: the alternatives of OneOf must differ. "
            f"Got {choice!r}."
        )
    is_one = len(labels) == 1
    meaning = Constant(dimension.choices[0]) if is_one else dimension
    yield Part(name, meaning, conditions, labels)
    for label, (_, space) in choice.alternatives.items():
        chosen = Condition((name,), [label])
        yield from _taken_apart(space, (f"{name}__", *prefixes), (*conditions, chosen))


def _of_layers(
    name: str, layers: Layers, conditions: tuple[Condition, ...]
) -> Iterator[Part | LayerNames]:
    names = LayerNames.of(name, layers)
    is_one = layers.low == layers.high
    count = Constant(layers.low) if is_one else Integer(layers.low, layers.high)
    yield Part(names.count, count, conditions)
    size = layers.size()
    for i, unit in enumerate(names.sizes):
        deeper = list(range(max(i + 1, layers.low), layers.high + 1))
        is_always = i < layers.low
        own = () if is_always else (Condition((names.count,), deeper),)
        yield Part(unit, size, (*conditions, *own))
    yield names
