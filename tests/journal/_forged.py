"""Journals made by hand, full disks, and searches over them that fit nothing."""

import json
import zlib
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from skhp.evaluation import Loop, Record
from skhp.journal import Header, Journal, Replay
from skhp.optimizers import (
    BatchedOptimizer,
    BayesOptimizer,
    GridOptimizer,
    HalvingOptimizer,
    HyperbandOptimizer,
    Optimizer,
    RandomOptimizer,
)
from skhp.space import Space
from tests._toys import Simulated

CHOICES = ["a", "b", (1, 2), None]
SPACE = Space({"value": (0.0, 1.0), "other": CHOICES})
REALS = Space({"value": (0.0, 1.0)})
LISTED = [{"value": k / 16, "other": CHOICES[k % 4]} for k in range(9)]

MAKERS = {
    "grid": lambda: GridOptimizer({"value": [0.1, 0.5, 0.3], "other": CHOICES}),
    "random": lambda: RandomOptimizer(SPACE, 10, random_state=3),
    "bayes": lambda: BayesOptimizer(SPACE, 10, random_state=3),
    "batches": lambda: BatchedOptimizer(BayesOptimizer(SPACE, 10, random_state=3), 4),
    "forest": lambda: BayesOptimizer(SPACE, 7, random_state=3, surrogate="lightgbm"),
    "hyperband": lambda: HyperbandOptimizer(REALS, max_resources=9, random_state=3),
    "halving": lambda: HalvingOptimizer(LISTED, min_resources=1, max_resources=9),
}
MODELLED = ["bayes", "batches", "forest", "hyperband"]


@dataclass
class Ended:
    """What a search has come to."""

    optimizer: Optimizer
    record: Record

    @property
    def rows(self):
        """The parameters and scores of each trial, and what it was proposed with."""
        return [
            (
                row.trial.params,
                row.trial.resource,
                row.trial.proposal,
                [result and result.test_scores for result in row.results],
            )
            for row in self.record.rows
        ]


def search(path, make, *, goes_on=True):
    """Take a search to where its journal ends, and on to its own end."""
    journal = Journal(path)
    try:
        if journal.is_new:
            journal.begin(Header({"data": {"rows": "12"}}))
        optimizer, record = make(), Record(2)
        loop = Loop(optimizer, Simulated(1), record, observers=[journal])
        Replay(journal, optimizer, record, loop).run()
        if goes_on:
            loop.run()
    finally:
        journal.close()
    return Ended(optimizer, record)


def sealed(entries):
    """Return the bytes of a journal with these lines, their checksums right."""
    checksum, out = 0, b""
    for entry in entries:
        body = entry if isinstance(entry, bytes) else json.dumps(entry)[:-1].encode()
        checksum = zlib.crc32(body, checksum)
        out += body + b', "#": "%08x"}\n' % checksum
    return out


def lines_of(path):
    return path.read_bytes().splitlines(keepends=True)


def entries_of(path):
    """Return what the lines of a journal hold, without their checksums."""
    entries = [json.loads(line) for line in lines_of(path)]
    for entry in entries:
        del entry["#"]
    return entries


@contextmanager
def room_for(n_bytes):
    """Let no file grow beyond a size, as on a disk that is full then."""
    limits = pytest.importorskip("resource")
    soft, hard = limits.getrlimit(limits.RLIMIT_FSIZE)
    limits.setrlimit(limits.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        limits.setrlimit(limits.RLIMIT_FSIZE, (soft, hard))


def assert_one_sentence(error):
    assert "\n" not in str(error)
    assert len(str(error)) < 600
