"""
A search on a dask cluster
==========================

Inside joblib's backend ``"dask"`` a search runs on a cluster, which may be a thousand
workers of a scheduler elsewhere. Here it is two workers on this machine.
"""

# %%
# A cluster
# ---------
#
# ``LocalCluster`` starts workers here. These are threads, so that the example runs
# anywhere; workers that are processes (``processes=True``) have to be started below
# ``if __name__ == "__main__":`` in a script. For a cluster elsewhere, give ``Client``
# the address of its scheduler.

import joblib
import matplotlib.pyplot as plt
from distributed import Client, LocalCluster, get_task_stream
from sklearn.datasets import load_digits
from sklearn.ensemble import ExtraTreesClassifier

from skhp import BayesSearchCV, Integer, Real

cluster = LocalCluster(
    n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
)
client = Client(cluster)

# %%
# The search
# ----------
#
# Nothing else changes. The data are sent to each worker once, and a worker that has
# finished a fit gets the next one at once, without waiting for the others. Each
# candidate is chosen from the results that have arrived by then.

X, y = load_digits(return_X_y=True)
X, y = X[:300], y[:300]
search = BayesSearchCV(
    ExtraTreesClassifier(random_state=0),
    {
        "n_estimators": Integer(5, 50, "log-uniform"),
        "max_features": Real(0.05, 1.0, "log-uniform"),
        "min_samples_leaf": Integer(1, 10),
    },
    n_iter=12,
    cv=3,
    random_state=0,
)
with get_task_stream() as stream, joblib.parallel_config(backend="dask"):
    search.fit(X, y)
print(search.best_params_, round(search.best_score_, 4))

# %%
# What the workers did
# --------------------
#
# Fits take unequally long: the more trees, the longer. There is hardly a gap between
# them all the same, because no worker waits for a candidate to be complete. The thin
# blocks at the end are the trees of the refit, which joblib gives to the cluster too.

workers = sorted({task["worker"] for task in stream.data})
start = min(part["start"] for task in stream.data for part in task["startstops"])
fig, ax = plt.subplots(figsize=(8, 2.6))
for task in stream.data:
    for part in task["startstops"]:
        if part["action"] == "compute":
            ax.barh(
                workers.index(task["worker"]),
                part["stop"] - part["start"],
                left=part["start"] - start,
                color="steelblue",
                edgecolor="white",
                height=0.7,
            )
ax.set(xlabel="seconds", yticks=[0, 1], yticklabels=["worker 1", "worker 2"])
ax.set_title("Each block is a fit on one fold")
fig.tight_layout()
plt.show()

# %%
# If a worker is lost, dask runs its fits on another. Clients and clusters are closed at
# the end:

client.close()
cluster.close()
