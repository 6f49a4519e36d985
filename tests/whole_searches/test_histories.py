"""Histories in scikit-optimize's form, and constraints in its form."""

import numpy as np
import pytest

import skhp
from skhp.exceptions import InvalidParameterError
from skhp.search._skopt import optimize_results, space_constraint
from skhp.space import Space
from tests._toys import Echo, X, y


class Draws:
    """Something that can be drawn from, and nothing else."""

    def rvs(self, random_state=None):
        return random_state.uniform()


def fitted(space, **kwargs):
    kwargs = {"n_iter": 8, "cv": 2, "random_state": 0, "refit": False, **kwargs}
    return skhp.BayesSearchCV(Echo(), space, **kwargs).fit(X, y)


@pytest.mark.parametrize("with_skopt", [False, True])
@pytest.mark.parametrize(
    "space",
    [
        {"value": Draws(), "other": (0.0, 1.0)},
        [{"value": Draws()}, {"value": [1.0, 2.0], "other": [1]}],
        [({"value": Draws()}, 3), ({"value": [1.0, 2.0, 3.0], "other": [1]}, 2)],
        {"value": list(np.linspace(0.0, 1.0, 5000))},
    ],
)
@pytest.mark.filterwarnings("ignore:The surrogate learns nothing")
def test_values_without_a_position_have_a_history(space, with_skopt):
    if with_skopt:
        pytest.importorskip("skopt")
    search = fitted(space)
    histories = search.optimizer_results_
    counts = [len(history.x_iters) for history in histories]
    assert sum(counts) == len(search.cv_results_["params"])
    assert all(len(h.func_vals) == len(h.x_iters) for h in histories)
    assert -min(h.fun for h in histories) == search.best_score_


def test_candidates_stay_in_the_sub_space_that_they_were_asked_for():
    space = Space([{"value": (0.0, 1.0)}, {"value": (0.5, 2.0)}, {"value": (0.0, 1.0)}])
    table = {
        "params": [{"value": v} for v in (0.6, 0.7, 0.8, 0.2)],
        "mean_test_score": np.array([1.0, 4.0, 3.0, 2.0]),
    }
    histories = optimize_results(space, table, "score", subspaces=[1, 0, 1, 2])
    assert [h.x_iters for h in histories] == [[[0.7]], [[0.6], [0.8]], [[0.2]]]
    assert [h.fun for h in histories] == [-4.0, -3.0, -2.0]
    assert [h.x for h in histories] == [[0.7], [0.8], [0.2]]


def test_models_are_of_one_sub_space_and_no_other():
    pytest.importorskip("skopt")
    table = {
        "params": [{"value": v} for v in (0.1, 0.2, 0.3, 1.7, 1.8, 1.9)],
        "mean_test_score": np.arange(6.0),
    }
    homes = [0, 0, 0, 1, 1, 1]

    def n_models(*written):
        histories = optimize_results(Space(list(written)), table, "score", homes)
        return [len(history.models) for history in histories]

    assert n_models({"value": (0.0, 1.0)}, {"value": (1.5, 2.0)}) == [1, 1]
    assert n_models({"value": (0.0, 1.0)}, {"value": (0.9, 2.0)}) == [1, 0]


def test_callbacks_hear_of_all_sub_spaces_together():
    heard = []
    search = skhp.BayesSearchCV(
        Echo(),
        [({"value": (0.0, 1.0)}, 3), ({"value": (0.5, 2.0)}, 3)],
        cv=2,
        random_state=0,
    ).fit(X, y, callback=lambda result: heard.append(len(result.x_iters)))
    assert heard == [1, 2, 3, 4, 5, 6]
    assert len(search.optimizer_results_) == 2


def test_constraint_of_scikit_optimize_takes_points():
    seen = []

    def allowed(point):
        seen.append(point)
        return point[1] > point[0]  # in the order of the sorted names

    space = {"value": (0.0, 1.0), "other": (0.0, 1.0)}
    search = fitted(space, optimizer_kwargs={"space_constraint": allowed})
    assert all(p["value"] > p["other"] for p in search.cv_results_["params"])
    assert all(isinstance(point, list) and len(point) == 2 for point in seen)


def test_constraint_that_is_no_function_is_refused():
    assert space_constraint({"space_constraint": None}) is None
    with pytest.raises(InvalidParameterError, match=r"'space_constraint' .* Got 3"):
        fitted({"value": (0.0, 1.0)}, optimizer_kwargs={"space_constraint": 3})


@pytest.mark.parametrize("n_points", [None, 3])
def test_history_of_each_sub_space_has_as_many_candidates_as_were_asked(n_points):
    space = {"value": (0.0, 1.0)}
    search = fitted([(space, 3), (space, 4)], n_points=n_points)
    assert [len(h.x_iters) for h in search.optimizer_results_] == [3, 4]


def test_histories_go_on_with_the_search(tmp_path):
    space = [({"value": (0.0, 1.0)}, 3), {"value": (0.0, 2.0)}]
    search = fitted(space, n_iter=2, journal=tmp_path / "journal")
    search.extend(X, y, n_iter=2)
    assert [len(h.x_iters) for h in search.optimizer_results_] == [3, 4]


@pytest.mark.filterwarnings("ignore:The surrogate learns nothing")
def test_space_of_nothing_but_draws_can_be_searched():
    search = fitted({"value": Draws()})
    assert [len(h.x_iters) for h in search.optimizer_results_] == [8]


def test_constraints_of_both_kinds_hold():
    search = fitted(
        {"value": (0.0, 1.0)},
        constraints=lambda params: params["value"] > 0.3,
        optimizer_kwargs={"space_constraint": lambda point: point[0] < 0.6},
    )
    assert all(0.3 < p["value"] < 0.6 for p in search.cv_results_["params"])
