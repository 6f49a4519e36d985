"""The forest as the surrogate of a running search, and when it replaces the process."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from skhp.acquisition import Climbable, ForestSurface, Geometry
from skhp.exceptions import OptimizerError
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
    """A forest that is refitted as a history grows.

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

    @property
    def state(self) -> tuple[float, ...]:
        """What `restore` needs besides the history to continue; () at first."""
        return (float(self._n_fitted),) if self._n_fitted else ()

    def restore(self, state: Sequence[float], n_told: int) -> None:
        """Continue as another forest would that had this state.

        Parameters
        ----------
        state : sequence of float
            State of the other forest.
        n_told : int
            Upper limit on the number of results that it had.

        Raises
        ------
        OptimizerError
            If no forest can have such a state.
        """
        if len(state) != 1 or not 1 <= state[0] <= n_told:
            raise OptimizerError("The state is that of no forest of this history.")
        self._forest, self._n_fitted = None, int(state[0])

    def surface(
        self,
        rows: _Floats,
        scores: _Floats,
        rng: np.random.Generator,
    ) -> tuple[Climbable, _Floats]:
        """Return the acquisition surface, and the rows behind it, the best first.

        Pending rows are not modelled: each fit has a bootstrap sample of its own, which
        makes proposals differ.
        """
        n = len(rows)
        forest = self._forest
        if n >= self._n_fitted + EVERY or not self._n_fitted:
            forest, self._n_fitted = None, n
        if forest is None:  # due, or to be what it was when a journal was written
            forest = self._fit(rows[: self._n_fitted], scores[: self._n_fitted])
        self._forest = forest
        surface = ForestSurface(self.space, self.geometry, forest, self._best, rng)
        order = np.argsort(-warp_scores(scores), kind="stable")
        return surface, rows[order]

    def means(self, rows: _Floats, scores: _Floats) -> _Floats:
        """Return the predictions (n,) at the rows of a history, as they are warped."""
        modelled = self.geometry.rows(rows)
        active = self.geometry.active(self.space, rows)
        means: _Floats = self._fit(rows, scores).predict(modelled, active)[0]
        return means

    def _fit(self, rows: _Floats, scores: _Floats) -> Forest:
        target = warp_scores(scores)
        used = chosen(target, MAX_ROWS)
        modelled = self.geometry.rows(rows[used])
        active = self.geometry.active(self.space, rows[used])
        forest = fit_forest(
            modelled,
            target[used],
            n_values=self._n_values,
            active=active,
            seed=len(rows),  # the same history gives the same forest
        )
        self._best = float(forest.predict(modelled, active)[0].max())
        return forest


class ChosenModel:
    """The surrogate that was requested, or with "auto", the one that suits the history.

    Parameters
    ----------
    space : Space
    kind : {"auto", "gp", "lightgbm"}
    """

    def __init__(self, space: Space, kind: str) -> None:
        self._kind = kind
        self._process = SurrogateModel(space)
        self._forest = ForestModel(space)

    def _is_forest(self, n_told: int) -> bool:
        is_long = self._kind == "auto" and n_told >= LONG_HISTORY
        return is_long or self._kind == "lightgbm"

    def state(self, n_told: int) -> tuple[float, ...]:
        """Return what `restore` needs besides the history to continue."""
        return (self._forest if self._is_forest(n_told) else self._process).state

    def restore(self, state: Sequence[float], n_told: int) -> None:
        """Continue as another model would that had this state."""
        model = self._forest if self._is_forest(n_told) else self._process
        model.restore(state, n_told)

    def skill(self, rows: _Floats, scores: _Floats) -> float:
        """Return what share of their variance a process predicts; 1 for a forest."""
        if self._is_forest(len(rows)):
            return 1.0
        return self._process.posterior(rows, scores).skill

    def believed(self, rows: _Floats, scores: _Floats) -> _Floats:
        """Return the posterior means (n,) of a whole history, in units of the score.

        A model of its own is fitted, so that the search goes on as if nothing had been
        asked.
        """
        space, target = self._process.space, warp_scores(scores)
        if self._is_forest(len(rows)):
            means = ForestModel(space).means(rows, scores)
        else:
            means = SurrogateModel(space).means(rows, scores)
        order = np.argsort(target, kind="stable")
        order = order[~np.isnan(scores[order])]
        unwarped: _Floats = np.interp(means, target[order], scores[order])
        return unwarped

    def surface(
        self,
        rows: _Floats,
        scores: _Floats,
        pending: _Floats,
        rng: np.random.Generator,
        *,
        doubt: bool,
    ) -> tuple[Climbable, _Floats]:
        """Return the acquisition surface, and the rows behind it, the best first.

        The arguments are those of `SurrogateModel.surface`.
        """
        if self._is_forest(len(rows)):
            return self._forest.surface(rows, scores, rng)
        return self._process.surface(rows, scores, pending, rng, doubt=doubt)
