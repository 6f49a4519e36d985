"""sklearn/tests/test_metaestimators.py, with our classes in it."""

import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

import skhp

from ._borrow import borrow

tests = borrow("sklearn.tests.test_metaestimators")
# It walks through all of scikit-learn's estimators: ours are put in below.
delegates_validation = tests.pop("test_meta_estimators_delegate_data_validation")

pytestmark = pytest.mark.filterwarnings("default")
globals().update(tests)


@pytest.mark.parametrize("cls", [skhp.GridSearchCV, skhp.RandomizedSearchCV])
def test_data_validation_is_delegated_to_the_estimator(cls):
    text_classifier = make_pipeline(TfidfVectorizer(), LogisticRegression())
    space = {"logisticregression__C": [0.1, 1.0]}
    kwargs = {"n_iter": 2} if cls is skhp.RandomizedSearchCV else {}
    delegates_validation(
        cls(text_classifier, space, cv=2, error_score="raise", **kwargs)
    )
