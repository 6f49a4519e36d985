"""
What a tuned model is worth: nested cross-validation
====================================================

The best score of a search is the best of many, and therefore partly luck. This example
shows how much of it is, and two ways to a number that can be trusted.
"""

# %%
# Few rows and many candidates
# ----------------------------
#
# 60 rows and 25 candidates are a setting in which luck has its chance. One of the
# parameters is the seed of the trees: some seeds score better than others on these
# rows, and none does on new ones.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import KFold, cross_val_score
from sklearn.tree import DecisionTreeClassifier

from skhp import Integer, RandomizedSearchCV

X, y = load_breast_cancer(return_X_y=True)


def sample(seed):
    """Return the places of 60 rows, and those of all others."""
    places = np.random.default_rng(seed).permutation(len(y))
    return places[:60], places[60:]


search = RandomizedSearchCV(
    DecisionTreeClassifier(max_features=5),
    {
        "max_depth": Integer(1, 8),
        "min_samples_leaf": Integer(1, 12),
        "random_state": Integer(0, 1000),
    },
    n_iter=25,
    cv=KFold(5, shuffle=True, random_state=0),
    random_state=0,
)
few, rest = sample(seed=0)
search.fit(X[few], y[few])

# %%
# Three numbers
# -------------
#
# ``best_score_`` is the mean of the folds by which the candidate was chosen.
# ``best_score_corrected_`` chooses on some of the folds and scores on the others, again
# and again, without another fit.

print(f"best_score_            {search.best_score_:.3f}")
print(f"best_score_corrected_  {search.best_score_corrected_:.3f}")

# %%
# Nested cross-validation repeats the whole search in each outer fold, and scores its
# result on rows that the search has not seen. A search is an estimator, so
# scikit-learn's ``cross_val_score`` does it, for as many fits as there are outer folds
# times those of one search.

outer = cross_val_score(search, X[few], y[few], cv=5)
print(f"nested                 {outer.mean():.3f}")

# %%
# And here we have what one usually has not, many rows that were left aside:

print(f"on 509 new rows        {search.score(X[rest], y[rest]):.3f}")

# %%
# Eight samples
# -------------
#
# One sample says little, as 60 rows are few. So this is repeated with other rows.

differences = []
for seed in range(8):
    few, rest = sample(seed)
    search.fit(X[few], y[few])
    on_new_rows = search.score(X[rest], y[rest])
    differences.append(
        [search.best_score_ - on_new_rows, search.best_score_corrected_ - on_new_rows]
    )

fig, ax = plt.subplots(figsize=(7, 3))
labels = ["best_score_", "best_score_corrected_"]
for i, values in enumerate(np.transpose(differences)):
    ax.scatter(values, np.full(len(values), i), alpha=0.6, s=50)
    ax.plot([values.mean()] * 2, [i - 0.25, i + 0.25], color="black")
ax.axvline(0, color="grey", linestyle="--", linewidth=1)
ax.set(yticks=[0, 1], yticklabels=labels, ylim=(1.6, -0.6))
ax.set(xlabel="accuracy, minus that on new rows")
fig.tight_layout()
plt.show()

# %%
# The black lines are the means. The corrected score is right on average, and as far off
# as any other score of 60 rows in a single run:

print(dict(zip(labels, np.mean(differences, axis=0).round(3).tolist(), strict=True)))
