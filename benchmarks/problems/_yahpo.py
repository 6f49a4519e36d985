"""Surrogates of real training runs, from YAHPO Gym's data, as functions to maximise.

The folder is that of https://github.com/slds-lmu/yahpo_data, with one folder for each
scenario: ``config_space.json``, ``encoding.json``, ``model.onnx``. Needs onnxruntime.

The best score of a surrogate is not known. In its place is the best one of 3,000
random configurations and of 40 rounds of changing the best 50 of them at random. This
takes several seconds for each function, once: the answers are kept in a file.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.peers._spaces import Dimension, Params, active, draw
from benchmarks.problems._functions import Problem


@dataclass(frozen=True)
class Scenario:
    """What the files of a scenario don't say.

    Parameters
    ----------
    numbers, categories : tuple of str
        The inputs of the network, in its order; the first category is the data set.
    fixed : dict
        Parameters that are not searched: all the epochs, all the rows.
    outputs : tuple of str
        What the network predicts, in its order.
    tasks : tuple of (str, str)
        The data set and the output of each function.
    """

    numbers: tuple[str, ...]
    categories: tuple[str, ...]
    fixed: dict[str, float]
    outputs: tuple[str, ...]
    tasks: tuple[tuple[str, str], ...]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_RBV2 = _words("acc bac auc brier f1 logloss timetrain timepredict memory")
_ALL_ROWS = {"trainsize": 1.0, "repl": 10}
_LOSSES = {"logloss", "brier", "val_cross_entropy", "test_cross_entropy"}
SCENARIOS = {
    "lcbench": Scenario(
        _words(
            "epoch batch_size learning_rate momentum weight_decay num_layers max_units "
            "max_dropout"
        ),
        ("OpenML_task_id",),
        {"epoch": 52},
        _words(
            "time val_accuracy val_cross_entropy val_balanced_accuracy "
            "test_cross_entropy test_balanced_accuracy"
        ),
        (
            ("3945", "val_accuracy"),
            ("7593", "val_cross_entropy"),
            ("126026", "val_balanced_accuracy"),
            ("167149", "val_accuracy"),
        ),
    ),
    "rbv2_rpart": Scenario(
        _words("cp maxdepth minbucket minsplit trainsize repl"),
        ("task_id", "num.impute.selected.cpo"),
        _ALL_ROWS,
        _RBV2,
        (("14", "acc"), ("12", "logloss"), ("1501", "auc")),
    ),
    "rbv2_xgboost": Scenario(
        _words(
            "nrounds eta gamma lambda alpha subsample max_depth min_child_weight "
            "colsample_bytree colsample_bylevel rate_drop skip_drop trainsize repl"
        ),
        ("task_id", "booster", "num.impute.selected.cpo"),
        _ALL_ROWS,
        _RBV2,
        (("11", "acc"), ("1067", "auc"), ("40981", "logloss"), ("1494", "auc")),
    ),
}


class Surrogate:
    """The network of a scenario, for one data set and output."""

    def __init__(self, folder: Path, scenario: str, instance: str, output: str) -> None:
        self.scenario, self.instance = SCENARIOS[scenario], instance
        self.output = output
        self.encoding = _read(folder / scenario / "encoding.json")
        self.dimensions = _dimensions(
            _read(folder / scenario / "config_space.json"), self.scenario
        )
        self._session = _session(folder / scenario / "model.onnx")

    def scores(self, many: list[Params]) -> np.ndarray:
        """Return the scores of parameters, greater is better."""
        scenario = self.scenario
        categories = np.zeros((len(many), len(scenario.categories)), np.int32)
        numbers = np.zeros((len(many), len(scenario.numbers)), np.float32)
        instance = scenario.categories[0]
        for i, params in enumerate(many):
            named = {name.replace("__", "."): value for name, value in params.items()}
            named |= {instance: self.instance, **scenario.fixed}
            for j, name in enumerate(scenario.categories):
                if name in named:
                    categories[i, j] = self.encoding[name][named[name]]
            for j, name in enumerate(scenario.numbers):
                numbers[i, j] = named.get(name, 0.0)
        inputs = {"x_cat": categories, "x_cont": numbers}
        column = scenario.outputs.index(self.output)
        values = self._session.run(None, inputs)[0][:, column].astype(float)
        return -values if self.output in _LOSSES else values

    def score(self, params: Params) -> float:
        """Return the score of parameters, greater is better."""
        return float(self.scores([params])[0])


def yahpo_problems(folder: Path, known: Path) -> tuple[Problem, ...]:
    """Return the functions of the scenarios in a folder.

    The best scores and the medians are read from the file `known`, or added to it.
    """
    references = _read(known) if known.exists() else {}
    found = []
    for name, scenario in SCENARIOS.items():
        if not (folder / name / "model.onnx").exists():
            continue
        for instance, output in scenario.tasks:
            surrogate = Surrogate(folder, name, instance, output)
            key = f"{name}_{instance}_{output}"
            if key not in references:
                references[key] = _reference(surrogate)
                known.parent.mkdir(parents=True, exist_ok=True)
                known.write_text(json.dumps(references, indent=1) + "\n")
            found.append(
                Problem(key, surrogate.dimensions, surrogate.score, **references[key])
            )
    return tuple(found)


def _dimensions(written: dict[str, Any], scenario: Scenario) -> tuple[Dimension, ...]:
    """Return the searched dimensions, those that others depend on first."""
    when = {
        condition["child"]: {
            condition["parent"]: tuple(
                condition["values"]
                if condition["type"] == "IN"
                else [condition["value"]]
            )
        }
        for condition in written["conditions"]
    }
    left_out = {*scenario.fixed, scenario.categories[0]}
    dimensions = []
    for each in written["hyperparameters"]:
        if each["name"] in left_out:
            continue
        # No library minds a name without dots.
        common = {"name": each["name"].replace(".", "__")}
        common["when"] = when.get(each["name"])
        if each["type"] == "categorical":
            dimensions.append(Dimension(choices=tuple(each["choices"]), **common))
        else:
            kinds = {"is_integer": "int" in each["type"], "is_log": bool(each["log"])}
            dimensions.append(
                Dimension(low=each["lower"], high=each["upper"], **kinds, **common)
            )
    return tuple(sorted(dimensions, key=lambda d: d.when is not None))


def _reference(surrogate: Surrogate) -> dict[str, float]:
    """Return the best score known and the median of random ones."""
    rng = np.random.default_rng(0)
    dimensions = surrogate.dimensions
    elite = [draw(dimensions, rng) for _ in range(3000)]
    scores = surrogate.scores(elite)
    median = float(np.median(scores))
    for _ in range(40):
        order = np.argsort(-scores, kind="stable")[:50]
        elite, scores = [elite[i] for i in order], scores[order]
        parents = rng.integers(50, size=150)
        children = [_changed(elite[i], dimensions, rng) for i in parents]
        elite += children
        scores = np.concatenate([scores, surrogate.scores(children)])
    return {"best": float(scores.max()), "median": median}


def _changed(
    params: Params, dimensions: tuple[Dimension, ...], rng: np.random.Generator
) -> Params:
    """Return parameters of which about two are others."""
    other = draw(dimensions, rng)
    full = {d.name: d.draw(rng) for d in dimensions} | other | params
    for d in dimensions:
        if rng.random() >= 2 / len(dimensions):
            continue
        full[d.name] = d.draw(rng)
        if not d.choices and d.name in params and rng.random() < 0.8:
            full[d.name] = _near(params[d.name], d, rng)
    return active(dimensions, full)


def _near(value: float, d: Dimension, rng: np.random.Generator) -> float:
    low, high = (math.log(d.low), math.log(d.high)) if d.is_log else (d.low, d.high)
    x = math.log(value) if d.is_log else value
    x = min(
        max(x + rng.choice([0.2, 0.05, 0.01]) * (high - low) * rng.normal(), low), high
    )
    moved = min(max(math.exp(x) if d.is_log else x, d.low), d.high)
    return round(moved) if d.is_integer else moved


def _read(path: Path) -> Any:
    return json.loads(path.read_text())


def _session(path: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options)
