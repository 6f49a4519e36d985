"""What a worker keeps of a fit: the model and what it predicts for the test fold."""

from __future__ import annotations

import contextlib
import os
import pickle
import tempfile
import time
from dataclasses import dataclass
from typing import Any

from skhp.ensembles._predictions import Prediction, method_of, predicted
from skhp.evaluation._fit_and_score import short_traceback
from skhp.workers._joblib import cloudpickle


@dataclass(frozen=True, eq=False)
class KeptFold:
    """A model of one candidate on one split, and its out-of-fold prediction.

    Attributes
    ----------
    size, model_size : int
        Bytes that both of them take, and that the model alone takes.
    content : str, bytes or None
        The file that they are in, or what would be in it, where the worker does not see
        the folder. None if they could not be kept.
    error : str or None
        Why they could not be kept.
    seconds : float
        How long the prediction took.
    """

    size: int = 0
    model_size: int = 0
    content: str | bytes | None = None
    error: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True, eq=False)
class KeepFolds:
    """Keeps the models of a search in a folder, in whichever process they are fitted.

    Attributes
    ----------
    folder : str
        A folder that only this user can write, because its files are unpickled.
    has_labels : bool
        Whether `y` has several columns.
    """

    folder: str
    has_labels: bool

    def keep(self, model: Any, X_test: Any) -> KeptFold:
        """Return what is kept of a fitted model, which has been scored on `X_test`."""
        try:
            start = time.perf_counter()
            method = method_of([model])
            prediction = predicted(model, X_test, method, has_labels=self.has_labels)
            seconds = time.perf_counter() - start
            # The prediction comes first: it can be read alone.
            first = cloudpickle.dumps(prediction, protocol=5)
            content = first + cloudpickle.dumps(model, protocol=5)
        except Exception:
            return KeptFold(error=short_traceback())
        size, model_size = len(content), len(content) - len(first)
        return KeptFold(size, model_size, self._written(content), seconds=seconds)

    def _written(self, content: bytes) -> str | bytes:
        """Write a file and return its path; the content if there is no such folder."""
        path = None
        try:
            number, path = tempfile.mkstemp(dir=self.folder)
            with open(number, "wb") as file:
                file.write(content)
        except OSError:  # another machine's, or full
            if path is not None:
                with contextlib.suppress(OSError):
                    os.unlink(path)
            return content
        return path


def read_fold(path: str, *, with_model: bool) -> tuple[Prediction, Any]:
    """Return the prediction in a file, and the model (None if it is not wanted)."""
    with open(path, "rb") as file:
        prediction = pickle.load(file)
        return prediction, pickle.load(file) if with_model else None
