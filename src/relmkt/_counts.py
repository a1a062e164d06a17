"""How many of what, in words: one customer, and 2,357 customers."""

from __future__ import annotations

__all__ = ["counted"]


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A number with its noun, in the singular or the plural, for a reader.

    Parameters
    ----------
    count
        How many; written with commas between the thousands.
    noun
        What is counted, in the singular.
    plural
        Its plural, where that is not the noun with an s.

    Examples
    --------
    >>> from relmkt._counts import counted
    >>> counted(1, "customer"), counted(2357, "customer"), counted(0, "entry", "entries")
    ('1 customer', '2,357 customers', '0 entries')
    """
    return f"{count:,} {noun if count == 1 else plural or f'{noun}s'}"
