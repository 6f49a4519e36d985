"""Ranking candidates and choosing the best one."""

from skhp.selection._edges import edge_line, edges_of_best
from skhp.selection._levels import best_at_top, levels_of, rank_by_level

__all__ = [
    "best_at_top",
    "edge_line",
    "edges_of_best",
    "levels_of",
    "rank_by_level",
]
