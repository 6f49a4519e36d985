import os
import pickle

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import get_scorer
from sklearn.pipeline import make_pipeline

from skhp.ensembles._keeping import KeepFolds, read_fold

X = np.arange(10.0).reshape(-1, 1)
y = np.arange(10) % 2


class Wordless(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        return self

    def predict(self, X):
        raise RuntimeError("nothing to say")


class Unpicklable(LogisticRegression):
    def __reduce__(self):
        raise TypeError("not me")


def test_prediction_and_model_are_in_a_file(tmp_path):
    model = LogisticRegression().fit(X, y)
    kept = KeepFolds(str(tmp_path), False).keep(model, X[:3])
    assert os.path.getsize(kept.content) == kept.size > kept.model_size > 0
    prediction, same = read_fold(kept.content, with_model=True)
    assert (prediction.values == model.predict_proba(X[:3])).all()
    assert (same.coef_ == model.coef_).all()
    assert read_fold(kept.content, with_model=False)[1] is None


def test_where_the_folder_is_not_seen_the_content_travels(tmp_path):
    folder = str(tmp_path / "of another machine")
    kept = KeepFolds(folder, False).keep(LogisticRegression().fit(X, y), X)
    assert isinstance(kept.content, bytes)
    assert len(kept.content) == kept.size


@pytest.mark.parametrize(
    ("model", "why"), [(Wordless(), "nothing to say"), (Unpicklable(), "not me")]
)
def test_what_cannot_be_kept_says_why(tmp_path, model, why):
    kept = KeepFolds(str(tmp_path), False).keep(model.fit(X, y), X)
    assert kept.content is None
    assert why in kept.error
    assert list(tmp_path.iterdir()) == []


class Counts(LogisticRegression):
    """Counts how often it predicts."""

    n_asked = 0

    def predict_proba(self, X):
        type(self).n_asked += 1
        return super().predict_proba(X)


@pytest.mark.parametrize("wrapped", [False, True])
@pytest.mark.parametrize("scoring", ["neg_log_loss", "accuracy"])
def test_what_a_scorer_asks_for_is_not_predicted_again(tmp_path, wrapped, scoring):
    model = (make_pipeline(Counts()) if wrapped else Counts()).fit(X, y)
    expected, scorer = model.predict_proba(X), get_scorer(scoring)
    Counts.n_asked = 0
    with KeepFolds(str(tmp_path), False).listening(scorer, model, X) as keep:
        score = scorer(model, X, y)
    kept = keep()
    assert Counts.n_asked == 1
    assert score == scorer(model, X, y)
    prediction, same = read_fold(kept.content, with_model=True)
    assert (prediction.values == expected).all()
    assert prediction.classes.tolist() == [0, 1]
    assert vars(same).keys() == vars(model).keys()
    assert kept.seconds > 0


def test_a_scorer_of_the_users_sees_the_model_as_it_is(tmp_path):
    def scorer(model, X, y):
        return float("predict_proba" in vars(model))

    model = LogisticRegression().fit(X, y)
    with KeepFolds(str(tmp_path), False).listening(scorer, model, X):
        assert scorer(model, X, y) == 0


def test_a_model_that_is_scored_by_decisions_is_asked_for_probabilities(tmp_path):
    model = LogisticRegression().fit(X, y)
    scorer = get_scorer("roc_auc")
    with KeepFolds(str(tmp_path), False).listening(scorer, model, X) as keep:
        scorer(model, X, y)
    prediction, _ = read_fold(keep().content, with_model=False)
    assert prediction.method == "predict_proba"


def test_in_the_process_of_the_search_nothing_is_pickled(tmp_path):
    model, keeping = (
        LogisticRegression().fit(X, y),
        KeepFolds(str(tmp_path), False, True),
    )
    prediction, same = keeping.keep(model, X).live
    assert same is model
    assert prediction.values.shape == (10, 2)
    elsewhere = pickle.loads(pickle.dumps(keeping))
    assert elsewhere.keep(model, X).live is None


def test_a_model_that_cannot_be_listened_to_is_asked_again(tmp_path):
    class Fixed(LogisticRegression):
        def __setattr__(self, name, value):
            if name == "predict_proba":
                raise AttributeError(name)
            super().__setattr__(name, value)

    model, scorer = Fixed().fit(X, y), get_scorer("neg_log_loss")
    keeping = KeepFolds(str(tmp_path), has_labels=False, is_live=True)
    with keeping.listening(scorer, model, X) as keep:
        scorer(model, X, y)
    assert (keep().live[0].values == model.predict_proba(X)).all()
