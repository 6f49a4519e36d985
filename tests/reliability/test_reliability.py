"""Small campaigns: whatever is done to searches, they end as promised."""

import os
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not hasattr(os, "pidfd_open"), reason="forks, and waits as only Linux can"
    ),
]


# Seeds with few kills and deaths of worker processes, which take seconds to start.
@pytest.mark.parametrize(
    ("campaign", "n", "seed"),
    [
        ("kills", 7, 205),
        ("forgeries", 60, 0),
        ("worker-deaths", 1, 39),
        ("interrupts", 5, 0),
        ("full-disks", 4, 0),
    ],
)
def test_every_search_ends_as_promised(campaign, n, seed, request):
    options = [f"--{campaign}", str(n), "--seed", str(seed)]
    run = subprocess.run(
        [sys.executable, "-m", "tests.reliability", *options],
        cwd=request.config.rootpath,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
