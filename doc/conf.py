"""How Sphinx builds the pages in this folder into a site: ``make doc``."""

import sys
import warnings
from importlib.metadata import version as version_of
from pathlib import Path

from sphinx.deprecation import RemovedInSphinx11Warning

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "_extensions"))

# MyST 5 says so of itself when a page includes a file.
warnings.filterwarnings("ignore", category=RemovedInSphinx11Warning)

project = "skhp"
author = "The skhp developers"
copyright = "The skhp developers, BSD-3-Clause"
version = release = version_of("skhp")

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",  # Markdown, as myst_parser reads it, and notebooks
    "sphinx_gallery.gen_gallery",
    "mathml",
    "own_members",
    "root_pages",
]
exclude_patterns = ["gallery", "auto_examples/*.ipynb", "auto_examples/*.py"]
templates_path = ["_templates"]
nitpicky = True
nitpick_ignore_regex = [
    # Their own documentation is not looked up, so that no network is needed.
    ("py:.*", r"(sklearn|scipy|numpy|pandas|matplotlib|joblib|optuna)\..*"),
]
default_role = "literal"

# Pages ---------------------------------------------------------------------------
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # a notebook is shown as it was run

# API -----------------------------------------------------------------------------
autosummary_generate = True
autodoc_typehints = "none"  # types are in the docstrings, in words
autodoc_preserve_defaults = True
numpydoc_show_class_members = False
toc_object_entries_show_parents = "hide"

# Gallery -------------------------------------------------------------------------
sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "auto_examples",
    "within_subsection_order": "gallery_order.GalleryOrder",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "write_computation_times": False,
    "show_signature": False,
    "remove_config_comments": True,
    "min_reported_time": 1,
    "nested_sections": False,
}

# HTML ----------------------------------------------------------------------------
html_theme = "pydata_sphinx_theme"
html_title = "skhp"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_sidebars = {"index": [], "start": [], "changes": [], "api/index": []}
html_theme_options = {
    "logo": {"text": "skhp"},
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
