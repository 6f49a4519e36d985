"""Journals: files that are written while a search runs and from which it resumes."""

from skhp.journal._fingerprint import (
    difference,
    text_of,
    tree_of_data,
    tree_of_params,
)
from skhp.journal._journal import Header, Journal
from skhp.journal._replay import Replay
from skhp.journal._splits import digest_of_splits, pack_splits, unpack_splits

__all__ = [
    "Header",
    "Journal",
    "Replay",
    "difference",
    "digest_of_splits",
    "pack_splits",
    "text_of",
    "tree_of_data",
    "tree_of_params",
    "unpack_splits",
]
