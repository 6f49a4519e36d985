"""The report at the end of a search in which fits failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.exceptions import FitFailedWarning

from skhp.evaluation._record import Record
from skhp.evaluation._task import SplitResult
from skhp.exceptions import AllFitsFailedError, warn_user


def report_failures(record: Record, error_score: float | str) -> None:
    """Warn once about all fits and scores that failed; raise if none succeeded.

    Raises
    ------
    AllFitsFailedError
        If there were fits and all of them failed, or none has a score and
        `error_score` is no number that stands for it. It is a `ValueError`.
    """
    results = [result for row in record.rows for result in row.results]
    run = [result for result in results if result is not None]
    fit_errors = Counter(r.fit_error for r in run if r.fit_error is not None)
    score_errors = Counter(r.score_error for r in run if r.score_error is not None)
    n_failed = sum(fit_errors.values())
    if run and n_failed == len(run):
        raise AllFitsFailedError(
            f"\nAll the {len(run)} fits failed.\n"
            "It is very likely that your model is misconfigured.\n"
            "You can try to debug the error by setting error_score='raise'.\n\n"
            f"Below are more details about the failures:\n{_grouped(fit_errors)}"
        )
    is_number = not isinstance(error_score, str) and not np.isnan(error_score)
    if run and not is_number and not any(map(_has_score, run)):
        raise AllFitsFailedError(
            f"\nNone of the {len(run)} fits could be scored, so there is no best "
            "candidate. It is very likely that the scorer does not suit the estimator "
            "or the data.\n"
            "You can try to debug the error by setting error_score='raise'.\n\n"
            "Below are more details about the failures:\n"
            f"{_grouped(score_errors, 'scorings')}"
        )
    if n_failed:
        warn_user(
            f"\n{n_failed} fits failed out of a total of {len(run)}.\n"
            "The score on these train-test partitions for these parameters will be "
            f"set to {error_score}.\n"
            "If these failures are not expected, you can try to debug them by setting "
            "error_score='raise'.\n\n"
            f"Below are more details about the failures:\n{_grouped(fit_errors)}",
            FitFailedWarning,
        )
    if score_errors:
        warn_user(
            f"Scoring failed. The score on {sum(score_errors.values())} train-test "
            f"partitions will be set to {error_score}. Details: \n"
            f"{_grouped(score_errors, 'scorings')}",
            UserWarning,
        )


def warn_of_non_finite(table: Mapping[str, Any], metrics: list[str]) -> None:
    """Warn if a candidate without failed fits has a nan or infinite mean score."""
    explained = table.get("status", np.full(len(table["params"]), "ok")) != "ok"
    for side in ("test", "train"):
        for metric in metrics:
            means = table.get(f"mean_{side}_{metric}")
            if means is not None and np.any(~np.isfinite(means) & ~explained):
                warn_user(
                    f"One or more of the {side} scores are non-finite: {means}",
                    UserWarning,
                )


def _has_score(result: SplitResult) -> bool:
    if result.fit_error is not None:
        return False
    scores = result.test_scores
    if isinstance(scores, dict):
        return len(result.failed_metrics) < len(scores)
    return result.score_error is None


def _grouped(errors: Counter[str], what: str = "fits") -> str:
    rule = "-" * 80
    return "\n".join(
        f"{rule}\n{n} {what} failed with the following error:\n{error}"
        for error, n in errors.most_common()
    )
