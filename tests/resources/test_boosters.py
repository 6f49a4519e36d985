"""Watching a fit changes nothing, and a prefix is the model of a shorter fit."""

import copy
import pickle

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.datasets import make_classification, make_regression
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.metrics import get_scorer

from skhp.resources._boosters import booster_for, what_stops_by_itself
from skhp.resources._partial_model import PartialModel

pytestmark = pytest.mark.foreign  # and of LightGBM and scikit-learn

BINARY = make_classification(300, 8, n_informative=5, random_state=0)
CLASSES = make_classification(
    300, 8, n_informative=5, n_classes=3, n_clusters_per_class=1, random_state=0
)
NUMBERS = make_regression(300, 8, noise=10.0, random_state=0)
WORDS = BINARY[0], np.array(["no", "yes"])[BINARY[1]]
COUNTS = NUMBERS[0], np.random.default_rng(0).poisson(np.exp(NUMBERS[0][:, 0]))


def lightgbm(name, **params):
    library = pytest.importorskip("lightgbm")
    return getattr(library, name)(verbose=-1, n_jobs=1, random_state=0, **params)


def xgboost(name, **params):
    library = pytest.importorskip("xgboost", exc_type=ImportError)
    return getattr(library, name)(n_jobs=1, random_state=0, **params)


def catboost(name, **params):
    library = pytest.importorskip("catboost", exc_type=ImportError)
    silent = {"verbose": False, "allow_writing_files": False, "thread_count": 1}
    return getattr(library, name)(learning_rate=0.1, random_seed=0, **silent, **params)


def scikit_learn(cls, **params):
    return cls(random_state=0, **params)


DRAWN = {"subsample": 0.7, "subsample_freq": 1, "colsample_bytree": 0.7}
CASES = {
    "lightgbm": (lightgbm, "LGBMClassifier", {}, BINARY),
    "lightgbm, rows and columns drawn": (lightgbm, "LGBMClassifier", DRAWN, BINARY),
    "lightgbm, words": (lightgbm, "LGBMClassifier", {}, WORDS),
    "lightgbm, classes": (lightgbm, "LGBMClassifier", {}, CLASSES),
    "lightgbm, goss": (lightgbm, "LGBMClassifier", {"boosting_type": "goss"}, BINARY),
    "lightgbm, numbers": (lightgbm, "LGBMRegressor", {}, NUMBERS),
    "lightgbm, counts": (lightgbm, "LGBMRegressor", {"objective": "poisson"}, COUNTS),
    "xgboost": (xgboost, "XGBClassifier", {}, BINARY),
    "xgboost, drawn": (xgboost, "XGBClassifier", {"subsample": 0.7}, BINARY),
    "xgboost, classes": (xgboost, "XGBClassifier", {}, CLASSES),
    "xgboost, numbers": (xgboost, "XGBRegressor", {}, NUMBERS),
    "catboost": (catboost, "CatBoostClassifier", {}, BINARY),
    "catboost, words": (catboost, "CatBoostClassifier", {}, WORDS),
    "catboost, classes": (catboost, "CatBoostClassifier", {}, CLASSES),
    "catboost, numbers": (catboost, "CatBoostRegressor", {}, NUMBERS),
    "hist": (scikit_learn, HistGradientBoostingClassifier, {}, BINARY),
    "hist, drawn": (
        scikit_learn,
        HistGradientBoostingClassifier,
        {"max_features": 0.5},
        BINARY,
    ),
    "hist, words": (scikit_learn, HistGradientBoostingClassifier, {}, WORDS),
    "hist, classes": (scikit_learn, HistGradientBoostingClassifier, {}, CLASSES),
    "hist, numbers": (scikit_learn, HistGradientBoostingRegressor, {}, NUMBERS),
    "hist, counts": (
        scikit_learn,
        HistGradientBoostingRegressor,
        {"loss": "poisson"},
        COUNTS,
    ),
    "gradient": (scikit_learn, GradientBoostingClassifier, {}, BINARY),
    "gradient, drawn": (
        scikit_learn,
        GradientBoostingClassifier,
        {"subsample": 0.7, "max_features": 0.5},
        BINARY,
    ),
    "gradient, exponential": (
        scikit_learn,
        GradientBoostingClassifier,
        {"loss": "exponential"},
        BINARY,
    ),
    "gradient, words": (scikit_learn, GradientBoostingClassifier, {}, WORDS),
    "gradient, classes": (scikit_learn, GradientBoostingClassifier, {}, CLASSES),
    "gradient, numbers": (scikit_learn, GradientBoostingRegressor, {}, NUMBERS),
}


