"""The number of boosting rounds, chosen by the fits of a search."""

import pickle
from typing import ClassVar

import joblib
import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.exceptions import FitFailedWarning
from sklearn.metrics import get_scorer, make_scorer
from sklearn.model_selection import GroupKFold, KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from skhp import BayesSearchCV, GridSearchCV, RandomizedSearchCV

X, Y = make_classification(240, 6, n_informative=4, flip_y=0.2, random_state=0)
NUMBERS = make_regression(120, 5, noise=20.0, random_state=0)
GRID = {"learning_rate": [0.5, 0.05], "max_depth": [3, 1]}


class Counting(StandardScaler):
    """Notes what is done with how many rows."""

    calls: ClassVar[list[tuple[str, int]]] = []

    def fit(self, X, y=None):
        self.calls.append(("fit", len(X)))
        return super().fit(X, y)

    def transform(self, X):
        self.calls.append(("transform", len(X)))
        return super().transform(X)


def lightgbm(**params):
    library = pytest.importorskip("lightgbm")
    return library.LGBMClassifier(verbose=-1, random_state=0, **params)


def hist(**params):
    return HistGradientBoostingClassifier(random_state=0, **params)


def search_of(model=None, grid=GRID, **params):
    settings = {"resource": "auto", "max_resources": 60, "cv": 3} | params
    return GridSearchCV(hist() if model is None else model, grid, **settings)


@pytest.fixture(scope="module")
def fitted():
    return search_of(early_stopping=False, refit=False).fit(X, Y)


def slow_table(scoring="accuracy", rounds=range(10, 61, 10)):
    """Return the scores of each candidate and number of rounds, from plain fits."""
    search = GridSearchCV(
        hist(early_stopping=False),
        {**{k: v for k, v in GRID.items()}, "max_iter": list(rounds)},
        scoring=scoring,
        cv=3,
        refit=False,
    ).fit(X, Y)
    results = search.cv_results_
    table = {}
    for i, params in enumerate(results["params"]):
        key = params["learning_rate"], params["max_depth"]
        splits = [results[f"split{k}_test_score"][i] for k in range(3)]
        table.setdefault(key, {})[params["max_iter"]] = splits
    return table


def test_scores_and_rounds_are_those_of_plain_fits_of_every_length(fitted):
    table, results = slow_table(), fitted.cv_results_
    for i, params in enumerate(results["params"]):
        curve = table[params["learning_rate"], params["max_depth"]]
        means = {n: np.mean(splits) for n, splits in curve.items()}
        best = max(means, key=lambda n: (means[n], -n))
        assert params["max_iter"] == best == results["n_resources"][i]
        for k in range(3):
            assert results[f"split{k}_test_score"][i] == curve[best][k]
        scores = fitted.boosting_curves_["test_score"][i]
        expected = np.transpose([curve[n] for n in sorted(curve)])
        np.testing.assert_allclose(scores, expected, rtol=1e-6)


def test_columns_tell_what_was_trained(fitted):
    results = fitted.cv_results_
    assert results["n_resources_trained"].tolist() == [60] * 4
    assert results["stopped"].tolist() == [""] * 4
    assert results["param_max_iter"].tolist() == results["n_resources"].tolist()
    assert fitted.boosting_curves_["n_resources"].tolist() == [10, 20, 30, 40, 50, 60]


def test_the_best_candidate_is_refitted_with_its_number_of_rounds():
    search = search_of().fit(X, Y)
    n = search.best_params_["max_iter"]
    assert search.best_estimator_.get_params()["max_iter"] == n
    assert search.best_estimator_.n_iter_ == n
    assert search.best_score_ == search.cv_results_["mean_test_score"].max()


def test_hopeless_and_flat_candidates_are_trained_less():
    search = search_of(grid={"learning_rate": [0.1, 1e-6]}, n_iter_no_change=20)
    results = search.fit(X, Y).cv_results_
    assert results["n_resources_trained"][1] < 60
    assert results["stopped"][1] in ("hopeless", "no improvement")
    assert np.isnan(search.boosting_curves_["test_score"][1, :, -1]).all()


