"""scikit-optimize's public idioms, with our class in the place of theirs."""

import sys

import numpy as np
import pytest
from scipy.stats import binom, gamma, norm
from sklearn.base import BaseEstimator
from sklearn.datasets import load_digits, load_iris
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC, LinearSVC

from skhp import BayesSearchCV
from skhp.exceptions import SkhpWarning
from skhp.search._skopt import _axes
from skhp.space import Integer, Layers, Space

skopt = pytest.importorskip("skopt")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:skopt")

X, y = load_iris(return_X_y=True)


def test_a_dict_of_ranges():
    X, y = load_digits(n_class=10, return_X_y=True)
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, train_size=0.25, test_size=0.25, random_state=0
    )
    opt = BayesSearchCV(
        SVC(),
        {
            "C": (1e-6, 1e6, "log-uniform"),
            "gamma": (1e-6, 1e1, "log-uniform"),
            "degree": (1, 8),
            "kernel": ["linear", "poly", "rbf"],
        },
        n_iter=16,
        cv=3,
        random_state=0,
    )
    opt.fit(X_train, y_train)
    assert opt.score(X_test, y_test) > 0.95


def test_dimensions_of_scikit_optimize():
    from skopt.space import Categorical, Integer, Real

    opt = BayesSearchCV(
        SVC(),
        {
            "C": Real(1e-6, 1e6, prior="log-uniform"),
            "degree": Integer(1, 8),
            "kernel": Categorical(["linear", "poly", "rbf"]),
        },
        n_iter=8,
        random_state=0,
    ).fit(X, y)
    assert type(opt.best_params_["C"]) is float
    assert type(opt.best_params_["degree"]) is int


def test_several_models_in_a_pipeline():
    pipe = Pipeline([("model", SVC())])
    linsvc_search = {
        "model": [LinearSVC(max_iter=1000, dual=False)],
        "model__C": (1e-6, 1e6, "log-uniform"),
    }
    svc_search = {
        "model": [SVC()],
        "model__C": (1e-6, 1e6, "log-uniform"),
        "model__gamma": (1e-6, 1e1, "log-uniform"),
        "model__degree": (1, 8),
        "model__kernel": ["linear", "poly", "rbf"],
    }
    opt = BayesSearchCV(pipe, [(svc_search, 10), (linsvc_search, 6)], cv=3)
    opt.fit(X, y)
    assert opt.total_iterations == 16
    assert [len(r.x_iters) for r in opt.optimizer_results_] == [10, 6]
    assert opt.score(X, y) > 0.9


def test_callback_of_the_tutorial_on_progress_control():
    opt = BayesSearchCV(SVC(), {"C": (0.1, 10.0)}, n_iter=20, random_state=0)
    scores = []

    def on_step(optim_result):
        scores.append(opt.best_score_)  # in scikit-optimize this attribute is missing
        return opt.best_score_ >= 0.98

    opt.fit(X, y, callback=on_step)
    assert len(opt.cv_results_["params"]) == len(scores) <= 20


def test_callbacks_of_scikit_optimize():
    from skopt.callbacks import DeadlineStopper, DeltaYStopper, VerboseCallback

    opt = BayesSearchCV(SVC(), {"C": (0.1, 10.0)}, n_iter=30, random_state=0)
    callbacks = [
        DeadlineStopper(total_time=60),
        DeltaYStopper(delta=0.01, n_best=3),
        VerboseCallback(n_total=30),
    ]
    opt.fit(X, y, callback=callbacks)
    assert len(opt.cv_results_["params"]) < 30


def test_checkpoints_of_scikit_optimize(tmp_path):
    from skopt.callbacks import CheckpointSaver

    opt = BayesSearchCV(SVC(), {"C": (0.1, 10.0)}, n_iter=4, random_state=0)
    opt.fit(X, y, callback=CheckpointSaver(str(tmp_path / "history.pkl")))
    assert len(skopt.load(str(tmp_path / "history.pkl")).x_iters) == 4


def test_settings_of_scikit_optimize():
    opt = BayesSearchCV(
        SVC(),
        {"C": (0.1, 10.0)},
        n_iter=5,
        optimizer_kwargs={"base_estimator": "GP", "n_initial_points": 3},
    )
    assert opt.fit(X, y).best_score_ > 0.9


def test_settings_without_a_meaning_are_named():
    opt = BayesSearchCV(
        SVC(), {"C": (0.1, 10.0)}, n_iter=2, optimizer_kwargs={"acq_func": "LCB"}
    )
    with pytest.warns(SkhpWarning, match="acq_func") as warned:
        opt.fit(X, y)
    assert warned[0].filename == __file__


