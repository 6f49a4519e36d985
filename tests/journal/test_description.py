import collections
import copy
import decimal
import enum
import functools
import io
import operator
import re
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import loguniform, uniform
from sklearn.base import BaseEstimator, clone
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.feature_selection import SelectFromModel
from sklearn.frozen import FrozenEstimator
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, fbeta_score, make_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import tests.journal._description_cases as cases
from skhp.journal import _description
from skhp.journal._description import describe, is_kept, shortened, text_of
from tests.journal._processes import in_another_process

X = np.arange(24.0).reshape(12, 2)
Y = np.arange(12) % 2


class Plain:
    def __init__(self, held):
        self.held = held

    def method(self, x):
        return x


class Slotted:
    __slots__ = ("held", "unset")

    def __init__(self, held):
        self.held = held


class Compiled:
    """What a module of the user holds that is not written in Python."""

    def __reduce_ex__(self, protocol):
        return "compiled"


class Stored:
    """Numbers that lie elsewhere and cannot be pickled."""

    def __init__(self, number):
        self.number = number

    def __array__(self, dtype=None, copy=None):
        return np.full(3, self.number)

    def __reduce_ex__(self, protocol):
        raise TypeError


class Callable:
    def __init__(self, held):
        self.held = held

    def __call__(self, estimator, X, y):
        return self.held


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


Point = collections.namedtuple("Point", "x y")


@dataclass
class Settings:
    a: int = 1
    b: tuple = (1, 2)


class Opaque:
    """Its repr has its address, and there is nothing else to tell."""


class Kept(BaseEstimator):
    def __init__(self, value=1):
        self.value = value

    def fit(self, X, y=None):
        self.mean_ = X.mean()
        return self

    def __sklearn_clone__(self):
        return self


def scorer_of(factor):
    return lambda estimator, X, y: factor


def forest(n, **params):
    """Return a fitted forest."""
    model = RandomForestClassifier(n_estimators=n, random_state=0, **params)
    return model.fit(X, Y)


def deep_inside(step):
    """Return a step within a pipeline, a column transformer, and so on."""
    columns = ColumnTransformer([("a", make_pipeline(StandardScaler(), step), [0])])
    model = make_pipeline(columns, make_pipeline(LogisticRegression()))
    return BaggingClassifier(make_pipeline(BaggingClassifier(model)))


