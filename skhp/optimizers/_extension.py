"""Further candidates for a search, different from those already drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import ParameterGrid, ParameterSampler

from skhp.space import Space, configuration_key

_LISTED = 4096  # a finite space of no more points than this is listed, not drawn from
_ROUNDS = 100

Candidates = list[Mapping[str, Any]]


def more_of_space(
    space: Space, known: Sequence[Mapping[str, Any]], n: int, rng: np.random.Generator
) -> Candidates:
    """Return `n` more points of a space, or as many as there are."""
    if space.size is None:
        return list(space.to_params(space.sample(n, rng, allow_fewer=True)))
    seen = {space.key(row) for row in space.to_rows(known)}
    rows: list[Any] = []
    for row in _drawn(space, n + len(seen), rng):
        key = space.key(row)
        if key not in seen:
            seen.add(key)
            rows.append(row)
        if len(rows) == n:
            break
    shape = len(rows), space.n_columns
    return list(space.to_params(np.array(rows).reshape(shape)))


def _drawn(space: Space, n: int, rng: np.random.Generator) -> Iterator[Any]:
    """Yield random points of a space; those of a small finite one all, shuffled."""
    if space.size is None or space.size > max(n, _LISTED):
        for _ in range(_ROUNDS):
            yield from space.sample(n, rng, allow_fewer=True)
    else:
        rows = list(space.enumerate())
        yield from (rows[i] for i in rng.permutation(len(rows)))


def more_of_lists(
    written: Any, known: Sequence[Mapping[str, Any]], n: int, random_state: Any
) -> Candidates:
    """Return at most `n` more candidates of a space in scikit-learn's own dialect."""
    seen = set(map(configuration_key, known))
    dicts = [written] if isinstance(written, Mapping) else list(written)
    if any(hasattr(v, "rvs") for item in dicts for v in item.values()):
        return list(ParameterSampler(written, n, random_state=random_state))
    grid = ParameterGrid(written)
    if len(grid) > max(n + len(seen), _LISTED):
        drawn: Candidates = []
        for _ in range(_ROUNDS):
            for params in ParameterSampler(written, n, random_state=random_state):
                if configuration_key(params) not in seen and len(drawn) < n:
                    seen.add(configuration_key(params))
                    drawn.append(params)
        return drawn
    left = [params for params in grid if configuration_key(params) not in seen]
    if not left:
        return []
    places = {"place": range(len(left))}
    chosen = ParameterSampler(places, min(n, len(left)), random_state=random_state)
    return [left[item["place"]] for item in chosen]
