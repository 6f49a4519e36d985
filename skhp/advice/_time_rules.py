"""What the time of a search went to."""

from __future__ import annotations

import numpy as np

from skhp.advice._findings import Advice, Findings
from skhp.selection import tied_with_best

_LOST = 0.1  # of the time, from which it is worth saying
_LEAST_SECONDS = 1.0  # of all fits together
_MOST_LETTERS = 40  # of a value that is shown
_NOT_SET = object()
_FEW = 0.1  # of the candidates
_MOST = 0.5  # of the time, that few candidates took


def failures(found: Findings) -> Advice | None:
    """Say if candidates failed, and what of the time they took."""
    failed = _lost(found, "failed", "failures", "failed")
    return failed or _lost(found, "no score", "failures", "have no score")


def timeouts(found: Findings) -> Advice | None:
    """Say if candidates timed out, and what of the time they took."""
    return _lost(found, "timeout", "timeouts", "timed out")


def _lost(found: Findings, status: str, topic: str, verb: str) -> Advice | None:
    lost = np.array([each == status for each in found.status], dtype=np.bool_)
    total, own = found.seconds.sum(), found.seconds[lost].sum()
    share = own / total if total > 0 else 0.0
    n, n_lost = len(lost), int(lost.sum())
    is_many = n_lost >= _LOST * n
    if not n_lost or not (is_many or (share >= _LOST and total >= _LEAST_SECONDS)):
        return None
    text = f"{n_lost} of {n} candidates {verb}"
    if share >= _LOST and total >= _LEAST_SECONDS:
        text += f", which took {share:.0%} of the time of all fits ({_text(own)})"
    shared = _in_common(found, lost)
    text += f". All of them have {shared}." if shared else "."
    return Advice(
        topic, text, {"n": n_lost, "n_candidates": n, "seconds": own, "share": share}
    )


def _in_common(found: Findings, lost: np.ndarray) -> str:
    """Return the value of a parameter that all of the lost have and no other has."""
    if lost.sum() < 2 or lost.all():
        return ""
    names = dict.fromkeys(name for params in found.params for name in params)
    known = {id(_NOT_SET): ""}  # the repr of an estimator takes long
    for name in names:
        values = [params.get(name, _NOT_SET) for params in found.params]
        for value in values:
            if id(value) not in known:
                known[id(value)] = repr(value)
        texts = [known[id(value)] for value in values]
        inside = {text for text, is_lost in zip(texts, lost, strict=True) if is_lost}
        outside = {
            text for text, is_lost in zip(texts, lost, strict=True) if not is_lost
        }
        (text, *others) = inside
        if text and not others and text not in outside:
            return f"{name}={text}" if len(text) <= _MOST_LETTERS else ""
    return ""


def slow(found: Findings) -> Advice | None:
    """Say if few candidates took most of the time without being among the best."""
    seconds, best = found.seconds, found.best
    rows = found.competing
    total = seconds.sum()
    if best is None or total < _LEAST_SECONDS or len(rows) < 2 or found.n_splits < 2:
        return None
    n_few = int(_FEW * len(rows))
    longest = rows[np.argsort(-seconds[rows], kind="stable")][:n_few]
    share = seconds[longest].sum() / total
    at = np.flatnonzero(rows == best)
    if not n_few or share < _MOST or not len(at):
        return None
    tied = rows[tied_with_best(found.scores[rows], int(at[0]), found.rho)]
    if np.isin(longest, tied).any():
        return None
    each = float(found.fit_seconds[longest].min())
    others = float(np.median(found.fit_seconds[rows]))
    return Advice(
        "slow",
        f"{n_few} of {len(rows)} candidates took {share:.0%} of the time of all fits, "
        f"{each:.2g} s and more for a fit where {others:.2g} s is usual, and each of "
        "them is worse than the best one: a narrower range, or fit_timeout, would have "
        "saved it.",
        {"n": n_few, "n_candidates": len(rows), "share": share, "seconds": each},
    )


def _text(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.2g} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
