"""What two calls of fit must share so that one can go on where the other stopped."""

from __future__ import annotations

from typing import Any

from skhp.journal import text_of, tree_of_data, tree_of_params
from skhp.search._strategy import Data

# Parameters of a search on which neither candidates nor scores depend, and those that
# the fingerprint has in another form.
_ELSEWHERE = frozenset({"cv", "estimator", "n_iter", "random_state", "refit"})
_NO_MATTER = frozenset(
    {
        "callbacks",
        "fit_timeout",
        "journal",
        "n_jobs",
        "pre_dispatch",
        "threads_per_fit",
        "time_budget",
        "verbose",
        "warm_start",
    }
)


def fingerprint_of(search: Any, data: Data) -> dict[str, Any]:
    """Return what makes the results of a search comparable, without its splits."""
    params = search.get_params(deep=False)
    settings = {
        name: text_of(value)
        for name, value in params.items()
        if name not in _NO_MATTER | _ELSEWHERE
    }
    tree = {
        "data": tree_of_data(data.X, data.y, _all_params(data.routed)),
        "estimator": tree_of_params(search.estimator),
        "search": {"class": type(search).__name__, **settings},
        "objective": str(objective_of(search)),
    }
    if "random_state" in params:
        tree["random_state"] = text_of(params["random_state"])
    return tree


def _all_params(routed: Any) -> dict[str, Any]:
    """Return the parameters of fit by consumer and name."""
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
    """Return which of several metrics the optimizer maximises; None: the first."""
    return search.refit if isinstance(search.refit, str) else None
