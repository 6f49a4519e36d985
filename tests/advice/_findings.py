"""Findings of searches that were never run."""

import numpy as np

from skhp.advice import Findings


def findings(scores, **what):
    """Return findings of candidates with these scores (n, K), which took a second."""
    scores = np.asarray(scores, dtype=np.float64)
    n, n_splits = scores.shape
    with np.errstate(invalid="ignore"):
        means = scores.mean(axis=1)
    known = np.isfinite(means)
    given = {
        "scores": scores,
        "params": [{"value": i} for i in range(n)],
        "best": int(np.nanargmax(means)) if known.any() else None,
        "rivals": np.arange(n),
        "rho": 1 / (n_splits - 1) if n_splits > 1 else np.inf,
        "fit_seconds": np.full(n, 1.0),
        "score_seconds": np.zeros(n),
        "status": ["ok" if is_known else "failed" for is_known in known],
        "is_drawn": True,
        "can_extend": True,
        "can_refine": True,
    }
    return Findings(**{**given, **what})


def folds(means, noise=0.01, n_splits=5):
    """Return scores with these means, that differ from fold to fold."""
    rng = np.random.default_rng(0)
    rest = rng.normal(0, noise, (len(means), n_splits))
    rest -= rest.mean(axis=1, keepdims=True)
    return np.asarray(means)[:, None] + rest + rng.normal(0, 0.05, n_splits)
