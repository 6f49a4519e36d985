"""Where Hyperband's new configurations come from: at random, or from a surrogate."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.acquisition import EFFORTS, first_acceptable, ranked_rows
from skhp.optimizers._bayes import _blas
from skhp.optimizers._bayes_design import sobol_points
from skhp.optimizers._bayes_model import SurrogateModel
from skhp.optimizers._listed import MAX_LISTED
from skhp.space import Space

_Floats = NDArray[np.float64]

# Share of the configurations that are drawn blindly (BOHB's rho).
RANDOM_FRACTION = 1 / 3
# A rung with fewer results than this, or than there are columns and two, is no guide.
MIN_RESULTS = 8
# Running configurations that the surrogate takes into account, the newest.
MAX_PENDING = 32
# Rows looked at for one that is new.
PATIENCE = 2000
# A finite space with no more points than this is known by heart.
MAX_ENUMERATED = 4096


@dataclass
class _Level:
    """What was told at one level of the resource, in order, and what models it."""

    model: SurrogateModel
    rows: list[_Floats] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)


class Configurations:
    """Draws configurations, none of them twice.

    Parameters
    ----------
    space : Space
    sampler : {"random", "bayes"}
        "bayes": two in three are where the surrogate expects the most improvement.
        It is fitted on the results at the highest resource that has enough of them;
        those below are ignored (as in SMAC and BOHB).
    rng : numpy.random.Generator

    References
    ----------
    S. Falkner, A. Klein, F. Hutter, "BOHB: Robust and Efficient Hyperparameter
    Optimization at Scale", ICML 2018.
    """

    def __init__(self, space: Space, sampler: str, rng: np.random.Generator) -> None:
        self.space, self._sampler, self._rng = space, sampler, rng
        self._points = sobol_points(space.n_columns, rng)
        self._seen: set[Hashable] = set()
        self._levels: dict[int, _Level] = {}
        self._pending: dict[int, _Floats] = {}  # by the number of the first trial
        self._rows: dict[int, _Floats] = {}
        self._unseen: dict[Hashable, _Floats] | None = None
        if space.size is not None and space.size <= MAX_ENUMERATED:
            self._unseen = {space.key(row): row for row in space.enumerate()}

    @property
    def n_left(self) -> int | None:
        """How many there are still to draw; None if that is not known."""
        return None if self._unseen is None else len(self._unseen)

    def draw(self, number: int) -> Mapping[str, Any] | None:
        """Return a new configuration for the trial `number`; None if there is none."""
        row = None
        if self._sampler == "bayes" and self._rng.random() >= RANDOM_FRACTION:
            with _blas().limit(limits=1, user_api="blas"):
                row = self._proposal()
        row = self._any_row() if row is None else row
        if row is None:
            return None
        key = self.space.key(row)
        self._seen.add(key)
        if self._unseen is not None:
            self._unseen.pop(key, None)
        self._rows[number] = self._pending[number] = row
        return self.space.to_params(row[None])[0]

    def learn(self, number: int, resource: int, score: float) -> None:
        """Take note of what the configuration of trial `number` has come to."""
        self._pending.pop(number, None)
        if self._sampler != "bayes":
            return
        if resource not in self._levels:
            self._levels[resource] = _Level(SurrogateModel(self.space))
        self._levels[resource].rows.append(self._rows[number])
        self._levels[resource].scores.append(score)

    def _is_new(self, row: _Floats) -> bool:
        return self.space.key(row) not in self._seen and bool(
            self.space.feasible(row[None])[0]
        )

    def _guide(self) -> _Level | None:
        """Return the highest level with results enough to learn from."""
        enough = max(self.space.n_columns + 2, MIN_RESULTS)
        for resource in sorted(self._levels, reverse=True):
            scores = np.array(self._levels[resource].scores)
            known = scores[~np.isnan(scores)]
            if len(known) >= enough and np.any(known != known[0]):
                return self._levels[resource]
        return None

    def _proposal(self) -> _Floats | None:
        """Return the new row with the highest acquisition value."""
        level = self._guide()
        if level is None:
            return None
        pending = np.array(list(self._pending.values())[-MAX_PENDING:])
        rows, scores = np.array(level.rows), np.array(level.scores)
        surface, centres = level.model.surface(rows, scores, pending, self._rng)
        if self._unseen is not None:
            unseen = np.array(list(self._unseen.values())).reshape(
                len(self._unseen), -1
            )
            order = np.argsort(-surface.values(unseen), kind="stable")
            return first_acceptable(unseen[order], self._is_new, len(unseen))
        subspaces = np.arange(self.space.n_subspaces)
        ranked = ranked_rows(
            surface, self._points, centres, subspaces, EFFORTS[1], self._rng
        )
        return first_acceptable(ranked, self._is_new, PATIENCE)

    def _any_row(self) -> _Floats | None:
        """Return a row drawn from the priors that is not known yet."""
        if self._unseen is not None:
            unseen = list(self._unseen.values())
            return unseen[self._rng.integers(len(unseen))] if unseen else None
        for _ in range(PATIENCE):
            drawn = self.space.sample(1, self._rng, allow_fewer=True)
            if not len(drawn):  # the constraints leave next to nothing
                break
            row: _Floats = drawn[0]
            if self._is_new(row):
                return row
        if self.space.size is None or self.space.size > MAX_LISTED:
            return None
        return next(filter(self._is_new, self.space.enumerate()), None)
