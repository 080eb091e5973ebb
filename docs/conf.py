"""How these pages become a site: ``python -m sphinx -W -b html docs docs/_build/html``."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_extensions"))

import backpaint

project = "backpaint"
author = "the backpaint authors"
copyright = author  # noqa: A001 (Sphinx's name)
release = version = backpaint.__version__

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "mathml",
    "repository_links",
    "plain_docstrings",
]
root_doc = "index"
exclude_patterns = ["_build", "README.md"]

html_theme = "furo"
html_title = "backpaint"
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
html_css_files = ["backpaint.css"]
html_math_renderer = "mathml"
html_show_sphinx = False
html_domain_indices = False

myst_enable_extensions = ["amsmath", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_ipywidgets_js = {}  # no widgets, so nothing to load from outside
nb_merge_streams = True
nb_mime_priority_overrides = [("html", "image/png", 0)]

numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
autodoc_member_order = "bysource"
autodoc_typehints = "none"
add_module_names = False
copybutton_prompt_text = ">>> "
