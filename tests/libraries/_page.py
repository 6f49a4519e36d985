"""The page that lists the libraries."""

from collections.abc import Iterable
from pathlib import Path

from tests.libraries._checks import Library

PAGE = Path(__file__).parents[2] / "doc" / "libraries.md"

_BEGIN = """\
# Other libraries

What works, and how. Each row is backed by a test, which uses the library as its users
do; `python -m tests.libraries` runs them all, says which versions it has found, and
writes this table.

| library | what works |
|---|---|
"""
_END = """
[Search spaces](spaces.md#write-a-space) lists what the spaces of other
libraries may hold, and what is refused.

Any other estimator that follows scikit-learn's conventions can be searched too, such as
the wrappers of skorch and scikeras, which are not tested here.
"""


def page_of(libraries: Iterable[Library]) -> str:
    rows = (f"| {library.name} | {library.how} |\n" for library in libraries)
    return _BEGIN + "".join(rows) + _END
