"""The strategy of a search class for one fit, and the inputs it is made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from skhp.evaluation import Levels, Observer, Record, Resource, Row, Splits, Together
from skhp.optimizers import Optimizer
from skhp.space import Space


@dataclass(frozen=True, eq=False)
class Data:
    """The data of one fit, checked, with the parameters passed to `fit`."""

    X: Any
    y: Any
    routed: Any  # parameters of fit, by consumer: estimator, splitter, scorer
    sample_weight: Any = None

    @property
    def metadata(self) -> dict[str, Any] | None:
        """What callbacks are given besides X and y."""
        if self.sample_weight is None:
            return None
        return {"sample_weight": self.sample_weight}


@dataclass(frozen=True, eq=False)
class FitInputs:
    """What a search class makes its strategy from, besides its own parameters.

    Attributes
    ----------
    data : Data
    n_splits : int
        Number of splits.
    n_iter : int or None
        Number of candidates: the parameter `n_iter`, or the number that a resumed
        journal began with. None if the class has no such parameter.
    random_state : object
        The parameter `random_state`, or the seed that a resumed journal holds.
    """

    data: Data
    n_splits: int
    n_iter: int | None
    random_state: Any


class ResourceRule(Protocol):
    """The kind of resource that a search uses, before the data are known."""

    def open(self, search: Any, data: Data, splits: Splits) -> Resource:
        """Return the resource for the data and splits of one fit."""
        ...


class RoundsRule(Protocol):
    """How a search chooses the number of boosting rounds of each candidate.

    Attributes
    ----------
    param : str
        The parameter that holds the number.
    fixed : mapping of str to object
        Parameters that the estimator must have, also in the refit.
    """

    @property
    def param(self) -> str: ...

    @property
    def fixed(self) -> Mapping[str, Any]: ...

    def open(self, search: Any) -> Together:
        """Return what evaluates candidates."""
        ...

    def curves(self, record: Record) -> dict[str, Any]:
        """Return the scores of all candidates by number of rounds."""
        ...


@dataclass(frozen=True, eq=False)
class Strategy:
    """How a search chooses and compares candidates, as `_make_strategy` returns it.

    A fitted search keeps it so that it can be extended; it can be pickled.

    Attributes
    ----------
    optimizer : Optimizer
        Chooses the candidates.
    space : Space or None
        The search space, if there is a `Space`.
    resource : ResourceRule or None
        The resource of trials; None if they have none.
    rounds : RoundsRule or None
        How the number of boosting rounds is chosen, if the fits choose it.
    observers : tuple of Observer
        Observers of the loop, besides those that every search has.
    columns : mapping of str to callable
        Additional columns of ``cv_results_``: each callable computes an entry from a
        `Row` of the record.
    ranks_train_scores : bool
        Whether ``cv_results_`` ranks the training scores, too, as in scikit-optimize.
    levels : Levels or None
        Says which candidates compete. Those on a higher level rank before those on a
        lower one. None lets all of them compete.
    attributes : callable
        Returns, by name, the attributes that the search gets when it is over.
    beliefs : callable or None
        Returns what the surrogate believes the mean score of each trial to be, nan
        where there is none; None if there is no surrogate.
    """

    optimizer: Optimizer
    space: Space | None = None
    resource: ResourceRule | None = None
    rounds: RoundsRule | None = None
    observers: tuple[Observer, ...] = ()
    columns: Mapping[str, Callable[[Row], Any]] = field(default_factory=dict)
    ranks_train_scores: bool = False
    levels: Levels | None = None
    attributes: Callable[[], dict[str, Any]] = dict
    beliefs: Callable[[], NDArray[np.float64]] | None = None


def _of_rounds(name: str, default: Any) -> Callable[[Row], Any]:
    def value_of(row: Row) -> Any:
        done = [result for result in row.results if result is not None]
        return next((getattr(r, name) for r in done if r.n_resources), default)

    return value_of


# Of a search in which the fits choose the number of boosting rounds.
ROUNDS_COLUMNS: Mapping[str, Callable[[Row], Any]] = {
    "n_resources": _of_rounds("n_resources", 0),
    "n_resources_trained": _of_rounds("n_trained", 0),
    "stopped": _of_rounds("stopped", ""),
}
