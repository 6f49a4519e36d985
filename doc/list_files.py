"""Write what each file of skhp is for into how_it_works.md: python doc/list_files.py.

The sentences are the first of the files' own docstrings.
"""

from __future__ import annotations

import re
from itertools import groupby
from pathlib import Path

HERE = Path(__file__).parent
PAGE, PACKAGE = HERE / "how_it_works.md", HERE.parent / "skhp"
BEGINNING, END = "<!-- every file -->\n", "<!-- end of every file -->\n"


def files() -> str:
    """Return a list of the files for each folder."""
    kinds = [*PACKAGE.rglob("*.py"), *PACKAGE.rglob("*.pyx")]
    named = sorted((path.parent, path) for path in kinds if sentence(path))
    lists = []
    for folder, members in groupby(named, key=lambda pair: pair[0]):
        title = folder.relative_to(PACKAGE.parent).as_posix()
        lines = [f"- `{path.name}`: {sentence(path)}" for _, path in members]
        lists.append("\n".join([f"**`{title}`**", "", *lines, ""]))
    return "\n".join(lists)


def sentence(path: Path) -> str:
    """Return the first sentence of a file; nothing of one that has only imports."""
    if path.name in ("__init__.py", "_version.py"):
        return ""
    found = re.search(r'"""(.+?)(?:"""|\n)', path.read_text(encoding="utf-8"))
    return found[1].replace("``", "`") if found else ""


def page(text: str) -> str:
    """Return the page with the list of today."""
    before, _, rest = text.partition(BEGINNING)
    _, _, after = rest.partition(END)
    return f"{before}{BEGINNING}\n{files()}\n{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
