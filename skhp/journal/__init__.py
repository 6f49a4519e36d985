"""Journals: files that are written while a search runs and from which it resumes."""

from skhp.journal._description import text_of
from skhp.journal._fingerprint import Fingerprint, difference
from skhp.journal._journal import Header, Journal, versions, written
from skhp.journal._replay import Replay
from skhp.journal._splits import digest_of_splits, pack_splits, unpack_splits
from skhp.journal._trials import trials_of_journal

__all__ = [
    "Fingerprint",
    "Header",
    "Journal",
    "Replay",
    "difference",
    "digest_of_splits",
    "pack_splits",
    "text_of",
    "trials_of_journal",
    "unpack_splits",
    "versions",
    "written",
]
