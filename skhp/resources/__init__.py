"""Resources: rows of the data, or a parameter with which training continues."""

from skhp.resources._continuation import Continuation
from skhp.resources._subsamples import (
    Subsamples,
    is_ordered_in_time,
    latest_first,
    n_rows_needed,
    order_rows,
)

__all__ = [
    "Continuation",
    "Subsamples",
    "is_ordered_in_time",
    "latest_first",
    "n_rows_needed",
    "order_rows",
]
