"""Other splits by the same splitter, for a second look at the best candidates."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from sklearn.base import is_classifier
from sklearn.model_selection import check_cv

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
        Its `cv` is the splitter, which must shuffle. A number of folds does not: rows
        that are in order would get into the training rows of their neighbours.
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
    known = getattr(splitter, "__dict__", {})
    can_shuffle = "random_state" in known and known.get("shuffle", True)
    fresh: list[Splits] = []
    seed = int(digest_of_splits(splits)[:7], 16)
    for repeat in range(n_repeats if can_shuffle else 0):
        splitter.random_state = seed + repeat
        fresh.append(list(splitter.split(X, y, **params)))
    digests = {digest_of_splits(each) for each in (splits, *fresh)}
    kind = "StratifiedKFold" if is_classifier(search.estimator) else "KFold"
    if len(digests) < 1 + n_repeats or any(len(f) != len(splits) for f in fresh):
        raise InvalidParameterError(
            f"The 'refine_top' parameter of {type(search).__name__} must be 0 unless "
            f"'cv' is a splitter that shuffles, such as {kind}(5, shuffle=True). Got "
            f"cv={search.cv!r}, which makes the same splits each time."
        )
    return fresh
