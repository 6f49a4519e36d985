"""Tables, models and settings that are small enough to be searched at once."""

import time

import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline

from skhp._cli import Model, Table, search_settings


def small_frame(n_rows=60, seed=0):
    """Mixed columns with holes, a date, an identifier, an empty column."""
    rng = np.random.default_rng(seed)
    number = rng.normal(size=n_rows)
    color = rng.choice(["red", "green", "blue"], size=n_rows).astype(object)
    kind = np.where(number + (color == "red") + rng.normal(size=n_rows) > 0.5, "a", "b")
    frame = pd.DataFrame({"number": number, "color": color, "kind": kind})
    frame["size"] = 10 * number + rng.normal(size=n_rows)
    frame["grade"] = np.clip(np.round(number), -1, 1).astype(int)
    frame["open"] = rng.choice(["True", "False", ""], size=n_rows)
    frame["day"] = pd.date_range("2024-01-01", periods=n_rows).astype(str)
    frame["empty"] = np.nan
    frame.loc[::7, "number"] = np.nan
    frame.loc[::5, "color"] = np.nan
    return frame


def table_of(y, task="regression", **kwargs):
    """Return a table of one column of numbers, and this target."""
    given = {"name": "t.csv", "target": "y", "why": "numbers", "is_doubtful": False}
    columns = {"numeric": [0], "categorical": [], "columns": "1 number", "notes": []}
    X, y = np.arange(float(len(y))).reshape(-1, 1), np.asarray(y)
    return Table(**{**given, **columns, "X": X, "y": y, "task": task, **kwargs})


def model_of(estimator=None, space=None):
    """Return a pipeline of an estimator (a Ridge), and where to look."""
    pipeline = Pipeline([("model", estimator or Ridge())])
    return Model(
        "ridge", pipeline, space or {"model__alpha": (1e-3, 1e3, "log-uniform")}
    )


def settings_of(table, **kwargs):
    """Return the settings of a search of a few candidates, one at a time."""
    limits = {"n_iter": 1, "time_budget": None, "start": time.perf_counter()}
    others = {"scoring": None, "cv": 3, "n_jobs": 1, "seed": 0}
    return search_settings(table, **{**limits, **others, **kwargs})
