import functools
import sys
import types

import pytest
import sklearn.model_selection
from sklearn.experimental import enable_halving_search_cv  # noqa: F401

import skhp
from skhp.exceptions import SkhpWarning
from tests._toys import Echo, X, y

GRID = {"value": [1.0, 3.0, 2.0]}
RECORDER = """
import functools

def put_around(original, log):
    @functools.wraps(original)
    def recorder(self, *args, **kwargs):
        log.append(("begin", type(self).__name__, len(args)))
        result = original(self, *args, **kwargs)
        log.append(("end", self.best_params_))
        return result
    return recorder
"""


@pytest.fixture
def mlflow(monkeypatch):
    """A module that looks to us like MLflow."""
    module = types.ModuleType("mlflow.recorders")
    exec(RECORDER, vars(module))
    monkeypatch.setitem(sys.modules, "mlflow", module)
    return module


def around_fit_of(name, function, monkeypatch):
    monkeypatch.setattr(
        getattr(sklearn.model_selection, name), "fit", function, raising=True
    )


@pytest.mark.parametrize("name", ["GridSearchCV", "HalvingGridSearchCV"])
def test_what_mlflow_puts_around_scikit_learns_fit_is_around_ours(
    name, mlflow, monkeypatch
):
    log = []
    theirs = getattr(sklearn.model_selection, name).fit
    around_fit_of(name, mlflow.put_around(theirs, log), monkeypatch)
    search = getattr(skhp, name)(Echo(), GRID, cv=2)
    assert search.fit(X, y=y) is search
    assert log == [("begin", name, 2), ("end", search.best_params_)]
    assert search.cv_results_["params"][:3] == [{"value": v} for v in (1.0, 3.0, 2.0)]
    search.extend(X, y)
    assert len(log) == 4


def test_only_what_mlflow_puts_there_is_taken_over(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlflow", types.ModuleType("mlflow"))
    theirs = sklearn.model_selection.GridSearchCV.fit

    @functools.wraps(theirs)
    def of_someone_else(self, *args, **kwargs):
        raise AssertionError("called")

    around_fit_of("GridSearchCV", of_someone_else, monkeypatch)
    search = skhp.GridSearchCV(Echo(), GRID, cv=2).fit(X, y)
    assert search.best_params_ == {"value": 3.0}


def test_autologging_that_is_not_understood_is_named_and_left_out(mlflow, monkeypatch):
    vars(mlflow)["of_another_kind"] = None
    exec("def of_another_kind(self, *args, **kwargs): pass", vars(mlflow))
    around_fit_of("GridSearchCV", mlflow.of_another_kind, monkeypatch)
    with pytest.warns(SkhpWarning, match="use skhp.callbacks.MLflowLogger"):
        search = skhp.GridSearchCV(Echo(), GRID, cv=2).fit(X, y)
    assert search.best_params_ == {"value": 3.0}
