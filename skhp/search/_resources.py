"""The common part of searches with a resource: its bounds and its use in a fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from skhp.evaluation import (
    Resource,
    Splits,
    takes_parameter,
    unlisted_parameters,
)
from skhp.evaluation._sklearn import num_samples
from skhp.exceptions import InvalidParameterError
from skhp.resources import (
    Continuation,
    Subsamples,
    is_ordered_in_time,
    latest_first,
    n_rows_needed,
    order_rows,
)
from skhp.search._base import SearchMixin
from skhp.search._strategy import Data, FitInputs, ResourceRule
from skhp.space import near_names

SAMPLES = "n_samples"


class ResourceMixin(SearchMixin):
    """A search whose trials get different amounts of a resource."""

    resource: str
    subsample_test: bool

    @property
    def _resource_param(self) -> str | None:
        return None if self.resource == SAMPLES else self.resource

    def _check_resource(self) -> None:
        param, estimator = self._resource_param, self.estimator
        if param is None or takes_parameter(estimator, param):
            return
        near = near_names(
            param,
            estimator.get_params() | dict.fromkeys(unlisted_parameters(estimator)),
        )
        hint = f". Did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise InvalidParameterError(
            f"Cannot use resource={param} which is not supported by estimator "
            f"{type(estimator).__name__}{hint}"
        )

    def _check_not_searched(self, names: Sequence[Any]) -> None:
        """Raise if the resource is one of the searched parameters."""
        if any(self._resource_param in group for group in names):
            raise InvalidParameterError(
                f"Cannot use parameter {self.resource} as the resource since it is "
                "part of the searched parameters."
            )

    def _least_resources(self, inputs: FitInputs) -> int:
        """Return scikit-learn's smallest resource: two rows per class and split."""
        if self._resource_param is not None:
            return 1
        n_rows, y = 2 * inputs.n_splits, inputs.data.y
        if not is_classifier(self.estimator):
            return n_rows
        check_classification_targets(y)
        return n_rows * len(np.unique(y))

    def _most_resources(self, inputs: FitInputs, written: Any) -> int:
        if written != "auto":
            return int(written)
        if self._resource_param is not None:
            raise InvalidParameterError(
                "resource can only be 'n_samples' when max_resources='auto'. Set "
                f"max_resources to the largest {self.resource} of a candidate."
            )
        return int(num_samples(inputs.data.X))

    def _check_bounds(self, inputs: FitInputs, least: int, most: int) -> None:
        if least > most:
            n_samples = num_samples(inputs.data.X)
            of = "" if self._resource_param else f", of n_samples={n_samples}"
            raise InvalidParameterError(
                f"min_resources_={least} is greater than max_resources_={most}{of}."
            )
        if least == 0:
            raise InvalidParameterError(
                f"min_resources_={least}: you might have passed an empty dataset X."
            )

    def _resource_rule(self, random_state: Any, least: int, most: int) -> ResourceRule:
        """Return the rule for the resource.

        Parameters
        ----------
        random_state : object
            Seed of the subsamples.
        least, most : int
            Bounds of the resource of a candidate.
        """
        if self._resource_param is not None:
            return ByParameter(self._resource_param, most)
        if isinstance(random_state, np.random.RandomState):
            random_state = random_state.randint(2**31)
        # A number, so that the subsamples are the same in every fit
        seed = int(np.random.default_rng(random_state).integers(2**31))
        return BySamples(seed, least, self.subsample_test)


@dataclass(frozen=True)
class ByParameter:
    """The resource is a parameter of the estimator.

    Attributes
    ----------
    param : str
        Name of the parameter.
    max_resources : int
        Largest amount that a candidate gets.
    """

    param: str
    max_resources: int

    def open(self, search: Any, data: Data, splits: Splits) -> Resource:
        """Return the resource, which trains models further where it can."""
        return Continuation(self.param, self.max_resources)


@dataclass(frozen=True)
class BySamples:
    """The resource is the number of samples.

    Attributes
    ----------
    seed : int
        Seed of the subsamples.
    min_resources : int
        Smallest amount that a candidate gets.
    subsample_test : bool
        Whether test folds are subsampled too.
    """

    seed: int
    min_resources: int
    subsample_test: bool

    def open(self, search: Any, data: Data, splits: Splits) -> Resource:
        """Return the nested subsamples of each split."""
        rng = np.random.default_rng(self.seed)
        in_time = is_ordered_in_time(search.cv, splits)
        classes = _classes_of(search.estimator, data.y)
        groups = data.routed.splitter.split.get("groups")
        groups = None if groups is None else np.asarray(groups)
        parts: list[list[NDArray[np.intp]]] = [[], []]
        for split in splits:
            for part, rows in zip(parts, map(_as_indices, split), strict=True):
                if in_time:
                    ordered = latest_first(rows)
                    part.append(ordered if part is parts[0] else ordered[::-1])
                    continue
                of_class = None if classes is None else classes[rows]
                of_group = None if groups is None else groups[rows]
                part.append(order_rows(rows, rng, classes=of_class, groups=of_group))
        test = parts[1] if self.subsample_test else None
        subsamples = Subsamples(num_samples(data.X), parts[0], test)
        name = type(search).__name__
        self._check_smallest(subsamples, classes, 2 if in_time else None, name)
        return subsamples

    def _check_smallest(
        self,
        subsamples: Subsamples,
        classes: NDArray[Any] | None,
        n_classes: int | None,
        name: str,
    ) -> None:
        """Raise if the smallest subsample of a split is too small to be trained on."""
        for k, order in enumerate(subsamples.train):
            n = subsamples.size(len(order), self.min_resources)
            wanted = n_classes or len(order)
            needed = min(n_rows_needed(order, classes, wanted), len(order))
            if n < needed:
                least = -(-needed * subsamples.n_samples // max(len(order), 1))
                what = "a row" if classes is None else "every class"
                what = "two classes" if n_classes and classes is not None else what
                raise InvalidParameterError(
                    f"The 'min_resources' parameter of {name} must be at least "
                    f"{least} for the training rows of split {k} to contain {what}. "
                    f"Got {self.min_resources}, of which {n} are training rows."
                )


def _as_indices(rows: Any) -> NDArray[np.intp]:
    """Return the indices of rows that may be given as a mask."""
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.intp)


def _classes_of(estimator: Any, y: Any) -> NDArray[Any] | None:
    """Return the class of each row, or None if `y` does not hold classes."""
    if y is None or not is_classifier(estimator):
        return None
    if type_of_target(y) not in ("binary", "multiclass"):
        return None
    _, codes = np.unique(np.asarray(y), return_inverse=True)
    return codes.ravel()
