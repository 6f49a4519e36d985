import functools
import types

import numpy as np
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression

from skhp.journal._code import (
    caches_of,
    digest_of_code,
    is_code,
    is_of_library,
    members_of,
    references_of,
)
from tests.journal._processes import in_another_process


def compiled(source, name="f", filename="here.py", **known):
    """Return the function or class that a source defines."""
    scope = {"__name__": "__main__", **known}
    exec(compile(source, filename, "exec"), scope)
    return scope[name]


def digest_of(source, **kwargs):
    return digest_of_code(compiled(source, **kwargs))


@pytest.mark.parametrize(
    "module", ["numpy", "sklearn.base", "json", "builtins", "sys", "skhp.journal", "re"]
)
def test_packages_and_python_are_libraries(module):
    assert is_of_library(module)


@pytest.mark.parametrize("module", ["__main__", __name__, "nowhere", None, 3])
def test_scripts_and_notebooks_are_the_users(module):
    assert not is_of_library(module)


SAME = {
    "another line": "\n\n\ndef f(x):\n    return x + 1",
    "a comment": "def f(x):\n    # one more\n    return x + 1",
    "a docstring": "def f(x):\n    'Add one.'\n    return x + 1",
    "another name": "def f(z):\n    return z + 1",
    "an annotation": "def f(x: int) -> int:\n    return x + 1",
}
OTHERS = {
    "an operator": "def f(x):\n    return x - 1",
    "a constant": "def f(x):\n    return x + 2",
    "its type": "def f(x):\n    return x + 1.0",
    "the order": "def f(x):\n    return 1 + x",
    "a name": "def f(x):\n    return y + 1",
    "an inner function": "def f(x):\n    return (lambda y: y + 1)(x)",
    "its operator": "def f(x):\n    return (lambda y: y - 1)(x)",
    "its constant": "def f(x):\n    return (lambda y: y + 2)(x)",
    "a generator": "def f(x):\n    yield x + 1",
    "a coroutine": "async def f(x):\n    return x + 1",
    "more arguments": "def f(*x):\n    return x + 1",
    "an exception": (
        "def f(x):\n    try:\n        return x + 1\n    except ValueError: pass"
    ),
    "another exception": (
        "def f(x):\n    try:\n        return x + 1\n    except KeyError: pass"
    ),
    "a set": "def f(x):\n    return x in {'a', 'b', 'c'}",
    "another set": "def f(x):\n    return x in {'a', 'b', 'd'}",
}
PLAIN = "def f(x):\n    return x + 1"


@pytest.mark.parametrize("what", SAME)
def test_code_that_does_the_same_has_the_same_digest(what):
    assert digest_of(SAME[what], filename="there.py") == digest_of(PLAIN)


def test_code_that_does_something_else_has_another_digest():
    digests = digests_of_all()
    assert len({*digests, digest_of(PLAIN)}) == len(OTHERS) + 1


def digests_of_all():
    return [digest_of(source) for source in OTHERS.values()]


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["0", "123"])
def test_the_order_of_a_set_in_code_does_not_matter(seed):
    found = in_another_process(__name__, "digests_of_all()", hash_seed=seed)
    assert found == digests_of_all()


def test_code_that_ran_a_thousand_times_has_the_same_digest():
    function = compiled("def f(x):\n    return [i + 1 for i in range(x)]")
    before = digest_of_code(function)
    for _ in range(1000):
        function(20)
    assert digest_of_code(function) == before


def test_class_within_a_function_may_stand_on_another_line():
    source = "def f(x):\n    class A:\n        b = 300\n    return A"
    assert digest_of(source) == digest_of("\n" * 500 + source)
    assert digest_of(source) != digest_of(source.replace("300", "301"))


HELPERS = types.ModuleType("helpers")
HELPERS.scaled = abs
HELPERS.unused = max
HELPERS.inner = types.ModuleType("helpers.inner")
HELPERS.inner.shifted = min
HELPERS.inner.helpers = HELPERS


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("return x", []),
        ("return np.mean(x)", []),
        ("return helper(x)", ["helper"]),
        ("return [helper(i) for i in x]", ["helper"]),
        ("return x.threshold", []),
        ("return x > threshold", ["threshold"]),
        ("global threshold; threshold = 3; return threshold", []),
        ("return helpers.scaled(x)", ["helpers.scaled"]),
        ("return helpers.inner.shifted(x)", ["helpers.inner.shifted"]),
        ("return helpers.inner.helpers.scaled(x)", ["helpers.scaled"]),
        ("return len(x)", []),
    ],
)
def test_global_values_that_a_function_reads_are_found(body, names):
    known = {"helper": abs, "threshold": 0.5, "np": np, "helpers": HELPERS}
    function = compiled(f"def f(x):\n    {body}", **known)
    assert list(references_of(function)) == names


class Parent:
    shared = 1

    def method(self):
        return 1


class Child(TransformerMixin, Parent, BaseEstimator):
    __slots__ = ()
    factor = 2

    @property
    def prop(self):
        return self.factor

    @staticmethod
    def static():
        return 2

    @functools.cached_property
    def cached(self):
        return 3


def test_members_are_those_that_the_user_wrote():
    found = members_of(Child)
    assert {"shared", "method", "factor", "prop", "static", "cached"} <= found.keys()
    assert not {"fit_transform", "get_params", "__doc__", "__module__"} & found.keys()
    assert found["static"][1]() == 2
    assert members_of(LogisticRegression) == {}


def test_code_is_told_from_values():
    members = members_of(Child)
    assert all(is_code(members[k]) for k in ("method", "prop", "static", "cached"))
    assert is_code(Child)
    assert is_code(functools.lru_cache(abs))
    assert not any(map(is_code, (1, [1], members["factor"])))


def test_cached_properties_are_found():
    assert set(caches_of(Child)) == {"cached"}
