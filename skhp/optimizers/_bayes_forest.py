"""The forest as the surrogate of a running search, and when it takes over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skhp.acquisition import Climbable, ForestSurface, Geometry
from skhp.optimizers._bayes_model import SurrogateModel, chosen
from skhp.space import Space
from skhp.surrogate import Forest, fit_forest, warp_scores

_Floats = NDArray[np.float64]

# From this many results on, a forest of many says more than a process of a few.
LONG_HISTORY = 2000
# A fit takes 30 ms; so many results make it worth it, and so many are fitted at most.
EVERY = 4
MAX_ROWS = 4000


class ForestModel:
    """A forest that follows a history as it grows.

    Parameters
    ----------
    space : Space
    """

    def __init__(self, space: Space) -> None:
        self.space = space
        self.geometry = Geometry.of(space)
        columns = self.geometry.columns
        self._n_values = np.where(
            self.geometry.is_categorical, space.n_values[columns], 0
        )
        self._forest: Forest | None = None
        self._best = 0.0
        self._n_fitted = 0

    def surface(
        self,
        rows: _Floats,
        scores: _Floats,
        pending: _Floats,
        rng: np.random.Generator,
    ) -> tuple[Climbable, _Floats]:
        """Return the acquisition surface, and the rows behind it, the best first.

        Pending rows are not modelled: every fit has a bootstrap of its own, so that
        proposals differ.
        """
        target = warp_scores(scores)
        n = len(rows)
        if self._forest is None or not n < self._n_fitted + EVERY:
            used = chosen(target, MAX_ROWS, rng)
            modelled = self.geometry.rows(rows[used])
            active = self.geometry.active(self.space, rows[used])
            self._forest = fit_forest(
                modelled,
                target[used],
                n_values=self._n_values,
                active=active,
                seed=int(rng.integers(2**31)),
            )
            self._best = float(self._forest.predict(modelled, active)[0].max())
            self._n_fitted = n
        surface = ForestSurface(
            self.space, self.geometry, self._forest, self._best, rng
        )
        return surface, rows[np.argsort(-target, kind="stable")]


class ChosenModel:
    """The surrogate that was asked for; with "auto", the one that suits the history.

    Parameters
    ----------
    space : Space
    kind : {"auto", "gp", "lightgbm"}
    """

    def __init__(self, space: Space, kind: str) -> None:
        self._kind = kind
        self._process = SurrogateModel(space)
        self._forest = ForestModel(space)

    def surface(
        self,
        rows: _Floats,
        scores: _Floats,
        pending: _Floats,
        rng: np.random.Generator,
    ) -> tuple[Climbable, _Floats]:
        """Return the acquisition surface, and the rows behind it, the best first."""
        is_long = self._kind == "auto" and len(rows) >= LONG_HISTORY
        model = self._forest if is_long or self._kind == "lightgbm" else self._process
        return model.surface(rows, scores, pending, rng)
