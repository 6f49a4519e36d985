"""New configurations for Hyperband, drawn at random or proposed by a surrogate."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.acquisition import EFFORTS, first_acceptable, ranked_rows
from skhp.exceptions import OptimizerError
from skhp.optimizers._adopting import proposed_row
from skhp.optimizers._bayes import DOUBT_EVERY, one_blas_thread
from skhp.optimizers._bayes_design import sobol_points
from skhp.optimizers._bayes_model import SurrogateModel
from skhp.optimizers._draws import DrawsByTrial
from skhp.optimizers._listed import MAX_LISTED
from skhp.optimizers._types import Proposal
from skhp.space import Space

_Floats = NDArray[np.float64]

# Share of the configurations that are drawn blindly (BOHB's rho).
RANDOM_FRACTION = 1 / 3
# A rung with fewer results than this, or than there are columns and two, is no guide.
MIN_RESULTS = 8
# Running configurations that the surrogate takes into account, the newest.
MAX_PENDING = 32
# Rows that are looked at for one that is new before giving up.
MAX_TRIED = 2000
# A finite space with no more points than this is known by heart.
MAX_ENUMERATED = 4096


@dataclass(frozen=True)
class Configuration:
    """A configuration that was drawn.

    Attributes
    ----------
    params : mapping of str to object
    row : tuple of float
        Where it lies in the space.
    surrogate : tuple of float
        The level whose surrogate proposed it, and the state of that surrogate; empty if
        it was drawn at random.
    """

    params: Mapping[str, Any]
    row: tuple[float, ...]
    surrogate: tuple[float, ...] = ()


@dataclass
class _Level:
    """The results at one level of the resource, in order, and their surrogate."""

    model: SurrogateModel
    rows: list[_Floats] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)


class Configurations:
    """Draws configurations, none of them twice.

    Parameters
    ----------
    space : Space
    sampler : {"random", "bayes"}
        "bayes": two in three maximise the expected improvement of a surrogate. It is
        fitted to the results at the highest level of the resource that has enough of
        them; lower levels are ignored (as in SMAC and BOHB).
    draws : DrawsByTrial

    References
    ----------
    S. Falkner, A. Klein, F. Hutter, "BOHB: Robust and Efficient Hyperparameter
    Optimization at Scale", ICML 2018.
    """

    def __init__(self, space: Space, sampler: str, draws: DrawsByTrial) -> None:
        self.space, self._sampler, self._draws = space, sampler, draws
        self._points = sobol_points(space.n_columns, draws.beforehand())
        self._seen: set[Hashable] = set()
        self._levels: dict[int, _Level] = {}
        self._pending: dict[int, _Floats] = {}  # by the number of the first trial
        self._rows: dict[int, _Floats] = {}
        self._unseen: dict[Hashable, _Floats] | None = None
        if space.size is not None and space.size <= MAX_ENUMERATED:
            self._unseen = {space.key(row): row for row in space.enumerate()}

    @property
    def n_left(self) -> int | None:
        """Number of configurations still to draw; None if it is not known."""
        return None if self._unseen is None else len(self._unseen)

    def draw(self, number: int) -> Configuration | None:
        """Return a new configuration for the trial `number`; None if there is none."""
        rng, row = self._draws.of(number), None
        state: tuple[float, ...] = ()
        resource = self._guide() if self._sampler == "bayes" else None
        if rng.random() >= RANDOM_FRACTION and resource is not None:
            with one_blas_thread():
                row = self._proposal(number, resource, rng)
            state = (float(resource), *self._levels[resource].model.state)
        row = self._any_row(rng) if row is None else row
        return None if row is None else self._taken(number, row, state)

    def adopt(self, number: int, proposal: Proposal) -> Configuration:
        """Return the configuration of the trial `number`, as an earlier run drew it.

        Raises
        ------
        OptimizerError
            If its row is not a new one of the space that satisfies the constraints, or
            its surrogate could not have existed.
        """
        row = proposed_row(self.space, proposal, self._is_new)
        if proposal.surrogate:
            resource, *state = proposal.surrogate
            level = next((v for k, v in self._levels.items() if k == resource), None)
            if level is None:
                raise OptimizerError(f"There are no results at resource {resource:g}.")
            level.model.restore(state, len(level.rows))
        return self._taken(number, row, proposal.surrogate)

    def _taken(
        self, number: int, row: _Floats, state: tuple[float, ...]
    ) -> Configuration:
        key = self.space.key(row)
        self._seen.add(key)
        if self._unseen is not None:
            self._unseen.pop(key, None)
        self._rows[number] = self._pending[number] = row
        params = self.space.to_params(row[None])[0]
        return Configuration(params, tuple(row.tolist()), state)

    def learn(self, number: int, resource: int, score: float) -> None:
        """Learn the score of the configuration of trial `number` at a resource."""
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

    def _guide(self) -> int | None:
        """Return the highest resource with enough results to learn from."""
        enough = max(self.space.n_columns + 2, MIN_RESULTS)
        for resource in sorted(self._levels, reverse=True):
            scores = np.array(self._levels[resource].scores)
            known = scores[~np.isnan(scores)]
            if len(known) >= enough and np.any(known != known[0]):
                return resource
        return None

    def _proposal(
        self, number: int, resource: int, rng: np.random.Generator
    ) -> _Floats | None:
        """Return the new row with the highest acquisition value."""
        level, doubt = self._levels[resource], number % DOUBT_EVERY == DOUBT_EVERY - 1
        pending = np.array(list(self._pending.values())[-MAX_PENDING:])
        rows, scores = np.array(level.rows), np.array(level.scores)
        surface, centres = level.model.surface(rows, scores, pending, rng, doubt=doubt)
        if self._unseen is not None:
            unseen = np.array(list(self._unseen.values())).reshape(
                len(self._unseen), -1
            )
            order = np.argsort(-surface.values(unseen), kind="stable")
            return first_acceptable(unseen[order], self._is_new, len(unseen))
        subspaces = np.arange(self.space.n_subspaces)
        ranked = ranked_rows(surface, self._points, centres, subspaces, EFFORTS[1], rng)
        return first_acceptable(ranked, self._is_new, MAX_TRIED)

    def _any_row(self, rng: np.random.Generator) -> _Floats | None:
        """Return a new row, drawn from the priors."""
        if self._unseen is not None:
            unseen = list(self._unseen.values())
            return unseen[rng.integers(len(unseen))] if unseen else None
        for _ in range(MAX_TRIED):
            drawn = self.space.sample(1, rng, allow_fewer=True)
            if not len(drawn):  # the constraints leave next to nothing
                break
            row: _Floats = drawn[0]
            if self._is_new(row):
                return row
        if self.space.size is None or self.space.size > MAX_LISTED:
            return None
        return next(filter(self._is_new, self.space.enumerate()), None)
