"""Descriptions of values: texts that are equal, in any process, for equal content.

A value is told by its content and never by its address. Objects are taken apart as for
pickling, but nothing is pickled: what they are made of is described in its turn.

An estimator is what `clone` keeps of it: its class and its parameters. Where `clone`
keeps the fitted state, as that of a frozen step, the state is described too.
"""

from __future__ import annotations

import copyreg
import sys
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from skhp.journal._code import (
    caches_of,
    digest_of_code,
    is_code,
    is_of_library,
    may_change,
    members_of,
    references_of,
)
from skhp.journal._content import blocks_of, digest, is_data

_LONGEST = 120  # characters of a text that stays readable; beyond, it is a digest
_LONGEST_LIST = 100  # items; beyond, it is described like a column of data
_DEEPEST = 100  # a few frames each, so that Python's limit is not met
_MOST_OBJECTS = 100_000  # about a second
_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...), range)
_BUILTIN = (types.BuiltinFunctionType, types.MethodWrapperType)
# How an estimator that is not cloned may behave, besides its parameters.
_SET_BY_METHODS = ("_metadata_request", "_sklearn_output_config")
_WRITTEN_BY_PICKLING = "_sklearn_version"
_BY_DEFAULT = (copyreg.__newobj__, copyreg.__newobj_ex__)  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Description:
    """What decides whether two values are equal.

    Attributes
    ----------
    text : str
        Its content, apart from the code of functions and classes of the user.
    code : str or None
        A digest of all content, with code and the global values that the code reads.
        It can be compared within one version of Python. None if there is no such code.
    is_known : bool
        Whether all of the content can be told.
    packages : frozenset of str
        The installed packages whose functions and classes it is made of.
    changing : mapping of str to str
        Digests of the global values that its code reads and may itself change, such as
        a dict of results or a random generator, by name.
    """

    text: str
    code: str | None
    is_known: bool
    packages: frozenset[str]
    changing: Mapping[str, str]


def describe(
    value: Any, *, in_memory: bool = False, most: int | None = None
) -> Description:
    """Return the description of a value.

    Parameters
    ----------
    value : object
        Any value.
    in_memory : bool, default=False
        Whether it is for the process that runs now, in which the global values that
        code reads may be changed by the code itself. They are left out then.
    most : int, default=None
        Number of values that are looked at in each array. None looks at all.
    """
    plain = _Describer(most=most)
    text, code, changing = plain.top(value), None, {}
    if plain.has_code:
        with_code = _Describer(most=most, with_code=True, with_values=not in_memory)
        code = digest(_encoded(with_code.top(value)))
        plain.is_known &= with_code.is_known
        plain.packages |= with_code.packages
        changing = with_code.changing
    packages = frozenset(plain.packages)
    return Description(text, code, plain.is_known, packages, changing)


def text_of(value: Any) -> str:
    """Return the text of the description of a value."""
    return _Describer().top(value)


def shortened(text: str) -> str:
    """Return the text, or if it is long, its beginning and a digest of all of it."""
    if len(text) <= _LONGEST:
        return text
    return f"{text[:60]}...#{digest(_encoded(text))}"