@pytest.fixture
def fitted():
    space = {
        "C": (1e-3, 1e3, "log-uniform"),
        "degree": (1, 4),
        "gamma": (1e-4, 1e1, "log-uniform"),
        "kernel": ["linear", "rbf"],
    }
    return BayesSearchCV(SVC(), space, n_iter=15, cv=3, random_state=0).fit(X, y)


@pytest.mark.parametrize(
    "plot", ["plot_convergence", "plot_evaluations", "plot_objective", "plot_regret"]
)
@pytest.mark.filterwarnings("default")
def test_plots_of_scikit_optimize(plot, fitted):
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import skopt.plots

    result = fitted.optimizer_results_[0]
    kwargs = {"n_points": 5, "n_samples": 10} if plot == "plot_objective" else {}
    getattr(skopt.plots, plot)(result, **kwargs)
    plt.close("all")


class Bowl(BaseEstimator):
    def __init__(self, a=1.0, n=5, kind="x"):
        self.a, self.n, self.kind = a, n, kind

    def fit(self, X, y=None):
        return self

    def score(self, X, y=None):
        return 7.0 - np.log(self.a) ** 2 - 0.01 * (self.n - 3) ** 2 - (self.kind == "y")


def test_models_predict_minus_the_score():
    space = {"a": (0.01, 100.0, "log-uniform"), "n": (1, 9), "kind": ["x", "y"]}
    bowl = BayesSearchCV(Bowl(), space, n_iter=25, random_state=0, refit=False)
    result = bowl.fit(X, y).optimizer_results_[0]
    coordinates = result.space.transform(result.x_iters)
    mean, std = result.models[-1].predict(coordinates, return_std=True)
    assert np.corrcoef(mean, result.func_vals)[0, 1] > 0.95
    assert np.all(std >= 0)


AXES = {
    "float": (-2.0, 7.0),
    "log": (1e-5, 1e3, "log-uniform"),
    "int": (1, 30),
    "log int": Integer(1, 300, "log-uniform"),
    "wide int": (1, 100_000),
    "numbers": [3.0, 0.5, 1.0],
    "words": ["c", "a", "b"],
    "mixed": [None, "sqrt", 0.5, 2],
    "normal": norm(3.0, 2.0),
    "skewed": gamma(0.7),
    "die": binom(10, 0.4),
    "fixed": 7,
}


@pytest.mark.parametrize("name", AXES)
def test_coordinates_of_scikit_optimize_become_rows(name):
    space = Space({"other": (0.0, 1.0), name: AXES[name]})
    rows = space.sample(200, np.random.default_rng(0))
    axes = _axes(space, 0)
    points = [[params[n] for n in sorted(params)] for params in space.to_params(rows)]
    found = axes.rows(axes.skopt_space.transform(points))
    exact = name not in ("normal", "skewed")
    np.testing.assert_allclose(found, rows, atol=1e-5 if exact else 1e-3)


def test_sub_spaces_have_coordinates_of_their_own():
    space = Space([{"a": (0.0, 1.0)}, {"a": (0.0, 1.0), "b": (1, 3)}])
    for k in range(2):
        rows, axes = space.sample(50, np.random.default_rng(0), k), _axes(space, k)
        points = [list(params.values()) for params in space.to_params(rows)]
        found = axes.rows(axes.skopt_space.transform(points))
        np.testing.assert_allclose(found, rows, atol=1e-9)


def without_scikit_optimize(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "skopt"]:
        monkeypatch.delitem(sys.modules, name)


@pytest.mark.parametrize(
    "written",
    [
        {"a": ["x", "y"], "b": Integer(1, 3, when={"a": "x"})},
        {"a": Layers(1, 3, units=[1, 2, 3])},
        {"a": Layers(2, 2, units=[1, 2, 3])},
    ],
)
def test_spaces_with_conditions_have_no_counterpart(written):
    assert _axes(Space(written), 0) is None


def test_results_have_a_space_even_if_fetched_before_the_import(fitted, monkeypatch):
    without_scikit_optimize(monkeypatch)
    result = fitted.optimizer_results_[0]
    assert result.space.n_dims == 4
    assert len(result.models) == 1


def test_results_can_be_read_without_scikit_optimize(fitted, monkeypatch):
    without_scikit_optimize(monkeypatch)
    monkeypatch.setitem(sys.modules, "skopt", None)
    result = fitted.optimizer_results_[0]
    assert result.models == []
    assert result.fun == -fitted.best_score_
