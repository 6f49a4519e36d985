"""The conformance kit: what every optimizer and every search class must do.

Use it on your own optimizer::

    from skhp.testing import check_optimizer

    def test_my_optimizer():
        check_optimizer(lambda seed: MyOptimizer(space, seed=seed), space=space)
"""

from __future__ import annotations

import atexit
import os
import pickle
import subprocess
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from sklearn.base import clone
from sklearn.datasets import make_classification

from skhp.exceptions import OptimizerError
from skhp.optimizers import Optimizer, Outcome, Trial
from skhp.space import Space, configuration_key
from skhp.workers._joblib import cloudpickle

__all__ = ["branin", "check_optimizer", "check_search", "hartmann6", "run_optimizer"]

Objective = Callable[[Mapping[str, Any]], float]
_MANY = 10_000  # asks after which an optimizer that is never done counts as a hang


# ------------------------------------------------------------------------------------
# Test functions, to be maximised


def branin(params: Mapping[str, Any]) -> float:
    """Return minus the Branin function of ``x`` in [-5, 10] and ``y`` in [0, 15].

    Its three maxima are -0.397887.

    References
    ----------
    L. C. W. Dixon, G. P. Szego, "The global optimization problem: an introduction",
    Towards Global Optimization 2 (1978).

    Examples
    --------
    >>> from skhp.testing import branin
    >>> round(branin({"x": np.pi, "y": 2.275}), 6)
    -0.397887
    """
    x, y = params["x"], params["y"]
    b, c, t = 5.1 / (4 * np.pi**2), 5 / np.pi, 1 / (8 * np.pi)
    value = (y - b * x**2 + c * x - 6) ** 2 + 10 * (1 - t) * np.cos(x) + 10
    return -float(value)


_HARTMANN_A = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
_HARTMANN_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)
_HARTMANN_ALPHA = np.array([1.0, 1.2, 3.0, 3.2])


def hartmann6(params: Mapping[str, Any]) -> float:
    """Return the Hartmann function of ``x0`` ... ``x5`` in [0, 1], at most 3.32237.

    References
    ----------
    L. C. W. Dixon, G. P. Szego, "The global optimization problem: an introduction",
    Towards Global Optimization 2 (1978).

    Examples
    --------
    >>> from skhp.testing import hartmann6
    >>> best = [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573]
    >>> round(hartmann6({f"x{i}": x for i, x in enumerate(best)}), 4)
    3.3224
    """
    x = np.array([params[f"x{i}"] for i in range(6)])
    distances = np.sum(_HARTMANN_A * (x - _HARTMANN_P) ** 2, axis=1)
    return float(_HARTMANN_ALPHA @ np.exp(-distances))


# ------------------------------------------------------------------------------------
# Optimizers


def run_optimizer(
    optimizer: Optimizer, objective: Objective, *, n_most: int = 50, batch: int = 1
) -> list[tuple[Trial, Outcome]]:
    """Run an optimizer on an objective, in this thread, and return what happened.

    Parameters
    ----------
    optimizer : Optimizer
        Asked and told until it is done.
    objective : callable
        Maps parameters to a score; nan for a failure.
    n_most : int, default=50
        Stop after so many trials.
    batch : int, default=1
        How many trials to ask for before telling them.

    Returns
    -------
    list of (Trial, Outcome)
        In order of telling.

    Examples
    --------
    >>> from skhp.optimizers import RandomOptimizer
    >>> from skhp.space import Space
    >>> from skhp.testing import branin, run_optimizer
    >>> space = Space({"x": (-5.0, 10.0), "y": (0.0, 15.0)})
    >>> history = run_optimizer(RandomOptimizer(space, 20, random_state=0), branin)
    >>> len(history)
    20
    """
    history: list[tuple[Trial, Outcome]] = []
    while len(history) < n_most and not optimizer.done:
        for trial in optimizer.ask(batch):
            outcome = _outcome(objective(trial.params))
            optimizer.tell(trial, outcome)
            history.append((trial, outcome))
    return history


