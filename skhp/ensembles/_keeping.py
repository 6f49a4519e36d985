"""What a worker keeps of a fit: the model and what it predicts for the test fold."""

from __future__ import annotations

import contextlib
import functools
import os
import pickle
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from skhp.ensembles._predictions import Prediction, decided, method_of, predicted
from skhp.evaluation._fit_and_score import short_traceback
from skhp.evaluation._sklearn import is_scorer_of_predictions
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
        the folder. None if they could not be kept, or are `live`.
    live : tuple of (Prediction, estimator), or None
        The two themselves, where the fit was in the process of the search.
    error : str or None
        Why they could not be kept.
    seconds : float
        How long the prediction took.
    """

    size: int = 0
    model_size: int = 0
    content: str | bytes | None = None
    live: tuple[Prediction, Any] | None = None
    error: str | None = None
    seconds: float = 0.0


class _Heard:
    """Notes what a model predicts for some rows, while it is a context manager.

    Afterwards it predicts the same, in place of the model.
    """

    def __init__(self, model: Any, X: Any) -> None:
        self._model, self._X = model, X
        self._listened: list[str] = []
        self.values: dict[str, Any] = {}  # by method
        self.seconds: dict[str, float] = {}

    def __enter__(self) -> _Heard:
        with contextlib.suppress(Exception):  # where attributes cannot be set
            for method in {method_of([self._model]), "predict"} - {"votes"}:
                self._listen(method)
        return self

    def _listen(self, method: str) -> None:
        answer = getattr(self._model, method)

        @functools.wraps(answer)  # scorers read the name
        def noted(X: Any, *args: Any, **kwargs: Any) -> Any:
            start = time.perf_counter()
            values = answer(X, *args, **kwargs)
            if X is self._X and not (args or kwargs):
                self.values[method] = values
                self.seconds[method] = time.perf_counter() - start
            return values

        setattr(self._model, method, noted)
        self._listened.append(method)

    def __exit__(self, *exc_info: object) -> None:
        for method in self._listened:
            with contextlib.suppress(Exception):
                delattr(self._model, method)

    def __getattr__(self, name: str) -> Any:
        if name in self.values:
            return lambda X: self.values[name]
        return getattr(self._model, name)  # such as classes_


def _pickled(thing: Any) -> bytes:
    """Return something pickled, by cloudpickle if need be, which is slower."""
    try:
        return pickle.dumps(thing, protocol=5)
    except Exception:  # a class of a notebook, for example
        return bytes(cloudpickle.dumps(thing, protocol=5))


@dataclass(frozen=True, eq=False)
class KeepFolds:
    """Keeps the models of a search in a folder, in whichever process they are fitted.

    Attributes
    ----------
    folder : str
        A folder that only this user can write, because its files are unpickled.
    has_labels : bool
        Whether `y` has several columns.
    is_live : bool
        Whether models are handed over as they are, not pickled, in the process of the
        search. They must not be trained further then.
    """

    folder: str
    has_labels: bool
    is_live: bool = False

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "is_live": False}

    @contextmanager
    def listening(
        self, scorer: Any, model: Any, X_test: Any
    ) -> Iterator[Callable[[], KeptFold]]:
        """Score a model inside; what it predicts then is not predicted again.

        Only scorers of scikit-learn are listened to: any other might see that the
        model is not quite itself meanwhile.
        """
        if not is_scorer_of_predictions(scorer):
            yield lambda: self.keep(model, X_test)
            return
        with _Heard(model, X_test) as heard:
            yield lambda: self.keep(model, X_test, heard)

    def keep(self, model: Any, X_test: Any, heard: _Heard | None = None) -> KeptFold:
        """Return what is kept of a fitted model, which has been scored on `X_test`."""
        try:
            source = model if heard is None else heard
            start = time.perf_counter()
            method, has_labels = method_of([model]), self.has_labels
            prediction = predicted(source, X_test, method, has_labels=has_labels)
            seconds = time.perf_counter() - start
            if heard is not None:
                seconds += heard.seconds.get(method, 0.0)
            prediction = decided(prediction, source, X_test, has_labels=has_labels)
            if self.is_live:
                return KeptFold(live=(prediction, model), seconds=seconds)
            kept = as_bytes(prediction, model, seconds)
        except Exception:
            return KeptFold(error=short_traceback())
        assert isinstance(kept.content, bytes)
        return replace(kept, content=self._written(kept.content))

    def _written(self, content: bytes) -> str | bytes:
        """Write a file and return its path; the content if there is no such folder."""
        try:
            return write_fold(self.folder, content)
        except OSError:  # another machine's, or full
            return content


def write_fold(folder: str, content: bytes) -> str:
    """Write a new file and return its path; none is left if there is an `OSError`."""
    number, path = tempfile.mkstemp(dir=folder)
    try:
        with open(number, "wb") as file:
            file.write(content)
    except OSError:
        os.unlink(path)
        raise
    return path


def as_bytes(prediction: Prediction, model: Any, seconds: float) -> KeptFold:
    """Return a fold pickled; the prediction comes first, so that it can be read alone.

    Raises
    ------
    Exception
        Whatever says that it cannot be pickled.
    """
    first, second = _pickled(prediction), _pickled(model)
    size = len(first) + len(second)
    return KeptFold(size, len(second), first + second, seconds=seconds)


def read_fold(path: str, *, with_model: bool) -> tuple[Prediction, Any]:
    """Return the prediction in a file, and the model (None if it is not wanted)."""
    with open(path, "rb") as file:
        prediction = pickle.load(file)
        return prediction, pickle.load(file) if with_model else None
