import warnings

import pytest

from skhp import GridSearchCV
from skhp.search._engine import engine
from tests._toys import Echo, make_job


def opened(**params):
    search = GridSearchCV(Echo(), {"value": [1.0]}, **params)
    with engine(search, make_job()) as workers:
        return workers


def test_a_time_limit_that_nothing_can_enforce_is_warned_of():
    with pytest.warns(UserWarning, match="can end a fit only in worker processes"):
        opened(fit_timeout=5.0)


def test_without_a_time_limit_there_is_nothing_to_warn_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert opened().n_slots == 1


@pytest.mark.parametrize(("verbose", "is_shown"), [(0, False), (1, True)])
def test_the_thread_plan_is_printed_on_demand(verbose, is_shown, capsys):
    opened(threads_per_fit=1, verbose=verbose)
    assert capsys.readouterr().out.startswith("Threads: 1 workers x 1") == is_shown


def test_without_a_thread_plan_nothing_is_printed(capsys):
    opened(threads_per_fit=None, verbose=1)
    assert capsys.readouterr().out == ""
