import warnings

import numpy as np
import pytest
from sklearn.exceptions import FitFailedWarning

from skhp.evaluation import report_failures, warn_of_non_finite
from skhp.exceptions import AllFitsFailedError
from skhp.optimizers import Trial
from tests._toys import filled_record, result_of

GOOD = result_of(1.0)
NO_FIT = result_of(0.0, fit_error="Traceback: A")
OTHER = result_of(0.0, fit_error="Traceback: B")
NO_SCORE = result_of(0.0, score_error="Traceback: C")


def record_of(*rows):
    trials = [Trial(i, {"a": i}) for i in range(len(rows))]
    return filled_record(trials, rows, len(rows[0]))


def test_nothing_is_said_where_nothing_failed():
    report_failures(record_of([GOOD, GOOD], [GOOD, None]), np.nan)


def test_failures_are_counted_and_grouped_in_one_warning():
    record = record_of([NO_FIT, OTHER], [NO_FIT, GOOD])
    with pytest.warns(FitFailedWarning) as caught:
        report_failures(record, -1.0)
    (warning,) = caught
    text = str(warning.message)
    assert "3 fits failed out of a total of 4" in text
    assert "set to -1.0" in text
    first, second = text.index("2 fits failed with"), text.index("1 fits failed with")
    assert first < text.index("Traceback: A") < second < text.index("Traceback: B")


@pytest.mark.parametrize("rows", [([NO_FIT],), ([NO_FIT, OTHER],), ([NO_FIT, None],)])
def test_if_every_fit_failed_it_is_an_error(rows):
    with pytest.raises(AllFitsFailedError, match="fits failed") as caught:
        report_failures(record_of(*rows), np.nan)
    assert "Traceback: A" in str(caught.value)
    assert isinstance(caught.value, ValueError)


BOTH = result_of({"a": 0.0, "b": 0.0}, score_error="C", failed_metrics=("a", "b"))
ONE = result_of({"a": 0.0, "b": 1.0}, score_error="C", failed_metrics=("a",))


@pytest.mark.parametrize("rows", [([NO_SCORE],), ([NO_SCORE, NO_FIT],), ([BOTH],)])
def test_if_no_fit_has_a_score_it_is_an_error(rows):
    with pytest.raises(AllFitsFailedError, match="could be scored"):
        report_failures(record_of(*rows), np.nan)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.parametrize("rows", [([NO_SCORE],), ([NO_SCORE, NO_FIT],), ([BOTH],)])
def test_if_no_fit_has_a_score_but_a_number_it_is_a_warning(rows):
    with pytest.warns(UserWarning, match="Scoring failed.* set to -1"):
        report_failures(record_of(*rows), -1.0)


@pytest.mark.filterwarnings("ignore:Scoring failed")
def test_one_score_of_several_is_enough():
    report_failures(record_of([BOTH, ONE]), np.nan)


def test_failing_scores_are_a_warning_of_their_own():
    with pytest.warns(UserWarning, match="Scoring failed.* 2 train-test") as caught:
        report_failures(record_of([NO_SCORE, NO_SCORE], [GOOD, GOOD]), 0.0)
    assert len(caught) == 1


def table(means, status=None, name="mean_test_score"):
    columns = {"params": [{}] * len(means), name: np.array(means)}
    return columns if status is None else {**columns, "status": np.array(status)}


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("side", ["test", "train"])
def test_score_that_is_not_finite_is_warned_of(value, side):
    columns = table([1.0, value], name=f"mean_{side}_score")
    with pytest.warns(UserWarning, match=f"of the {side} scores are non-finite"):
        warn_of_non_finite(columns, ["score"])


@pytest.mark.parametrize(
    "columns", [table([1.0, 2.0]), table([1.0, np.nan], ["ok", "failed"]), table([])]
)
def test_finite_and_explained_scores_are_not_warned_of(columns):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_non_finite(columns, ["score"])
