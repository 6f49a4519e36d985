"""Let links that are right on a code host be right on the site.

A page links to ``../CHANGELOG.md``, or to ``gallery/plot_drop_in.py``. On the site
these are the pages ``changes``, which includes the file, and
``auto_examples/plot_drop_in``. Links within included files are relative to these.
"""

import os
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

DOC = Path(__file__).resolve().parents[1]
ROOT = DOC.parent
PAGES = {
    ROOT / "README.md": "index.md",
    ROOT / "CHANGELOG.md": "changes.md",
    ROOT / "CONTRIBUTING.md": "contributing.md",
    ROOT / "benchmarks" / "README.md": "benchmarks.md",
    DOC / "api": "api/index.rst",
    DOC / "gallery": "auto_examples/index.rst",
}
_LINK = re.compile(r"\]\(([^):#\s]+)(#[^)\s]*)?\)")


def _page_of(path: Path) -> str:
    if path in PAGES:
        return PAGES[path]
    if path.parent == DOC / "gallery":
        return f"auto_examples/{path.stem}.rst"
    return Path(os.path.relpath(path, DOC)).as_posix()


def _with_pages(text: str, folder: Path) -> str:
    """Return Markdown in which links from a folder are links from that of the pages."""

    def replaced(found: re.Match[str]) -> str:
        path = (folder / found[1]).resolve()
        return f"]({_page_of(path)}{found[2] or ''})" if path.exists() else found[0]

    return _LINK.sub(replaced, text)


def _read(app: Sphinx, docname: str, source: list[str]) -> None:
    if app.env.doc2path(docname).suffix == ".md":
        source[0] = _with_pages(source[0], DOC)


def _include(app: Sphinx, path: Path, docname: str, source: list[str]) -> None:
    if path.suffix == ".md":
        source[0] = _with_pages(source[0], (DOC / path).resolve().parent)


def setup(app: Sphinx) -> dict[str, Any]:
    """Rewrite the links of each page before it is read."""
    app.connect("source-read", _read)
    app.connect("include-read", _include)
    return {"parallel_read_safe": True}
