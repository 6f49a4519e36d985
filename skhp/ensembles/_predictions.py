"""What models predict, as numbers that can be averaged.

A regressor is averaged by its predicted values. A classifier is averaged by its
probabilities; if it has none by its decision function; and otherwise each model has a
vote, which is a probability of 1 for the class that it predicts. Where a classifier
does not predict the class with the highest probability, because it has a threshold of
its own for example, its labels are votes too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import issparse
from sklearn.base import is_classifier

_TINY = np.finfo(np.float64).tiny
_ROUNDING = 1e-6  # two values that differ less may have either class
# SVC has other labels than its decision function in some rows, where classes have as
# many votes. Pairs of three classes agree with labels in two thirds of rows at best.
_OF_CLASSES = 0.9


@dataclass(frozen=True, eq=False)
class Prediction:
    """What a model predicts for some rows.

    Attributes
    ----------
    method : {"predict_proba", "decision_function", "votes", "predict"}
        What the values are.
    values : ndarray, or list of ndarray
        With a row for each row of `X`. The probabilities and votes of a classifier of
        several outputs are a list with an array for each.
    classes : ndarray, list of ndarray or None
        The classes of the columns of each array; None if `values` are no classes, or
        if each column is a label that a row may have besides others.
    own_labels : ndarray or None
        The labels, where they are not those that the values say.
    """

    method: str
    values: Any
    classes: Any = None
    own_labels: Any = None

    @property
    def is_of_several_outputs(self) -> bool:
        """Whether it is a classifier's, for several outputs or labels."""
        is_list = isinstance(self.values, list)
        return is_list or (self.method != "predict" and self.classes is None)

    def labels(self) -> Any:
        """Return the predicted values, or the class that has most of the mean."""
        if self.own_labels is not None:
            return self.own_labels
        if self.method == "predict":
            return self.values
        if isinstance(self.values, list):
            each = zip(self.values, self.classes, strict=True)
            return np.column_stack([classes[v.argmax(axis=1)] for v, classes in each])
        limit = 0.0 if self.method == "decision_function" else 0.5
        if self.classes is None:
            return (self.values > limit).astype(int)
        if self.values.ndim == 1:
            return self.classes[(self.values > limit).astype(int)]
        return self.classes[self.values.argmax(axis=1)]

    def decisions(self) -> Any:
        """Return a decision function; for probabilities that is their logarithm.

        Probabilities of several outputs have none.
        """
        if self.method == "decision_function":
            return self.values
        logs = np.log(np.maximum(self.values, _TINY))
        return logs[:, 1] - logs[:, 0] if logs.shape[1] == 2 else logs


def has_several_columns(y: Any) -> bool:
    """Whether a target is of several outputs or labels."""
    shape = y.shape if hasattr(y, "shape") else np.asarray(y).shape
    return len(shape) > 1 and shape[1] > 1


def method_of(models: Sequence[Any]) -> str:
    """Return by what models are averaged; see the module's docstring."""
    if not all(map(is_classifier, models)):
        return "predict"
    for method in ("predict_proba", "decision_function"):
        if all(hasattr(model, method) for model in models):
            return method
    return "votes"


def predicted(model: Any, X: Any, method: str, *, has_labels: bool) -> Prediction:
    """Return what a fitted model predicts.

    Parameters
    ----------
    model : estimator
    X : array-like
    method : str
        As `method_of` returns it. A decision function that does not have a column for
        each class is replaced by votes.
    has_labels : bool
        Whether `y` has several columns.
    """
    if method == "predict":
        return Prediction(method, labels_of(model, X, has_labels))
    if method == "predict_proba":
        values = model.predict_proba(X)
        if isinstance(values, list):
            values = [np.asarray(each) for each in values]
            return Prediction(method, values, _several(model.classes_))
        classes = None if has_labels else np.asarray(model.classes_)
        return Prediction(method, np.asarray(values), classes)
    if method == "decision_function":
        values = np.asarray(model.decision_function(X))
        classes = None if has_labels else np.asarray(model.classes_)
        n_columns = 2 if values.ndim == 1 else values.shape[1]
        if classes is None or len(classes) == n_columns:
            return Prediction(method, values, classes)
    return votes(labels_of(model, X, has_labels))


def labels_of(model: Any, X: Any, has_labels: bool) -> Any:
    """Return what a model predicts; not in a column, as some do if `y` was one."""
    values = _dense(model.predict(X))
    return values if has_labels else values.reshape(len(values))


def predicted_and_decided(
    model: Any, X: Any, method: str, *, has_labels: bool
) -> Prediction:
    """Return what a fitted model predicts, with its own labels where these differ.

    Parameters
    ----------
    model : estimator
    X : array-like
    method : str
    has_labels : bool
        See `predicted`.
    """
    prediction = predicted(model, X, method, has_labels=has_labels)
    return decided(prediction, model, X, has_labels=has_labels)


def decided(
    prediction: Prediction, model: Any, X: Any, *, has_labels: bool
) -> Prediction:
    """Return a prediction that has the labels which the model itself predicts.

    Where they are not those that the values say, they are noted beside the values.
    Decision functions of three and more columns that mostly say something else are
    replaced by votes: they are of pairs of classes.

    Parameters
    ----------
    prediction : Prediction
        What `predicted` returned.
    model : estimator
    X : array-like
    has_labels : bool
        See `predicted`.
    """
    if prediction.method not in ("predict_proba", "decision_function"):
        return prediction
    labels = labels_of(model, X, has_labels)
    if _says(prediction, labels):
        return prediction
    if prediction.method == "decision_function" and not has_labels:
        if np.mean(prediction.labels() == labels) < _OF_CLASSES:
            if prediction.values.ndim == 2:
                return votes(labels)
    return replace(prediction, own_labels=labels)


