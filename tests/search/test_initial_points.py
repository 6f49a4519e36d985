"""Where a search begins: what is taken of an earlier search, and in which order."""

import io

import numpy as np
import pytest
import sklearn.model_selection
from sklearn.datasets import load_iris
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier

import skhp
from skhp.exceptions import InvalidParameterError, JournalError, SkhpWarning
from skhp.search._initial_points import initial_configurations
from skhp.space import Space
from tests._toys import Echo, X, y

pd = pytest.importorskip("pandas")

SPACE = Space({"value": [0.0, 1.0, 2.0, 3.0]})
SEVERAL = {
    "up": lambda estimator, X, y: estimator.value,
    "down": lambda estimator, X, y: -estimator.value,
    "flat": lambda estimator, X, y: 0.0,
}


def values(given, metric=None, n_most=2):
    points = initial_configurations(given, SPACE, n_most, metric)
    return [point["value"] for point in points]


def through_csv(frame):
    return pd.read_csv(io.StringIO(frame.to_csv(index=False)))


def grid_of_several(module=skhp, refit="up"):
    grid = {"value": [1.0, 3.0, 0.0, 2.0]}
    kwargs = {"scoring": SEVERAL, "refit": refit, "cv": 2}
    return module.GridSearchCV(Echo(), grid, **kwargs).fit(X, y)


@pytest.mark.parametrize("module", [skhp, sklearn.model_selection])
@pytest.mark.parametrize(
    ("refit", "metric", "expected"),
    [
        ("up", None, [3.0, 2.0]),
        ("down", None, [0.0, 1.0]),
        ("up", "down", [0.0, 1.0]),  # what is searched for now counts
        ("down", "absent", [0.0, 1.0]),
        (False, "down", [0.0, 1.0]),
        (False, None, [3.0, 2.0]),  # the first
        (lambda results: 0, None, [3.0, 2.0]),
    ],
)
def test_metric_that_counts_decides_which_are_the_best(module, refit, metric, expected):
    fitted = grid_of_several(module, refit)
    assert values(fitted, metric) == expected


def test_single_metric_is_called_score_whatever_refit_is():
    grid = {"value": [1.0, 3.0, 0.0, 2.0]}
    fitted = skhp.GridSearchCV(Echo(), grid, refit="up", cv=2).fit(X, y)
    assert values(fitted) == [3.0, 2.0]


@pytest.mark.parametrize("in_file", [False, True])
@pytest.mark.parametrize(
    ("metric", "expected"), [("up", [3.0, 2.0]), ("down", [0.0, 1.0]), (None, [3, 2])]
)
def test_frames_of_several_metrics(in_file, metric, expected):
    frame = pd.DataFrame(grid_of_several().cv_results_)
    assert values(through_csv(frame) if in_file else frame, metric) == expected


def test_frame_with_nothing_but_ranks():
    frame = pd.DataFrame({"value": [0.0, 1.0, 2.0], "rank_test_score": [2, 3, 1]})
    assert values(frame, n_most=3) == [2.0, 0.0, 1.0]


def test_failed_candidates_come_last():
    frame = pd.DataFrame({"value": [0.0, 1.0, 2.0], "mean_test_score": [np.nan, -1, 5]})
    assert values(frame, n_most=3) == [2.0, 1.0, 0.0]


@pytest.mark.parametrize("in_file", [False, True])
def test_none_is_found_again(in_file):
    grid = {"max_depth": [None, 2, 3], "max_features": [None, "sqrt"]}
    tree = DecisionTreeClassifier(random_state=0)
    fitted = skhp.GridSearchCV(tree, grid, cv=3).fit(*load_iris(return_X_y=True))
    frame = pd.DataFrame(fitted.cv_results_)
    points = initial_configurations(
        through_csv(frame) if in_file else frame, Space(grid), 99
    )
    order = np.argsort(fitted.cv_results_["rank_test_score"], kind="stable")
    assert points == [fitted.cv_results_["params"][i] for i in order]


def test_empty_cells_are_none_nan_or_a_sub_space_without_the_parameter():
    space = Space(
        [
            {"kind": ["a"], "depth": [None, 2]},
            {"kind": ["b"]},
            {"kind": ["c"], "missing": [np.nan, -1.0]},
        ]
    )
    text = "kind,depth,missing\na,,\na,2,\nb,,\nc,,-1\nc,,\nc,2,-1\n"
    points = initial_configurations(pd.read_csv(io.StringIO(text)), space, 99)
    assert points[:4] == [
        {"kind": "a", "depth": None},
        {"kind": "a", "depth": 2.0},
        {"kind": "b"},
        {"kind": "c", "missing": -1.0},
    ]
    assert len(points) == 5
    assert points[4].keys() == {"kind", "missing"}
    assert np.isnan(points[4]["missing"])


