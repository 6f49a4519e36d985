"""Estimators that average the predictions of several fitted ones."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn import get_config
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    RegressorMixin,
    clone,
    is_classifier,
    is_regressor,
)
from sklearn.utils import column_or_1d, get_tags, resample
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skhp.ensembles._predictions import (
    Prediction,
    average,
    has_several_columns,
    labels_of,
    method_of,
    predicted,
    predicted_and_decided,
    votes,
    with_all_classes,
)
from skhp.evaluation._sklearn import num_samples
from skhp.exceptions import InvalidParameterError

_N_EXAMPLES = 1000  # rows that show whether labels are what the probabilities say


class _Averaging(BaseEstimator):
    """What `AveragingClassifier` and `AveragingRegressor` have in common."""

    estimators: Sequence[Any]
    weights: Any
    estimators_: list[Any]
    weights_: Any
    _has_labels: bool
    _all_classes: Any
    _fitted_method: str
    _votes_for_labels: bool

    def __init__(self, estimators: Sequence[Any], weights: Any = None) -> None:
        self.estimators = estimators
        self.weights = weights

    def fit(self, X: Any, y: Any, sample_weight: Any = None, **params: Any) -> Any:
        """Fit a copy of each estimator on all rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Training data.

        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Target.

        sample_weight : array-like of shape (n_samples,), default=None
            Passed to the ``fit`` of each estimator, if it is not None.

        **params : dict of str to object
            Passed to the ``fit`` of each estimator. With scikit-learn's metadata
            routing, `sample_weight` and these go to the estimators that request them.

        Returns
        -------
        self : object
        """
        self._check_estimators()
        weights = self._checked_weights()
        if sample_weight is not None:
            params["sample_weight"] = sample_weight
        params_of_each = self._routed(params)
        has_labels = has_several_columns(y)
        if not has_labels:
            y = column_or_1d(y, warn=True)
        models = [
            clone(each).fit(X, y, **own)
            for each, own in zip(self.estimators, params_of_each, strict=True)
        ]
        method, some = method_of(models), _some_rows(X)
        each = [
            predicted_and_decided(model, some, method, has_labels=has_labels)
            for model in models
        ]
        self._take(models, weights, each, has_labels=has_labels)
        return self

    def _take(
        self,
        models: list[Any],
        weights: Any,
        examples: Sequence[Prediction],
        *,
        has_labels: bool,
        classes: Any = None,
    ) -> None:
        """Become the mean of models that are fitted already; see `mean_of_fitted`."""
        self.estimators_ = models
        self.weights_ = np.asarray(weights, dtype=np.float64) / np.sum(weights)
        self._has_labels, self._all_classes = has_labels, classes
        can_vote_only = any(each.method == "votes" for each in examples)
        self._fitted_method = "votes" if can_vote_only else method_of(models)
        self._votes_for_labels = can_vote_only or any(
            each.own_labels is not None for each in examples
        )

    def _routed(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the parameters of fit that each estimator gets."""
        if not get_config()["enable_metadata_routing"]:
            return [params] * len(self.estimators)
        routed = process_routing(self, "fit", **params)
        return [routed[name].fit for name in self._names()]

    def get_metadata_routing(self) -> MetadataRouter:
        """Return which estimator requests which metadata.

        Returns
        -------
        routing : MetadataRouter
        """
        router = MetadataRouter(owner=type(self).__name__)
        to_fit = MethodMapping().add(caller="fit", callee="fit")
        for name, estimator in zip(self._names(), self._members(), strict=True):
            router.add(**{name: estimator}, method_mapping=to_fit)
        return router

    def _names(self) -> list[str]:
        return [f"estimators[{i}]" for i in range(len(self._members()))]

    def _members(self) -> Sequence[Any]:
        """Return the estimators; none if they are no list of estimators."""
        given = self.estimators
        is_fine = isinstance(given, (list, tuple)) and all(
            hasattr(each, "fit") and not isinstance(each, type) for each in given
        )
        return given if is_fine else []

    def _check_estimators(self) -> None:
        of_this_kind = is_regressor if is_regressor(self) else is_classifier
        if not self._members() or not all(map(of_this_kind, self.estimators)):
            name = type(self).__name__
            kind = "regressors" if is_regressor(self) else "classifiers"
            raise InvalidParameterError(
                f"The 'estimators' parameter of {name} must be a list of {kind}, "
                "without names and with at least one. "
                f"Got {self.estimators!r} instead."
            )

    def _checked_weights(self) -> Any:
        n = len(self.estimators)
        if self.weights is None:
            return np.ones(n)
        try:
            weights = np.asarray(self.weights, dtype=np.float64)
            is_fine = weights.shape == (n,) and np.isfinite(weights).all()
            is_fine = is_fine and (weights >= 0).all() and weights.sum() > 0
        except (TypeError, ValueError):
            is_fine = False
        if not is_fine:
            raise InvalidParameterError(
                f"The 'weights' parameter of {type(self).__name__} must be None or {n} "
                "finite numbers that are not negative, and not all 0. "
                f"Got {self.weights!r} instead."
            )
        return weights

    def _averaged(self, X: Any) -> Prediction:
        check_is_fitted(self, "estimators_")
        method, has_labels = self._fitted_method, self._has_labels
        each = [
            predicted(model, X, method, has_labels=has_labels)
            for model in self.estimators_
        ]
        return with_all_classes(average(each, self.weights_), self._all_classes)

    @property
    def _method(self) -> str:
        return method_of(vars(self).get("estimators_", self._members()))

    def predict(self, X: Any) -> Any:
        """Return the predicted values, or classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Data to predict for.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
        """
        check_is_fitted(self, "estimators_")
        if not self._votes_for_labels:
            return self._averaged(X).labels()
        has_labels = self._has_labels
        each = [votes(labels_of(model, X, has_labels)) for model in self.estimators_]
        return average(each, self.weights_).labels()

    def __sklearn_is_fitted__(self) -> bool:
        return "estimators_" in vars(self)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        each = [get_tags(estimator) for estimator in self._members()]
        if each:
            tags.input_tags = copy.copy(each[0].input_tags)
            tags.target_tags = copy.copy(each[0].target_tags)
            tags.input_tags.sparse = all(one.input_tags.sparse for one in each)
            tags.input_tags.allow_nan = all(one.input_tags.allow_nan for one in each)
            tags.non_deterministic = any(one.non_deterministic for one in each)
        return tags

    @property
    def n_features_in_(self) -> int:
        """Number of features seen during fit."""
        return int(self._first().n_features_in_)

    @property
    def feature_names_in_(self) -> Any:
        """Names of features seen during fit, if the estimators know them."""
        return self._first().feature_names_in_

    def _first(self) -> Any:
        if "estimators_" not in vars(self):
            raise AttributeError(f"this {type(self).__name__} is not fitted yet")
        return self.estimators_[0]


