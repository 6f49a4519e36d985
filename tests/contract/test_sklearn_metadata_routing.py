"""sklearn/tests/test_metaestimators_metadata_routing.py, with our classes in it."""

import pytest

from ._borrow import borrow

ONLY = r"^\w+\[.*(GridSearchCV|RandomizedSearchCV)"  # the others are not ours

pytestmark = pytest.mark.filterwarnings("default")
globals().update(borrow("sklearn.tests.test_metaestimators_metadata_routing"))
