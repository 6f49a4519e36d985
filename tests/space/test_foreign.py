"""Dimensions of other libraries, with the libraries where they are installed."""

import math

import numpy as np
import pytest
import scipy.stats

from skhp.exceptions import InvalidSpaceError
from skhp.space import Categorical, Integer, Real, Space, is_foreign
from skhp.space._dialects import interpret
from skhp.space._foreign import Constant, from_foreign

pytestmark = pytest.mark.foreign


def assert_means(written, meaning):
    assert is_foreign(written)
    assert interpret("x", written) == meaning


def quantiles(written):
    column = Space({"x": written})
    return [p["x"] for p in column.to_params([[0.1], [0.5], [0.9]])]


def assert_distributed_as(written, dist):
    np.testing.assert_allclose(quantiles(written), dist.ppf([0.1, 0.5, 0.9]), rtol=1e-9)


@pytest.mark.parametrize("written", [3, "a", [1, 2], (1, 2), None, np.float64(1.0)])
def test_what_is_of_no_library_is_not_touched(written):
    assert from_foreign(written) is None
    assert not is_foreign(written)


class TestConfigSpace:
    @pytest.fixture
    def cs(self):
        return pytest.importorskip("ConfigSpace")

    def test_ranges(self, cs):
        assert_means(cs.Float("x", (0.1, 10), log=True), Real(0.1, 10, "log-uniform"))
        assert_means(cs.Float("x", (0.1, 10)), Real(0.1, 10))
        assert_means(cs.Integer("x", (1, 9)), Integer(1, 9))
        assert_means(cs.Integer("x", (1, 9), log=True), Integer(1, 9, "log-uniform"))

    def test_choices(self, cs):
        choices = cs.Categorical("x", ["a", "b"])
        assert_means(choices, Categorical(["a", "b"], ordered=False))
        ordered = cs.Categorical("x", ["low", "high"], ordered=True)
        assert_means(ordered, Categorical(["low", "high"], ordered=True))
        assert interpret("x", cs.Constant("x", 3)).value == 3

    def test_distributions(self, cs):
        normal = cs.Float("x", (0.0, 1.0), distribution=cs.Normal(0.4, 0.2))
        ends = (-0.4 / 0.2, 0.6 / 0.2)
        assert_distributed_as(normal, scipy.stats.truncnorm(*ends, loc=0.4, scale=0.2))
        beta = cs.Float("x", (1.0, 3.0), distribution=cs.Beta(2, 3))
        assert_distributed_as(beta, scipy.stats.beta(2, 3, loc=1, scale=2))

    def test_what_we_cannot_say_is_refused(self, cs):
        weighted = cs.Categorical("x", ["a", "b"], weights=[1, 2])
        integers = cs.Integer("x", (1, 9), distribution=cs.Normal(3, 1))
        for written in (weighted, integers):
            with pytest.raises(InvalidSpaceError, match=r"Parameter 'x': must be a ra"):
                interpret("x", written)