def _some_rows(X: Any) -> Any:
    """Return at most 1000 rows."""
    if num_samples(X) <= _N_EXAMPLES:
        return X
    return resample(X, replace=False, n_samples=_N_EXAMPLES, random_state=0)


def _by(*methods: str) -> Any:
    return available_if(lambda self: self._method in methods)


class AveragingClassifier(ClassifierMixin, _Averaging):
    """The mean of several classifiers.

    Probabilities are averaged; if one of the classifiers has none, decision functions;
    and if there are no such either, each classifier has a vote. Where a classifier does
    not predict the class with the highest probability or decision value, because it has
    a threshold of its own for example, classifiers vote for labels; probabilities are
    averaged all the same.

    A search with `ensemble` returns it as ``ensemble_``, made of models that it has
    fitted already. A clone of that is not fitted: its ``fit`` fits each candidate once,
    on all rows.

    Parameters
    ----------
    estimators : list of estimator
        The classifiers, not fitted.

    weights : array-like of shape (n_estimators,), default=None
        What each counts. None gives all of them the same weight.

    Attributes
    ----------
    estimators_ : list of estimator
        The fitted classifiers. In the ``ensemble_`` of a search there may be several
        for each of `estimators`, one for each split.

    weights_ : ndarray
        The weight of each fitted classifier. Their sum is 1.

    classes_ : ndarray of shape (n_classes,), or a list of such
        All classes. In the ``ensemble_`` of a search they are those of `y`, also where
        no fold model knows one.

    n_features_in_ : int
        Number of features seen during fit.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if the classifiers know them.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from skhp.ensembles import AveragingClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> both = AveragingClassifier([KNeighborsClassifier(), GaussianNB()], [3, 1])
    >>> both.fit(X, y).predict(X[:2])
    array([0, 0])
    """

    @property
    def classes_(self) -> Any:
        """All classes."""
        self._first()
        if self._all_classes is not None:
            return self._all_classes
        each = [model.classes_ for model in self.estimators_]
        if isinstance(each[0], list):
            return [np.unique(np.concatenate(of)) for of in zip(*each, strict=True)]
        return np.unique(np.concatenate(each))

    @_by("predict_proba")
    def predict_proba(self, X: Any) -> Any:
        """Return the mean probabilities of the classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Data to predict for.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), or a list of such
        """
        return self._averaged(X).values

    @_by("predict_proba")
    def predict_log_proba(self, X: Any) -> Any:
        """Return the logarithms of the mean probabilities of the classes.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Data to predict for.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), or a list of such
        """
        values = self._averaged(X).values
        with np.errstate(divide="ignore"):
            if isinstance(values, list):
                return [np.log(each) for each in values]
            return np.log(values)

    @available_if(lambda self: self._has_decisions)
    def decision_function(self, X: Any) -> Any:
        """Return the mean decision function, or the log odds of mean probabilities.

        Probabilities of several outputs have none.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
            Data to predict for.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_classes)
        """
        return self._averaged(X).decisions()

    @property
    def _has_decisions(self) -> bool:
        has_outputs = vars(self).get("_has_labels", False)
        return self._method == "decision_function" or (
            self._method == "predict_proba" and not has_outputs
        )


