"""The fold models and out-of-fold predictions of the leaders, kept during a search."""

from __future__ import annotations

import contextlib
import os
from bisect import insort
from collections.abc import Mapping
from dataclasses import replace
from types import TracebackType
from typing import Any

import numpy as np

from skhp.ensembles._keeping import (
    KeepFolds,
    KeptFold,
    as_bytes,
    read_fold,
    write_fold,
)
from skhp.ensembles._predictions import Prediction
from skhp.evaluation import Observer, Record, Row, SplitResult, Task
from skhp.evaluation._fit_and_score import short_traceback
from skhp.evaluation._temporary_folder import TemporaryFolder

_MEMORY_BYTES = 256 * 2**20  # of models in this process; others are written
_UNEVENNESS = 20  # how many times larger the next model may be than the largest known


# Minus the level, minus the score, the number of a candidate: the best is the least.
_Leader = tuple[int, float, int]


class FoldStore(Observer):
    """Keeps what the workers have kept of the best candidates, and drops the rest.

    It is a context manager: the folder exists inside.

    Parameters
    ----------
    n_leaders : int
        Number of candidates to keep.
    max_bytes : int
        Limit on what they take together. The best one is kept even if it takes more.
    has_labels : bool
        Whether `y` has several columns.

    Attributes
    ----------
    n_dropped_for_room : int
        How many candidates were dropped because of the limit alone.
    """

    def __init__(self, n_leaders: int, max_bytes: int, *, has_labels: bool) -> None:
        self._n_leaders, self._max_bytes = n_leaders, max_bytes
        self._has_labels = has_labels
        self._record: Record | None = None
        self._folds: dict[int, dict[int, KeptFold]] = {}  # by candidate and split
        self._used = 0  # bytes on disk
        self._n_live, self._largest = 0, 0  # models in memory, bytes of a large one
        self._leaders: list[_Leader] = []
        self._dropped_for_room: set[int] = set()

    def __enter__(self) -> FoldStore:
        self._temporary = TemporaryFolder(self._max_bytes, name="folds-")
        return self

    def for_workers(self, *, is_live: bool = False) -> KeepFolds:
        """Return what goes to the workers, as `Job.keeping`.

        Parameters
        ----------
        is_live : bool, default=False
            Whether models are not changed any more once they are fitted.
        """
        return KeepFolds(self._temporary.path, self._has_labels, is_live)

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._temporary.remove()

    def watch(self, record: Record) -> None:
        """Say which record the candidates are in."""
        self._record = record

    @property
    def n_dropped_for_room(self) -> int:
        return len(self._dropped_for_room)

    def started(self) -> None:
        """Let the candidates of an earlier run, whose models are gone, compete too."""
        assert self._record is not None
        for row in self._record.rows:
            if not row.n_missing:
                self._compete(row)

    def split_done(self, task: Task, result: SplitResult) -> bool:
        """Take what was kept of a fit."""
        if isinstance(result.kept, KeptFold):
            self.take(task.trial.number, task.split, result.kept)
        return False

    def take(self, number: int, split: int, kept: KeptFold) -> None:
        """Take what was kept of a fit; write it, if the worker could not."""
        if isinstance(kept.content, bytes):
            kept = self._written(kept, kept.content)
        self._folds.setdefault(number, {})[split] = kept
        self._used += kept.size
        self._n_live += kept.live is not None

    def _written(self, kept: KeptFold, content: bytes) -> KeptFold:
        try:
            path = write_fold(self._temporary.path, content)
        except OSError as error:  # such as a full disk
            return KeptFold(error=f"{type(error).__name__}: {error}")
        return replace(kept, content=path)

    def trial_done(self, row: Row) -> bool:
        """Drop the candidate, or another one, if it cannot be in the ensemble."""
        if row.trial.repeats is None:
            self._compete(row)
        return False

    def _compete(self, row: Row) -> None:
        record, number = self._record, row.trial.number
        assert record is not None
        score = row.mean_score(record.objective)
        if np.isnan(score) or row.trial.repeats is not None:
            self.drop(number)
            return
        insort(self._leaders, (-record.levels.of(row.trial), -score, number))
        while len(self._leaders) > self._n_leaders:
            self.drop(self._leaders.pop()[-1])
        self.make_room(number)

    def make_room(self, number: int) -> None:
        """Drop the last leaders until all take no more than they may.

        Parameters
        ----------
        number : int
            The candidate that has come in last.
        """
        self._limit_memory(number)
        while self._n_bytes > self._max_bytes and len(self._leaders) > 1:
            dropped = self._leaders.pop()[-1]
            self._dropped_for_room.add(dropped)
            self.drop(dropped)

    @property
    def _n_bytes(self) -> int:
        return self._used + self._n_live * self._largest

    def _limit_memory(self, number: int) -> None:
        """Write the models of a candidate that are in memory, if they are too large.

        Pickling is what costs time: sizes are only looked at where they may matter.
        """
        live = {i: f for i, f in self._folds.get(number, {}).items() if f.live}
        if not live:
            return
        is_near = self._n_live * self._largest * _UNEVENNESS > _MEMORY_BYTES
        if is_near or not self._largest:
            size = _writable(next(iter(live.values()))).size
            self._largest = max(self._largest, size)
        if self._n_live * self._largest > _MEMORY_BYTES:
            self.drop(number)
            for split, kept in live.items():
                self.take(number, split, _writable(kept))

    def drop(self, number: int) -> None:
        """Remove what is kept of a candidate."""
        for kept in self._folds.pop(number, {}).values():
            self._used -= kept.size
            self._n_live -= kept.live is not None
            if isinstance(kept.content, str):
                with contextlib.suppress(OSError):
                    os.unlink(kept.content)

    def missing(self, number: int, n_splits: int) -> list[int]:
        """Return the splits of which nothing is there, not even why."""
        kept = self._folds.get(number, {})
        return [split for split in range(n_splits) if split not in kept]

    def folds(self, number: int) -> Mapping[int, KeptFold]:
        """Return what could be kept of a candidate, by split."""
        return {
            split: kept
            for split, kept in sorted(self._folds.get(number, {}).items())
            if kept.content is not None or kept.live is not None
        }

    def why_not(self, number: int) -> str:
        """Return why nothing could be kept of a candidate; "" if that is not known."""
        errors = [kept.error for kept in self._folds.get(number, {}).values()]
        return next((e.splitlines()[-1] for e in errors if e), "")

    def leaders(self, level: int) -> list[int]:
        """Return the numbers of the best candidates of a level, the best first."""
        return [number for rank, _, number in self._leaders if rank == -level]

    def prediction(self, number: int, split: int) -> Prediction:
        """Return an out-of-fold prediction that was kept."""
        live = self._folds[number][split].live
        if live is not None:
            return live[0]
        return read_fold(self._path(number, split), with_model=False)[0]

    def model(self, number: int, split: int) -> Any:
        """Return a fold model that was kept."""
        live = self._folds[number][split].live
        if live is not None:
            return live[1]
        return read_fold(self._path(number, split), with_model=True)[1]

    def model_size(self, number: int) -> int:
        """Return how many bytes a fold model of a candidate takes."""
        kept = next(iter(self.folds(number).values()))
        if kept.live is not None:
            return _writable(kept).model_size
        return kept.model_size

    def _path(self, number: int, split: int) -> str:
        return str(self._folds[number][split].content)


def _writable(kept: KeptFold) -> KeptFold:
    """Return a fold that is in memory as one that can be written."""
    assert kept.live is not None
    try:
        return as_bytes(*kept.live, kept.seconds)
    except Exception:
        return KeptFold(error=short_traceback())
