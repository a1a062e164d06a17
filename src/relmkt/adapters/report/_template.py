"""The sources of pages: their look, their templates, and what a page allows itself."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, cast

from relmkt.adapters.report._words import unbroken
from relmkt.errors import MissingExtraError

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["policy_hash", "source_of", "template_of"]


@cache
def source_of(name: str) -> str:
    """A source of the page, as it stands in the package."""
    return (files("relmkt.adapters.report") / "page" / name).read_text(encoding="utf-8")


@cache
def template_of(name: str) -> Template:
    """The template of a page.

    Raises
    ------
    MissingExtraError
        When Jinja is not installed.
    """
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError:
        raise MissingExtraError("jinja2", extra="report", purpose="a report") from None
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    cast("dict[str, Any]", environment.filters)["unbroken"] = unbroken  # pyright: ignore[reportUnknownMemberType]
    return environment.from_string(source_of(name))


def policy_hash(text: str) -> str:
    """How the page's own policy names the one style, or script, that it allows."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"
