"""Callbacks of a search: what stops it early, and what takes notes of it."""

from skhp.callbacks._autolog import autologged
from skhp.callbacks._loggers import CandidateLogger, ForEachCandidate
from skhp.callbacks._mlflow import MLflowLogger
from skhp.callbacks._stoppers import NoImprovement, Stopper, TargetReached, TimeLimit
from skhp.callbacks._user_callbacks import logged, user_callbacks

__all__ = [
    "CandidateLogger",
    "ForEachCandidate",
    "MLflowLogger",
    "NoImprovement",
    "Stopper",
    "TargetReached",
    "TimeLimit",
    "autologged",
    "logged",
    "user_callbacks",
]
