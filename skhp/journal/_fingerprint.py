"""The fingerprint of a search: its data, splits, estimator and settings.

It is a tree of dicts with short texts as leaves, which can be written as JSON. Two
fingerprints are compared leaf by leaf, so that a difference can be named. The digests
of code stand apart, because they can only be compared within one version of Python.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from skhp.exceptions import JournalWarning, warn_user
from skhp.journal._description import describe, is_kept

Tree = dict[str, Any]

CODE = "code"
CHANGING = "changing"  # values that code reads and may change itself
_ABSENT = "nothing"
_MOST_VALUES = 5_000  # a millisecond for numbers, a few for texts


class Fingerprint:
    """The fingerprint of one fit, made leaf by leaf.

    Parameters
    ----------
    in_memory : bool, default=False
        Whether it is for going on within this process, in which the global values that
        code reads may be changed by the code itself. They are left out then.
    is_sampled : bool, default=False
        Whether only 5,000 values of each larger array or table are looked at, evenly
        spaced, besides its shape and types.

    Attributes
    ----------
    packages : set of str
        The installed packages that the estimator and the settings are made of.
    unknown : list of str
        Paths of leaves whose content cannot be told.
    """

    def __init__(self, *, in_memory: bool = False, is_sampled: bool = False) -> None:
        self.packages: set[str] = set()
        self.unknown: list[str] = []
        self.is_sampled = is_sampled
        self._in_memory = in_memory
        self._tree: Tree = {}
        self._code: Tree = {}
        self._changing: Tree = {}

    @property
    def most(self) -> int | None:
        """How many values of each array are looked at; None means all."""
        return _MOST_VALUES if self.is_sampled else None

    @property
    def tree(self) -> Tree:
        """The tree; its last branches hold digests of code and of what code changes."""
        return {**self._tree, CODE: self._code, CHANGING: self._changing}

    def put(self, text: str, *path: str) -> None:
        """Set the leaf at a path to a text."""
        tree = self._tree
        for name in path[:-1]:
            tree = tree.setdefault(name, {})
        tree[path[-1]] = text

    def add(self, value: Any, *path: str) -> None:
        """Set the leaf at a path to the description of a value."""
        found = describe(value, in_memory=self._in_memory, most=self.most)
        self.put(found.text, *path)
        self.packages |= found.packages
        name = ".".join(path)
        if found.code is not None:
            self._code[name] = found.code
            self._changing.update(found.changing)
        if not found.is_known:
            self.unknown.append(name)

    def add_estimator(self, estimator: Any) -> None:
        """Add the class of an estimator and each of its parameters."""
        self.add(type(estimator), "estimator", "class")
        if is_kept(estimator) or not hasattr(estimator, "get_params"):
            self.add(estimator, "estimator", "text")
            return
        for name, value in estimator.get_params(deep=False).items():
            self.add(value, "estimator", "params", name)

    def add_data(self, X: Any, y: Any, fit_params: Mapping[str, Any]) -> None:
        """Add the shape and content of the data of a fit."""
        shape = getattr(X, "shape", None)
        self.put(str(shape[0] if shape else len(X)), "data", "rows")
        if shape is not None and len(shape) > 1:
            self.put(str(shape[1]), "data", "columns")
        self.add(X, "data", "X")
        self.add(y, "data", "y")
        for name, value in fit_params.items():
            self.add(value, "data", "fit_params", name)

    def warn_of_unknown(self) -> None:
        """Warn of what will not be, or was not, compared with an earlier fit."""
        if self.unknown:
            warn_user(
                f"The content of {', '.join(self.unknown)} cannot be told, so a "
                "difference between a search and the one that it continues is not "
                "noticed there. Take care that it stays the same.",
                JournalWarning,
            )


def difference(old: Tree, new: Tree) -> str | None:
    """Return what differs first between two fingerprints; None if they are equal."""
    before, now = dict(_leaves(old)), dict(_leaves(new))
    for path in dict.fromkeys([*before, *now]):
        pair = before.get(path, _ABSENT), now.get(path, _ABSENT)
        if pair[0] == pair[1]:
            continue
        if path[0] == CODE:
            name = _printable(".".join(path[1:]))
            return f"the code of {name}, or a value that it reads, was another"
        was, is_now = (repr(text)[:90] for text in pair)
        return f"{_printable('.'.join(path))} was {was} and is now {is_now}"
    return None


def _leaves(
    tree: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), str(value)


def _printable(name: str) -> str:
    """Return names from a file without control characters."""
    return repr(name)[1:-1][:90]
