"""
The architecture of a network
=============================

How many layers, and how wide? :class:`~skhp.Layers` is the tuple of sizes that
scikit-learn's networks take, searched as numbers: the search knows that 60 units are
near to 64, which a list of tuples would not tell it.
"""

# %%
# The space
# ---------
#
# One to three layers. The size of a second layer means nothing to a network with one,
# and is not set there.

import warnings

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skhp import HyperbandSearchCV, Integer, Layers, Real

X, y = load_digits(return_X_y=True)
X, y = X[:500], y[:500]
network = make_pipeline(StandardScaler(), MLPClassifier(random_state=0))
space = {
    "mlpclassifier__hidden_layer_sizes": Layers(
        1, 3, units=Integer(8, 64, "log-uniform"), non_increasing=True
    ),
    "mlpclassifier__learning_rate_init": Real(1e-4, 1e-1, "log-uniform"),
    "mlpclassifier__batch_size": Integer(32, 128, powers_of=2),
    "mlpclassifier__alpha": Real(1e-6, 1.0, "log-uniform"),
}

# %%
# Few epochs for bad networks
# ---------------------------
#
# A network that has learnt nothing in two epochs will not be the best after 18.
# Hyperband gives most candidates few of them, and trains the promising ones further.

search = HyperbandSearchCV(
    network,
    space,
    resource="mlpclassifier__max_iter",
    min_resources=2,
    max_resources=18,
    cv=3,
    scoring="neg_log_loss",
    random_state=0,
)
print(search.plan())

# %%
# Networks that are stopped after a few epochs warn that they have not converged, which
# is intended here.

with warnings.catch_warnings():
    warnings.simplefilter("ignore", ConvergenceWarning)
    search.fit(X, y)
for name, value in search.best_params_.items():
    print(name.removeprefix("mlpclassifier__"), value)

# %%
# Who was promoted
# ----------------

from skhp.inspection import ResourceDisplay

ResourceDisplay.from_search(search)
plt.show()

# %%
# Which architectures were good
# -----------------------------
#
# Networks of the same depth have the same colour. Only candidates with all 18 epochs
# can be compared.

results = search.cv_results_
full = results["n_resources"] == 18
sizes = [p["mlpclassifier__hidden_layer_sizes"] for p in results["params"]]
n_layers = np.array([len(s) for s in sizes])
n_units = np.array([sum(s) for s in sizes])
fig, ax = plt.subplots(figsize=(7, 4))
for depth in np.unique(n_layers[full]):
    rows = full & (n_layers == depth)
    label = f"{depth} layer{'s' if depth > 1 else ''}"
    ax.scatter(n_units[rows], results["mean_test_score"][rows], label=label, s=60)
ax.set(xscale="log", xlabel="units in all layers", ylabel="minus log loss")
ax.legend()
plt.show()
