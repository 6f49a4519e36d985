import pytest
from scipy.stats import randint, uniform

from skhp.exceptions import InvalidSpaceError
from skhp.space import Categorical, Integer, Real, with_lists


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        (Integer(1, 3), [1, 2, 3]),
        (Integer(1, 4, "log-uniform"), [1, 2, 3, 4]),
        (Integer(2, 2), [2]),
        (Categorical(["a", None]), ["a", None]),
        (Categorical([3, 1, 2]), [3, 1, 2]),
        (Real(1, 1), [1.0]),
        ([3, 1], [3, 1]),
        ((3, 1), (3, 1)),
        (5, 5),
    ],
)
def test_dimensions_become_the_lists_of_their_values(written, listed):
    assert with_lists({"a": written}) == {"a": listed}
    assert with_lists([{"a": written}, {"b": [1]}]) == [{"a": listed}, {"b": [1]}]


def test_what_is_no_grid_is_left_to_others():
    drawn = {"a": randint(1, 3), "b": uniform()}
    assert with_lists(drawn) == drawn
    assert with_lists(5) == 5


@pytest.mark.parametrize("written", [Real(0, 1), Integer(1, 1001)])
def test_too_many_values_are_refused(written):
    with pytest.raises(InvalidSpaceError, match="Parameter 'a': a grid tries every"):
        with_lists({"a": written})
