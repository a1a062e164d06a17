"""Columns to files: written aside and then put in place, so that nobody ever sees half a file."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from numbers import Integral, Real
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import Utc
from relmkt.adapters._engine import connected, literal, quoted
from relmkt.adapters._source import Format, format_of
from relmkt.columns import Columns
from relmkt.errors import FileError, InvalidValueError
from relmkt.records import schema
from relmkt.rules import ABSENT_CODE, Kind

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["rows_of", "unguarded", "write_blocks", "write_rows"]

_FORMULA_MARKS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a text begins with that a spreadsheet may take for a formula."""

_BLOCK = 1 << 20
_MEMORY = "128000000 B"
"""What DuckDB may take while it puts blocks into files, and files into one."""


def write_rows(
    path: str | Path,
    columns: Mapping[str, Sequence[Any] | NDArray[Any]],
    *,
    format: str | None = None,
    stream: BinaryIO | TextIO | None = None,
) -> None:
    """Write columns to a file, all of it or nothing.

    A file that is there already is replaced at the very end, in one step. Absent values (None,
    NaN, NaT) are empty in CSV and null elsewhere; instants are ISO 8601, with a ``Z`` if they are
    in UTC.

    In CSV, a text that begins as a formula might (with ``=``, ``+``, ``-``, ``@``, a tab, a line
    end, or the full-width forms of those signs) is written with an apostrophe before it, so that no
    spreadsheet runs it; numbers are never touched. Parquet and JSON lines hold it as it is.

    Parameters
    ----------
    path
        The file; or ``"-"`` for ``stream``.
    columns
        The values by name, each of the same length: arrays, masked arrays of integers or flags, or
        sequences of texts, numbers, flags, dates or datetimes.
    format
        ``"csv"``, ``"parquet"`` or ``"jsonl"``; unless given, what the name of the file tells, and
        CSV for ``"-"``.
    stream
        The stream that ``"-"`` stands for; of bytes for Parquet.

    Raises
    ------
    FileError
        When the file cannot be written there.
    InvalidValueError
        When columns differ in length, or hold infinity or other things than those above.
    UnknownNameError
        For an unknown format.
    MissingExtraError
        When DuckDB is not installed.
    BrokenPipeError
        When nobody reads the stream any more.

    Examples
    --------
    >>> from io import StringIO
    >>> from relmkt.adapters.files import write_rows
    >>> page = StringIO()
    >>> write_rows("-", {"customer": ["C-1", "=1+1"], "value": [29.5, None]}, stream=page)
    >>> print(page.getvalue())
    customer,value
    C-1,29.5
    '=1+1,
    <BLANKLINE>
    """
    write_blocks(path, [columns], format=format, stream=stream)


def write_blocks(
    path: str | Path,
    blocks: Iterable[Mapping[str, Sequence[Any] | NDArray[Any]]],
    *,
    format: str | None = None,
    stream: BinaryIO | TextIO | None = None,
) -> None:
    """Write columns to a file, some rows at a time: all of them or nothing, in little memory.

    The file holds what `write_rows` would make of all the rows at once, and appears when the last
    block is written. Until then they lie in a temporary folder beside it.

    Parameters
    ----------
    path, format, stream
        As in `write_rows`.
    blocks
        The columns of some rows, as in `write_rows`; at least one block. All have the same names,
        and values of the sorts that those of the first have.

    Raises
    ------
    FileError, UnknownNameError, MissingExtraError, BrokenPipeError
        As in `write_rows`.
    InvalidValueError
        As in `write_rows`, and when a block has other columns than the first, or none was given.

    Examples
    --------
    >>> from io import StringIO
    >>> from relmkt.adapters.files import write_blocks
    >>> page = StringIO()
    >>> write_blocks("-", ({"customer": [start, start + 1]} for start in (1, 3)), stream=page)
    >>> page.getvalue().split()
    ['customer', '1', '2', '3', '4']
    """
    name = str(path)
    kind = format_of(name, format)
    held = _columns(blocks)
    if name == "-":
        _write_stream(held, kind, stream)
        return
    try:
        _write_file(Path(name), name, held, kind)
    except OSError as error:
        reason = (
            "permission denied" if isinstance(error, PermissionError) else error.strerror or error
        )
        raise FileError(name, f"cannot be written: {reason}") from None


