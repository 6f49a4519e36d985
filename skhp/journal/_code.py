"""The code of functions and classes: whose it is, what it does, what it refers to.

Only the code of users is looked at. That of libraries is told by their versions.
"""

from __future__ import annotations

import collections
import dataclasses
import dis
import enum
import functools
import os
import sys
import sysconfig
import types
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from skhp.journal._content import digest

# Flags of code that change what it does; the others say how it was compiled.
_KIND_OF_CODE = 0x04 | 0x08 | 0x20 | 0x80 | 0x200  # *args, **kwargs, generators, async
_OURS = "skhp"
_PACKAGES = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_STANDARD = tuple(
    sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib")
)
# What Python and its libraries put into a class, and what decides no score.
_NOT_WRITTEN = frozenset(
    {
        "__abstractmethods__",
        "__annotate__",
        "__annotate_func__",
        "__annotations__",
        "__annotations_cache__",
        "__dict__",
        "__doc__",
        "__firstlineno__",
        "__module__",
        "__orig_bases__",
        "__parameters__",
        "__qualname__",
        "__slotnames__",
        "__static_attributes__",
        "__weakref__",
        "_abc_impl",
    }
)
_CONTAINERS = (dict, list, set, bytearray, collections.deque)
_SLOTS = (types.MemberDescriptorType, types.GetSetDescriptorType)


def is_of_library(module_name: Any) -> bool:
    """Whether a module is of an installed package or of Python itself.

    Modules without a file that Python did not bring along are the user's, as those of a
    notebook are.
    """
    if module_name == "__main__" or not isinstance(module_name, str):
        return False
    if module_name.partition(".")[0] in (_OURS, *sys.builtin_module_names):
        return True
    file = getattr(sys.modules.get(module_name), "__file__", None)
    return isinstance(file, str) and _is_installed(file)


@functools.lru_cache(maxsize=4096)
def _is_installed(file: str) -> bool:
    path = os.path.abspath(file)
    return any(folder in path for folder in _PACKAGES) or path.startswith(_STANDARD)


def digest_of_code(function: types.FunctionType) -> str:
    """Return a digest of what the code of a function does, in this version of Python.

    It is the same wherever the function is written, and whatever its variables and
    its docstring are.
    """
    code = function.__code__
    return digest(_text_of_code(code, function.__doc__).encode("utf-8", "replace"))


def _text_of_code(code: types.CodeType, doc: str | None = None) -> str:
    consts = list(code.co_consts)
    if doc is not None and consts and consts[0] == doc:
        consts[0] = None
    if "__firstlineno__" in code.co_names:  # the body of a class, from Python 3.13
        consts = [None if c == code.co_firstlineno else c for c in consts]
    parts = (
        code.co_code.hex(),  # as compiled, whatever the interpreter made of it since
        code.co_exceptiontable.hex(),
        code.co_names,
        (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount),
        code.co_flags & _KIND_OF_CODE,
        [_text_of_constant(const) for const in consts],
    )
    return repr(parts)


def _text_of_constant(const: Any) -> str:
    if isinstance(const, types.CodeType):
        return _text_of_code(const)
    if isinstance(const, tuple):
        return f"({', '.join(map(_text_of_constant, const))})"
    if isinstance(const, frozenset):  # in any order
        return f"{{{', '.join(sorted(map(_text_of_constant, const)))}}}"
    return repr(const)


def references_of(function: types.FunctionType) -> dict[str, Any]:
    """Return the global values that a function reads, by name.

    Of a module of the user, these are its members that the function names. What a
    function assigns to a global name itself is left out.
    """
    known = function.__globals__
    codes = list(_codes_in(function.__code__))
    named = {name for code in codes for name in code.co_names}
    if not any(_tells(known[name]) for name in named if name in known):
        return {}
    found: dict[str, Any] = {}
    read = sorted(_globals_read(codes) & known.keys())
    to_see = [(name, known[name]) for name in read]
    seen: set[int] = set()
    while to_see:
        name, value = to_see.pop()
        if not isinstance(value, types.ModuleType):
            found[name] = value
        elif _tells(value) and id(value) not in seen:
            seen.add(id(value))
            members = vars(value)
            inside = sorted(named & members.keys())
            to_see += [(f"{name}.{member}", members[member]) for member in inside]
    return dict(sorted(found.items()))


def _tells(value: Any) -> bool:
    """Whether it is something else than a module of a library."""
    return not (isinstance(value, types.ModuleType) and is_of_library(value.__name__))


def _codes_in(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from _codes_in(const)


def _globals_read(codes: list[types.CodeType]) -> set[str]:
    read, assigned = set(), set()
    for code in codes:
        for instruction in dis.get_instructions(code):
            if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                read.add(instruction.argval)
            elif instruction.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
                assigned.add(instruction.argval)
    return read - assigned


def members_of(cls: type) -> dict[str, Any]:
    """Return what a class and its parents hold, as far as the user has written them."""
    found: dict[str, Any] = {}
    for parent in cls.__mro__:
        if is_of_library(parent.__module__):
            continue
        for name, value in vars(parent).items():
            if name not in _NOT_WRITTEN and not isinstance(value, _SLOTS):
                found.setdefault(name, _unwrapped(value))
    return dict(sorted(found.items()))


def _unwrapped(member: Any) -> Any:
    """Return the functions within a property or the like."""
    if isinstance(member, (staticmethod, classmethod)):
        return [type(member).__name__, member.__func__]
    if isinstance(member, property):
        return ["property", member.fget, member.fset, member.fdel]
    if isinstance(member, functools.cached_property):
        return ["cached_property", member.func]
    return member


def is_code(value: Any) -> bool:
    """Whether it is a function or a class, possibly as a member of a class."""
    if isinstance(value, list):
        return any(map(is_code, value[1:]))
    return isinstance(value, (types.FunctionType, type)) or hasattr(
        value, "__wrapped__"
    )


def may_change(value: Any) -> bool:
    """Whether code that reads a value may well be what changes it."""
    kind = type(value)
    if kind in (tuple, frozenset):
        return any(map(may_change, value))
    if isinstance(value, (*_CONTAINERS, np.random.Generator, np.random.RandomState)):
        return True
    if isinstance(value, (type, enum.Enum)) or is_of_library(kind.__module__):
        return False
    is_frozen = dataclasses.is_dataclass(kind) and kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    return bool(getattr(value, "__dict__", None)) and not is_frozen


def caches_of(cls: type) -> Mapping[str, Any]:
    """Return the cached properties of a class, whose values say nothing new."""
    return {
        name: value
        for parent in cls.__mro__
        for name, value in vars(parent).items()
        if isinstance(value, functools.cached_property)
    }
