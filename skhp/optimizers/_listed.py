"""Optimizers that know all their trials beforehand: grid, random and Sobol search."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Mapping, Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.random import RandomState
from scipy.stats import qmc
from sklearn.model_selection import ParameterGrid, ParameterSampler

from skhp.exceptions import InvalidParameterError
from skhp.optimizers._adopting import AdoptsByAsking, CannotExtend
from skhp.optimizers._draws import generator
from skhp.optimizers._extension import more_of_lists, more_of_space
from skhp.optimizers._pending import PendingTrials
from skhp.optimizers._types import Outcome, Trial
from skhp.space import (
    Space,
    check_constraints,
    configuration_key,
    grid_space,
    has_conditions,
    names_of_constraints,
    satisfies,
    with_lists,
)

_MAX_SOBOL_EXPONENT = 17  # a second or so of asking simple constraints
MAX_LISTED = 2**17  # finite spaces of more points are not gone through one by one


class _ListedOptimizer(AdoptsByAsking, CannotExtend):
    """Proposes a fixed sequence of configurations, whatever it is told."""

    learns = False
    exhausted = False

    def __init__(self, candidates: Sequence[Mapping[str, Any]]) -> None:
        self._candidates = candidates
        self._pending = PendingTrials()
        self._first: dict[Hashable, int] = {}  # the first trial of each configuration

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_first": None}  # keys of objects are their addresses

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _first={})
        for number in range(self._pending.n_asked):
            self._first.setdefault(configuration_key(self._candidates[number]), number)

    @property
    def n_trials(self) -> int:
        """Number of trials in all."""
        return len(self._candidates)

    @property
    def done(self) -> bool:
        """Whether every trial has been asked for."""
        return self._pending.n_asked >= len(self._candidates)

    def ask(self, n: int = 1) -> list[Trial]:
        """Return the next trials, at most `n`."""
        start = self._pending.n_asked
        stop = min(start + n, len(self._candidates))
        return [self._next() for _ in range(start, stop)]

    def _next(self) -> Trial:
        number = self._pending.n_asked
        params = self._candidates[number]
        first = self._first.setdefault(configuration_key(params), number)
        return self._pending.add(params, repeats=None if first == number else first)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Note that a trial is finished."""
        self._pending.remove(trial)


class GridOptimizer(_ListedOptimizer):
    """Every point of a grid, in the order of scikit-learn's `ParameterGrid`.

    Parameters
    ----------
    param_grid : dict of str to sequence, or sequence of such dicts
        The grid, as `sklearn.model_selection.ParameterGrid` takes it. A dimension with
        few values, such as `Integer`, stands for the list of them. With conditions,
        every distinct point comes once.
    constraints : callable or sequence of callable, default=None
        Predicates on a dict of parameters; points that violate one are left out.

    Examples
    --------
    >>> from skhp.optimizers import GridOptimizer
    >>> optimizer = GridOptimizer({"C": [1, 10], "kernel": ["rbf"]})
    >>> [dict(trial.params) for trial in optimizer.ask(5)]
    [{'C': 1, 'kernel': 'rbf'}, {'C': 10, 'kernel': 'rbf'}]
    >>> optimizer.done
    True
    """

    def __init__(self, param_grid: Any, constraints: Any = None) -> None:
        if has_conditions(param_grid):
            grid: Any = _points_of(grid_space(param_grid))
        else:
            grid = ParameterGrid(with_lists(param_grid))
        if constraints is None:
            super().__init__(list(grid))
        else:
            checked = check_constraints(constraints)
            kept = [params for params in grid if satisfies(params, checked)]
            if len(grid) and not kept:
                raise InvalidParameterError(
                    "The constraints must leave some point of the grid. Of its "
                    f"{len(grid)}, none satisfies {names_of_constraints(checked)}."
                )
            super().__init__(kept)


def _points_of(space: Space) -> list[dict[str, Any]]:
    """Return every point of a finite space once."""
    rows = list(space.enumerate())
    return space.to_params(np.array(rows).reshape(len(rows), space.n_columns))


class RandomOptimizer(_ListedOptimizer):
    """Configurations drawn at random.

    Parameters
    ----------
    space : dict, list of dict, or Space
        A dict or list of dicts as scikit-learn takes it is sampled by
        `sklearn.model_selection.ParameterSampler`; a `Space` is sampled from the
        priors of its dimensions.
    n_iter : int
        Number of configurations to draw. Fewer are drawn if every parameter is a list
        of choices and there are fewer combinations.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the random draws.

    Examples
    --------
    >>> from skhp.optimizers import RandomOptimizer
    >>> from skhp.space import Real, Space
    >>> space = Space({"alpha": Real(1e-3, 1e3, prior="log-uniform")})
    >>> trials = RandomOptimizer(space, n_iter=3, random_state=0).ask(10)
    >>> len(trials)
    3
    """

    can_extend = True

    def __init__(self, space: Any, n_iter: int, random_state: Any = None) -> None:
        self._space = space
        if isinstance(space, Space):
            self._rng: Any = generator(random_state)
            candidates = _sample(space, n_iter, self._rng)
        else:
            # One stream of draws, so that it can be gone on with.
            is_seed = isinstance(random_state, Integral)
            self._rng = RandomState(random_state) if is_seed else random_state
            candidates = list(ParameterSampler(space, n_iter, random_state=self._rng))
        super().__init__(candidates)

    def extend(self, n_more: int) -> None:
        """Draw `n_more` more configurations, or as many as there are."""
        more = more_of_space if isinstance(self._space, Space) else more_of_lists
        drawn = more(self._space, self._candidates, n_more, self._rng)
        self._candidates = [*self._candidates, *drawn]


