"""sklearn/model_selection/tests/test_search.py, with our classes in it."""

import pytest
import sklearn
from sklearn.utils.fixes import parse_version

from ._borrow import borrow

FITTED_ONCE = (
    "The three draws hold one configuration twice: it is fitted once, and so the "
    "callbacks inside the estimator are called for two fits, not three."
)
REPEATED_RUNG = (
    "Aggressive elimination repeats a rung, on the same rows: it is fitted once."
)
NOTHING_SCORED = (
    "Its scorers fail on every split, so that there is no best candidate. We raise, as "
    "where every fit fails, instead of choosing the first candidate with a score of "
    "nan."
)
REASONS = {
    "test_unsupported_sample_weight_scorer": NOTHING_SCORED,
    "test_search_callbacks_propagation[search2-True]": REPEATED_RUNG,
    "test_search_callbacks_propagation[search2-False]": REPEATED_RUNG,
    "test_search_callbacks_propagation[search1-True]": FITTED_ONCE,
    "test_search_callbacks_propagation[search1-False]": FITTED_ONCE,
}
if parse_version(sklearn.__version__) < parse_version("1.7"):
    REASONS["test_random_search_bad_cv"] = (
        "The message on a cv whose two methods disagree has the words of newer "
        "versions: 'return inconsistent results', where this one says 'returned'."
    )

pytestmark = pytest.mark.filterwarnings("default")
globals().update(borrow("sklearn.model_selection.tests.test_search"))


OUR_ATTRIBUTES = {
    "best_at_edge_",
    "best_score_corrected_",
    "best_score_interval_",
    "improvement_over_default_",
    "tied_",
    "train_test_gap_",
}


@pytest.fixture(autouse=True)
def only_attributes_of_scikit_learn(request, monkeypatch):
    """One test compares all attributes with those of a class of scikit-learn's."""
    if request.node.name == "test_custom_run_search":

        def listed(thing):
            return [name for name in dir(thing) if name not in OUR_ATTRIBUTES]

        monkeypatch.setitem(request.function.__globals__, "dir", listed)
