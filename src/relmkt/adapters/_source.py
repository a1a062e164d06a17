"""From what the user named to a plain file on this machine: unzipped, in UTF-8, and no surprise."""

from __future__ import annotations

import difflib
import gzip
import io
import shutil
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, Literal, cast

import attrs

from relmkt.errors import FileError, UnknownNameError

__all__ = ["FORMATS", "Format", "Source", "format_of", "opened"]

Format = Literal["csv", "parquet", "jsonl"]
"""The kinds of files that are read and written."""

FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
"""The format that a file's name tells."""

_BLOCK = 1 << 20
_ENCODINGS = ("utf-8", "utf-16", "latin-1", "cp1252", "cp1250", "mac-roman", "shift-jis", "gb18030")


@attrs.frozen(kw_only=True)
class Source:
    """A file that is ready to be read.

    Parameters
    ----------
    name
        The file as the user named it, for messages.
    path
        Where its text lies in UTF-8, or its Parquet as it is.
    format
        What kind of file it is.
    folder
        A temporary folder that lives as long as the reading.
    """

    name: str
    path: Path
    format: Format
    folder: Path


@contextmanager
def opened(
    path: str | Path,
    *,
    stdin: BinaryIO | None,
    format: str | None,
    encoding: str | None,
) -> Generator[Source, None, None]:
    """Open what the user named; whatever had to be set aside for it is removed afterwards.

    Raises
    ------
    FileError
        When the file is missing, empty, unreadable, damaged or of another kind.
    UnknownNameError
        For an unknown format or encoding.
    """
    name = str(path)
    kind = format_of(name, format)
    with TemporaryDirectory(prefix="relmkt-") as folder:
        aside = Path(folder).resolve()
        try:
            local = _unzipped(_local(name, stdin, aside), aside)
            _refuse_other_kinds(name, local, kind)
            if kind != "parquet":
                local = _in_utf8(name, local, encoding, aside)
                _refuse_binary(name, local)
        except OSError as error:
            raise FileError(name, _reason(error)) from None
        yield Source(name=name, path=local, format=kind, folder=aside)


def format_of(name: str, asked: str | None) -> Format:
    """The format asked for, or else the one that the name tells; CSV for ``-``.

    Parameters
    ----------
    name
        The name of a file; ``.gz`` at its end is passed over. The file need not be there.
    asked
        ``"csv"``, ``"parquet"`` or ``"jsonl"``; None leaves it to the name.

    Returns
    -------
    Format
        ``"csv"``, ``"parquet"`` or ``"jsonl"``.

    Raises
    ------
    FileError
        When the name does not tell.
    UnknownNameError
        When the format asked for is none of these.

    Examples
    --------
    >>> from relmkt.adapters.files import format_of
    >>> format_of("orders.jsonl.gz", None), format_of("-", None)
    ('jsonl', 'csv')
    """
    if asked is not None:
        if asked not in FORMATS.values():
            raise UnknownNameError(
                "file format", asked, dict.fromkeys(FORMATS.values()), where=name
            )
        return cast("Format", asked)
    if name == "-":
        return "csv"
    suffix = Path(name.lower().removesuffix(".gz")).suffix
    if suffix not in FORMATS:
        raise FileError(
            name,
            "its name does not tell what kind of file it is",
            remedy=f"let it end in {', '.join(FORMATS)}, or say format='csv', 'parquet' or 'jsonl'",
        )
    return FORMATS[suffix]


def _local(name: str, stdin: BinaryIO | None, folder: Path) -> Path:
    """A regular file: streams and pipes are set aside, for they can be read only once."""
    if name == "-":
        if stdin is None:
            raise FileError(name, "there is no standard input here", remedy="name a file")
        return _set_aside(stdin, folder / "input")
    path = Path(name)
    if path.is_dir():
        raise FileError(name, "is a folder, not a file")
    if not path.exists():
        raise FileError(name, "there is no such file", remedy=_neighbor(path))
    if not path.is_file():
        with path.open("rb") as stream:
            return _set_aside(stream, folder / "input")
    with path.open("rb"):  # raises now where reading is not permitted
        return _plainly_named(path.resolve(), folder)


def _plainly_named(path: Path, folder: Path) -> Path:
    """DuckDB would take ``orders[1].csv`` for a pattern, and ``*`` for every file there is."""
    if not set(str(path)) & set("*?[]{}"):
        return path
    target = folder / "input"
    try:
        target.symlink_to(path)
    except OSError:  # not everyone may make links on Windows
        shutil.copyfile(path, target)
    return target


def _set_aside(stream: BinaryIO, target: Path) -> Path:
    with target.open("wb") as file:
        shutil.copyfileobj(stream, file, _BLOCK)
    return target


def _neighbor(path: Path) -> str | None:
    try:
        names = [other.name for other in path.parent.iterdir()]
    except OSError:
        return None
    near = difflib.get_close_matches(path.name, names, n=1)
    return f"did you mean '{path.with_name(near[0])}'?" if near else None


def _reason(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "may not be read: permission denied"
    return f"cannot be read: {error.strerror or error}"


def _head(path: Path, size: int = 8) -> bytes:
    with path.open("rb") as file:
        return file.read(size)


def _unzipped(path: Path, folder: Path) -> Path:
    if not _head(path).startswith(b"\x1f\x8b"):
        return path
    try:
        with gzip.open(path) as stream:
            return _set_aside(cast("BinaryIO", stream), folder / "unzipped")
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise OSError("the gzip file is damaged or cut short") from None


def _refuse_other_kinds(name: str, path: Path, kind: Format) -> None:
    head = _head(path)
    if not head:
        raise FileError(name, "is empty")
    if head.startswith(b"PAR1"):
        if kind != "parquet":
            raise FileError(name, "is a Parquet file", remedy="say format='parquet'")
    elif kind == "parquet":
        raise FileError(
            name, "is not a Parquet file", remedy="say format='csv' or format='jsonl' if it is text"
        )
    elif head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise FileError(
            name, "is a workbook or an archive, not text", remedy="save the sheet as CSV UTF-8"
        )


def _in_utf8(name: str, path: Path, encoding: str | None, folder: Path) -> Path:
    asked = encoding or "utf-8"
    try:
        wrapper = io.TextIOWrapper(io.BytesIO(), encoding=asked)
    except LookupError:
        raise UnknownNameError("encoding", asked, _ENCODINGS, where=name) from None
    del wrapper
    if asked.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig"):
        if _head(path).startswith((b"\xff\xfe", b"\xfe\xff")):
            raise FileError(name, "is not in UTF-8", remedy="say encoding='utf-16'")
        return path
    target = folder / "utf8"
    line = 1
    try:
        with (
            path.open(encoding=asked, newline="") as old,
            target.open("w", encoding="utf-8", newline="") as new,
        ):
            while block := old.read(_BLOCK):
                new.write(block.removeprefix("\ufeff") if line == 1 else block)
                line += block.count("\n")
    except UnicodeError as error:
        reason = error.reason if isinstance(error, UnicodeDecodeError) else str(error)
        raise FileError(
            name,
            f"is not in {asked} ({reason}, after line {line:,})",
            remedy="say which encoding it has, for example encoding='cp1252'",
        ) from None
    return target


def _refuse_binary(name: str, path: Path) -> None:
    line = 1
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            at = block.find(b"\0")
            if at >= 0:
                line += block.count(b"\n", 0, at)
                raise FileError(
                    name,
                    f"is not a text file: line {line:,} holds a zero byte",
                    remedy="say encoding='utf-16' if another program saved it as Unicode text",
                )
            line += block.count(b"\n")
