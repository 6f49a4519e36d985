"""
From GridSearchCV to BayesSearchCV
==================================

A search of skhp goes where scikit-learn's ``GridSearchCV`` stood: first with the same
grid, then with ranges and a third of the fits.
"""

# %%
# The search as it was
# --------------------
#
# A support vector machine on 400 images of digits, with a grid of 6 times 6 points.

import matplotlib.pyplot as plt
import numpy as np
import sklearn.model_selection
from sklearn.datasets import load_digits
from sklearn.svm import SVC

X, y = load_digits(return_X_y=True)
X, y = X[:400] / 16, y[:400]
grid = {"C": np.logspace(-1, 3, 6), "gamma": np.logspace(-4, 1, 6)}

before = sklearn.model_selection.GridSearchCV(SVC(), grid, cv=3).fit(X, y)
print(before.best_params_, round(before.best_score_, 4))

# %%
# Only the import changed
# -----------------------
#
# ``GridSearchCV`` of skhp evaluates the same candidates in the same order, and scores
# them the same to the last digit. What it adds is asked for by name: a journal, a time
# limit, ensembles.

import skhp

same = skhp.GridSearchCV(SVC(), grid, cv=3).fit(X, y)
key = "mean_test_score"
print(np.array_equal(before.cv_results_[key], same.cv_results_[key]))

# %%
# Ranges instead of a grid
# ------------------------
#
# ``BayesSearchCV`` takes the ranges between the ends of the grid, and learns from each
# result where to look next. A third of the candidates is enough here.

from skhp import BayesSearchCV, Real

space = {"C": Real(0.1, 1000, "log-uniform"), "gamma": Real(1e-4, 10, "log-uniform")}
bayes = BayesSearchCV(SVC(), space, n_iter=12, cv=3, random_state=0).fit(X, y)
print(bayes.best_params_, round(bayes.best_score_, 4))

# %%
# Where they looked
# -----------------
#
# The grid spends most of its fits where nothing is to be found. Numbers say in which
# order the Bayesian search tried its candidates.

figure, axes = plt.subplots(1, 2, figsize=(9, 4), sharex=True, sharey=True)
for ax, search, title in (
    (axes[0], same, "36 candidates of a grid"),
    (axes[1], bayes, "12 candidates of a Bayesian search"),
):
    results = search.cv_results_
    dots = ax.scatter(
        results["param_gamma"].astype(float),
        results["param_C"].astype(float),
        c=results["mean_test_score"],
        vmin=0,
        vmax=1,
        s=130,
        edgecolors="black",
    )
    ax.set(xscale="log", yscale="log", xlabel="gamma", title=title)
for i, params in enumerate(bayes.cv_results_["params"]):
    axes[1].annotate(
        str(i + 1),
        (params["gamma"], params["C"]),
        xytext=(7, 6),
        textcoords="offset points",
    )
axes[0].set_ylabel("C")
figure.colorbar(dots, ax=axes, label="accuracy")
plt.show()
