import pickle

import numpy as np
import pytest
from scipy.stats import loguniform, randint
from sklearn.model_selection import ParameterGrid, ParameterSampler

from skhp.exceptions import InvalidParameterError, OptimizerError
from skhp.optimizers import (
    GridOptimizer,
    Outcome,
    RandomOptimizer,
    SobolOptimizer,
    Trial,
)
from skhp.optimizers._listed import generator
from skhp.space import Integer, Real, Space

GRID = {"a": [1, 2, 3], "b": ["x", "y"]}
MIXED = {
    "a": Real(1e-3, 1e3, prior="log-uniform"),
    "b": Integer(1, 50),
    "c": ["x", "y"],
}
GOOD = Outcome(np.ones(2))


def params_of(optimizer):
    return [dict(trial.params) for trial in optimizer.ask(10**6)]


def make(name, seed=0, n_iter=12):
    return {
        "grid": lambda: GridOptimizer(GRID),
        "random, scikit-learn": lambda: RandomOptimizer(
            {"a": randint(0, 99), "b": loguniform(1, 9)}, n_iter, seed
        ),
        "random": lambda: RandomOptimizer(Space(MIXED), n_iter, seed),
        "sobol": lambda: SobolOptimizer(Space(MIXED), n_iter, seed),
    }[name]()


ALL = ["grid", "random, scikit-learn", "random", "sobol"]
SEEDED = ALL[1:]


@pytest.mark.parametrize("name", ALL)
def test_ask_gives_at_most_n_until_it_is_done(name):
    optimizer = make(name)
    total = optimizer.n_trials
    sizes = []
    while not optimizer.done:
        sizes.append(len(optimizer.ask(5)))
    assert sizes == [5] * (total // 5) + [total % 5] * (total % 5 > 0)
    assert optimizer.ask(5) == []


@pytest.mark.parametrize("name", ALL)
def test_trials_are_numbered_and_do_not_depend_on_the_outcomes(name):
    eager, told = make(name), make(name)
    expected = params_of(eager)
    found = []
    while not told.done:
        (trial,) = told.ask(1)
        found.append(trial)
        told.tell(trial, Outcome(np.full(2, np.nan), status="failed"))
    assert [dict(trial.params) for trial in found] == expected
    assert [trial.number for trial in found] == list(range(len(expected)))
    assert not told.learns


@pytest.mark.parametrize("name", ALL)
def test_unknown_and_repeated_tells_are_refused(name):
    optimizer = make(name)
    (trial,) = optimizer.ask(1)
    optimizer.tell(trial, GOOD)
    with pytest.raises(OptimizerError, match="told already"):
        optimizer.tell(trial, GOOD)
    with pytest.raises(OptimizerError, match="never asked for"):
        optimizer.tell(Trial(99, {}), GOOD)


@pytest.mark.parametrize("name", ALL)
def test_pickled_in_mid_run_it_goes_on_identically(name):
    optimizer = make(name)
    (trial, *_) = optimizer.ask(3)
    twin = pickle.loads(pickle.dumps(optimizer))
    for one in (optimizer, twin):
        one.tell(trial, GOOD)
    assert params_of(twin) == params_of(optimizer)


@pytest.mark.parametrize("name", SEEDED)
def test_seed_decides(name):
    assert params_of(make(name, seed=3)) == params_of(make(name, seed=3))
    assert params_of(make(name, seed=3)) != params_of(make(name, seed=4))


@pytest.mark.parametrize("grid", [GRID, [GRID, {"c": [None]}], {}, [{}]])
def test_grid_is_in_scikit_learns_order(grid):
    assert params_of(GridOptimizer(grid)) == list(ParameterGrid(grid))


@pytest.mark.parametrize("seed", range(3))
def test_scikit_learns_dialect_is_drawn_by_scikit_learn(seed):
    space = [{"a": randint(0, 9), "b": [1, 2]}, {"c": loguniform(1, 9)}]
    expected = list(ParameterSampler(space, 20, random_state=seed))
    assert params_of(RandomOptimizer(space, 20, seed)) == expected


def small(params):
    return params["a"] == 1


def nothing(params):
    return False


def test_grid_leaves_out_what_breaks_a_constraint():
    assert params_of(GridOptimizer(GRID, small)) == [
        {"a": 1, "b": "x"},
        {"a": 1, "b": "y"},
    ]


@pytest.mark.parametrize("cls", [RandomOptimizer, SobolOptimizer])
@pytest.mark.parametrize("n_iter", [1, 3, 6, 50])
def test_finite_space_is_drawn_without_repeats(cls, n_iter):
    found = params_of(cls(Space(GRID), n_iter, 0))
    assert len({tuple(params.values()) for params in found}) == len(found)
    assert len(found) == min(n_iter, 6)


@pytest.mark.parametrize("cls", [RandomOptimizer, SobolOptimizer])
@pytest.mark.parametrize("n_iter", [1, 2, 5, 6, 50])
def test_constraints_hold_and_shrink_a_finite_space(cls, n_iter):
    found = params_of(cls(Space(GRID, small), n_iter, 0))
    assert all(map(small, found))
    assert len(found) == min(n_iter, 2)


@pytest.mark.slow
@pytest.mark.parametrize(
    "make_it",
    [
        lambda: GridOptimizer(GRID, nothing),
        lambda: RandomOptimizer(Space(GRID, nothing), 4, 0),
        lambda: RandomOptimizer(Space(GRID, nothing), 50, 0),
        lambda: SobolOptimizer(Space(GRID, nothing), 4, 0),
        lambda: SobolOptimizer(Space(MIXED, nothing), 4, 0),
        lambda: RandomOptimizer(Space(MIXED, nothing), 4, 0),
    ],
)
def test_constraints_that_leave_nothing_are_named(make_it):
    with pytest.raises(InvalidParameterError, match="constraint"):
        make_it()


@pytest.mark.parametrize("n_iter", [1, 2, 3, 8, 33])
def test_sobol_fills_every_part_evenly(n_iter):
    space = Space({"a": Real(0, 1), "b": Real(0, 1)})
    values = np.array(
        [list(p.values()) for p in params_of(SobolOptimizer(space, n_iter, 0))]
    )
    assert len(values) == n_iter
    halves = (values < 0.5).sum(axis=0)
    assert np.all(np.abs(halves - n_iter / 2) <= 1)


def test_space_of_one_point_has_one_trial():
    for cls in (RandomOptimizer, SobolOptimizer):
        assert params_of(cls(Space({"a": [5]}), 3, 0)) == [{"a": 5}]


@pytest.mark.parametrize(
    "make_state",
    [lambda: 3, lambda: np.random.RandomState(3), lambda: np.random.default_rng(3)],
)
def test_every_kind_of_random_state_seeds(make_state):
    draws = [generator(make_state()).random(3).tolist() for _ in range(2)]
    assert draws[0] == draws[1]


@pytest.mark.parametrize("make", [RandomOptimizer, SobolOptimizer])
def test_constraints_that_leave_little_give_what_there_is(make):
    few = Space({"a": Integer(1, 2**40, "log-uniform")}, lambda p: p["a"] <= 3)
    optimizer = make(few, 10, random_state=0)
    assert 1 <= optimizer.n_trials <= 3
    none = Space({"a": (0.0, 1.0)}, lambda p: p["a"] == 0.123)
    with pytest.raises(InvalidParameterError, match="must leave some configuration"):
        make(none, 10, random_state=0)
