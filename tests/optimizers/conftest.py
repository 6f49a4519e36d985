import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True)
def one_blas_thread():
    """Run models as an optimizer does: on small matrices threads only cost."""
    with threadpool_limits(1, user_api="blas"):
        yield
