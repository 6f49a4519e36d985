import numpy as np
import pytest
from scipy.optimize import lsq_linear

from skhp.surrogate import _climb

from . import reference_climb as twin

N = 6


def quadratic(seed=0):
    """Return -|A x - b|^2 / 2 and its unbounded summit, well outside of the box."""
    rng = np.random.default_rng(seed)
    A, b = rng.normal(size=(N + 2, N)), 3.0 * rng.normal(size=N + 2)

    def function(x):
        return -0.5 * np.sum((A @ x - b) ** 2), A.T @ (b - A @ x)

    return function, A, b


def rosenbrock(x):
    rise = x[1:] - x[:-1] ** 2
    g = np.zeros(len(x))
    g[1:] -= 200.0 * rise
    g[:-1] += 400.0 * rise * x[:-1] + 2.0 * (1.0 - x[:-1])
    return -np.sum(100.0 * rise**2 + (1.0 - x[:-1]) ** 2), g


def ripples(x):
    """Waves on a slope: half of what a climb sees curves upwards."""
    return np.sum(np.sin(4.0 * x) + x), 4.0 * np.cos(4.0 * x) + 1.0


def cliff(x):
    """A slope that ends in nan."""
    return (np.sum(x) if np.all(x < 0.3) else np.nan), np.ones(len(x))


def both(function, x, box, metric=None, max_evaluations=60, tolerance=1e-6):
    """Return what kernel and twin evaluate, where they end, and how high that is."""
    n, ends = len(x), []
    lower, upper = np.full(n, float(box[0])), np.full(n, float(box[1]))
    metric = np.ones(n) if metric is None else metric
    rest = (lower, upper, metric, max_evaluations, tolerance)
    paths = [[], []]

    def watched(path):
        return lambda x: path.append(np.array(x)) or function(np.array(x))

    summit = np.array(x, dtype=float)
    work = np.empty(_climb.workspace(n))
    value = _climb.climb_callable(watched(paths[0]), *rest, work, summit)
    ends = [(summit, value), twin.climb(watched(paths[1]), np.array(x, float), *rest)]
    return paths, ends


def assert_same(paths, ends, rtol=1e-6):
    assert len(paths[0]) == len(paths[1])
    np.testing.assert_allclose(paths[0], paths[1], rtol=rtol, atol=1e-9)
    np.testing.assert_allclose(ends[0][0], ends[1][0], rtol=rtol, atol=1e-9)
    np.testing.assert_allclose(ends[0][1], ends[1][1], rtol=rtol, atol=1e-9)


@pytest.mark.parametrize("box", [(-1e9, 1e9), (-1, 1), (0, 0.1), (0.5, 0.5)])
@pytest.mark.parametrize("seed", range(4))
def test_on_a_quadratic_it_goes_the_way_of_the_numpy_twin(seed, box):
    function, _, _ = quadratic(seed)
    start = np.clip(np.full(N, 0.3), *box)
    assert_same(*both(function, start, box, np.geomspace(0.1, 10, N)))


@pytest.mark.parametrize("start", [-1.2, 0.0, 2.0])
@pytest.mark.parametrize("box", [(-5, 5), (-2, 0.5)])
def test_on_rosenbrock_it_goes_the_way_of_the_numpy_twin(start, box):
    x = np.clip(np.full(4, start), *box)
    assert_same(*both(rosenbrock, x, box, max_evaluations=40))


@pytest.mark.parametrize("seed", range(10))
def test_where_the_function_curves_upwards_it_goes_the_way_of_the_twin(seed):
    x = np.random.default_rng(seed).uniform(-3, 3, 5)
    assert_same(*both(ripples, x, (-4, 4), np.geomspace(0.01, 1, 5)))


@pytest.mark.parametrize("box", [(-1e9, 1e9), (-1, 1), (0, 0.1)])
@pytest.mark.parametrize("seed", range(4))
def test_the_summit_of_a_quadratic_is_the_bounded_least_squares(seed, box):
    function, A, b = quadratic(seed)
    start = np.clip(np.full(N, 0.3), *box)
    _, ((summit, _), _) = both(function, start, box, max_evaluations=500)
    expected = lsq_linear(A, b, box, tol=1e-14).x
    np.testing.assert_allclose(summit, expected, atol=1e-4)


def test_the_summit_of_rosenbrock_is_found():
    _, ((summit, value), _) = both(rosenbrock, [-1.2, 1.0], (-5, 5), None, 500, 1e-5)
    np.testing.assert_allclose(summit, 1.0, atol=1e-4)
    assert value > -1e-8


@pytest.mark.parametrize("height", [0.0, 1e-300, -1e300, np.nan, np.inf, -np.inf])
def test_on_a_plateau_and_where_there_is_no_number_it_stays(height):
    paths, ends = both(lambda x: (height, np.zeros(3)), [0.1, 0.2, 0.3], (0, 1))
    assert len(paths[0]) == len(paths[1]) == 1
    for summit, value in ends:
        np.testing.assert_array_equal(summit, [0.1, 0.2, 0.3])
        np.testing.assert_equal(value, height)


@pytest.mark.parametrize("n", [1, 5])
def test_it_ends_in_front_of_nan(n):
    paths, ends = both(cliff, np.zeros(n), (0, 1))
    assert_same(paths, ends)
    assert np.any(np.isnan([cliff(x)[0] for x in paths[0]]))
    assert 0.0 < ends[0][1] == np.sum(ends[0][0])


@pytest.mark.parametrize("scale", [1e-300, 1e-12, 1e150])
def test_tiny_and_huge_slopes_go_the_way_of_the_twin(scale):
    def function(x):
        return -scale * np.sum((x - 0.7) ** 2), -2 * scale * (x - 0.7)

    assert_same(*both(function, [0.1, 0.9], (0, 1), tolerance=0.0))


@pytest.mark.parametrize("most", [1, 2, 3, 7])
def test_it_evaluates_no_more_often_than_allowed_and_never_descends(most):
    paths, ends = both(ripples, np.zeros(3), (-4, 4), max_evaluations=most)
    assert len(paths[0]) <= most
    assert ends[0][1] >= ripples(np.zeros(3))[0]


def test_it_never_leaves_the_box():
    function, _, _ = quadratic()
    paths, _ = both(function, np.full(N, 0.2), (0.1, 0.3))
    assert np.all((np.array(paths[0]) >= 0.1) & (np.array(paths[0]) <= 0.3))