def rows_of(columns: Columns[Any]) -> dict[str, Sequence[Any] | NDArray[Any]]:
    """The values of columns as they are written, of the same sorts whether or not any is absent.

    Examples
    --------
    >>> from io import StringIO
    >>> from relmkt.adapters.files import rows_of, write_rows
    >>> from relmkt.columns import Portfolio
    >>> page = StringIO()
    >>> write_rows("-", rows_of(Portfolio(customer=[7, 8], barred=[True, None])), stream=page)
    >>> page.getvalue().split()
    ['customer,barred', '7,true', '8,']
    """
    features = schema(columns.record_type).features
    found: dict[str, Sequence[Any] | NDArray[Any]] = {}
    for name in columns.names:
        array, feature = columns.column(name), features[name]
        if feature.kind is Kind.FLAG:
            found[name] = np.ma.array(array == 1, mask=array == ABSENT_CODE)
        elif feature.kind is Kind.DAY or (feature.kind is Kind.NUMBER and not feature.whole):
            found[name] = array
        else:
            found[name] = columns.values(name)
    return found


def _columns(blocks: Iterable[Mapping[str, Any]]) -> Iterator[list[_Column]]:
    """Each block as columns that can be written."""
    names: list[str] | None = None
    for block in blocks:
        names = list(block) if names is None else names
        if list(block) != names:
            raise InvalidValueError("blocks", f"have the columns {names}", list(block))
        held = [_as_column(label, values) for label, values in block.items()]
        _check(held)
        yield held
    if names is None:
        raise InvalidValueError("blocks", "be at least one", 0)


def _write_stream(
    held: Iterable[list[_Column]], kind: Format, stream: BinaryIO | TextIO | None
) -> None:
    if stream is None:
        raise FileError("-", "there is no standard output here", remedy="name a file")
    with TemporaryDirectory(prefix="relmkt-") as folder:
        made = _made(held, kind, Path(folder).resolve(), "-", zipped=False)
        if not isinstance(stream, io.TextIOBase):
            with made.open("rb") as file:
                shutil.copyfileobj(file, cast("BinaryIO", stream), _BLOCK)
        elif kind == "parquet":
            raise FileError("-", "Parquet cannot be written as text", remedy="name a file")
        else:
            with made.open(encoding="utf-8", newline="") as file:
                shutil.copyfileobj(file, cast("TextIO", stream), _BLOCK)
    stream.flush()


def _write_file(path: Path, name: str, held: Iterable[list[_Column]], kind: Format) -> None:
    if path.is_dir():
        raise FileError(name, "is a folder, not a file")
    if not path.parent.is_dir():
        raise FileError(name, f"there is no folder '{path.parent}'", remedy="make it first")
    if path.exists() and not path.is_file():  # a pipe or a device cannot be replaced
        with path.open("wb") as stream:
            _write_stream(held, kind, stream)
        return
    zipped = name.lower().endswith(".gz")
    if zipped and kind == "parquet":
        raise FileError(name, "Parquet is compressed by itself", remedy="leave out '.gz'")
    target = path.resolve()  # where a link leads, so that the link stays
    with TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as folder:
        made = _made(held, kind, Path(folder), name, zipped=zipped)
        if target.exists():
            shutil.copymode(target, made)
        made.replace(target)


# ------------------------------------------------------------------------------------ columns


