import numpy as np
import pytest

from skhp.exceptions import OptimizerError
from skhp.optimizers import Proposal, SurrogateModel
from skhp.optimizers._configurations import MIN_RESULTS, Configurations
from skhp.optimizers._draws import DrawsByTrial
from skhp.space import Integer, Space

SPACE = Space({"x": (0.0, 1.0), "y": (0.0, 1.0)})


def configurations(sampler="bayes", space=SPACE, seed=0):
    return Configurations(space, sampler, DrawsByTrial(seed))


def learnt(levels, seed=0):
    """Return configurations of which so many have results at each resource."""
    drawn = configurations(seed=seed)
    for number in range(max(levels.values(), default=0)):
        params = drawn.draw(number).params
        for resource, n in levels.items():
            if number < n:
                # what is best at the least resource is worst at the most
                score = -params["x"] if resource == 1 else params["x"]
                drawn.learn(number, resource, score)
    return drawn


@pytest.mark.parametrize(
    ("levels", "guide"),
    [
        ({}, None),
        ({1: MIN_RESULTS - 1}, None),
        ({1: MIN_RESULTS}, 1),
        ({1: 27, 3: MIN_RESULTS, 9: 3}, 3),
        ({1: 27, 3: 9, 9: MIN_RESULTS}, 9),
        ({1: 27, 9: 3}, 1),
    ],
)
def test_the_guide_is_the_highest_level_with_results_enough(levels, guide):
    assert learnt(levels)._guide() == guide


@pytest.mark.parametrize("scores", [[np.nan] * 20, [1.0] * 20, [np.nan] * 15 + [1.0]])
def test_results_that_tell_nothing_are_no_guide(scores):
    drawn = configurations()
    for number, score in enumerate(scores):
        drawn.draw(number)
        drawn.learn(number, 1, score)
    assert drawn._guide() is None


def test_new_configurations_go_where_the_highest_level_says():
    drawn = learnt({1: 30, 9: 15})
    guided = [drawn.draw(number) for number in range(30, 60)]
    xs = [found.params["x"] for found in guided if found.surrogate]
    assert all(found.surrogate[0] == 9 for found in guided if found.surrogate)
    assert np.median(xs) > 0.8


def test_a_third_is_drawn_blindly():
    drawn = learnt({1: 20})
    n_guided = sum(bool(drawn.draw(number).surrogate) for number in range(20, 80))
    assert 30 <= n_guided <= 50  # 40 +- 2.7 deviations of a binomial


@pytest.mark.parametrize("sampler", ["bayes", "random"])
def test_a_finite_space_is_drawn_without_repetition(sampler):
    drawn = configurations(sampler, Space({"k": Integer(1, 20)}))
    assert drawn.n_left == 20
    found = []
    for number in range(20):
        found.append(drawn.draw(number).params["k"])
        drawn.learn(number, 1, float(found[-1]))
    assert sorted(found) == list(range(1, 21))
    assert drawn.n_left == 0
    assert drawn.draw(20) is None


def test_adopted_configurations_are_those_that_were_drawn():
    one, other = learnt({1: 12}), configurations()
    for number in range(12):
        proposal = Proposal(tuple(one._rows[number].tolist()))
        other.adopt(number, proposal)
        other.learn(number, 1, -proposal.row[0])
    for number in range(12, 20):
        drawn = one.draw(number)
        adopted = other.adopt(number, Proposal(drawn.row, None, drawn.surrogate))
        assert adopted == drawn
    assert one.draw(20) == other.draw(20)


@pytest.mark.parametrize(
    ("row", "surrogate", "message"),
    [
        (None, (), "must lie in the space"),
        ((0.5,), (), "must lie in the space"),
        ((0.5, 1.5), (), "must lie in the space"),
        ((0.5, np.nan), (), "must lie in the space"),
        ((0.5, 0.5), (9.0, 3.0, 1.0), "no results at resource 9"),
        ((0.5, 0.5), (1.0, 3.0), "state is that of no surrogate"),
        ((0.5, 0.5), (np.nan, 3.0), "no results at resource nan"),
    ],
)
def test_what_nobody_can_have_drawn_is_refused(row, surrogate, message):
    with pytest.raises(OptimizerError, match=message):
        learnt({1: 10}).adopt(10, Proposal(row, None, surrogate))


def test_every_other_guided_draw_doubts_what_was_learnt(monkeypatch):
    doubts, now, surface = {}, [None], SurrogateModel.surface

    def watched(self, *args, doubt):
        doubts[now[0]] = doubt
        return surface(self, *args, doubt=doubt)

    monkeypatch.setattr(SurrogateModel, "surface", watched)
    drawn = learnt({1: 12})
    doubts.clear()
    for now[0] in range(12, 32):
        drawn.draw(now[0])
    assert set(doubts.values()) == {True, False}
    assert all(doubt == (number % 2 == 1) for number, doubt in doubts.items())
