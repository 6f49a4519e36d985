"""Digests of data: equal for equal content, in any process.

Data are hashed in blocks of bytes. There is a Python loop over cells only where a
column holds objects that are neither texts nor numbers. The index of a frame does not
matter.
"""

from __future__ import annotations

import datetime
import decimal
import hashlib
import itertools
import math
import types
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import scipy.sparse

Describe = Callable[[Any], str]

# Types of single values whose `repr` is all of their content.
_TOLD_BY_REPR = (
    bool,
    int,
    complex,
    types.NoneType,
    datetime.date,
    datetime.datetime,
    datetime.time,
    datetime.timedelta,
    decimal.Decimal,
    uuid.UUID,
)
_FRAMES = ("pandas", "polars")


def digest(*parts: Any) -> str:
    """Return a digest of the bytes, of 16 hexadecimal digits."""
    hasher = hashlib.blake2b(digest_size=8)
    for part in parts:
        hasher.update(len(part).to_bytes(8, "little"))
        hasher.update(part)
    return hasher.hexdigest()


def digest_of_array(array: Any, most: int | None = None) -> str:
    """Return a digest of an array or a list of numbers, or of `most` of them."""
    return digest(*blocks_of(np.asarray(array), repr, most))


def is_data(value: Any) -> bool:
    """Whether it is an array, a sparse matrix, or a frame or column of one."""
    if isinstance(value, np.ndarray) or scipy.sparse.issparse(value):
        return True
    return _is_of_frames(type(value)) and hasattr(value, "shape")


def _is_of_frames(cls: type) -> bool:
    return cls.__module__.partition(".")[0] in _FRAMES


def blocks_of(data: Any, describe: Describe, most: int | None = None) -> Iterator[Any]:
    """Yield bytes that are equal for data of equal content.

    Parameters
    ----------
    data : object
        Arrays, lists, frames, columns, sparse matrices, or whatever NumPy makes an
        array of.
    describe : callable
        Returns a text that tells the content of any other object.
    most : int or None
        Number of values that are looked at, evenly spaced, in each array or column.
        None looks at all of them.
    """
    if isinstance(data, (list, tuple)):
        yield f"{type(data).__name__} {len(data)}".encode()
        yield from _items(data[:: _step(len(data), most)], describe)
    elif scipy.sparse.issparse(data):
        yield from _sparse(data, describe, most)
    elif is_data(data) and not isinstance(data, np.ndarray):
        read = _frame if hasattr(data, "columns") else _column
        yield from read(data, describe, most)
    elif isinstance(data, np.ma.MaskedArray):
        yield b"masked"
        yield from _array(np.ma.getmaskarray(data), describe, most)
        yield from _array(data.filled(), describe, most)
    else:
        yield from _array(np.asarray(data), describe, most)


