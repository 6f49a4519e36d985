import re
import warnings

import lightgbm
import numpy as np
import pytest
import sklearn.utils
from sklearn.base import is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import (
    LogisticRegression,
    LogisticRegressionCV,
    Ridge,
    SGDClassifier,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC

from skhp.exceptions import InvalidParameterError
from skhp.space import Layers, OneOf, Space, check_names, preset_space
from skhp.space._presets import _PRESETS

ESTIMATORS = dict(sklearn.utils.all_estimators()) | {
    "LGBMClassifier": lightgbm.LGBMClassifier,
    "LGBMRegressor": lightgbm.LGBMRegressor,
}
IRIS = load_iris(return_X_y=True)
DIABETES = tuple(values[::3] for values in load_diabetes(return_X_y=True))
COUNTS = ("n_estimators", "iterations", "max_iter")
LIBRARIES = {"XGB": "xgboost", "CatBoost": "catboost", "NeuralNet": "skorch"}


def made(name):
    """Return an estimator that has a preset, or skip the test."""
    if name in ESTIMATORS:
        return ESTIMATORS[name]()
    package = next(p for start, p in LIBRARIES.items() if name.startswith(start))
    return getattr(pytest.importorskip(package), name)()


@pytest.mark.parametrize("name", _PRESETS)
def test_a_preset_holds_parameters_its_estimator_accepts(name):
    space, estimator = Space(preset_space(name)), made(name)
    if not name.startswith("CatBoost"):  # which lists only what was set
        check_names(space.names, estimator.get_params(), name)
    for params in space.to_params(space.sample(20, np.random.default_rng(0))):
        estimator.set_params(**params)
        if hasattr(estimator, "_parameter_constraints"):
            estimator._validate_params()


@pytest.mark.parametrize("name", sorted(set(_PRESETS) - {"NeuralNet"}))
def test_a_preset_fits_a_table(name):
    X, y = DIABETES if is_regressor(made(name)) else IRIS
    space = Space(preset_space(name))
    for params in space.to_params(space.sample(2, np.random.default_rng(0))):
        few = {count: 5 for count in COUNTS if count in made(name).get_params()}
        model = made(name).set_params(**{**params, **few})
        if name.startswith("CatBoost"):
            model.set_params(iterations=5, verbose=False, allow_writing_files=False)
        if name.startswith("LGBM"):
            model.set_params(verbose=-1, n_jobs=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted = Pipeline([("scale", MinMaxScaler()), ("model", model)]).fit(X, y)
        assert np.all(np.isfinite(fitted.predict(X)))


def test_a_prefix_reaches_every_name():
    assert all(name.startswith("clf__") for name in preset_space("SVC", "clf__"))


@pytest.mark.parametrize(
    "unknown", ["Foo", PCA(), make_pipeline(PCA()), 3, LogisticRegressionCV()]
)
def test_an_unknown_estimator_lists_the_known(unknown):
    given = unknown if isinstance(unknown, str) else type(unknown).__name__
    message = rf"AdaBoostClassifier.*XGBRegressor.*Got {given!r}"
    with pytest.raises(InvalidParameterError, match=message):
        preset_space(unknown)


@pytest.mark.foreign
def test_a_forest_of_xgboost_is_not_searched_as_boosting():
    library = pytest.importorskip("xgboost", exc_type=ImportError)
    for cls in (library.XGBRFClassifier, library.XGBRFRegressor):
        with pytest.raises(InvalidParameterError, match=f"Got '{cls.__name__}'"):
            preset_space(cls())


def test_a_class_is_not_taken_for_an_estimator():
    message = "Got the class Ridge: write Ridge\\(\\) or 'Ridge'"
    for wrong in (Ridge, [SVC(), Ridge]):
        with pytest.raises(InvalidParameterError, match=message):
            preset_space(wrong, "model__")


def test_each_loss_of_stochastic_gradient_descent_gives_probabilities():
    for loss in preset_space("SGDClassifier")["loss"].choices:
        assert hasattr(SGDClassifier(loss=loss), "predict_proba")


def test_neighbors_are_no_more_than_two_folds_of_few_rows_have():
    assert preset_space("KNeighborsRegressor")["n_neighbors"].high == 50


class Mine(SVC):
    """A class of the user."""


PREPARE = ColumnTransformer([("numbers", StandardScaler(), [0, 1])])


@pytest.mark.parametrize(
    ("estimator", "prefix"),
    [
        (SVC(), ""),
        (Mine(), ""),
        (Pipeline([("scale", StandardScaler()), ("svm", SVC())]), "svm__"),
        (Pipeline([("prepare", PREPARE), ("svm", SVC())]), "svm__"),
        (Pipeline([("in", make_pipeline(PREPARE, SVC()))]), "in__svc__"),
        (CalibratedClassifierCV(SVC()), "estimator__"),
        (Pipeline([("c", CalibratedClassifierCV(SVC()))]), "c__estimator__"),
        (make_pipeline(SelectFromModel(RandomForestClassifier()), SVC()), "svc__"),
    ],
)
def test_the_model_is_found_in_what_is_around_it(estimator, prefix):
    space = preset_space(estimator)
    assert space == preset_space("SVC", prefix)
    estimator.set_params(**Space(space).to_params([[0.3] * len(space)])[0])


def test_the_regressor_of_a_transformed_target_is_searched():
    assert list(preset_space(TransformedTargetRegressor(Ridge()))) == [
        "regressor__alpha"
    ]


def test_two_steps_with_the_same_space_are_refused():
    models = SelectFromModel(LogisticRegression()), LogisticRegression()
    message = re.escape("steps 'selectfrommodel' and 'logisticregression' could be")
    with pytest.raises(InvalidParameterError, match=message):
        preset_space(make_pipeline(*models))


def test_of_several_models_one_is_chosen_with_its_parameters():
    models = [SVC(), SVC(kernel="poly"), Ridge()]
    (choice,) = preset_space(models, "model__").values()
    assert isinstance(choice, OneOf)
    assert list(choice.alternatives) == ["SVC", "SVC 2", "Ridge"]
    assert choice.alternatives["Ridge"] == (models[2], preset_space("Ridge"))


@pytest.mark.parametrize(("models", "prefix"), [([SVC()], ""), ([], "model__")])
def test_several_models_need_a_place(models, prefix):
    with pytest.raises(InvalidParameterError, match="must be given at least one"):
        preset_space(models, prefix)


def test_a_preset_can_be_changed():
    changed = preset_space("MLPClassifier")
    assert isinstance(changed.pop("hidden_layer_sizes"), Layers)
    assert "hidden_layer_sizes" in preset_space("MLPClassifier")
