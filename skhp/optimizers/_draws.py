"""Random generators for an optimizer's draws."""

from __future__ import annotations

from typing import Any

import numpy as np


def generator(random_state: Any) -> np.random.Generator:
    """Return a Generator from whatever scikit-learn users pass as random_state."""
    if isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31, size=4))
    return np.random.default_rng(random_state)


class DrawsByTrial:
    """A generator for each trial, which depends only on the seed and its number.

    The draws of one trial do not affect those of another. A search resumed from a
    journal thus draws what it would have drawn, without repeating earlier draws.

    Parameters
    ----------
    random_state : int, RandomState, Generator or None
        The seed.
    """

    def __init__(self, random_state: Any) -> None:
        self._key: list[int] = generator(random_state).integers(2**63, size=2).tolist()

    def beforehand(self) -> np.random.Generator:
        """Return the generator for draws before the first trial."""
        return np.random.default_rng(self._key)

    def of(self, number: int) -> np.random.Generator:
        """Return the generator of one trial."""
        return np.random.default_rng([*self._key, number])