def test_empty_cells_of_a_frame_are_what_does_not_apply():
    space = Space({"a": [1, 2], "b": skhp.Real(0.0, 1.0, when={"a": 1})})
    points = [{"a": 1, "b": 0.5}, {"a": 2}]
    results = {
        "param_a": [1, 2],
        "param_b": np.ma.masked_array([0.5, 0.0], mask=[False, True], dtype=object),
    }
    frame = pd.DataFrame(results)
    assert initial_configurations(frame, space, 5) == points
    assert initial_configurations(pd.read_csv(io.StringIO(frame.to_csv())), space, 5)


def test_objects_of_a_frame_are_taken_as_they_are():
    estimators = [DecisionTreeClassifier(), DecisionTreeClassifier(max_depth=2)]
    space = Space({"model": estimators, "shape": [(3,), (2, 2)]})
    params = [{"model": estimators[1], "shape": (2, 2)}]
    frame = pd.DataFrame({"params": params, "param_shape": ["(2, 2)"]})
    (point,) = initial_configurations(frame, space, 9)
    assert point["model"] is estimators[1]


def test_search_begins_with_what_is_best_by_its_own_metric():
    earlier = grid_of_several(refit="up")
    later = skhp.BayesSearchCV(
        Echo(value=9.0),
        {"value": [0.0, 1.0, 2.0, 3.0]},
        n_iter=2,
        cv=2,
        scoring=SEVERAL,
        refit="up",
        initial_points=earlier,
    ).fit(X, y)
    assert later.cv_results_["params"][0] == {"value": 3.0}


def test_the_metric_of_the_search_decides_not_that_of_the_earlier_one():
    later = skhp.BayesSearchCV(
        Echo(value=9.0),
        {"value": [0.0, 1.0, 2.0, 3.0]},
        n_iter=2,
        cv=2,
        scoring=SEVERAL,
        refit="down",
        initial_points=grid_of_several(refit="up"),
    ).fit(X, y)
    assert later.cv_results_["params"][0] == {"value": 0.0}


def study_of(direction, *trials):
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    kind = optuna.distributions.FloatDistribution(0.0, 9.0)
    study = optuna.create_study(direction=direction)
    for value, score in trials:
        state = optuna.trial.TrialState["FAIL" if score is None else "COMPLETE"]
        params, kinds = {"value": value}, {"value": kind}
        study.add_trial(
            optuna.create_trial(
                state=state, value=score, params=params, distributions=kinds
            )
        )
    return study


@pytest.mark.parametrize(
    ("direction", "expected"), [("maximize", [1.0, 3.0]), ("minimize", [2.0, 3.0])]
)
def test_best_trials_of_a_study_come_first(direction, expected):
    trials = [(2.0, 0.1), (1.0, 0.3), (0.0, None), (9.0, 0.4), (9.0, 0.0), (3.0, 0.2)]
    assert values(study_of(direction, *trials)) == expected


def test_a_search_begins_with_the_trials_of_a_study():
    study = study_of("maximize", (2.0, 0.1), (1.0, 0.3))
    search = skhp.BayesSearchCV(
        Echo(value=3.0),
        {"value": [0.0, 1.0, 2.0, 3.0]},
        n_iter=4,
        cv=2,
        initial_points=study,
        random_state=0,
    ).fit(X, y)
    assert [p["value"] for p in search.cv_results_["params"][:3]] == [3.0, 1.0, 2.0]


def test_a_study_of_other_parameters_is_warned_of():
    study = study_of("maximize", (7.5, 0.1))
    with pytest.warns(SkhpWarning, match=r"Their parameters are \['value'\]"):
        assert values(study) == []
    assert values(study_of("maximize")) == []


def journal_of(path, **kwargs):
    grid = {"value": [1.0, 3.0, 0.0, 2.0]}
    skhp.GridSearchCV(Echo(), grid, cv=2, journal=path, **kwargs).fit(X, y)
    return path


