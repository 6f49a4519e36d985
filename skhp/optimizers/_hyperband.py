"""Hyperband, with rungs that nobody has to wait for."""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from typing import Any

import numpy as np

from skhp.exceptions import InvalidParameterError
from skhp.optimizers._brackets import Bracket, hyperband
from skhp.optimizers._configurations import Configurations
from skhp.optimizers._ledger import Ledger
from skhp.optimizers._listed import generator
from skhp.optimizers._types import Outcome, Trial
from skhp.space import Space


class HyperbandOptimizer:
    """Several successive halvings, from many small candidates to a few full ones.

    Parameters
    ----------
    space : Space
        What to search.
    max_resources : int
        What a candidate gets at the top rung.
    min_resources : int, default=1
        The least that a candidate gets.
    factor : float, default=3
        Each rung keeps one candidate in so many.
    n_brackets : int, default=None
        How many brackets, the most aggressive first; None: each once.
    n_candidates : int, default=None
        How many configurations to draw in all; brackets are repeated up to there.
    sampler : {"bayes", "random"}, default="bayes"
        Where new configurations come from; see Notes.
    asynchronous : bool, default=True
        True: a candidate is promoted as soon as it is among the best
        ``1 / factor`` of those finished at its rung and that rung has promoted fewer
        than this share [2]_, and where there is nobody to promote, a new candidate
        begins. False: a rung is complete before the best of it go on, and a bracket
        before the next begins; what is asked does not depend on timing then.
    random_state : int, RandomState, Generator or None, default=None
        Where the draws come from.
    resource_param : str, default=None
        The parameter that is the resource, if it is one: each trial sets it.

    Attributes
    ----------
    brackets : list of Bracket
        The plan.

    Notes
    -----
    With ``sampler="bayes"`` two new configurations in three maximise the expected
    improvement of a Gaussian process fitted on the highest level of the resource that
    has enough results, as in BOHB [3]_ and SMAC; the others are drawn from the priors.

    The rule of promotion is that of ASHA [2]_, with the number of promotions bounded at
    each moment: what a search costs is so known beforehand, and is the same
    synchronous or not.

    References
    ----------
    .. [1] L. Li et al., "Hyperband: A Novel Bandit-Based Approach to Hyperparameter
       Optimization", JMLR 18 (2018).
    .. [2] L. Li et al., "A System for Massively Parallel Hyperparameter Tuning",
       MLSys 2020.
    .. [3] S. Falkner, A. Klein, F. Hutter, "BOHB: Robust and Efficient Hyperparameter
       Optimization at Scale", ICML 2018.

    Examples
    --------
    >>> from skhp.optimizers import HyperbandOptimizer
    >>> from skhp.space import Space
    >>> space = Space({"x": (0.0, 1.0)})
    >>> optimizer = HyperbandOptimizer(space, max_resources=9, random_state=0)
    >>> [bracket.n_candidates for bracket in optimizer.brackets]
    [(9, 3, 1), (5, 1), (3,)]
    >>> optimizer.ask(1)[0].labels
    {'bracket': 2, 'rung': 0, 'n_resources': 1}
    """

    learns = True

    def __init__(
        self,
        space: Space,
        *,
        max_resources: int,
        min_resources: int = 1,
        factor: float = 3,
        n_brackets: int | None = None,
        n_candidates: int | None = None,
        sampler: str = "bayes",
        asynchronous: bool = True,
        random_state: Any = None,
        resource_param: str | None = None,
    ) -> None:
        if sampler not in ("bayes", "random"):
            raise InvalidParameterError(
                "The 'sampler' parameter of HyperbandOptimizer must be 'bayes' or "
                f"'random'. Got {sampler!r} instead."
            )
        self.space = space
        self._drawn = Configurations(space, sampler, generator(random_state))
        brackets = hyperband(
            max_resources,
            min_resources=min_resources,
            factor=factor,
            n_brackets=n_brackets,
            n_candidates=n_candidates,
        )
        self.brackets = _cut(
            brackets, self._drawn.n_left, max_resources, min_resources, factor
        )
        self._asynchronous, self._resource_param = asynchronous, resource_param
        self._ladders = [_Ladder(bracket, factor) for bracket in self.brackets]
        self._ledger = Ledger()
        self._where: dict[int, tuple[int, int, int]] = {}  # ladder, rung, origin
        self._params: dict[int, Mapping[str, Any]] = {}  # by origin
        self._exhausted = False
        self._at = 0  # ladders before this one begin nothing any more
        self._climbing: list[int] = []  # those with promotions still to come
        # Not asynchronous: the rung being asked for, and what the surrogate may know
        # only when all of it is told, in order of asking.
        self._rung = 0, 0
        self._held: list[tuple[int, int, int, float]] = []

    @property
    def n_trials(self) -> int:
        """Number of trials in all, unless some fail."""
        return sum(bracket.n_trials for bracket in self.brackets)

    @property
    def done(self) -> bool:
        """Whether every trial has been asked for."""
        if self._ledger.n_asked >= self.n_trials:
            return True
        return not self._ledger.pending and self._next() is None

    def ask(self, n: int = 1) -> list[Trial]:
        """Return promotions, then new candidates, at most `n`."""
        trials: list[Trial] = []
        while len(trials) < n:
            move = self._next()
            if move is None:
                break
            trial = self._open(*move)
            if trial is not None:
                trials.append(trial)
        return trials

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Learn the outcome of a trial; nan is a failure, and is never promoted."""
        self._ledger.close(trial)
        ladder, rung, origin = self._where.pop(trial.number)
        bracket = self.brackets[ladder]
        self._ladders[ladder].finish(rung, origin, outcome.mean)
        resource = bracket.n_resources[rung]
        if self._asynchronous:
            self._drawn.learn(origin, resource, outcome.mean)
        else:
            self._held.append((trial.number, origin, resource, outcome.mean))

    def _next(self) -> tuple[int, int, int | None] | None:
        """Return ladder, rung and origin of what to do next; origin None: a new one."""
        if self._asynchronous:
            return self._promotion() or self._beginning()
        for k in range(self._at, len(self._ladders)):
            ladder = self._ladders[k]
            if ladder.is_finished(self._exhausted):
                self._at = k + 1
                continue
            if ladder.n_begun < ladder.size and not self._exhausted:
                return k, 0, None
            step = ladder.promotable(whole_rungs=True)
            return None if step is None else (k, *step)
        return None

    def _promotion(self) -> tuple[int, int, int | None] | None:
        for k in self._climbing:
            step = self._ladders[k].promotable(whole_rungs=False)
            if step is not None:
                return k, *step
        return None

    def _beginning(self) -> tuple[int, int, int | None] | None:
        if self._exhausted:
            return None
        while self._at < len(self._ladders):
            if self._ladders[self._at].n_begun < self._ladders[self._at].size:
                return self._at, 0, None
            self._at += 1
        return None

    def _open(self, at: int, rung: int, origin: int | None) -> Trial | None:
        """Return the trial of a move; None if there are no new configurations."""
        if self._rung != (at, rung):
            for _, first, resource, score in sorted(self._held):
                self._drawn.learn(first, resource, score)
            self._held.clear()
        if origin is None:
            params = self._drawn.draw(self._ledger.n_asked)
            if params is None:
                self._exhausted = True
                return None
            self._params[self._ledger.n_asked] = params
        else:
            params = self._params[origin]
        bracket = self.brackets[at]
        self._rung = at, rung
        amount = bracket.n_resources[rung]
        labels = {"bracket": bracket.number, "rung": rung, "n_resources": amount}
        if self._resource_param is not None:
            params = {**params, self._resource_param: amount}
        trial = self._ledger.open(params, resource=amount, labels=labels, origin=origin)
        first = trial.number if origin is None else origin
        self._where[trial.number] = (at, rung, first)
        self._ladders[at].begin(rung, first)
        if origin is None and self._ladders[at].n_begun == 1:
            self._climbing.append(at)
        if self._ladders[at].is_full:
            self._climbing.remove(at)
        return trial


class _Rung:
    """Those who have come to one level of one bracket."""

    def __init__(self, size: int) -> None:
        self.size = size  # how many may come
        self.n_come = 0
        self.n_told = 0
        self.ranked: list[tuple[float, int]] = []  # (-score, origin), the best first
        self.promoted: set[int] = set()

    @property
    def is_told(self) -> bool:
        return self.n_told == self.n_come


class _Ladder:
    """A bracket that is being run."""

    def __init__(self, bracket: Bracket, factor: float) -> None:
        self._rungs = [_Rung(n) for n in bracket.n_candidates]
        self._factor = factor

    @property
    def size(self) -> int:
        """How many begin."""
        return self._rungs[0].size

    @property
    def n_begun(self) -> int:
        """How many have begun."""
        return self._rungs[0].n_come

    @property
    def is_full(self) -> bool:
        """Whether there is nobody to come, at any rung."""
        return all(rung.n_come == rung.size for rung in self._rungs)

    def begin(self, rung: int, origin: int) -> None:
        """Enter a candidate at a rung."""
        self._rungs[rung].n_come += 1
        if rung:
            self._rungs[rung - 1].promoted.add(origin)

    def finish(self, rung: int, origin: int, score: float) -> None:
        """Enter a score."""
        told = self._rungs[rung]
        told.n_told += 1
        if not np.isnan(score):
            insort(told.ranked, (-score, origin))

    def promotable(self, *, whole_rungs: bool) -> tuple[int, int] | None:
        """Return (rung to go to, origin) of a promotion that there can be now.

        The highest; with `whole_rungs` the lowest, if nobody is running there.
        """
        n_sources = len(self._rungs) - 1
        for at in range(n_sources) if whole_rungs else reversed(range(n_sources)):
            if whole_rungs and not self._rungs[at].is_told:
                return None
            origin = self._best_waiting(at)
            if origin is not None:
                return at + 1, origin
        return None

    def _best_waiting(self, at: int) -> int | None:
        rung = self._rungs[at]
        n_most = min(int(rung.n_told // self._factor), self._rungs[at + 1].size)
        if len(rung.promoted) >= n_most:
            return None
        leaders = (origin for _, origin in rung.ranked[:n_most])
        return next((o for o in leaders if o not in rung.promoted), None)

    def is_finished(self, exhausted: bool) -> bool:
        """Whether there is nothing to do here any more, and nobody is running."""
        begun = self.n_begun == self.size or exhausted
        told = all(rung.is_told for rung in self._rungs)
        return begun and told and self.promotable(whole_rungs=True) is None


def _cut(
    brackets: list[Bracket],
    n_points: int | None,
    max_resources: int,
    min_resources: int,
    factor: float,
) -> list[Bracket]:
    """Return the brackets that a space of `n_points` can fill."""
    n_begin = sum(bracket.n_candidates[0] for bracket in brackets)
    if n_points is None or n_points >= n_begin:
        return brackets
    return hyperband(
        max_resources,
        min_resources=min_resources,
        factor=factor,
        n_candidates=n_points,
    )