# --- texts ----------------------------------------------------------------------


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
    "zero": lambda: 0.0,
    "minus zero": lambda: -0.0,
    "numpy": lambda: np.float64(1.0),
    "numpy of half the bits": lambda: np.float32(1.0),
    "day": lambda: np.datetime64("2020-01-01"),
    "second": lambda: np.datetime64("2020-01-01T00:00:00"),
    "text": lambda: "1",
    "numpy text": lambda: np.str_("1"),
    "bytes": lambda: b"1",
    "lone surrogate": lambda: "\udc80" * 500,
    "list": lambda: [1, [2]],
    "tuple": lambda: (1, [2]),
    "flat": lambda: [1, 2],
    "long list": lambda: list(range(1000)),
    "other long list": lambda: [*range(999), 0],
    "long list of objects": lambda: [Plain(i) for i in range(1000)],
    "other long list of objects": lambda: [Plain(i) for i in range(1, 1001)],
    "dict": lambda: {"a": 1},
    "other dict": lambda: {"a": 2},
    "long dict": lambda: {f"{i}": i for i in range(1000)},
    "other long dict": lambda: {f"{i}": i for i in range(1, 1001)},
    "ordered dict": lambda: collections.OrderedDict(a=1),
    "default dict": lambda: collections.defaultdict(int, a=1),
    "counter": lambda: collections.Counter(a=1),
    "queue": lambda: collections.deque([1, 2], maxlen=3),
    "other queue": lambda: collections.deque([1, 2], maxlen=4),
    "named tuple": lambda: Point(1, [2]),
    "set": lambda: {"x", "y", "z"},
    "frozen set": lambda: frozenset({"x", "y", "z"}),
    "range": lambda: range(3),
    "slice": lambda: slice(3),
    "pattern": lambda: re.compile("a"),
    "other pattern": lambda: re.compile("a", re.I),
    "decimal": lambda: decimal.Decimal("1.0"),
    "path": lambda: Path("a") / "b",
    "enum": lambda: Colour.RED,
    "other enum": lambda: Colour.BLUE,
    "dtype": lambda: np.dtype("f8"),
    "other dtype": lambda: np.dtype("f4"),
    "array": lambda: np.arange(3),
    "float array": lambda: np.arange(3.0),
    "other array": lambda: np.arange(3)[::-1],
    "RandomState": lambda: np.random.RandomState(0),
    "other RandomState": lambda: np.random.RandomState(1),
    "Generator": lambda: np.random.default_rng(0),
    "other Generator": lambda: np.random.default_rng(1),
    "class": lambda: Plain,
    "function": lambda: scorer_of,
    "closure": lambda: scorer_of(1),
    "other closure": lambda: scorer_of(2),
    "default": lambda: lambda x=1: x,
    "other default": lambda: lambda x=2: x,
    "keyword default": lambda: lambda *, x=1: x,
    "partial": lambda: functools.partial(scorer_of, 1),
    "other partial": lambda: functools.partial(scorer_of, 2),
    "partial by name": lambda: functools.partial(scorer_of, factor=1),
    "method": lambda: Plain(1).method,
    "method of another": lambda: Plain(2).method,
    "method of a list": lambda: [1].count,
    "method of another list": lambda: [2].count,
    "built-in": lambda: len,
    "other built-in": lambda: abs,
    "method of a class": lambda: str.lower,
    "ufunc": lambda: np.log,
    "other ufunc": lambda: np.sqrt,
    "ufunc of scipy": lambda: expit,
    "getter": lambda: operator.itemgetter(1),
    "other getter": lambda: operator.itemgetter(2),
    "vectorized": lambda: np.vectorize(scorer_of),
    "cached": lambda: functools.lru_cache(scorer_of),
    "scorer": lambda: make_scorer(fbeta_score, beta=1),
    "other scorer": lambda: make_scorer(fbeta_score, beta=2),
    "further scorer": lambda: make_scorer(f1_score),
    "loss": lambda: make_scorer(f1_score, greater_is_better=False),
    "callable object": lambda: Callable(1),
    "other callable object": lambda: Callable(2),
    "estimator": lambda: LogisticRegression(C=2.0),
    "other estimator": lambda: LogisticRegression(C=3.0),
    "output": lambda: StandardScaler(),
    "other output": lambda: StandardScaler().set_output(transform="pandas"),
    "pipeline": lambda: make_pipeline(StandardScaler(), LogisticRegression()),
    "deep": lambda: deep_inside(FunctionTransformer(np.log)),
    "other deep": lambda: deep_inside(FunctionTransformer(np.sqrt)),
    "kernel": lambda: RBF(1.0) + WhiteKernel(),
    "other kernel": lambda: RBF(2.0) + WhiteKernel(),
    "frozen": lambda: FrozenEstimator(forest(2)),
    "frozen, of other data": lambda: FrozenEstimator(forest(2).fit(X, 1 - Y)),
    "deep frozen": lambda: deep_inside(FrozenEstimator(StandardScaler().fit(X))),
    "other deep frozen": lambda: deep_inside(
        FrozenEstimator(StandardScaler().fit(X + 1))
    ),
    "prefit": lambda: SelectFromModel(forest(2), prefit=True),
    "other prefit": lambda: SelectFromModel(forest(2).fit(X, 1 - Y), prefit=True),
    "held in a dict": lambda: FunctionTransformer(
        np.add, kw_args={"model": StandardScaler().fit(X)}
    ),
    "other held in a dict": lambda: FunctionTransformer(
        np.add, kw_args={"model": StandardScaler().fit(X + 1)}
    ),
    "kept": lambda: Kept().fit(X),
    "other kept": lambda: Kept().fit(X + 1),
    "distribution": lambda: loguniform(1e-3, 1e3),
    "other distribution": lambda: uniform(1e-3, 1e3),
    "further distribution": lambda: loguniform(1e-3, 1e4),
    "object": lambda: Plain([1]),
    "other object": lambda: Plain([2]),
    "read as an array": lambda: Stored(1.0),
    "other read as an array": lambda: Stored(2.0),
    "slotted": lambda: Slotted(1),
    "other slotted": lambda: Slotted(2),
    "data class": lambda: Settings(),
    "other data class": lambda: Settings(b=(1, 3)),
    "nothing in it": lambda: Opaque(),
    "frame": lambda: pd.DataFrame({"a": [1, 2]}),
    "other frame": lambda: pd.DataFrame({"a": [1, 3]}),
    "object()": object,
}


