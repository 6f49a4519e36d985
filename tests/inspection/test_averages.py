import numpy as np
import pytest

import skhp
from skhp.inspection._averages import averages_along, averages_over
from skhp.inspection._model import model_of
from skhp.inspection._results import results_of
from tests._toys import Echo, X, y
from tests.inspection._searches import random

CONDITIONAL = {
    "fails": ["", "none"],
    "value": skhp.Real(1, 2, when={"fails": "none"}),
    "other": skhp.Real(1, 100, "log-uniform", when={"fails": ""}),
}


class Named:
    """A choice that has a name and a value."""

    def __init__(self, value, number):
        self.value, self.number = value, number

    def __repr__(self):
        return f"choice {self.number}"


class Valued(Echo):
    def score(self, X, y=None):
        return self.value.value


def modelled(space, n_iter=30, make=random):
    search = make(space, Echo(), n_iter=n_iter).fit(X, y)
    return model_of(search, results_of(search, None, "a display"), 10)


@pytest.fixture(scope="module")
def conditional():
    return modelled(CONDITIONAL)


def test_along_a_number_the_mean_is_the_score():
    found = averages_along(modelled({"value": skhp.Real(0, 1)}, 12), "value")
    (places,) = found.places
    assert (places[0], places[-1]) == (0, 1)
    np.testing.assert_allclose(found.mean, places, atol=0.06)
    assert found.deviation.max() < 0.06


def test_where_a_parameter_is_not_set_it_has_a_place_of_its_own(conditional):
    found = averages_along(conditional, "value")
    (places,) = found.places
    assert places[-2] == 2
    assert places[-1] == max(conditional.encoded.axes["value"].ticks)
    assert found.mean[-1] == pytest.approx(0, abs=0.1)
    assert found.mean[:-1].min() > 0.8


def test_a_choice_has_a_mean_for_each_value(conditional):
    found = averages_along(conditional, "fails")
    assert found.places[0].tolist() == [0, 1]
    np.testing.assert_allclose(found.mean, [0, 1.5], atol=0.15)


def test_categories_that_share_a_place_have_the_mean_of_all():
    values = [10 * (i % 3) for i in range(24)]
    grid = {"value": [Named(value, i) for i, value in enumerate(values)]}
    search = skhp.GridSearchCV(Valued(), grid, cv=2, refit=False).fit(X, y)
    model = model_of(search, results_of(search, None, "a display"), 10)
    others = model.encoded.axes["value"].places == 14
    found = averages_along(model, "value")
    assert found.places[0][-1] == 14
    assert found.mean[-1] == pytest.approx(np.mean(np.array(values)[others]), abs=2)


def test_two_parameters_have_a_mean_for_each_combination(conditional):
    found = averages_over(conditional, ["fails", "value"])
    assert found.mean.shape == found.deviation.shape == (1, 15)
    np.testing.assert_allclose(found.mean[0], found.places[1], atol=0.15)


def test_parameters_that_are_never_set_together_have_no_mean(conditional):
    assert averages_over(conditional, ["other", "value"]).mean.size == 0


def test_the_parts_of_layers_vary_together():
    def score(estimator, X, y=None):
        return float(len(estimator.other))

    space = {"other": skhp.space.Layers(1, 2, units=(4, 8))}

    def make(space, estimator, n_iter):
        return skhp.BayesSearchCV(
            estimator, space, n_iter=n_iter, cv=2, scoring=score, random_state=0
        )

    model = modelled(space, 12, make)
    found = averages_along(model, "other")
    labels = model.encoded.axes["other"].ticks
    lengths = [len(eval(labels[place])) for place in found.places[0]]
    np.testing.assert_allclose(found.mean, lengths, atol=0.05)
