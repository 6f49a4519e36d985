"""Search spaces, their dimensions, and the notations in which users write them."""

from skhp.space._constraints import (
    check_constraints,
    names_of_constraints,
    satisfies,
)
from skhp.space._dimensions import Categorical, Dimension, Integer, Real
from skhp.space._edges import Edge, edges_of, meanings_of
from skhp.space._foreign import Constant, is_foreign
from skhp.space._grids import grid_space, with_lists
from skhp.space._identity import configuration_key
from skhp.space._names import check_names, is_below_searched, near_names
from skhp.space._presets import preset_space
from skhp.space._space import Space
from skhp.space._when import Conditional
from skhp.space.conditions import (
    Layers,
    OneOf,
    choices_of,
    has_conditions,
    mapped,
)

__all__ = [
    "Categorical",
    "Conditional",
    "Constant",
    "Dimension",
    "Edge",
    "Integer",
    "Layers",
    "OneOf",
    "Real",
    "Space",
    "check_constraints",
    "check_names",
    "choices_of",
    "configuration_key",
    "edges_of",
    "grid_space",
    "has_conditions",
    "is_below_searched",
    "is_foreign",
    "mapped",
    "meanings_of",
    "names_of_constraints",
    "near_names",
    "preset_space",
    "satisfies",
    "with_lists",
]