def test_none_changes_nothing():
    plain = GridSearchCV(hist(), GRID, cv=3).fit(X, Y)
    assert "n_resources" not in plain.cv_results_
    assert "max_iter" not in plain.best_params_
    assert not hasattr(plain, "boosting_curves_")


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_workers_give_the_same_table(fitted, n_jobs, backend):
    with joblib.parallel_config(backend, n_jobs=n_jobs):
        search = search_of(early_stopping=False, refit=False).fit(X, Y)
    for name, column in fitted.cv_results_.items():
        if "time" not in name:
            np.testing.assert_array_equal(search.cv_results_[name], column)


@pytest.mark.parametrize(
    "scoring", ["roc_auc", "neg_log_loss", ["accuracy", "roc_auc"]]
)
def test_a_scorer_of_your_own_gives_what_scikit_learns_gives(scoring):
    """Ours sees truncated models instead of predictions."""

    def own(estimator, X, y):
        found = [get_scorer(name)(estimator, X, y) for name in names]
        return (
            found[0]
            if isinstance(scoring, str)
            else dict(zip(names, found, strict=True))
        )

    names = [scoring] if isinstance(scoring, str) else scoring
    refit = "roc_auc"
    model = Pipeline([("scale", StandardScaler()), ("model", hist())])
    grid = {"model__learning_rate": [0.3]}
    settings = {"early_stopping": False, "refit": refit, "cv": 3}
    fast = search_of(model, grid, scoring=scoring, **settings).fit(X, Y)
    slow = search_of(model, grid, scoring=own, **settings).fit(X, Y)
    assert slow.best_params_ == fast.best_params_
    for name, column in fast.cv_results_.items():
        if name.startswith("split"):
            np.testing.assert_array_equal(slow.cv_results_[name], column)


def test_of_several_metrics_that_for_the_refit_chooses_and_others_follow():
    scoring = ["neg_log_loss", "accuracy"]
    settings = {"early_stopping": False, "cv": 3, "scoring": scoring}
    grid = {"learning_rate": [0.5]}
    for refit in scoring:
        search = search_of(grid=grid, refit=refit, **settings).fit(X, Y)
        n = search.best_params_["max_iter"]
        plain = GridSearchCV(
            hist(max_iter=n, early_stopping=False),
            grid,
            cv=3,
            scoring=scoring,
            refit=refit,
        ).fit(X, Y)
        for name in scoring:
            key = f"mean_test_{name}"
            assert search.cv_results_[key] == plain.cv_results_[key]


def test_training_scores_are_those_at_the_best_number_of_rounds():
    search = search_of(grid={"learning_rate": [0.3]}, return_train_score=True)
    search.fit(X, Y)
    plain = GridSearchCV(
        hist(max_iter=search.best_params_["max_iter"], early_stopping=False),
        {"learning_rate": [0.3]},
        cv=3,
        return_train_score=True,
    ).fit(X, Y)
    key = "mean_train_score"
    assert search.cv_results_[key] == plain.cv_results_[key]


def test_targets_of_one_test_fold_decide_nothing_but_its_scores():
    """Without a choice to make, that is: with max_resources of one point."""
    changed = Y.copy()
    splits = list(KFold(3).split(X))
    settings = {"max_resources": 10, "cv": splits, "refit": False, "scoring": "roc_auc"}
    before = search_of(**settings).fit(X, Y).cv_results_
    rows = splits[1][1]
    outside = np.setdiff1d(np.arange(len(Y)), rows)
    # Each row is in the training rows of two folds, so only fold 1 is fitted here.
    settings["cv"] = [splits[1]]
    changed[rows] = np.random.default_rng(0).permutation(changed[rows])
    after = search_of(**settings).fit(X, changed)
    np.testing.assert_array_equal(changed[outside], Y[outside])
    plain = GridSearchCV(
        hist(max_iter=10, early_stopping=False),
        GRID,
        cv=[splits[1]],
        refit=False,
        scoring="roc_auc",
    ).fit(X, changed)
    np.testing.assert_array_equal(
        after.cv_results_["split0_test_score"], plain.cv_results_["split0_test_score"]
    )
    assert not np.array_equal(
        after.cv_results_["split0_test_score"], before["split1_test_score"]
    )


