"""Warnings that fits raise: collected where a fit runs, and told once at the end.

`warnings.catch_warnings` replaces what the whole process uses, so it can't tell apart
the fits of several threads. Instead, `warnings.showwarning` is replaced while any fit
runs, by a function that gives each warning to the fit of its own thread. A warning gets
there after the user's filters: one that they ignore is not seen, and one that they
make an error makes the fit fail.
"""

from __future__ import annotations

import importlib
import operator
import os
import re
import threading
import warnings
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from skhp.evaluation._protocols import Observer
from skhp.evaluation._task import SplitResult, Task
from skhp.exceptions import warn_user

_MOST_KINDS = 10  # that are told of
_LONGEST_TEXT = 160  # characters of a warning
_LONGEST_EXAMPLE = 80  # ... and of the parameters of a candidate
# What differs between warnings of one kind.
_NUMBER = re.compile(r"0x[0-9a-f]+|[-+]?\d[\d.]*(e[-+]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class FitWarning:
    """A warning that was raised during a fit; it can be pickled, whatever its class.

    Attributes
    ----------
    category : type of Warning
        In another process, its nearest base class that can be imported there.
    text : str
        The message.
    filename, lineno : str, int
        Where it was raised.
    """

    category: type[Warning]
    text: str
    filename: str
    lineno: int

    @property
    def kind(self) -> Hashable:
        """What it has in common with those that differ in numbers only."""
        return self.category, _NUMBER.sub("#", self.text)

    def show(self) -> None:
        """Show it; the user's filters have let it through where it was raised."""
        message = self.with_text(self.text)
        warnings.showwarning(message, type(message), self.filename, self.lineno)

    def with_text(self, text: str) -> Warning:
        """Return a warning with a text, of the nearest base that takes nothing else."""
        for base in self.category.__mro__:
            try:
                return base(text)  # type: ignore[no-any-return]
            except TypeError:  # its constructor wants more
                continue
        return UserWarning(text)

    def __reduce__(self) -> tuple[Any, ...]:
        bases = [base for base in self.category.__mro__ if issubclass(base, Warning)]
        names = [(base.__module__, base.__qualname__) for base in bases]
        return _restored, (names, self.text, self.filename, self.lineno)


def _restored(names: Sequence[tuple[str, str]], *rest: Any) -> FitWarning:
    for module, name in names:
        try:
            category = operator.attrgetter(name)(importlib.import_module(module))
        except (ImportError, AttributeError):  # of a function, or only known there
            continue
        return FitWarning(category, *rest)
    return FitWarning(UserWarning, *rest)


_Found = dict[Hashable, FitWarning]  # by kind
_of_thread = threading.local()  # .found: the warnings of the fit that it runs
_show_elsewhere: Callable[..., None] = warnings.showwarning  # when no fit runs
_n_fits = 0  # that run in this process
_Filter = tuple[Any, ...]
_filters: list[_Filter] = []  # in which some stand in for others while fits run
_stood_in: dict[int, tuple[_Filter, _Filter | None]] = {}  # and for which, by id
_lock: threading.Lock


def _make_lock() -> None:
    """Begin with an open lock; a forked process has no thread that would open it."""
    global _lock
    _lock = threading.Lock()


_make_lock()
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_make_lock)


class collected_warnings:
    """Context manager that collects the warnings of the calling thread, by kind.

    They are shown after all if an exception ends it.
    """

    __slots__ = ("_before", "_found")

    def __enter__(self) -> _Found:
        self._before = getattr(_of_thread, "found", None)
        self._found: _Found = {}
        _of_thread.found = self._found
        _install()
        return self._found

    def __exit__(self, exc_type: type[BaseException] | None, *exc_info: object) -> None:
        _of_thread.found = self._before
        if exc_type is not None:
            for warning in self._found.values():
                warning.show()
        _uninstall()


