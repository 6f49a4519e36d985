import pytest

from skhp.exceptions import OptimizerError
from skhp.optimizers import GridOptimizer, HalvingOptimizer, Proposal
from skhp.optimizers._replaying import asked_again, no_extension


def test_what_follows_from_the_past_is_asked_again():
    optimizer, other = (GridOptimizer({"a": [1, 2, 3]}) for _ in range(2))
    adopted = [optimizer.adopt(Proposal()) for _ in range(3)]
    assert [t.params for t in adopted] == [t.params for t in other.ask(3)]


def test_no_more_can_be_adopted_than_there_are():
    optimizer = GridOptimizer({"a": [1]})
    asked_again(optimizer)
    with pytest.raises(OptimizerError, match="GridOptimizer has no trial to adopt"):
        asked_again(optimizer)


def test_nobody_is_adopted_to_a_rung_before_the_one_below_is_told():
    candidates = [{"a": i} for i in range(3)]
    optimizer = HalvingOptimizer(candidates, min_resources=1, max_resources=3)
    for _ in candidates:
        optimizer.adopt(Proposal())
    with pytest.raises(OptimizerError, match="no trial to adopt now"):
        optimizer.adopt(Proposal())


def test_who_cannot_be_extended_says_so():
    optimizer = GridOptimizer({"a": [1]})
    assert not optimizer.can_extend
    assert str(no_extension(optimizer)).startswith("GridOptimizer cannot be extended")
    with pytest.raises(OptimizerError, match="cannot be extended"):
        optimizer.extend(3)
