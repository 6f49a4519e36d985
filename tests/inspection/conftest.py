import pytest

plt = pytest.importorskip("matplotlib.pyplot")


@pytest.fixture(autouse=True)
def closing_figures():
    plt.switch_backend("agg")
    yield
    plt.close("all")
