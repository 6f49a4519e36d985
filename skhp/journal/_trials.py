"""What a journal says of the trials of its search, to whom it does not belong."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skhp.exceptions import JournalError


@dataclass
class JournalTrial:
    """A trial as a journal has it.

    Attributes
    ----------
    params : dict
        As the journal shows them: plain values, or else texts.
    resource : int or None
        What it was given of the resource.
    scores : dict of list of float
        Scores of its fits by metric; the only one is called "score".
    """

    params: Mapping[str, Any]
    resource: int | None = None
    scores: dict[str, list[float]] = field(default_factory=dict)

    def mean(self, metric: str | None) -> float:
        """Return the mean score by a metric, or else by the first; nan if none."""
        name = metric if metric in self.scores else next(iter(self.scores), None)
        return float(np.mean(self.scores[name])) if name is not None else np.nan


def trials_of_journal(path: Any) -> list[JournalTrial]:
    """Return the trials of a journal, which is only read, with the fits they have.

    Raises
    ------
    JournalError
        If there is no journal at this path.
    """
    trials: dict[int, JournalTrial] = {}
    for entry in _entries(os.fspath(path)):
        try:
            if "ask" in entry:
                params, resource = entry["params"], entry.get("resource")
                trials[int(entry["ask"])] = JournalTrial(dict(params), resource)
            elif "fit" in entry:
                number, scores = int(entry["fit"][0]), entry["test_scores"]
                if not isinstance(scores, Mapping):
                    scores = {"score": scores}
                for metric, score in scores.items():
                    of_trial = trials[number].scores.setdefault(metric, [])
                    of_trial.append(float(score))
        except (KeyError, TypeError, ValueError, IndexError, OverflowError):
            continue  # not as we write it
    return list(trials.values())


def _entries(path: str) -> Iterator[Mapping[str, Any]]:
    """Yield the lines that can be read: a search may be at the last one."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            first = file.readline()
            if not first.startswith('{"skhp_journal"'):
                raise JournalError(f"{path!r} must be the journal of a search.")
            for line in file:
                try:
                    entry = json.loads(line)
                except ValueError:
                    continue
                if isinstance(entry, Mapping):
                    yield entry
    except OSError as error:
        raise JournalError(
            f"The journal {path!r} must be a file that can be read. "
            f"Got: {error.strerror}."
        ) from None
