"""What searches with a resource share: its bounds, its plan, who wins, the ranks."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import is_classifier
from sklearn.model_selection import check_cv
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from skhp.evaluation import Record, Resource
from skhp.evaluation._cv_results import rank
from skhp.evaluation._sklearn import num_samples
from skhp.exceptions import InvalidParameterError
from skhp.resources._continuation import Continuation
from skhp.resources._subsamples import (
    Subsamples,
    is_ordered_in_time,
    latest_first,
    n_rows_needed,
    order_rows,
)
from skhp.search._base import Data, SearchMixin

SAMPLES = "n_samples"
_Means = NDArray[np.float64]


class ResourceMixin(SearchMixin):
    """A search whose trials get more or less of something.

    A search class has a constructor, `_make_optimizer`, and `_prepare`, which settles
    `min_resources_` and `max_resources_`.
    """

    resource: str
    subsample_test: bool
    min_resources_: int
    max_resources_: int
    _subsample_seed: int

    @property
    def _resource_param(self) -> str | None:
        return None if self.resource == SAMPLES else self.resource

    def _check_resource(self) -> None:
        param = self._resource_param
        if param is not None and param not in self.estimator.get_params():
            raise InvalidParameterError(
                f"Cannot use resource={param} which is not supported by estimator "
                f"{type(self.estimator).__name__}"
            )

    def _check_not_searched(self, names: Sequence[Any]) -> None:
        """Raise if the resource is among what is searched."""
        if any(self._resource_param in group for group in names):
            raise InvalidParameterError(
                f"Cannot use parameter {self.resource} as the resource since it is "
                "part of the searched parameters."
            )

    def _least_resources(self, data: Data) -> int:
        """Return scikit-learn's smallest resource: two rows per class and split."""
        if self._resource_param is not None:
            return 1
        cv = check_cv(self.cv, data.y, classifier=is_classifier(self.estimator))
        split_params = data.routed.splitter.split
        n_splits = int(cv.get_n_splits(data.X, data.y, **split_params))
        if not is_classifier(self.estimator):
            return 2 * n_splits
        check_classification_targets(data.y)
        return 2 * n_splits * len(np.unique(data.y))

    def _most_resources(self, data: Data, written: Any) -> int:
        if written != "auto":
            return int(written)
        if self._resource_param is not None:
            raise InvalidParameterError(
                "resource can only be 'n_samples' when max_resources='auto'"
            )
        return int(num_samples(data.X))

    def _check_bounds(self, data: Data) -> None:
        if self.min_resources_ > self.max_resources_:
            of = "" if self._resource_param else f", of n_samples={num_samples(data.X)}"
            raise InvalidParameterError(
                f"min_resources_={self.min_resources_} is greater than "
                f"max_resources_={self.max_resources_}{of}."
            )
        if self.min_resources_ == 0:
            raise InvalidParameterError(
                f"min_resources_={self.min_resources_}: you might have passed an empty "
                "dataset X."
            )

    def _draw_subsample_seed(self, random_state: Any) -> None:
        """Settle the subsamples: with a number they are the same in every fit."""
        if isinstance(random_state, np.random.RandomState):
            random_state = random_state.randint(2**31)
        rng = np.random.default_rng(random_state)
        self._subsample_seed = int(rng.integers(2**31))

    # --- the plan -----------------------------------------------------------------

    def _make_plan(self, data: Data, splits: list[tuple[Any, Any]]) -> Resource | None:
        if self._resource_param is not None:
            return Continuation(self._resource_param, self.max_resources_)
        rng = np.random.default_rng(self._subsample_seed)
        in_time = is_ordered_in_time(self.cv, splits)
        classes = _classes_of(self.estimator, data.y)
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
        plan = Subsamples(num_samples(data.X), parts[0], test)
        self._check_smallest(plan, classes, 2 if in_time else None)
        return plan

    def _check_smallest(
        self, plan: Subsamples, classes: NDArray[Any] | None, n_classes: int | None
    ) -> None:
        """Raise if the smallest subsample of a split is too small to be trained on."""
        for k, order in enumerate(plan.train):
            n = plan.size(len(order), self.min_resources_)
            wanted = n_classes or len(order)
            needed = min(n_rows_needed(order, classes, wanted), len(order))
            if n < needed:
                least = -(-needed * plan.n_samples // max(len(order), 1))
                what = "a row" if classes is None else "every class"
                what = "two classes" if n_classes and classes is not None else what
                raise InvalidParameterError(
                    f"The 'min_resources' parameter of {type(self).__name__} must be "
                    f"at least {least} for the training rows of split {k} to have "
                    f"{what}. Got {self.min_resources_}, of which {n} are trained on."
                )

    # --- the result ---------------------------------------------------------------

    def _levels(self, results: dict[str, Any]) -> NDArray[np.int64]:
        """Return how high each candidate stands: the higher is the better one."""
        levels: NDArray[np.int64] = results["n_resources"].astype(np.int64)
        return levels

    def _results(self, record: Record) -> dict[str, Any]:
        results = super()._results(record)
        if record.rows:
            levels = self._levels(results)
            for name in [name for name in results if name.startswith("rank_test_")]:
                means = results[f"mean_test_{name.removeprefix('rank_test_')}"]
                results[name] = _rank_by_level(means, levels)
        return results

    def _choose(self, results: dict[str, Any], refit_metric: str) -> None:
        if not (self.refit or not self.multimetric_):
            return
        metric = refit_metric
        if f"mean_test_{metric}" not in results:  # a callable refit of several
            metric = next(name for name in results if name.startswith("rank_test_"))
            metric = metric.removeprefix("rank_test_")
        means = results[f"mean_test_{metric}"]
        final = _final_rows(means, self._levels(results))
        if callable(self.refit):
            # It sees those who have come furthest: only they are compared as equals.
            table = {
                name: [column[i] for i in final] if name == "params" else column[final]
                for name, column in results.items()
            }
            place = self.refit(table)
            if not isinstance(place, Integral):
                raise TypeError("best_index_ returned is not an integer")
            if not 0 <= int(place) < len(final):
                raise IndexError("best_index_ index out of range")
            self.best_index_ = int(final[int(place)])
        else:
            known = np.nan_to_num(means[final], nan=-np.inf, posinf=np.inf)
            self.best_index_ = int(final[np.argmax(known)])
        if not (callable(self.refit) and self.multimetric_):
            self.best_score_ = means[self.best_index_]
        self.best_params_ = results["params"][self.best_index_]


def _as_indices(rows: Any) -> NDArray[np.intp]:
    """Return the indices of rows that may be given as a mask."""
    rows = np.asarray(rows)
    return np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.intp)


def _classes_of(estimator: Any, y: Any) -> NDArray[Any] | None:
    """Return what to keep in proportion: the classes, if it is classes that y holds."""
    if y is None or not is_classifier(estimator):
        return None
    if type_of_target(y) not in ("binary", "multiclass"):
        return None
    _, codes = np.unique(np.asarray(y), return_inverse=True)
    return codes.ravel()


def _final_rows(means: _Means, levels: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return the rows of the highest level at which somebody has a score."""
    known = ~np.isnan(means)
    top = levels[known].max() if known.any() else levels.max()
    return np.flatnonzero(levels == top)


def _rank_by_level(means: _Means, levels: NDArray[np.int64]) -> NDArray[np.int32]:
    """Rank from 1: by level, then by score; all without a score are last."""
    known = ~np.isnan(means)
    if not known.any():
        return np.ones(len(means), dtype=np.int32)
    ranks = np.full(len(means), np.count_nonzero(known) + 1, dtype=np.int32)
    n_above = 0
    for level in sorted(set(levels[known]), reverse=True):
        here = known & (levels == level)
        ranks[here] = n_above + rank(means[here])
        n_above += int(np.count_nonzero(here))
    return ranks
