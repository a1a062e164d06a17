"""What every part of the report has: a place, a name, a finding, and a plain sentence."""

from __future__ import annotations

import attrs

__all__ = ["Section"]


@attrs.frozen(kw_only=True)
class Section:
    """The head of one part.

    Attributes
    ----------
    id
        Its place in the page.
    label
        What it is about, in a few words.
    title
        What it shows, with the number.
    lead
        How to read it, for somebody who never saw such a thing.
    """

    id: str
    label: str
    title: str
    lead: str
