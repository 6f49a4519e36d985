"""
LightGBM without searching the number of rounds
===============================================

The more rounds of boosting, the better, until it gets worse. Where that is depends on
the other parameters, so that the number of rounds seems to have to be searched with
them. It need not be: a fit with 200 rounds contains the fits with 10, 20, 30, ...
"""

# %%
# The search
# ----------
#
# ``resource="n_estimators"`` takes the number of rounds out of the search. The folds of
# a candidate are trained side by side, and after every tenth round the mean of their
# scores says whether it is worth going on.

import matplotlib.pyplot as plt
import numpy as np
from lightgbm import LGBMClassifier
from sklearn.datasets import load_breast_cancer

from skhp import BayesSearchCV, Integer, Real

X, y = load_breast_cancer(return_X_y=True)
search = BayesSearchCV(
    LGBMClassifier(verbose=-1, n_jobs=1, random_state=0),
    {
        "learning_rate": Real(0.02, 0.3, "log-uniform"),
        "num_leaves": Integer(4, 32, "log-uniform"),
        "min_child_samples": Integer(1, 50, "log-uniform"),
        "colsample_bytree": Real(0.2, 1.0),
    },
    n_iter=16,
    resource="n_estimators",
    max_resources=200,
    n_iter_no_change=40,
    cv=4,
    scoring="neg_log_loss",
    random_state=0,
).fit(X, y)

# %%
# The number of rounds is among the best parameters, and the refit uses it:

for name, value in search.best_params_.items():
    print(f"{name:18} {value:.4g}")

# %%
# The curves
# ----------
#
# Each line is one candidate. It ends where the candidate no longer improved, or could
# not catch up with the best one any more.

from skhp.inspection import ResourceDisplay

ResourceDisplay.from_search(search)
plt.show()

# %%
# What it saved
# -------------
#
# Most candidates were not trained to the end. A search over the number of rounds would
# have tried one number for each candidate; this one has seen every tenth.

results = search.cv_results_
trained, chosen = results["n_resources_trained"], results["n_resources"]
order = np.argsort(-results["mean_test_score"])
fig, ax = plt.subplots(figsize=(7, 3.5))
places = np.arange(len(order))
ax.bar(places, trained[order], color="lightsteelblue", label="trained")
ax.bar(places, chosen[order], color="steelblue", width=0.4, label="chosen")
ax.axhline(200, color="grey", linestyle="--", linewidth=1)
ax.set(xlabel="candidate, the best first", ylabel="rounds", xticks=[])
ax.legend()
plt.show()
print(f"{trained.sum()} of {200 * len(trained)} rounds were trained")

# %%
# Reasons for a candidate's end:

names, counts = np.unique(results["stopped"], return_counts=True)
print(dict(zip(names.tolist(), counts.tolist(), strict=True)))