def _array(array: Any, describe: Describe, most: int | None) -> Iterator[Any]:
    yield f"{array.dtype.str} {array.shape}".encode()
    if array.ndim:
        array = array[:: _step(array.size, most)]
    if array.dtype.names is not None:  # without what lies between the fields
        for name in array.dtype.names:
            yield name.encode("utf-8", "surrogatepass")
            yield from _array(array[name], describe, None)
    elif array.dtype.hasobject or array.dtype.kind == "T":
        yield from _items(array.ravel().tolist(), describe)
    elif array.dtype.itemsize:
        yield np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _step(size: int, most: int | None) -> int:
    return 1 if most is None else max(1, -(-size // most))


def _sparse(matrix: Any, describe: Describe, most: int | None) -> Iterator[Any]:
    yield f"{type(matrix).__name__} {matrix.shape}".encode()
    if hasattr(matrix, "indptr"):
        parts = (matrix.data, matrix.indices, matrix.indptr)
    else:
        entries = matrix.tocoo()
        coords = getattr(entries, "coords", None) or (entries.row, entries.col)
        parts = (entries.data, *coords)
    for part in parts:
        yield from _array(part, describe, most)


def _frame(data: Any, describe: Describe, most: int | None) -> Iterator[Any]:
    """Yield the blocks of a frame: columns of one type of NumPy's at once."""
    names, dtypes = list(data.columns), list(data.dtypes)
    yield f"{data.shape} {list(map(str, dtypes))}".encode("utf-8", "surrogatepass")
    yield from _items(names, describe)
    step, alike = _step(math.prod(data.shape), most), defaultdict(list)
    rows = getattr(data, "iloc", data)[::step]
    for position, dtype in enumerate(dtypes):
        if isinstance(dtype, np.dtype):
            alike[dtype].append(position)
        elif hasattr(rows, "iloc"):
            yield from _column(rows.iloc[:, position], describe, most)
        else:
            yield from _column(rows[names[position]], describe, most)
    for positions in alike.values():
        yield from _array(np.asarray(rows.iloc[:, positions]), describe, None)


def _column(column: Any, describe: Describe, most: int | None) -> Iterator[Any]:
    dtype = column.dtype
    yield f"{dtype} {len(column)}".encode("utf-8", "surrogatepass")
    column = getattr(column, "iloc", column)[:: _step(len(column), most)]
    if isinstance(dtype, np.dtype):
        yield from _array(np.asarray(column), describe, None)
        return
    categories = getattr(dtype, "categories", None)
    if categories is not None:
        yield f"ordered {getattr(dtype, 'ordered', None)}".encode()
        yield from blocks_of(categories, describe, most)
    if hasattr(column, "is_null"):  # polars
        missing, present = column.is_null(), column.drop_nulls()
    elif categories is not None:
        codes = getattr(column, "cat", column).codes
        yield from _array(np.asarray(codes), describe, None)
        return
    else:
        missing, present = np.asarray(column.isna()), column
        if missing.any():
            present = column[~missing]
    yield from _array(np.asarray(missing), describe, None)
    if getattr(dtype, "tz", None) is not None:
        present = getattr(present, "dt", present).tz_convert(None)
    yield from _array(np.asarray(present), describe, None)


def _items(items: Sequence[Any], describe: Describe) -> Iterator[Any]:
    """Yield the blocks of values of any types: which are of which, then each type's."""
    kinds = list(map(type, items))
    numbers = {kind: i for i, kind in enumerate(dict.fromkeys(kinds))}
    yield repr([f"{k.__module__}.{k.__qualname__}" for k in numbers]).encode()
    if len(numbers) > 1:
        order = map(numbers.__getitem__, kinds)
        yield np.fromiter(order, np.int64, len(kinds)).data.cast("B")
    for kind in numbers:
        alike = items
        if len(numbers) > 1:
            alike = [v for v, k in zip(items, kinds, strict=True) if k is kind]
        yield from _items_of_a_kind(kind, alike, describe)


def _items_of_a_kind(
    kind: type, items: Sequence[Any], describe: Describe
) -> Iterator[Any]:
    if kind in (str, bytes, list, tuple):
        yield np.fromiter(map(len, items), np.int64, len(items)).data.cast("B")
    if kind is str:
        yield "".join(items).encode("utf-8", "surrogatepass")
    elif kind is bytes:
        yield b"".join(items)
    elif kind in (list, tuple):
        yield from _items(list(itertools.chain.from_iterable(items)), describe)
    elif kind is float:
        yield np.array(items).data.cast("B")
    elif kind in _TOLD_BY_REPR or _is_scalar(kind):
        yield "\n".join(map(repr, items)).encode("utf-8", "surrogatepass")
    else:
        texts = {id(item): "" for item in items}
        for item in items:
            texts[id(item)] = texts[id(item)] or describe(item)
        for item in items:
            yield texts[id(item)].encode("utf-8", "surrogatepass")


def _is_scalar(kind: type) -> bool:
    """Whether it is a single value of NumPy's or pandas', such as a `Timestamp`."""
    if issubclass(kind, np.generic):
        return not issubclass(kind, np.void)
    return _is_of_frames(kind) and not hasattr(kind, "shape")
