"""Each library of doc/libraries.md works, where it is installed."""

import pytest

from tests.libraries._checks import LIBRARIES
from tests.libraries._page import PAGE, page_of
from tests.libraries._run import NotInstalled, run

pytestmark = pytest.mark.foreign


@pytest.mark.parametrize("library", LIBRARIES, ids=lambda library: library.name)
def test_library_works(library):
    try:
        run(library)
    except NotInstalled as missing:
        pytest.skip(f"{missing} is not installed")


def test_the_page_is_what_the_script_writes():
    assert PAGE.read_text(encoding="utf-8") == page_of(LIBRARIES)


def test_names_and_checks_are_given_once():
    names = [library.name for library in LIBRARIES]
    assert len(set(names)) == len(names)
    assert all(library.how for library in LIBRARIES)
