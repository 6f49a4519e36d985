"""Parameters that are searched only where others allow it."""

from skhp.space.conditions._activity import INACTIVE, Activity
from skhp.space.conditions._layers import LayerNames, Layers
from skhp.space.conditions._one_of import OneOf
from skhp.space.conditions._parts import (
    Condition,
    Part,
    choices_of,
    has_conditions,
    mapped,
    parts_of,
    without_conditions,
)
from skhp.space.conditions._resolve import FIXED, Entry, Resolver, When, bins_of

__all__ = [
    "FIXED",
    "INACTIVE",
    "Activity",
    "Condition",
    "Entry",
    "LayerNames",
    "Layers",
    "OneOf",
    "Part",
    "Resolver",
    "When",
    "bins_of",
    "choices_of",
    "has_conditions",
    "mapped",
    "parts_of",
    "without_conditions",
]
