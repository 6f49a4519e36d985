"""Checks of the bounds of ranges, and how finely their values are rounded."""

from __future__ import annotations

import math
import numbers
import reprlib
from typing import Any, Literal

from skhp.exceptions import InvalidSpaceError
from skhp.space._choices import is_number

Prior = Literal["uniform", "log-uniform"]

PRIORS = ("uniform", "log-uniform")
# Positions are float64: (i + 0.5) / m must keep its bin after rounding.
MAX_WIDTH = 2**50
# ... and so must log(v), whose rounding error grows relative to the bin 1 / v.
MAX_LOG_INTEGER = 2**40
# Values are rounded to this many digits, fewer than the error of the map can reach,
# so that 0.1 stays 0.1 on its way to a position and back.
DIGITS = 14


def powers_between(low: int, high: int, base: Any) -> tuple[int, ...]:
    """Return the powers of `base` from `low` to `high`; () if it is None."""
    if base is None:
        return ()
    is_whole = isinstance(base, numbers.Integral) and not isinstance(base, bool)
    if not is_whole or base < 2:
        raise InvalidSpaceError(
            f"Integer: powers_of must be an integer of at least 2. Got {base!r}."
        )
    powers = [1]
    while powers[-1] < high:
        powers.append(powers[-1] * int(base))
    kept = tuple(power for power in powers if low <= power <= high)
    if not kept:
        raise InvalidSpaceError(
            f"Integer: a power of {base} must lie between low and high. "
            f"Got low={low!r}, high={high!r}."
        )
    return kept


def decimals(low: float, high: float) -> int | None:
    """Decimals to which values between the bounds are rounded."""
    largest = max(abs(low), abs(high))
    if largest == 0.0:
        return None
    decimals = DIGITS - math.ceil(math.log10(largest))
    # A range of only a few thousand such steps is left as fine as floats are.
    return None if (high - low) * 10.0 ** min(decimals, 300) < 1e4 else decimals


def check_bounds(kind: str, low: Any, high: Any, prior: Any) -> None:
    got = f"Got low={reprlib.repr(low)}, high={reprlib.repr(high)}."
    if prior not in PRIORS:
        raise InvalidSpaceError(
            f"{kind}: prior must be 'uniform' or 'log-uniform'. Got {prior!r}."
        )
    if not (is_number(low) and is_number(high)):
        raise InvalidSpaceError(f"{kind}: low and high must be numbers. {got}")
    if not (is_finite(low) and is_finite(high)):
        raise InvalidSpaceError(f"{kind}: low and high must be finite floats. {got}")
    if low > high:
        raise InvalidSpaceError(f"{kind}: low must be less than high. {got}")
    if prior == "log-uniform" and low <= 0:
        raise InvalidSpaceError(
            f"{kind}: low must be positive for a log-uniform prior. {got}"
        )


def is_finite(number: Any) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an int that no float reaches
        return False


def check_integers(low: Any, high: Any, prior: Prior) -> None:
    got = f"Got low={low!r}, high={high!r}."
    if not all(isinstance(bound, numbers.Integral) for bound in (low, high)):
        raise InvalidSpaceError(f"Integer: low and high must be integers. {got}")
    if int(high) - int(low) >= MAX_WIDTH:
        raise InvalidSpaceError(f"Integer: high - low must be below 2**50. {got}")
    if prior == "log-uniform" and high > MAX_LOG_INTEGER:
        raise InvalidSpaceError(
            f"Integer: high must be at most 2**40 for a log-uniform prior. {got}"
        )


def number_within(value: Any, low: float, high: float) -> float:
    if not is_number(value):
        raise ValueError("must be a number")
    if not low <= value <= high:  # nan fails too
        raise ValueError(f"must lie between {low!r} and {high!r}")
    return int(value) if isinstance(value, numbers.Integral) else float(value)
