"""What a fitted search keeps to be continued, and in plain arrays to be pickled.

An optimizer and a record take several times the room of the results. From the
parameters of the search and its seed, what was proposed and what was told, the same
optimizer follows again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.evaluation import Record, Row, SplitResult, metric_names
from skhp.journal import Fingerprint
from skhp.optimizers import Optimizer, Proposal, Trial
from skhp.search._strategy import Strategy

_Floats = NDArray[np.float64]
_NONE = -1  # stands for None among integers
_ASK_TIME = "ask_time"


@dataclass(eq=False)
class State:
    """What a fitted search keeps so that it can be continued."""

    strategy: Strategy
    record: Record
    fingerprint: Fingerprint
    packed_splits: Any  # None if the splitter can make them again
    began_with: int | None  # number of candidates requested at first
    n_iter: int | None  # and in all
    random_state: Any  # as it was before the first draw
    overhead: float  # share of the time spent choosing candidates
    rho: float  # test rows for each training row

    @property
    def points(self) -> NDArray[np.float64]:
        """Rows of the candidates in the space, if they have any."""
        return np.array([row.trial.row for row in self.record.rows])

    def plain(self) -> History:
        """Return the same in plain arrays, to be pickled."""
        return History.of(
            self.record,
            fingerprint=self.fingerprint,
            packed_splits=self.packed_splits,
            began_with=self.began_with,
            n_iter=self.n_iter,
            random_state=self.random_state,
            overhead=self.overhead,
            rho=self.rho,
        )


@dataclass(eq=False)
class History:
    """What a fitted search needs in order to be continued, in plain types.

    Attributes
    ----------
    fingerprint : Fingerprint
    packed_splits : list or None
    began_with, n_iter : int or None
        Number of candidates requested at first, and in all.
    random_state : object
        The source of randomness, as it was before the first draw.
    overhead : float
        Share of the time spent choosing candidates.
    rho : float
        Test rows for each training row of a split.
    extensions : list of [int, int, int]
        As in `Record`.
    asked_after : ndarray of shape (n_trials,)
        How many trials were finished when each one was asked for.
    finished : ndarray of shape (n_finished,)
        Numbers of the finished trials, in order of finishing.
    origins : ndarray of shape (n_trials,) or (0,)
        The trial that each one continues, or -1; empty if none continues another.
    points : ndarray of shape (n_points, n_columns)
        Rows in the space, of the trials that continue none; empty if there are none.
    surrogates : list of (int, list of float)
        Trials that have the last state of a surrogate, with this state.
    seconds : ndarray of shape (2, n_trials, n_splits)
        Times of fitting and scoring; nan where there is no result, or another one.
    sizes : ndarray of shape (n_trials, n_splits), or (1, n_splits) if all are equal
        Numbers of rows that were scored on.
    metrics : list of str or None
        The names of the metrics; None if there is one without a name.
    columns : dict of str to ndarray of shape (n_trials,)
        Columns of ``cv_results_``, by their names there: the scores on each split, and
        the times in seconds that choosing the candidates took.
    others : list of (int, int, dict)
        Trial, split and attributes of each result that is not just scores.
    """

    fingerprint: Any
    packed_splits: Any
    began_with: int | None
    n_iter: int | None
    random_state: Any
    overhead: float
    rho: float
    extensions: list[list[int]]
    asked_after: NDArray[np.int32]
    finished: NDArray[np.int32]
    origins: NDArray[np.int32]
    points: _Floats
    surrogates: list[tuple[int, list[float]]]
    seconds: NDArray[np.float32]
    sizes: NDArray[np.int32]
    metrics: list[str] | None
    columns: dict[str, _Floats]
    others: list[tuple[int, int, dict[str, Any]]]

    @classmethod
    def of(cls, record: Record, **what: Any) -> History:
        """Return the history that a record holds; `what` are the other attributes."""
        rows = list(record.rows)
        metrics = metric_names([cell for row in rows for cell in row.results])
        trials = [row.trial for row in rows]
        origins = _ints(_NONE if t.origin is None else t.origin for t in trials)
        drawn = [t.row for t in trials if t.row is not None and t.origin is None]
        done = sorted((r for r in rows if r.is_done), key=_finished_as)
        return cls(
            extensions=[list(extension) for extension in record.extensions],
            asked_after=_ints(row.asked_after for row in rows),
            finished=_ints(row.trial.number for row in done),
            origins=origins if np.any(origins != _NONE) else origins[:0],
            points=np.array(drawn, dtype=np.float64),
            surrogates=_last_states(trials),
            seconds=np.array(
                [_times(rows, metrics, name) for name in ("fit_time", "score_time")]
            ),
            sizes=_sizes(rows),
            metrics=metrics,
            columns=_columns(rows, metrics, record.n_splits),
            others=_others(rows, metrics),
            **what,
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        # The user may change the columns of cv_results_, with which they were shared
        columns = {name: np.array(column) for name, column in state["columns"].items()}
        self.__dict__.update(state, columns=columns)

    def sharing(self, results: Mapping[str, Any]) -> History:
        """Return the same with arrays of ``cv_results_``, which are then pickled once.

        Parameters
        ----------
        results : mapping of str to array
            ``cv_results_``, or what the user has made of it.
        """
        columns = dict(self.columns)
        for name, column in self.columns.items():
            known = results.get(name)
            if isinstance(known, np.ndarray) and _are_same(column, known):
                columns[name] = known
        return replace(self, columns=columns)

    def replay(self, optimizer: Optimizer, record: Record) -> None:
        """Bring a new optimizer and an empty record to where they were."""
        player = _Player(self, optimizer, record)
        for number, n_finished in enumerate(self.asked_after.tolist()):
            player.extend(number)
            player.finish(n_finished)
            player.ask(number)
        player.extend(len(self.asked_after))
        player.finish(len(self.finished))
        player.put_the_rest()


class _Player:
    """Repeats a history with an optimizer and a record.

    Parameters
    ----------
    history : History
    optimizer : Optimizer
    record : Record
    """

    def __init__(self, history: History, optimizer: Optimizer, record: Record) -> None:
        self._history, self._optimizer, self._record = history, optimizer, record
        self._surrogates = {n: tuple(state) for n, state in history.surrogates}
        self._others = {(n, k): SplitResult(**what) for n, k, what in history.others}
        self._points = iter(map(tuple, history.points.tolist()))
        self._extensions = list(history.extensions)

    def extend(self, n_asked: int) -> None:
        """Extend the optimizer as when so many trials had been asked for."""
        while self._extensions and self._extensions[0][0] == n_asked:
            _, n_finished, n_more = self._extensions.pop(0)
            self.finish(n_finished)
            self._optimizer.extend(n_more)
            self._record.extended(n_more)

    def finish(self, n_finished: int) -> None:
        """Tell outcomes until so many trials are finished."""
        while self._record.n_finished < n_finished:
            number = int(self._history.finished[self._record.n_finished])
            self._put(number)
            if not self._record.rows[number].is_done:  # it was given up
                self._tell(self._record.drop(number))

    def ask(self, number: int) -> None:
        """Ask for a trial, which is the one that was asked for."""
        origins = self._history.origins
        origin = int(origins[number]) if len(origins) else _NONE
        row = next(self._points, None) if origin == _NONE else None
        surrogate = self._surrogates.get(number, ())
        proposal = Proposal(row, None if origin == _NONE else origin, surrogate)
        seconds = float(self._history.columns[_ASK_TIME][number])
        self._record.open(self._optimizer.adopt(proposal), seconds)
        self._tell(self._record.settle_repeats())

    def put_the_rest(self) -> None:
        """Enter the results of trials that are not finished."""
        for row in self._record.rows:
            if not row.is_done and row.trial.repeats is None:
                self._put(row.trial.number)

    def _put(self, number: int) -> None:
        for split in range(self._record.n_splits):
            result = self._result(number, split)
            if result is not None:
                self._tell(self._record.put(number, split, result))

    def _tell(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self._optimizer.tell(row.trial, self._record.outcome(row))

    def _result(self, number: int, split: int) -> SplitResult | None:
        """Return the result of a trial on a split; None if there is none."""
        if (number, split) in self._others:
            return self._others[number, split]
        fit_time, score_time = self._history.seconds[:, number, split].tolist()
        if np.isnan(fit_time):
            return None
        sizes = self._history.sizes
        n_test = int(sizes[number if len(sizes) > 1 else 0, split])
        test, train = (self._scores(p, number, split) for p in ("test", "train"))
        return SplitResult(test, train, fit_time, score_time, n_test)

    def _scores(self, part: str, number: int, split: int) -> Any:
        metrics, columns = self._history.metrics, self._history.columns
        names = [f"split{split}_{part}_{metric}" for metric in metrics or ["score"]]
        if names[0] not in columns:
            return None
        scores = [float(columns[name][number]) for name in names]
        return scores[0] if metrics is None else dict(zip(metrics, scores, strict=True))


def _are_same(a: NDArray[Any], b: NDArray[Any]) -> bool:
    return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)


def _finished_as(row: Row) -> int:
    return row.finished_as


def _ints(numbers: Iterable[int]) -> NDArray[np.int32]:
    return np.fromiter(numbers, dtype=np.int32)


def _is_plain(result: SplitResult | None, metrics: list[str] | None) -> bool:
    """Whether a result is a score for each metric and times, and nothing else."""
    if result is None or not all(
        scores is None or _has_just(metrics, scores)
        for scores in (result.test_scores, result.train_scores)
    ):
        return False
    has_times = not np.isnan([result.fit_time, result.score_time]).any()
    is_odd = result.error or result.failed_metrics or result.ending or result.wants_stop
    return has_times and not is_odd and not result.n_resources


def _has_just(metrics: list[str] | None, scores: Any) -> bool:
    """Whether there is a score for each metric, and for nothing else."""
    if isinstance(scores, dict):
        return metrics is not None and scores.keys() == set(metrics)
    return metrics is None


def _times(
    rows: Sequence[Row], metrics: list[str] | None, name: str
) -> NDArray[np.float32]:
    """Return the seconds of each plain result, nan elsewhere."""
    seconds = [
        [getattr(r, name) if _is_plain(r, metrics) else np.nan for r in row.results]
        for row in rows
    ]
    return np.array(seconds, dtype=np.float32)


def _sizes(rows: Sequence[Row]) -> NDArray[np.int32]:
    sizes = np.array(
        [
            [_NONE if r is None else r.n_test_samples for r in row.results]
            for row in rows
        ],
        dtype=np.int32,
    )
    most = sizes.max(axis=0, initial=_NONE, keepdims=True)
    return most if np.all((sizes == most) | (sizes == _NONE)) else sizes


def _columns(
    rows: Sequence[Row], metrics: list[str] | None, n_splits: int
) -> dict[str, _Floats]:
    """Return scores and times of choosing as columns of ``cv_results_``."""
    cells = [result for row in rows for result in row.results]
    has_train = any(
        cell is not None and cell.train_scores is not None for cell in cells
    )
    columns = {_ASK_TIME: np.array([row.ask_seconds for row in rows], np.float64)}
    for part in ("test", "train") if has_train else ("test",):
        for split in range(n_splits):
            found = [row.results[split] for row in rows]
            scores = [
                None if r is None else getattr(r, f"{part}_scores") for r in found
            ]
            for metric in metrics or ["score"]:
                values = [_score(score, metric) for score in scores]
                columns[f"split{split}_{part}_{metric}"] = np.array(values, np.float64)
    return columns


def _score(scores: Any, metric: str) -> float:
    """Return one score, in the way of ``cv_results_``."""
    if isinstance(scores, dict):
        return float(scores.get(metric, np.nan))
    return np.nan if scores is None else float(scores)


def _others(
    rows: Sequence[Row], metrics: list[str] | None
) -> list[tuple[int, int, dict[str, Any]]]:
    return [
        (row.trial.number, split, asdict(result))
        for row in rows
        if row.trial.repeats is None
        for split, result in enumerate(row.results)
        if result is not None and not _is_plain(result, metrics)
    ]


def _last_states(trials: Sequence[Trial]) -> list[tuple[int, list[float]]]:
    """Return the last state of each surrogate, with the number of the trial it made.

    There is one surrogate, or, where trials have a resource, one for each amount of it,
    with which the state begins.
    """
    last: dict[float | None, Trial] = {}
    for trial in trials:
        if trial.surrogate:
            last[None if trial.resource is None else trial.surrogate[0]] = trial
    return [(trial.number, list(trial.surrogate)) for trial in last.values()]
