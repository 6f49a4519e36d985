"""Acquisition functions, and their maximiser."""

from skhp.acquisition._expected_improvement import log_ei, log_h

__all__ = ["log_ei", "log_h"]
