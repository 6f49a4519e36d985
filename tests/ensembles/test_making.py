import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

from skhp import GridSearchCV
from skhp.ensembles import Ensemble

X, y = make_classification(60, random_state=0, flip_y=0.2)


def fitted(ensemble):
    search = GridSearchCV(
        DecisionTreeClassifier(random_state=0),
        {"max_depth": [1, 2, 3]},
        cv=2,
        scoring="neg_log_loss",
        ensemble=ensemble,
    )
    return search.fit(X, y)


def test_weights_are_shared_by_the_folds_of_a_candidate():
    search = fitted(Ensemble("best", n_candidates=2))
    assert search.ensemble_.weights == [0.5, 0.5]
    assert search.ensemble_.weights_.tolist() == [0.25] * 4


def test_no_more_members_than_allowed():
    search = fitted(Ensemble(max_members=1))
    assert len(search.ensemble_.estimators) == 1


def test_members_have_the_parameters_of_their_candidates():
    search = fitted(2)
    depths = [member.max_depth for member in search.ensemble_.estimators]
    rows = search.ensemble_info_["candidates"]
    assert depths == [search.cv_results_["params"][i]["max_depth"] for i in rows]


def test_members_are_fitted_with_the_parameters_of_fit():
    weight = np.where(y == 0, 1.0, 5.0)
    settings = Ensemble("best", n_candidates=2, refit=True)
    search = GridSearchCV(
        LogisticRegression(), {"C": [0.1, 1.0]}, cv=2, ensemble=settings
    ).fit(X, y, sample_weight=weight)
    for model in search.ensemble_.estimators_:
        expected = LogisticRegression(C=model.C).fit(X, y, sample_weight=weight)
        assert model.coef_ == pytest.approx(expected.coef_)


def test_a_user_can_decide_by_score_and_cost():
    told = fitted("folds").ensemble_info_
    assert told["score"] == told["best_score"]
    assert told["n_models"] == 2 * told["best_n_models"]
    assert told["n_bytes"] == pytest.approx(2 * told["best_n_bytes"], abs=1)
