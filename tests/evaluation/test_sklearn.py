"""The underscored names of scikit-learn: that they are there and do what we think."""

import ast
import inspect
import pickle
import re
from importlib import import_module
from types import SimpleNamespace

import numpy as np
import pytest
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, KFold, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.fixes import parse_version

from skhp.evaluation import _sklearn
from skhp.evaluation._sklearn import (
    callback_root,
    check_refit_metric,
    constraints_of,
    has_callbacks,
    num_samples,
    portable_context,
    routed_params,
    safe_split,
    scorer_names,
    scorers_of,
    select_best_index,
    unwrap_scorer,
)
from tests._toys import X, y

HAS_CALLBACKS = parse_version(sklearn.__version__) >= parse_version("1.9.dev0")
needs_callbacks = pytest.mark.skipif(not HAS_CALLBACKS, reason="callbacks came in 1.9")


def search_of(**kwargs):
    return GridSearchCV(LogisticRegression(), {"C": [1.0, 2.0]}, **kwargs)


def listed():
    """Where the names of the table at the top are, and in which versions."""
    rows = re.findall(r"^(\S+) {2,}(1\..*)$", _sklearn.__doc__, flags=re.MULTILINE)
    return {name: [v.strip() for v in versions.split(",")] for name, versions in rows}


def test_table_lists_the_private_names_that_are_used():
    private = re.compile(r"^_[a-z]", re.IGNORECASE)
    tree = ast.parse(inspect.getsource(_sklearn))
    used = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    used |= {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    used |= {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and str(node.value).startswith("_skl")
    }
    used = {name for name in used if private.match(name)}
    last = {name.rpartition(".")[2] for name in listed()}
    assert used == {name for name in last if private.match(name)}


@pytest.mark.parametrize("name", [n for n in listed() if n.startswith("sklearn.")])
def test_private_names_are_where_the_table_says(name):
    module, _, attribute = name.rpartition(".")
    found = import_module(module)
    assert hasattr(found, attribute)


def test_installed_version_is_one_that_the_table_was_made_with():
    installed = ".".join(sklearn.__version__.split(".")[:2])
    assert all(installed in seen for seen in listed().values()) or not HAS_CALLBACKS


@pytest.mark.parametrize("cls", [GridSearchCV, RandomizedSearchCV])
def test_constraints_are_a_copy(cls):
    found = constraints_of(cls)
    assert {"estimator", "scoring", "cv", "error_score"} <= set(found)
    found.clear()
    assert constraints_of(cls)


SCORINGS = {
    "default": (None, None),
    "name": ("accuracy", None),
    "callable": (lambda estimator, X, y: 0.0, None),
    "list": (["accuracy", "roc_auc"], ["accuracy", "roc_auc"]),
    "dict": ({"a": "accuracy", "b": lambda e, X, y: 0.0}, ["a", "b"]),
}


@pytest.mark.parametrize("kind", SCORINGS)
def test_scorer_of_a_search_tells_its_metrics(kind):
    scoring, names = SCORINGS[kind]
    scorer, metric = scorers_of(
        search_of(scoring=scoring, refit=names[0] if names else True)
    )
    assert scorer_names(scorer) == names
    assert metric == (names[0] if names else "score")
    public = unwrap_scorer(scorer)
    assert list(public) == names if names else callable(public)
    model = LogisticRegression().fit(X, y)
    scores = scorer(model, X, y)
    assert set(scores) == set(names) if names else isinstance(scores, float)


@pytest.mark.parametrize("given", [get_scorer("accuracy"), len])
def test_unknown_scorer_is_left_as_it_is(given):
    assert scorer_names(given) is None
    assert unwrap_scorer(given) is given


def test_parameters_go_to_who_consumes_them():
    weights = np.ones(12)
    routed = routed_params(search_of(), {"sample_weight": weights})
    assert routed.estimator.fit["sample_weight"] is weights
    grouped = routed_params(search_of(), {"groups": weights})
    assert grouped.splitter.split["groups"] is weights
    assert "groups" not in grouped.estimator.fit


@pytest.mark.parametrize("refit", ["a", False, lambda results: 0])
def test_refit_that_names_a_metric_is_right(refit):
    check_refit_metric(search_of(refit=refit), ["a", "b"])


@pytest.mark.parametrize("refit", [True, "c"])
def test_refit_that_names_no_metric_is_an_error(refit):
    with pytest.raises(ValueError, match="refit"):
        check_refit_metric(search_of(refit=refit), ["a", "b"])


@pytest.mark.parametrize(
    ("refit", "best"), [(True, 1), ("score", 1), (lambda results: 2, 2)]
)
def test_best_is_chosen_as_scikit_learn_does(refit, best):
    results = {
        "rank_test_score": np.array([2, 1, 1]),
        "params": [{"C": c} for c in (1, 2, 3)],
    }
    assert select_best_index(search_of(), refit, "score", results) == best


def test_helpers_of_the_fit_are_those_of_scikit_learn():
    train, test = next(KFold(3).split(X))
    X_test, y_test = safe_split(LogisticRegression(), X, y, test, train)
    np.testing.assert_array_equal(X_test, X[test])
    np.testing.assert_array_equal(y_test, y[test])
    assert num_samples(X.tolist()) == 12


# --- callbacks --------------------------------------------------------------------


def test_without_callbacks_there_are_none():
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    assert not has_callbacks(search_of(), pipeline, LogisticRegression, None)


@pytest.mark.parametrize("inner", [True, False])
def test_callback_is_found_wherever_it_was_set(inner):
    model = LogisticRegression()
    model._skl_callbacks = [object()]
    estimator = make_pipeline(StandardScaler(), model) if inner else model
    assert has_callbacks(estimator)
    assert has_callbacks(search_of(), estimator)
    model._skl_callbacks = []
    assert not has_callbacks(estimator)


def test_scikit_learn_that_knows_no_callbacks_has_no_context():
    assert callback_root(SimpleNamespace(), 3) is None
    assert portable_context(None) is None


@needs_callbacks
def test_context_travels_with_its_ancestors_and_without_its_siblings():
    root = callback_root(search_of(), max_subtasks=500)
    parent = root.subcontext(task_name="all", max_subtasks=400)
    children = [parent.subcontext(task_name="one") for _ in range(400)]
    twin = portable_context(children[7])
    assert twin.task_id == children[7].task_id
    assert twin.parent.task_name == "all"
    assert (twin._children_map, twin.parent._children_map) == ({}, {})
    assert len(parent._children_map) == 400  # the original keeps them
    assert len(pickle.dumps(twin)) < len(pickle.dumps(children[7])) / 10
