"""Scores as a line of bars, for where there is only text."""

import math

import numpy as np
from numpy.typing import NDArray

_BARS = "▁▂▃▄▅▆▇█"
_NO_SCORE = "·"
_MOST_BARS = 60
_OUTLIERS = 0.25  # of the candidates may lie below the lowest bar


def sparkline(scores: NDArray[np.float64], most: int = _MOST_BARS) -> str:
    """Return scores as bars of text, the higher the better.

    Each bar is the best of some consecutive scores if there are many; where there is
    none, it is a dot.
    """
    known = scores[np.isfinite(scores)]
    if len(known) == 0:
        return _NO_SCORE * min(len(scores), most)
    low, high = float(np.quantile(known, _OUTLIERS)), float(known.max())
    known_or_none = np.where(np.isfinite(scores), scores, -np.inf)
    parts = np.array_split(known_or_none, min(len(scores), most))
    tops = [float(part.max()) for part in parts]
    return "".join(_bar(top, low, high) for top in tops)


def _bar(score: float, low: float, high: float) -> str:
    if score == -math.inf:
        return _NO_SCORE
    if high == low:
        return _BARS[len(_BARS) // 2]
    share = (score - low) / (high - low)
    return _BARS[min(max(int(share * len(_BARS)), 0), len(_BARS) - 1)]
