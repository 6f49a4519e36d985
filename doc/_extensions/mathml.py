"""Write formulas as MathML, which browsers draw themselves.

MathJax is a megabyte of scripts that a page would load from the network, or that we
would have to carry along. docutils translates TeX to MathML, and every current browser
shows it, also without a network, without scripts, and while the page is printed.
"""

from typing import Any

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator


def _mathml(text: str, *, as_block: bool) -> str:
    # As a block, docutils makes a table of it, which ends at the right margin.
    written = str(latex2mathml.tex2mathml(text, as_block=False))
    return (
        written.replace("<math ", '<math display="block" ', 1) if as_block else written
    )


def _visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(_mathml(node.astext(), as_block=False))
    raise nodes.SkipNode


def _visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append('<div class="math">')
    translator.body.append(_mathml(node.astext(), as_block=True))
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Let ``html_math_renderer = "mathml"`` choose it."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