class TestHyperopt:
    @pytest.fixture
    def hp(self):
        return pytest.importorskip("hyperopt").hp

    def test_ranges(self, hp):
        assert_means(hp.uniform("x", 0, 1), Real(0, 1))
        log = hp.loguniform("x", -2, 2)
        assert_means(log, Real(math.exp(-2), math.exp(2), "log-uniform"))
        assert_means(hp.randint("x", 5), Integer(0, 4))
        assert_means(hp.randint("x", 2, 5), Integer(2, 4))
        assert_means(hp.uniformint("x", 1, 7), Integer(1, 7))

    def test_choices_and_steps(self, hp):
        assert_means(hp.choice("x", ["a", "b"]), Categorical(["a", "b"]))
        assert_means(hp.choice("x", [1, 2, 4]), Categorical([1, 2, 4]))
        assert_means(
            hp.quniform("x", 0, 1, 0.25), Categorical([0.0, 0.25, 0.5, 0.75, 1.0])
        )
        assert_means(hp.quniform("x", 1, 9, 4), Categorical([0.0, 4.0, 8.0]))

    def test_distributions(self, hp):
        assert_distributed_as(hp.normal("x", 2, 3), scipy.stats.norm(2, 3))
        log = scipy.stats.lognorm(0.5, scale=math.exp(1.0))
        assert_distributed_as(hp.lognormal("x", 1.0, 0.5), log)

    @pytest.mark.parametrize("name", ["uniform", "loguniform", "normal", "lognormal"])
    def test_distributions_cut_to_integers_are_refused(self, hp, name):
        from hyperopt.pyll import scope

        written = scope.int(getattr(hp, name)("x", 1, 3))
        with pytest.raises(InvalidSpaceError, match=r"Parameter 'x': must be a range"):
            interpret("x", written)

    def test_steps_and_choices_cut_to_integers_are_refused(self, hp):
        from hyperopt.pyll import scope

        for drawn in (hp.quniform("x", 0, 4, 0.5), hp.choice("x", [1.2, 1.6, 2.0])):
            with pytest.raises(InvalidSpaceError, match=r"Parameter 'x': must be a ra"):
                interpret("x", scope.int(drawn))

    def test_integers_stay_integers(self, hp):
        from hyperopt.pyll import scope

        assert_means(scope.int(hp.quniform("x", 1, 9, 1)), Integer(1, 9))
        assert_means(scope.int(hp.randint("x", 2, 5)), Integer(2, 4))
        steps = scope.int(hp.quniform("x", 0, 8, 4))
        assert_means(steps, Categorical([0, 4, 8]))
        choices = scope.int(hp.choice("x", [1, 2, 4]))
        assert_means(choices, Categorical([1, 2, 4]))

    def test_what_we_cannot_say_is_refused(self, hp):
        nested = hp.choice("x", [hp.uniform("y", 0, 1), 3])
        weighted = hp.pchoice("x", [(0.2, "a"), (0.8, "b")])
        for written in (
            nested,
            weighted,
            hp.qlognormal("x", 0, 1, 2),
            hp.uniform("x", 0, 1) + 1,
        ):
            with pytest.raises(InvalidSpaceError, match=r"Parameter 'x': must be a ra"):
                interpret("x", written)


class TestSkrub:
    @pytest.fixture
    def skrub(self):
        return pytest.importorskip("skrub")

    def test_ranges_and_choices(self, skrub):
        log = skrub.choose_float(0.1, 10, log=True, name="x")
        assert_means(log, Real(0.1, 10, "log-uniform"))
        assert_means(skrub.choose_int(1, 9, name="x"), Integer(1, 9))
        assert_means(skrub.choose_from(["a", "b"], name="x"), Categorical(["a", "b"]))
        named = skrub.choose_from({"one": 1, "two": 2}, name="x")
        assert_means(named, Categorical([1, 2]))
        assert_means(skrub.choose_bool(name="x"), Categorical([True, False]))
        steps = skrub.choose_float(0, 1, n_steps=5, name="x")
        assert_means(steps, Categorical([0.0, 0.25, 0.5, 0.75, 1.0]))

    def test_its_estimators_are_fixed_values(self, skrub):
        assert isinstance(interpret("x", skrub.TableVectorizer()), Constant)


class TestRayTune:
    """Objects with the classes and attributes of those in ``ray.tune``."""

    @staticmethod
    def made(name, **attributes):
        return type(name, (), {"__module__": "ray.tune.search.sample", **attributes})()

    @pytest.mark.parametrize(
        ("name", "kind", "meaning"),
        [
            ("Float", None, Real(1, 9)),
            ("Float", "Uniform", Real(1, 9)),
            ("Float", "LogUniform", Real(1, 9, "log-uniform")),
            ("Integer", "Uniform", Integer(1, 8)),
            ("Integer", "LogUniform", Integer(1, 8, "log-uniform")),
        ],
    )
    def test_ranges(self, name, kind, meaning):
        sampler = kind and self.made(kind)
        assert_means(self.made(name, lower=1, upper=9, sampler=sampler), meaning)


class TestGeneticOpt:
    """Objects with the classes and attributes of sklearn-genetic-opt's."""

    @staticmethod
    def made(name, **attributes):
        return type(name, (), {"__module__": "sklearn_genetic.space", **attributes})()

    def test_ranges_and_choices(self):
        bounds = {"lower": 1, "upper": 9}
        log = self.made("Continuous", distribution="log-uniform", **bounds)
        assert_means(log, Real(1, 9, "log-uniform"))
        whole = self.made("Integer", distribution="uniform", **bounds)
        assert_means(whole, Integer(1, 9))
        choices = self.made("Categorical", choices=["a", "b"], priors=None)
        assert_means(choices, Categorical(["a", "b"]))

    def test_what_we_cannot_say_is_refused(self):
        weighted = self.made("Categorical", choices=["a", "b"], priors=[0.1, 0.9])
        with pytest.raises(InvalidSpaceError, match=r"Parameter 'x': must be a range"):
            interpret("x", weighted)
