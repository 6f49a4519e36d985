import pytest

from skhp.space import Dimension, Layers
from skhp.space._preset_tables import MORE_PRESETS
from skhp.space._presets import _PRESETS


@pytest.mark.parametrize("name", MORE_PRESETS)
def test_every_table_is_new_each_time_and_searches_something(name):
    space = MORE_PRESETS[name]()
    assert any(isinstance(value, Dimension | Layers) for value in space.values())
    assert space is not MORE_PRESETS[name]()
    assert _PRESETS[name] is MORE_PRESETS[name]
