"""The distinct rows of an array, found so that Ctrl-C meanwhile stays Ctrl-C.

`numpy.unique` with an axis compares structured values. NumPy takes a KeyboardInterrupt
that comes meanwhile for values that cannot be compared, and raises a TypeError.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Number = TypeVar("_Number", np.float64, np.int64)


def distinct_rows(rows: NDArray[_Number]) -> tuple[NDArray[_Number], NDArray[np.intp]]:
    """Return the distinct rows, sorted, and how often each of them is there.

    Parameters
    ----------
    rows : ndarray of shape (n, m)
        Those with nan differ from all others.
    """
    if not rows.size:
        return rows[:0], np.zeros(0, dtype=np.intp)
    rows = rows[np.lexsort(rows.T[::-1])]
    is_first = np.ones(len(rows), dtype=bool)
    is_first[1:] = (rows[1:] != rows[:-1]).any(axis=1)
    starts = np.flatnonzero(is_first)
    return rows[starts], np.diff(np.append(starts, len(rows)))
