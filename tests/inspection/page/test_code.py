import functools

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from sklearn.base import BaseEstimator
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler, StandardScaler
from sklearn.svm import SVC

from skhp.inspection.page._code import code_of
from tests._toys import Echo


def rebuilt(estimator):
    """Return what the code of an estimator builds, which has no gaps."""
    code = code_of(estimator)
    assert code.gaps == []
    names = {}
    exec(code.text, names)
    return names["model"]


PIPELINE = Pipeline(
    [
        ("scale", MinMaxScaler(feature_range=(-1, 1))),
        ("log", FunctionTransformer(np.log1p, kw_args={"where": True})),
        ("columns", ColumnTransformer([("a", StandardScaler(), [0, 1])])),
        ("svc", SVC(C=np.float64(1 / 3), class_weight={0: 1, 1: np.float32(0.1)})),
    ],
    memory=None,
)
ESTIMATORS = {
    "plain": SVC(),
    "pipeline": PIPELINE,
    "in a list": StackingClassifier([("a", SVC(gamma="auto")), ("b", "drop")]),
    "alone in a tuple": Echo(value=(1,), other={"a": [None, True, b"b"], 2: set()}),
    "quotes": Echo(other='it\'s "quoted"\n', fails=("", "'", '"')),
    "not finite": Echo(value=float("inf"), other=[-np.inf, slice(1, 2), range(3)]),
    "small numbers": Echo(value=5e-324, other=np.int8(-3)),
    "a class": Echo(value=SVC, other=[int, np.mean, len, np.float32]),
    "unlisted": LGBMClassifier(n_estimators=7, bagging_seed=3),
    "no names": LGBMClassifier(**{"lambda": 0.5, "it's": {"a": [1]}}),
    "set to the default": LogisticRegression(C=1.0, max_iter=100),
    "as old as true": Echo(fails=0, value=False, other=1.0),
}


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
def test_code_builds_an_estimator_with_the_same_parameters(estimator):
    twin = rebuilt(estimator)
    assert type(twin) is type(estimator)
    assert str(twin.get_params()) == str(plain(estimator).get_params())


def plain(estimator):
    """Return the estimator with numbers of NumPy as those of Python."""
    if estimator is PIPELINE:
        estimator.set_params(svc__C=1 / 3)
        weights = {0: 1, 1: float(np.float32(0.1))}
        return estimator.set_params(svc__class_weight=weights)
    if isinstance(estimator, Echo) and isinstance(estimator.other, np.generic):
        return Echo(estimator.value, estimator.other.item())
    return estimator


def test_arrays_are_written_with_their_type():
    priors = np.array([0.25, 0.75], dtype=np.float32)
    found = rebuilt(Echo(value=priors)).value
    np.testing.assert_array_equal(found, priors)
    assert found.dtype == priors.dtype


def test_only_what_differs_from_the_defaults_is_written():
    code = code_of(SVC(C=2.0, gamma="scale"))
    assert code.text == "from sklearn.svm import SVC\n\nmodel = SVC(C=2.0)"


def test_imports_are_from_public_modules_one_line_each():
    text = code_of(PIPELINE).text
    assert "._" not in text
    scalers = "FunctionTransformer, MinMaxScaler, StandardScaler"
    assert f"from sklearn.preprocessing import {scalers}\n" in text
    assert "import numpy as np\n" in text


def test_long_calls_have_a_line_for_each_argument():
    lines = code_of(PIPELINE).text.splitlines()
    assert '        ("scale", MinMaxScaler(feature_range=(-1, 1))),' in lines
    assert max(map(len, lines)) <= 88


class Inner:
    class Nested(BaseEstimator):
        pass


def test_two_classes_of_one_name_are_told_apart():
    import lightgbm

    twin = type("SVC", (SVC,), {"__module__": "lightgbm", "__qualname__": "SVC"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lightgbm, "SVC", twin, raising=False)
        text = code_of(Echo(value=SVC, other=twin)).text
        names = {}
        exec(text, names)
        assert (names["model"].value, names["model"].other) == (SVC, twin)
    assert "import sklearn.svm\n" in text


UNWRITTEN = {
    "function": lambda x: x,
    "partial": functools.partial(np.mean, axis=1),
    "generator": np.random.RandomState(0),
    "array": np.arange(1000.0),
    "objects": np.array([object()]),
    "long list": ["a"] * 2000,
    "estimator": Inner.Nested(),
    "key": {SVC(): 1},
}


@pytest.mark.parametrize("value", UNWRITTEN.values(), ids=UNWRITTEN)
def test_what_cannot_be_written_is_a_gap_with_its_place(value):
    code = code_of(Pipeline([("a", Echo(other=[1, value]))]))
    assert len(code.gaps) == 1
    assert code.gaps[0].startswith("model.steps[0][1].other[1]: ")
    assert "..." in code.text
    compile(code.text, "", "exec")


def test_classes_of_a_script_are_a_gap(monkeypatch):
    monkeypatch.setattr(Echo, "__module__", "__main__")
    code = code_of(Echo())
    assert code.text == "model = ..."
    assert code.gaps == ["model: Echo()"]
