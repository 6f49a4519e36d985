"""A short summary of a fitted search, below scikit-learn's diagram."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skhp.evaluation import sparkline

_MOST_PARAMETERS = 20
_MOST_LETTERS = 60


class ShowsSummary:
    """Adds the best candidate and the history to what a notebook shows of a search.

    Mixed in before a scikit-learn search class. What is shown of a search that is not
    fitted, and of a search within other estimators, is scikit-learn's.
    """

    @property
    def _repr_html_(self) -> Any:
        """A function that returns the HTML; missing if no diagram is wanted."""
        diagram = super()._repr_html_  # type: ignore[misc]
        return lambda: diagram() + summary_html(self)

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        """Return what a notebook may choose from."""
        bundle: dict[str, Any] = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]
        if "text/html" in bundle:
            bundle["text/html"] += summary_html(self)
        return bundle


def summary_html(search: Any) -> str:
    """Return the summary of a search; nothing if it has no best candidate."""
    results = getattr(search, "cv_results_", None)
    best = getattr(search, "best_index_", None)
    score = getattr(search, "best_score_", None)
    if not isinstance(results, Mapping) or best is None or score is None:
        return ""
    metric = search.refit if isinstance(search.refit, str) else "score"
    means = results.get(f"mean_test_{metric}")
    if means is None:
        return ""
    means = np.asarray(means, dtype=np.float64)
    n, n_failed = len(means), int(np.isnan(means).sum())
    failed = f", {n_failed:,} without a score" if n_failed else ""
    name = search.scoring if isinstance(search.scoring, str) else metric
    rows = [
        (f"best {name}", f"{score:.4g}, of candidate {best}"),
        ("candidates", f"{n:,}{failed}"),
        ("history", _history_html(means)),
        *_parameters(search.best_params_),
    ]
    cells = "".join(
        '<tr><th scope="row" style="text-align:left;font-weight:normal;opacity:.75;'
        f'padding:0 1em 0 0">{html.escape(what)}</th>'
        f'<td style="text-align:left;padding:0">{text}</td></tr>'
        for what, text in rows
    )
    return (
        '<table style="font-family:monospace;font-size:.95em;margin:.6em 0;'
        f'border-collapse:collapse">{cells}</table>'
    )


def _parameters(params: Mapping[str, Any]) -> list[tuple[str, str]]:
    shown = list(params.items())[:_MOST_PARAMETERS]
    rows = [(name, html.escape(_text(value))) for name, value in shown]
    left = len(params) - len(shown)
    return [*rows, *([("", f"{left} more")] if left else [])]


def _text(value: Any) -> str:
    if isinstance(value, (float, np.floating)):
        return f"{value:.4g}"
    text = " ".join((value if isinstance(value, str) else repr(value)).split())
    return text if len(text) <= _MOST_LETTERS else text[: _MOST_LETTERS - 1] + "…"


def _history_html(means: NDArray[np.float64]) -> str:
    return (
        '<span role="img" aria-label="scores of the candidates in their order" '
        f'style="letter-spacing:0">{sparkline(means)}</span>'
    )
