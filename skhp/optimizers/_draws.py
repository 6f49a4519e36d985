"""Where an optimizer's random draws come from."""

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
    """A generator for each trial, that depends on the seed and its number alone.

    What one trial draws moves no other. So a search that is taken up from a journal
    draws what it would have drawn, without drawing anything again.

    Parameters
    ----------
    random_state : int, RandomState, Generator or None
        The seed.
    """

    def __init__(self, random_state: Any) -> None:
        self._key: list[int] = generator(random_state).integers(2**63, size=2).tolist()

    def beforehand(self) -> np.random.Generator:
        """Return the generator of what is drawn before the first trial."""
        return np.random.default_rng(self._key)

    def of(self, number: int) -> np.random.Generator:
        """Return the generator of one trial."""
        return np.random.default_rng([*self._key, number])