@attrs.frozen(kw_only=True, eq=False)
class _Column:
    """Values that DuckDB reads as they are, and where they are absent."""

    label: str
    array: NDArray[Any]
    gaps: NDArray[np.bool_] | None = None
    is_utc: bool = False

    def sql(self, at: int, kind: Format) -> str:
        """SQL for the values as they are written."""
        value = f"v{at}"
        match self.array.dtype.kind:
            case "f":
                return f"CASE WHEN NOT isnan({value}) THEN {value} END"
            case "M":
                return self._instant(f"CAST({value} AS TIMESTAMP)", kind)
            case "O" | "U":
                text = _guarded(f"CAST({value} AS VARCHAR)", kind)
                return text if self.gaps is None else f"CASE WHEN NOT g{at} THEN {text} END"
            case _:
                return value if self.gaps is None else f"CASE WHEN NOT g{at} THEN {value} END"

    def _instant(self, value: str, kind: Format) -> str:
        if np.datetime_data(self.array.dtype)[0] == "D":
            return f"CAST({value} AS DATE)"
        if kind == "parquet":
            return f"{value} AT TIME ZONE 'UTC'" if self.is_utc else value
        return f"replace(CAST({value} AS VARCHAR), ' ', 'T') || '{'Z' if self.is_utc else ''}'"

    def given(self, at: int) -> dict[str, NDArray[Any]]:
        """The arrays by the names that the SQL calls them by."""
        array = self.array
        if array.dtype.kind == "M":
            array = array.astype("datetime64[us]")
        elif array.dtype.kind == "U":
            array = array.astype(object)
        elif array.dtype == np.float16:
            array = array.astype(np.float64)
        return {f"v{at}": array} if self.gaps is None else {f"v{at}": array, f"g{at}": self.gaps}


def _guarded(text: str, kind: Format) -> str:
    if kind != "csv":
        return text
    marks = ", ".join(f"chr({ord(mark)})" for mark in _FORMULA_MARKS)
    return f"CASE WHEN left({text}, 1) IN ({marks}) THEN '''' || {text} ELSE {text} END"


def unguarded(ids: NDArray[Any]) -> NDArray[Any]:
    """Ids as they were before they were written to CSV, without the apostrophe that guards some."""
    guards = tuple(f"'{mark}" for mark in _FORMULA_MARKS)
    texts: list[str] = ids.tolist()
    if not any(text.startswith(guards) for text in texts):
        return ids
    plain = np.empty(len(texts), dtype=object)
    plain[:] = [text[1:] if text.startswith(guards) else text for text in texts]
    return plain


def _as_column(label: str, values: Any) -> _Column:
    if isinstance(values, Utc):
        return _Column(label=label, array=values.instants, is_utc=True)
    if isinstance(values, np.ndarray):
        array = cast("NDArray[Any]", values)
        if array.ndim != 1:
            raise InvalidValueError(label, "have one dimension", array.shape)
        if isinstance(array, np.ma.MaskedArray) and array.dtype.kind in "iub":
            return _Column(label=label, array=array.data, gaps=np.ma.getmaskarray(array))
        if array.dtype.kind in "fiubUM":
            return _Column(label=label, array=array)
        if array.dtype.kind != "O":
            raise _strange(label, str(array.dtype))
    return _from_objects(label, list(cast("Iterable[Any]", values)))


def _from_objects(label: str, values: list[Any]) -> _Column:
    """The column of a list; None is absent, and integers among texts are texts."""
    gaps = np.array([value is None for value in values], dtype=np.bool_)
    sorts = {cast("type[Any]", type(value)) for value in values if value is not None}

    def all_are(*wanted: type) -> bool:
        return bool(sorts) and all(issubclass(sort, wanted) for sort in sorts)

    def filled(blank: object) -> list[Any]:
        return [blank if value is None else value for value in values]

    if all_are(bool, np.bool_):
        return _Column(label=label, array=np.array(filled(False), dtype=np.bool_), gaps=gaps)
    if bool in sorts or np.bool_ in sorts:
        raise _strange(label, "flags among other things")
    if all_are(Integral) and all(abs(int(value)) < 2**63 for value in filled(0)):
        return _Column(label=label, array=np.array(filled(0), dtype=np.int64), gaps=gaps)
    if all_are(Real):
        return _Column(label=label, array=np.array(filled(np.nan), dtype=np.float64))
    if all_are(datetime):
        return _from_instants(label, filled(np.datetime64("NaT")))
    if all_are(date) and datetime not in sorts:
        return _Column(label=label, array=np.array(values, dtype="datetime64[D]"))
    if sorts and not all_are(str, Integral):
        names = ", ".join(sorted(sort.__name__ for sort in sorts))
        raise _strange(label, names)
    # Blanks beside the gaps, not None among the texts: for None older DuckDB asks pandas.
    array = np.empty(len(values), dtype=object)
    array[:] = [str(value) for value in filled("")]
    return _Column(label=label, array=array, gaps=gaps)


