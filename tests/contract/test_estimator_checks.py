"""scikit-learn's checks of its estimator contract, on ours."""

import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils.estimator_checks import parametrize_with_checks

import skhp

SEARCHES = [
    skhp.GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=2, error_score="raise"),
    skhp.GridSearchCV(
        LogisticRegression(), {"C": [0.1, 1.0]}, cv=2, error_score="raise"
    ),
    skhp.RandomizedSearchCV(
        Ridge(), {"alpha": [0.1, 1.0]}, n_iter=2, cv=2, error_score="raise"
    ),
    skhp.RandomizedSearchCV(
        LogisticRegression(),
        {"C": (0.1, 1.0, "log-uniform")},
        n_iter=2,
        cv=2,
        error_score="raise",
        random_state=0,
    ),
    skhp.BayesSearchCV(
        LogisticRegression(),
        {"C": (0.1, 1.0, "log-uniform")},
        n_iter=4,
        cv=2,
        error_score="raise",
        random_state=0,
    ),
    skhp.HalvingGridSearchCV(
        LogisticRegression(), {"C": [0.1, 1.0]}, cv=2, error_score="raise"
    ),
    skhp.HalvingRandomSearchCV(
        Ridge(), {"alpha": [0.1, 1.0]}, cv=2, error_score="raise", random_state=0
    ),
    skhp.HyperbandSearchCV(
        LogisticRegression(),
        {"C": (0.1, 1.0, "log-uniform")},
        factor=9,  # a fifth of the fits that 3 makes of the larger data sets
        cv=2,
        error_score="raise",
        random_state=0,
    ),
]


def expected_failures(search):
    """Return scikit-learn's own exception for its own classes, no more."""
    if isinstance(search.estimator, Ridge):
        return {"check_supervised_y_2d": "Ridge gives no DataConversionWarning"}
    return {}


checks = parametrize_with_checks(SEARCHES, expected_failed_checks=expected_failures)
names, values = checks.args


# Listed, because in scikit-learn 1.6 they are a generator, which pytest is to refuse.
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(names, list(values), **checks.kwargs)
def test_scikit_learn_contract(estimator, check):
    check(estimator)
