"""What users write, as `mypy --strict` reads it in `make lint`: it is not run."""

from collections.abc import Mapping
from typing import Any, assert_type

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import skhp
from skhp import BayesSearchCV, HyperbandSearchCV, Integer, Real, Space
from skhp.callbacks import ForEachCandidate
from skhp.ensembles import Ensemble
from skhp.exceptions import JournalError, SkhpError
from skhp.inspection import SearchHistoryDisplay, advice, report, results_frame
from skhp.optimizers import BayesOptimizer, Outcome
from skhp.selection import one_standard_error
from skhp.space import preset_space
from skhp.testing import branin, check_optimizer


class Patience(skhp.Stopper):
    """A callback of a user."""

    def __init__(self, n: int) -> None:
        self.n = n

    def restart(self) -> None:
        self.left = self.n

    def __call__(self, search: Any) -> bool:
        self.left -= 1
        return self.left <= 0


def fits_a_tree(params: Mapping[str, Any]) -> bool:
    return bool(params["num_leaves"] <= 2 ** params["max_depth"])


def logged(row: Mapping[str, Any]) -> None:
    print(row["mean_test_score"])


def tuned(model: Any, X: NDArray[np.float64], y: NDArray[np.int64]) -> BayesSearchCV:
    space = {
        "C": Real(1e-3, 1e3, "log-uniform"),
        "degree": Integer(1, 5, when={"kernel": "poly"}),
        "kernel": ["rbf", "poly"],
    }
    search = BayesSearchCV(
        model,
        space,
        n_iter=20,
        n_jobs=2,
        refit=one_standard_error("C"),
        journal="search.jsonl",
        callbacks=[Patience(5), skhp.TargetReached(0.99), ForEachCandidate(logged)],
        ensemble=Ensemble("greedy", n_candidates=10),
        time_budget=60,
    )
    try:
        assert_type(search.fit(X, y), BayesSearchCV)
    except JournalError as error:
        raise SkhpError(str(error)) from error
    assert_type(search.extend(X, y, n_iter=10), BayesSearchCV)
    best: dict[str, Any] = search.best_params_
    score: float = search.best_score_
    print(best, score, search.predict(X), search.cv_results_["params"])
    return search


def looked_at(search: BayesSearchCV) -> pd.DataFrame:
    for line in advice(search):
        print(line)
    report(search, "search.html")
    SearchHistoryDisplay.from_search(search).plot()
    table: pd.DataFrame = results_frame(search)
    return table


def asked_and_told() -> None:
    space = Space({"x": Real(-5, 10), "y": (0.0, 15.0)}, constraints=[])
    optimizer = BayesOptimizer(space, 20, random_state=0)
    while not optimizer.done:
        for trial in optimizer.ask(1):
            optimizer.tell(trial, Outcome(np.array([branin(trial.params)])))
    check_optimizer(lambda seed: BayesOptimizer(space, 20, random_state=seed))
    print(preset_space("SVC", prefix="svc__"))


assert_type(HyperbandSearchCV(None, {}).fit([[0.0]], [0]), HyperbandSearchCV)
