"""How numbers are written for a person."""

import re
from typing import Any


def format_score(score: float) -> str:
    """Return a score as short as it can be told from others of its kind."""
    return f"{score:.4f}" if score == 0 or 0.01 <= abs(score) < 1e5 else f"{score:.5g}"


def counted(number: float, noun: str) -> str:
    """Return a number of things: "1 row", "1,200 rows"."""
    digits = f"{number:,}" if isinstance(number, int) else f"{number:g}"
    return f"{digits} {noun}" if number == 1 else f"{digits} {noun}s"


def listed(names: list[Any], most: int = 8) -> str:
    """Return the first names in quotes, and how many there are beyond them."""
    shown = ", ".join(f"'{name}'" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def without_numpy(text: str) -> str:
    """Return a message in which numbers are written without the names of types.

    For example "1" for "np.int64(1)".
    """
    return re.sub(r"\bnp\.(?:\w+)\(('[^']*'|[^()',]*)\)", r"\1", text)
