"""A fitted search as a Study of Optuna, for its plots and its dashboard."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from skhp.inspection._results import (
    Results,
    configurations_of,
    results_of,
    searched_space,
)
from skhp.search import optuna_value
from skhp.space import Categorical, Dimension, Integer, Real, meanings_of


def to_optuna(
    search: Any,
    *,
    metric: str | None = None,
    study_name: str | None = None,
    storage: Any = None,
) -> Any:
    """Return a fitted search as a Study of Optuna.

    ``optuna.visualization`` and optuna-dashboard then show it. Each configuration is a
    trial whose value is its mean test score, with the other columns of ``cv_results_``
    as user attributes. A failed one has the state FAIL. In a halving or Hyperband
    search, the scores with less of the resource are intermediate values, and a
    configuration that was not given all of it has the state PRUNED.

    Parameters
    ----------
    search : estimator
        A fitted search of skhp or scikit-learn.
    metric : str, default=None
        The metric to use if there are several. None takes the one of ``refit``, or else
        the first.
    study_name : str, default=None
        Name of the Study. None lets Optuna choose one.
    storage : str or storage, default=None
        Where Optuna keeps the Study, such as "sqlite:///study.db", which the dashboard
        can read. None keeps it in memory.

    Returns
    -------
    study : optuna.Study
        The Study, to be maximised. Choices that are not plain values, such as
        estimators, are represented by their ``repr``. ``BayesSearchCV`` understands
        them if it is given the Study as `initial_points`.

    Raises
    ------
    ImportError
        If Optuna is not installed.

    Examples
    --------
    >>> import optuna
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.tree import DecisionTreeClassifier
    >>> from skhp import GridSearchCV
    >>> from skhp.inspection import to_optuna
    >>> optuna.logging.set_verbosity(optuna.logging.WARNING)
    >>> X, y = load_iris(return_X_y=True)
    >>> tree = DecisionTreeClassifier(random_state=0)
    >>> search = GridSearchCV(tree, {"max_depth": [1, 2]}).fit(X, y)
    >>> study = to_optuna(search)
    >>> study.best_params
    {'max_depth': 2}
    """
    try:
        import optuna
    except ImportError as error:
        raise ImportError("to_optuna needs Optuna: pip install optuna") from error
    results = results_of(search, metric, "to_optuna")
    chosen = results.metric
    configurations = list(_configurations(search, results))
    ranges = _ranges(search, configurations)
    distributions = {n: r.distribution(optuna.distributions) for n, r in ranges.items()}
    study = optuna.create_study(
        study_name=study_name, storage=storage, direction="maximize"
    )
    study.set_user_attr("search", type(search).__name__)
    study.set_user_attr("metric", chosen)
    for each in configurations:
        params = {name: optuna_value(value) for name, value in each.params.items()}
        study.add_trial(
            optuna.create_trial(
                state=optuna.trial.TrialState[each.state],
                value=None if each.state == "FAIL" else each.value,
                params=params,
                distributions={name: distributions[name] for name in params},
                user_attrs=each.attributes,
                intermediate_values=each.by_resource,
            )
        )
    return study


@dataclass(eq=False)
class _Configuration:
    """One trial of Optuna: one or more rows of ``cv_results_``."""

    params: Mapping[str, Any]
    value: float = math.nan
    state: str = "FAIL"
    by_resource: dict[int, float] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)


def _configurations(search: Any, results: Results) -> Iterator[_Configuration]:
    """Yield the configurations of a search, in order of their first rows."""
    table, resources = search.cv_results_, results.resources
    means = np.array(table[f"mean_test_{results.metric}"], dtype=np.float64)
    # Not the number that stands for a failure, but infinite scores
    means[np.isnan(results.means) & np.isfinite(means)] = np.nan
    most = None if resources is None else max(resources)
    for rows in configurations_of(search):
        last = rows[-1]
        params, value = results.params[last], float(means[last])
        found = _Configuration(params, value, attributes=_attributes(table, last))
        if not math.isnan(value):
            found.state = "COMPLETE"
        if resources is not None:
            scores = [float(means[i]) for i in rows]
            found.by_resource = {
                int(resources[i]): score
                for i, score in zip(rows, scores, strict=True)
                if not math.isnan(score)
            }
            if not math.isnan(value) and resources[last] != most:
                found.state = "PRUNED"
        yield found


def _attributes(results: Mapping[str, Any], i: int) -> dict[str, Any]:
    """Return the columns of one row that JSON can hold, and where it is."""
    attributes: dict[str, Any] = {"index": i}
    for name, column in results.items():
        value = column[i].item() if isinstance(column[i], np.generic) else column[i]
        is_number = isinstance(value, (int, float)) and math.isfinite(value)
        if not name.startswith("param") and (is_number or isinstance(value, str)):
            attributes[name] = value
    return attributes


@dataclass(eq=False)
class _Range:
    """What one parameter could be in all sub-spaces together, and what it was.

    Attributes
    ----------
    ends : list of number
        The ends of the ranges that were searched.
    is_range : bool
        Whether it is drawn from a range somewhere, possibly an infinite one.
    is_log : bool
        Whether each range is on a logarithmic scale.
    values : dict
        Choices and what was tried, as Optuna is told them; 1 and True are the same to
        it.
    """

    ends: list[Any] = field(default_factory=list)
    is_range: bool = False
    is_log: bool = True
    values: dict[Any, None] = field(default_factory=dict)

    def add(self, meaning: Any) -> None:
        """Enter what the parameter means in one sub-space."""
        if isinstance(meaning, Categorical):
            self.add_values(meaning.choices)
        elif isinstance(meaning, (Real, Integer)):
            self.is_range = True
            self.is_log &= meaning.prior == "log-uniform"
            self.ends += [meaning.low, meaning.high]
        elif isinstance(meaning, Dimension):
            self.is_range, self.is_log = True, False

    def add_values(self, values: Iterable[Any]) -> None:
        """Enter single values, each once."""
        self.values |= dict.fromkeys(map(optuna_value, values))

    def distribution(self, kinds: Any) -> Any:
        """Return the distribution of Optuna that holds all of this."""
        all_values = [*self.ends, *self.values]
        if not self.is_range or any(type(v) not in (int, float) for v in all_values):
            return kinds.CategoricalDistribution(list(self.values))
        low, high = min(all_values), max(all_values)
        log = self.is_log and low > 0
        if all(type(value) is int for value in all_values):
            return kinds.IntDistribution(low, high, log=log)
        return kinds.FloatDistribution(float(low), float(high), log=log)


def _ranges(search: Any, tried: Sequence[_Configuration]) -> dict[str, _Range]:
    """Return the range of every parameter: what was searched, and what was tried."""
    found: dict[str, _Range] = {}
    for meanings in meanings_of(searched_space(search)):
        for name, meaning in meanings.items():
            found.setdefault(name, _Range()).add(meaning)
    for each in tried:
        for name, value in each.params.items():
            found.setdefault(name, _Range()).add_values([value])
    return found
