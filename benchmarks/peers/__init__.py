"""The libraries that are measured side by side, each used as its own users do."""

from __future__ import annotations

import importlib.util
import sys


def is_installed(module: str) -> bool:
    """Return whether a module can be imported."""
    # Some modules have no __spec__ once they are imported, which find_spec minds.
    return module in sys.modules or importlib.util.find_spec(module) is not None
