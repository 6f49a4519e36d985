"""Scores of scikit-learn's commonest scorers without the checks that each call makes.

For some hundred rows, a scorer spends ten times as long on checking and converting its
arguments as on its metric, and as long as ten rounds of training take. The metrics here
do the same arithmetic in the same order, so that scores are equal to the last digit.
`QuickScorer` compares the first ones before it relies on that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    log_loss,
    mean_absolute_error,
    mean_squared_error,
    r2_score,
    roc_auc_score,
    root_mean_squared_error,
)

from skhp.evaluation._sklearn import metric_of, scorer_names, unwrap_scorer
from skhp.evaluation._task import Scores

_Array = NDArray[Any]
_Responses = Mapping[str, _Array]


class _True(NamedTuple):
    """The true values, and their places among the classes if there are any."""

    values: _Array
    codes: _Array


# Returns nan if only the scorer can tell.
_Metric = Callable[[_True, _Responses], float]


class QuickScorer:
    """Scores models by what they respond for fixed rows.

    Parameters
    ----------
    scorer : scorer
        One of scikit-learn's, or several.
    model : estimator
        Of the kind that is scored.
    classes : ndarray of shape (n_classes,) or None
        The classes of a classifier, in the order of its probabilities.
    y_true : array-like of shape (n_rows,)
        The true values of the rows.
    """

    def __init__(
        self, scorer: Any, model: Any, classes: _Array | None, y_true: Any
    ) -> None:
        self._is_single = scorer_names(scorer) is None
        each = {"": scorer} if self._is_single else unwrap_scorer(scorer)
        self._metrics = _metrics_of(each, model)
        self._true = _true_values(classes, y_true) if self._metrics else None
        self._is_proven = False

    def scores(self, responses: _Responses) -> Scores | None:
        """Return the score or scores; None if the scorer must be asked."""
        return self._computed(responses) if self._is_proven else None

    def compare(self, responses: _Responses, scores: Scores) -> None:
        """Take note of what the scorer says of some responses.

        If it is something else, it is always asked.
        """
        if self._metrics and not self._is_proven:
            self._is_proven = self._computed(responses) == scores
            if not self._is_proven:
                self._metrics = {}

    def _computed(self, responses: _Responses) -> Scores | None:
        true = self._true
        if true is None or not all(map(_is_finite, responses.values())):
            return None
        with np.errstate(all="ignore"):
            found = {
                name: sign * metric(true, responses)
                for name, (metric, sign) in self._metrics.items()
            }
        if not np.isfinite(list(found.values())).all():
            return None
        return found[""] if self._is_single else found


def _metrics_of(
    scorers: Mapping[str, Any], model: Any
) -> dict[str, tuple[_Metric, float]]:
    """Return the metric of each scorer, and its sign; none if one is not known."""
    metrics: dict[str, tuple[_Metric, float]] = {}
    for name, scorer in scorers.items():
        metric, sign = metric_of(scorer, model) or (None, 1.0)
        if metric not in _METRICS:
            return {}
        metrics[name] = _METRICS[metric], sign
    return metrics


def _is_finite(values: _Array) -> bool:
    return values.dtype.kind != "f" or bool(np.isfinite(values).all())


def _true_values(classes: _Array | None, y_true: Any) -> _True | None:
    """Return the true values; None if some are neither numbers nor of the classes."""
    values = np.asarray(y_true)
    if classes is None:
        is_plain = values.ndim == 1 and values.dtype.kind in "fiu"
        return _True(values, np.zeros(0, dtype=np.intp)) if is_plain else None
    codes = {label: code for code, label in enumerate(classes.tolist())}
    try:
        found = [codes[label] for label in values.tolist()]
    except (KeyError, TypeError):  # a class without training rows, or several targets
        return None
    return _True(values, np.array(found, dtype=np.intp))


def _accuracy(y: _True, responses: _Responses) -> float:
    if "predict" in responses:
        return float(np.average(responses["predict"] == y.values))
    codes = np.argmax(responses["predict_proba"], axis=1)
    return float(np.average(codes == y.codes))


def _log_loss(y: _True, responses: _Responses) -> float:
    p = responses["predict_proba"]
    n_classes = p.shape[1]
    if p.min() < 0 or p.max() > 1 or len(np.unique(y.codes)) < n_classes:
        return float("nan")
    eps = np.finfo(p.dtype).eps
    if n_classes == 2:  # scorers pass on the second column alone
        chosen = np.where(y.codes == 1, p[:, 1], 1 - p[:, 1])
    else:
        chosen = p[np.arange(len(p)), y.codes]
    return float(np.average(-np.log(np.clip(chosen, eps, 1 - eps))))


def _roc_auc(y: _True, responses: _Responses) -> float:
    raw = responses.get("decision_function")
    score = responses["predict_proba"][:, 1] if raw is None else raw
    if score.ndim > 1 or responses["predict_proba"].shape[1] != 2:
        return float("nan")
    order = np.argsort(score)[::-1]
    score, hits = score[order], y.codes[order].astype(np.float64)
    ends = np.append(np.nonzero(np.diff(score))[0], len(score) - 1)  # of equal scores
    tps = np.cumsum(hits)[ends]
    fps = 1 + ends - tps
    if len(fps) > 2:
        bends = np.logical_or(np.diff(fps, 2), np.diff(tps, 2))
        corners = np.nonzero(np.concatenate(([True], bends, [True])))[0]
        fps, tps = fps[corners], tps[corners]
    x = np.append(0.0, fps) / fps[-1]
    height = np.append(0.0, tps) / tps[-1]
    return float((np.diff(x) * (height[1:] + height[:-1]) / 2.0).sum())


def _columns(y: _True, responses: _Responses) -> tuple[_Array, _Array]:
    """Return true and predicted values as columns of one precision."""
    predicted = responses["predict"]
    kinds = [v.dtype for v in (y.values, predicted) if v.dtype.kind == "f"]
    dtype = np.result_type(*kinds) if kinds else np.dtype(np.float64)
    return y.values.astype(dtype)[:, None], predicted.astype(dtype)[:, None]


def _r2(y: _True, responses: _Responses) -> float:
    true, predicted = _columns(y, responses)
    error = np.sum((true - predicted) ** 2, axis=0)
    spread = np.sum((true - np.average(true, axis=0)) ** 2, axis=0)
    return float((1 - error / spread)[0]) if error[0] != 0 else float("nan")


def _squared_error(y: _True, responses: _Responses) -> float:
    true, predicted = _columns(y, responses)
    return float(np.average((true - predicted) ** 2, axis=0)[0])


def _root_squared_error(y: _True, responses: _Responses) -> float:
    true, predicted = _columns(y, responses)
    return float(np.sqrt(np.average((true - predicted) ** 2, axis=0))[0])


def _absolute_error(y: _True, responses: _Responses) -> float:
    true, predicted = _columns(y, responses)
    return float(np.average(np.abs(predicted - true), axis=0)[0])


_METRICS: dict[Any, _Metric] = {
    accuracy_score: _accuracy,
    log_loss: _log_loss,
    roc_auc_score: _roc_auc,
    r2_score: _r2,
    mean_squared_error: _squared_error,
    root_mean_squared_error: _root_squared_error,
    mean_absolute_error: _absolute_error,
}