def texts_of_all():
    found = [describe(make()) for make in VALUES.values()]
    return [[one.text, one.code] for one in found]


@pytest.mark.parametrize("name", VALUES)
def test_description_is_of_the_content_and_not_of_the_address(name):
    assert describe(VALUES[name]()) == describe(VALUES[name]())
    assert describe(VALUES[name]()).is_known


def test_texts_of_different_values_differ():
    texts = {name: text_of(make()) for name, make in VALUES.items()}
    assert len(set(texts.values())) == len(texts)
    assert all(len(text) <= 120 for text in texts.values())


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["0", "77"])
def test_texts_are_the_same_in_another_process(seed):
    found = in_another_process(__name__, "texts_of_all()", hash_seed=seed)
    assert found == texts_of_all()


# --- code -----------------------------------------------------------------------


@pytest.mark.parametrize("name", cases.PAIRS)
def test_code_that_does_something_else_is_told_apart(name):
    first, second = (describe(value) for value in cases.PAIRS[name])
    assert first.code is not None
    assert first.code != second.code
    assert first.text == second.text or name in cases.ALSO_IN_TEXT


def test_what_code_may_change_itself_stands_apart():
    first, second = (describe(value) for value in cases.CHANGING_PAIR)
    assert first.code == second.code
    assert first.changing.keys() == second.changing.keys() == {"COSTS"}
    assert first.changing != second.changing
    assert describe(cases.CHANGING_PAIR[0], in_memory=True).changing == {}


@pytest.mark.parametrize("name", cases.PAIRS)
def test_code_is_told_apart_wherever_it_stands(name):
    for wrapped in (
        lambda value: {"a": value, "b": "f1"},
        lambda value: make_scorer(value),
        lambda value: functools.partial(value),
        lambda value: deep_inside(FunctionTransformer(value)),
        lambda value: FunctionTransformer(kw_args={"held": [value]}),
        lambda value: Plain(Slotted((value,))).method,
        lambda value: lambda: value,
    ):
        first, second = (describe(wrapped(value)).code for value in cases.PAIRS[name])
        assert first != second


def codes_of_pairs():
    return [describe(value).code for pair in cases.PAIRS.values() for value in pair]


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["0", "77"])
def test_code_is_the_same_in_another_process(seed):
    assert in_another_process(__name__, "codes_of_pairs()", hash_seed=seed) == (
        codes_of_pairs()
    )


def test_code_of_libraries_is_not_looked_at():
    for value in (np.mean, f1_score, LogisticRegression(), "f1", pd.DataFrame):
        assert describe(value).code is None


def test_packages_are_those_of_classes_and_functions():
    model = deep_inside(FunctionTransformer(expit))
    assert {"sklearn", "scipy"} <= describe(model).packages
    assert "scipy" not in describe(LogisticRegression()).packages


def test_values_that_code_may_change_do_not_matter_within_a_process():
    before = describe(cases.counting, in_memory=True), describe(cases.counting)
    cases.SEEN.append(1)
    try:
        assert describe(cases.counting, in_memory=True) == before[0]
        assert describe(cases.counting) != before[1]
    finally:
        cases.SEEN.pop()


# --- estimators -----------------------------------------------------------------


def test_estimator_that_clone_empties_is_told_by_its_parameters():
    for model in (KMeans(2, random_state=0), make_pipeline(StandardScaler())):
        unfitted = text_of(model)
        model.fit(X)
        assert text_of(model) == text_of(clone(model)) == unfitted


def test_estimators_that_clone_keeps_are_known():
    assert is_kept(FrozenEstimator(StandardScaler()))
    assert is_kept(Kept())
    assert is_kept(LogisticRegression)
    assert not is_kept(LogisticRegression())
    assert not is_kept(RBF(1.0))


