import pytest

from skhp.exceptions import OptimizerError
from skhp.optimizers import (
    GridOptimizer,
    HalvingOptimizer,
    HyperbandOptimizer,
    Proposal,
)
from skhp.optimizers._adopting import proposed_row
from skhp.space import Space


def test_what_follows_from_the_past_is_asked_again():
    optimizer, other = (GridOptimizer({"a": [1, 2, 3]}) for _ in range(2))
    adopted = [optimizer.adopt(Proposal()) for _ in range(3)]
    assert [t.params for t in adopted] == [t.params for t in other.ask(3)]


def test_no_more_can_be_adopted_than_there_are():
    optimizer = GridOptimizer({"a": [1]})
    optimizer.adopt(Proposal())
    with pytest.raises(OptimizerError, match="GridOptimizer has no trial to adopt"):
        optimizer.adopt(Proposal())


def test_nobody_is_adopted_to_a_rung_before_the_one_below_is_told():
    candidates = [{"a": i} for i in range(3)]
    optimizer = HalvingOptimizer(candidates, min_resources=1, max_resources=3)
    for _ in candidates:
        optimizer.adopt(Proposal())
    with pytest.raises(OptimizerError, match="no trial to adopt now"):
        optimizer.adopt(Proposal())


@pytest.mark.parametrize(
    "optimizer",
    [
        GridOptimizer({"a": [1]}),
        HalvingOptimizer([{"a": 1}], min_resources=1, max_resources=3),
        HyperbandOptimizer(Space({"a": (0.0, 1.0)}), max_resources=9),
    ],
    ids=lambda optimizer: type(optimizer).__name__,
)
def test_who_cannot_be_extended_says_so(optimizer):
    assert not optimizer.can_extend
    with pytest.raises(OptimizerError, match=f"^{type(optimizer).__name__} cannot be"):
        optimizer.extend(3)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (None, "must lie in the space, at 2 numbers"),
        ((0.5,), "must lie in the space, at 2 numbers"),
        ((0.5, 1.01), "must lie in the space, at 2 numbers"),
        ((0.5, float("nan")), "must lie in the space, at 2 numbers"),
        ((0.9, 0.5), r"must be a new one .* Got {'a': 0.9"),
    ],
)
def test_a_row_that_could_not_be_proposed_is_refused(row, message):
    space = Space({"a": (0.0, 1.0), "b": (0.0, 1.0)})
    with pytest.raises(OptimizerError, match=message):
        proposed_row(space, Proposal(row), lambda row: row[0] < 0.5)


def test_a_row_that_could_be_proposed_is_returned():
    space = Space({"a": (0.0, 1.0), "b": (0.0, 1.0)})
    row = proposed_row(space, Proposal((0.25, 0.5)), lambda row: row[0] < 0.5)
    assert tuple(row) == (0.25, 0.5)
