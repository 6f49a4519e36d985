"""Hyperband with asynchronous promotions."""

from __future__ import annotations

from bisect import insort
from typing import Any

import numpy as np

from skhp.exceptions import InvalidParameterError, OptimizerError
from skhp.optimizers._adopting import CannotExtend
from skhp.optimizers._brackets import Bracket, hyperband
from skhp.optimizers._configurations import Configuration, Configurations
from skhp.optimizers._draws import DrawsByTrial
from skhp.optimizers._pending import PendingTrials
from skhp.optimizers._types import Outcome, Proposal, Trial
from skhp.space import Space


class HyperbandOptimizer(CannotExtend):
    """Several successive halvings, from many candidates with little to few with much.

    Parameters
    ----------
    space : Space
        The search space.
    max_resources : int
        Resource of a candidate on the highest rung.
    min_resources : int, default=1
        Smallest resource of a candidate.
    factor : float, default=3
        Each rung promotes the best ``1 / factor`` of its candidates.
    n_brackets : int, default=None
        Number of brackets, beginning with the one that starts most candidates. None
        runs each once.
    n_candidates : int, default=None
        Number of candidates to start in all; the brackets are repeated to reach it.
    sampler : {"bayes", "random"}, default="bayes"
        How new candidates are chosen; see Notes.
    asynchronous : bool, default=True
        If True, a candidate is promoted as soon as it is among the best ``1 / factor``
        of those finished on its rung and fewer than this share have been promoted
        [2]_; if there is none to promote, a new candidate is started. If False, a rung
        is completed before its best candidates are promoted, and a bracket before the
        next one starts, so that nothing depends on timing.
    random_state : int, RandomState, Generator or None, default=None
        Seed of the random draws.
    resource_param : str, default=None
        The parameter that is the resource, if it is one; each trial sets it.

    Attributes
    ----------
    brackets : list of Bracket
        The planned brackets.

    Notes
    -----
    With ``sampler="bayes"``, two new candidates in three maximise the expected
    improvement of a Gaussian process fitted to the highest level of the resource that
    has enough results, as in BOHB [3]_ and SMAC; the others are drawn from the priors.

    Candidates are promoted by the rule of ASHA [2]_, with an upper limit on the number
    of promotions at any time. The cost of a search is therefore known beforehand, and
    the same whether it is asynchronous or not.

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
        self._drawn = Configurations(space, sampler, DrawsByTrial(random_state))
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
        self._running = [_RunningBracket(bracket, factor) for bracket in self.brackets]
        self._pending = PendingTrials()
        self._where: dict[int, tuple[int, int, int]] = {}  # bracket, rung, origin
        self._configurations: dict[int, Configuration] = {}  # by origin
        self.exhausted = False
        self._at = 0  # brackets before this one begin nothing any more
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
        if self._pending.n_asked >= self.n_trials:
            return True
        return not self._pending.trials and self._next() is None

    def ask(self, n: int = 1) -> list[Trial]:
        """Return promotions, then new candidates, at most `n`."""
        trials: list[Trial] = []
        while len(trials) < n:
            move = self._next()
            if move is None:
                break
            at, rung, origin = move
            if origin is None:
                drawn = self._drawn_for(at)
                if drawn is None:
                    self.exhausted = True
                    continue
                self._configurations[self._pending.n_asked] = drawn
            trials.append(self._open(at, rung, origin))
        return trials

    def adopt(self, proposal: Proposal) -> Trial:
        """Return the next trial, which an earlier run has proposed.

        Raises
        ------
        OptimizerError
            If another candidate must be promoted now, or none can be started.
        """
        move = self._next()
        if move is not None and move[2] is None and proposal.origin is not None:
            self.exhausted = True  # a new candidate was wanted, and there was none
            move = self._next()
        if move is None or move[2] != proposal.origin:
            raise OptimizerError("Another candidate must be promoted or begun now.")
        at, rung, origin = move
        if origin is None:
            self._learn_of_rung(at, 0)
            number = self._pending.n_asked
            self._configurations[number] = self._drawn.adopt(number, proposal)
        return self._open(at, rung, origin)

    def tell(self, trial: Trial, outcome: Outcome) -> None:
        """Learn the outcome of a trial; nan means failed and is never promoted."""
        self._pending.remove(trial)
        at, rung, origin = self._where.pop(trial.number)
        self._running[at].finish(rung, origin, outcome.mean)
        resource = self.brackets[at].n_resources[rung]
        if self._asynchronous:
            self._drawn.learn(origin, resource, outcome.mean)
        else:
            self._held.append((trial.number, origin, resource, outcome.mean))

    def _next(self) -> tuple[int, int, int | None] | None:
        """Return bracket, rung and origin of the next trial; no origin if it is new."""
        if self._asynchronous:
            return self._promotion() or self._beginning()
        for k in range(self._at, len(self._running)):
            bracket = self._running[k]
            if bracket.is_finished(self.exhausted):
                self._at = k + 1
                continue
            if bracket.n_begun < bracket.size and not self.exhausted:
                return k, 0, None
            step = bracket.promotable(whole_rungs=True)
            return None if step is None else (k, *step)
        return None

    def _promotion(self) -> tuple[int, int, int | None] | None:
        for k in self._climbing:
            step = self._running[k].promotable(whole_rungs=False)
            if step is not None:
                return k, *step
        return None

    def _beginning(self) -> tuple[int, int, int | None] | None:
        if self.exhausted:
            return None
        while self._at < len(self._running):
            if self._running[self._at].n_begun < self._running[self._at].size:
                return self._at, 0, None
            self._at += 1
        return None

    def _drawn_for(self, at: int) -> Configuration | None:
        """Return a new configuration to start in a bracket, if there is one."""
        self._learn_of_rung(at, 0)
        return self._drawn.draw(self._pending.n_asked)

    def _learn_of_rung(self, at: int, rung: int) -> None:
        """Tell the surrogate, in order of asking, the results of a finished rung."""
        if self._rung != (at, rung):
            for _, first, resource, score in sorted(self._held):
                self._drawn.learn(first, resource, score)
            self._held.clear()

    def _open(self, at: int, rung: int, origin: int | None) -> Trial:
        """Return the trial of a bracket and rung; without origin, a new candidate."""
        self._learn_of_rung(at, rung)
        first = self._pending.n_asked if origin is None else origin
        bracket, drawn = self.brackets[at], self._configurations[first]
        self._rung = at, rung
        amount, params = bracket.n_resources[rung], drawn.params
        if self._resource_param is not None:
            params = {**params, self._resource_param: amount}
        trial = self._pending.add(
            params,
            resource=amount,
            labels={"bracket": bracket.number, "rung": rung, "n_resources": amount},
            origin=origin,
            row=drawn.row,
            surrogate=drawn.surrogate if origin is None else (),
            lower_resources=tuple(bracket.n_resources[:rung]),
        )
        self._where[trial.number] = (at, rung, first)
        self._running[at].begin(rung, first)
        if origin is None and self._running[at].n_begun == 1:
            self._climbing.append(at)
        if self._running[at].is_full:
            self._climbing.remove(at)
        return trial


class _Rung:
    """The candidates that have reached one level of one bracket."""

    def __init__(self, size: int) -> None:
        self.size = size  # how many may come
        self.n_come = 0
        self.n_told = 0
        self.ranked: list[tuple[float, int]] = []  # (-score, origin), the best first
        self.promoted: set[int] = set()

    @property
    def is_told(self) -> bool:
        return self.n_told == self.n_come


class _RunningBracket:
    """A bracket that is being run."""

    def __init__(self, bracket: Bracket, factor: float) -> None:
        self._rungs = [_Rung(n) for n in bracket.n_candidates]
        self._factor = factor

    @property
    def size(self) -> int:
        """Number of candidates that it starts with."""
        return self._rungs[0].size

    @property
    def n_begun(self) -> int:
        """Number of candidates started so far."""
        return self._rungs[0].n_come

    @property
    def is_full(self) -> bool:
        """Whether no more candidates will come to any rung."""
        return all(rung.n_come == rung.size for rung in self._rungs)

    def begin(self, rung: int, origin: int) -> None:
        """Enter a candidate on a rung."""
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
        """Return the target rung and the origin of a possible promotion, or None.

        The highest such promotion; with `whole_rungs`, the lowest, and only if no
        candidate of its rung is running.
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
        n_most = self._rungs[at + 1].size
        if rung.n_told < rung.size:
            n_most = min(int(rung.n_told // self._factor), n_most)
        if len(rung.promoted) >= n_most:
            return None
        leaders = (origin for _, origin in rung.ranked[:n_most])
        return next((o for o in leaders if o not in rung.promoted), None)

    def is_finished(self, exhausted: bool) -> bool:
        """Whether nothing is running and nothing is left to do."""
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
