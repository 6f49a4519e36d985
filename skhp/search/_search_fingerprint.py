"""The fingerprint of a search: what must be equal for one fit to continue another."""

from __future__ import annotations

from typing import Any

import numpy as np

from skhp.journal import Fingerprint
from skhp.search._strategy import Data

# Parameters that are in the fingerprint in another form, and parameters on which
# neither candidates nor scores depend.
_ELSEWHERE = frozenset({"cv", "estimator", "n_iter", "random_state", "refit"})
_NO_MATTER = frozenset(
    {
        "callbacks",
        "ensemble",
        "fit_timeout",
        "journal",
        "keep_folds",
        "n_jobs",
        "pre_dispatch",
        "refine_repeats",
        "refine_top",
        "threads_per_fit",
        "time_budget",
        "verbose",
        "warm_start",
    }
)
_FOR_ROUNDS = {"resource", "max_resources", "early_stopping", "n_iter_no_change"}


def fingerprint_of(
    search: Any, data: Data, *, in_memory: bool = False, is_sampled: bool = False
) -> Fingerprint:
    """Return everything on which the results of a search depend, except its splits.

    Parameters
    ----------
    search : estimator
    data : Data
    in_memory : bool, default=False
        Whether it is for going on within this process.
    is_sampled : bool, default=False
        Whether large data are compared by evenly spaced values only.
    """
    params = search.get_params(deep=False)
    found = Fingerprint(in_memory=in_memory, is_sampled=is_sampled)
    found.add_data(data.X, data.y, _all_params(data.routed))
    found.add_estimator(search.estimator)
    found.put(type(search).__name__, "search", "class")
    for name, value in params.items():
        if name in _FOR_ROUNDS and params["resource"] is None:
            continue  # without effect
        if name not in _NO_MATTER | _ELSEWHERE:
            found.add(value, "search", name)
    found.put(str(objective_of(search)), "objective")
    random_state = params.get("random_state")
    if isinstance(random_state, np.random.RandomState):
        # Its state changes with each draw; the seed that it gave is kept instead.
        found.put("RandomState instance", "random_state")
    elif "random_state" in params:
        found.add(random_state, "random_state")
    return found


def _all_params(routed: Any) -> dict[str, Any]:
    """Return the parameters passed to `fit`, by consumer and name."""
    consumed = {
        "estimator": routed.estimator.fit,
        "scorer": routed.scorer.score,
        "splitter": routed.splitter.split,
    }
    return {
        f"{consumer}.{name}": value
        for consumer, params in consumed.items()
        for name, value in params.items()
        if value is not None
    }


def objective_of(search: Any) -> str | None:
    """Return the metric that the optimizer maximises; None means the first one."""
    return search.refit if isinstance(search.refit, str) else None