@pytest.fixture(params=CASES)
def case(request):
    make, cls, params, (X, y) = CASES[request.param]
    return make(cls, **params), X[:200], y[:200], X[200:], y[200:]


def train(model, X, y, X_test, *, until=25, stop_at=None):
    """Train, and return the responses after each round."""
    booster = booster_for(model)
    model.set_params(**{booster.param: until})
    seen = {}

    def watch(n, responses):
        seen[n] = responses()
        return n == stop_at

    booster.train(model, X, y, {}, X_test, watch)
    return booster, seen


def short_fit(model, n, X, y):
    booster = booster_for(model)
    return clone(model).set_params(**{booster.param: n}).fit(X, y)


def answers(model, X):
    names = ("predict", "predict_proba", "decision_function")
    return {name: getattr(model, name)(X) for name in names if hasattr(model, name)}


def assert_same(found, expected):
    # LightGBM shows no raw predictions, which its newest version's scorers would use.
    assert {"predict"} <= found.keys() <= expected.keys()
    for name in found:
        np.testing.assert_array_equal(
            np.ravel(found[name]), np.ravel(expected[name]), err_msg=name
        )


def test_each_prefix_predicts_what_a_short_fit_predicts(case):
    model, X, y, X_test, _ = case
    unfitted = clone(model)
    _, seen = train(model, X, y, X_test)
    assert list(seen) == list(range(1, 26))
    classes = np.unique(y) if is_classifier(model) else None
    for n in (1, 2, 10, 25):
        expected = short_fit(unfitted, n, X, y)
        assert_same(
            answers(PartialModel(model, classes, seen[n]), X_test),
            answers(expected, X_test),
        )


def test_a_truncated_model_is_the_model_of_a_short_fit_also_when_pickled(case):
    model, X, y, X_test, _ = case
    unfitted = clone(model)
    booster, _ = train(model, X, y, X_test)
    for n in (25, 10, 1, 13):
        short = pickle.loads(pickle.dumps(booster.first_rounds(model, n)))
        expected = short_fit(unfitted, n, X, y)
        assert_same(answers(short, X_test), answers(expected, X_test))
        # As texts, because nan is not nan.
        found = {name: repr(value) for name, value in short.get_params().items()}
        assert found == {k: repr(v) for k, v in expected.get_params().items()}


def test_nothing_is_left_of_watching_histogram_gradient_boosting():
    model = HistGradientBoostingRegressor(early_stopping=False, random_state=0)
    expected = short_fit(model, 3, *NUMBERS)
    train(model, *NUMBERS, NUMBERS[0], until=3)
    assert model.do_early_stopping_ is expected.do_early_stopping_
    assert len(model.train_score_) == len(expected.train_score_)
    assert len(model.validation_score_) == len(expected.validation_score_)


def test_scores_of_gradient_boosting_are_cut_with_its_rounds():
    model = GradientBoostingRegressor(subsample=0.7, random_state=0)
    expected = short_fit(model, 3, *NUMBERS)
    booster, _ = train(model, *NUMBERS, NUMBERS[0], until=5)
    short = booster.first_rounds(model, 3)
    for name in ("n_estimators_", "train_score_", "oob_scores_", "oob_score_"):
        assert np.array_equal(getattr(short, name), getattr(expected, name)), name


def test_training_ends_where_it_is_stopped(case):
    model, X, y, X_test, _ = case
    unfitted = clone(model)
    booster, seen = train(model, X, y, X_test, stop_at=10)
    assert max(seen) == 10
    short = booster.first_rounds(model, 10)
    assert_same(answers(short, X_test), answers(short_fit(unfitted, 10, X, y), X_test))


