"""The rules of advice: each says something only where it is sure."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from skhp.advice._findings import Advice, Findings
from skhp.advice._fit_rules import overfitting, underfitting
from skhp.advice._progress_rules import climbing, flat
from skhp.advice._tie_rules import noise, ties
from skhp.advice._time_rules import failures, slow, timeouts
from skhp.selection import edge_line


def edge(found: Findings) -> Advice | None:
    """Say if the best candidate is at an end of a range."""
    if not found.edges:
        return None
    values = {each.name: each.value for each in found.edges}
    return Advice("edge", edge_line(found.edges), values)


# The most useful first: a search that prints only some prints these.
RULES: tuple[Callable[[Findings], Advice | None], ...] = (
    edge,
    failures,
    timeouts,
    climbing,
    flat,
    overfitting,
    underfitting,
    noise,
    ties,
    slow,
)


@np.errstate(invalid="ignore", over="ignore", divide="ignore")  # infinite scores
def advice_of(found: Findings) -> list[Advice]:
    """Return what the rules say that have something to say."""
    if found.best is None or not np.isfinite(found.means[found.best]):
        spoken = [failures(found), timeouts(found)]
    else:
        spoken = [rule(found) for rule in RULES]
    return [each for each in spoken if each is not None]
