"""Ranges of the parameters of estimators, with their reasons.

Sources, by the names that they have below:

Probst
    P. Probst, A.-L. Boulesteix, B. Bischl, "Tunability: Importance of Hyperparameters
    of Machine Learning Algorithms", JMLR 20 (2019), table 1.
Grinsztajn
    L. Grinsztajn, E. Oyallon, G. Varoquaux, "Why do tree-based models still outperform
    deep learning on typical tabular data?", NeurIPS 2022, appendix A.
Gorishniy
    Y. Gorishniy et al., "Revisiting Deep Learning Models for Tabular Data", NeurIPS
    2021, supplement.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from skhp.space._dimensions import Categorical, Integer, Real
from skhp.space.conditions import Layers

Preset = dict[str, Any]


def log_real(low: float, high: float) -> Real:
    """Return a range that is searched in equal factors."""
    return Real(low, high, "log-uniform")


def log_integer(low: int, high: int) -> Integer:
    """Return a range of integers that is searched in equal factors."""
    return Integer(low, high, "log-uniform")


def _xgboost() -> Preset:
    return {
        # 500 rounds are enough for the learning rates below on 100,000 rows; Probst has
        # up to 5000, of which the last thousands hardly matter.
        "n_estimators": log_integer(50, 500),
        # Grinsztajn from 1e-5, where so few rounds do not learn anything.
        "learning_rate": log_real(0.01, 0.3),
        # Grinsztajn 1 to 11, Gorishniy 3 to 10.
        "max_depth": Integer(2, 11),
        # Grinsztajn; the default is 1.
        "min_child_weight": log_real(0.5, 100.0),
        # Grinsztajn, Gorishniy.
        "subsample": Real(0.5, 1.0),
        "colsample_bytree": Real(0.3, 1.0),
        # Probst up to 2^10, which leaves next to nothing of a model.
        "reg_lambda": log_real(1e-3, 100.0),
        # Grinsztajn 1e-8 to 100.
        "reg_alpha": log_real(1e-8, 10.0),
    }


def _catboost() -> Preset:
    return {
        "iterations": log_integer(50, 500),  # as for XGBoost
        "learning_rate": log_real(0.01, 0.3),
        "depth": Integer(3, 10),  # Gorishniy
        "l2_leaf_reg": log_real(0.5, 30.0),  # Gorishniy 1 to 10; the default is 3
        "random_strength": log_real(0.1, 10.0),  # around the default of 1
        "bagging_temperature": Real(0.0, 1.0),  # Gorishniy
    }


def _gradient_boosting() -> Preset:
    return {
        "n_estimators": log_integer(50, 500),  # as for XGBoost
        "learning_rate": log_real(0.01, 0.3),
        "max_depth": Integer(2, 8),  # trees of one size are deeper than they look
        "min_samples_leaf": log_integer(1, 50),  # Grinsztajn, of forests
        "subsample": Real(0.5, 1.0),  # Grinsztajn, of XGBoost
        "max_features": Real(0.3, 1.0),
    }


def _ada_boost() -> Preset:
    # Rounds and their weight make up for each other; the defaults are 50 and 1.
    return {"n_estimators": log_integer(25, 400), "learning_rate": log_real(0.01, 2.0)}


def _bagging() -> Preset:
    return {
        "n_estimators": log_integer(10, 200),
        "max_samples": Real(0.3, 1.0),  # Probst 0.1 to 1, of forests
        "max_features": Real(0.3, 1.0),
    }


def _tree() -> Preset:
    return {
        "max_depth": Integer(1, 30),  # Probst
        "min_samples_leaf": log_integer(1, 60),  # Probst
        "ccp_alpha": log_real(1e-6, 0.1),  # Probst's cp, 0 to 1; 0.1 leaves a stump
    }


def _lasso() -> Preset:
    # Of standardised columns and a target of any scale; Probst 2^-10 to 2^10.
    return {"alpha": log_real(1e-4, 1e2)}


def _ridge_classifier() -> Preset:
    return {
        "alpha": log_real(1e-4, 1e4),
        "class_weight": Categorical([None, "balanced"]),
    }


def _linear_svm() -> Preset:
    # Probst 2^-10 to 2^10; large values do not converge.
    return {"C": log_real(1e-4, 1e2)}


def _sgd(losses: list[str]) -> Preset:
    return {
        "loss": Categorical(losses),
        # Around the default of 1e-4, as in scikit-learn's own examples.
        "alpha": log_real(1e-7, 1e-1),
        "penalty": Categorical(["l2", "l1", "elasticnet"]),
        "l1_ratio": Real(0.01, 0.99, when={"penalty": "elasticnet"}),
        "average": Categorical([False, True]),
    }


def _sgd_classifier() -> Preset:
    # Those that give probabilities, which a score may need; hinge is LinearSVC's.
    return _sgd(["log_loss", "modified_huber"])


def _sgd_regressor() -> Preset:
    return _sgd(["squared_error", "huber", "epsilon_insensitive"])


def _gaussian_nb() -> Preset:
    # The default, 1e-9, is for the digits of a float; more is a real prior.
    return {"var_smoothing": log_real(1e-12, 1.0)}


def _discrete_nb() -> Preset:
    # Around the default of 1: pseudo-counts.
    return {"alpha": log_real(1e-3, 1e2), "fit_prior": Categorical([True, False])}


def _linear_discriminant() -> Preset:
    return {"solver": "lsqr", "shrinkage": Real(0.0, 1.0)}  # svd cannot shrink


def _quadratic_discriminant() -> Preset:
    return {"reg_param": Real(0.0, 1.0)}  # all that there are


def _kernel_ridge() -> Preset:
    return {
        "kernel": Categorical(["rbf", "laplacian"]),
        "alpha": log_real(1e-6, 1e2),
        "gamma": log_real(1e-5, 1e1),  # as for support vector machines
    }


def _generalised_linear() -> Preset:
    return {"alpha": log_real(1e-6, 1e2)}  # a penalty per row; the default is 1


def _huber() -> Preset:
    return {
        "alpha": log_real(1e-6, 1e2),
        "epsilon": Real(1.05, 3.0),
    }  # robust to hardly


def _mlp() -> Preset:
    return {
        # Grinsztajn 1 to 8 layers of 16 to 1024 units, on a GPU.
        "hidden_layer_sizes": Layers(
            1, 3, units=log_integer(16, 256), non_increasing=True
        ),
        "alpha": log_real(1e-6, 1.0),
        # Grinsztajn, Gorishniy 1e-5 to 1e-2.
        "learning_rate_init": log_real(1e-4, 1e-1),
        # The default is 200; Gorishniy 128 to 1024, of more rows than many tables have.
        "batch_size": Integer(16, 128, powers_of=2),
        "activation": Categorical(["relu", "tanh"]),
    }


def _skorch() -> Preset:
    return {
        "lr": log_real(1e-5, 1e-1),  # Gorishniy 1e-5 to 1e-2, of AdamW; SGD takes more
        "batch_size": Integer(16, 512, powers_of=2),
        "max_epochs": log_integer(5, 100),
        "optimizer__weight_decay": log_real(1e-6, 1e-2),  # Gorishniy 1e-6 to 1e-3
    }


# By the name of the class.
MORE_PRESETS: dict[str, Callable[[], Preset]] = {
    "AdaBoostClassifier": _ada_boost,
    "AdaBoostRegressor": _ada_boost,
    "BaggingClassifier": _bagging,
    "BaggingRegressor": _bagging,
    "BernoulliNB": _discrete_nb,
    "CatBoostClassifier": _catboost,
    "CatBoostRegressor": _catboost,
    "ComplementNB": _discrete_nb,
    "DecisionTreeClassifier": _tree,
    "DecisionTreeRegressor": _tree,
    "GammaRegressor": _generalised_linear,
    "GaussianNB": _gaussian_nb,
    "GradientBoostingClassifier": _gradient_boosting,
    "GradientBoostingRegressor": _gradient_boosting,
    "HuberRegressor": _huber,
    "KernelRidge": _kernel_ridge,
    "Lasso": _lasso,
    "LinearDiscriminantAnalysis": _linear_discriminant,
    "LinearSVC": _linear_svm,
    "LinearSVR": _linear_svm,
    "MLPClassifier": _mlp,
    "MLPRegressor": _mlp,
    "MultinomialNB": _discrete_nb,
    "NeuralNet": _skorch,  # of which skorch's others are subclasses
    "PoissonRegressor": _generalised_linear,
    "QuadraticDiscriminantAnalysis": _quadratic_discriminant,
    "RidgeClassifier": _ridge_classifier,
    "SGDClassifier": _sgd_classifier,
    "SGDRegressor": _sgd_regressor,
    "TweedieRegressor": _generalised_linear,
    "XGBClassifier": _xgboost,
    "XGBRegressor": _xgboost,
}