def test_lightgbm_in_a_pipeline_with_mixed_columns_and_class_weights():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X[:, :4], columns=list("abcd"))
    frame["city"] = np.where(X[:, 4] > 0, "Rome", "Oslo")
    columns = make_column_transformer(
        (OneHotEncoder(sparse_output=False), ["city"]),
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    model = Pipeline(
        [("columns", columns), ("model", lightgbm(class_weight="balanced"))]
    )
    search = BayesSearchCV(
        model,
        {"model__learning_rate": (0.05, 0.5, "log-uniform")},
        n_iter=3,
        resource="model__n_estimators",
        max_resources=40,
        scoring="roc_auc",
        cv=3,
        random_state=0,
    ).fit(frame, Y)
    best = search.best_params_
    plain = GridSearchCV(
        model, {k: [v] for k, v in best.items()}, scoring="roc_auc", cv=3
    ).fit(frame, Y)
    assert plain.best_score_ == search.best_score_
    assert search.predict(frame).shape == Y.shape


def test_lightgbm_with_pandas_categories_weights_and_groups():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X[:, :4], columns=list("abcd"))
    frame["city"] = pd.Categorical(np.where(X[:, 4] > 0, "Rome", "Oslo"))
    weight, groups = np.linspace(0.5, 2.0, len(Y)), np.arange(len(Y)) % 7
    settings = {"cv": GroupKFold(3), "scoring": "neg_log_loss"}
    search = search_of(lightgbm(), {"learning_rate": [0.2]}, **settings)
    search.fit(frame, Y, groups=groups, sample_weight=weight)
    plain = GridSearchCV(
        lightgbm(), {k: [v] for k, v in search.best_params_.items()}, **settings
    )
    plain.fit(frame, Y, groups=groups, sample_weight=weight)
    assert plain.best_score_ == search.best_score_


@pytest.mark.parametrize(
    "model",
    [HistGradientBoostingRegressor(random_state=0), GradientBoostingRegressor()],
)
def test_regression(model):
    name = "max_iter" if "max_iter" in model.get_params() else "n_estimators"
    model.set_params(random_state=0)
    search = RandomizedSearchCV(
        make_pipeline(StandardScaler(), model),
        {f"{type(model).__name__.lower()}__learning_rate": [0.3]},
        n_iter=1,
        resource="auto",
        max_resources=50,
        cv=3,
    ).fit(*NUMBERS)
    step = type(model).__name__.lower()
    plain = GridSearchCV(
        make_pipeline(StandardScaler(), model),
        {k: [v] for k, v in search.best_params_.items()},
        cv=3,
    ).fit(*NUMBERS)
    assert f"{step}__{name}" in search.best_params_
    assert plain.best_score_ == search.best_score_


def test_earlier_steps_are_fitted_once_for_each_split_of_a_whole_search():
    model = Pipeline([("scale", Counting()), ("model", hist())])
    Counting.calls.clear()
    search = search_of(
        model,
        {"model__max_depth": [1, 2, 3], "model__learning_rate": [0.1, 0.3]},
        refit=False,
    ).fit(X, Y)
    assert len(search.cv_results_["params"]) == 6
    for action, n_rows in [("fit", 160), ("transform", 160), ("transform", 80)]:
        assert Counting.calls.count((action, n_rows)) == 3  # and not of each candidate
    assert len(Counting.calls) == 9


