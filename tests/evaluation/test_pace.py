import pytest

from skhp.evaluation._pace import Pace


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_nothing_is_known_before_the_first_fit(clock):
    assert Pace(2, clock).seconds_per_fit == 0.0


@pytest.mark.parametrize("n_slots", [1, 2, 8])
def test_start_of_the_workers_does_not_count(n_slots, clock):
    pace = Pace(n_slots, clock)
    clock.now = 100.0
    pace.fit_done(4.0)
    assert pace.seconds_per_fit == 4.0 / n_slots


def test_what_happens_between_fits_counts(clock):
    pace = Pace(1, clock)
    for _ in range(3):
        clock.now += 5.0
        pace.fit_done(1.0)
    assert pace.seconds_per_fit == 5.0


def test_results_that_come_together_do_not_make_it_faster(clock):
    pace = Pace(2, clock)
    clock.now = 3.0
    for _ in range(10):
        pace.fit_done(1.0)
    assert pace.seconds_per_fit == 0.5
