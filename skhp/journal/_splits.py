"""Packing of splits as short texts, for splits that cannot be made again."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.evaluation import Splits
from skhp.journal._content import digest, digest_of_array


def digest_of_splits(splits: Sequence[tuple[Any, Any]], most: int | None = None) -> str:
    """Return a digest of the rows of every split, or of `most` of each part."""
    parts = (digest_of_array(rows, most) for pair in splits for rows in pair)
    return digest(*(part.encode() for part in parts))


def pack_splits(splits: Sequence[tuple[Any, Any]], n_rows: int) -> list[list[str]]:
    """Return the splits as texts.

    A split that trains on all rows it does not test, in order, becomes one text (with a
    bit per row); any other split becomes two, with the row numbers of each part.
    """
    packed = []
    for train, test in splits:
        mask = np.zeros(n_rows, dtype=bool)
        mask[test] = True
        if _is_rows(test, mask) and _is_rows(train, ~mask):
            packed.append([_text(np.packbits(mask))])
        else:
            packed.append([_text(_numbers(train)), _text(_numbers(test))])
    return packed


def unpack_splits(packed: Any, n_rows: int) -> Splits:
    """Return the splits of `pack_splits`.

    Raises
    ------
    ValueError
        If `packed` is not a result of `pack_splits` for `n_rows` rows.
    """
    splits: Splits = []
    for parts in packed:
        if len(parts) == 1:
            bits = _array(parts[0], np.uint8, (n_rows + 7) // 8)
            if len(bits) != (n_rows + 7) // 8:
                raise ValueError("shorter than the data")
            mask = np.unpackbits(bits, count=n_rows).astype(bool)
            splits.append((np.flatnonzero(~mask), np.flatnonzero(mask)))
        else:
            train, test = (_array(part, np.int64, 64 * n_rows) for part in parts)
            for rows in (train, test):
                if np.any((rows < 0) | (rows >= n_rows)):
                    raise ValueError("a row that there is not")
            splits.append((train, test))
    return splits


def _is_rows(rows: Any, mask: NDArray[np.bool_]) -> bool:
    """Whether these are the rows of the mask, in order."""
    array = np.asarray(rows)
    return array.dtype.kind in "iu" and np.array_equal(array, np.flatnonzero(mask))


def _numbers(rows: Any) -> NDArray[np.int64]:
    array = np.asarray(rows)
    return np.flatnonzero(array) if array.dtype == bool else array.astype(np.int64)


def _text(array: NDArray[Any]) -> str:
    return base64.b85encode(zlib.compress(array.tobytes(), 6)).decode()


def _array(text: Any, dtype: type, n_most: int) -> NDArray[Any]:
    """Decode an array of at most `n_most` numbers; more are refused, not unpacked."""
    n_bytes = n_most * np.dtype(dtype).itemsize
    try:
        inflate = zlib.decompressobj()
        data = inflate.decompress(base64.b85decode(text), n_bytes + 1)
    except (TypeError, ValueError, zlib.error) as error:
        raise ValueError("not a packed array") from error
    if not inflate.eof or len(data) > n_bytes:
        raise ValueError("longer than the data")
    return np.frombuffer(data, dtype=dtype)
