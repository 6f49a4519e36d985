"""Ensembles of the models that a search has fitted, and out-of-fold predictions."""

from skhp.ensembles._averaging import AveragingClassifier, AveragingRegressor
from skhp.ensembles._delegation import PredictsByEnsemble
from skhp.ensembles._fold_models import FoldModels
from skhp.ensembles._settings import Ensemble

__all__ = [
    "AveragingClassifier",
    "AveragingRegressor",
    "Ensemble",
    "FoldModels",
    "PredictsByEnsemble",
]