class AveragingRegressor(RegressorMixin, _Averaging):
    """The mean of several regressors.

    A search with `ensemble` returns it as ``ensemble_``, made of models that it has
    fitted already. A clone of that is not fitted: its ``fit`` fits each candidate once,
    on all rows.

    Parameters
    ----------
    estimators : list of estimator
        The regressors, not fitted.

    weights : array-like of shape (n_estimators,), default=None
        What each counts. None gives all of them the same weight.

    Attributes
    ----------
    estimators_ : list of estimator
        The fitted regressors. In the ``ensemble_`` of a search there may be several for
        each of `estimators`, one for each split.

    weights_ : ndarray
        The weight of each fitted regressor. Their sum is 1.

    n_features_in_ : int
        Number of features seen during fit.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Their names, if the regressors know them.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from sklearn.neighbors import KNeighborsRegressor
    >>> from skhp.ensembles import AveragingRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> both = AveragingRegressor([Ridge(), KNeighborsRegressor()]).fit(X, y)
    >>> both.predict(X[:1]).shape
    (1,)
    """


def mean_of_fitted(
    mean: Any,
    models: list[Any],
    weights: Any,
    examples: Sequence[Prediction],
    *,
    has_labels: bool,
    classes: Any = None,
) -> Any:
    """Return an averaging estimator that has become the mean of fitted models.

    Parameters
    ----------
    mean : AveragingClassifier or AveragingRegressor
        Not fitted. It is changed.
    models : list of estimator
    weights : array-like of shape (n_models,)
    examples : sequence of Prediction
        What they predict for some rows, which shows how their labels come about.
    has_labels : bool
        Whether they were fitted on a `y` with several columns.
    classes : ndarray or list of ndarray, default=None
        All classes, of each output if there are several, also those that no model
        knows. None means those that the models know.
    """
    mean._take(models, weights, examples, has_labels=has_labels, classes=classes)
    return mean
