"""pre_dispatch means what it means to joblib, and is no code."""

import pytest
from joblib._utils import eval_expr

from skhp.exceptions import InvalidParameterError
from skhp.workers._pre_dispatch import max_in_flight

EXPRESSIONS = [
    "n_jobs",
    "2*n_jobs",
    " n_jobs * 3 ",
    "1.5*n_jobs",
    "2*n_jobs+1",
    "(n_jobs + 1) * 2",
    "n_jobs**2",
    "10 - n_jobs",
    "9 // n_jobs",
    "7 % n_jobs + 1",
    "n_jobs / 2 + 1",
    "- -n_jobs",
    "12",
]


@pytest.mark.parametrize("written", EXPRESSIONS)
@pytest.mark.parametrize("n_jobs", [1, 2, 5])
def test_arithmetic_is_that_of_joblib(written, n_jobs):
    theirs = int(eval_expr(written.replace("n_jobs", str(n_jobs)).strip()))
    assert max_in_flight(written, n_jobs) == theirs


def test_numbers_and_all():
    assert max_in_flight(3, 8) == 3
    assert max_in_flight("all", 8) is None


@pytest.mark.parametrize(
    "written",
    [
        "",
        "two",
        "n_jobs n_jobs",
        "2*cores",
        "__import__('os').getpid()",
        "n_jobs if n_jobs else 1",
        "n_jobs.real",
        "'a' * n_jobs",
        "True + 1",
        "1j * n_jobs",
        "n_jobs / 0",
        "9**9**9**9",
        "1e400",
        "(0 - 2)**0.5",
        "n_jobs\n+1; 2",
        "+".join("1" * 9999),
        True,
        1.5,
        None,
    ],
)
def test_anything_else_is_refused(written):
    with pytest.raises(InvalidParameterError, match="'pre_dispatch' parameter must be"):
        max_in_flight(written, 2)


@pytest.mark.parametrize("written", [0, -2, "0", "n_jobs - 2", "n_jobs // 3"])
def test_there_must_be_one_task_at_least(written):
    with pytest.raises(InvalidParameterError, match="at least one task"):
        max_in_flight(written, 2)
