import datetime
import decimal
import random

import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse

from skhp.journal._content import blocks_of, digest, digest_of_array, is_data
from skhp.journal._description import text_of
from tests.journal._processes import in_another_process

X = np.arange(24.0).reshape(12, 2)
MASK = X > 20
RECORDS = np.array([(1, 2.0), (3, 4.0)], dtype=[("a", "i1"), ("b", "f8")])
ALIGNED = np.dtype([("a", "i1"), ("b", "f8")], align=True)
UTC = pd.date_range("2020", periods=3, tz="UTC")


def test_digest_knows_where_one_part_ends():
    assert digest(b"ab", b"c") != digest(b"a", b"bc")
    assert digest(b"abc") != digest(b"abc", b"")


def with_garbage(fill):
    """Return records whose padding is full of a byte."""
    raw = np.full(2 * ALIGNED.itemsize, fill, np.uint8).view(ALIGNED)
    raw["a"], raw["b"] = [1, 3], [2.0, 4.0]
    return raw


def column(values, **kwargs):
    return pd.DataFrame({"a": pd.Series(values, **kwargs)})


EQUAL = {
    "array": lambda: (X.copy(), np.asfortranarray(X), np.vstack([X, X])[:12]),
    "memmap": lambda: (X.view(), X[::-1][::-1]),
    "frame": lambda: (
        pd.DataFrame(X, columns=["a", "b"]),
        pd.DataFrame({"a": X[:, 0], "b": X[:, 1]}, index=range(5, 17)),
    ),
    "series": lambda: (pd.Series([1, 2]), pd.Series([1, 2], index=[7, 8], name="y")),
    "polars": lambda: (
        pl.DataFrame(X, schema=["a", "b"]),
        pl.DataFrame({"a": X[:, 0], "b": X[:, 1]}),
    ),
    "csr": lambda: (scipy.sparse.csr_array(X), scipy.sparse.csr_array(X.copy())),
    "texts": lambda: (["a", "b"], list("ab")),
    "objects": lambda: (
        np.array(["a", None, 1], object),
        np.array(["a", None, 1, "b"], object)[:3],
    ),
    "masked": lambda: (
        np.ma.array([1.0, 2.0], mask=[0, 1]),
        np.ma.array([1.0, 3.0], mask=[0, 1]),
    ),
    "padded": lambda: (with_garbage(0), with_garbage(255)),
    "variable texts": lambda: (
        np.array(["a", "b" * 99], np.dtypes.StringDType()),
        np.array(["a", "b" * 99, "c"], np.dtypes.StringDType())[:2],
    ),
    "time zones": lambda: (pd.Series(UTC), pd.Series(list(UTC))),
    "nullable": lambda: (
        pd.Series([1, None], dtype="Int64"),
        pd.Series([1, 2], dtype="Int64").where([True, False]),
    ),
}


@pytest.mark.parametrize("name", EQUAL)
def test_content_is_the_same_however_it_lies_in_memory(name):
    first, *others = EQUAL[name]()
    assert [text_of(data) for data in others] == [text_of(first)] * len(others)


def test_content_of_a_file_is_that_of_the_array(tmp_path):
    np.save(tmp_path / "X.npy", X)
    on_disk = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert digest_of_array(on_disk) == digest_of_array(X)


