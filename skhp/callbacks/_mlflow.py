"""A logger that writes to MLflow while a search runs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from numbers import Real
from typing import Any

from skhp.callbacks._loggers import CandidateLogger
from skhp.exceptions import SkhpWarning, warn_user

_NOT_MEASURED = ("index", "params", "status", "error")
_MOST_OF_AN_ERROR = 4000  # characters; servers refuse tags of more than 5000 or 8000
_MOST_PARAMS = 100  # in one call, as servers demand


class MLflowLogger(CandidateLogger):
    """Callback that makes a run of MLflow for each finished candidate, at once.

    Each is a child of the active run. Without an active run, one is made when the
    search begins, and ends when the best candidate is chosen. It has the parameters of
    the search, ``best_cv_score``, and the best parameters as ``best_<name>``, which are
    the names that MLflow's autologging gives them.

    The run of a candidate has its parameters, every number of its row of
    ``cv_results_`` as a metric (means, standard deviations, the score on each split,
    times), how long its fits took as duration, and the tags ``skhp.index`` and
    ``skhp.status``. If a fit failed, the run is marked as failed and has the traceback
    as tag ``skhp.error``.

    If MLflow cannot be reached when the search begins, `fit` raises what MLflow raises.
    A failure later on gives one warning, and the search goes on.

    Parameters
    ----------
    run_name : str, default=None
        Name of the run that is made if there is no active one. None takes the name of
        the search class.
    hears_replay : bool, default=False
        Whether candidates that a resumed search reads from its journal get a run too.
        They got one when they were evaluated, in the run of that time.

    See Also
    --------
    ForEachCandidate : Calls a function, for other trackers.

    Notes
    -----
    ``mlflow.sklearn.autolog()`` records searches without a logger: when `fit` has
    ended, with the model, and by default with the five best candidates. This logger is
    for searches that take hours, and for all candidates.

    Examples
    --------
    >>> from skhp import BayesSearchCV
    >>> from skhp.callbacks import MLflowLogger
    >>> from sklearn.svm import SVC
    >>> search = BayesSearchCV(
    ...     SVC(), {"C": (0.01, 100, "log-uniform")}, callbacks=MLflowLogger()
    ... )
    """

    def __init__(self, run_name: str | None = None, hears_replay: bool = False) -> None:
        self.run_name, self.hears_replay = run_name, hears_replay

    def __repr__(self) -> str:
        return f"MLflowLogger(run_name={self.run_name!r})"

    def __getstate__(self) -> dict[str, Any]:
        """Return the parameters only, since a connection cannot be copied."""
        return {"run_name": self.run_name, "hears_replay": self.hears_replay}

    def begin(self, search: Any) -> None:
        """Find the active run, or make one.

        Raises
        ------
        ImportError
            If MLflow is not installed.
        """
        try:
            import mlflow
        except ImportError as error:
            raise ImportError(
                "MLflowLogger needs MLflow: pip install mlflow"
            ) from error
        self._mlflow, self._client = mlflow, mlflow.MlflowClient()
        self._has_warned = False
        active = mlflow.active_run()
        self._own = active is None
        if active is None:
            name = self.run_name or type(search).__name__
            active = mlflow.start_run(run_name=name)
        self._parent = active.info
        if self._own:
            params = search.get_params(deep=False)
            self._try(
                lambda: self._write(self._parent.run_id, params, {}), "the search"
            )

    def __call__(self, candidate: Mapping[str, Any]) -> None:
        """Make the run of a candidate."""
        self._try(lambda: self._log(candidate), f"candidate {candidate['index']}")

    def end(self, search: Any, error: BaseException | None) -> None:
        """Enter the best candidate in the run of the search, and end that run."""
        if not self._own:
            return
        best = getattr(search, "best_params_", None)
        score = getattr(search, "best_score_", None)
        params = {f"best_{name}": value for name, value in (best or {}).items()}
        metrics = {} if score is None else {"best_cv_score": score}
        run = self._parent.run_id
        self._try(lambda: self._write(run, params, metrics), "the best candidate")
        self._try(lambda: self._end_own(error), "the end of the search")

    def _log(self, candidate: Mapping[str, Any]) -> None:
        now = int(1000 * time.time())
        run = self._client.create_run(
            self._parent.experiment_id,
            start_time=now - int(1000 * _seconds_of(candidate)),
            run_name=f"candidate {candidate['index']}",
            tags=_tags_of(candidate) | {"mlflow.parentRunId": self._parent.run_id},
        ).info.run_id
        numbers = {n: v for n, v in candidate.items() if n not in _NOT_MEASURED}
        self._write(run, candidate["params"], numbers)
        is_fine = candidate["status"] in ("ok", "raced")
        status = "FINISHED" if is_fine else "FAILED"
        self._client.set_terminated(run, status, end_time=now)

    def _write(
        self, run: str, params: Mapping[str, Any], metrics: Mapping[str, Any]
    ) -> None:
        """Write parameters, and those of the metrics that are finite numbers."""
        entities, now = self._mlflow.entities, int(1000 * time.time())
        written = [entities.Param(name, str(value)) for name, value in params.items()]
        measured = [
            entities.Metric(name, float(value), now, 0)
            for name, value in metrics.items()
            if isinstance(value, Real) and math.isfinite(value)
        ]
        self._client.log_batch(run, metrics=measured, params=written[:_MOST_PARAMS])
        for start in range(_MOST_PARAMS, len(written), _MOST_PARAMS):
            self._client.log_batch(run, params=written[start : start + _MOST_PARAMS])

    def _end_own(self, error: BaseException | None) -> None:
        status = "FINISHED" if error is None else "FAILED"
        active = self._mlflow.active_run()
        if active is not None and active.info.run_id == self._parent.run_id:
            self._mlflow.end_run(status)
        else:  # the user has ended it, or has begun another one within it
            self._client.set_terminated(self._parent.run_id, status)

    def _try(self, write: Callable[[], None], what: str) -> None:
        """Write; if this fails, warn once, because the search is worth more."""
        try:
            write()
        except Exception as error:
            if not self._has_warned:
                self._has_warned = True
                warn_user(
                    f"MLflowLogger could not write {what}, and the search goes on "
                    f"without: {type(error).__name__}: {error}",
                    SkhpWarning,
                )


def _seconds_of(candidate: Mapping[str, Any]) -> float:
    """Return how long all fits of a candidate took, one after the other."""
    n_splits = sum(
        name.startswith("split") and name.partition("_")[2].startswith("test_")
        for name in candidate
    )
    n_metrics = sum(name.startswith("mean_test_") for name in candidate)
    each = candidate["mean_fit_time"] + candidate["mean_score_time"]
    seconds = each * n_splits / max(n_metrics, 1)
    return float(seconds) if math.isfinite(seconds) else 0.0


def _tags_of(candidate: Mapping[str, Any]) -> dict[str, str]:
    tags = {
        "skhp.index": str(candidate["index"]),
        "skhp.status": candidate["status"],
    }
    if candidate["error"] is not None:
        tags["skhp.error"] = candidate["error"][-_MOST_OF_AN_ERROR:]
    return tags