def test_scorers_score_a_prefix_as_they_score_the_model(case):
    model, X, y, X_test, y_test = case
    unfitted = clone(model)
    _, seen = train(model, X, y, X_test)
    expected = short_fit(unfitted, 10, X, y)
    names = ["r2", "neg_mean_absolute_error", "neg_root_mean_squared_error"]
    classes = None
    if is_classifier(model):
        classes = np.unique(y)
        names = ["accuracy", "f1_macro", "neg_log_loss", "balanced_accuracy"]
        names.append("roc_auc" if len(classes) == 2 else "roc_auc_ovr")
    prefix = PartialModel(model, classes, seen[10])
    for name in names:
        scorer = get_scorer(name)
        assert scorer(prefix, X_test, y_test) == scorer(expected, X_test, y_test), name
    score = prefix.score(X_test, y_test)
    assert score == pytest.approx(expected.score(X_test, y_test), rel=1e-15)


def test_targets_of_the_scored_rows_do_not_matter_and_may_be_unknown_classes():
    model = lightgbm("LGBMClassifier")
    X, y = CLASSES
    known = y < 2
    _, seen = train(model, X[known], y[known], X[~known], until=3)
    assert seen[3]["predict_proba"].shape == ((~known).sum(), 2)


def test_callbacks_of_the_user_are_copied_for_each_fit():
    calls = []

    class Counts:
        n = 0

        def __call__(self, env):
            self.n += 1
            calls.append(self.n)

    model, mine = lightgbm("LGBMClassifier"), Counts()
    booster = booster_for(model)
    for _ in range(2):
        booster.train(
            copy.copy(model).set_params(n_estimators=2),
            *BINARY,
            {"callbacks": [mine]},
            BINARY[0],
            lambda n, responses: False,
        )
    assert calls == [1, 2, 1, 2]
    assert mine.n == 0


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (lambda: lightgbm("LGBMClassifier", boosting_type="dart"), "do not add up"),
        (lambda: lightgbm("LGBMClassifier", boosting_type="rf"), "do not add up"),
        (lambda: lightgbm("LGBMClassifier", boosting="dart"), "with boosting='dart'"),
        (lambda: lightgbm("LGBMClassifier", objective=print), "no probabilities"),
        (lambda: xgboost("XGBClassifier", booster="dart"), "booster='dart'"),
        (lambda: xgboost("XGBRFClassifier"), "one round"),
        (
            lambda: xgboost("XGBClassifier", objective="multi:softmax"),
            "no probabilities",
        ),
        (lambda: catboost("CatBoostRegressor").set_params(learning_rate=None), "set"),
        (lambda: catboost("CatBoostRegressor", model_shrink_rate=0.1), "rate=0.1"),
        (lambda: catboost("CatBoostRegressor", langevin=True), "langevin=True"),
        (lambda: catboost("CatBoostRegressor", diffusion_temperature=1), "rature=1"),
        (lambda: catboost("CatBoostClassifier", posterior_sampling=True), "later"),
    ],
)
def test_models_whose_prefixes_are_of_no_use_are_known(model, why):
    model = model()
    assert why in booster_for(model).problem(model)


def test_models_without_rounds_are_not_known():
    assert booster_for(RandomForestClassifier()) is None


@pytest.mark.parametrize(
    ("model", "params", "found"),
    [
        (lambda: HistGradientBoostingClassifier(), {}, None),
        (
            lambda: HistGradientBoostingClassifier(early_stopping=True),
            {},
            "early_stopping",
        ),
        (
            lambda: GradientBoostingClassifier(n_iter_no_change=5),
            {},
            "n_iter_no_change",
        ),
        (
            lambda: lightgbm("LGBMClassifier", early_stopping_round=5),
            {},
            "early_stopping_round",
        ),
        (lambda: lightgbm("LGBMClassifier"), {"eval_set": [BINARY]}, "eval_set"),
        (
            lambda: xgboost("XGBClassifier", early_stopping_rounds=5),
            {},
            "early_stopping_rounds",
        ),
    ],
)
def test_early_stopping_of_the_models_own_is_found(model, params, found):
    assert what_stops_by_itself(model(), params) == found
