"""One call of fit: where it starts, and the state that it leaves behind."""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from operator import attrgetter
from types import TracebackType
from typing import Any

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state

from skhp.evaluation import (
    Loop,
    Observer,
    Racing,
    Record,
    Row,
    Splits,
    rank,
    to_cv_results,
)
from skhp.evaluation._sklearn import num_samples
from skhp.exceptions import (
    InvalidParameterError,
    SearchInterruptedWarning,
    SpaceExhaustedWarning,
    warn_user,
)
from skhp.journal import (
    Fingerprint,
    Header,
    Journal,
    Replay,
    difference,
    digest_of_splits,
    pack_splits,
    versions,
)
from skhp.optimizers import Optimizer
from skhp.search._history import History, State
from skhp.search._search_fingerprint import fingerprint_of, objective_of
from skhp.search._splits import Splitter
from skhp.search._strategy import ROUNDS_COLUMNS, Data, FitInputs, Strategy
from skhp.selection import (
    POSTERIOR,
    levels_of,
    posterior_mean,
    rank_by_level,
    rho_of,
    rivals_of,
    scores_of_rounds,
    worth_of_best,
)


class Session:
    """One call of fit: its data, splits, strategy and record, and its journal.

    Entering it as a context manager sets all of them up: anew, from a journal, or from
    the state of an earlier fit.

    Parameters
    ----------
    search : estimator
        The search that is fitted.
    data : Data
        The data of this fit.
    n_more : int or None
        Number of candidates to add to an earlier fit. None adds as many as it takes to
        reach the search's ``n_iter``.

    Attributes
    ----------
    strategy : Strategy
    splits : list of (train, test)
    record : Record
    journal : Journal or None
    start : float
        Time from which the time budget is counted.
    overhead : float
        Share of the time spent choosing candidates.
    """

    strategy: Strategy
    splits: Splits
    record: Record
    overhead = 0.0

    def __init__(self, search: Any, data: Data, n_more: int | None) -> None:
        self.start = time.perf_counter()
        self.data = data
        self._search, self._n_more = search, n_more
        self._params = search.get_params(deep=False)
        self._packed: Any = None
        self._n_iter: int | None = self._params.get("n_iter")
        self._began_with = self._n_iter
        self._random_state = self._given_random_state()
        self._earlier: State | History | None = self._earlier_state()
        if search.journal is not None:
            self._earlier = None  # the file knows it all
        self._fingerprints = self._make_fingerprints()
        self.journal: Journal | None = None

    def _make_fingerprints(self) -> list[Fingerprint]:
        """Return the fingerprint for later calls, and that of the journal if any."""
        search, data, earlier = self._search, self.data, self._earlier
        is_sampled = not search.warm_start
        if earlier is not None:
            is_sampled = earlier.fingerprint.is_sampled
        found = [fingerprint_of(search, data, in_memory=True, is_sampled=is_sampled)]
        if search.journal is not None:
            found.append(fingerprint_of(search, data))
        return found

    def _open_journal(self) -> None:
        """Open the journal; refuse to extend by one in which there is nothing."""
        self.journal = journal = Journal(self._search.journal)
        if self._n_more is not None and journal.is_new:
            raise InvalidParameterError(
                f"The 'journal' parameter of {type(self._search).__name__} must be the "
                "journal of the search that is extended, or None. "
                f"Got {journal.path!r}, which is new."
            )

    def __enter__(self) -> Session:
        try:
            if self._search.journal is not None:
                self._open_journal()
            self._begin()
            return self
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.journal is not None:
            self.journal.close()

    @property
    def optimizer(self) -> Optimizer:
        """The optimizer, which chooses the candidates."""
        return self.strategy.optimizer

    def _given_random_state(self) -> Any:
        given = self._params.get("random_state")
        if given is None and "random_state" in self._params:
            return check_random_state(None)  # heeds np.random.seed
        return given

    def _earlier_state(self) -> State | History | None:
        search = self._search
        wanted = self._n_more is not None or search.warm_start
        state: State | History | None = (
            search.__dict__.get("_state") if wanted else None
        )
        if self._n_more is not None and state is None and search.journal is None:
            raise NotFittedError(
                f"This {type(search).__name__} instance is not fitted yet. Call 'fit' "
                "before 'extend', or give it the journal of an earlier fit."
            )
        return state

    def _begin(self) -> None:
        self._splitter = Splitter(self._search, self.data)
        if self._earlier is not None:
            self._settle_splits(self._earlier.packed_splits)
            self._check_same(self._earlier)
            self._check_n_iter(self._earlier.began_with)
            self._take_over(self._earlier)
            return
        header = None if self.journal is None else self.journal.header
        if header is not None and header.n_iter is not None and self._n_iter:
            # A greater one is refused below, once it is known to be of this search
            self._began_with = min(header.n_iter, self._n_iter)
        packed = None if header is None else header.splits
        seed = self._seed(header)
        if seed is not None:
            self._random_state = seed
        self._make_strategy(packed)
        self._settle_splits(packed)
        if self.journal is not None:
            self._begin_journal(self.journal, header, seed)
        self._make_record()

    def _make_strategy(self, packed: Any) -> None:
        drawn_from = self._random_state
        self._random_state = copy.deepcopy(drawn_from)
        n_splits = self._splitter.n_splits(packed)
        inputs = FitInputs(self.data, n_splits, self._began_with, drawn_from)
        self.strategy = self._search._make_strategy(inputs)
        if self._search.racing and self.strategy.rounds is not None:
            raise InvalidParameterError(
                f"The 'racing' parameter of {type(self._search).__name__} must be "
                "False with 'resource', where all splits of a candidate are trained "
                f"side by side. Got {self._search.racing!r} instead."
            )
        if self._search.refit is posterior_mean and self.strategy.beliefs is None:
            raise InvalidParameterError(
                "The 'refit' parameter can be posterior_mean only in a search with a "
                f"surrogate, which is BayesSearchCV. Got it in "
                f"{type(self._search).__name__}."
            )

    def _make_record(self) -> None:
        self.record = Record(len(self.splits), objective_of(self._search))
        self.record.racing = Racing.of(self._search.racing)
        if self.strategy.levels is not None:
            self.record.levels = self.strategy.levels
        if self.strategy.rounds is not None:
            self.record.rounds_param = self.strategy.rounds.param

    def _take_over(self, earlier: State | History) -> None:
        """Go on with the state of an earlier fit, which may have been pickled."""
        self._began_with = earlier.began_with
        self._random_state = earlier.random_state
        if isinstance(earlier, State):
            self.strategy, self.record = earlier.strategy, earlier.record
            return
        self._random_state = copy.deepcopy(earlier.random_state)
        self._make_strategy(earlier.packed_splits)
        self._make_record()
        earlier.replay(self.optimizer, self.record)
        # If this fit fails, the next one goes on with what it has added to the record.
        self._earlier = self._search._state = State(
            self.strategy,
            self.record,
            earlier.fingerprint,
            earlier.packed_splits,
            earlier.began_with,
            earlier.n_iter,
            self._random_state,
            earlier.overhead,
            earlier.rho,
        )

    def _seed(self, header: Header | None) -> int | None:
        """Return the seed that a journal holds, or gets, if the user gave no int.

        It is drawn from a RandomState instance, which has moved on when the search
        resumes, or else from NumPy's global one.
        """
        if header is not None:
            return header.seed
        given = self._params.get("random_state", 0)
        is_seeded = not (given is None or isinstance(given, np.random.RandomState))
        if self.journal is None or is_seeded:
            return None
        return int(check_random_state(given).randint(2**31 - 1))

    def _settle_splits(self, packed: Any) -> None:
        """Make the splits, or take the packed ones if they cannot be made again."""
        splitter = self._splitter
        self._search.n_splits_ = splitter.n_splits(packed)
        self.splits = splitter.splits(packed)
        if packed is not None or not splitter.is_repeatable:
            self._packed = pack_splits(self.splits, num_samples(self.data.X))
        for found in self._fingerprints:
            found.put(str(self._search.n_splits_), "splits", "n_splits")
            if self._packed is not None:
                found.put(str(splitter), "splits", "cv")
            found.put(digest_of_splits(self.splits, found.most), "splits", "rows")

    def _begin_journal(
        self, journal: Journal, header: Header | None, seed: int | None
    ) -> None:
        found = self._fingerprints[-1]
        found.warn_of_unknown()
        if header is None:
            used = versions(found.packages)
            journal.begin(Header(found.tree, self._n_iter, seed, self._packed, used))
            return
        journal.compare(found.tree, found.packages)
        self._check_n_iter(header.n_iter)

    def _check_n_iter(self, began: int | None) -> None:
        """Refuse to go on to fewer candidates than the search was begun with."""
        if began is not None and self._n_iter is not None and self._n_iter < began:
            raise InvalidParameterError(
                f"The 'n_iter' parameter of {type(self._search).__name__} must be at "
                f"least that of the search which is continued, {began}. Got "
                f"{self._n_iter} instead: a search ends earlier with a callback or a "
                "time_budget."
            )

    def _check_same(self, earlier: State | History) -> None:
        present = self._fingerprints[0]
        before, now = (
            # A RandomState has moved on since.
            {k: v for k, v in found.tree.items() if k != "random_state"}
            for found in (earlier.fingerprint, present)
        )
        what = difference(before, now)
        if what is not None:
            raise InvalidParameterError(
                f"{type(self._search).__name__} can only continue the search that it "
                f"started, but {what}. Change it back, or fit anew with "
                "warm_start=False."
            )
        present.warn_of_unknown()

    @property
    def goes_on(self) -> bool:
        """Whether this fit goes on with an earlier one."""
        is_read = self.journal is not None and self.journal.header is not None
        return is_read or self._earlier is not None

    def take_up(self, loop: Loop, own: Sequence[Observer]) -> None:
        """Bring the search back to where it was, then extend it as requested."""
        total = None
        if self.journal is not None:
            replay = Replay(self.journal, self.optimizer, self.record, loop)
            replay.run()
            if self._began_with is not None:
                total = self._began_with + replay.n_more
        elif self._earlier is not None:
            total = self._earlier.n_iter
            loop.recall(own)
        else:
            return
        n_more = self._n_more
        if n_more is None:
            n_more = 0 if total is None else max(0, (self._n_iter or 0) - total)
        if n_more:
            self._extend(n_more)
        if n_more or self._n_more is not None:  # extending goes on past a stopper
            loop.restart()
        self._n_iter = None if total is None else total + n_more
        if self._earlier is not None:  # also where this fit comes to nothing
            self._earlier.n_iter = self._n_iter

    def _extend(self, n_more: int) -> None:
        optimizer = self.optimizer
        if not optimizer.can_extend:
            raise InvalidParameterError(
                f"The 'n_iter' parameter of {type(self._search).__name__}.extend must "
                "be 0, which finishes the search: all its candidates are known "
                f"beforehand. Got {n_more} instead."
            )
        before = optimizer.n_trials or 0
        optimizer.extend(n_more)
        self.record.extended(n_more)
        if self.journal is not None:
            self.journal.extended(n_more)
        if (optimizer.n_trials or 0) < before + n_more:
            warn_user(
                f"The search space has only {optimizer.n_trials} points, so the search "
                f"cannot be extended from {before} candidates by {n_more}.",
                SpaceExhaustedWarning,
            )

    def results(self, record: Record) -> dict[str, Any]:
        """Return ``cv_results_`` for the finished fits of a record.

        Parameters
        ----------
        record : Record
            The record of this search, or a copy of it.
        """
        strategy = self.strategy
        results = to_cv_results(
            record,
            error_score=self._params["error_score"],
            return_train_score=self._params["return_train_score"],
        )
        columns = {**ROUNDS_COLUMNS, **strategy.columns}
        if strategy.rounds is None:
            columns = dict(strategy.columns)
        if record.racing is not None:
            columns["n_splits_evaluated"] = attrgetter("n_evaluated")
        for name, value_of in columns.items():
            results[name] = np.array([value_of(row) for row in record.rows])
        if strategy.ranks_train_scores and self._params["return_train_score"]:
            for name in [name for name in results if name.startswith("mean_train_")]:
                metric = name.removeprefix("mean_train_")
                results[f"rank_train_{metric}"] = rank(results[name])
        if strategy.levels is not None and record.rows:
            levels = levels_of(record.rows, strategy.levels)
            for name in [name for name in results if name.startswith("rank_test_")]:
                means = results[f"mean_test_{name.removeprefix('rank_test_')}"]
                results[name] = rank_by_level(means, levels)
        return results

    def add_beliefs(self, results: dict[str, Any]) -> None:
        """Add the column that `posterior_mean` chooses by, if it is to choose."""
        if self._search.refit is posterior_mean and self.strategy.beliefs is not None:
            results[POSTERIOR] = self.strategy.beliefs()

    def worth_of_best(
        self, results: dict[str, Any], best: int, metric: str
    ) -> dict[str, Any]:
        """Return the attributes that say what the best score is worth."""
        rivals = rivals_of(self.record.rows, self.strategy.levels, best)
        return worth_of_best(
            results,
            best,
            metric,
            rho=self.rho,
            rivals=rivals,
            default_params=self._search.estimator.get_params(),
            alternatives=scores_of_rounds(self.record, rivals, metric),
        )

    def candidate(self, row: Row) -> dict[str, Any]:
        """Return a finished row as loggers are given it."""
        alone = Record(self.record.n_splits, self.record.objective, [row])
        alone.racing = self.record.racing
        columns = self.results(alone)
        made_anew = ("param", "rank_", "status", "error")
        return {
            "index": row.trial.number,
            "params": columns["params"][0],
            "status": str(columns.get("status", ["ok"])[0]),
            "error": columns.get("error", [None])[0],
            **{
                name: np.asarray(column).item()
                for name, column in columns.items()
                if not name.startswith(made_anew)
            },
        }

    @property
    def rho(self) -> float:
        """Test rows for each training row of a split."""
        return rho_of(self.splits, num_samples(self.data.X))

    def state(self) -> State:
        """Return what is needed to continue later."""
        return State(
            self.strategy,
            self.record,
            self._fingerprints[0],
            self._packed,
            self._began_with,
            self._n_iter,
            self._random_state,
            self.overhead,
            self.rho,
        )


def warn_if_exhausted(session: Session, loop: Loop | None) -> None:
    """Warn if a search ended early because no new configuration could be found."""
    optimizer, n_tried = session.optimizer, len(session.record.rows)
    wanted = optimizer.n_trials
    is_over = loop is not None and loop.stopped is None
    if is_over and optimizer.exhausted and n_tried < (wanted or 0):
        warn_user(
            f"The search ended after {n_tried} of {wanted} candidates: no other could "
            "be found in the search space that satisfies its constraints.",
            SpaceExhaustedWarning,
        )


def warn_of_interrupt(record: Record, optimizer: Optimizer, journal: Any) -> None:
    """Warn after Ctrl-C: what the result is, and how to continue."""
    total = "?" if optimizer.n_trials is None else optimizer.n_trials
    how = "extend(X, y)"
    if journal is not None:
        how = f"{how}, or fit(X, y) with journal={str(journal)!r},"
    warn_user(
        f"The search was interrupted after {record.n_finished} of {total} candidates, "
        f"which are now its result; {how} continues with the rest.",
        SearchInterruptedWarning,
    )
