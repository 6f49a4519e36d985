"""
A pipeline for numbers and categories
=====================================

Tables have columns of several kinds. Here the preparation of each kind and the model
are searched together, in one space.
"""

# %%
# A table
# -------
#
# The table of diabetes patients of scikit-learn, with its plain values: one column is
# the sex, and some measurements are missing, as they usually are.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.datasets import load_diabetes
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVR

table, progression = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
table["sex"] = table["sex"].map({1.0: "female", 2.0: "male"})
rng = np.random.default_rng(0)
for column in ("bmi", "bp", "s3"):
    table.loc[rng.random(len(table)) < 0.1, column] = np.nan
table.head()

# %%
# A pipeline
# ----------
#
# Numbers are filled in and scaled, categories become columns of zeros and ones.

numbers = Pipeline([("fill", SimpleImputer()), ("scale", StandardScaler())])
columns = ColumnTransformer(
    [
        ("numbers", numbers, make_column_selector(dtype_include="number")),
        ("kinds", OneHotEncoder(drop="if_binary"), ["sex"]),
    ]
)
model = Pipeline([("columns", columns), ("model", Ridge())])

# %%
# One space for all of it
# -----------------------
#
# Names are those of ``get_params``, with two underscores between a step and its
# parameter. :class:`~skhp.OneOf` is a choice among models, each with parameters of its
# own: those of the others are not set, and the search does not learn from them.

from skhp import BayesSearchCV, Integer, OneOf, Real

space = {
    "columns__numbers__fill__strategy": ["mean", "median"],
    "columns__numbers__fill__add_indicator": [False, True],
    "model": OneOf(
        {
            "ridge": (Ridge(), {"alpha": Real(1e-2, 1e4, "log-uniform")}),
            "svr": (
                SVR(),
                {
                    "C": Real(1, 1e4, "log-uniform"),
                    "gamma": Real(1e-4, 1, "log-uniform"),
                },
            ),
            "trees": (
                ExtraTreesRegressor(50, random_state=0),
                {"min_samples_leaf": Integer(1, 20), "max_features": Real(0.1, 1.0)},
            ),
        }
    ),
}
search = BayesSearchCV(
    model, space, n_iter=24, scoring="neg_root_mean_squared_error", random_state=0
)
search.fit(table, progression)
print(round(search.best_score_, 2))
search.best_estimator_

# %%
# Which model, and how often was it tried?
# ----------------------------------------
#
# The search gives few of its candidates to what looks hopeless.

fig, ax = plt.subplots(figsize=(7, 4))
names = np.array([type(p["model"]).__name__ for p in search.cv_results_["params"]])
scores = -search.cv_results_["mean_test_score"]
for name, marker in zip(np.unique(names), "o^s", strict=False):
    (rows,) = np.nonzero(names == name)
    label = f"{name}, {len(rows)} candidates"
    ax.scatter(rows + 1, scores[rows], marker=marker, label=label, s=50)
ax.plot(np.arange(1, len(scores) + 1), np.minimum.accumulate(scores), color="grey")
ax.set(xlabel="candidate", ylabel="root mean squared error", title="Three models")
ax.legend()
plt.show()
