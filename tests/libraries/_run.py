"""Running one check, if its library is there."""

import importlib
import importlib.util

from tests.libraries._checks import Library


class NotInstalled(Exception):
    """The library of a check is not installed."""


def run(library: Library) -> None:
    """Import the modules of a row and run its check.

    Raises
    ------
    NotInstalled
        If one of them is not there.
    """
    for name in library.modules:
        if importlib.util.find_spec(name.partition(".")[0]) is None:
            raise NotInstalled(name)
    library.check(*map(importlib.import_module, library.modules))
