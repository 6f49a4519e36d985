"""What a notebook shows of a fitted search."""

from skhp.notebook._summary import ShowsSummary

__all__ = ["ShowsSummary"]