def test_the_best_of_a_journal_come_first(tmp_path):
    path = journal_of(tmp_path / "journal")
    assert values(path) == values(str(path)) == [3.0, 2.0]
    several = journal_of(tmp_path / "several", scoring=SEVERAL, refit="up")
    assert values(several, "down") == [0.0, 1.0]
    assert values(several) == [3.0, 2.0]


def test_a_journal_is_read_while_a_search_writes_it_and_left_as_it_is(tmp_path):
    path = journal_of(tmp_path / "journal")
    torn = path.read_bytes()[:-30]
    path.write_bytes(torn)
    path.chmod(0o400)
    assert values(path, n_most=9) == [3.0, 1.0, 0.0, 2.0]  # a fit of 2.0 is lost
    assert path.read_bytes() == torn


def test_of_a_journal_with_rungs_those_with_the_most_resource_count(tmp_path):
    path = tmp_path / "journal"
    search = skhp.HalvingGridSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": [1, 2, 3, 4]},
        min_resources=50,
        factor=2,
        cv=2,
        journal=path,
    ).fit(*load_iris(return_X_y=True))
    points = initial_configurations(path, Space({"max_depth": [1, 2, 3, 4]}), 9)
    results = search.cv_results_
    of_last = results["n_resources"] == max(results["n_resources"])
    assert len(points) == of_last.sum()
    assert points[0] == search.best_params_


@pytest.mark.parametrize("module", [skhp, sklearn.model_selection])
def test_of_a_search_with_rungs_those_with_the_most_resource_come_first(module):
    class Falling(Echo):
        """Scores less with more of the resource, `other`."""

        def score(self, X, y=None):
            return self.value - self.other

    grid = {"value": [0.0, 1.0, 2.0, 3.0]}
    search = module.HalvingGridSearchCV(
        Falling(), grid, resource="other", max_resources=4, min_resources=1, factor=2
    ).set_params(cv=2)
    search.fit(X, y)
    assert values(search, n_most=9) == [3.0, 2.0, 1.0, 0.0]
    space = Space({"value": grid["value"], "other": [1, 2]})
    assert initial_configurations(search, space, 1)[0]["other"] == 2


def test_a_search_of_another_space_is_told_of():
    search = skhp.GridSearchCV(Echo(), {"other": [1, 2]}, cv=2).fit(X, y)
    with pytest.warns(SkhpWarning, match=r"No candidate .* parameters are \['other'\]"):
        assert values(search) == []


def test_choices_that_a_journal_holds_as_text_are_found_again(tmp_path):
    path, scalers = tmp_path / "journal", [StandardScaler(), MinMaxScaler()]
    model = Pipeline([("scale", None), ("tree", DecisionTreeClassifier())])
    space = {"scale": scalers, "tree__max_depth": [1, 2]}
    skhp.GridSearchCV(model, space, cv=2, journal=path).fit(*load_iris(return_X_y=True))
    points = initial_configurations(path, Space(space), 9)
    assert len(points) == 4
    assert all(any(p["scale"] is scaler for scaler in scalers) for p in points)


def test_a_journal_of_another_space_is_told_of(tmp_path):
    path = journal_of(tmp_path / "journal")
    with pytest.warns(SkhpWarning, match=r"are \['value'\]"):
        assert initial_configurations(path, Space({"C": (0.1, 1.0)}), 9) == []


def test_a_path_without_a_journal_is_refused(tmp_path):
    with pytest.raises(JournalError, match="can be read"):
        values(tmp_path / "absent")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(JournalError, match="must be the journal"):
        values(tmp_path / "text")


def test_several_searches_take_turns_each_with_its_best(tmp_path):
    up = grid_of_several(refit="up")
    down = grid_of_several(refit="down")
    assert values([up, down], n_most=9) == [3.0, 0.0, 2.0, 1.0]
    assert values([up, journal_of(tmp_path / "journal"), down], n_most=2) == [3.0, 0.0]


def test_of_several_searches_five_each_are_taken_at_most():
    space = Space({"value": (0.0, 1.0)})
    frames = [
        pd.DataFrame({"value": np.linspace(low, low + 0.1, 9)}) for low in (0.0, 0.5)
    ]
    assert len(initial_configurations(frames, space, 99)) == 10
    assert len(initial_configurations(frames[:1], space, 99)) == 5
    assert len(initial_configurations(frames[0], space, 99)) == 9


def test_what_is_no_search_in_a_list_is_refused_by_name():
    with pytest.raises(InvalidParameterError, match="Got 3 instead"):
        values([grid_of_several(), 3])