class _Describer:
    """Writes one value, and what it is made of, as a text.

    Attributes
    ----------
    has_code : bool
        Whether there is code of the user in it.
    is_known : bool
        Whether all of it could be told.
    packages : set of str
        Packages whose functions and classes were met.
    changing : dict of str to str
        Digests of the values that code reads and may change, by name.
    """

    def __init__(
        self,
        *,
        most: int | None = None,
        with_code: bool = False,
        with_values: bool = False,
    ) -> None:
        self.has_code, self.is_known = False, True
        self.packages: set[str] = set()
        self.changing: dict[str, str] = {}
        self._most, self._with_code, self._with_values = most, with_code, with_values
        self._objects_left = _MOST_OBJECTS
        self._above: dict[Any, int] = {}  # what the present value is a part of
        self._texts: dict[Any, tuple[Any, str]] = {}  # with the value, to keep its id

    def top(self, value: Any) -> str:
        """Return the text of the value that is asked for."""
        try:
            return shortened(self(value))
        except RecursionError:
            return self._unknown(value)

    def __call__(self, value: Any, *, fitted: bool = False) -> str:
        """Return the text of a value; `fitted` tells the state of estimators too."""
        if type(value) in _PLAIN:
            return shortened(repr(value))
        key = id(value), fitted
        if key in self._texts:
            return self._texts[key][1]
        if key in self._above:
            return f"<{len(self._above) - self._above[key]} above>"
        self._objects_left -= 1
        if len(self._above) > _DEEPEST or self._objects_left < 0:
            return self._unknown(value)
        self._above[key] = len(self._above)
        try:
            text = shortened(self._text(value, fitted))
        finally:
            del self._above[key]
        self._texts[key] = value, text
        return text

    def _text(self, value: Any, fitted: bool) -> str:
        kind = type(value)
        if kind in (list, tuple):
            return self._sequence(value, fitted)
        if kind in (dict, types.MappingProxyType):
            return self._dict(value, fitted)
        if isinstance(value, (set, frozenset)):
            inside = ", ".join(sorted(self(item, fitted=fitted) for item in value))
            return f"{kind.__name__}{{{inside}}}"
        if kind is slice:
            return (
                f"slice{self._sequence((value.start, value.stop, value.step), False)}"
            )
        if isinstance(value, np.generic) and value.dtype.kind != "V":
            return f"{value.dtype}({value.item()!r})"
        if is_data(value):
            return f"{self._class(kind)}({self._digest(value, fitted)})"
        if isinstance(value, type):
            return self._class(value)
        if isinstance(value, types.ModuleType):
            return f"module {value.__name__}"
        if isinstance(value, (types.FunctionType, types.MethodType, *_BUILTIN)):
            return self._function(value)
        return self._object(value, fitted)

    def _dict(self, mapping: Mapping[Any, Any], fitted: bool) -> str:
        if len(mapping) > _LONGEST_LIST:
            inside = [list(mapping), list(mapping.values())]
            return f"{{{len(mapping)} items, {self._digest(inside, fitted)}}}"
        return f"{{{', '.join(self._pairs(mapping, fitted))}}}"

    def _pairs(self, mapping: Mapping[Any, Any], fitted: bool) -> list[str]:
        return [f"{self(k)}: {self(v, fitted=fitted)}" for k, v in mapping.items()]

    def _sequence(self, items: Any, fitted: bool) -> str:
        if len(items) > _LONGEST_LIST:
            inside = f"{len(items)} items, {self._digest(items, fitted)}"
        else:
            inside = ", ".join([self(item, fitted=fitted) for item in items])
        return f"[{inside}]" if isinstance(items, list) else f"({inside})"

    def _digest(self, data: Any, fitted: bool) -> str:
        is_whole = len(self._above) <= 1

        def inner(item: Any) -> str:
            if is_whole:  # a table of any length
                self._objects_left = _MOST_OBJECTS
            return self(item, fitted=fitted)

        return digest(*blocks_of(data, inner, self._most))

    # --- functions and classes --------------------------------------------------

    def _function(self, value: Any) -> str:
        if isinstance(value, types.FunctionType):
            return self._python_function(value)
        if isinstance(value, types.MethodType):
            inside = self(value.__func__), self(value.__self__, fitted=True)
            return f"method({', '.join(inside)})"
        owner = value.__self__
        if owner is None or isinstance(owner, types.ModuleType):
            return self._compiled(value.__module__, value.__qualname__)
        return f"method({value.__name__}, {self(owner, fitted=True)})"

    def _python_function(self, function: types.FunctionType) -> str:
        """Return the name of a function, and what it was given when it was made."""
        code, name = function.__code__, function.__qualname__
        text = self._named(function.__module__, name)
        if is_of_library(function.__module__) and "<locals>" not in name:
            return text
        # A decorator of a library makes a function with its own code and a user's name
        is_users = not is_of_library(function.__globals__.get("__name__"))
        self.has_code |= is_users
        n_arguments = code.co_argcount + code.co_kwonlyargcount
        cells = [_content_of(cell) for cell in function.__closure__ or ()]
        parts: list[Any] = [
            list(code.co_varnames[:n_arguments]),
            function.__defaults__,
            function.__kwdefaults__,
            cells,
        ]
        if self._with_code and is_users:
            parts += [digest_of_code(function), self._chosen(references_of(function))]
        return f"{text}#{digest(_encoded(self._sequence(parts, True)))}"

    def _class(self, cls: type) -> str:
        text = self._named(cls.__module__, cls.__qualname__)
        if is_of_library(cls.__module__):
            return text
        self.has_code = True
        if not self._with_code:
            return text
        if (cls, "members") in self._above:
            return text
        return f"{text}#{self._members(cls)}"

    def _members(self, cls: type) -> str:
        key = cls, "members"
        if key not in self._texts:
            self._above[key] = len(self._above)
            try:
                inside = self._sequence([self._chosen(members_of(cls))], True)
            finally:
                del self._above[key]
            self._texts[key] = cls, digest(_encoded(inside))
        return self._texts[key][1]

    def _chosen(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the values that decide; note those that the code may change itself."""
        chosen = {}
        for name, value in values.items():
            if is_code(value) or (self._with_values and not may_change(value)):
                chosen[name] = value
            elif self._with_values:
                chosen[name] = type(value)
                self.changing[name] = digest(_encoded(self(value, fitted=True)))
        return chosen

    def _compiled(self, module: Any, name: str) -> str:
        """Return the name of a global value that can only be told by its library."""
        if not is_of_library(module):
            self.is_known = False
        return self._named(module, name)

    def _named(self, module: Any, name: str) -> str:
        if isinstance(module, str) and is_of_library(module):
            self.packages.add(module.partition(".")[0])
        return f"{module}.{name}"

    # --- objects ----------------------------------------------------------------

    def _object(self, value: Any, fitted: bool) -> str:
        name = self._class(type(value))
        try:
            if hasattr(value, "get_params") and not (fitted or is_kept(value)):
                return f"{name}({self._params(value)})"
            if hasattr(value, "dist") and hasattr(value, "kwds"):  # of scipy.stats
                inside = self._sequence((value.args, value.kwds), True)
                return f"{getattr(value.dist, 'name', name)}{inside}"
            if isinstance(value, np.random.RandomState):
                return f"{name}({self(value.get_state(legacy=False))})"
            if isinstance(value, np.random.Generator):
                return f"{name}({self(value.bit_generator.state)})"
            if isinstance(value, np.dtype):
                return repr(value)
            if isinstance(value, np.ufunc):
                return self._ufunc(value)
            if hasattr(value, "__wrapped__"):  # as by functools.lru_cache
                return f"{name}({self(value.__wrapped__)})"
            return self._taken_apart(value, name)
        except RecursionError:
            raise
        except Exception:  # files, locks, generators: whatever cannot be pickled
            return self._read_as_array(value, name)

    def _params(self, estimator: Any) -> str:
        params = estimator.get_params(deep=False)
        keeps = params.get("prefit") is True or params.get("cv") == "prefit"
        inside = [
            # clone keeps what is in a dict as it is
            f"{key}: {self(param, fitted=keeps or type(param) is dict)}"
            for key, param in params.items()
        ]
        held = getattr(estimator, "__dict__", {})
        inside += [
            f"{key}: {self(held[key], fitted=True)}"
            for key in _SET_BY_METHODS
            if key in held
        ]
        results = held.get("cv_results_")
        if results is not None:  # of a search, whose candidates another may begin with
            inside.append(f"found: {self(results['params'])}")
        return ", ".join(inside)

    def _ufunc(self, value: np.ufunc) -> str:
        for name in ("numpy", "scipy.special"):
            if getattr(sys.modules.get(name), value.__name__, None) is value:
                return self._named(name, value.__name__)
        return self._unknown(value)

    def _taken_apart(self, value: Any, name: str) -> str:
        reduce = copyreg.dispatch_table.get(type(value))
        found = value.__reduce_ex__(4) if reduce is None else reduce(value)
        if isinstance(found, str):  # the name of a global value
            return self._compiled(getattr(value, "__module__", None), found)
        make, args, state, items, pairs = (*found, *[None] * 5)[:5]
        inside = [self(part, fitted=True) for part in args]
        if make not in _BY_DEFAULT:
            inside.append(self(make))
        if state is not None:
            inside.append(self._state(state, caches_of(type(value))))
        inside += [self(item, fitted=True) for item in items or ()]
        inside += self._pairs(dict(pairs or ()), True)
        return f"{name}({', '.join(inside)})"

    def _state(self, state: Any, caches: Iterable[str]) -> str:
        """Return the text of the attributes of an object, in any order."""
        if isinstance(state, tuple) and len(state) == 2:  # with those in slots
            return ", ".join([self._state(part, caches) for part in state])
        if not isinstance(state, dict):
            return self(state, fitted=True)
        inside = [
            f"{key}={self(part, fitted=True)}"
            for key, part in state.items()
            if key != _WRITTEN_BY_PICKLING and key not in caches
        ]
        return ", ".join(sorted(inside))

    def _read_as_array(self, value: Any, name: str) -> str:
        """Return the text of what can be read as an array, as a file of numbers can."""
        if not hasattr(type(value), "__array__"):
            return self._unknown(value)
        try:
            return f"{name}({self._digest(np.asarray(value), True)})"
        except Exception:
            return self._unknown(value)

    def _unknown(self, value: Any) -> str:
        self.is_known = False
        return f"<{type(value).__module__}.{type(value).__qualname__}>"


def is_kept(estimator: Any) -> bool:
    """Whether `clone` keeps more of it than its parameters."""
    if isinstance(estimator, type):
        return True
    own = getattr(type(estimator), "__sklearn_clone__", None)
    return own not in (None, BaseEstimator.__sklearn_clone__)


def _content_of(cell: types.CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not set yet
        return "not set"


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
