"""Small campaigns: whatever is done to searches, they end as promised."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(
    not hasattr(os, "pidfd_open"), reason="forks, and waits as only Linux can"
)


@pytest.mark.parametrize(
    ("campaign", "n"),
    [
        ("kills", 12),
        ("forgeries", 150),
        ("worker-deaths", 2),
        ("interrupts", 10),
        ("full-disks", 8),
    ],
)
def test_every_search_ends_as_promised(campaign, n, request):
    run = subprocess.run(
        [sys.executable, "-m", "tests.reliability", f"--{campaign}", str(n)],
        cwd=request.config.rootpath,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
