import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneOut,
    PredefinedSplit,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
    TimeSeriesSplit,
    check_cv,
)
from sklearn.svm import SVC

from skhp.exceptions import InvalidParameterError
from skhp.selection._fresh_splits import fresh_splits

X, y = np.arange(24.0).reshape(12, 2), np.arange(12) % 2
GROUPS = np.arange(12) // 2


def fresh(cv, n_repeats=2, **params):
    splits = list(check_cv(cv, y, classifier=True).split(X, y, **params))
    return splits, fresh_splits(
        GridSearchCV(SVC(), {}, cv=cv), X, y, params, splits, n_repeats
    )


def rows(splits):
    return [test.tolist() for _, test in splits]


@pytest.mark.parametrize(
    "cv",
    [
        KFold(3, shuffle=True),
        StratifiedKFold(3, shuffle=True, random_state=0),
        RepeatedKFold(n_splits=2, n_repeats=2),
        ShuffleSplit(4),
    ],
    ids=repr,
)
def test_each_shuffle_is_another_one_of_the_same_kind(cv):
    given, repeats = fresh(cv)
    assert len(repeats) == 2
    assert all(len(each) == len(given) for each in repeats)
    assert rows(given) != rows(repeats[0]) != rows(repeats[1]) != rows(given)


def test_classes_are_balanced_in_the_folds_of_a_classifier():
    _, repeats = fresh(StratifiedKFold(3, shuffle=True))
    assert all(np.mean(y[test]) == 0.5 for each in repeats for _, test in each)


def test_same_splits_have_the_same_further_shuffles():
    cv = StratifiedKFold(3, shuffle=True, random_state=0)
    assert rows(fresh(cv)[1][0]) == rows(fresh(cv)[1][0])
    assert cv.random_state == 0  # that of the user is as it was


def test_groups_stay_together():
    cv = GroupKFold(3, shuffle=True, random_state=0)
    _, repeats = fresh(cv, groups=GROUPS)
    for train, test in repeats[0]:
        assert not set(GROUPS[train]) & set(GROUPS[test])


@pytest.mark.parametrize(
    "cv",
    [
        None,
        3,
        KFold(3),
        TimeSeriesSplit(3),
        GroupKFold(3),
        LeaveOneOut(),
        PredefinedSplit(y),
        [(np.arange(6), np.arange(6, 12))],
    ],
    ids=lambda cv: type(cv).__name__,
)
def test_splitters_that_do_not_shuffle_are_refused(cv):
    params = {"groups": GROUPS} if isinstance(cv, GroupKFold) else {}
    with pytest.raises(InvalidParameterError, match=r"'refine_top'.*0 unless 'cv'"):
        fresh(cv, **params)


def test_rows_in_order_are_not_shuffled_by_a_number_of_folds():
    t = np.arange(30.0)[:, None]
    search = GridSearchCV(Ridge(), {})
    splits = list(KFold().split(t))
    with pytest.raises(InvalidParameterError, match=r"such as KFold\(5, shuffle=True"):
        fresh_splits(search, t, t.ravel(), {}, splits, 2)
