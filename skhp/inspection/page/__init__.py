"""The page about a search: one HTML file with figures, candidates and code."""

from skhp.inspection.page._report import report

__all__ = ["report"]