def check_optimizer(
    make: Callable[[int], Optimizer],
    *,
    space: Space | None = None,
    n_most: int = 40,
) -> None:
    """Check that an optimizer keeps the contract of `skhp.optimizers.Optimizer`.

    Parameters
    ----------
    make : callable
        Maps a seed to a new optimizer. It must be picklable by cloudpickle.
    space : Space, default=None
        Where the parameters must lie, if they come from a space.
    n_most : int, default=40
        How many trials to follow it for.

    Raises
    ------
    AssertionError
        Saying which clause is broken.

    Examples
    --------
    >>> from skhp.optimizers import SobolOptimizer
    >>> from skhp.space import Space
    >>> from skhp.testing import check_optimizer
    >>> space = Space({"x": (0.0, 1.0), "kind": ["a", "b"]})
    >>> check_optimizer(lambda seed: SobolOptimizer(space, 8, seed), space=space)
    """
    _server()  # its imports take a second, in which we begin
    _check_asks(make, n_most)
    _check_tells(make)
    _check_values(make, space, n_most)
    _check_no_repeats(make, n_most)
    _check_failures(make, n_most)
    _check_reproducible(make, n_most)
    _check_pickle(make, n_most)
    _check_adoption(make, n_most)
    _check_any_process(make, n_most)


def _pseudo_score(trial: Trial) -> float:
    """Return a score that depends on the trial alone, the same in any process."""
    numbers = [
        float(value)
        for value in trial.params.values()
        if isinstance(value, (int, float)) and not isinstance(value, bool)
    ]
    return float(np.sin(1.0 + sum(numbers)) + 0.01 * np.cos(trial.number))


def _outcome(score: float) -> Outcome:
    status = "failed" if np.isnan(score) else "ok"
    return Outcome(np.array([score]), status=status, fit_seconds=0.01)


def _follow(
    optimizer: Optimizer,
    n_most: int,
    batch: int = 3,
    *,
    events: list[tuple[str, Trial]] | None = None,
) -> Iterator[Trial]:
    """Yield the trials of a run in which the last of each batch is told first.

    What is asked and told, in order, is added to `events`.
    """
    events = [] if events is None else events
    n_trials = 0
    for _ in range(_MANY):
        if optimizer.done or n_trials >= n_most:
            return
        trials = list(optimizer.ask(min(batch, n_most - n_trials)))
        if not trials and optimizer.done:  # found out in ask
            return
        _require(bool(trials), "ask returned nothing though nothing was pending")
        n_trials += len(trials)
        events += [("ask", trial) for trial in trials]
        yield from trials
        for trial in reversed(trials):
            events.append(("tell", trial))
            optimizer.tell(trial, _outcome(_pseudo_score(trial)))
    raise AssertionError("The optimizer is never done.")


def _require(condition: bool, what: str) -> None:
    if not condition:
        raise AssertionError(f"The contract of Optimizer is broken: {what}.")


def _signature(trials: list[Trial]) -> list[Any]:
    return [
        (t.number, t.resource, sorted(t.labels.items()), repr(dict(t.params)))
        for t in trials
    ]


def _check_asks(make: Callable[[int], Optimizer], n_most: int) -> None:
    for n in (1, 2, 7):
        trials = list(make(0).ask(n))
        _require(len(trials) <= n, f"ask({n}) returned {len(trials)} trials")
        _require(bool(trials) or make(0).done, "the first ask returned nothing")
    numbers = [trial.number for trial in _follow(make(0), n_most)]
    _require(numbers == list(range(len(numbers))), "trials are numbered 0, 1, 2, ...")
    optimizer = make(0)
    if optimizer.n_trials is not None and optimizer.n_trials <= n_most:
        n_trials = len(list(_follow(optimizer, n_most)))
        _require(n_trials == make(0).n_trials, "n_trials tells how many there will be")
        _require(not optimizer.ask(1), "an optimizer that is done has no more trials")


def _check_tells(make: Callable[[int], Optimizer]) -> None:
    optimizer = make(0)
    (trial,) = optimizer.ask(1)
    stranger = Trial(trial.number + 1000, trial.params)
    _must_refuse(optimizer, stranger, "an unknown")
    optimizer.tell(trial, _outcome(0.5))
    _must_refuse(optimizer, trial, "a repeated")


