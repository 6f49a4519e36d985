import os
import signal
import threading
from contextlib import nullcontext

import pytest

from skhp.evaluation._interrupt import Interrupt, Terminated, or_enough
from skhp.evaluation._temporary_folder import TemporaryFolder
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


# --- signals that kill ------------------------------------------------------------

FATAL = [signal.SIGTERM, signal.SIGHUP]
fatal = pytest.mark.parametrize("number", FATAL, ids=["SIGTERM", "SIGHUP"])


@pytest.fixture
def killed(monkeypatch):
    """The signals by which this process would have been killed."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in FATAL}
    numbers = []
    monkeypatch.setattr("os.kill", lambda pid, number: numbers.append(number))
    yield numbers
    for number, handler in before.items():
        signal.signal(number, handler)


@fatal
def test_signal_that_kills_does_so_after_the_clean_up(number, killed):
    with Interrupt() as interrupt:
        interrupt.clean_up_when_killed()
        signal.raise_signal(number)
        with pytest.raises(Terminated):
            interrupt.check()
        assert killed == []
    assert killed == [number]
    assert signal.getsignal(number) is signal.SIG_DFL


@fatal
def test_signal_that_kills_raises_where_it_is_allowed_and_the_second_time(
    number, killed
):
    with (  # noqa: PT012
        pytest.raises(Terminated),
        Interrupt() as interrupt,
        interrupt.allowed(),
    ):
        interrupt.clean_up_when_killed()
        signal.raise_signal(number)
    with Interrupt() as interrupt:
        interrupt.clean_up_when_killed()
        signal.raise_signal(number)
        with pytest.raises(Terminated):
            signal.raise_signal(number)
    assert killed == [number, number]


def test_signal_that_kills_removes_temporary_folders(killed, tmp_path, monkeypatch):
    monkeypatch.setenv("JOBLIB_TEMP_FOLDER", str(tmp_path))
    folder = TemporaryFolder(1)
    with Interrupt() as interrupt:
        interrupt.clean_up_when_killed()
        signal.raise_signal(signal.SIGTERM)
    assert not os.path.exists(folder.path)


@fatal
def test_signals_that_kill_are_the_systems_until_there_is_something_to_clean(number):
    before = signal.getsignal(number)
    with Interrupt() as interrupt:
        assert signal.getsignal(number) is before
        interrupt.clean_up_when_killed()
        assert signal.getsignal(number) is not before or before != signal.SIG_DFL
    assert signal.getsignal(number) is before


@fatal
@pytest.mark.parametrize("handler", [signal.SIG_IGN, lambda number, frame: None])
def test_what_the_user_wants_of_such_a_signal_is_left_alone(number, handler):
    before = signal.signal(number, handler)
    try:
        with Interrupt() as interrupt:
            interrupt.clean_up_when_killed()
            assert signal.getsignal(number) is handler
            signal.raise_signal(number)
            interrupt.check()
        assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, before)


@fatal
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_fork_is_killed_at_once(number):
    before = signal.signal(number, signal.SIG_DFL)  # nohup has SIGHUP ignored
    try:
        with Interrupt() as interrupt:
            interrupt.clean_up_when_killed()
            child = os.fork()
            if child == 0:
                signal.raise_signal(number)
                os._exit(0)
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -number
    finally:
        signal.signal(number, before)


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


def raise_inside(interrupt):
    with or_enough(record_of(1), interrupt) as ending, interrupt:
        raise KeyboardInterrupt
    return ending.interrupted


def test_ctrl_c_in_a_search_inside_a_fit_ends_that_fit():
    with Interrupt(), pytest.raises(KeyboardInterrupt):
        raise_inside(Interrupt())
    assert raise_inside(Interrupt())  # inside of nothing


def test_signal_that_kills_leaves_no_result():
    with pytest.raises(Terminated):
        end(Terminated(), n_finished=1)
