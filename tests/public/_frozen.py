"""What is public. To write it down again:

python -m tests.public._frozen > tests/public/api.json
"""

import importlib
import inspect
import json

SEARCHES = [
    "BayesSearchCV",
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "HyperbandSearchCV",
    "RandomizedSearchCV",
]
# These packages also export what only the other packages of skhp use.
PUBLIC = {
    "skhp.callbacks": [
        "CandidateLogger",
        "ForEachCandidate",
        "MLflowLogger",
        "NoImprovement",
        "Stopper",
        "TargetReached",
        "TimeLimit",
    ],
    "skhp.ensembles": ["AveragingClassifier", "AveragingRegressor", "Ensemble"],
    "skhp.optimizers": [
        "BatchedOptimizer",
        "BayesOptimizer",
        "GridOptimizer",
        "HalvingOptimizer",
        "HyperbandOptimizer",
        "Optimizer",
        "Outcome",
        "Proposal",
        "RandomOptimizer",
        "SobolOptimizer",
        "Trial",
    ],
    "skhp.selection": ["best_mean", "one_standard_error", "posterior_mean"],
    "skhp.space": [
        "Categorical",
        "Conditional",
        "Integer",
        "Layers",
        "OneOf",
        "Real",
        "Space",
        "preset_space",
    ],
}
WHOLE = ["skhp", "skhp.exceptions", "skhp.inspection", "skhp.testing"]
OURS_ALONE = {"warn_user"}


def public_names(module):
    """Return those names of a module that users may rely on."""
    exported = importlib.import_module(module).__all__
    return sorted(set(PUBLIC.get(module, exported)) & set(exported) - OURS_ALONE)


def parameters(name):
    """Return the constructor's parameters in order, as they are written."""
    signature = inspect.signature(getattr(importlib.import_module("skhp"), name))
    return [
        f"{'*, ' * (p.kind is p.KEYWORD_ONLY)}{p.name}"
        f"{'' if p.default is p.empty else f'={p.default!r}'}"
        for p in signature.parameters.values()
    ]


def public_api():
    """Return all that must not change by accident."""
    return {
        "names": {module: public_names(module) for module in sorted([*PUBLIC, *WHOLE])},
        "parameters": {name: parameters(name) for name in SEARCHES},
    }


if __name__ == "__main__":
    print(json.dumps(public_api(), indent=1))
