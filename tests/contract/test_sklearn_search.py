"""sklearn/model_selection/tests/test_search.py, with our classes in it."""

import pytest

from ._borrow import borrow

FITTED_ONCE = (
    "The three draws hold one configuration twice: it is fitted once, and so the "
    "callbacks inside the estimator are called for two fits, not three."
)
REASONS = {
    "test_search_callbacks_propagation[search1-True]": FITTED_ONCE,
    "test_search_callbacks_propagation[search1-False]": FITTED_ONCE,
}

pytestmark = pytest.mark.filterwarnings("default")
globals().update(borrow("sklearn.model_selection.tests.test_search"))
