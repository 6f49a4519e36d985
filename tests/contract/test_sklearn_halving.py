"""sklearn/model_selection/tests/test_successive_halving.py, with our classes in it."""

from functools import partial

import pytest

import skhp

from ._borrow import borrow

CLASSES = ("HalvingGridSearchCV", "HalvingRandomSearchCV")
SPLIT_ONCE = (
    "We split once, so that every candidate meets the same folds, whether the splitter "
    "is seeded or not; scikit-learn splits anew at every rung and must refuse it."
)
WHOLE_TEST_FOLDS = (
    "Our test folds are whole unless subsample_test=True, with which this test is run "
    "below: a handful of rows gives no score to trust (scikit-learn#30991, #20775)."
)
REASONS = {
    **{
        f"test_input_errors[params{k}-must yield consistent folds-{name}]": SPLIT_ONCE
        for k in (4, 5)
        for name in CLASSES
    },
    "test_base_estimator_inputs": WHOLE_TEST_FOLDS,
}
SLOW = {  # hundreds of fits in each of their cases
    "test_aggressive_elimination",
    "test_n_iterations",
}

tests = borrow("sklearn.model_selection.tests.test_successive_halving")
pytestmark = pytest.mark.filterwarnings("default")
globals().update(tests)


@pytest.mark.parametrize("name", CLASSES)
def test_base_estimator_inputs_where_test_folds_are_subsampled(name):
    tests["test_base_estimator_inputs"](
        partial(getattr(skhp, name), subsample_test=True)
    )
