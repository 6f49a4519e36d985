import json
import sys

import numpy as np
import pytest
import scipy.stats
import sklearn.model_selection
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

import skhp
from skhp.exceptions import InvalidParameterError
from skhp.inspection import to_optuna
from skhp.search._initial_points import initial_configurations
from skhp.space import Space
from tests._toys import Echo, X, y

optuna = pytest.importorskip("optuna")
COMPLETE, FAIL, PRUNED = (
    optuna.trial.TrialState[name] for name in ("COMPLETE", "FAIL", "PRUNED")
)


@pytest.fixture(autouse=True)
def quiet():
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(before)


MODELS = [SVC(), LogisticRegression()]
SPACE = {
    "value": skhp.Real(0.01, 100, "log-uniform"),
    "other": skhp.Categorical(MODELS),
    "fails": "",
}
SEVERAL = [
    {"value": (0.1, 1.0), "other": skhp.Integer(1, 9), "fails": [""]},
    {"value": (0.5, 10.0), "other": MODELS},
]


def bayes(space=SPACE, estimator=None, **kwargs):
    settings = {"n_iter": 8, "cv": 2, "refit": False, "random_state": 0, **kwargs}
    return skhp.BayesSearchCV(estimator or Echo(), space, **settings)


def random(space=SPACE, **kwargs):
    settings = {"n_iter": 8, "cv": 2, "refit": False, "random_state": 0, **kwargs}
    return skhp.RandomizedSearchCV(Echo(), space, **settings)


def distributions_of(study):
    found = {}
    for trial in study.trials:
        found |= trial.distributions
    return found


@pytest.mark.parametrize("make", [bayes, random])
def test_every_candidate_is_a_trial_with_its_value(make):
    search = make().fit(X, y)
    study = to_optuna(search)
    results = search.cv_results_
    assert study.direction.name == "MAXIMIZE"
    assert [t.value for t in study.trials] == results["mean_test_score"].tolist()
    assert {trial.state for trial in study.trials} == {COMPLETE}
    assert study.best_trial.user_attrs["index"] == search.best_index_
    for trial, params in zip(study.trials, results["params"], strict=True):
        assert trial.params == {**params, "other": repr(params["other"])}
        number = trial.user_attrs["index"]
        assert trial.user_attrs["split1_test_score"] == trial.value
        assert trial.user_attrs["mean_fit_time"] == results["mean_fit_time"][number]
    json.dumps([trial.user_attrs for trial in study.trials], allow_nan=False)


@pytest.mark.parametrize("make", [bayes, random])
def test_ranges_have_their_bounds_and_scale(make):
    kinds = optuna.distributions
    assert distributions_of(to_optuna(make().fit(X, y))) == {
        "value": kinds.FloatDistribution(0.01, 100.0, log=True),
        "other": kinds.CategoricalDistribution(("SVC()", "LogisticRegression()")),
        "fails": kinds.CategoricalDistribution(("",)),
    }


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (skhp.Integer(1, 9), optuna.distributions.IntDistribution(1, 9)),
        (
            skhp.Integer(1, 99, "log-uniform"),
            optuna.distributions.IntDistribution(1, 99, log=True),
        ),
        (scipy.stats.randint(2, 6), optuna.distributions.IntDistribution(2, 5)),
        (scipy.stats.uniform(1, 2), optuna.distributions.FloatDistribution(1, 3)),
        ([3, 1, 2], optuna.distributions.CategoricalDistribution((3, 1, 2))),
        (
            optuna.distributions.FloatDistribution(1, 4),
            optuna.distributions.FloatDistribution(1, 4),
        ),
        (
            [None, (1, 2), np.float64(0.5)],
            optuna.distributions.CategoricalDistribution((None, "(1, 2)", 0.5)),
        ),
    ],
)
def test_dimensions_are_distributions(written, expected):
    search = random({"other": written}, n_iter=3).fit(X, y)
    assert distributions_of(to_optuna(search)) == {"other": expected}


def test_a_distribution_without_ends_has_those_of_what_was_tried():
    search = random({"value": scipy.stats.norm(0, 1)}).fit(X, y)
    found = distributions_of(to_optuna(search))["value"]
    tried = [params["value"] for params in search.cv_results_["params"]]
    assert (found.low, found.high) == (min(tried), max(tried))


@pytest.mark.parametrize("make", [bayes, random])
def test_lists_of_dicts_become_one_range_for_each_parameter(make):
    space = [
        {n: skhp.Real(*v) if n == "value" else v for n, v in d.items()} for d in SEVERAL
    ]
    search = make(space, n_iter=12).fit(X, y)
    study = to_optuna(search)
    found = distributions_of(study)
    assert found["value"] == optuna.distributions.FloatDistribution(0.1, 10.0)
    assert {"SVC()", "LogisticRegression()"} <= set(found["other"].choices)
    for trial, params in zip(study.trials, search.cv_results_["params"], strict=True):
        assert trial.params.keys() == params.keys()