CODES = [0, 1, 1]
DIFFERENT = {
    "numbers": lambda: [X, X + 1, X[:-1], X.T, X.reshape(-1), X.astype("f4")],
    "columns": lambda: [
        pd.DataFrame(X, columns=names) for names in (["a", "b"], ["b", "a"], [0, 1])
    ],
    "types of columns": lambda: [
        column(CODES),
        column(CODES, dtype="int8"),
        column(CODES, dtype="Int64"),
        column(CODES, dtype="category"),
        column(CODES, dtype=pd.CategoricalDtype([1, 0])),
        column(CODES, dtype=pd.CategoricalDtype([0, 1, 2])),
        column(CODES, dtype=pd.CategoricalDtype([0, 1], ordered=True)),
        column(CODES, dtype="object"),
        column(CODES, dtype="str"),
        column(CODES, dtype="Sparse[int64]"),
        column(["0", "1", "1"], dtype="category"),
    ],
    "missing": lambda: [
        pd.Series([1, None], dtype="Int64"),
        pd.Series([None, 1], dtype="Int64"),
        pd.Series([1, 0], dtype="Int64"),
        pd.Series(["a", None], dtype="string"),
        pd.Series(["a", ""], dtype="string"),
    ],
    "times": lambda: [
        pd.Series(UTC),
        pd.Series(UTC.tz_convert("Asia/Tokyo")),
        pd.Series(UTC.tz_localize(None)),
        pd.Series(UTC + pd.Timedelta(1, "s")),
    ],
    "sparse": lambda: [
        kind(X + shift)
        for kind in (
            scipy.sparse.csr_array,
            scipy.sparse.csr_matrix,
            scipy.sparse.csc_array,
            scipy.sparse.coo_array,
            scipy.sparse.coo_matrix,
            scipy.sparse.bsr_array,
            scipy.sparse.dia_array,
            scipy.sparse.dok_array,
            scipy.sparse.lil_array,
            scipy.sparse.lil_matrix,
        )
        for shift in (0, 1)
    ],
    "texts": lambda: [["a", "b"], ["b", "a"], ["ab"], ["ab", ""], ["a", "c"], []],
    "mixed": lambda: [
        np.array(values, object)
        for values in (
            ["a", "1"],
            ["a", 1],
            ["a", 1.0],
            ["a", True],
            ["a", None],
            ["a", "None"],
            ["a", np.nan],
            ["a", "nan"],
            ["a", b"1"],
            ["a", np.int64(1)],
            ["a", 10**30],
            ["a", pd.NA],
            ["a", pd.NaT],
            [1, "a"],
            ["a", (1,)],
            ["a", decimal.Decimal(1)],
            ["a", datetime.date(2020, 1, 1)],
            ["a", pd.Timestamp("2020-01-01")],
            ["a", {"b": 1}],
            ["a", {"b": 2}],
        )
    ],
    "nested": lambda: [[[1], [2, 3]], [[1, 2], [3]], [[1], [2], [3]], [(1,), (2, 3)]],
    "masked": lambda: (
        [np.ma.array([1.0, 2.0], mask=mask) for mask in ([0, 0], [0, 1], [1, 0])]
        + [np.array([1.0, 2.0])]
    ),
    "records": lambda: [
        RECORDS,
        RECORDS.astype([("a", "i1"), ("c", "f8")]),
        RECORDS[::-1],
        np.array([(1, [2.0]), (3, "x")], dtype=[("a", "i1"), ("b", "O")]),
    ],
    "polars": lambda: [
        pl.DataFrame({"a": pl.Series(values, dtype=dtype)})
        for values, dtype in (
            (["x", "y", None], pl.String),
            (["x", "y", ""], pl.String),
            (["x", "y", "y"], pl.Categorical),
            (["x", "y", "y"], pl.Enum(["x", "y"])),
            (["x", "y", "y"], pl.Enum(["y", "x"])),
            ([1, 2, None], pl.Int64),
            ([2**60, 2**60 + 1, None], pl.Int64),
            ([2**60, 2**60 + 2, None], pl.Int64),
            ([1, 2, None], pl.Int32),
            ([[1], [2], None], pl.List(pl.Int64)),
            ([[1], [3], None], pl.List(pl.Int64)),
        )
    ],
}


@pytest.mark.parametrize("name", DIFFERENT)
def test_other_content_has_another_digest(name):
    made = DIFFERENT[name]()
    texts = [text_of(data) for data in made]
    assert len(set(texts)) == len(made)
    assert [text_of(data) for data in DIFFERENT[name]()] == texts


def test_each_kind_of_data_is_known_as_data():
    assert all(map(is_data, [X, pd.DataFrame(X), pl.Series([1]), pd.Index([1])]))
    assert is_data(scipy.sparse.eye_array(2))
    assert not any(map(is_data, [[1], pd.Timestamp(0), pd.NA, "a", None]))


def content_of_all():
    return [text_of(d) for name in DIFFERENT for d in DIFFERENT[name]()]


@pytest.mark.slow
def test_digests_are_the_same_in_another_process():
    assert in_another_process(__name__, "content_of_all()") == content_of_all()


def test_one_changed_cell_is_another_content():
    random.seed(0)
    values = [random.choice(["a", "b", 1, 2.5, None]) for _ in range(300)]
    known = {text_of(values)}
    for i in range(300):
        known.add(text_of([*values[:i], "c", *values[i + 1 :]]))
    assert len(known) == 301


def sampled(data, most=10):
    return digest(*blocks_of(data, repr, most))


@pytest.mark.parametrize(
    "make",
    [
        lambda X: X,
        pd.DataFrame,
        lambda X: pd.DataFrame(X.astype(str)),
        lambda X: pl.DataFrame(X),
        lambda X: pd.Series(X[:, 0]),
        lambda X: [str(x) for x in X[:, 0]],
        scipy.sparse.csr_array,
    ],
)
def test_a_sample_knows_shapes_and_values_that_are_everywhere_different(make):
    X = np.arange(1.0, 2001.0).reshape(1000, 2)
    found = [sampled(make(data)) for data in (X, X + 1, X[:-1], X.astype("f4"))]
    assert sampled(make(X.copy())) == found[0]
    assert len(set(found[:3])) == 3


def test_a_sample_reads_only_some_of_the_cells():
    class Cell:
        pass

    seen = []
    for _ in blocks_of([Cell() for _ in range(10_000)], lambda c: seen.append(c) or ""):
        pass
    assert len(seen) == 10_000
    seen.clear()
    cells = [Cell() for _ in range(10_000)]
    for _ in blocks_of(cells, lambda c: seen.append(c) or "", 10):
        pass
    assert len(seen) == 10
