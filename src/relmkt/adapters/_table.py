"""A file as a table of texts: its columns, SQL that scans it, and where each row stands."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import attrs

from relmkt.adapters._engine import literal, quoted
from relmkt.adapters._source import Source
from relmkt.errors import FileError, InvalidRowsError, InvalidValueError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["Table", "clipped", "counted", "opened_table", "refuse_rejects"]

_HEAD = 1 << 20
_LINE_BYTES = 2_000_000
_LONG = 100_000
_DELIMITERS = ",;\t|"
_BLANK = " \t\r\n"


@attrs.frozen(kw_only=True)
class Table:
    """What a file holds, as DuckDB sees it.

    Parameters
    ----------
    source
        The file.
    names
        Its columns, as they are named in it.
    scan
        What stands after FROM.
    texts
        For each column, SQL for its cell as text, NULL where it is empty.
    whole
        SQL for a whole number by which fully identical rows agree.
    sorts
        For each column, SQL for the sort of id in the cell: ``'text'``, ``'int'`` or another.
    types
        What DuckDB calls the types of the columns, where they have types: the text of a value that
        has one is written in the usual way.
    row
        SQL for the number of the row, counted from 0, where the file tells it.
    places
        Tells for row numbers, counted from 0, where they stand: ``"line 17"`` or ``"row 16"``.
    """

    source: Source
    names: tuple[str, ...]
    scan: str
    texts: Mapping[str, str]
    whole: str
    sorts: Mapping[str, str]
    types: Mapping[str, str] = MappingProxyType({})
    row: str | None = None
    places: Callable[[Sequence[int]], list[str]]


def opened_table(
    connection: DuckDBPyConnection, source: Source, *, delimiter: str | None, limit: int
) -> Table:
    """The table in a file.

    Raises
    ------
    FileError
        When the file has no header, or names a column twice.
    InvalidRowsError
        When lines of JSON are no objects.
    """
    match source.format:
        case "csv":
            return _csv(source, delimiter)
        case "jsonl":
            return _jsonl(connection, source, limit)
        case "parquet":
            return _parquet(connection, source)


def clipped(text: str, limit: int = 60) -> str:
    """A name short enough to be said, without characters that would command a terminal."""
    said = text if len(text) <= limit else f"{text[:limit]}…"
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in said)


def _refuse_twins(source: Source, names: Sequence[str]) -> None:
    twins = [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
    if twins:
        raise FileError(
            source.name,
            f"names the column '{clipped(twins[0])}' {names.count(twins[0])} times",
            remedy="give each column its own name",
        )


# ---------------------------------------------------------------------------------------- CSV


def _csv(source: Source, delimiter: str | None) -> Table:
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise InvalidValueError(
            "delimiter", "be one character, and no quote or line end", delimiter
        )
    names, delimiter = _header(source, delimiter)
    _refuse_twins(source, names)
    columns = ", ".join(f"'c{at}': 'VARCHAR'" for at in range(len(names)))
    scan = (
        f"read_csv({literal(str(source.path))}, auto_detect = false, header = true,"
        f" delim = {literal(delimiter)}, quote = '\"', escape = '\"', columns = {{{columns}}},"
        f" max_line_size = {_LINE_BYTES}, compression = 'none', hive_partitioning = false,"
        " store_rejects = true)"
    )
    texts = {name: f"c{at}" for at, name in enumerate(names)}
    return Table(
        source=source,
        names=tuple(names),
        scan=scan,
        texts=texts,
        whole=f"hash({', '.join(f'c{at}' for at in range(len(names)))})",
        sorts=dict.fromkeys(names, "'text'"),
        places=lambda rows: _csv_places(source.path, delimiter, rows, only_column=len(names) == 1),
    )


def _header(source: Source, delimiter: str | None) -> tuple[list[str], str]:
    """The names in the first line, and the delimiter that parts it into most of them."""
    with source.path.open("rb") as file:
        head = file.read(_HEAD).removeprefix(b"\xef\xbb\xbf")
    line = re.split(rb"\r\n|\r|\n", head, maxsplit=1)[0]
    if not line.strip():
        raise FileError(
            source.name, "line 1 is blank", remedy="the first line must name the columns"
        )
    try:
        text = head.decode("utf-8", errors="ignore" if len(head) == _HEAD else "strict")
        line.decode("utf-8")
    except UnicodeDecodeError as error:
        at = head.count(b"\n", 0, error.start) + 1
        raise _not_utf8(source, f"line {at:,}") from None
    found: dict[str, list[str]] = {}
    for candidate in delimiter or _DELIMITERS:
        try:
            found[candidate] = next(csv.reader(io.StringIO(text, newline=""), delimiter=candidate))
        except csv.Error:
            raise FileError(
                source.name, "line 1 is no header", remedy="the first line must name the columns"
            ) from None
    best = max(found, key=lambda candidate: len(found[candidate]))
    return found[best], best


def _not_utf8(source: Source, place: str) -> FileError:
    return FileError(
        source.name,
        f"is not in UTF-8 ({place})",
        remedy="say which encoding it has, for example encoding='cp1252'",
    )


def _csv_places(path: Path, delimiter: str, rows: Sequence[int], *, only_column: bool) -> list[str]:
    """The lines on which rows begin: fields may hold line ends, and blank lines are no rows.

    In a file of one column a blank line is an empty cell.
    """
    wanted = {row: f"row {row + 1:,}" for row in rows}
    last = max(wanted, default=0)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(_shortened(file, delimiter), delimiter=delimiter)
        row, begun = -1, 1  # the header is no row
        try:
            for fields in reader:
                if fields or only_column:
                    if row in wanted:
                        wanted[row] = f"line {begun:,}"
                    row += 1
                begun = reader.line_num + 1
                if row > last:
                    break
        except csv.Error:  # a field is too long all the same: the rest keep their row numbers
            pass
    return [wanted[row] for row in rows]


def _shortened(lines: Iterable[str], delimiter: str) -> Iterator[str]:
    """Lines of the same structure, whose long fields do not exceed what the csv module takes."""
    plain = re.compile(rf'[^"\r\n{re.escape(delimiter)}]+')
    for line in lines:
        yield line if len(line) < _LONG else plain.sub("x", line)


def refuse_rejects(connection: DuckDBPyConnection, source: Source, many: int, limit: int) -> None:
    """Raise for the lines that DuckDB could not part into so many fields."""
    total = counted(connection, "SELECT count(DISTINCT line_byte_position) FROM reject_errors")
    if not total:
        return
    found = connection.execute(
        "SELECT line_byte_position, min(error_type::VARCHAR) FROM reject_errors"
        f" GROUP BY ALL ORDER BY ALL LIMIT {limit}"
    ).fetchall()
    lines = _lines_at(source.path, [position - 1 for position, _ in found])
    if all("ENCODING" in kind for _, kind in found):
        raise _not_utf8(source, f"line {lines[0]:,}")
    raise InvalidRowsError(
        source.name,
        [
            f"line {line:,}: {_said(kind, many)}"
            for line, (_, kind) in zip(lines, found, strict=True)
        ],
        total=total,
        remedy="put fields that hold the delimiter in double quotes, and double the quotes in them",
    )


def counted(connection: DuckDBPyConnection, query: str) -> int:
    """The one number that a query gives."""
    return int(connection.execute(query).fetchall()[0][0])


def _said(kind: str, many: int) -> str:
    header = f"the header, which has {many}"
    match kind.split():
        case ["MISSING", *_]:
            return f"fewer fields than {header}"
        case ["TOO", *_]:
            return f"more fields than {header}"
        case ["INVALID", "ENCODING"]:
            return "not in UTF-8"
        case [*_, "MAXIMUM"]:
            return f"longer than {_LINE_BYTES:,} bytes"
        case _:
            return "a quote that is not closed, or text after a closing quote"


def _lines_at(path: Path, positions: Sequence[int]) -> list[int]:
    """The line on which each byte position lies, past blank lines; positions ascend."""
    lines: list[int] = []
    line, begun, pending = 1, 0, list(positions)
    with path.open("rb") as file:
        for text in _lines(file):
            end = begun + len(text)
            while pending and pending[0] < end:
                if not text.strip(b"\r\n"):
                    pending[0] = end
                    break
                lines.append(line)
                pending.pop(0)
            if not pending:
                break
            line, begun = line + 1, end
    return lines + [line] * len(pending)


def _lines(file: io.BufferedReader) -> Iterator[bytes]:
    """Lines that end in LF, CRLF or (in old files) CR alone."""
    for text in file:
        yield from re.findall(rb"[^\r]*(?:\r\n|\r|\n)|[^\r]+\Z", text) if b"\r" in text else (text,)


# --------------------------------------------------------------------------------- JSON lines


def _jsonl(connection: DuckDBPyConnection, source: Source, limit: int) -> Table:
    # Raw control characters are not JSON, so one of them can part nothing.
    lines = (
        f"read_csv({literal(str(source.path))}, auto_detect = false, header = false,"
        " delim = '\x01', quote = '', escape = '', columns = {'line': 'VARCHAR'},"
        f" max_line_size = {_LINE_BYTES}, compression = 'none', hive_partitioning = false,"
        " store_rejects = true)"
    )
    scan = f"(SELECT TRY_CAST(line AS JSON) AS j, line FROM {lines} WHERE trim(line, ' \t') <> '')"
    keys: list[str] = []
    shapes = connection.execute(
        "SELECT DISTINCT CASE json_type(j) WHEN 'OBJECT' THEN json_keys(j) END FROM " + scan
    ).fetchall()
    refuse_rejects(connection, source, 1, limit)
    if not shapes:
        raise FileError(source.name, "holds no line of JSON")
    for (shape,) in shapes:
        if shape is None:
            raise _malformed(connection, source, scan, limit)
        _refuse_twins(source, shape)
        keys += shape
    names = tuple(dict.fromkeys(keys))
    paths = {name: literal(_pointer(name)) for name in names}
    return Table(
        source=source,
        names=names,
        scan=scan,
        texts={name: _json_text(f"json_extract(j, {path})") for name, path in paths.items()},
        whole="hash(line)",
        sorts={name: _json_sort(f"json_extract(j, {path})") for name, path in paths.items()},
        places=lambda rows: _jsonl_places(source.path, rows),
    )


def _pointer(name: str) -> str:
    """Where a name leads (RFC 6901); unlike a JSON path it takes every character there is."""
    return "/" + name.replace("~", "~0").replace("/", "~1")


def _json_text(cell: str) -> str:
    """The text of a JSON value; a list of words is written with semicolons."""
    listed = f"array_to_string(CAST({cell} AS VARCHAR[]), ';')"
    words = f"CASE json_array_length({cell}) WHEN 0 THEN 'none' ELSE {listed} END"
    plain = f"json_extract_string({cell}, '$')"
    return f"nullif(CASE json_type({cell}) WHEN 'ARRAY' THEN {words} ELSE {plain} END, '')"


def _json_sort(cell: str) -> str:
    return (
        f"CASE json_type({cell}) WHEN 'VARCHAR' THEN 'text' WHEN 'BIGINT' THEN 'int'"
        f" WHEN 'UBIGINT' THEN 'int' ELSE lower(json_type({cell})) END"
    )


def _malformed(
    connection: DuckDBPyConnection, source: Source, scan: str, limit: int
) -> InvalidRowsError:
    bad = "json_type(j) IS DISTINCT FROM 'OBJECT'"
    total = counted(connection, f"SELECT count(*) FROM {scan} WHERE {bad}")
    found = connection.execute(
        f"SELECT row FROM (SELECT row_number() OVER () - 1 AS row, j FROM {scan})"
        f" WHERE {bad} ORDER BY row LIMIT {limit}"
    ).fetchall()
    places = _jsonl_places(source.path, [row for (row,) in found])
    return InvalidRowsError(
        source.name,
        [f"{place}: not one JSON object" for place in places],
        total=total,
        remedy="each line must be one whole JSON object, with nothing between the lines",
    )


def _jsonl_places(path: Path, rows: Sequence[int]) -> list[str]:
    wanted = {row: f"row {row + 1:,}" for row in rows}
    row = 0
    with path.open(encoding="utf-8", errors="replace") as file:
        for line, text in enumerate(file, start=1):
            if not text.removeprefix("\ufeff").strip(_BLANK):
                continue
            if row in wanted:
                wanted[row] = f"line {line:,}"
            row += 1
    return [wanted[row] for row in rows]


# ------------------------------------------------------------------------------------ Parquet


def _parquet(connection: DuckDBPyConnection, source: Source) -> Table:
    import duckdb

    scan = (
        f"read_parquet({literal(str(source.path))}, binary_as_string = true,"
        " hive_partitioning = false)"
    )
    try:
        described = connection.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
    except duckdb.Error as error:
        raise FileError(
            source.name,
            f"is a damaged Parquet file ({clipped(str(error).splitlines()[0], 200)})",
        ) from None
    types = {str(row[0]): str(row[1]) for row in described}
    return Table(
        source=source,
        names=tuple(types),
        scan=scan,
        texts={name: _parquet_text(quoted(name), sort) for name, sort in types.items()},
        whole=f"hash({', '.join(map(quoted, types))})",
        sorts={name: literal(_parquet_sort(sort)) for name, sort in types.items()},
        types=types,
        row=None if "file_row_number" in types else "file_row_number",
        places=lambda rows: [f"row {row + 1:,}" for row in rows],
    )


def _parquet_text(cell: str, sort: str) -> str:
    if sort.endswith("[]"):
        return f"CASE len({cell}) WHEN 0 THEN 'none' ELSE array_to_string({cell}, ';') END"
    if sort == "FLOAT":
        cell = f"CAST({cell} AS DOUBLE)"
    return f"nullif(CAST({cell} AS VARCHAR), '')"


def _parquet_sort(sort: str) -> str:
    if sort in ("VARCHAR", "UUID") or sort.startswith("ENUM"):
        return "text"
    return "int" if re.fullmatch(r"U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?", sort) else sort.lower()
