"""What ensemble a search is to make."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np

from skhp.exceptions import InvalidParameterError

KINDS = ("greedy", "folds", "best")
MAX_BYTES = 2 * 2**30


@dataclass(frozen=True)
class Ensemble:
    """How a search makes an ensemble of the models that it has fitted.

    It is what the parameter `ensemble` of a search takes where the short forms are not
    enough: "greedy" means ``Ensemble("greedy")``, "folds" ``Ensemble("folds")``, and a
    number n ``Ensemble("best", n_candidates=n)``.

    Parameters
    ----------
    kind : {'greedy', 'folds', 'best'}, default='greedy'
        'greedy' selects from the best candidates by their out-of-fold predictions, with
        replacement [1]_: it starts with the winner and adds in each round the candidate
        with which the mean prediction scores best. 'folds' averages the fold models of
        the winner alone. 'best' averages the best candidates, with equal weights.

    n_candidates : int, default=10
        How many of the best candidates take part. The more there are, the easier the
        selection fits the noise of the folds.

    n_rounds : int, default=10
        Largest number of rounds of the greedy selection.

    max_members : int, default=None
        Largest number of candidates that the greedy selection may choose. The other
        kinds have no such limit.

    refit : bool, default=False
        Whether each member is fitted again, on all rows, in place of its fold models.
        That makes the ensemble smaller and faster by the number of splits, and costs
        a fit per member, one after the other, which the `time_budget` of the search
        does not limit.

    max_bytes : int, default=2147483648
        What the models and predictions that are kept during the search may take on
        disk. If the limit is too small, fewer candidates take part.

    References
    ----------
    .. [1] Caruana, Niculescu-Mizil, Crew and Ksikes, "Ensemble selection from libraries
       of models", ICML 2004.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from skhp import GridSearchCV
    >>> from skhp.ensembles import Ensemble
    >>> X, y = load_iris(return_X_y=True)
    >>> made = Ensemble("greedy", max_members=2, refit=True)
    >>> search = GridSearchCV(SVC(), {"C": [0.1, 1, 10]}, ensemble=made).fit(X, y)
    >>> len(search.ensemble_.estimators_) <= 2
    True
    """

    kind: str = "greedy"
    n_candidates: int = 10
    n_rounds: int = 10
    max_members: int | None = None
    refit: bool = False
    max_bytes: int = MAX_BYTES

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InvalidParameterError(
                "The 'kind' parameter of Ensemble must be 'greedy', 'folds' or 'best'. "
                f"Got {self.kind!r} instead."
            )
        for name in ("n_candidates", "n_rounds", "max_members", "max_bytes"):
            value = getattr(self, name)
            if value is None and name == "max_members":
                continue
            is_int = isinstance(value, Integral) and not isinstance(value, bool)
            if not is_int or int(value) < 1:
                raise InvalidParameterError(
                    f"The {name!r} parameter of Ensemble must be an int in the range "
                    f"[1, inf). Got {value!r} instead."
                )
        if not isinstance(self.refit, (bool, np.bool_)):
            raise InvalidParameterError(
                "The 'refit' parameter of Ensemble must be True or False. "
                f"Got {self.refit!r} instead."
            )
        if self.kind != "greedy" and self.max_members is not None:
            raise InvalidParameterError(
                "The 'max_members' parameter of Ensemble must be None unless 'kind' is "
                f"'greedy'. Got {self.max_members!r} instead."
            )
        if self.kind == "folds" and self.refit:
            raise InvalidParameterError(
                "The 'refit' parameter of Ensemble must be False if 'kind' is 'folds': "
                "the winner, refitted on all rows, is best_estimator_."
            )

    @property
    def n_leaders(self) -> int:
        """How many candidates' models are needed."""
        return 1 if self.kind == "folds" else int(self.n_candidates)


def ensemble_settings(owner: str, given: Any) -> Ensemble | None:
    """Return what the parameter `ensemble` of a search means.

    Raises
    ------
    InvalidParameterError
        If it means nothing.
    """
    if given is None or isinstance(given, Ensemble):
        return given
    if isinstance(given, str) and given in ("greedy", "folds"):
        return Ensemble(given)
    if isinstance(given, Integral) and int(given) >= 1 and given is not True:
        return Ensemble("best", n_candidates=int(given))
    raise InvalidParameterError(
        f"The 'ensemble' parameter of {owner} must be None, 'greedy', 'folds', an int "
        f"in the range [1, inf) or a skhp.ensembles.Ensemble. Got {given!r} instead."
    )
