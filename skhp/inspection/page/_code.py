"""Python code that builds an estimator again."""

from __future__ import annotations

import importlib
import inspect
import keyword
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

_WIDTH = 88
_INDENT = "    "
_MOST_NUMBERS = 50  # of an array, to be written out
_MOST_ITEMS = 1000  # of a list
_WRITTEN_AS_SHOWN = (type(None), bool, int, complex, bytes, slice, range)
_SPECIAL = {"nan": 'float("nan")', "inf": 'float("inf")', "-inf": '-float("inf")'}


@dataclass(frozen=True)
class Code:
    """Code of an estimator.

    Attributes
    ----------
    text : str
        Imports and an assignment to `model`.
    gaps : list of str
        What could not be written: where, and what it is. ``...`` stands in its place.
    """

    text: str
    gaps: list[str]


@dataclass(frozen=True)
class _Group:
    """A call or a display whose parts may stand on lines of their own."""

    begin: str
    parts: list[tuple[str, Any]]  # what stands before a part, and the part
    end: str


def code_of(estimator: Any) -> Code:
    """Return the code that builds an estimator with the same parameters, unfitted."""
    writer = _Writer()
    tree = writer.write(estimator, "model")
    body = _laid_out(tree, "model = ", 0)
    imports = _imports(writer.imports, writer.qualified)
    return Code("\n".join([*imports, body]), writer.gaps)


def _imports(modules: Mapping[str, set[str]], qualified: set[str]) -> list[str]:
    """Return the lines of the imports, and an empty one below them."""
    lines = [f"import {module}" for module in sorted(qualified)]
    for module in sorted(modules):
        names = sorted(modules[module])
        line = f"from {module} import {', '.join(names)}"
        if module == "numpy":
            lines.append("import numpy as np")
        elif len(line) > _WIDTH:
            group = _Group("(", [("", name) for name in names], ")")
            lines.append(_laid_out(group, f"from {module} import ", 0))
        elif names:
            lines.append(line)
    return [*lines, ""] if lines else []


def _quoted(text: str) -> str:
    """Return a text in double quotes if that needs nothing else."""
    shown = repr(text)
    return f'"{shown[1:-1]}"' if shown[0] == "'" and '"' not in shown else shown


