"""Texts, such as policies and reports, read whole, and written whole or not at all."""

from __future__ import annotations

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from relmkt.adapters._source import opened
from relmkt.errors import FileError

__all__ = ["read_text", "write_bytes", "write_text"]


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


def write_text(path: str | Path, text: str) -> None:
    """Write a text in UTF-8, whole or not at all.

    Parameters
    ----------
    path
        The file; one that is there already is replaced at the very end, in one step.
    text
        What it is to hold.

    Raises
    ------
    FileError
        When the file cannot be written there.

    Examples
    --------
    >>> from relmkt.adapters.files import write_text
    >>> write_text("no/such/folder/policy.json", "{}")
    Traceback (most recent call last):
        ...
    relmkt.errors.FileError: no/such/folder/policy.json: cannot be written: No such file...
    """
    write_bytes(path, text.encode())


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write bytes, whole or not at all.

    Parameters
    ----------
    path
        The file; one that is there already is replaced at the very end, in one step.
    content
        What it is to hold.

    Raises
    ------
    FileError
        When the file cannot be written there.

    Examples
    --------
    >>> from relmkt.adapters.files import write_bytes
    >>> write_bytes("no/such/folder/plan.ics", b"")
    Traceback (most recent call last):
        ...
    relmkt.errors.FileError: no/such/folder/plan.ics: cannot be written: No such file...
    """
    target = Path(path).resolve()  # where a link leads, so that the link stays
    try:
        if target.exists() and not target.is_file():  # a pipe or a device cannot be replaced
            target.write_bytes(content)
            return
        with TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
            made = Path(folder, target.name)
            made.write_bytes(content)
            if target.exists():
                shutil.copymode(target, made)
            made.replace(target)
    except OSError as error:
        raise FileError(str(path), f"cannot be written: {error.strerror or error}") from None
