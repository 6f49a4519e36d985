"""The page as one file: the template, the texts, the data and the library in it."""

from __future__ import annotations

import base64
import functools
import gzip
import html
import json
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from skhp.inspection.page._code import Code
from skhp.inspection.page._figures import Figure
from skhp.inspection.page._summary import Summary

_SCRIPTS = ("table.js", "figures.js", "page.js")  # one module, in this order
# What ends a script, or begins a comment in one, and lines that JavaScript ends.
_UNSAFE = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def assembled(parts: Mapping[str, str]) -> str:
    """Return the template with the parts in their places."""
    template = _resource("page.html")
    parts = {
        **parts,
        "style": _resource("page.css"),
        "script": "\n".join(map(_resource, _SCRIPTS)),
        "plotly": packed_library(),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], template)


@functools.cache
def packed_library() -> str:
    """Return plotly.js, compressed, as text: 2 MB instead of 5.

    Raises
    ------
    ImportError
        Without plotly.
    """
    try:
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        raise ImportError("report needs plotly: pip install 'skhp[report]'") from error
    packed = gzip.compress(get_plotlyjs().encode(), 9, mtime=0)
    return base64.b64encode(packed).decode("ascii")


def data_text(data: Mapping[str, Any]) -> str:
    """Return data as JSON that can stand within a script of a page."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.translate(_UNSAFE)


def summary_part(summary: Summary) -> str:
    """Return the summary as HTML."""
    tiles = "\n".join(
        f"<div><dt>{_safe(what)}</dt><dd><strong>{_safe(figure)}</strong>"
        f"<span>{_safe(note)}</span></dd></div>"
        for what, figure, note in summary.tiles
    )
    facts = "\n".join(
        f"<dt>{_safe(what)}</dt><dd>{_safe(text)}</dd>" for what, text in summary.facts
    )
    rows = "\n".join(
        f'<tr><th scope="row">{_breakable(name)}</th><td>{_safe(searched)}</td>'
        f"<td>{_safe(best)}</td></tr>"
        for name, searched, best in summary.parameters
    )
    more = summary.n_more
    left = f'<p class="hint">{more:,} more parameters.</p>' if more else ""
    return f"""<dl class="tiles">
{tiles}
</dl>
<div class="columns">
<div>
<h2>What was searched</h2>
<table class="searched"><thead><tr><th scope="col">Parameter</th>
<th scope="col">Searched</th><th scope="col">Best</th></tr></thead>
<tbody>
{rows}
</tbody></table>
{left}
</div>
<div>
<h2>What came of it</h2>
<dl class="facts">
{facts}
</dl>
</div>
</div>"""


def advice_part(texts: Sequence[str]) -> str:
    """Return the advice as HTML; nothing if there is none."""
    if not texts:
        return ""
    items = "\n".join(f"<li>{_safe(text)}</li>" for text in texts)
    return (
        '<section aria-labelledby="advice">\n<h2 id="advice">Advice</h2>\n'
        f'<ul class="advice">\n{items}\n</ul>\n</section>'
    )


def parallel_part(n_axes: int, note: str) -> str:
    """Return the place of the parallel coordinates, with the form of their filters."""
    return f"""<section aria-labelledby="parallel">
<h2 id="parallel">Which combinations are good</h2>
<p class="hint">Each line is a candidate, the bluer the better. {_safe(note)}
<span class="draw">Draw a box over an axis to choose what goes through it; a
double click shows all again. The choice holds in the other figures and in the
table.</span></p>
<div class="controls"><p class="count"></p>
<button type="button" class="reset" hidden>Show all</button></div>
<div class="sideways"><div class="plot parallel" id="plot-parallel" role="img"
aria-label="Parallel coordinates; the form below does the same with the keyboard"
style="--least: {5.5 * n_axes:.0f}rem"></div></div>
<details><summary>Choose by values</summary><div id="filters"></div></details>
</section>"""


def figure_part(figure: Figure) -> str:
    """Return the place of a figure."""
    heading = "h3" if figure.kind == "small" else "h2"
    caption = (
        f"<figcaption>{_safe(figure.caption)}</figcaption>" if figure.caption else ""
    )
    return (
        f"<figure><{heading}>{_safe(figure.title)}</{heading}>{caption}"
        f'<div class="plot {figure.kind}" id="plot-{figure.name}" role="img" '
        f'aria-label="{_safe(figure.title)}"></div></figure>'
    )


def slices_part(figures: Sequence[Figure], note: str) -> str:
    """Return the place of the scores against each parameter."""
    panels = "\n".join(figure_part(figure) for figure in figures)
    return (
        '<section aria-labelledby="slices">\n<h2 id="slices">Where the good values '
        f'are</h2>\n<p class="hint">{_safe(note)}</p>\n<div class="slices">\n{panels}\n'
        "</div>\n</section>"
    )


def pairs_part(figures: Sequence[Figure]) -> str:
    """Return the places of figures that stand side by side where there is room."""
    inner = "\n".join(figure_part(figure) for figure in figures)
    return f'<div class="pairs">\n{inner}\n</div>'


def code_part(code: Code) -> str:
    """Return the code as HTML, and what is missing in it."""
    note = ""
    if code.gaps:
        items = "".join(f"<li><code>{_safe(gap)}</code></li>" for gap in code.gaps)
        note = (
            "<p>In these places, this cannot be written as code, and <code>...</code> "
            f"stands instead of it:</p><ul>{items}</ul>"
        )
    return f"""<section aria-labelledby="build">
<h2 id="build">The best candidate in code</h2>
{note}
<pre tabindex="0" role="region" aria-label="Python code"><code id="code">{
        _safe(code.text)
    }</code></pre>
<p><button type="button" class="copy">Copy</button></p>
</section>"""


def note_part(text: str) -> str:
    """Return a note as HTML; nothing if there is none."""
    return f'<p class="note">{_safe(text)}</p>' if text else ""


def title_part(text: str) -> str:
    """Return a text that has no markup."""
    return _safe(text)


def _safe(text: str) -> str:
    return html.escape(str(text))


def _breakable(name: str) -> str:
    """Return a name that may be broken after underscores."""
    return _safe(name).replace("_", "_<wbr>")


def _resource(name: str) -> str:
    return files("skhp.inspection.page").joinpath(name).read_text(encoding="utf-8")
