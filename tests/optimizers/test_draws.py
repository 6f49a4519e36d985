import numpy as np
import pytest

from skhp.optimizers._draws import DrawsByTrial, generator


@pytest.mark.parametrize("seed", [0, 7, None])
def test_each_trial_draws_from_a_stream_of_its_own(seed):
    draws = DrawsByTrial(seed)
    streams = [draws.beforehand(), *map(draws.of, range(50))]
    firsts = {rng.random() for rng in streams}
    assert len(firsts) == 51


def test_what_one_trial_draws_moves_no_other():
    one, other = DrawsByTrial(3), DrawsByTrial(3)
    one.of(0).random(1000)
    one.beforehand().random(10)
    assert one.of(1).random() == other.of(1).random()


def test_other_seeds_give_other_streams():
    firsts = {DrawsByTrial(seed).of(5).random() for seed in range(100)}
    assert len(firsts) == 100


@pytest.mark.parametrize(
    "make",
    [
        lambda: 5,
        lambda: np.random.RandomState(5),
        lambda: np.random.default_rng(5),
        lambda: np.random.SeedSequence(5),
    ],
)
def test_every_kind_of_random_state_is_repeatable(make):
    assert generator(make()).random() == generator(make()).random()
    assert DrawsByTrial(make()).of(2).random() == DrawsByTrial(make()).of(2).random()


def test_a_generator_is_taken_as_it_is():
    rng = np.random.default_rng(0)
    assert generator(rng) is rng
