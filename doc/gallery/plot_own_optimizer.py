"""
One's own optimizer
===================

An optimizer decides what is tried next, and nothing else: it is asked for trials and
told their outcomes. This one takes random steps from the best point so far. The page
:doc:`../own_optimizer` explains each part.
"""

# %%
# Ask and tell
# ------------
#
# A row is a configuration as numbers in [0, 1]; ``Space`` goes from one to the other.

import matplotlib.pyplot as plt
import numpy as np

from skhp import Real, Space
from skhp.exceptions import OptimizerError
from skhp.optimizers import BayesOptimizer, RandomOptimizer, Trial
from skhp.testing import branin, check_optimizer, run_optimizer


class HillClimber:
    """Take random steps from the best configuration so far."""

    learns = True
    exhausted = False
    can_extend = True

    def __init__(self, space, n_iter, seed=0, step=0.1):
        self.space, self.n_trials, self.seed, self.step = space, n_iter, seed, step
        self._n_asked = 0
        self._pending = set()
        self._known = set()
        self._best = -np.inf, None

    @property
    def done(self):
        return self._n_asked >= self.n_trials

    def ask(self, n=1):
        n = min(n, self.n_trials - self._n_asked)
        return [self._add(self._next_row()) for _ in range(n)]

    def tell(self, trial, outcome):
        if trial.number not in self._pending:
            raise OptimizerError(f"Trial {trial.number} is not pending.")
        self._pending.remove(trial.number)
        if outcome.mean > self._best[0]:
            self._best = outcome.mean, trial.row

    def adopt(self, proposal):
        if self.done:
            raise OptimizerError("There are no more trials.")
        return self._add(np.array(proposal.row))

    def extend(self, n_more):
        self.n_trials += n_more

    def _next_row(self):
        rng = np.random.default_rng([self.seed, self._n_asked])
        while True:
            row = self.space.sample(1, rng)[0]
            if self._best[1] is not None:
                row = self._best[1] + self.step * rng.standard_normal(len(row))
                row = self.space.snap(np.clip(row, 0, 1)[None])[0]
            if self.space.key(row) not in self._known:
                return row

    def _add(self, row):
        self._known.add(self.space.key(row))
        params = self.space.to_params(row[None])[0]
        trial = Trial(self._n_asked, params, row=tuple(row.tolist()))
        self._pending.add(trial.number)
        self._n_asked += 1
        return trial


# %%
# Is it an optimizer?
# -------------------
#
# ``check_optimizer`` tries everything that searches rely on, and says what is broken if
# something is.

space = Space({"x": Real(-5, 10), "y": Real(0, 15)})
check_optimizer(lambda seed: HillClimber(space, 20, seed), space=space)

# %%
# Is it any good?
# ---------------
#
# Branin's function has three equal maxima. Five runs of each optimizer:


def regret(optimizer):
    """Return what is missing to the maximum after each trial."""
    scores = [outcome.mean for _, outcome in run_optimizer(optimizer, branin)]
    return -0.397887 - np.maximum.accumulate(scores)


makers = {
    "random": lambda seed: RandomOptimizer(space, 40, seed),
    "hill climber": lambda seed: HillClimber(space, 40, seed),
    "Gaussian process": lambda seed: BayesOptimizer(space, 40, random_state=seed),
}
regrets = {
    name: np.median([regret(make(seed)) for seed in range(5)], axis=0)
    for name, make in makers.items()
}
climber = HillClimber(space, 40, seed=3)
trials = [trial.params for trial, _ in run_optimizer(climber, branin)]

# %%
# On the left, the path of one run over the function; on the right, how far the best
# value so far is from the maximum.

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
xs, ys = np.meshgrid(np.linspace(-5, 10, 120), np.linspace(0, 15, 120))
heights = np.vectorize(lambda x, y: branin({"x": x, "y": y}))(xs, ys)
left.contourf(xs, ys, -np.log(0.4 - heights), levels=15, cmap="viridis")
left.plot([p["x"] for p in trials], [p["y"] for p in trials], "w.-", linewidth=0.5)
left.set(xlabel="x", ylabel="y", title="40 steps of the hill climber")
for name, values in regrets.items():
    right.semilogy(np.arange(1, 41), np.maximum(values, 1e-6), label=name)
right.set(xlabel="trial", ylabel="regret, median of 5 runs")
right.legend()
figure.tight_layout()
plt.show()

# %%
# The climber ends on the hill on which it began to climb, and all hills of this
# function are equally high. That it needs more trials than the Gaussian process is no
# surprise: it remembers a single point.
