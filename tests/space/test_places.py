import pytest

from skhp.exceptions import InvalidSpaceError
from skhp.space import Integer, Real, Space

WRITTEN = {
    "kernel": ["rbf", "poly", "linear"],
    "gamma": Real(0.0, 1.0, when={"kernel": ["rbf", "poly"]}),
    "degree": Integer(2, 5, when={"kernel": "poly"}),
}


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"kernel": "rbf"}, "Parameter 'gamma' is missing"),
        ({"kernel": "linear", "gamma": 0.5}, "'gamma' does not apply to the other"),
        ({"kernel": "linear", "C": 1.0}, "Parameter 'C' is not in the search space"),
        ({"kernel": "poly", "gamma": 0.5, "degree": 9}, "'degree' must lie between"),
    ],
)
def test_parameters_that_do_not_fit_together_are_refused(params, message):
    space = Space(WRITTEN)
    assert not space.contains(params)
    with pytest.raises(InvalidSpaceError, match=message):
        space.to_rows([params])


def test_what_is_inactive_is_ignored_in_the_parameters_of_an_estimator():
    params = {"kernel": "linear", "gamma": "scale", "degree": 3, "C": 1.0}
    assert Space(WRITTEN).project(params).tolist() == pytest.approx([5 / 6, 0.5, 0.5])
    assert Space(WRITTEN).project({**params, "kernel": "rbf"}) is None
