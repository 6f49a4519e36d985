import os

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression

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
