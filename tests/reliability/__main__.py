"""Run campaigns, and print a table of what they came to.

Examples
--------
``python -m tests.reliability --kills 20 --seed 3``; and, to repeat one run of it,
``python -m tests.reliability --seed 3 --only kills:17``.
"""

import sys

if __name__ == "__main__":  # and not in worker processes, which import this too
    from tests.reliability._campaigns import main

    sys.exit(main())
