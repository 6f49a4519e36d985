import numpy as np
import pytest

from skhp.optimizers._bayes_design import Design, default_n_initial, sobol_points
from skhp.space import Space

SPACE = Space({"x": (0.0, 1.0), "y": (0.0, 1.0)})


def design(n_given=2):
    given = np.full((n_given, 2), 0.5)
    given[:, 0] = np.arange(n_given) / 10
    return Design(SPACE, given, sobol_points(2, np.random.default_rng(0))), given


def test_rows_of_the_user_come_first_and_none_is_taken_twice():
    rows, given = design()
    taken = []

    def is_new(row):
        return tuple(row) not in taken

    while (row := rows.first(is_new)) is not None:
        taken.append(tuple(row))
    assert taken[:2] == list(map(tuple, given))
    assert len(taken) == len(set(taken)) == 2 + 2048


def test_what_was_not_acceptable_is_looked_at_again_after_a_restart():
    rows, given = design()
    assert rows.first(lambda row: row[0] > 0.05)[0] == 0.1
    assert rows.first(lambda row: True)[0] == 0.1
    rows.restart()
    assert tuple(rows.first(lambda row: True)) == tuple(given[0])


def test_nothing_acceptable_is_none():
    assert design()[0].first(lambda row: False) is None


def test_points_are_even_and_depend_on_the_seed():
    points, other = (sobol_points(3, np.random.default_rng(seed)) for seed in (0, 1))
    counts = np.histogramdd(points, bins=(4, 4, 4), range=[(0, 1)] * 3)[0]
    assert np.all(counts == 2048 / 64)
    assert not np.array_equal(points, other)
    assert sobol_points(0, np.random.default_rng(0)).shape == (1, 0)


@pytest.mark.parametrize(
    ("n_subspaces", "n_iter", "expected"),
    [(1, 50, 4), (1, 9, 3), (1, 2, 2), (3, 50, 8), (9, 60, 12), (9, 12, 4)],
)
def test_the_default_design_is_small(n_subspaces, n_iter, expected):
    assert default_n_initial(n_subspaces, n_iter) == expected
