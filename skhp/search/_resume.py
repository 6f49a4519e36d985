"""Going on: with a journal, with a search that was interrupted, with a finished one."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import check_cv

from skhp.evaluation import Loop, Record, Splits
from skhp.evaluation._sklearn import num_samples
from skhp.exceptions import (
    InvalidParameterError,
    SearchInterruptedWarning,
    SpaceExhaustedWarning,
    warn_user,
)
from skhp.journal import (
    Header,
    Journal,
    Replay,
    difference,
    digest_of_splits,
    pack_splits,
    text_of,
    tree_of_data,
    tree_of_params,
    unpack_splits,
)
from skhp.optimizers import Optimizer

if TYPE_CHECKING:
    from skhp.search._base import Data, SearchMixin

# Parameters of a search on which neither candidates nor scores depend, and those that
# the fingerprint has in another form.
_ELSEWHERE = frozenset({"cv", "estimator", "n_iter", "random_state", "refit"})
_NO_MATTER = frozenset(
    {
        "callbacks",
        "fit_timeout",
        "journal",
        "n_jobs",
        "pre_dispatch",
        "threads_per_fit",
        "time_budget",
        "verbose",
        "warm_start",
    }
)


@dataclass(eq=False)
class State:
    """What a fitted search keeps so that it can be gone on with."""

    optimizer: Optimizer
    record: Record
    fingerprint: Mapping[str, Any]
    packed_splits: Any  # None: they can be made again
    n_iter: int | None  # how many candidates were wanted in all
    overhead: float  # share of the time that went into choosing them


class Session:
    """One call of fit: from what it begins, and what it leaves behind.

    Parameters
    ----------
    search : SearchMixin
        Whose fit.
    data : Data
        Of this fit.
    n_more : int or None
        By how many candidates to extend an earlier fit; None: as many as make up the
        search's ``n_iter``.
    """

    splits: Splits
    optimizer: Optimizer
    record: Record
    overhead = 0.0

    def __init__(self, search: SearchMixin, data: Data, n_more: int | None) -> None:
        self.start = time.perf_counter()  # what a time budget counts from
        self._search, self._data, self._n_more = search, data, n_more
        self._fingerprint = fingerprint_of(search, data)
        self._packed: Any = None
        self._n_iter: int | None = getattr(search, "n_iter", None)
        self.overrides: dict[str, Any] = {}
        self._earlier = self._earlier_state()
        self.journal: Journal | None = None
        path = getattr(search, "journal", None)
        if path is not None:
            self._earlier = None  # the file knows it all
            self.journal = Journal(path)

    def __enter__(self) -> Session:
        try:
            self._begin()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.journal is not None:
            self.journal.close()

    def _earlier_state(self) -> State | None:
        search = self._search
        wanted = self._n_more is not None or getattr(search, "warm_start", False)
        state: State | None = search.__dict__.get("_state") if wanted else None
        has_journal = getattr(search, "journal", None) is not None
        if self._n_more is not None and state is None and not has_journal:
            raise NotFittedError(
                f"This {type(search).__name__} instance is not fitted yet. Call 'fit' "
                "before 'extend', or give it the journal of an earlier fit."
            )
        return state

    def _begin(self) -> None:
        search, header = self._search, None
        packed = None
        if self.journal is not None and self.journal.header is not None:
            header = self.journal.header
            packed = header.splits
        elif self._earlier is not None:
            packed = self._earlier.packed_splits
        self._settle_splits(packed)
        if self.journal is not None:
            self._begin_journal(self.journal, header)
        if self._earlier is not None:
            self._check_same(self._earlier)
            self.optimizer, self.record = self._earlier.optimizer, self._earlier.record
            return
        search._overrides = self.overrides
        try:
            self.optimizer = search._make_optimizer()
        finally:
            del search._overrides
        self.record = Record(len(self.splits), search._objective())
        if self.journal is not None:
            self.journal.watch(self.optimizer)

    def _settle_splits(self, packed: Any) -> None:
        """Make the splits, or take those that cannot be made a second time."""
        search, data = self._search, self._data
        cv = _splitter_of(search, data.y)
        n_rows = num_samples(data.X)
        kept = self.journal is not None or self._earlier is not None
        tree: dict[str, Any] = {}
        if packed is not None:
            params = data.routed.splitter.split
            search.n_splits_ = cv and cv.get_n_splits(data.X, data.y, **params)
            try:
                self.splits = unpack_splits(packed, n_rows)
            except (ValueError, TypeError):
                self.splits = []  # of other data, or damaged: the fingerprint differs
            self._packed = packed
            tree["n_splits"] = str(search.n_splits_)
        else:
            self.splits = search._make_splits(data)
            tree["n_splits"] = str(len(self.splits))
            if not _is_repeatable(cv, always_sure=kept):
                self._packed = pack_splits(self.splits, n_rows)
        if self._packed is not None:
            tree["cv"] = _text_of_cv(cv)
        tree["rows"] = digest_of_splits(self.splits)
        self._fingerprint["splits"] = tree

    def _begin_journal(self, journal: Journal, header: Header | None) -> None:
        if header is not None:
            journal.compare(self._fingerprint)
            self._take_over(header)
            return
        seed = None
        if getattr(self._search, "random_state", 0) is None:
            seed = int(np.random.default_rng().integers(2**31))
            self.overrides["random_state"] = seed
        journal.begin(Header(self._fingerprint, self._n_iter, seed, self._packed))

    def _take_over(self, header: Header) -> None:
        """Begin as the journal began."""
        if header.seed is not None:
            self.overrides["random_state"] = header.seed
        if header.n_iter is not None and self._n_iter is not None:
            if self._n_iter < header.n_iter:
                raise InvalidParameterError(
                    f"The 'n_iter' parameter of {type(self._search).__name__} must be "
                    f"at least that of its journal, {header.n_iter}. "
                    f"Got {self._n_iter} instead."
                )
            self.overrides["n_iter"] = header.n_iter

    def _check_same(self, earlier: State) -> None:
        # A RandomState has moved on since.
        before = {k: v for k, v in earlier.fingerprint.items() if k != "random_state"}
        now = {k: v for k, v in self._fingerprint.items() if k != "random_state"}
        found = difference(before, now)
        if found is not None:
            what, old, new = found
            raise InvalidParameterError(
                f"{type(self._search).__name__} can only go on with the search that it "
                f"began: {what} was {old!r:.90} and is {new!r:.90}. Fit it anew "
                "(warm_start=False), or make it as it was."
            )

    def take_up(self, loop: Loop) -> None:
        """Take the search to where it was, and allow the trials that are wanted now."""
        total = None
        if self.journal is not None:
            replay = Replay(self.journal, self.optimizer, self.record, loop)
            replay.run()
            began = self.overrides.get("n_iter", self._n_iter)
            total = None if began is None else began + replay.n_more
        elif self._earlier is not None:
            total = self._earlier.n_iter
            loop.recall()
        else:
            return
        n_more = self._n_more
        if n_more is None:
            n_more = 0 if total is None else max(0, (self._n_iter or 0) - total)
        if n_more:
            self._extend(n_more)
            loop.restart()
        self._n_iter = None if total is None else total + n_more

    def _extend(self, n_more: int) -> None:
        optimizer: Any = self.optimizer
        name = type(self._search).__name__
        if not hasattr(optimizer, "extend"):
            raise InvalidParameterError(
                f"The 'n_iter' parameter of {name}.extend must be 0, which finishes "
                f"what is left: all its candidates are known beforehand. Got {n_more}."
            )
        before = optimizer.n_trials
        optimizer.extend(n_more)
        if self.journal is not None:
            self.journal.extended(n_more)
        if optimizer.n_trials < before + n_more:
            warn_user(
                f"The space has {optimizer.n_trials} points: the search cannot be "
                f"extended from {before} candidates by {n_more}.",
                SpaceExhaustedWarning,
            )

    def state(self) -> State:
        """Return what is needed to go on later."""
        return State(
            self.optimizer,
            self.record,
            self._fingerprint,
            self._packed,
            self._n_iter,
            self.overhead,
        )


def fingerprint_of(search: Any, data: Data) -> dict[str, Any]:
    """Return what makes the results of a search comparable, without its splits."""
    params = search.get_params(deep=False)
    settings = {
        name: text_of(value)
        for name, value in params.items()
        if name not in _NO_MATTER | _ELSEWHERE
    }
    tree = {
        "data": tree_of_data(data.X, data.y, _all_params(data.routed)),
        "estimator": tree_of_params(search.estimator),
        "search": {"class": type(search).__name__, **settings},
        "objective": str(search._objective()),
    }
    if "random_state" in params:
        tree["random_state"] = text_of(params["random_state"])
    return tree


def _all_params(routed: Any) -> dict[str, Any]:
    """Return the parameters of fit by consumer and name."""
    consumed = {
        "estimator": routed.estimator.fit,
        "scorer": routed.scorer.score,
        "splitter": routed.splitter.split,
    }
    return {
        f"{consumer}.{name}": value
        for consumer, params in consumed.items()
        for name, value in params.items()
        if value is not None
    }


def _splitter_of(search: Any, y: Any) -> Any:
    """Return what splits; None where the splits themselves are given."""
    cv = search.cv
    if cv is None or isinstance(cv, Integral) or hasattr(cv, "split"):
        return check_cv(cv, y, classifier=is_classifier(search.estimator))
    return None


def _is_repeatable(cv: Any, *, always_sure: bool) -> bool:
    """Whether the splitter makes the same splits again, as far as can be known."""
    if cv is None:
        return True
    if not type(cv).__module__.startswith("sklearn.") and always_sure:
        return False
    if getattr(cv, "shuffle", None) is False:
        return True
    state = getattr(cv, "random_state", 0)
    return isinstance(state, Integral)


def _text_of_cv(cv: Any) -> str:
    if cv is None or not hasattr(cv, "__dict__"):
        return type(cv).__name__
    given = {k: v for k, v in vars(cv).items() if k != "random_state"}
    return f"{type(cv).__name__}({text_of(given)})"


def warn_if_exhausted(session: Session, loop: Loop | None) -> None:
    """Say that a search ended early, as no new configuration could be found."""
    optimizer, n_tried = session.optimizer, len(session.record.rows)
    wanted = optimizer.n_trials
    is_over = loop is not None and loop.stopped is None
    if is_over and getattr(optimizer, "exhausted", False) and n_tried < (wanted or 0):
        warn_user(
            f"The search ended after {n_tried} of {wanted} candidates: the space, or "
            "what its constraints leave of it, has no other that could be found.",
            SpaceExhaustedWarning,
        )


def warn_of_interrupt(record: Record, optimizer: Optimizer, journal: Any) -> None:
    """Say what there is after Ctrl-C, and how to go on."""
    total = "?" if optimizer.n_trials is None else optimizer.n_trials
    how = "extend(X, y)"
    if journal is not None:
        how = f"{how}, or later by fit with journal={str(journal)!r},"
    warn_user(
        f"The search was interrupted after {record.n_finished} of {total} candidates, "
        f"which are its result; {how} goes on with the rest.",
        SearchInterruptedWarning,
    )
