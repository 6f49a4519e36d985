import signal

import pytest
import sklearn
import sklearn.linear_model  # loads BLAS and OpenMP
import threadpoolctl
from sklearn.utils.fixes import parse_version

collect_ignore = ["typing/user_code.py"]  # for mypy; there is nothing to fit in it


@pytest.fixture
def global_random_seed():
    """What scikit-learn's own tests call their seed."""
    return 42


def pytest_configure(config):
    """Let old versions of scikit-learn use what newer ones of SciPy deprecate."""
    if parse_version(sklearn.__version__) < parse_version("1.8"):
        config.addinivalue_line(
            "filterwarnings",
            "ignore:scipy.optimize. The `disp` and `iprint` options:DeprecationWarning",
        )


def pytest_sessionstart(session):
    let_ctrl_c_through()
    limit_threads()


def pytest_collection_modifyitems(items):
    """Refuse names that differ from process to process: no two could share the tests.

    They come of functions and objects as parameters, where ``ids`` is `str` or `repr`.
    """
    changing = [item.nodeid for item in items if " at 0x" in item.nodeid]
    if changing:
        raise pytest.UsageError(f"Give this parameter an id: {changing[0]}")


def let_ctrl_c_through():
    """Let it through also where the tests were started in the background.

    A shell has SIGINT ignored there, which the programs that tests start inherit.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def limit_threads():
    """Give BLAS and OpenMP one thread in this process.

    Theirs wait for each other in busy loops: on cores that others use too, a fit of a
    millisecond takes a hundred.
    """
    threadpoolctl.threadpool_limits(1)
