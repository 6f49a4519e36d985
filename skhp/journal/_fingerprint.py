"""The fingerprint of a search: its data, splits, estimator and settings.

It is a tree of dicts with short texts as leaves, which can be written as JSON. Two
fingerprints are compared leaf by leaf, so that a difference can be named.
"""

from __future__ import annotations

import functools
import hashlib
import inspect
import re
import types
from collections.abc import Iterator, Mapping
from typing import Any

import joblib
import numpy as np

Tree = dict[str, Any]

_LONGEST = 120  # characters of a text that stays readable; beyond, it is a digest
_DEEPEST = 12
_MOST_OBJECTS = 10_000  # of one value: what refers to half the world is cut short
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_ABSENT = "nothing"


def digest(*parts: Any) -> str:
    """Return a digest of the bytes, of 16 hexadecimal digits."""
    hasher = hashlib.blake2b(digest_size=8)
    for part in parts:
        hasher.update(len(part).to_bytes(8, "little"))
        hasher.update(part)
    return hasher.hexdigest()


def shortened(text: str) -> str:
    """Return the text, or if it is long, its beginning and a digest of all of it."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[:60]}...#{digest(text.encode('utf-8', 'surrogatepass'))}"


def text_of(value: Any) -> str:
    """Return a text that is equal, in any process, for values of equal content."""
    return shortened(_Describer()(value))


def tree_of_params(estimator: Any) -> Tree:
    """Return the class of an estimator and the text of each of its parameters."""
    tree: Tree = {"class": _name_of(type(estimator))}
    if hasattr(estimator, "get_params") and not isinstance(estimator, type):
        params = estimator.get_params(deep=False)
        tree["params"] = {name: text_of(value) for name, value in params.items()}
    else:
        tree["text"] = text_of(estimator)
    return tree


def tree_of_data(X: Any, y: Any, fit_params: Mapping[str, Any]) -> Tree:
    """Return shapes and digests of the data of a fit."""
    shape = getattr(X, "shape", None)
    tree: Tree = {"rows": str(shape[0] if shape else len(X))}
    if shape is not None and len(shape) > 1:
        tree["columns"] = str(shape[1])
    tree["X"] = content_of(X)
    tree["y"] = content_of(y)
    tree["fit_params"] = {name: content_of(v) for name, v in fit_params.items()}
    return tree


def content_of(data: Any) -> str:
    """Return a digest of an array, a frame, a sparse matrix or anything else."""
    if data is None:
        return "None"
    try:
        return digest(*_blocks(data))
    except Exception:  # data of some other kind
        try:
            return str(joblib.hash(data))
        except Exception:  # nothing can be said about its content
            return "unknown"


def difference(old: Tree, new: Tree) -> tuple[str, str, str] | None:
    """Return where two fingerprints first differ, and both texts; None if equal."""
    before, now = dict(_leaves(old)), dict(_leaves(new))
    for path in dict.fromkeys([*before, *now]):
        pair = before.get(path, _ABSENT), now.get(path, _ABSENT)
        if pair[0] != pair[1]:
            return (".".join(path), *pair)
    return None


def _leaves(
    tree: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], str]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, (*path, name))
        else:
            yield (*path, name), str(value)


def _blocks(data: Any) -> Iterator[Any]:
    """Yield bytes that are equal for data of equal content."""
    if hasattr(data, "columns") and hasattr(data, "shape"):  # pandas, polars
        for position, name in enumerate(data.columns):
            yield repr(name).encode()
            column = data.iloc[:, position] if hasattr(data, "iloc") else data[name]
            yield from _blocks(np.asarray(column))
    elif hasattr(data, "indptr"):  # a compressed sparse matrix
        yield f"{data.format} {data.shape}".encode()
        for part in (data.data, data.indices, data.indptr):
            yield from _blocks(part)
    else:
        array = np.asarray(data)
        yield f"{array.dtype.str} {array.shape}".encode()
        if array.dtype.hasobject:
            describe = _Describer()
            for item in array.ravel().tolist():
                yield describe(item).encode("utf-8", "surrogatepass")
        else:
            yield np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


class _Describer:
    """Writes values as texts, by their content and not by their address."""

    def __init__(self) -> None:
        self._objects_left = _MOST_OBJECTS

    def __call__(self, value: Any, depth: int = 0) -> str:
        if isinstance(value, np.generic):
            return f"{type(value).__name__}({value.item()!r})"
        if isinstance(value, (bool, int, float, complex, str, bytes, type(None))):
            return repr(value)
        if depth > _DEEPEST:
            return "..."
        inner = depth + 1
        if isinstance(value, Mapping):
            items = (f"{self(k, inner)}: {self(v, inner)}" for k, v in value.items())
            return "{" + ", ".join(items) + "}"
        if isinstance(value, (list, tuple)):
            inside = ", ".join(self(item, inner) for item in value)
            return f"[{inside}]" if isinstance(value, list) else f"({inside})"
        if isinstance(value, (set, frozenset)):
            return "{" + ", ".join(sorted(self(v, inner) for v in value)) + "}"
        return self._special(value) or self._object(value, inner)

    @staticmethod
    def _special(value: Any) -> str | None:
        if isinstance(value, (range, slice)):
            return repr(value)
        if isinstance(value, np.ndarray):
            return f"array({value.dtype}, {value.shape}, {content_of(value)})"
        if isinstance(value, np.random.RandomState):
            return f"RandomState({digest(repr(value.get_state()).encode())})"
        if isinstance(value, np.random.Generator):
            state = repr(value.bit_generator.state).encode()
            return f"Generator({digest(state)})"
        if isinstance(value, type):
            return _name_of(value)
        return None

    def _object(self, value: Any, depth: int) -> str:
        self._objects_left -= 1
        if self._objects_left < 0:
            return "..."
        if isinstance(value, (types.FunctionType, types.MethodType)):
            return self._function(value, depth)
        if isinstance(value, functools.partial):
            parts = value.func, value.args, value.keywords
            return f"partial{self(parts, depth)}"
        name = _name_of(type(value))
        if hasattr(value, "get_params"):
            results = getattr(value, "cv_results_", None)
            found = "" if results is None else f", {self(results['params'], depth)}"
            return f"{name}({self(value.get_params(deep=False), depth)}{found})"
        if hasattr(value, "dist") and hasattr(value, "kwds"):  # frozen, of scipy.stats
            drawn = value.args, value.kwds
            return f"{getattr(value.dist, 'name', name)}{self(drawn, depth)}"
        if hasattr(value, "columns") and hasattr(value, "shape"):
            return f"{name}({content_of(value)})"
        try:
            state = vars(value)
        except TypeError:
            return _ADDRESS.sub("", repr(value))
        return f"{name}({self(state, depth)})"

    def _function(self, function: Any, depth: int) -> str:
        """Name a function and describe its code as far as all Python versions agree."""
        code = function.__code__
        consts = [c for c in code.co_consts if not inspect.iscode(c)]
        arguments = code.co_varnames[: code.co_argcount]
        cells = [c.cell_contents for c in function.__closure__ or () if _is_set(c)]
        what = [code.co_names, arguments, consts, function.__defaults__, cells]
        inside = self(what, depth).encode("utf-8", "surrogatepass")
        return f"{function.__module__}.{function.__qualname__}#{digest(inside)}"


def _is_set(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018
    except ValueError:
        return False
    return True


def _name_of(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
