"""Small texts, such as policies, read whole."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from relmkt.adapters._source import opened
from relmkt.errors import FileError

__all__ = ["read_text"]


def read_text(path: str | Path, *, stdin: BinaryIO | None = None) -> str:
    """Read a text file in UTF-8, with or without a byte order mark, perhaps packed by gzip.

    Parameters
    ----------
    path
        The file; ``-`` is standard input.
    stdin
        Standard input, where there is one.

    Raises
    ------
    FileError
        When the file is missing, empty, unreadable, damaged or no text in UTF-8.

    Examples
    --------
    >>> from relmkt.adapters.files import read_text
    >>> read_text("polcy.json")
    Traceback (most recent call last):
        ...
    relmkt.errors.FileError: polcy.json: there is no such file...
    """
    with opened(path, stdin=stdin, format="jsonl", encoding="utf-8") as source:
        try:
            return source.path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError as error:
            raise FileError(
                source.name,
                f"is not in UTF-8 (byte {error.start + 1:,})",
                remedy="save it as UTF-8",
            ) from None
