import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True)
def one_blas_thread():
    """Models run as they do inside an optimizer: on small matrices threads only cost."""
    with threadpool_limits(1, user_api="blas"):
        yield
