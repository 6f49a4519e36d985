import lightgbm
import numpy as np
import pytest
import sklearn.utils

from skhp.exceptions import InvalidParameterError
from skhp.space import Space, check_names, preset_space
from skhp.space._presets import _PRESETS

ESTIMATORS = dict(sklearn.utils.all_estimators()) | {
    "LGBMClassifier": lightgbm.LGBMClassifier,
    "LGBMRegressor": lightgbm.LGBMRegressor,
}


@pytest.mark.parametrize("name", _PRESETS)
def test_a_preset_holds_parameters_its_estimator_accepts(name):
    space = Space(preset_space(name))
    estimator = ESTIMATORS[name]()
    check_names(space.names, estimator.get_params(), name)
    for params in space.to_params(space.sample(20, np.random.default_rng(0))):
        estimator.set_params(**params)
        if hasattr(estimator, "_parameter_constraints"):
            estimator._validate_params()


def test_a_prefix_reaches_every_name():
    assert all(name.startswith("clf__") for name in preset_space("SVC", "clf__"))


def test_an_unknown_estimator_lists_the_known():
    with pytest.raises(InvalidParameterError, match=r"LGBMClassifier.*Got 'Foo'"):
        preset_space("Foo")
