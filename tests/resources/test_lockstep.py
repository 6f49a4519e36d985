import threading

import pytest

from skhp.resources._lockstep import Lockstep


def run(n_points, *, n_at_once=2, stop_at=None):
    """Run fits with so many points; return what happened, in order."""
    events, lock = [], threading.Lock()

    def note(*event):
        with lock:
            events.append(event)

    def decide(point):
        note("decided", point)
        return point == stop_at

    def fit(number, place):
        for point in range(n_points[number]):
            note("reached", number, point)
            if place.reach_point():
                note("stopped", number, point)
                return

    fits = [
        lambda place, number=number: fit(number, place)
        for number in range(len(n_points))
    ]
    Lockstep(n_at_once, decide).run(fits)
    return events


@pytest.mark.parametrize("n_at_once", [1, 2, 3, 7])
def test_no_fit_goes_past_a_point_before_it_is_decided(n_at_once):
    events = run([20, 20, 20], n_at_once=n_at_once)
    decided = -1
    for kind, *which in events:
        if kind == "decided":
            assert which == [decided + 1]
            decided += 1
        else:
            assert which[1] == decided + 1
    assert decided == 19


def test_all_stop_at_the_same_point():
    events = run([20, 20, 20], stop_at=4)
    assert sorted(e[1:] for e in events if e[0] == "stopped") == [
        (0, 4),
        (1, 4),
        (2, 4),
    ]


def test_fits_that_end_early_are_not_waited_for():
    events = run([3, 10, 5])
    assert [e[1] for e in events if e[0] == "decided"] == list(range(10))


@pytest.mark.parametrize("n_at_once", [1, 2])
def test_no_more_fits_run_at_once_than_are_allowed(n_at_once):
    lock, running, most = threading.Lock(), [0], [0]

    def work():
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        for _ in range(100):
            sum(range(100))
        with lock:
            running[0] -= 1

    def fit(place):
        for _ in range(10):
            work()
            place.reach_point()

    Lockstep(n_at_once, lambda point: False).run([fit] * 5)
    assert most[0] <= n_at_once


@pytest.mark.parametrize("bad", [0, 1, 2])
def test_an_error_ends_all_fits_and_is_raised(bad):
    points = []

    def fit(number, place):
        for point in range(1000):
            if number == bad and point == 5:
                raise ZeroDivisionError("here")
            if place.reach_point():
                return
            points.append(point)

    fits = [lambda place, n=n: fit(n, place) for n in range(3)]
    with pytest.raises(ZeroDivisionError, match="here"):
        Lockstep(2, lambda point: False).run(fits)
    assert max(points) <= 5


def test_an_error_in_the_decision_is_raised():
    def decide(point):
        raise ZeroDivisionError("there")

    with pytest.raises(ZeroDivisionError, match="there"):
        Lockstep(1, decide).run([lambda place: place.reach_point()] * 3)


def test_ctrl_c_ends_the_fits_at_their_next_point(monkeypatch):
    ended = []

    def fit(place):
        while not place.reach_point():
            pass
        ended.append(place)

    join, pressed = threading.Thread.join, []

    def pressed_once(self, timeout=None):
        if not pressed:
            pressed.append(True)
            raise KeyboardInterrupt
        return join(self, timeout)

    monkeypatch.setattr(threading.Thread, "join", pressed_once)
    with pytest.raises(KeyboardInterrupt):
        Lockstep(2, lambda point: False).run([fit] * 3)
    assert len(ended) == 3


def test_time_spent_waiting_does_not_count(monkeypatch):
    """The clock is moved by the fits alone: five seconds for each point of each."""
    now = [0.0]
    monkeypatch.setattr("time.perf_counter", lambda: now[0])
    places = []

    def fit(place):
        places.append(place)
        for _ in range(4):
            now[0] += 5.0
            place.reach_point()
        place.rest()

    Lockstep(1, lambda point: False).run([fit] * 3)
    assert [place.seconds for place in places] == [20.0] * 3


def test_fits_that_have_not_begun_when_it_is_over_never_begin():
    begun = []

    def fit(place):
        begun.append(place)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Lockstep(1, lambda point: False).run([fit] * 5)
    assert len(begun) == 1


def test_fits_between_two_points_can_see_that_it_is_over():
    seen = []

    def bad(place):
        raise ZeroDivisionError

    def fit(place):
        while not place.is_over:
            pass
        seen.append(True)

    with pytest.raises(ZeroDivisionError):
        Lockstep(2, lambda point: False).run([fit, bad])
    assert seen == [True]
