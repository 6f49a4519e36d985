import signal
import threading
from contextlib import nullcontext

import pytest

from skhp.evaluation._interrupt import Interrupt, or_enough
from skhp.optimizers import Trial
from tests._toys import filled_record, result_of


def press_ctrl_c():
    signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def _python_handler():
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_first_ctrl_c_is_held_back_until_the_next_check():
    with Interrupt() as interrupt:
        interrupt.check()
        press_ctrl_c()
        assert not interrupt.insists
        with pytest.raises(KeyboardInterrupt):
            interrupt.check()


def test_first_ctrl_c_raises_where_it_is_allowed():
    with Interrupt() as interrupt:
        with pytest.raises(KeyboardInterrupt), interrupt.allowed():
            press_ctrl_c()
        assert interrupt.n_signals == 1


@pytest.mark.parametrize("error", [None, RuntimeError])
def test_it_is_allowed_inside_the_block_only(error):
    with Interrupt() as interrupt:
        try:
            with interrupt.allowed():
                if error:
                    raise error
        except RuntimeError:
            pass
        press_ctrl_c()  # raises nothing
        assert interrupt.n_signals == 1


def test_second_ctrl_c_raises_at_once():
    with Interrupt() as interrupt:
        press_ctrl_c()
        with pytest.raises(KeyboardInterrupt):
            press_ctrl_c()
        assert interrupt.insists


def test_one_that_was_let_through_does_not_let_the_clean_up_be_interrupted():
    with Interrupt() as interrupt:
        try:
            with interrupt.allowed():
                press_ctrl_c()
        except KeyboardInterrupt:
            assert not interrupt._is_allowed
        with pytest.raises(KeyboardInterrupt):  # the second one always may
            press_ctrl_c()


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_handler_is_put_back_however_the_block_ends(error):
    with pytest.raises(error) if error else nullcontext(), Interrupt():
        assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
        if error:
            raise error
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_handler_of_the_user_is_left_alone():
    heard = []

    def handler(number, frame):
        heard.append(number)

    signal.signal(signal.SIGINT, handler)
    with Interrupt() as interrupt:
        press_ctrl_c()
        interrupt.check()
    assert heard == [signal.SIGINT]
    assert signal.getsignal(signal.SIGINT) is handler


def test_other_threads_leave_the_handler_alone():
    seen = []

    def enter():
        with Interrupt():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]


def test_inner_one_leaves_ctrl_c_to_the_outer_one():
    with Interrupt() as outer, Interrupt() as inner:
        press_ctrl_c()
    assert (outer.n_signals, inner.n_signals) == (1, 0)


# --- how a search ends ------------------------------------------------------------


def record_of(n_finished):
    trials = [Trial(i, {}) for i in range(2)]
    results = [[result_of(0.5)] if i < n_finished else [None] for i in range(2)]
    return filled_record(trials, results, 1)


class WorkerDied(Exception):
    pass


def end(error, *, n_finished=1, n_signals=0):
    interrupt = Interrupt()
    interrupt.n_signals = n_signals
    with or_enough(record_of(n_finished), interrupt) as ending:
        if error:
            raise error
    return ending.interrupted


def test_block_that_ends_by_itself_was_not_interrupted():
    assert not end(None)
    assert not end(None, n_finished=0)


def test_ctrl_c_ends_it_in_peace_if_something_is_finished():
    assert end(KeyboardInterrupt, n_signals=1)
    assert end(KeyboardInterrupt)  # of an estimator, or of a handler of the user
    with pytest.raises(KeyboardInterrupt):
        end(KeyboardInterrupt, n_finished=0, n_signals=1)


def test_workers_may_die_of_the_ctrl_c_that_reaches_them():
    assert end(WorkerDied, n_signals=1)
    with pytest.raises(WorkerDied):
        end(WorkerDied)
    with pytest.raises(WorkerDied):
        end(WorkerDied, n_finished=0, n_signals=1)


@pytest.mark.parametrize("error", [KeyboardInterrupt, WorkerDied])
def test_who_insists_gets_out(error):
    with pytest.raises(error):
        end(error, n_signals=2)
