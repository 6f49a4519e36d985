import pickle

import numpy as np
import pytest
import scipy.stats as stats
from hypothesis import given, settings
from hypothesis import strategies as st

from skhp.exceptions import InvalidSpaceError
from skhp.space import Integer, Real, Space
from skhp.space._dialects import interpret

CONTINUOUS = {
    "norm": stats.norm(3, 2),
    "expon": stats.expon(scale=0.1),
    "gamma": stats.gamma(2.5),
    "beta": stats.beta(2, 5),
    "lognorm": stats.lognorm(1.0),
    "truncnorm": stats.truncnorm(-1, 2, loc=5),
    "shifted loguniform": stats.loguniform(1, 10, loc=5),
}
DISCRETE = {
    "poisson": stats.poisson(4),
    "geom": stats.geom(0.3),
    "binom": stats.binom(10, 0.2),
    "zipfian": stats.zipfian(1.5, 20),
    "shifted": stats.binom(5, 0.5, loc=-3),
}


@pytest.mark.parametrize(
    ("dist", "meaning"),
    [
        (stats.uniform(2, 3), Real(2, 5)),
        (stats.loguniform(1e-3, 1e3), Real(1e-3, 1e3, "log-uniform")),
        (stats.reciprocal(1, 10), Real(1, 10, "log-uniform")),
        (stats.randint(1, 10), Integer(1, 9)),
        (stats.randint(1, 10, loc=5), Integer(6, 14)),
    ],
)
def test_uniform_families_become_ranges(dist, meaning):
    assert interpret("x", dist) == meaning


@pytest.mark.parametrize("name", CONTINUOUS)
@settings(deadline=None)
@given(u=st.floats(0, 1))
def test_a_continuous_value_survives_the_way_to_its_position_and_back(name, u):
    dimension = interpret("x", CONTINUOUS[name])
    value = dimension.value(u)
    assert type(value) is float
    assert np.isfinite(value)
    assert dimension.value(dimension.position(value)) == value


@pytest.mark.parametrize("dist", CONTINUOUS.values(), ids=CONTINUOUS)
def test_equal_steps_hold_equal_probability(dist):
    u = np.linspace(0.01, 0.99, 99)
    values = [interpret("x", dist).value(x) for x in u]
    np.testing.assert_allclose(dist.cdf(values), u, atol=1e-9)


@pytest.mark.parametrize("dist", DISCRETE.values(), ids=DISCRETE)
def test_discrete_positions_are_the_middles_of_steps_of_the_cdf(dist):
    dimension = interpret("x", dist)
    for u in np.linspace(0.01, 0.99, 25):
        value = dimension.value(u)
        assert type(value) is int
        position = dimension.position(value)
        middle = 0.5 * (dist.cdf(value - 1) + dist.cdf(value))
        assert position == pytest.approx(middle, abs=1e-6)
        assert dimension.value(position) == value
        assert dimension.snap(np.array([u]))[0] == position
    assert np.all(np.diff(dimension.positions()) > 0)


def test_a_discrete_sample_follows_its_distribution():
    space = Space({"x": stats.poisson(4)})
    rows = space.sample(4000, np.random.default_rng(0))
    values = [params["x"] for params in space.to_params(rows)]
    assert np.mean(values) == pytest.approx(4, abs=4 * 2 / 4000**0.5)  # 4 sigma


class OnlyRvs:
    def rvs(self, random_state):
        return random_state.randint(1000)


def test_an_object_with_rvs_is_sampled_but_not_modelled():
    space = Space({"a": OnlyRvs(), "b": (0.0, 1.0)})
    assert space.sampled_names == ("a",)
    assert space.modelled.tolist() == [False, True]
    rows = space.sample(50, np.random.default_rng(0))
    first, again = space.to_params(rows), space.to_params(space.snap(rows))
    assert first == again
    assert len({params["a"] for params in first}) > 30
    assert all(type(params["a"]) is int for params in first)


def test_a_sampled_value_cannot_be_placed():
    space = Space({"a": OnlyRvs()})
    assert not space.contains({"a": 1})
    with pytest.raises(InvalidSpaceError, match="'a' is drawn with rvs"):
        space.to_rows([{"a": 1}])


def test_too_many_values_to_tabulate_are_sampled():
    assert Space({"a": stats.geom(1e-6)}).sampled_names == ("a",)


def test_a_useless_rvs_fails_at_once():
    class Broken:
        def rvs(self):
            return 1

    with pytest.raises(InvalidSpaceError, match="Parameter 'a': rvs"):
        Space({"a": Broken()})


@pytest.mark.parametrize("dist", [stats.norm(1, 2), stats.poisson(3), stats.geom(1e-6)])
def test_distributions_frozen_alike_are_equal(dist):
    space = Space({"a": dist})
    assert pickle.loads(pickle.dumps(space)) == space
    assert space != Space({"a": stats.expon(2)})


@pytest.mark.parametrize("name", CONTINUOUS)
def test_a_block_decodes_as_its_rows_do(name):
    space = Space([{"a": CONTINUOUS[name], "b": 1}, {"c": [1, 2]}])
    rows = space.sample(300, np.random.default_rng(0))
    one_by_one = [params for row in rows for params in space.to_params(row[None])]
    assert space.to_params(rows) == one_by_one


def test_tables_and_histograms_are_compared_by_content():
    tables = [stats.rv_discrete(values=([1, 2, 3], p))() for p in np.eye(3) * 0.7 + 0.1]
    data = np.random.default_rng(0).normal(size=(2, 50))
    histograms = [stats.rv_histogram(np.histogram(x))() for x in data]
    for one, other in (tables[:2], histograms):
        assert Space({"a": one}) == Space({"a": one})
        assert Space({"a": one}) != Space({"a": other})


def test_distributions_are_shown_as_written():
    assert (
        repr(Space({"a": stats.norm(0, scale=2)})) == "Space({'a': norm(0, scale=2)})"
    )