def test_a_fold_that_fails_fails_its_candidate_and_no_other():
    class Picky(HistGradientBoostingClassifier):
        def fit(self, X, y, **params):
            if self.learning_rate < 0.1 and X[0, 0] == first:
                raise ValueError("no")
            return super().fit(X, y, **params)

    splits = list(KFold(3).split(X))
    first = X[splits[1][0][0], 0]
    with pytest.warns(FitFailedWarning):
        search = search_of(
            Picky(random_state=0), {"learning_rate": [0.3, 0.01]}, cv=splits
        ).fit(X, Y)
    results = search.cv_results_
    assert results["status"].tolist() == ["ok", "failed"]
    assert np.isnan(results["mean_test_score"][1])
    assert search.best_params_["learning_rate"] == 0.3


def test_error_score_raise_raises():
    search = search_of(grid={"learning_rate": [-1.0]}, error_score="raise")
    with pytest.raises(ValueError, match="learning_rate"):
        search.fit(X, Y)


def test_the_refit_trains_for_all_its_rounds_also_on_many_rows():
    """Where scikit-learn's early_stopping="auto" would turn itself on."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(10_500, 2))
    search = search_of(hist(), {"max_depth": [1]}, cv=2, max_resources=30)
    search.fit(rows, rows[:, 0] > rng.normal(size=len(rows)))
    assert search.best_estimator_.n_iter_ == search.best_params_["max_iter"]
    assert search.best_estimator_.validation_score_.size == 0


class InLogs(HistGradientBoostingRegressor):
    """Is trained on logarithms, and predicts numbers."""

    def fit(self, X, y, **params):
        return super().fit(X, np.log(y), **params)

    def predict(self, X):
        return np.exp(super().predict(X))


def test_a_subclass_is_scored_by_its_own_predictions():
    X, y = NUMBERS
    y = np.exp(y / y.std())
    search = search_of(InLogs(random_state=0), {"max_depth": [2]}).fit(X, y)
    best = search.best_params_
    plain = GridSearchCV(
        InLogs(random_state=0, early_stopping=False),
        {name: [value] for name, value in best.items()},
        cv=3,
    ).fit(X, y)
    assert plain.best_score_ == search.best_score_


@pytest.mark.parametrize("error_score", [np.nan, 0.0])
def test_rounds_whose_score_fails_are_never_the_best(error_score):
    def loss(y, p):
        if np.ptp(p) > 0.8:  # after some rounds
            raise ValueError("too far apart")
        return np.mean((y - p) ** 2)

    scorer = make_scorer(loss, greater_is_better=False, response_method="predict_proba")
    search = search_of(
        grid={"learning_rate": [0.1]}, scoring=scorer, error_score=error_score
    ).fit(X, Y)
    curve = search.boosting_curves_["test_score"][0]
    assert np.isnan(curve).any()
    point = search.best_params_["max_iter"] // 10 - 1
    assert np.isfinite(curve[:, point]).all()
    assert search.best_score_ == pytest.approx(curve[:, point].mean())


class FailsAt25(GradientBoostingClassifier):
    """Fails on one split, for one candidate, after 25 rounds."""

    def fit(self, X, y, monitor=None, **params):
        def failing(i, model, frame):
            if i == 25 and self.is_bad and X[0, 0] == FIRST:
                raise ValueError("no")
            return monitor(i, model, frame)

        self.is_bad = self.learning_rate == 0.05 and self.max_depth == 3
        return super().fit(X, y, monitor=failing, **params)


FIRST = X[next(KFold(3).split(X))[0][0], 0]  # of the training rows of split 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
def test_a_search_stopped_in_the_middle_of_a_candidate_resumes_to_the_same_table(
    tmp_path,
):
    splits = list(KFold(3).split(X))
    settings = {"n_iter_no_change": 20, "refit": False, "cv": splits}
    settings["model"] = FailsAt25(random_state=0)
    whole = search_of(journal=tmp_path / "whole", **settings).fit(X, Y)
    assert whole.cv_results_["status"].tolist() == ["ok", "ok", "failed", "ok"]
    lines = (tmp_path / "whole").read_bytes().splitlines(keepends=True)
    for n in range(2, len(lines)):
        path = tmp_path / f"cut{n}"
        path.write_bytes(b"".join(lines[:n]))
        resumed = search_of(journal=path, **settings).fit(X, Y)
        for name, column in whole.cv_results_.items():
            if "time" not in name:
                np.testing.assert_array_equal(resumed.cv_results_[name], column)
        np.testing.assert_array_equal(
            resumed.boosting_curves_["test_score"], whole.boosting_curves_["test_score"]
        )
        kept = path.read_bytes().splitlines(keepends=True)
        assert kept[:n] == lines[:n]


def test_a_pickled_search_is_extended_like_the_search_itself():
    settings = {
        "n_iter": 3,
        "resource": "auto",
        "max_resources": 30,
        "cv": 3,
        "random_state": 0,
    }
    space = {"learning_rate": (0.01, 1.0, "log-uniform")}
    search = BayesSearchCV(hist(), space, **settings).fit(X, Y)
    copied = pickle.loads(pickle.dumps(search))
    for each in (search, copied):
        each.extend(X, Y, n_iter=2)
    for name, column in search.cv_results_.items():
        if "time" not in name:
            np.testing.assert_array_equal(copied.cv_results_[name], column)
    assert len(search.cv_results_["params"]) == 5


@pytest.mark.parametrize(
    ("model", "params", "message"),
    [
        (SVC(), {}, "must be None unless the estimator is boosting .* SVC"),
        (RandomForestClassifier(), {}, "a forest is best with all its trees"),
        (hist(), {"resource": "n_estimators"}, "must be 'auto' or 'max_iter'"),
        (hist(), {"max_resources": 5}, "must be at least 10"),
        (hist(early_stopping=True), {}, "'early_stopping' must not be set"),
        (hist(), {"grid": {"max_iter": [10, 20]}}, "must not be searched"),
        (
            make_pipeline(StandardScaler(), hist()),
            {"resource": "max_iter"},
            "must be 'auto' or 'histgradientboostingclassifier__max_iter'",
        ),
    ],
)
def test_what_cannot_be_done_is_said_before_the_first_fit(model, params, message):
    params = {"grid": {}} | params
    with pytest.raises(ValueError, match=message):
        search_of(model, **params).fit(X, Y)


def test_dart_and_evaluation_sets_are_refused():
    with pytest.raises(ValueError, match="rounds do not add up one by one"):
        search_of(lightgbm(boosting_type="dart"), {}).fit(X, Y)
    with pytest.raises(ValueError, match="'eval_set' must not be set"):
        search_of(lightgbm(), {}).fit(X, Y, eval_set=[(X, Y)])
    from lightgbm import early_stopping

    with pytest.raises(ValueError, match=r"early_stopping.* must not be set"):
        search_of(lightgbm(), {}).fit(X, Y, callbacks=[early_stopping(5)])


def test_other_names_of_the_number_of_rounds_are_refused():
    with pytest.raises(ValueError, match="must not also have as 'num_iterations'"):
        search_of(lightgbm(num_iterations=30), {}).fit(X, Y)
    with pytest.raises(ValueError, match="must not be searched"):
        search_of(lightgbm(), {"num_trees": [30]}).fit(X, Y)


def test_pipelines_that_pass_their_rows_on_in_another_way_are_refused():
    model = Pipeline([("model", hist())], transform_input=["X_val"])
    with pytest.raises(ValueError, match="without transform_input"):
        search_of(model, {}).fit(X, Y)


def test_a_search_without_rounds_forgets_the_curves_of_an_earlier_one():
    search = search_of(grid={"max_depth": [1]}).fit(X, Y)
    search.set_params(resource=None).fit(X, Y)
    assert not hasattr(search, "boosting_curves_")
