"""Whether the best candidate is where the search space ends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from skhp.evaluation._sklearn import accepts
from skhp.space import Edge, edges_of

_MOST_TIES = 30  # that are looked at


def edges_of_best(
    searched: Any,
    params: Mapping[str, Any],
    estimator: Any,
    ties: Iterable[Mapping[str, Any]] = (),
) -> list[Edge]:
    """Return where the best candidate is at an end of a range that could be wider.

    What an estimator of scikit-learn accepts is known. Otherwise a fraction that ends
    at 0 or 1, and a number of something that begins with 1, are taken to end there.

    Parameters
    ----------
    searched : Space, dict or list of dict
        What was searched.
    params : mapping of str to object
        Parameters of the best candidate.
    estimator : estimator object
        Whose parameters these are.
    ties : iterable of mapping, default=()
        Parameters of candidates that are as good: nothing is gained at an end where
        one of them is not.
    """
    known = {**estimator.get_params(), **params}
    edges = [e for e in edges_of(searched, params) if _goes_on(e, known, estimator)]
    for other in islice(ties, _MOST_TIES) if edges else ():
        ends = {(edge.name, edge.end) for edge in edges_of(searched, other)}
        edges = [edge for edge in edges if (edge.name, edge.end) in ends]
    return edges


def _goes_on(edge: Edge, known: Mapping[str, Any], estimator: Any) -> bool:
    """Whether the estimator may accept values beyond an edge."""
    prefix, _, name = edge.name.rpartition("__")
    owner = known.get(prefix) if prefix else estimator
    answer = accepts(owner, name, edge.beyond)
    return not edge.looks_natural if answer is None else answer


def edge_line(edges: Sequence[Edge]) -> str:
    """Return one line about the edges."""
    where = ", ".join(map(str, edges))
    what = "A wider range" if len(edges) == 1 else "Wider ranges"
    return (
        f"The best candidate is at the edge of the search space: {where}. {what} may "
        "hold a better one."
    )
