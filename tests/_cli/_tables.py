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


def awkward_files(folder, n_rows=200, seed=0):
    """Write tables as people do, each with a target y; return the paths by name."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, n_rows))
    y = np.where(a + b + 0.5 * rng.normal(size=n_rows) > 0, "yes", "no")
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(
        rng.integers(0, 1500, n_rows), unit="D"
    )
    words = rng.choice(["shop", "came", "very", "thing", "really", "box"], (n_rows, 9))
    words[:, 4] = np.where(y == "yes", "good", "bad")
    marked = pd.Series(a).map("{:.3f}".format)
    marked[::50] = "-"
    numbers = pd.DataFrame({"a": a, "b": b, "y": y})
    commas = numbers.assign(a=marked.str.replace(".", ","))
    euros = pd.Series(b).map("{:.2f} €".format)
    classes = np.tile(np.arange(200), 4)
    tables = {
        "commas": commas,
        "dashes": numbers.assign(a=marked, b=marked),
        "dates": pd.DataFrame(
            {"day": days.strftime("%d.%m.%Y"), "y": days.month + 0.5}
        ),
        "text": pd.DataFrame({"text": map(" ".join, words), "b": b, "y": y}),
        "latin-1": numbers.assign(größe=euros).drop(columns="b"),
        "ids": numbers.assign(id=[f"u{i}" for i in rng.permutation(n_rows)]),
        "one_class": numbers.assign(y=1),
        "five_rows": numbers.head(),
        "200_classes": pd.DataFrame({"a": classes + rng.normal(0, 0.1, 800)}).assign(
            y=[f"c{number}" for number in classes]
        ),
        "repeated": numbers.set_axis(["a", "a", "y"], axis=1),
    }
    paths = {name: folder / f"{name}.csv" for name in tables}
    for name, table in tables.items():
        separator = ";" if name == "commas" else ","
        encoding = "cp1252" if name == "latin-1" else "utf-8"
        table.to_csv(paths[name], index=False, sep=separator, encoding=encoding)
    return paths


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
