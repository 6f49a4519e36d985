"""Check a built site: ``python doc/check_links.py build/site``.

Every link within the site has to lead to a file and a place in it, and no page may load
anything from elsewhere. Links to other sites are not followed.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {"img": "src", "script": "src", "link": "href", "iframe": "src"}
MAY_BE_ELSEWHERE = {"canonical", "license"}


class Page(HTMLParser):
    """The places of a page, what it links to, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.places: set[str] = {"", "top"}
        self.links: list[str] = []
        self.loads: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take notes of an element."""
        found = dict(attrs)
        self.places |= {found.get("id") or "", found.get("name") or ""}
        if tag == "a" and found.get("href"):
            self.links.append(found["href"] or "")
        url = found.get(LOADS.get(tag, ""))
        if url and found.get("rel") not in MAY_BE_ELSEWHERE:
            self.loads.append(url)


def problems(site: Path) -> list[str]:
    """Return a line for each dead link, and for each thing from elsewhere."""
    pages = {
        path.resolve(): Page(path.read_text(encoding="utf-8"))
        for path in site.rglob("*.html")
        if "_static" not in path.relative_to(site).parts
    }
    found = []
    for path, page in pages.items():
        name = path.relative_to(site.resolve())
        for url in page.links + page.loads:
            parts = urlsplit(url)
            if parts.scheme or parts.netloc:
                if url in page.loads and parts.scheme != "data":
                    found.append(f"{name} loads {url}")
                continue
            target = (path.parent / unquote(parts.path)).resolve()
            target = path if not parts.path else target
            if not target.is_file():
                found.append(f"{name} links to {url}, which is not there")
                continue
            place = unquote(parts.fragment)
            if target in pages and place not in pages[target].places:
                found.append(f"{name} links to {url}, a place that is not there")
    return found


def main() -> None:
    """Print what is wrong, and exit with 1 if anything is."""
    found = problems(Path(sys.argv[1]))
    print("\n".join(found) or "All links within the site lead somewhere.")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
