import subprocess
import sys
from dataclasses import dataclass, field

import numpy as np
import pytest
import scipy.stats

from skhp.exceptions import InvalidSpaceError
from skhp.space import Categorical, Integer, Real, Space
from skhp.space._dialects import Constant, interpret


@pytest.mark.parametrize(
    ("written", "meaning"),
    [
        ((1, 10), Integer(1, 10)),
        ((1, 10.0), Real(1, 10)),
        ((np.int64(1), np.int64(10)), Integer(1, 10)),
        ((0.1, 10, "log-uniform"), Real(0.1, 10, "log-uniform")),
        ((1, 10, "log-uniform"), Integer(1, 10, "log-uniform")),
        ((1, 10, "uniform"), Integer(1, 10)),
        ((1, 10, "log-uniform", 2), Integer(1, 10, "log-uniform")),
        (range(1, 10), Integer(1, 9)),
        (range(0, 10, 5), Categorical([0, 5])),
    ],
)
def test_ranges(written, meaning):
    assert interpret("x", written) == meaning


@pytest.mark.parametrize(
    "written",
    [
        [1, 10],
        [1.0, 10.0],
        ["a", None],
        (1, 2, 3),
        ("a", "b"),
        (True, False),
        (None, 5),
        (1, 2, "auto"),
        [(50,), (100, 50)],
        [len, max],
    ],
)
def test_choices(written):
    assert interpret("x", written) == Categorical(written)


@pytest.mark.parametrize(
    "array", [np.array([1, 5, 9]), np.logspace(-2, 2, 5), np.array(["a", "b"])]
)
def test_elements_of_arrays_are_those_parameter_grid_gives(array):
    from sklearn.model_selection import ParameterGrid

    ours = interpret("x", array).choices
    theirs = [params["x"] for params in ParameterGrid({"x": array})]
    assert list(map(type, ours)) == list(map(type, theirs))
    assert list(ours) == theirs


@pytest.mark.parametrize(
    "written",
    [None, 3, 0.5, True, "rbf", b"x", np.float64(2), len, dict, {0: 1}, object()],
)
def test_a_single_value_is_fixed(written):
    meaning = interpret("x", written)
    assert isinstance(meaning, Constant)
    assert meaning.value is written


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (["a"], "a"),
        ((5, 5), 5),
        (Real(1, 1), 1.0),
        (Integer(3, 3), 3),
        (range(4, 5), 4),
        (scipy.stats.randint(2, 3), 2),
        (np.array([7]), 7),
    ],
)
def test_one_choice_is_fixed(written, value):
    meaning = interpret("x", written)
    assert isinstance(meaning, Constant)
    assert meaning.value == value


class NewDistribution:
    """What scipy.stats.Normal() looks like: no rvs, no ppf."""

    def icdf(self, p):
        raise NotImplementedError

    def sample(self):
        raise NotImplementedError


@dataclass
class FloatDistribution:
    low: float
    high: float
    log: bool = False
    step: float | None = None


@dataclass
class IntDistribution:
    low: int
    high: int
    log: bool = False
    step: int = 1


@dataclass
class CategoricalDistribution:
    choices: tuple


@dataclass
class LogUniformDistribution:
    low: float
    high: float


@dataclass
class DiscreteUniformDistribution:
    low: float
    high: float
    q: float


def skopt_class(name):
    """A class named as in scikit-optimize, whose dimensions have rvs."""

    @dataclass
    class Dimension:
        low: float = 0
        high: float = 1
        prior: str = "uniform"
        categories: list = field(default_factory=list)

        def rvs(self, n_samples=1, random_state=None):
            raise NotImplementedError

    return type(name, (Dimension,), {})


@pytest.mark.parametrize(
    ("written", "meaning"),
    [
        (FloatDistribution(0.0, 1.0), Real(0, 1)),
        (FloatDistribution(0.1, 1.0, log=True), Real(0.1, 1, "log-uniform")),
        (FloatDistribution(0.0, 0.35, step=0.1), Categorical([0.0, 0.1, 0.2, 0.3])),
        (IntDistribution(1, 9), Integer(1, 9)),
        (IntDistribution(1, 9, log=True), Integer(1, 9, "log-uniform")),
        (IntDistribution(1, 9, step=4), Categorical([1, 5, 9])),
        (CategoricalDistribution((None, "a")), Categorical([None, "a"])),
        (LogUniformDistribution(0.1, 1.0), Real(0.1, 1, "log-uniform")),
        (DiscreteUniformDistribution(0.0, 1.0, 0.5), Categorical([0.0, 0.5, 1.0])),
        (skopt_class("Real")(0.1, 1, "log-uniform"), Real(0.1, 1, "log-uniform")),
        (skopt_class("Integer")(1, 9), Integer(1, 9)),
        (skopt_class("Categorical")(categories=["a", "b"]), Categorical(["a", "b"])),
    ],
)
def test_foreign_dimensions_are_known_by_their_names(written, meaning):
    assert interpret("x", written) == meaning


def test_real_skopt_dimensions():
    skopt = pytest.importorskip("skopt.space")
    assert interpret("x", skopt.Integer(1, 9)) == Integer(1, 9)
    log = skopt.Real(0.1, 1, prior="log-uniform")
    assert interpret("x", log) == Real(0.1, 1, "log-uniform")
    assert interpret("x", skopt.Categorical(["a", "b"])) == Categorical(["a", "b"])


def test_real_optuna_distributions():
    optuna = pytest.importorskip("optuna.distributions")
    assert interpret("x", optuna.IntDistribution(1, 9)) == Integer(1, 9)
    log = optuna.FloatDistribution(0.1, 1, log=True)
    assert interpret("x", log) == Real(0.1, 1, "log-uniform")
    choices = optuna.CategoricalDistribution(["a", "b"])
    assert interpret("x", choices) == Categorical(["a", "b"])


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ((10, 1), "low must be less than high. Got low=10, high=1."),
        ((10, 1), "write a list"),
        ((0, 1.0, "log-uniform"), "low must be positive"),
        ((1, 10, "loguniform"), "prior must be 'uniform' or 'log-uniform'"),
        ((0.0, float("inf")), "low and high must be finite"),
        ([], "choices must not be empty"),
        ((), "choices must not be empty"),
        (range(0), "choices must not be empty"),
        (range(0, 10**9, 2), "a step other than 1"),
        (np.zeros((2, 2)), "must be one-dimensional"),
        ({"a", "b"}, "must be a list, whose order is fixed"),
        (iter([1, 2]), "must be a list, whose order is fixed"),
        (FloatDistribution(1.0, 0.0), "low must be less than high"),
        (FloatDistribution(0.0, 1.0, step=1e-9), "must cut the range"),
        (IntDistribution(0, 9, step=0), "must be positive"),
        (scipy.stats.gamma, "must be frozen"),
        (scipy.stats.norm(0, -1), "must be frozen"),
        (scipy.stats.norm([0, 1], 1), "must be frozen"),
        (NewDistribution(), "must have rvs"),
    ],
)
def test_bad_input_names_the_parameter(written, message):
    with pytest.raises(InvalidSpaceError, match=r"^Parameter 'C': ") as info:
        Space({"C": written})
    assert message in str(info.value)


def test_importing_the_space_is_light():
    code = (
        "import sys, types; before = types.ModuleType('skhp'); "
        "import importlib.util as u; path = u.find_spec('skhp').submodule_search_"
        "locations; before.__path__ = path; sys.modules['skhp'] = before; "
        "import skhp.space; "
        "print([m for m in ('scipy', 'sklearn', 'joblib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