@dataclass
class _Writer:
    imports: dict[str, set[str]] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)  # modules of names
    qualified: set[str] = field(default_factory=set)  # modules named before a name
    gaps: list[str] = field(default_factory=list)

    def write(self, value: Any, where: str) -> str | _Group:
        """Return a value as text, or as a group of texts."""
        if isinstance(value, np.generic):
            value = value.item()
        if type(value) is str:
            return _quoted(value)
        if type(value) is float:
            return repr(value) if math.isfinite(value) else _SPECIAL[repr(value)]
        if type(value) in _WRITTEN_AS_SHOWN:
            return repr(value)
        if type(value) in (list, tuple, dict, set):
            return self._write_collection(value, where)
        if isinstance(value, np.ndarray):
            return self._write_array(value, where)
        if isinstance(value, BaseEstimator):
            return self._write_estimator(value, where)
        name = self._name(value) if callable(value) else None
        return self._gap(value, where) if name is None else name

    def _write_collection(self, value: Any, where: str) -> str | _Group:
        if len(value) > _MOST_ITEMS:
            return self._gap(value, where)
        if not value and not isinstance(value, set):
            return repr(value)
        if isinstance(value, dict):
            parts = []
            for key, inner in value.items():
                name = self.write(key, where)
                if isinstance(name, _Group):
                    return self._gap(value, where)
                parts.append((f"{name}: ", self.write(inner, f"{where}[{name}]")))
            return _Group("{", parts, "}")
        written = [
            ("", self.write(inner, f"{where}[{i}]")) for i, inner in enumerate(value)
        ]
        if isinstance(value, list):
            return _Group("[", written, "]")
        if isinstance(value, set):
            return _Group("{", written, "}") if value else "set()"
        return _Group("(", written, ",)" if len(written) == 1 else ")")

    def _write_array(self, value: Any, where: str) -> str | _Group:
        if value.size > _MOST_NUMBERS or value.dtype.kind not in "biufU":
            return self._gap(value, where)
        self.imports.setdefault("numpy", set())
        parts = [("", self.write(value.tolist(), where))]
        if value.dtype.kind != "U":
            parts.append(("dtype=", repr(str(value.dtype))))
        return _Group("np.array(", parts, ")")

    def _write_estimator(self, estimator: Any, where: str) -> str | _Group:
        name = self._name(type(estimator))
        if name is None:
            return self._gap(estimator, where)
        usual = _defaults(type(estimator))
        parts, others = [], []
        for key, value in estimator.get_params(deep=False).items():
            if key in usual and _is_same(value, usual[key]):
                continue
            written = self.write(value, f"{where}.{key}")
            if key.isidentifier() and not keyword.iskeyword(key):
                parts.append((f"{key}=", written))
            else:
                others.append((f"{_quoted(key)}: ", written))
        if others:  # such as lambda, which LightGBM takes
            parts.append(("**", _Group("{", others, "}")))
        return _Group(f"{name}(", parts, ")")

    def _name(self, thing: Any) -> str | None:
        """Return what to call a class or function, which is imported; or None."""
        name = str(getattr(thing, "__qualname__", getattr(thing, "__name__", "")))
        module = str(getattr(thing, "__module__", None) or "")
        if isinstance(thing, np.ufunc):
            module = _module_of_ufunc(thing)
        if module == "builtins" and getattr(
            importlib.import_module(module), name, None
        ):
            return name
        if not name.isidentifier():  # a lambda, or within a function
            return None
        public = _public_module(thing, name, module)
        if public is None:
            return None
        names = self.imports.setdefault(public, set())
        if public == "numpy":
            return f"np.{name}"
        if self.owners.setdefault(name, public) != public:  # two of the same name
            self.qualified.add(public)
            return f"{public}.{name}"
        names.add(name)
        return name

    def _gap(self, value: Any, where: str) -> str:
        text = " ".join(repr(value).split())
        text = text if len(text) <= 60 else f"{text[:59]}…"
        self.gaps.append(f"{where}: {text}")
        return "..."


def _module_of_ufunc(ufunc: Any) -> str:
    return "numpy" if getattr(np, ufunc.__name__, None) is ufunc else "scipy.special"


def _public_module(thing: Any, name: str, module: str) -> str | None:
    """Return the shortest module without underscores that has a thing by its name.

    What a script or a notebook has defined is found in none.
    """
    parts = module.split(".")
    if parts[0] in ("", "__main__"):
        return None
    tried = [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
    public = [path for path in tried if "._" not in path and path[0] != "_"]
    for path in [*public, module]:
        try:
            found = getattr(importlib.import_module(path), name, None)
        except Exception:  # whatever importing it does here
            continue
        if found is thing:
            return path
    return None


def _defaults(cls: type[Any]) -> Mapping[str, Any]:
    try:
        parameters = inspect.signature(cls).parameters.values()
    except (TypeError, ValueError):  # of a class that is not written in Python
        return {}
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def _is_same(value: Any, default: Any) -> bool:
    if value is default:
        return True
    if type(value) is not type(default):
        return False
    return isinstance(value, (bool, int, float, str, tuple)) and (
        repr(value) == repr(default)
    )


def _laid_out(node: str | _Group, before: str, depth: int, after: str = "") -> str:
    """Return code in lines that are as short as they can be made."""
    start = _INDENT * depth + before
    flat = start + _flat(node) + after
    if isinstance(node, str) or len(flat) <= _WIDTH or not node.parts:
        return flat
    inner = [_laid_out(part, prefix, depth + 1, ",") for prefix, part in node.parts]
    end = node.end.lstrip(",")
    return "\n".join([start + node.begin, *inner, _INDENT * depth + end + after])


def _flat(node: str | _Group) -> str:
    if isinstance(node, str):
        return node
    parts: Sequence[str] = [prefix + _flat(part) for prefix, part in node.parts]
    return node.begin + ", ".join(parts) + node.end
