"""The fingerprint of a search: what must be equal for one fit to continue another."""

from __future__ import annotations

from typing import Any

from skhp.journal import text_of, tree_of_data, tree_of_params
from skhp.search._strategy import Data

# Parameters that are in the fingerprint in another form, and parameters on which
# neither candidates nor scores depend.
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
    """Return everything on which the results of a search depend, except its splits."""
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
