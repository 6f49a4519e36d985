import functools
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse
from scipy.stats import loguniform, uniform
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhp.journal._fingerprint import (
    content_of,
    difference,
    digest,
    shortened,
    text_of,
    tree_of_data,
    tree_of_params,
)

X = np.arange(24.0).reshape(12, 2)
Y = np.arange(12) % 2


class Plain:
    def __init__(self, held):
        self.held = held


def scorer_of(factor):
    return lambda estimator, X, y: factor


def test_digest_knows_where_one_part_ends():
    assert digest(b"ab", b"c") != digest(b"a", b"bc")
    assert digest(b"abc") != digest(b"abc", b"")


@pytest.mark.parametrize("n", [120, 121, 100_000])
def test_long_text_is_its_beginning_and_a_digest(n):
    text = "é" * n
    found = shortened(text)
    assert (found == text) == (n == 120)
    assert len(found) <= 120
    assert found[:60] == text[:60]
    assert found != shortened(text[:-1] + "e")


# Made anew at each call: equal content, another address.
VALUES = {
    "number": lambda: 0.1,
    "bool": lambda: True,
    "one": lambda: 1,
    "float one": lambda: 1.0,
    "numpy": lambda: np.float64(1.0),
    "text": lambda: "1",
    "bytes": lambda: b"1",
    "lone surrogate": lambda: "\udc80" * 500,
    "list": lambda: [1, [2]],
    "tuple": lambda: (1, [2]),
    "flat": lambda: [1, 2],
    "dict": lambda: {"a": 1},
    "other dict": lambda: {"a": 2},
    "set": lambda: {"x", "y", "z"},
    "range": lambda: range(3),
    "slice": lambda: slice(3),
    "array": lambda: np.arange(3),
    "float array": lambda: np.arange(3.0),
    "other array": lambda: np.arange(3)[::-1],
    "long array": lambda: np.arange(10**5),
    "long other": lambda: np.where(np.arange(10**5) == 50_000, -1, np.arange(10**5)),
    "RandomState": lambda: np.random.RandomState(0),
    "other RandomState": lambda: np.random.RandomState(1),
    "Generator": lambda: np.random.default_rng(0),
    "other Generator": lambda: np.random.default_rng(1),
    "class": lambda: Plain,
    "function": lambda: scorer_of,
    "closure": lambda: scorer_of(1),
    "other closure": lambda: scorer_of(2),
    "lambda": lambda: lambda x: x + 1,
    "other lambda": lambda: lambda x: x + 2,
    "default": lambda: lambda x=1: x,
    "other default": lambda: lambda x=2: x,
    "partial": lambda: functools.partial(scorer_of, 1),
    "other partial": lambda: functools.partial(scorer_of, 2),
    "method": lambda: Plain(1).__init__,
    "estimator": lambda: LogisticRegression(C=2.0),
    "other estimator": lambda: LogisticRegression(C=3.0),
    "pipeline": lambda: make_pipeline(StandardScaler(), LogisticRegression()),
    "distribution": lambda: loguniform(1e-3, 1e3),
    "other distribution": lambda: uniform(1e-3, 1e3),
    "further distribution": lambda: loguniform(1e-3, 1e4),
    "object": lambda: Plain([1]),
    "other object": lambda: Plain([2]),
    "frame": lambda: pd.DataFrame({"a": [1, 2]}),
    "other frame": lambda: pd.DataFrame({"a": [1, 3]}),
    "slots": object,
}


@pytest.mark.parametrize("name", VALUES)
def test_text_is_of_the_content_and_not_of_the_address(name):
    assert text_of(VALUES[name]()) == text_of(VALUES[name]())


def test_texts_of_different_values_differ():
    texts = {name: text_of(make()) for name, make in VALUES.items()}
    assert len(set(texts.values())) == len(texts)
    assert all(len(text) <= 120 for text in texts.values())


def test_value_that_holds_itself_has_a_text():
    loop = Plain(None)
    loop.held = [loop]
    deep = 0
    for _ in range(10_000):
        deep = [deep]
    assert text_of(loop) == text_of(loop)
    assert text_of(deep) == text_of([deep])  # beyond some depth nothing is told apart


def test_value_that_refers_to_half_the_world_is_cut_short():
    calls = []

    class Node:
        def __init__(self, depth):
            self.depth = depth

        def get_params(self, deep=True):
            calls.append(self)
            return {f"{k}": Node(self.depth + 1) for k in range(9)}

    assert text_of(Node(0)) == text_of(Node(0))
    assert len(calls) <= 2 * 10_000


