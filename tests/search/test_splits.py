import numpy as np
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    RepeatedKFold,
    ShuffleSplit,
    StratifiedKFold,
)
from sklearn.utils import Bunch

from skhp import GridSearchCV
from skhp.exceptions import InvalidParameterError
from skhp.journal import digest_of_splits, pack_splits
from skhp.search._splits import Splitter
from skhp.search._strategy import Data
from tests._toys import SPLITS, X, y


class Own:
    """A splitter of the user's, which may be shuffled for all that is known."""

    def get_n_splits(self, X=None, y=None, groups=None):
        return 2

    def split(self, X, y=None, groups=None):
        yield from SPLITS


class Lying(Own):
    def get_n_splits(self, X=None, y=None, groups=None):
        return 3


def splitter_of(cv, **split_params):
    search = GridSearchCV(DummyClassifier(), {}, cv=cv)
    return Splitter(search, Data(X, y, Bunch(splitter=Bunch(split=split_params))))


@pytest.mark.parametrize("cv", [None, 3, KFold(4), SPLITS, Own(), iter(SPLITS)])
def test_there_are_as_many_splits_as_it_says(cv):
    splitter = splitter_of(cv)
    assert len(splitter.splits()) == splitter.n_splits()


def test_a_number_means_stratified_folds_for_a_classifier():
    expected = StratifiedKFold(3).split(X, y)
    assert digest_of_splits(splitter_of(3).splits()) == digest_of_splits(list(expected))


def test_groups_reach_the_splitter():
    groups = np.arange(12) // 3
    for train, test in splitter_of(GroupKFold(4), groups=groups).splits():
        assert not set(groups[train]) & set(groups[test])


@pytest.mark.parametrize(
    ("cv", "is_repeatable"),
    [
        (5, True),
        (KFold(3), True),
        (KFold(3, shuffle=True), False),
        (KFold(3, shuffle=True, random_state=0), True),
        (ShuffleSplit(3, random_state=np.random.RandomState(0)), False),
        (RepeatedKFold(n_splits=2), False),
        (SPLITS, True),
        (iter(SPLITS), False),
        (Own(), False),
    ],
)
def test_what_may_differ_another_time_is_known(cv, is_repeatable):
    assert splitter_of(cv).is_repeatable == is_repeatable


def test_splits_of_an_iterator_that_is_used_up_are_taken_from_before():
    cv = iter(SPLITS)
    splits = splitter_of(cv).splits()
    packed = pack_splits(splits, len(X))
    again = splitter_of(cv)
    assert again.n_splits(packed) == 2
    assert digest_of_splits(again.splits(packed)) == digest_of_splits(splits)


def test_splits_that_are_given_anew_are_not_taken_from_before():
    packed = pack_splits(SPLITS, len(X))
    other = [(test, train) for train, test in SPLITS]
    splits = splitter_of(iter(other)).splits(packed)
    assert digest_of_splits(splits) == digest_of_splits(other)


def test_damaged_splits_of_before_are_none():
    assert splitter_of(KFold(2)).splits([["not packed"]]) == []


@pytest.mark.parametrize(
    ("cv", "message"), [([], "No fits were performed"), (Lying(), "Expected 3 splits")]
)
def test_no_splits_or_other_ones_than_promised_are_refused(cv, message):
    with pytest.raises(InvalidParameterError, match=message):
        splitter_of(cv).splits()


def test_only_the_seed_of_a_splitter_is_left_out_of_its_text():
    assert str(splitter_of(KFold(3, shuffle=True))) == str(
        splitter_of(KFold(3, shuffle=True, random_state=4))
    )
    assert str(splitter_of(KFold(3))) != str(splitter_of(KFold(4)))
