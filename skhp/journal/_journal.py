"""The journal of a search: every proposed trial and the result of every fit.

The first line describes the search (see `_fingerprint`). The lines after it are events,
in the order in which they happened::

    {"ask": 0, "params": {"C": 1.0, "kernel": "rbf"}, "row": [0.5], "seconds": 0.0004}
    {"fit": [0, 2], "test_scores": 0.97, "fit_time": 0.02, "score_time": 0.001, ...}
    {"drop": 0}
    {"refine": [0, 1, 2], "test_scores": 0.96, ...}
    {"extend": 10}

Nothing in a journal is ever executed. Parameters are written for people to read, and
are compared with those of the trial that the optimizer adopts. The optimizer finds
objects among the user's choices in its own list, or by their position in [0, 1]
(``"row"``). The numbers under ``"surrogate"`` are the state of the surrogate.
"""

from __future__ import annotations

import importlib.metadata
import math
import platform
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

import joblib
import numpy
import scipy
import sklearn

from skhp._version import __version__
from skhp.evaluation import Observer, Row, SplitResult, Task
from skhp.exceptions import JournalError, JournalWarning, warn_user
from skhp.journal._description import text_of
from skhp.journal._events import Asked, Dropped, Event, Extended, Fitted, Refined
from skhp.journal._fingerprint import CHANGING, CODE, Tree, difference
from skhp.journal._lines import Entry, LinesFile
from skhp.optimizers import Proposal, Trial

FORMAT = 3
MOST_TRIALS = 10**9  # that a search may have, or be extended by
_MOST_SECONDS = 1e12  # of a fit: 30,000 years
_LONGEST_ERROR = 4000  # characters of a traceback
_START = b'{"skhp_journal": '  # of a first line
_FIELDS = {
    item.name: item
    for item in fields(SplitResult)
    if item.metadata.get("is_kept", True)
}
_REQUIRED = {
    name
    for name, item in _FIELDS.items()
    if item.default is MISSING and item.default_factory is MISSING
}


@dataclass(frozen=True)
class Header:
    """The content of the first line."""

    fingerprint: Tree
    n_iter: int | None = None
    seed: int | None = None  # drawn where the user gave none
    splits: Any = None  # packed, where they cannot be made again
    versions: Mapping[str, str] = field(default_factory=lambda: versions())


def versions(packages: Iterable[str] = ()) -> dict[str, str]:
    """Return the versions of what scores may depend on.

    Parameters
    ----------
    packages : iterable of str
        Names of imported packages besides those of every search.
    """
    modules = {"numpy": numpy, "scipy": scipy, "sklearn": sklearn, "joblib": joblib}
    found = {name: str(module.__version__) for name, module in modules.items()}
    for name in sorted({*packages} - {*found, "skhp", *sys.stdlib_module_names}):
        version = _version_of(name)
        if version is not None:
            found[name] = version
    return {"skhp": __version__, "python": platform.python_version(), **found}


def _version_of(package: str) -> str | None:
    version = getattr(sys.modules.get(package), "__version__", None)
    if isinstance(version, str):
        return version
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:  # of another name than its module
        return None