def test_texts_are_the_same_in_another_process():
    code = (
        "from tests.journal.test_fingerprint import VALUES, text_of\n"
        "for make in VALUES.values(): print(ascii(text_of(make())))"
    )
    env = {
        **os.environ,
        "PYTHONHASHSEED": "77",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    run = subprocess.run(
        [sys.executable, "-c", code],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines() == [ascii(text_of(m())) for m in VALUES.values()]


# --- data -------------------------------------------------------------------------

EQUAL = {
    "array": (X.copy(), np.asfortranarray(X), X[::-1][::-1], np.vstack([X, X])[:12]),
    "frame": (
        pd.DataFrame(X, columns=["a", "b"]),
        pd.DataFrame({"a": X[:, 0], "b": X[:, 1]}),
    ),
    "polars": (
        pl.DataFrame(X, schema=["a", "b"]),
        pl.DataFrame({"a": X[:, 0], "b": X[:, 1]}),
    ),
    "csr": (scipy.sparse.csr_array(X), scipy.sparse.csr_array(X.copy())),
    "texts": (["a", "b"], list("ab")),
    "objects": (np.array(["a", None], object), np.array(["a", None, 1], object)[:2]),
    "none": (None, None),
    "strings": (np.array(["a", "b"]), np.array(["a", "b"])),
}
OTHERS = [
    X + 1,
    X[:-1],
    X.T,
    X.reshape(-1),
    X.astype(np.float32),
    X.astype(int),
    pd.DataFrame(X, columns=["a", "c"]),
    pd.DataFrame(X, columns=["b", "a"]),
    pd.DataFrame(X + 1, columns=["a", "b"]),
    scipy.sparse.csr_array(X + 1),
    scipy.sparse.csc_array(X),
    scipy.sparse.coo_array(X),
    ["a", "c"],
    ["ab"],
    np.array(["a", "None"], object),
    np.array(["a", 1], object),
]


@pytest.mark.parametrize("name", EQUAL)
def test_content_is_the_same_however_it_lies_in_memory(name):
    assert len({content_of(data) for data in EQUAL[name]}) == 1


def test_other_content_has_another_digest():
    known = [content_of(EQUAL[name][0]) for name in ("array", "frame", "csr", "texts")]
    found = [*known, *map(content_of, OTHERS)]
    assert len(set(found)) == len(found)


def test_data_that_cannot_be_looked_at_are_unknown():
    class Closed:
        def __array__(self, dtype=None, copy=None):
            raise RuntimeError

        def __reduce__(self):
            raise TypeError("cannot be pickled")

    assert content_of(Closed()) == "unknown"


def test_tree_of_data_says_how_much_there_is():
    tree = tree_of_data(X, None, {"sample_weight": Y})
    assert (tree["rows"], tree["columns"], tree["y"]) == ("12", "2", "None")
    assert tree["fit_params"] == {"sample_weight": content_of(Y)}
    assert tree_of_data(["a", "b"], Y, {})["rows"] == "2"
    assert "columns" not in tree_of_data(Y, Y, {})


def test_tree_of_params_names_the_class_and_each_parameter():
    tree = tree_of_params(LogisticRegression(C=0.5))
    assert tree["class"].endswith("LogisticRegression")
    assert tree["params"]["C"] == "0.5"
    assert set(tree["params"]) == set(LogisticRegression().get_params())
    assert tree_of_params(Plain(3))["text"] == text_of(Plain(3))
    assert "text" in tree_of_params(LogisticRegression)  # a class has no parameters


# --- what differs -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {}, None),
        ({"a": {"b": "1"}}, {"a": {"b": "1"}}, None),
        ({"a": {"b": "1"}}, {"a": {"b": "2"}}, ("a.b", "1", "2")),
        ({"a": "1", "b": "1"}, {"b": "2", "a": "2"}, ("a", "1", "2")),
        ({"a": "1"}, {}, ("a", "1", "nothing")),
        ({}, {"a": {"b": "1"}}, ("a.b", "nothing", "1")),
        ({"a": {"b": "1"}}, {"a": "1"}, ("a.b", "1", "nothing")),
        ({"a": 1}, {"a": "1"}, None),  # JSON may have made a number of it
    ],
)
def test_the_first_difference_is_named(old, new, expected):
    assert difference(old, new) == expected
