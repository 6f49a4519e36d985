import numpy as np
import pytest

from skhp.acquisition import ForestSurface, Surface
from skhp.exceptions import OptimizerError
from skhp.optimizers import BayesOptimizer, Outcome, _bayes_forest
from skhp.optimizers._bayes_forest import ChosenModel, ForestModel
from skhp.space import Integer, Space

SPACE = Space({"x": (0.0, 1.0), "k": Integer(1, 9), "c": ["a", "b", "c"]})
NOBODY = np.zeros((0, 3))


def history(n):
    rows = SPACE.sample(n, np.random.default_rng(0))
    return rows, np.sin(6 * rows[:, 0]) - rows[:, 1]


def surface_of(model, n):
    rows, scores = history(n)
    rng = np.random.default_rng(1)
    return model.surface(rows, scores, NOBODY, rng, doubt=False)


@pytest.mark.parametrize(
    ("kind", "n", "expected"),
    [
        ("auto", 29, Surface),
        ("auto", 30, ForestSurface),
        ("gp", 30, Surface),
        ("lightgbm", 5, ForestSurface),
    ],
)
def test_a_forest_takes_over_where_the_history_is_long(kind, n, expected, monkeypatch):
    monkeypatch.setattr(_bayes_forest, "LONG_HISTORY", 30)
    surface, _ = surface_of(ChosenModel(SPACE, kind), n)
    assert type(surface) is expected


def test_a_running_search_passes_from_the_process_to_the_forest(monkeypatch):
    monkeypatch.setattr(_bayes_forest, "LONG_HISTORY", 20)
    optimizer = BayesOptimizer(SPACE, 30, random_state=0)
    lengths = []
    while not optimizer.done:
        (trial,) = optimizer.ask(1)
        lengths.append(len(trial.surrogate))
        optimizer.tell(trial, Outcome(np.array([trial.params["x"]])))
    assert lengths == [0] * 4 + [2 + 2 * 3 + 2] * 16 + [1] * 10


def test_a_forest_is_fitted_anew_after_every_fourth_result():
    model, fitted_at = ForestModel(SPACE), []
    for n in range(10, 23):
        before = model.state
        rows, scores = history(n)
        model.surface(rows, scores, np.random.default_rng(0))
        if model.state != before:
            fitted_at.append(n)
    assert fitted_at == [10, 14, 18, 22]


def test_rows_behind_the_surface_are_ranked():
    rows, scores = history(25)
    _, centres = surface_of(ChosenModel(SPACE, "lightgbm"), 25)
    assert np.array_equal(centres, rows[np.argsort(-scores, kind="stable")])


@pytest.mark.parametrize("n_more", [0, 1, 3, 4, 7])
@pytest.mark.parametrize("kind", ["gp", "lightgbm"])
def test_restored_it_proposes_the_same(kind, n_more):
    one, other = (ChosenModel(SPACE, kind) for _ in range(2))
    surface_of(one, 26)
    other.restore(one.state(26), 26)
    probes = SPACE.sample(50, np.random.default_rng(2))
    values = [
        surface_of(model, 26 + n_more)[0].values(probes) for model in (one, other)
    ]
    assert np.array_equal(*values)


@pytest.mark.parametrize("state", [(), (0.0,), (11.0,), (np.nan,), (5.0, 5.0)])
def test_a_state_that_no_forest_can_have_is_refused(state):
    with pytest.raises(OptimizerError, match="state is that of no forest"):
        ForestModel(SPACE).restore(state, 10)
