"""How the pages are built: Sphinx, MyST, furo, and nothing from the network."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

import relmkt

project = "relmkt"
author = "The relmkt authors"
copyright = "2026, The relmkt authors"
version = release = relmkt.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
]
exclude_patterns = ["_build"]
suppress_warnings = ["config.cache"]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath", "fieldlist"]
myst_heading_anchors = 3
myst_update_mathjax = False

autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_type_aliases = {"ArrayLike": "ArrayLike", "FloatArray": "FloatArray"}
python_maximum_signature_line_length = 88
python_display_short_literal_types = True
autoclass_content = "class"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_attr_annotations = False  # the signature shows them

html_theme = "furo"
html_title = f"relmkt {version}"
html_static_path = ["_static"]
html_css_files = ["relmkt.css"]
html_math_renderer = "mathml"
html_show_sphinx = False


def inline_math(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a sentence as MathML, which browsers show without a script."""
    self.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def block_math(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on its own as MathML."""
    self.body.append(self.starttag(node, "div", CLASS="math"))
    self.body.append(tex2mathml(node.astext(), as_block=True))
    self.body.append("</div>\n")
    raise nodes.SkipNode


def keep_first_line(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Begin a property's docstring with an empty comment.

    Napoleon takes what stands before a colon in its first line for a type, which ours never name.
    """
    if what in {"attribute", "data", "property"}:
        lines[:0] = ["..", ""]


def setup(app: Sphinx) -> None:
    """Register what is ours."""
    app.connect("autodoc-process-docstring", keep_first_line, priority=400)
    app.add_html_math_renderer("mathml", (inline_math, None), (block_math, None))