def _says(prediction: Prediction, labels: Any) -> bool:
    """Whether the values of a prediction say these labels.

    A tie says either, but there are few: where there are many, as with probabilities
    that are clipped, the model knows more than they say.
    """
    n_others = np.count_nonzero(prediction.labels() != labels)
    if not n_others or n_others > max(1, labels.size // 100):
        return not n_others
    if isinstance(prediction.values, list):
        return all(
            _is_largest(values, classes, column)
            for values, classes, column in zip(
                prediction.values, prediction.classes, labels.T, strict=True
            )
        )
    if prediction.classes is None or prediction.values.ndim == 1:
        is_plain = np.asarray(prediction.labels() == labels)
        return bool((is_plain | (_margin(prediction) < _ROUNDING)).all())
    return _is_largest(prediction.values, prediction.classes, labels)


def _margin(prediction: Prediction) -> Any:
    limit = 0.0 if prediction.method == "decision_function" else 0.5
    return np.abs(prediction.values - limit)


def _is_largest(values: Any, classes: Any, labels: Any) -> bool:
    """Whether all labels have the largest value of their row."""
    is_label = labels[:, np.newaxis] == classes
    of_label = np.where(is_label, values, -np.inf).max(axis=1)
    return bool((of_label >= values.max(axis=1) - _ROUNDING).all())


def votes(labels: Any) -> Prediction:
    """Return labels as a probability of 1 for each."""
    columns = [labels] if labels.ndim == 1 else list(labels.T)
    values, classes = [], []
    for column in columns:
        known, codes = np.unique(column, return_inverse=True)
        classes.append(known)
        values.append(np.eye(len(known))[codes.ravel()])
    if labels.ndim == 1:
        return Prediction("votes", values[0], classes[0])
    return Prediction("votes", values, classes)


def average(predictions: Sequence[Prediction], weights: ArrayLike) -> Prediction:
    """Return the weighted mean of predictions for the same rows.

    Classes that a model does not know have the probability 0. Decision functions that
    cannot be compared, because they are of different classes, are replaced by votes.
    Labels are voted for if those of one prediction are not what its values say.
    """
    if len(predictions) == 1:
        return predictions[0]
    first = predictions[0]
    if any(
        other.method != first.method
        or (
            first.method == "decision_function"
            and not np.array_equal(other.classes, first.classes)
        )
        for other in predictions
    ):
        predictions = [votes(other.labels()) for other in predictions]
        first = predictions[0]
    own_labels = None
    if any(other.own_labels is not None for other in predictions):
        own_labels = average([votes(p.labels()) for p in predictions], weights).labels()
    shares = np.asarray(weights, dtype=np.float64) / np.sum(weights)
    if isinstance(first.values, list):
        outputs = [
            _mean([(p.values[j], p.classes[j]) for p in predictions], shares, first)
            for j in range(len(first.values))
        ]
        each = [v for v, _ in outputs], [classes for _, classes in outputs]
        return Prediction(first.method, *each, own_labels)
    parts = [(p.values, p.classes) for p in predictions]
    values, classes = _mean(parts, shares, first)
    return Prediction(first.method, values, classes, own_labels)


def _mean(
    parts: Sequence[tuple[Any, Any]], shares: Any, first: Prediction
) -> tuple[Any, Any]:
    classes = parts[0][1]
    arrays = [values for values, _ in parts]
    if any(not np.array_equal(classes, other) for _, other in parts[1:]):
        classes = np.unique(np.concatenate([known for _, known in parts]))
        arrays = [aligned(*part, classes, first.method) for part in parts]
    mean = shares[0] * arrays[0]
    for share, array in zip(shares[1:], arrays[1:], strict=True):
        mean = mean + share * array
    return mean, classes


def aligned(values: Any, known: Any, classes: Any, method: str) -> Any:
    """Return predictions for some classes with a column for each of more classes.

    Classes that are not known have the probability 0, or the least decision value there
    is: 0 would be more than most one-vs-rest decisions.
    """
    if len(known) == len(classes):
        return values
    fill = 0.0
    if method == "decision_function":
        fill = np.finfo(values.dtype).min
        if values.ndim == 1:
            values = np.column_stack([-values, values])
    wide = np.full((len(values), len(classes)), fill, dtype=values.dtype)
    wide[:, np.searchsorted(classes, known)] = values
    return wide


def classes_of(y: Any) -> Any:
    """Return the classes of a target, or a list with those of each output."""
    y = _dense(y)
    return [np.unique(each) for each in y.T] if has_several_columns(y) else np.unique(y)


def _dense(y: Any) -> Any:
    is_sparse = issparse(y)
    return y.toarray() if is_sparse else np.asarray(y)


def with_all_classes(prediction: Prediction, classes: Any) -> Prediction:
    """Return a prediction with a column for each class, also those it does not know.

    Parameters
    ----------
    prediction : Prediction
    classes : ndarray, list of ndarray or None
        All classes, of each output if there are several. None changes nothing.
    """
    if classes is None or prediction.classes is None:
        return prediction
    values, method = prediction.values, prediction.method
    if isinstance(values, list):
        each = zip(values, prediction.classes, classes, strict=True)
        values = [aligned(*one, method) for one in each]
    else:
        values = aligned(values, prediction.classes, classes, method)
    return replace(prediction, values=values, classes=classes)


def _several(classes: Any) -> list[Any]:
    return [np.asarray(each) for each in classes]
