import pytest


@pytest.fixture
def global_random_seed():
    """What scikit-learn's own tests call their seed."""
    return 42
