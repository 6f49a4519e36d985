"""scikit-learn's own tests, run against our classes.

The test modules are those in scikit-learn's wheel. While such a module is imported,
the names of its search classes stand for ours, so that parametrisations built at import
time are ours too.
"""

import importlib.util
import inspect
import sys
import warnings
from unittest.mock import patch

import pytest
import sklearn.model_selection

import skhp

OURS = {
    "GridSearchCV": skhp.GridSearchCV,
    "HalvingGridSearchCV": skhp.HalvingGridSearchCV,
    "HalvingRandomSearchCV": skhp.HalvingRandomSearchCV,
    "RandomizedSearchCV": skhp.RandomizedSearchCV,
}


def borrow(module_name):
    """Return the tests of a test module of scikit-learn, by name."""
    origin = importlib.util.find_spec(module_name).origin
    alias = f"borrowed_{module_name.rpartition('.')[2]}"
    spec = importlib.util.spec_from_file_location(alias, origin)
    module = importlib.util.module_from_spec(spec)
    sys.modules[alias] = module  # so that its classes can be pickled
    with (
        patch.multiple(sklearn.model_selection, **OURS),
        patch("sklearn.utils.all_estimators", list),  # some walk through all of them
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        spec.loader.exec_module(module)
        tests = {
            name: test
            for name, test in vars(module).items()
            if name.startswith("test_") and inspect.isfunction(test)
        }
        for test in tests.values():
            marks = getattr(test, "pytestmark", [])
            test.pytestmark = [_with_list(mark) for mark in marks]
    return tests


def _with_list(mark):
    """Make a list of parameters that are a generator, which pytest is to refuse."""
    if mark.name != "parametrize":
        return mark
    names, values, *rest = mark.args
    return pytest.mark.parametrize(names, list(values), *rest, **mark.kwargs).mark
