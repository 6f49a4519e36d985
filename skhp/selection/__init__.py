"""Ranking candidates, choosing the best one, and what its score is worth."""

from skhp.selection._choosers import (
    POSTERIOR,
    OneStandardError,
    best_mean,
    metric_of_chooser,
    one_standard_error,
    posterior_mean,
    with_rho,
)
from skhp.selection._distinct_rows import distinct_rows
from skhp.selection._edges import edge_line, edges_of_best
from skhp.selection._honest_score import scores_of_rounds, worth_of_best
from skhp.selection._levels import (
    best_at_top,
    levels_of,
    rank_by_level,
    rivals_of,
)
from skhp.selection._paired import (
    moderated_errors,
    rho_of,
    split_scores,
    standard_errors,
    tied_with_best,
    usual_rho,
)
from skhp.selection._refining import Refining

__all__ = [
    "POSTERIOR",
    "OneStandardError",
    "Refining",
    "best_at_top",
    "best_mean",
    "distinct_rows",
    "edge_line",
    "edges_of_best",
    "levels_of",
    "metric_of_chooser",
    "moderated_errors",
    "one_standard_error",
    "posterior_mean",
    "rank_by_level",
    "rho_of",
    "rivals_of",
    "scores_of_rounds",
    "split_scores",
    "standard_errors",
    "tied_with_best",
    "usual_rho",
    "with_rho",
    "worth_of_best",
]
