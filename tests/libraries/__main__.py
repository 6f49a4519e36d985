"""Run all checks and write the table of doc/libraries.md: python -m tests.libraries.

Says which libraries work in this environment, with their versions, and which are not
installed. The page does not depend on either.
"""

import importlib.metadata
import sys
import traceback

from tests.libraries._checks import LIBRARIES
from tests.libraries._page import PAGE, page_of
from tests.libraries._run import NotInstalled, run


def main() -> int:
    n_failed = 0
    names = importlib.metadata.packages_distributions()
    for library in LIBRARIES:
        found = names.get(library.modules[0].partition(".")[0], [])
        version = importlib.metadata.version(found[0]) if found else ""
        try:
            run(library)
            verdict = "works"
        except NotInstalled:
            verdict = "not installed"
        except Exception:
            traceback.print_exc()
            verdict, n_failed = "FAILS", n_failed + 1
        print(f"{library.name:<20} {version:<12} {verdict}", flush=True)
    PAGE.write_text(page_of(LIBRARIES), encoding="utf-8")
    return 1 if n_failed else 0


if __name__ == "__main__":  # worker processes import this module again
    sys.exit(main())