def _from_instants(label: str, values: list[Any]) -> _Column:
    moments = [value for value in values if isinstance(value, datetime)]
    zoned = {moment.tzinfo is not None for moment in moments}
    if len(zoned) > 1:
        raise InvalidValueError(label, "have a zone throughout or nowhere", "both")
    plain = [
        value.astimezone(UTC).replace(tzinfo=None)
        if isinstance(value, datetime) and value.tzinfo
        else value
        for value in values
    ]
    return _Column(label=label, array=np.array(plain, dtype="datetime64[us]"), is_utc=True in zoned)


def _strange(label: str, what: str) -> InvalidValueError:
    return InvalidValueError(label, "hold texts, numbers, flags, dates or datetimes", what)


def _check(held: Sequence[_Column]) -> None:
    if not held:
        raise InvalidValueError("columns", "have at least one column", 0)
    for column in held:
        if len(column.array) != len(held[0].array):
            rule = f"have {len(held[0].array):,} values like '{held[0].label}'"
            raise InvalidValueError(column.label, rule, len(column.array))
        if column.array.dtype.kind == "f" and np.isinf(column.array).any():
            row = int(np.flatnonzero(np.isinf(column.array))[0])
            raise InvalidValueError(
                column.label, "be finite", column.array[row], where=f"row {row}"
            )


# ------------------------------------------------------------------------------------- making

_OPTIONS: dict[Format, str] = {
    "csv": "FORMAT csv, DELIMITER ',', QUOTE '\"', ESCAPE '\"'",
    "jsonl": "FORMAT json, ARRAY false",
    "parquet": "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 40960",
}
"""Smaller groups of rows than usual: those that do not fit into memory are read again and again."""


def _made(
    blocks: Iterable[list[_Column]], kind: Format, folder: Path, name: str, *, zipped: bool
) -> Path:
    """The finished file, in a folder that will be removed.

    Each block becomes a file. Texts, zipped or not, need only stand one after the other; several
    files of Parquet are read as one, by the types of the first, and written again.
    """
    made = folder / "made"
    parts: list[Path] = []
    with connected(folder, memory=_MEMORY, threads=1) as connection:
        import duckdb

        try:
            for held in blocks:
                part = folder / f"part{len(parts)}" if kind == "parquet" or parts else made
                options = _OPTIONS[kind]
                if kind == "csv":
                    options += f", HEADER {'false' if parts else 'true'}"
                if kind != "parquet":
                    options += f", COMPRESSION {'gzip' if zipped else 'none'}"
                _copy(connection, held, kind, f"{literal(str(part))} ({options})")
                parts.append(part)
                if kind != "parquet" and part is not made:
                    _move_to_end(part, made)
            if len(parts) == 1:
                return parts[0]
            if kind == "parquet":
                listed = ", ".join(literal(str(part)) for part in parts)
                connection.execute(
                    f"COPY (FROM read_parquet([{listed}], binary_as_string = true))"
                    f" TO {literal(str(made))} ({_OPTIONS[kind]})"
                )
        except duckdb.Error as error:
            raise FileError(name, f"cannot be written: {str(error).splitlines()[0]}") from None
    return made


def _copy(
    connection: DuckDBPyConnection, held: Sequence[_Column], kind: Format, target: str
) -> None:
    given = {
        key: array for at, column in enumerate(held) for key, array in column.given(at).items()
    }
    selected = ", ".join(
        f"{column.sql(at, kind)} AS {quoted(column.label)}" for at, column in enumerate(held)
    )
    connection.register("given", given)
    connection.execute(f"COPY (SELECT {selected} FROM given) TO {target}")
    connection.unregister("given")


def _move_to_end(part: Path, made: Path) -> None:
    with part.open("rb") as old, made.open("ab") as new:
        shutil.copyfileobj(old, new, _BLOCK)
    part.unlink()
