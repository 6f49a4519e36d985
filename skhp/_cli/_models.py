"""The estimators that can be named, each with its preparation and its space."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC, SVR

from skhp._cli._read import Table
from skhp.exceptions import InvalidParameterError
from skhp.resources import booster_for
from skhp.space import preset_space

# Text columns with more different values than this lose the rarest ones.
MOST_CATEGORIES_OF_TREES = 250
MOST_CATEGORIES_ONE_HOT = 50
# Cells. Beyond it, 1,000 rounds in each fold of the first candidate could take most of
# a minute, which is the time that there is.
MOST_WORK_OF_A_ROUND = 500_000
_WORD = r"(?u)\b\w+\b"  # of one letter too


@dataclass(frozen=True, slots=True)
class Model:
    """What is tuned: the estimator behind its preparation, and where to look.

    ``rounds`` is the parameter with the number of boosting rounds, which the fits of a
    candidate choose; None if there are none, or if a round takes long.
    """

    name: str
    pipeline: Pipeline
    space: dict[str, Any]
    rounds: str | None = None


@dataclass(frozen=True, slots=True)
class _Kind:
    classifier: Callable[..., Any] | None
    regressor: Callable[..., Any] | None
    prepare: Callable[[Table, int], ColumnTransformer]
    fixed: dict[str, Any]


def _lightgbm(is_classifier: bool) -> Callable[..., Any]:
    def make(**params: Any) -> Any:
        import lightgbm  # late: half a second that other estimators need not pay

        name = "LGBMClassifier" if is_classifier else "LGBMRegressor"
        return getattr(lightgbm, name)(**params)

    return make


def _texts(table: Table, seed: int, *last: Any) -> list[tuple[str, Any, Any]]:
    """Return what turns each text into components, with these steps after it."""
    return [
        (
            f"text{number}",
            make_pipeline(
                TfidfVectorizer(
                    strip_accents="unicode", token_pattern=_WORD, sublinear_tf=True
                ),
                TruncatedSVD(n_components, random_state=seed),
                *last,
            ),
            name,
        )
        for number, (name, n_components) in enumerate(table.n_components.items())
    ]


def _prepare_for_trees(table: Table, seed: int) -> ColumnTransformer:
    """Missing values stay missing, categories become numbers."""
    codes = OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=-1,
        max_categories=MOST_CATEGORIES_OF_TREES,
    )
    return ColumnTransformer(
        [
            ("numeric", "passthrough", table.numeric),
            ("categorical", codes, table.categorical),
            *_texts(table, seed),
        ]
    )


def _prepare_for_sums(table: Table, seed: int) -> ColumnTransformer:
    """Nothing missing, everything on one scale, a column for each category."""
    scaled = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()
    )
    one_hot = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=MOST_CATEGORIES_ONE_HOT
    )
    return ColumnTransformer(
        [
            ("numeric", scaled, table.numeric),
            ("categorical", one_hot, table.categorical),
            *_texts(table, seed, StandardScaler()),
        ]
    )


# The folds of all candidates share the others. LightGBM obeys nothing else, and
# LogisticRegression warns of its n_jobs.
_ONE_CORE = {"n_jobs": 1}
_KINDS = {
    "lightgbm": _Kind(
        _lightgbm(True),
        _lightgbm(False),
        _prepare_for_trees,
        {"verbose": -1, **_ONE_CORE},
    ),
    "hist_gradient_boosting": _Kind(
        HistGradientBoostingClassifier,
        HistGradientBoostingRegressor,
        _prepare_for_trees,
        {},
    ),
    "random_forest": _Kind(
        RandomForestClassifier, RandomForestRegressor, _prepare_for_trees, _ONE_CORE
    ),
    "extra_trees": _Kind(
        ExtraTreesClassifier, ExtraTreesRegressor, _prepare_for_trees, _ONE_CORE
    ),
    "logistic": _Kind(LogisticRegression, None, _prepare_for_sums, {"max_iter": 1000}),
    "ridge": _Kind(None, Ridge, _prepare_for_sums, {}),
    "svm": _Kind(SVC, SVR, _prepare_for_sums, {}),
    "mlp": _Kind(MLPClassifier, MLPRegressor, _prepare_for_sums, {}),
}
ESTIMATORS = tuple(_KINDS)


def build_model(name: str, table: Table, seed: int) -> Model:
    """Return the named estimator for this table, prepared and with its space.

    Raises
    ------
    InvalidParameterError
        If the estimator cannot do what the target asks for.
    """
    kind = _KINDS[name]
    is_regression = table.task == "regression"
    make = kind.regressor if is_regression else kind.classifier
    if make is None:
        wanted = "regression" if is_regression else "classification"
        able = [
            other
            for other, k in _KINDS.items()
            if (k.regressor if is_regression else k.classifier)
        ]
        raise InvalidParameterError(
            f"The --estimator must be able to do {wanted}, which is what the target "
            f"'{table.target}' asks for, as are {', '.join(able)}. Got {name}."
        )
    estimator = make(**kind.fixed)
    if "random_state" in estimator.get_params():
        estimator.set_params(random_state=seed)
    pipeline = Pipeline([("prepare", kind.prepare(table, seed)), ("model", estimator)])
    space = preset_space(type(estimator).__name__, prefix="model__")
    booster = booster_for(estimator)
    rounds = None
    if booster is not None and _work_of_a_round(table) <= MOST_WORK_OF_A_ROUND:
        rounds = f"model__{booster.param}"
        del space[rounds]
    return Model(name, pipeline, space, rounds)


def _work_of_a_round(table: Table) -> int:
    """Return how many cells one round of boosting looks at."""
    n_columns = len(table.numeric) + len(table.categorical)
    n_columns += sum(table.n_components.values())
    n_trees = len(set(table.y.tolist())) if table.task == "multiclass" else 1
    return len(table.y) * n_columns * n_trees
