import pytest
from sklearn.datasets import load_iris


@pytest.fixture
def iris():
    X, y = load_iris(return_X_y=True)
    return X, y
