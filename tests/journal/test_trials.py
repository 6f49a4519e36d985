import numpy as np
import pytest

import skhp
from skhp.exceptions import JournalError
from skhp.journal import trials_of_journal
from tests._toys import Echo, X, y


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "journal"
    grid = {"value": [1.0, 3.0]}
    skhp.GridSearchCV(Echo(), grid, cv=2, journal=path).fit(X, y)
    return path


def test_it_says_what_the_search_found(path):
    trials = trials_of_journal(path)
    assert [trial.params for trial in trials] == [{"value": 1.0}, {"value": 3.0}]
    assert [trial.mean(None) for trial in trials] == [1.0, 3.0]
    assert [len(trial.scores["score"]) for trial in trials] == [2, 2]


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        "[1]",
        '{"ask": 7}',
        '{"ask": "x", "params": {}}',
        '{"ask": 7, "params": 3}',
        '{"fit": [99, 0], "test_scores": 1.0}',
        '{"fit": 3, "test_scores": 1.0}',
        '{"fit": [0, 0], "test_scores": "much"}',
        '{"fit": [0], "test_scores": {"a": null}}',
        '{"fit": [0, 0], "test_scores": 1' + 400 * "0" + "}",
    ],
)
def test_lines_that_are_not_as_we_write_them_are_passed_over(path, line):
    before = [(trial.params, trial.mean(None)) for trial in trials_of_journal(path)]
    path.write_text(path.read_text() + line + "\n")
    after = [(trial.params, trial.mean(None)) for trial in trials_of_journal(path)]
    assert after == before


def test_a_trial_without_fits_has_no_mean(path):
    path.write_text(path.read_text() + '{"ask": 9, "params": {"value": 2}}\n')
    assert np.isnan(trials_of_journal(path)[-1].mean("score"))


def test_what_is_no_journal_is_refused(tmp_path):
    (tmp_path / "text").write_text("hello")
    for name, reason in (("text", "must be the journal"), ("absent", "No such file")):
        with pytest.raises(JournalError, match=reason):
            trials_of_journal(tmp_path / name)
