"""How the pages are built: Sphinx, MyST, furo, and nothing from the network."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.writers.html5 import HTML5Translator

import relmkt
from relmkt.records import schema
from relmkt.records._fields import FieldSpec
from relmkt.thresholds import thresholds

sys.path.insert(0, str(Path(__file__).parent))

import pictures

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


def draw_pictures(app: Sphinx) -> None:
    """Draw what the pages show, before they are read."""
    pictures.draw_all()


def keep_first_line(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """Begin a property's docstring with an empty comment.

    Napoleon takes what stands before a colon in its first line for a type, which ours never name.
    """
    if what in {"attribute", "data", "property"}:
        lines[:0] = ["..", ""]


def tell_declared_fields(
    app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]
) -> None:
    """List what a record, a policy or the assumptions declare: the page cannot say otherwise."""
    if what != "class" or not attrs.has(obj):
        return
    told: list[tuple[str, str]] = []
    if hasattr(obj, "__attrs_post_init__") and obj.__module__.startswith("relmkt.domain"):
        for field, spec in schema(obj).fields.items():
            told.append((field, f"{spec.meaning} ({_kind_of(spec)})"))
    for setting in thresholds(obj):
        default = f"default {setting.default}" if setting.default is not None else "no default"
        if isinstance(setting.default, Mapping):
            default = ", ".join(f"{fact} = {value}" for fact, value in setting.default.items())
        told.append(
            (setting.name, f"{setting.meaning} ({setting.unit}; {default}; {setting.source})")
        )
    if told:
        lines += ["", ".. rubric:: Fields", ""]
        lines += [line for field, text in told for line in (f"``{field}``", f"   {text}", "")]


def _kind_of(spec: FieldSpec) -> str:
    """Return the sort of value, its unit and its bounds, in words."""
    if spec.words is not None:
        return f"{'any of' if spec.is_set else 'one of'} {', '.join(spec.words)}"
    words = ["whole number" if spec.whole else spec.kind.value]
    words += [f"in {spec.unit}"] if spec.unit else []
    words += [f"at least {spec.lower:g}"] if spec.lower is not None else []
    words += [f"at most {spec.upper:g}"] if spec.upper is not None else []
    return ", ".join(words)


def setup(app: Sphinx) -> None:
    """Register what is ours."""
    app.connect("builder-inited", draw_pictures)
    app.connect("autodoc-process-docstring", keep_first_line, priority=400)
    app.connect("autodoc-process-docstring", tell_declared_fields, priority=900)
    app.add_html_math_renderer("mathml", (inline_math, None), (block_math, None))
