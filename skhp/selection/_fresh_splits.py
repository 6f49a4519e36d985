"""Other splits by the same splitter, for a second look at the best candidates."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import KFold, StratifiedKFold, check_cv

from skhp.evaluation import Splits
from skhp.exceptions import InvalidParameterError
from skhp.journal import digest_of_splits


def fresh_splits(
    search: Any,
    X: Any,
    y: Any,
    params: Mapping[str, Any],
    splits: Splits,
    n_repeats: int,
) -> list[Splits]:
    """Return the splits of so many further shuffles.

    They depend on the splits of the search alone, so that a search which is resumed has
    the same ones.

    Parameters
    ----------
    search : estimator
        Its `cv` is the splitter. Of a number of folds, which are not shuffled, the
        shuffled ones are made.
    X, y : array-like
    params : mapping of str to object
        Further arguments of the splitter.
    splits : list of (train, test)
        The splits of the search.
    n_repeats : int

    Raises
    ------
    InvalidParameterError
        If the splitter cannot make other splits.
    """
    splitter = copy.deepcopy(
        check_cv(search.cv, y, classifier=is_classifier(search.estimator))
    )
    is_number = search.cv is None or isinstance(search.cv, (int, np.integer))
    if is_number and type(splitter) in (KFold, StratifiedKFold):
        splitter.shuffle = True
    known = getattr(splitter, "__dict__", {})
    can_shuffle = "random_state" in known and known.get("shuffle", True)
    fresh: list[Splits] = []
    seed = int(digest_of_splits(splits)[:7], 16)
    for repeat in range(n_repeats if can_shuffle else 0):
        splitter.random_state = seed + repeat
        fresh.append(list(splitter.split(X, y, **params)))
    digests = {digest_of_splits(each) for each in (splits, *fresh)}
    if len(digests) < 1 + n_repeats or any(len(f) != len(splits) for f in fresh):
        raise InvalidParameterError(
            f"The 'refine_top' parameter of {type(search).__name__} must be 0 unless "
            "'cv' is a number of folds or a splitter that shuffles, such as "
            f"StratifiedKFold(5, shuffle=True). Got cv={search.cv!r}, which makes the "
            "same splits each time."
        )
    return fresh
