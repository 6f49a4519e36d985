import inspect
import pickle
import re

import pytest

from skhp import exceptions

NAMES = [name for name in exceptions.__all__ if name != "warn_user"]
CLASSES = {name: getattr(exceptions, name) for name in NAMES}


def drawn_tree():
    """Return the builtin base that the docstring draws for each class, or None."""
    drawn = re.findall(r"(\w+(?:Error|Warning)) *(?:\((\w+)\))?", exceptions.__doc__)
    return {name: base or None for name, base in drawn if name in CLASSES}


def test_drawing_shows_every_class():
    assert set(drawn_tree()) == set(CLASSES)


@pytest.mark.parametrize("name", CLASSES)
def test_class_has_the_base_that_is_drawn(name):
    base = drawn_tree()[name]
    ancestors = {cls.__name__ for cls in CLASSES[name].__mro__}
    assert base is None or base in ancestors


@pytest.mark.parametrize("name", CLASSES)
def test_everything_descends_from_the_error_or_the_warning_of_skhp(name):
    roots = exceptions.SkhpError, exceptions.SkhpWarning
    assert issubclass(CLASSES[name], roots)
    assert issubclass(CLASSES[name], Warning) == name.endswith("Warning")


@pytest.mark.parametrize("name", CLASSES)
def test_instances_pickle_with_their_message(name):
    twin = pickle.loads(pickle.dumps(CLASSES[name]("what was wrong")))
    assert type(twin) is CLASSES[name]
    assert str(twin) == "what was wrong"


def test_no_other_class_is_defined_in_the_module():
    found = {name for name, value in vars(exceptions).items() if inspect.isclass(value)}
    assert found == set(NAMES)