def _must_refuse(optimizer: Optimizer, trial: Trial, what: str) -> None:
    try:
        optimizer.tell(trial, _outcome(0.5))
    except OptimizerError:
        return
    raise AssertionError(
        f"The contract of Optimizer is broken: {what} tell raises OptimizerError."
    )


def _check_values(
    make: Callable[[int], Optimizer], space: Space | None, n_most: int
) -> None:
    for trial in _follow(make(1), n_most):
        _require(
            not any(isinstance(value, np.generic) for value in trial.params.values())
            or space is None,
            f"numbers are Python's own, got {dict(trial.params)!r}",
        )
        if space is not None:
            _require(
                space.contains(trial.params) or bool(space.sampled_names),
                f"parameters lie in the space, got {dict(trial.params)!r}",
            )


def _check_no_repeats(make: Callable[[int], Optimizer], n_most: int) -> None:
    if not make(2).learns:
        return  # the second row is copied from the first
    known: set[Any] = set()
    for trial in _follow(make(2), n_most):
        key = trial.resource, configuration_key(trial.params)
        _require(key not in known, f"{dict(trial.params)!r} was asked for twice")
        known.add(key)


def _check_failures(make: Callable[[int], Optimizer], n_most: int) -> None:
    """Failures, infinities and constants are told; the run goes on to its end."""
    for scores in ([np.nan], [np.nan, 1.0], [0.0], [np.inf, -np.inf, 0.0], [1e300, 0]):
        optimizer = make(3)
        for i in range(n_most):
            trials = optimizer.ask(1)
            if not trials:
                break
            optimizer.tell(trials[0], _outcome(scores[i % len(scores)]))
        _require(
            bool(trials) or optimizer.done,
            f"a run with the scores {scores} ends before the optimizer is done",
        )


def _check_reproducible(make: Callable[[int], Optimizer], n_most: int) -> None:
    first = _signature(list(_follow(make(4), n_most)))
    again = _signature(list(_follow(make(4), n_most)))
    _require(first == again, "the same seed gives the same trials")


