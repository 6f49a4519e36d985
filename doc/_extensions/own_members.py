"""Leave out members whose documentation is scikit-learn's own.

Searches delegate ``predict``, ``score`` and the like as scikit-learn's do, and inherit
the texts about them, which refer to pages of scikit-learn's site. The template of a
class names these methods instead.
"""

import re
from typing import Any

from sklearn.base import BaseEstimator
from sklearn.model_selection import GridSearchCV
from sphinx.application import Sphinx

_TEXTS = {
    getattr(getattr(cls, name), "__doc__", None)
    for cls in (GridSearchCV, BaseEstimator)
    for name in dir(cls)
    if name != "fit"
} - {None}


def _skip(
    app: Sphinx, what: str, name: str, obj: Any, skip: bool, options: Any
) -> bool | None:
    is_theirs = getattr(obj, "__doc__", None) in _TEXTS
    is_request = re.fullmatch(r"set_\w+_request", name) is not None
    return True if is_theirs or is_request else None


def setup(app: Sphinx) -> dict[str, Any]:
    """Ask for each member."""
    app.connect("autodoc-skip-member", _skip)
    return {"parallel_read_safe": True}
