"""What a search class decides before a fit, and what it decides that from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from skhp.evaluation import Observer, Resource, Row, Splits
from skhp.optimizers import Optimizer
from skhp.space import Space


@dataclass(frozen=True, eq=False)
class Data:
    """The data of one fit, checked, and what is passed along with them."""

    X: Any
    y: Any
    routed: Any  # parameters of fit, by consumer: estimator, splitter, scorer
    sample_weight: Any = None

    @property
    def metadata(self) -> dict[str, Any] | None:
        """What callbacks are shown beside X and y."""
        if self.sample_weight is None:
            return None
        return {"sample_weight": self.sample_weight}


@dataclass(frozen=True, eq=False)
class FitInputs:
    """What a search class makes its strategy from, beside its own parameters.

    Attributes
    ----------
    data : Data
    n_splits : int
        How many splits there will be.
    n_iter : int or None
        How many candidates are wanted: the parameter of that name, or what a journal
        that is resumed has in its place; None where the class has none.
    random_state : object
        Where draws come from: likewise.
    """

    data: Data
    n_splits: int
    n_iter: int | None
    random_state: Any


class ResourceRule(Protocol):
    """What the resource of a search is; it makes a `Resource` of given data."""

    def open(self, search: Any, data: Data, splits: Splits) -> Resource:
        """Return what the resource of a trial means in this fit."""
        ...


@dataclass(frozen=True, eq=False)
class Strategy:
    """How a search is done: what `_make_strategy` of a search class returns.

    A fitted search keeps it, so that it can be extended; it can be pickled.

    Attributes
    ----------
    optimizer : Optimizer
        Decides which candidates are evaluated.
    space : Space or None
        What is searched, where that is a `Space`.
    resource : ResourceRule or None
        What the resource of a trial means; None where trials have none.
    observers : tuple of Observer
        Who is told what happens, beside those that every search has.
    columns : mapping of str to callable
        Further columns of ``cv_results_``; each is given a `Row` of the record.
    levels : callable or None
        Returns how high each candidate stands, given ``cv_results_`` and whether the
        search is over: those on the highest level are compared first. None: all are
        compared as equals.
    attributes : callable
        Returns the attributes, by name, that the search has when it is over.
    """

    optimizer: Optimizer
    space: Space | None = None
    resource: ResourceRule | None = None
    observers: tuple[Observer, ...] = ()
    columns: Mapping[str, Callable[[Row], Any]] = field(default_factory=dict)
    levels: Callable[[Mapping[str, Any], bool], NDArray[np.int64]] | None = None
    attributes: Callable[[], dict[str, Any]] = dict