class SobolOptimizer(_ListedOptimizer):
    """A scrambled Sobol sequence, which covers a space more evenly than random draws.

    Parameters
    ----------
    space : Space
        The space to cover.
    n_iter : int
        Number of configurations.
    random_state : int, RandomState, Generator or None, default=None
        Seeds the scrambling.

    References
    ----------
    A. B. Owen, "Scrambling Sobol' and Niederreiter-Xing points", Journal of
    Complexity 14 (1998).

    Examples
    --------
    >>> from skhp.optimizers import SobolOptimizer
    >>> from skhp.space import Integer, Space
    >>> space = Space({"max_depth": Integer(1, 8)})
    >>> trials = SobolOptimizer(space, n_iter=8, random_state=0).ask(8)
    >>> sorted(trial.params["max_depth"] for trial in trials)
    [1, 2, 3, 4, 5, 6, 7, 8]
    """

    can_extend = True

    def __init__(self, space: Space, n_iter: int, random_state: Any = None) -> None:
        self._space, self._rng = space, generator(random_state)
        self._start = copy.deepcopy(self._rng)
        super().__init__(_sobol(space, n_iter, self._rng))

    def extend(self, n_more: int) -> None:
        """Continue the sequence for `n_more` points, or as many as there are."""
        known = self._candidates
        if self._space.size is None:
            longer = _sobol(
                self._space, len(known) + n_more, copy.deepcopy(self._start)
            )
            self._candidates = [*known, *longer[len(known) :]]
        else:
            drawn = more_of_space(self._space, known, n_more, self._rng)
            self._candidates = [*known, *drawn]


def _sample(
    space: Space, n_iter: int, rng: np.random.Generator
) -> list[dict[str, Any]]:
    """Draw `n_iter` configurations; if there are no more, all of them, shuffled."""
    if space.size is not None and space.size <= n_iter:
        return space.to_params(_all_rows(space, rng))
    rows = _distinct(space, space.sample(n_iter, rng, allow_fewer=True))
    while len(rows) < n_iter and space.size is not None:
        # A finite space is sampled without replacement, as scikit-learn does.
        more = space.sample(n_iter, rng, allow_fewer=True)
        rows, known = _distinct(space, np.vstack([rows, more]))[:n_iter], len(rows)
        if len(rows) == known and space.size <= MAX_LISTED:
            return space.to_params(_all_rows(space, rng)[:n_iter])
        if len(rows) == known:
            break
    if len(rows) == 0:
        raise _nothing_left(space, "10,000 draws")
    return space.to_params(rows)


def _sobol(space: Space, n_iter: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """Take the first feasible points of one scrambled Sobol sequence."""
    if space.size is not None and space.size <= n_iter:
        return _sample(space, n_iter, rng)
    # SciPy before 1.15 knows no `rng`
    engine = qmc.Sobol(max(space.n_columns, 1), scramble=True, seed=rng)
    rows = np.empty((0, space.n_columns))
    # Each block doubles the sequence: only so is every beginning of it balanced.
    first = max(int(np.ceil(np.log2(n_iter))), 3)
    for exponent in (first, *range(first, max(first + 1, _MAX_SOBOL_EXPONENT))):
        block = engine.random_base2(exponent)
        block = space.from_uniform(block[:, : space.n_columns])
        known = len(rows)
        rows = _distinct(space, np.vstack([rows, block[space.feasible(block)]]))
        if len(rows) >= n_iter:
            return space.to_params(rows[:n_iter])
        if space.size is not None and len(rows) == known:
            break
    if space.size is not None and space.size <= MAX_LISTED:
        rows = _distinct(space, np.vstack([rows, _all_rows(space, rng)]))
    if len(rows) == 0:
        raise _nothing_left(space, "2**17 points of a Sobol sequence")
    return space.to_params(rows[:n_iter])


def _all_rows(space: Space, rng: np.random.Generator) -> np.ndarray:
    """Return all rows of a finite space, shuffled."""
    rows = list(space.enumerate())
    if not rows:
        raise _nothing_left(space, f"{space.size} points")
    return rng.permutation(np.array(rows).reshape(len(rows), space.n_columns))


def _nothing_left(space: Space, searched: str) -> InvalidParameterError:
    return InvalidParameterError(
        "The constraints must leave some configuration of the space. In "
        f"{searched}, none satisfies {names_of_constraints(space.constraints)}."
    )


def _distinct(space: Space, rows: np.ndarray) -> np.ndarray:
    """Keep the first of the rows that stand for the same configuration."""
    first = {space.key(row): i for i, row in reversed(list(enumerate(rows)))}
    return rows[sorted(first.values())]