@pytest.mark.parametrize("make", [bayes, random])
@pytest.mark.parametrize("space", [SPACE, SEVERAL], ids=["one", "several"])
def test_the_study_is_where_another_search_can_begin(make, space):
    if make is random:
        space = Space(space)  # where a tuple is a range
    search = make(space, n_iter=10).fit(X, y)
    points = initial_configurations(to_optuna(search), Space(space), 10)
    results = search.cv_results_
    order = np.argsort(-results["mean_test_score"], kind="stable")
    assert points == [results["params"][i] for i in order]
    for point, i in zip(points, order, strict=True):
        assert point["other"] is results["params"][i]["other"] or type(
            point["other"]
        ) in (int, str)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.parametrize("error_score", [np.nan, -1.0])
def test_failed_candidates_are_failed_trials(error_score):
    space = {"value": skhp.Real(0, 1), "fails": ["", "fit"]}
    study = to_optuna(random(space, error_score=error_score).fit(X, y))
    for trial in study.trials:
        failed = trial.params["fails"] == "fit"
        assert trial.state == (FAIL if failed else COMPLETE)
        assert (trial.value is None) == failed
        assert ("no fit with" in trial.user_attrs.get("error", "")) == failed


@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
def test_an_infinite_score_is_a_value():
    study = to_optuna(skhp.GridSearchCV(Echo(), {"value": [np.inf]}, cv=2).fit(X, y))
    assert study.trials[0].value == np.inf


def test_of_several_metrics_the_one_of_refit_is_the_value():
    scoring = {"up": lambda e, X, y: e.value, "down": lambda e, X, y: -e.value}
    search = random(scoring=scoring, refit="down").fit(X, y)
    study = to_optuna(search)
    assert study.user_attrs == {"search": "RandomizedSearchCV", "metric": "down"}
    assert study.best_value == search.best_score_
    for trial in study.trials:
        assert trial.user_attrs["mean_test_up"] == -trial.value
    assert to_optuna(search, metric="up").best_value == -min(
        t.value for t in study.trials
    )
    with pytest.raises(InvalidParameterError, match=r"one of \['up', 'down'\]"):
        to_optuna(search, metric="score")


@pytest.mark.parametrize("kind", ["hyperband", "halving", "scikit-learn"])
def test_rungs_are_intermediate_values_of_one_trial(kind):
    shared = {"resource": "other", "max_resources": 9, "cv": 2, "refit": False}
    if kind == "hyperband":
        space = {"value": skhp.Real(0, 1)}
        search = skhp.HyperbandSearchCV(Echo(), space, random_state=0, **shared)
    else:
        module = skhp if kind == "halving" else sklearn.model_selection
        grid = {"value": [float(i) for i in range(9)]}
        search = module.HalvingGridSearchCV(Echo(), grid, min_resources=1, **shared)
    results = search.fit(X, y).cv_results_
    study = to_optuna(search)
    n_rungs = sum(len(trial.intermediate_values) for trial in study.trials)
    assert n_rungs == len(results["params"])
    assert (
        sum(t.state == COMPLETE for t in study.trials)
        == (results["n_resources"] == 9).sum()
    )
    assert {trial.state for trial in study.trials} == {COMPLETE, PRUNED}
    for trial in study.trials:
        assert trial.params.keys() == {"value"}
        assert trial.value == trial.params["value"]
        assert trial.last_step == trial.user_attrs["n_resources"]
    assert study.best_trial.user_attrs["index"] == search.best_index_


def test_a_resource_without_rungs_prunes_nothing():
    search = random().fit(X, y)
    search.cv_results_["n_resources"] = np.arange(8)
    study = to_optuna(search)
    assert {trial.state for trial in study.trials} == {COMPLETE}
    assert [trial.user_attrs["n_resources"] for trial in study.trials] == list(range(8))


def test_searches_of_scikit_learn_are_read_too():
    grid = {"value": [1.0, 3.0, 2.0], "other": MODELS}
    search = sklearn.model_selection.GridSearchCV(Echo(), grid, cv=2).fit(X, y)
    study = to_optuna(search)
    assert study.best_params == {"value": 3.0, "other": "SVC()"}
    assert study.get_trials()[0].distributions["value"].choices == (1.0, 3.0, 2.0)


@pytest.mark.filterwarnings("ignore")  # of experiments, and of equal limits
@pytest.mark.parametrize(
    "name", ["plot_optimization_history", "plot_slice", "plot_intermediate_values"]
)
def test_plots_of_optuna_show_it(name):
    plots = pytest.importorskip("optuna.visualization.matplotlib")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    study = to_optuna(bayes(SEVERAL, n_iter=12).fit(X, y))
    assert getattr(plots, name)(study) is not None
    pyplot.close("all")


def test_a_study_in_a_file_can_be_loaded(tmp_path):
    storage = f"sqlite:///{tmp_path}/study.db"
    search = bayes().fit(X, y)
    to_optuna(search, study_name="mine", storage=storage)
    loaded = optuna.load_study(study_name="mine", storage=storage)
    assert loaded.best_value == search.best_score_
    assert loaded.best_params["other"] in ("SVC()", "LogisticRegression()")


def test_what_cannot_be_read_is_said():
    with pytest.raises(NotFittedError):
        to_optuna(bayes())


def test_without_optuna_it_says_what_to_install(monkeypatch):
    search = bayes().fit(X, y)
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ImportError, match="pip install optuna"):
        to_optuna(search)
