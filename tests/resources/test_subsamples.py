import numpy as np
import pytest
from sklearn.model_selection import KFold, ShuffleSplit, TimeSeriesSplit

from skhp.evaluation._task import Task
from skhp.optimizers import Trial
from skhp.resources._subsamples import (
    Subsamples,
    is_ordered_in_time,
    latest_first,
    n_rows_needed,
    order_rows,
)

RNG = np.random.default_rng


def test_subsamples_are_nested_and_in_the_order_of_the_data():
    rows = np.arange(10, 90)
    plan = Subsamples(100, [order_rows(rows, RNG(0))])
    splits = [(rows, np.arange(10))]
    known: set[int] = set()
    for resource in (10, 30, 90, 100):
        train, test = plan.rows(splits, Task(Trial(0, {}, resource), 0))
        assert len(train) == 80 * resource // 100
        assert np.all(np.diff(train) > 0)
        assert known <= set(train)
        assert test is splits[0][1]
        known = set(train)
    assert known == set(rows)


@pytest.mark.parametrize("n", [3, 5, 10, 50, 99])
def test_every_beginning_has_all_classes_in_proportion(n):
    classes = np.repeat([0, 1, 2], [70, 25, 5])
    order = order_rows(np.arange(100), RNG(1), classes=classes)
    counts = np.bincount(classes[order[:n]], minlength=3)
    assert counts.min() >= 1
    assert np.all(abs(counts - n * np.array([0.70, 0.25, 0.05])) <= 2)


def test_groups_are_whole_but_for_the_last():
    groups = RNG(2).integers(0, 20, 200)
    order = order_rows(np.arange(200), RNG(3), groups=groups)
    taken = groups[order[:70]]
    n_in_part = [g for g in set(taken) if np.sum(taken == g) < np.sum(groups == g)]
    assert len(n_in_part) <= 1


def test_groups_with_classes_begin_with_a_row_of_each_class():
    groups = np.repeat(np.arange(10), 10)
    classes = np.repeat([0, 1], [90, 10])
    order = order_rows(np.arange(100), RNG(4), classes=classes, groups=groups)
    assert set(classes[order[:2]]) == {0, 1}
    assert n_rows_needed(order, classes, 2) == 2


def test_an_order_is_a_permutation_that_depends_on_the_seed():
    rows = np.arange(5, 50)
    orders = [order_rows(rows, RNG(seed)) for seed in (0, 0, 1)]
    assert sorted(orders[0]) == list(rows)
    assert np.array_equal(orders[0], orders[1])
    assert not np.array_equal(orders[0], orders[2])


def test_splits_ordered_in_time_are_recognised():
    X = np.zeros((20, 1))
    assert is_ordered_in_time(TimeSeriesSplit(3), [])
    assert is_ordered_in_time(None, list(TimeSeriesSplit(3).split(X)))
    assert not is_ordered_in_time(None, list(KFold(3).split(X)))
    assert not is_ordered_in_time(None, list(ShuffleSplit(3, random_state=0).split(X)))
    assert not is_ordered_in_time(None, [(np.arange(10), np.arange(10, 20))])


def test_in_time_a_subsample_is_what_came_latest():
    plan = Subsamples(100, [latest_first(np.arange(50))])
    train, _ = plan.rows(
        [(np.arange(50), np.arange(50, 60))], Task(Trial(0, {}, 20), 0)
    )
    assert list(train) == list(range(40, 50))


def test_test_folds_are_subsampled_on_request():
    splits = [(np.arange(80), np.arange(80, 100))]
    plan = Subsamples(100, [np.arange(80)], [np.arange(80, 100)])
    train, test = plan.rows(splits, Task(Trial(0, {}, 50), 0))
    assert (len(train), len(test)) == (40, 10)
