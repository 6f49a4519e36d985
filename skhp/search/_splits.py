"""The splits of a search, made once so that all candidates see the same folds."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import Any

from sklearn.base import is_classifier
from sklearn.model_selection import check_cv

from skhp.evaluation import Splits
from skhp.evaluation._sklearn import num_samples
from skhp.exceptions import InvalidParameterError
from skhp.journal import text_of, unpack_splits
from skhp.search._strategy import Data
from skhp.space import check_constraints, names_of_constraints

NO_FITS = "No fits were performed. Was the CV iterator empty? Were there no candidates?"


def why_no_fits(search: Any) -> str:
    """Return why a search had no candidate at all."""
    constraints = getattr(search, "constraints", None)
    if constraints is None:
        return NO_FITS
    names = names_of_constraints(check_constraints(constraints))
    return (
        f"The 'constraints' parameter of {type(search).__name__} must allow at least "
        "one candidate of the search space, and no candidate was found that "
        f"satisfies {names}."
    )


class Splitter:
    """Splits the data of one fit as the search's `cv` says.

    Parameters
    ----------
    search : estimator
    data : Data
    """

    def __init__(self, search: Any, data: Data) -> None:
        written = search.cv
        is_number = written is None or isinstance(written, Integral)
        # The splits themselves may be given, possibly by an iterator that ends
        self._are_given = not (is_number or hasattr(written, "split"))
        self._is_iterator = isinstance(written, Iterator)
        self._cv = check_cv(written, data.y, classifier=is_classifier(search.estimator))
        self._data, self._params = data, data.routed.splitter.split
        self._n = int(self._cv.get_n_splits(data.X, data.y, **self._params))

    def n_splits(self, packed: Any = None) -> int:
        """Return the number of splits.

        Parameters
        ----------
        packed : list or None
            The splits of an earlier fit, used where they cannot be made again.
        """
        return len(packed) if self._is_used_up(packed) else self._n

    def splits(self, packed: Any = None) -> Splits:
        """Return the splits, whose number must be that of `n_splits`.

        Parameters
        ----------
        packed : list or None
            The splits of an earlier fit, used where they cannot be made again.
        """
        n = self._n
        if packed is not None and (not self._are_given or self._is_used_up(packed)):
            try:
                return unpack_splits(packed, num_samples(self._data.X))
            except (ValueError, TypeError):
                return []  # for other data, or damaged: the fingerprint will differ
        splits = list(self._cv.split(self._data.X, self._data.y, **self._params))
        if not splits:
            raise InvalidParameterError(NO_FITS)
        if len(splits) != n:
            raise InvalidParameterError(
                "cv.split and cv.get_n_splits return inconsistent results. Expected "
                f"{n} splits, got {len(splits)}"
            )
        return splits

    def _is_used_up(self, packed: Any) -> bool:
        return packed is not None and self._is_iterator and self._n == 0

    @property
    def is_repeatable(self) -> bool:
        """Whether the splitter is certain to make the same splits again."""
        if self._are_given:
            return not self._is_iterator
        if not type(self._cv).__module__.startswith("sklearn."):
            return False
        if getattr(self._cv, "shuffle", None) is False:
            return True
        return isinstance(getattr(self._cv, "random_state", 0), Integral)

    def __str__(self) -> str:
        """Return the splitter's class and settings, without its seed."""
        if self._are_given or not hasattr(self._cv, "__dict__"):
            return type(self._cv).__name__
        given = {k: v for k, v in vars(self._cv).items() if k != "random_state"}
        return f"{type(self._cv).__name__}({text_of(given)})"
