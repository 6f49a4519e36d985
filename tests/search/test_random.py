import subprocess
import sys

import numpy as np
import pytest
from scipy.stats import loguniform, randint
from sklearn.base import BaseEstimator

import skhp
from skhp.exceptions import SpaceExhaustedWarning
from tests._toys import Echo, X, y


def params_of(space, n_iter=20, random_state=0, n_jobs=None, **kwargs):
    search = skhp.RandomizedSearchCV(
        Wide(),
        space,
        n_iter=n_iter,
        random_state=random_state,
        n_jobs=n_jobs,
        cv=2,
        refit=False,
        **kwargs,
    )
    return search.fit(X, y).cv_results_["params"]


class Wide(Echo):
    """An Echo that takes parameters a to h."""

    def __init__(self, value=0, a=0, b=0, c=0, d=0, e=0, f=0, g=0, h=0):
        self.value = value
        self.a, self.b, self.c, self.d = a, b, c, d
        self.e, self.f, self.g, self.h = e, f, g, h
        self.fails = ""


def every_dialect():
    return {
        "a": [1, "x", None],
        "b": (1e-3, 1e3, "log-uniform"),
        "c": (1, 8, "uniform"),
        "d": loguniform(1, 10),
        "e": randint(2, 5),
        "f": skhp.Real(0.0, 1.0),
        "g": skhp.Integer(1, 100, prior="log-uniform"),
        "h": skhp.Categorical(["u", "v"]),
    }


@pytest.mark.parametrize("sampler", ["random", "sobol"])
def test_one_dict_may_mix_every_dialect(sampler):
    for params in params_of(every_dialect(), sampler=sampler):
        assert params["a"] in (1, "x", None)
        assert 1e-3 <= params["b"] <= 1e3
        assert type(params["c"]) is int
        assert 1 <= params["c"] <= 8
        assert 1 <= params["d"] <= 10
        assert params["e"] in (2, 3, 4)
        assert type(params["f"]) is float
        assert type(params["g"]) is int
        assert params["h"] in ("u", "v")


@pytest.mark.filterwarnings("ignore:Parameter 'a'. in RandomizedSearchCV, the tuple")
@pytest.mark.parametrize("mixed", [{}, {"b": (0.1, 1.0, "log-uniform")}])
def test_tuple_of_two_is_a_list_of_two_choices(mixed):
    found = {params["a"] for params in params_of({"a": (1, 100), **mixed}, n_iter=2)}
    assert found <= {1, 100}


def test_log_uniform_range_is_log_uniform():
    values = [p["a"] for p in params_of({"a": (1e-4, 1e4, "log-uniform")}, 300)]
    assert 0.4 < np.mean(np.array(values) < 1) < 0.6


@pytest.mark.parametrize("sampler", ["random", "sobol"])
def test_constraints_are_kept(sampler):
    space = {"a": list(range(10)), "b": list(range(10)), "c": skhp.Real(0, 1)}
    found = params_of(space, constraints=lambda p: p["a"] < p["b"], sampler=sampler)
    assert len(found) == 20
    assert all(params["a"] < params["b"] for params in found)


def test_sobol_is_more_even_than_chance():
    space = {"a": skhp.Real(0, 1)}
    values = np.sort([p["a"] for p in params_of(space, 32, sampler="sobol")])
    assert np.diff(values).max() < 2 / 32


@pytest.mark.parametrize("kwargs", [{"sampler": "sobol"}, {"constraints": [bool]}])
def test_finite_space_that_is_exhausted_warns_and_is_listed(kwargs):
    space = {"a": [1, 2], "b": skhp.Integer(1, 3)}
    with pytest.warns(SpaceExhaustedWarning, match=r"6 points.* n_iter=20"):
        found = params_of(space, **kwargs)
    assert len({(p["a"], p["b"]) for p in found}) == len(found) == 6


SPACES = {
    "scikit-learn": {"a": randint(0, 99), "b": loguniform(1, 9)},
    "all": every_dialect(),
}


@pytest.mark.parametrize("sampler", ["random", "sobol"])
@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_number_of_workers_changes_nothing(space, sampler):
    one = params_of(space, sampler=sampler, n_jobs=1)
    assert one == params_of(space, sampler=sampler, n_jobs=2)
    assert one != params_of(space, sampler=sampler, random_state=1)


SCRIPT = """
from skhp import RandomizedSearchCV, Real
from sklearn.linear_model import Ridge
import numpy as np
space = {"alpha": Real(1e-3, 1, prior="log-uniform"), "solver": ["lsqr", "auto"]}
s = RandomizedSearchCV(Ridge(), space, n_iter=5, random_state=0, sampler=%r, cv=2)
print(s.fit(np.eye(8), np.arange(8.0)).cv_results_["params"])
"""


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["random", "sobol"])
def test_hash_seed_changes_nothing(sampler, request):
    outputs = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT % sampler],
            capture_output=True,
            text=True,
            check=True,
            cwd=request.config.rootpath,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1")
    }
    assert len(outputs) == 1


class Choice(BaseEstimator):
    pass


def test_choices_are_the_very_objects_that_were_written():
    objects = [Choice(), Choice(), (1, 2), len]
    for params in params_of({"a": objects, "b": skhp.Real(0, 1)}):
        assert any(params["a"] is written for written in objects)


def test_repeated_draw_is_fitted_once():
    fits = []

    class Counting(Echo):
        def fit(self, X, y=None):
            fits.append(self.value)
            return self

    search = skhp.RandomizedSearchCV(
        Counting(),
        {"value": randint(0, 2)},
        n_iter=10,
        cv=2,
        refit=False,
        random_state=0,
    )
    table = search.fit(X, y).cv_results_
    assert len(table["params"]) == 10
    assert len(fits) == 2 * 2
    assert table["mean_test_score"].tolist() == [p["value"] for p in table["params"]]


@pytest.mark.parametrize("prior", ["loguniform", "log", "Uniform"])
def test_misspelt_prior_of_a_range_is_refused(prior):
    search = skhp.RandomizedSearchCV(Echo(), {"value": (1, 10, prior)}, n_iter=2)
    with pytest.raises(ValueError, match=r"'uniform' or 'log-uniform'. Got"):
        search.fit(X, y)


@pytest.mark.parametrize("choices", [("a", "b", "uniform"), (1, None, "log-uniform")])
def test_tuple_that_is_no_range_is_choices(choices):
    search = skhp.RandomizedSearchCV(Echo(), {"other": choices}, n_iter=3, cv=2)
    search.fit(X, y)
    assert {p["other"] for p in search.cv_results_["params"]} == set(choices)


@pytest.mark.parametrize("make", [skhp.RandomizedSearchCV, skhp.BayesSearchCV])
def test_search_that_ends_for_want_of_configurations_says_so(make):
    search = make(
        Echo(),
        {"value": skhp.Real(0.0, 1.0), "other": skhp.Integer(1, 2**40, "log-uniform")},
        n_iter=30,
        cv=2,
        constraints=lambda p: p["other"] <= 2 and p["value"] in (0.0, 1.0),
        random_state=0,
    )
    if make is skhp.RandomizedSearchCV:
        with pytest.raises(ValueError, match="must leave some configuration"):
            search.fit(X, y)
        return
    search.set_params(initial_points=[{"value": 1.0, "other": 2}])
    with pytest.warns(SpaceExhaustedWarning, match="ended after 1 of 30 candidates"):
        search.fit(X, y)
    assert search.best_score_ == 1.0
