"""Resources: rows of the data, or a parameter with which training continues."""

from skhp.resources._boosters import Booster, booster_for, what_stops_by_itself
from skhp.resources._boosting_rounds import BoostingRounds
from skhp.resources._continuation import Continuation
from skhp.resources._curve import Stopping
from skhp.resources._pipeline_prefix import params_of_last_step
from skhp.resources._subsamples import (
    Subsamples,
    is_ordered_in_time,
    latest_first,
    n_rows_needed,
    order_rows,
)

__all__ = [
    "Booster",
    "BoostingRounds",
    "Continuation",
    "Stopping",
    "Subsamples",
    "booster_for",
    "is_ordered_in_time",
    "latest_first",
    "n_rows_needed",
    "order_rows",
    "params_of_last_step",
    "what_stops_by_itself",
]