def _check_pickle(make: Callable[[int], Optimizer], n_most: int) -> None:
    """In mid-run, with a trial pending, a copy goes on exactly as the original."""
    optimizer = make(5)
    trials = list(_follow(optimizer, n_most // 2))
    pending = list(optimizer.ask(1))
    copy = pickle.loads(cloudpickle.dumps(optimizer))
    histories = []
    for one in (optimizer, copy):
        for trial in pending:
            one.tell(trial, _outcome(_pseudo_score(trial)))
        histories.append(_signature(list(_follow(one, n_most - len(trials)))))
    _require(histories[0] == histories[1], "it pickles in mid-run and goes on the same")


def _check_adoption(make: Callable[[int], Optimizer], n_most: int) -> None:
    """One that adopts what another proposed, and is told the same, goes on as it."""
    for n_before in (n_most // 4, n_most // 2, n_most - 1):
        original, other = make(7), make(7)
        events: list[tuple[str, Trial]] = []
        trials = list(_follow(original, n_before, events=events))
        pending = list(original.ask(1))
        events += [("ask", trial) for trial in pending]
        adopted = _adopted(other, events)
        same = _signature(adopted) == _signature(trials + pending)
        _require(same, "adopt returns the trial whose proposal it is given")
        histories = []
        for one, last in ((original, pending), (other, adopted[len(trials) :])):
            for trial in last:
                one.tell(trial, _outcome(_pseudo_score(trial)))
            rest = _follow(one, n_most - n_before)
            histories.append(_signature(list(rest)))
        _require(histories[0] == histories[1], "it goes on the same after adopting")


def _adopted(optimizer: Optimizer, events: list[tuple[str, Trial]]) -> list[Trial]:
    """Adopt and tell in the order of the events of another optimizer."""
    adopted: list[Trial] = []
    for what, trial in events:
        if what == "ask":
            adopted.append(optimizer.adopt(trial.proposal))
        else:
            mine = adopted[trial.number]
            optimizer.tell(mine, _outcome(_pseudo_score(mine)))
    return adopted


def _check_any_process(make: Callable[[int], Optimizer], n_most: int) -> None:
    expected = repr(_signature(list(_follow(make(6), n_most))))
    request = cloudpickle.dumps((make, n_most)), [os.getcwd(), *sys.path]
    server = _server()
    try:
        pickle.dump(request, server.stdin)
        server.stdin.flush()
        has_run, found = pickle.load(server.stdout)
    except BaseException:  # Ctrl-C, say: the next answer would be that to this request
        _stop_servers()
        raise
    _require(has_run, f"it runs in another process: {found}")
    _require(found == expected, "the same seed gives the same trials in any process")


_SERVERS: dict[tuple[int, str], Any] = {}  # by the process they serve and hash seed


def _server() -> Any:
    """Return a Python with another hash seed that answers this process; start it."""
    hash_seed = "1" if os.environ.get("PYTHONHASHSEED") != "1" else "2"
    key = os.getpid(), hash_seed
    if key not in _SERVERS:
        _SERVERS[key] = subprocess.Popen(
            [sys.executable, "-c", "from skhp.testing import _serve; _serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        )
    return _SERVERS[key]


@atexit.register
def _stop_servers() -> None:
    for (owner, _), server in _SERVERS.items():
        if owner == os.getpid():  # and not one of its forks
            server.kill()
            server.communicate()
    _SERVERS.clear()


def _serve() -> None:
    """Answer requests, each in a fork: as if in a new process, but for the imports."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what an optimizer prints is no answer
    while True:
        try:
            packed, path = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of forking beside the threads of BLAS
            child = os.fork()
        if not child:
            sys.path[:] = path
            pickle.dump(_replay(packed), answers)
            answers.flush()
            os._exit(0)
        if code := os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            pickle.dump((False, f"it died with exit code {code}"), answers)
            answers.flush()


def _replay(packed: bytes) -> tuple[bool, str]:
    """Return the trials of a run, or why there are none."""
    try:
        make, n_most = pickle.loads(packed)
        return True, repr(_signature(list(_follow(make(6), n_most))))
    except BaseException:
        return False, traceback.format_exc()


# ------------------------------------------------------------------------------------
# Search classes


def check_search(search: Any) -> None:
    """Check that a search estimator gives what skhp's searches give.

    Parameters
    ----------
    search : estimator
        Not fitted; of a classifier, with at least two candidates and a `random_state`
        where it has one. It is cloned, not changed.

    Raises
    ------
    AssertionError
        Saying what is missing.

    Examples
    --------
    >>> from sklearn.linear_model import LogisticRegression
    >>> from skhp import GridSearchCV
    >>> from skhp.testing import check_search
    >>> check_search(GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}))
    """
    X, y = make_classification(n_samples=60, n_features=4, random_state=0)
    fitted = clone(search).fit(X, y)
    results = fitted.cv_results_
    n_candidates = len(results["params"])
    for name, column in results.items():
        _search_must(len(column) == n_candidates, f"{name} has a value per candidate")
    for key in (
        "mean_fit_time",
        "mean_test_score",
        "std_test_score",
        "split0_test_score",
    ):
        _search_must(key in results, f"cv_results_ has {key}")
    best = fitted.best_index_
    _search_must(results["rank_test_score"][best] == 1, "the best has rank 1")
    _search_must(
        fitted.best_params_ == results["params"][best], "best_params_ is its row"
    )
    _search_must(
        fitted.best_score_ == results["mean_test_score"][best], "so is its score"
    )
    _search_must(fitted.predict(X).shape == y.shape, "predict is the best estimator's")
    again = clone(search).fit(X, y).cv_results_
    keys = [list(map(configuration_key, r["params"])) for r in (results, again)]
    _search_must(keys[0] == keys[1], "the same seed gives the same candidates")
    copy = pickle.loads(cloudpickle.dumps(fitted))
    _search_must(np.array_equal(copy.predict(X), fitted.predict(X)), "it pickles")


def _search_must(condition: bool, what: str) -> None:
    if not condition:
        raise AssertionError(f"The contract of a search is broken: {what}.")