def written(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters as a journal shows them: plain values, or else texts."""
    return {name: _written(value) for name, value in params.items()}


def _written(value: Any) -> Any:
    if value is None or type(value) in (bool, int):
        return value
    if type(value) is float and math.isfinite(value):
        return value
    if type(value) is str and len(value) <= 100:
        return value
    return text_of(value)


class Journal(Observer):
    """The journal of one search, an observer that writes what the loop reports.

    Parameters
    ----------
    path : str or path-like
        The file. It is created if it does not exist, and else resumed from.

    Attributes
    ----------
    refined : dict of (int, int, int) to SplitResult
        By candidate, shuffle and split: the fits of refining that an earlier run has
        finished, once they are read.

    Raises
    ------
    JournalError
        If the file cannot be used.
    """

    def __init__(self, path: Any) -> None:
        self._is_complete = True  # everything could be written so far
        self.refined: dict[tuple[int, int, int], SplitResult] = {}
        self._file = LinesFile(path)
        try:
            self.path = self._file.path
            self._lines = self._file.read()
            self.header = self._read_header()
        except BaseException:
            self._file.close()
            raise

    @property
    def is_new(self) -> bool:
        """Whether it is still empty."""
        return self.header is None

    def _read_header(self) -> Header | None:
        first = next(self._lines, None)
        if first is None and (
            self._file.n_lines == 0 or self._file.is_torn_start(_START)
        ):
            return None
        entry = {} if first is None else first[1]
        if "skhp_journal" not in entry:
            raise self._file.no_journal()
        if entry["skhp_journal"] != FORMAT:
            raise JournalError(
                f"The journal {self.path!r} must have format {FORMAT}. Got "
                f"{entry['skhp_journal']!r:.20}: it is of another version of skhp."
            )
        header = Header(
            entry.get("fingerprint", {}),
            entry.get("n_iter"),
            entry.get("seed"),
            entry.get("splits"),
            entry.get("versions", {}),
        )
        is_right = (
            isinstance(header.fingerprint, Mapping)
            and isinstance(header.versions, Mapping)
            and (header.n_iter is None or _is_within(header.n_iter, 1, MOST_TRIALS))
            and (header.seed is None or _is_within(header.seed, 0, 2**32 - 1))
        )
        if not is_right:
            raise self.wrong(1, "says something that no search writes")
        return header

    def begin(self, header: Header) -> None:
        """Write the first line of a new journal.

        Raises
        ------
        JournalError
            If it cannot be written.
        """
        entry = {"skhp_journal": FORMAT, **vars(header)}
        try:
            self._file.append({k: v for k, v in entry.items() if v is not None})
            self._file.sync()
        except OSError as error:
            raise JournalError(
                f"The journal {self.path!r} must be a file that can be written. "
                f"Got: {error.strerror}."
            ) from error

    def compare(self, fingerprint: Tree, packages: Iterable[str] = ()) -> None:
        """Raise if the journal is of another search; warn about other versions.

        Parameters
        ----------
        fingerprint : Tree
            The fingerprint of the present search.
        packages : iterable of str
            The packages that the present search is made of.

        Raises
        ------
        JournalError
            If a fingerprint differs; the message names the first difference.
        """
        assert self.header is not None
        before, now = dict(self.header.fingerprint), dict(fingerprint)
        current, old = versions(packages), self.header.versions
        comparable = _is_same_python(old.get("python"), current["python"])
        values = before.pop(CHANGING, {}), now.pop(CHANGING, {})
        if not comparable:
            for tree in (before, now):
                tree.pop(CODE, None)
        found = difference(before, now)
        if found is not None:
            hint = ""
            if found.startswith(("data", "splits")):
                hint = " (as with the clones of a search in nested cross-validation)"
            raise JournalError(
                f"The journal {self.path!r} is of another search: {found}{hint}. Use "
                "another path, or change the search back; nothing was overwritten."
            )
        self._warn_of_changed(*values)
        changed = [
            f"{name} {_printable(old.get(name))}"
            for name, version in current.items()
            if old.get(name) != version
        ]
        if changed:
            hint = ""
            if not comparable and fingerprint.get(CODE):
                hint = (
                    ", and code cannot be compared between versions of Python: take "
                    f"care that it is the same in {', '.join(fingerprint[CODE])}"
                )
            warn_user(
                f"The journal {self.path!r} was written with {', '.join(changed)}: "
                f"scores of other versions may not be comparable{hint}.",
                JournalWarning,
            )

    def _warn_of_changed(self, before: Any, now: Any) -> None:
        """Warn of global values that code reads and may itself have changed."""
        was = before if isinstance(before, dict) else {}
        names = [name for name, text in now.items() if was.get(name) != text]
        if names:
            warn_user(
                f"The journal {self.path!r} was written when {', '.join(names)}, which "
                "the code of the search reads, had another content. Take care that "
                "the scores do not depend on it.",
                JournalWarning,
            )

    def events(self) -> Iterator[Event]:
        """Yield the events in order; warn at the end if the last line is torn."""
        for line, entry in self._lines:
            yield self._event(line, entry)
        if self._file.torn is not None:
            warn_user(
                f"The last line ({self._file.torn}) of the journal {self.path!r} is "
                "torn, as after a power cut, and is left out: its fit is run again.",
                JournalWarning,
            )

    # --- what the loop tells ----------------------------------------------------

    def asked(self, trial: Trial, seconds: float) -> None:
        """Write a proposed trial."""
        entry: Entry = {"ask": trial.number, "params": written(trial.params)}
        for name in ("resource", "origin", "row", "surrogate"):
            value = getattr(trial, name)
            if value is not None and value != ():
                entry[name] = value
        self._append({**entry, "seconds": round(seconds, 6)})

    def split_done(self, task: Task, result: SplitResult) -> bool:
        """Write a finished fit."""
        self._append({"fit": [task.trial.number, task.split], **_entry_of(result)})
        return False

    def refine_done(
        self, row: int, shuffle: int, split: int, result: SplitResult
    ) -> None:
        """Write a finished fit of a candidate on a further shuffle of the splits."""
        self._append({"refine": [row, shuffle, split], **_entry_of(result)})

    def dropped(self, row: Row) -> None:
        """Write that the missing splits of a trial are given up."""
        self._append({"drop": row.trial.number})

    def extended(self, n_more: int) -> None:
        """Write an extension by more trials."""
        self._append({"extend": n_more})

    def close(self) -> None:
        """Close and unlock the file."""
        try:
            self._file.close()
        except OSError as error:
            self._warn_of_gap(error)

    def _append(self, entry: Entry) -> None:
        """Write a line; a full disk must not cost a search what it has found."""
        try:
            self._file.append(entry)
        except OSError as error:
            self._warn_of_gap(error)

    def _warn_of_gap(self, error: OSError) -> None:
        if self._is_complete:
            self._is_complete = False
            warn_user(
                f"The journal {self.path!r} cannot be written ({error.strerror}). The "
                "search goes on all the same, and its result lacks nothing. The lines "
                "are written as soon as that is possible; the fits of those that never "
                "are would be run again on resuming.",
                JournalWarning,
            )

    # --- reading ----------------------------------------------------------------

    def wrong(self, line: int, what: str) -> JournalError:
        """Return the error for a line that is undamaged but invalid."""
        return JournalError(
            f"Line {line} of the journal {self.path!r} {what}. The file was changed, "
            "or is of another version of skhp: use another path."
        )

    def _event(self, line: int, entry: Entry) -> Event:
        try:
            if "ask" in entry:
                return _asked_of(line, entry)
            if "fit" in entry:
                trial, split = map(_natural, entry.pop("fit"))
                return Fitted(line, trial, split, _result_of(entry))
            if "refine" in entry:
                row, shuffle, split = map(_natural, entry.pop("refine"))
                return Refined(line, row, shuffle, split, _result_of(entry))
            if "drop" in entry:
                return Dropped(line, _natural(entry["drop"]))
            return Extended(line, _natural(entry["extend"]))
        except (ValueError, TypeError, KeyError, OverflowError):
            raise self.wrong(line, "says something that no search writes") from None


def _asked_of(line: int, entry: Entry) -> Asked:
    params = entry["params"]
    if not isinstance(params, dict):
        raise TypeError
    resource, origin = (
        None if entry.get(name) is None else _natural(entry[name])
        for name in ("resource", "origin")
    )
    row, surrogate = entry.get("row"), _floats(entry.get("surrogate", []))
    proposal = Proposal(None if row is None else _floats(row), origin, surrogate)
    number, seconds = _natural(entry["ask"]), _seconds(entry["seconds"])
    return Asked(line, number, params, resource, proposal, seconds)


def _entry_of(result: SplitResult) -> Entry:
    """Return a result in JSON's types, without fields that have their defaults."""
    entry = {}
    for name, item in _FIELDS.items():
        value = getattr(result, name)
        if name in _REQUIRED or value != item.default:
            entry[name] = _encoded(value)
    return entry


def _encoded(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_ERROR else value[-_LONGEST_ERROR:]
    if isinstance(value, Mapping):
        return {str(name): _encoded(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_encoded(inner) for inner in value]
    number = float(value)
    return number if math.isfinite(number) else repr(number)


def _result_of(entry: Entry) -> SplitResult:
    values = {name: _decoded(name, value) for name, value in entry.items()}
    return SplitResult(**values)  # TypeError: a field too many or too few


def _decoded(name: str, value: Any) -> Any:
    """Return the value of a field after checking its type."""
    kind = str(_FIELDS[name].type)
    if value is None and "None" in kind:
        return None
    if kind.startswith("Scores"):
        if isinstance(value, dict):
            return {metric: _number(score) for metric, score in value.items()}
        return _number(value)
    if kind.startswith("tuple[float"):
        if not isinstance(value, list):
            _refuse()
        return tuple(float(_number(number)) for number in value)
    if kind.startswith("tuple"):
        return tuple(value) if isinstance(value, list) else _refuse()
    if kind.startswith("bool"):
        return value if isinstance(value, bool) else _refuse()
    if kind.startswith("int"):
        return _natural(value)
    if kind.startswith("float"):
        return _seconds(value)
    return value if isinstance(value, str) else _refuse()


def _number(value: Any) -> Any:
    if value in ("nan", "inf", "-inf") and isinstance(value, str):
        return float(value)
    if type(value) not in (int, float, bool):
        raise ValueError
    float(value)  # OverflowError: an integer that is no number of ours
    return value


def _seconds(value: Any) -> float:
    seconds = float(_number(value))
    return seconds if 0.0 <= seconds <= _MOST_SECONDS else _refuse()  # nan neither


def _is_within(value: Any, low: int, high: int) -> bool:
    """Whether it is an integer, and not too small or large."""
    return type(value) is int and low <= value <= high


def _natural(value: Any) -> int:
    if _is_within(value, 0, 2**62):
        return int(value)
    raise ValueError


def _floats(values: Any) -> tuple[float, ...]:
    if not isinstance(values, list):
        raise TypeError
    numbers = tuple(float(_number(value)) for value in values)
    return numbers if all(map(math.isfinite, numbers)) else _refuse()


def _refuse() -> Any:
    raise ValueError


def _printable(value: Any) -> str:
    """Return a text from a file for a message: short, without control characters."""
    return repr(str(value))[:90]


def _is_same_python(old: Any, new: str) -> bool:
    """Whether two versions of Python compile to the same code."""
    return str(old).split(".")[:2] == new.split(".")[:2]
