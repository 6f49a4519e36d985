"""The events that a journal holds, one a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from skhp.evaluation import SplitResult
from skhp.optimizers import Proposal


@dataclass(frozen=True)
class Asked:
    """A trial was proposed."""

    line: int
    number: int
    params: Mapping[str, Any]  # as `written` returns them
    resource: int | None
    proposal: Proposal
    seconds: float


@dataclass(frozen=True)
class Fitted:
    """A fit was finished."""

    line: int
    trial: int
    split: int
    result: SplitResult


@dataclass(frozen=True)
class Extended:
    """The search was extended by more trials."""

    line: int
    n_more: int


@dataclass(frozen=True)
class Dropped:
    """The missing splits of a trial were given up."""

    line: int
    trial: int


@dataclass(frozen=True)
class Refined:
    """A fit on a further shuffle of the splits was finished."""

    line: int
    trial: int
    shuffle: int
    split: int
    result: SplitResult


Event = Asked | Fitted | Dropped | Refined | Extended