def test_versions_that_pickling_writes_do_not_matter(monkeypatch):
    frozen = FrozenEstimator(StandardScaler().fit(X))
    before = text_of(frozen)
    monkeypatch.setattr("sklearn.base.__version__", "0.1")
    assert text_of(frozen) == before


# --- what cannot be told ----------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        threading.Lock,
        lambda: (i for i in range(3)),
        lambda: io.BytesIO().getbuffer(),
        lambda: np.frompyfunc(abs, 1, 1),
        lambda: Compiled(),
    ],
)
def test_what_cannot_be_told_is_said(make):
    for value in (make(), [make()], Plain(make()), deep_inside(make())):
        assert not describe(value).is_known
    held = make()
    assert not describe(lambda: held).is_known


def test_value_that_holds_itself_has_a_text():
    loop = Plain(None)
    loop.held = [loop]
    other = Plain(None)
    other.held = [other, 1]
    assert text_of(loop) == text_of(loop) != text_of(other)
    assert describe(loop).is_known


def test_what_is_shared_is_as_what_is_equal():
    one = Plain([1])
    assert text_of([one, one]) == text_of([one, copy.deepcopy(one)])
    for _ in range(60):  # 2 ** 60 paths
        one = [one, one]
    assert describe(one).is_known


def test_beyond_some_depth_nothing_is_told_and_that_is_said():
    deep = 0
    for i in range(10_000):
        deep = [deep]
        if i == 50:
            assert describe(deep).is_known
    assert not describe(deep).is_known


def test_value_that_refers_to_half_the_world_is_cut_short(monkeypatch):
    calls = []

    class Node:
        def __init__(self, depth):
            self.depth = depth

        def get_params(self, deep=True):
            calls.append(self)
            return {f"{k}": Node(self.depth + 1) for k in range(9)}

    monkeypatch.setattr(_description, "_MOST_OBJECTS", 500)
    assert not describe(Node(0)).is_known
    assert len(calls) <= 2 * 500


def test_table_of_any_number_of_objects_is_told(monkeypatch):
    monkeypatch.setattr(_description, "_MOST_OBJECTS", 50)
    rows = [{"a": i} for i in range(300)]
    assert describe(rows).is_known
    assert text_of(rows) != text_of([*rows[:-1], {"a": 0}])


# --- any value --------------------------------------------------------------------

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.sampled_from([np.float32(1), np.int8(1), np.log, Colour.RED, len, Plain])
)
NESTED = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text(max_size=3), inner, max_size=4)
        | st.builds(Plain, inner)
        | st.builds(Slotted, inner)
        | st.builds(FunctionTransformer, inner)
        | st.builds(functools.partial, st.just(scorer_of), inner)
        | st.lists(inner, min_size=1, max_size=3).map(lambda v: np.array([*v, 0], "O"))
    ),
    max_leaves=20,
)


class Marked:
    """A leaf that stands for the value to change."""


def rebuilt(value, new):
    """Return a copy with the marked leaf replaced."""
    if isinstance(value, Marked):
        return new
    if isinstance(value, (list, tuple)):
        return type(value)(rebuilt(item, new) for item in value)
    if isinstance(value, dict):
        return {key: rebuilt(item, new) for key, item in value.items()}
    if isinstance(value, (Plain, Slotted)):
        return type(value)(rebuilt(value.held, new))
    if isinstance(value, FunctionTransformer):
        return FunctionTransformer(rebuilt(value.func, new))
    return value


@st.composite
def with_a_mark(draw):
    value = Marked()
    for _ in range(draw(st.integers(0, 8))):
        beside = draw(st.lists(LEAVES, max_size=2))
        place = draw(st.integers(0, len(beside)))
        around = [*beside[:place], value, *beside[place:]]
        value = draw(
            st.sampled_from(
                [
                    around,
                    tuple(around),
                    dict(enumerate(around)),
                    Plain(value),
                    Slotted(value),
                    FunctionTransformer(value),
                ]
            )
        )
    return value


@given(NESTED)
def test_equal_content_has_an_equal_text(value):
    assert describe(copy.deepcopy(value)) == describe(value)


@given(with_a_mark(), LEAVES, LEAVES)
def test_one_changed_leaf_has_another_text(value, old, new):
    same = text_of(old) == text_of(new)
    found = text_of(rebuilt(value, old)) == text_of(rebuilt(value, new))
    assert found == same