def _install() -> None:
    global _n_fits, _show_elsewhere
    with _lock:
        _n_fits += 1
        if _n_fits > 1:
            return
        if warnings.showwarning is not _collect:
            _show_elsewhere, warnings.showwarning = warnings.showwarning, _collect
        _show_repeatedly()


def _uninstall() -> None:
    global _n_fits
    with _lock:
        _n_fits -= 1
        if _n_fits > 0:
            return
        if warnings.showwarning is _collect:
            warnings.showwarning = _show_elsewhere
        _show_as_before()


def _show_repeatedly() -> None:
    """Have each fit raise its own warnings, not only the first fit that gets there.

    Filters that show a warning once ("default", "module", "once", and what holds where
    no filter matches) always show it while fits run. To make Python forget what it has
    shown would not do: of two threads at one line, the second may be past that check.
    """
    global _filters
    _filters = _filters_now()
    for position, item in enumerate(_filters):
        if item[0] in ("default", "module", "once"):
            _filters[position] = _stand_in(("always", *item[1:]), item)
    _filters.append(_stand_in(("always", None, Warning, None, 0), None))


def _show_as_before() -> None:
    """Put back the filters that were replaced, whatever was done to the others."""
    for filters in (_filters, _filters_now()):  # two, if another thread changes them
        restored = [_stood_in.get(id(item), (item, item))[1] for item in filters]
        filters[:] = [item for item in restored if item is not None]
    _stood_in.clear()


def _stand_in(item: _Filter, replaced: _Filter | None) -> _Filter:
    _stood_in[id(item)] = item, replaced
    return item


def _filters_now() -> list[_Filter]:
    return warnings.filters  # type: ignore[return-value]


def _collect(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Stand in for `warnings.showwarning` while fits run."""
    found = getattr(_of_thread, "found", None)
    if found is None or file is not None:
        _show_elsewhere(message, category, filename, lineno, file, line)
        return
    warning = FitWarning(category, str(message), filename, lineno)
    found.setdefault(warning.kind, warning)


@dataclass
class _Kind:
    first: FitWarning
    params: Mapping[str, Any]
    n_fits: int = 0

    def line(self, n_all: int) -> str:
        text = _cut(" ".join(self.first.text.split()), _LONGEST_TEXT)
        params = [f"{name}={value!r}" for name, value in self.params.items()]
        example = _cut(", ".join(params), _LONGEST_EXAMPLE) or "the defaults"
        return f"{text} [{self.n_fits} of {n_all} fits, for example with {example}]"


class FitWarnings(Observer):
    """Tells of the warnings that fits have raised, with a line for each kind.

    It is a context manager, and tells at its end, also where an exception ends it.

    Parameters
    ----------
    each : bool, default=False
        Whether to show all of them instead, when the fit is finished.
    """

    def __init__(self, *, each: bool = False) -> None:
        self._each, self._n_fits = each, 0
        self._kinds: dict[Hashable, _Kind] = {}

    def __enter__(self) -> FitWarnings:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.report()

    def split_done(self, task: Task, result: SplitResult) -> bool:
        """Count the warnings of a fit, or show them."""
        self._n_fits += 1
        for warning in result.warnings:
            if self._each:
                warning.show()
                continue
            kind = _Kind(warning, task.trial.params)
            self._kinds.setdefault(warning.kind, kind).n_fits += 1
        return False

    def report(self) -> None:
        """Warn once of each kind, the most frequent first, in its own category."""
        kinds = sorted(self._kinds.values(), key=lambda kind: -kind.n_fits)
        self._kinds = {}
        for kind in kinds[:_MOST_KINDS]:
            told = kind.first.with_text(kind.line(self._n_fits))
            warn_user(str(told), type(told))
        if len(kinds) > _MOST_KINDS:
            warn_user(
                f"Fits raised warnings of {len(kinds) - _MOST_KINDS} more kinds; "
                "verbose=3 shows each of them."
            )


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 3]}..."
