import joblib
import numpy as np
import pytest

from skhp.exceptions import InvalidParameterError
from tests._cli._tables import settings_of, table_of

NUMBERS = table_of(np.arange(20.0))


def classes(*counts, task="multiclass"):
    names = np.repeat([f"c{i}" for i in range(len(counts))], counts)
    return table_of(names.astype(object), task)


@pytest.mark.parametrize(
    ("n_jobs", "n_workers"),
    [
        (1, 1),
        (3, 3),
        (64, 64),
        (None, joblib.cpu_count()),
        (-1, joblib.cpu_count()),
        (-999, 1),
    ],
)
def test_workers_are_as_many_as_were_asked_for(n_jobs, n_workers):
    assert settings_of(NUMBERS, n_jobs=n_jobs).n_jobs == n_workers


@pytest.mark.parametrize(
    ("table", "scoring"),
    [
        (NUMBERS, "r2"),
        (classes(9, 9, task="binary"), "roc_auc"),
        (classes(9, 9, 9), "accuracy"),
    ],
)
def test_score_suits_the_task_unless_one_is_given(table, scoring):
    assert settings_of(table).scoring == scoring
    other = "neg_max_error" if scoring == "r2" else "neg_log_loss"
    assert settings_of(table, scoring=other).scoring == other


def test_unknown_score_is_refused():
    with pytest.raises(InvalidParameterError, match=r"scorers.* Got 'accuarcy'"):
        settings_of(NUMBERS, scoring="accuarcy")


@pytest.mark.parametrize(
    ("table", "scoring", "message"),
    [
        (NUMBERS, "roc_auc", r"'y' \(numbers\), as do r2, .* Got roc_auc\.$"),
        (NUMBERS, "accuracy", r"Got accuracy: Classification metrics"),
        (classes(9, 9, 9), "roc_auc", r"\(classes\), as do .*roc_auc_ovr\. Got roc_"),
        (classes(9, 9, task="binary"), "f1", r"f1_macro.* Got f1: "),
        (classes(9, 9, task="binary"), "r2", r"\(two classes\).* Got r2: "),
        (table_of(-np.arange(20.0)), "neg_mean_gamma_deviance", "strictly positive"),
    ],
)
def test_score_that_does_not_suit_the_target_is_refused(table, scoring, message):
    with pytest.raises(InvalidParameterError, match=message) as caught:
        settings_of(table, scoring=scoring)
    assert "\n" not in str(caught.value)
    assert "Dummy" not in str(caught.value)


@pytest.mark.parametrize("table", [NUMBERS, classes(10, 10, task="binary")])
def test_folds_are_at_most_as_many_as_rows(table):
    message = r"at most the number of rows, 20\. Got 1000\."
    with pytest.raises(InvalidParameterError, match=message):
        settings_of(table, cv=1000)


def test_folds_are_shuffled_by_the_seed():
    first, again, other = (
        [test.tolist() for _, test in settings_of(NUMBERS, seed=seed).splits]
        for seed in (0, 0, 1)
    )
    assert first == again != other
    assert sorted(i for fold in first for i in fold) == list(range(20))


@pytest.mark.parametrize(
    ("table", "n_folds", "note"),
    [
        (NUMBERS, 5, None),
        (classes(9, 9, task="binary"), 5, None),
        (classes(9, 3, task="binary"), 3, "Only 3 rows of 'c1': as many folds."),
        (classes(9, 9, 9), 5, None),
        (classes(9, 9, 1), 5, "1 of 3 classes have fewer rows than there are folds"),
        (classes(3, 3, 3), 3, "No class has more than 3 rows: as many folds."),
    ],
)
def test_folds_are_as_many_as_the_rarest_class_can_bear(table, n_folds, note):
    settings = settings_of(table, cv=5)
    assert len(settings.splits) == n_folds
    assert len(settings.notes) == (note is not None)
    assert "".join(settings.notes).startswith(note or "")


def test_a_class_of_two_needs_two_rows():
    with pytest.raises(
        InvalidParameterError, match=r"two rows of each class\. Got one"
    ):
        settings_of(classes(19, 1, task="binary"))


def test_deadline_counts_from_the_start_of_the_command():
    assert settings_of(NUMBERS, n_iter=None, time_budget=5.0, start=2.0).deadline == 7.0
    assert settings_of(NUMBERS).deadline is None
