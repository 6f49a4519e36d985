"""The common part of the two halving searches: bounds, rungs and ranking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from numbers import Integral, Real
from typing import Any, ClassVar

import sklearn.model_selection

from skhp.evaluation._sklearn import Interval, constraints_of
from skhp.exceptions import (
    InvalidParameterError,
    SpaceExhaustedWarning,
    warn_user,
)
from skhp.optimizers import HalvingOptimizer, Trial
from skhp.search._base import SearchMixin
from skhp.search._resources import SAMPLES, ResourceMixin
from skhp.search._strategy import FitInputs, Strategy

_COUNT = [Interval(Integral, 1, None, closed="left"), None]


class HalvingMixin(ResourceMixin):
    """The common part of the two halving searches."""

    _extra_constraints: ClassVar[dict[str, Any]] = {
        **SearchMixin._extra_constraints,
        "scoring": constraints_of(sklearn.model_selection.GridSearchCV)["scoring"],
        "refit": constraints_of(sklearn.model_selection.GridSearchCV)["refit"],
        "pre_dispatch": [Integral, str],
        "factor": [Interval(Real, 1, None, closed="neither")],
        "subsample_test": ["boolean"],
        "constraints": [callable, list, tuple, None],
        "min_n_samples": _COUNT,
        "max_n_samples": _COUNT,
    }

    factor: float
    min_resources: Any
    max_resources: Any
    aggressive_elimination: bool
    random_state: Any
    constraints: Any
    min_n_samples: int | None
    max_n_samples: int | None

    def _bounds(self) -> tuple[Any, Any]:
        """Return the bounds of the resource as the user gave them, by either name."""
        least, most = self.min_resources, self.max_resources
        for name in ("min_n_samples", "max_n_samples"):
            if getattr(self, name) is not None and self.resource != SAMPLES:
                raise InvalidParameterError(
                    f"The '{name}' parameter of {type(self).__name__} must be None "
                    f"unless the resource is 'n_samples', and it is {self.resource!r}. "
                    f"Got {getattr(self, name)} instead."
                )
        least = least if self.min_n_samples is None else self.min_n_samples
        most = most if self.max_n_samples is None else self.max_n_samples
        return least, most

    def _settled_bounds(self, inputs: FitInputs) -> tuple[int, int]:
        """Return the bounds of the resource as numbers."""
        self._check_resource()
        least, most = self._bounds()
        if least in ("smallest", "exhaust"):
            least = self._least_resources(inputs)
        most = self._most_resources(inputs, most)
        self._check_bounds(inputs, least, most)
        return int(least), most

    def _halving(
        self,
        inputs: FitInputs,
        candidates: Sequence[Mapping[str, Any]],
        least: int,
        most: int,
    ) -> Strategy:
        """Return the strategy of a search that starts with these candidates."""
        self._check_not_searched(candidates)
        optimizer = HalvingOptimizer(
            candidates,
            factor=self.factor,
            min_resources=least,
            max_resources=most,
            aggressive_elimination=self.aggressive_elimination,
            exhaust=self._bounds()[0] == "exhaust",
            resource_param=self._resource_param,
        )
        self._warn_of_low_end(optimizer, len(candidates), most)
        least = optimizer.rungs.min_resources
        return Strategy(
            optimizer,
            resource=self._resource_rule(inputs.random_state, least, most),
            levels=RungLevels(optimizer),
            attributes=partial(_attributes, optimizer, most),
        )

    def _warn_of_low_end(
        self, optimizer: HalvingOptimizer, n_candidates: int, most: int
    ) -> None:
        """Warn if there are too few candidates to get to what the user has set.

        scikit-learn's rungs end early without a word, with models of little resource.
        """
        last = optimizer.rungs.n_resources[-1]
        is_set = self._bounds()[1] != "auto"
        if is_set and last * self.factor**2 <= most:  # two more rungs have room
            first = most * optimizer.rungs.min_resources // last
            warn_user(
                f"The last rung of this search has n_resources={last}, although "
                f"max_resources={most}, because {n_candidates} candidates are too few "
                "for more rungs. More candidates, or a greater min_resources such as "
                f"{first}, make the search end at max_resources; min_resources="
                "'exhaust' chooses it.",
                SpaceExhaustedWarning,
            )


class RungLevels:
    """Lets the candidates of the highest rung compete that was completed.

    Those of an incomplete rung compete only if it is the last one: all of them were
    evaluated with as much of the resource as there is.

    Parameters
    ----------
    optimizer : HalvingOptimizer
        The optimizer, which knows the rungs.
    """

    def __init__(self, optimizer: HalvingOptimizer) -> None:
        self._optimizer = optimizer

    @property
    def top(self) -> int:
        """The last rung."""
        return len(self._optimizer.rungs.n_resources) - 1

    @property
    def unsettled(self) -> int | None:
        """The rung that is being evaluated, unless it is the last one."""
        rung = self._optimizer.rung
        return None if rung == self.top else rung

    def of(self, trial: Trial) -> int:
        """Return the rung of a trial."""
        rung: int = trial.labels["iter"]
        return rung


def _attributes(optimizer: HalvingOptimizer, most: int) -> dict[str, Any]:
    n_rungs, rungs = len(optimizer.n_candidates), optimizer.rungs
    return {
        "min_resources_": rungs.min_resources,
        "max_resources_": most,
        "n_required_iterations_": rungs.n_required,
        "n_possible_iterations_": rungs.n_possible,
        "n_candidates_": list(optimizer.n_candidates),
        "n_iterations_": n_rungs,
        "n_resources_": list(rungs.n_resources[:n_rungs]),
        "n_remaining_candidates_": optimizer.n_remaining,
    }
