import pytest
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from skhp.exceptions import InvalidParameterError
from skhp.search._names import check_parameters_exist

PIPELINE = make_pipeline(StandardScaler(), SVC())


class Liberal(BaseEstimator):
    """Lets more be set than it lists, as LightGBM does."""

    def set_params(self, **params):
        return self


@pytest.mark.parametrize(
    ("estimator", "names"),
    [
        (SVC(), [["C", "gamma"]]),
        (PIPELINE, [["svc__C"], ["standardscaler__with_mean", "svc"]]),
        (PIPELINE, [["svc", "svc__alpha"]]),  # of what is searched below
        (Liberal(), [["reg_sqrt"]]),
    ],
)
def test_names_that_can_be_set_pass(estimator, names):
    check_parameters_exist(estimator, names)


@pytest.mark.parametrize(
    ("estimator", "names", "near"),
    [
        (SVC(), [["gama"]], "gamma"),
        (PIPELINE, [["svc__C"], ["svc__c"]], "svc__C"),
        (PIPELINE, [["svm__C"]], "svc__C"),
    ],
)
def test_a_name_that_the_estimator_lacks_is_refused_with_a_near_one(
    estimator, names, near
):
    with pytest.raises(InvalidParameterError, match=near):
        check_parameters_exist(estimator, names)
