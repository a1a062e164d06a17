"""Records by the million as JSON, out of columns and back into them (extra ``json``).

In JSON a record is an object with the names of its fields. What is absent is left out; null says
the same. A set that is known in whole is a list of its words, else an object with true or false
for each word that is known. Instants are ISO 8601, with an offset where they have a zone; days are
ISO 8601 too; ids are text or whole numbers, as given. `relmkt.json_schema` says the same for
programs, and the schemas of all record types lie in the documentation under ``schemas``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.adapters._json_rows import (
    Decoder,
    columns_from_lines,
    quickest_decoder,
    stripped_mark,
)
from relmkt.adapters._json_values import (
    Faulty,
    json_id,
    json_text,
    plain_time,
    plain_values,
    read_line,
)
from relmkt.columns import Columns
from relmkt.errors import InvalidRowsError, InvalidValueError, MissingExtraError
from relmkt.records import schema
from relmkt.rules import Kind

if TYPE_CHECKING:
    from types import ModuleType

    from relmkt.records._fields import FieldSpec

__all__ = ["records_from_json", "records_to_json"]

C = TypeVar("C", bound=Columns[Any])

_BLOCK = 1 << 13
"""Rows at a time: their Python objects stay in the cache of a core."""

_BYTES = (bytes, bytearray, memoryview)

_PIECE = 1 << 20
"""Bytes of JSON lines at a time."""


def records_to_json(rows: Columns[Any] | Iterable[Any], *, array: bool = False) -> bytes:
    """Records as JSON lines, one object a line, or as one array.

    Parameters
    ----------
    rows
        Columns, or records of one or several types. The details of columns (a unit, a day) belong
        to the whole and are not written.
    array
        Whether to write one array instead of lines.

    Returns
    -------
    bytes
        UTF-8. Of no rows, nothing (or an empty array).

    Raises
    ------
    InvalidValueError
        For what is no record, an id that is neither text nor a whole number, and text that is no
        valid Unicode.
    MissingExtraError
        When msgspec is not installed.

    Examples
    --------
    >>> from relmkt.adapters.bulk_json import records_to_json
    >>> from relmkt.columns import Portfolio
    >>> portfolio = Portfolio(customer=["C-1", "C-2"], attrition_risk=[0.2, None])
    >>> print(records_to_json(portfolio).decode(), end="")
    {"customer":"C-1","attrition_risk":0.2}
    {"customer":"C-2"}
    """
    encoder = _msgspec("writing JSON in bulk").json.Encoder()
    blocks = _blocks_of_columns(rows) if isinstance(rows, Columns) else _blocks_of_records(rows)
    if array:
        return b"[" + b",".join(encoder.encode(block)[1:-1] for block in blocks) + b"]"
    written = BytesIO()  # which gives its bytes away without copying them
    for block in blocks:
        written.write(encoder.encode_lines(block))
    return written.getvalue()


def records_from_json(
    data: bytes | str,
    columns_type: type[C],
    *,
    name: str = "the JSON",
    limit: int = 10,
    **details: Any,
) -> C:
    r"""Read records from JSON lines or from one array; all are good, or nothing is kept.

    Parameters
    ----------
    data
        JSON lines, or an array of objects; text, or UTF-8. Blank lines are skipped, and counted.
    columns_type
        The columns to read them into; it says the record type.
    name
        What the data are called in messages, for example a file's name.
    limit
        How many bad rows a message names; all are counted.
    **details
        What belongs to the whole (a unit, a day), as the columns take it.

    Raises
    ------
    InvalidRowsError
        When lines hold no such record: no JSON, an unknown field, a value that breaks the rule of
        its field, a key twice, NaN. The first are named by line (in an array, by item) and field.
    InvalidValueError
        When the data are neither text nor bytes, when an array is no JSON, when some instants of
        a field have a zone and others have none, or for a type that is none of columns.
    MissingExtraError
        When msgspec is not installed.

    Examples
    --------
    >>> from relmkt.adapters.bulk_json import records_from_json
    >>> from relmkt.columns import Portfolio
    >>> records_from_json('{"customer": 7, "headroom": 20}', Portfolio).headroom
    array([20.])
    >>> records_from_json('{"customer": 7}\n{"customer": 8, "headrom": 20}', Portfolio)
    Traceback (most recent call last):
        ...
    relmkt.errors.InvalidRowsError: 1 bad row in the JSON
      line 2: no field 'headrom'; did you mean 'headroom'? There are: customer, status, ...
    nothing was read: mend the JSON and try again
    """
    given = cast("Any", columns_type)
    if not (isinstance(given, type) and issubclass(given, Columns)):
        raise InvalidValueError(
            "columns_type",
            "be a type of columns",
            cast("object", given),
            remedy="for records of CustomerFacts that is Portfolio, and so for each record type",
        )
    _msgspec("reading JSON in bulk")
    decoder = quickest_decoder()
    raw = stripped_mark(_encoded(data))
    reader = _Reader(columns_type, limit, details)
    reader.is_array = raw.lstrip()[:1] == b"["
    for block in _items(raw) if reader.is_array else _lines(raw):
        reader.take(block, decoder)
    return reader.read(name)


def _msgspec(purpose: str) -> ModuleType:
    try:
        import msgspec
    except ImportError:
        raise MissingExtraError("msgspec", extra="json", purpose=purpose) from None
    return msgspec


# ----------------------------------------------------------------------------------- writing


def _blocks_of_records(records: Iterable[Any]) -> Iterator[list[dict[str, Any]]]:
    try:
        rest = iter(records)
    except TypeError:
        raise InvalidValueError("rows", "be columns or records", records) from None
    while block := [plain_values(record) for record in islice(rest, _BLOCK)]:
        yield block


def _blocks_of_columns(columns: Columns[Any]) -> Iterator[list[Any]]:
    """The rows as objects that msgspec writes; a field that is absent is its default."""
    from msgspec import defstruct

    found = schema(columns.record_type)
    given = [name for name in found.fields if {name, *found.sets.get(name, ())} & {*columns.names}]
    row: Any = defstruct(
        "Row", [(name, object, None) for name in given], omit_defaults=True, gc=False
    )
    for start in range(0, len(columns), _BLOCK):
        part = columns[start : start + _BLOCK]
        yield [*map(row, *(_values(part, name) for name in given))]


def _values(part: Columns[Any], name: str) -> list[Any]:
    """The values of one field as msgspec takes them, None where absent."""
    found = schema(part.record_type)
    spec = found.fields[name]
    if spec.is_identity:
        return _ids(name, part.ids)
    if spec.is_set:
        return _sets([part.column(word) for word in found.sets[name]], spec)
    values = part.column(name).tolist() if _is_plain(part, name) else part.values(name)
    match spec.kind:
        case Kind.INSTANT | Kind.DAY:
            return [None if value is None else plain_time(value) for value in values]
        case Kind.TEXT:
            return [None if value is None else json_text(name, value) for value in values]
        case _:
            return values


def _ids(name: str, ids: NDArray[Any]) -> list[Any]:
    values: list[Any] = ids.tolist()
    if ids.dtype.kind in "iu":
        return values
    if ids.dtype.kind == "U":
        with suppress(UnicodeEncodeError):
            "".join(values).encode()
            return values
    return [json_id(name, value) for value in values]


def _is_plain(part: Columns[Any], name: str) -> bool:
    """Whether an array's own values are those of the records: numbers without gaps."""
    feature = schema(part.record_type).features[name]
    return feature.kind is Kind.NUMBER and not feature.whole and not part.has_absent(name)


def _sets(flags: list[NDArray[Any]], spec: FieldSpec) -> list[Any]:
    """The sets of all rows, made once for each combination of answers that occurs."""
    # As texts of fixed width, for those become Python objects at once; no byte of them is 0.
    keys = (np.stack(flags, axis=1) + np.int8(2)).view(f"S{len(flags)}").ravel().tolist()
    made = {key: _set([byte - 2 for byte in key], spec) for key in set(keys)}
    return [*map(made.__getitem__, keys)]


def _set(answers: list[int], spec: FieldSpec) -> list[str] | dict[str, bool] | None:
    words = [word.value for word in spec.words or ()]
    known = {word: held == 1 for word, held in zip(words, answers, strict=True) if held >= 0}
    if len(known) < len(words):
        return known or None
    return [word for word, held in known.items() if held]


# ----------------------------------------------------------------------------------- reading


@attrs.define(eq=False)
class _Reader:
    """Blocks of lines on their way into columns; after a bad one they are only judged."""

    columns_type: type[Columns[Any]]
    limit: int
    details: dict[str, Any]
    is_array: bool = False
    parts: list[Columns[Any]] = attrs.field(factory=list[Columns[Any]])
    problems: list[str] = attrs.field(factory=list[str])
    bad: int = 0
    seen: int = 0

    def take(self, lines: list[bytes], decoder: Decoder) -> None:
        first, self.seen = self.seen + 1, self.seen + len(lines)
        filled = [line for line in lines if line and not line.isspace()]
        if not filled:
            return
        part = columns_from_lines(self.columns_type, filled, decoder, **self.details)
        if part is None:
            part = self._one_by_one(lines, first)
        if part is not None and not self.bad:
            self.parts.append(part)

    def _one_by_one(self, lines: list[bytes], first: int) -> Columns[Any] | None:
        records: list[Any] = []
        for number, line in enumerate(lines, start=first):
            if not line.strip():
                continue
            found = read_line(self.columns_type.record_type, line)
            if not isinstance(found, Faulty):
                records.append(found)
                continue
            self.bad += 1
            if self.bad <= self.limit:
                place = "item" if self.is_array else "line"
                self.problems.append(f"{place} {number}: {found.error}")
        return None if self.bad else self.columns_type.of(records, **self.details)

    def read(self, name: str) -> Any:
        if self.bad:
            raise InvalidRowsError(
                name,
                self.problems,
                total=self.bad,
                remedy=f"nothing was read: mend {name} and try again",
            )
        if not self.parts:
            return self.columns_type.of([], **self.details)
        if len(self.parts) == 1:
            return self.parts[0]
        # Made anew, for columns may have rules for the whole: one currency, for example.
        return self.columns_type.concatenated(self.parts).replace()


def _encoded(data: bytes | str) -> bytes:
    if isinstance(data, str):
        return data.encode(errors="surrogatepass")  # which is no UTF-8, and found on its line
    if not isinstance(data, _BYTES):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValueError("data", "be text or bytes", data)
    return bytes(data)


def _lines(raw: bytes) -> Iterator[list[bytes]]:
    """The lines in blocks; a line ends at a line feed, or at the end."""
    start = 0
    while start < len(raw):
        end = raw.rfind(b"\n", start, start + _PIECE)
        if end < 0:  # one line longer than a block
            end = raw.find(b"\n", start)
        if end < 0:
            end = len(raw)
        yield raw[start:end].split(b"\n")
        start = end + 1


def _items(raw: bytes) -> Iterator[list[bytes]]:
    """The items of an array in blocks."""
    import msgspec

    try:
        items = msgspec.json.decode(raw, type=list[msgspec.Raw])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        too_deep = isinstance(error, RecursionError)
        raise InvalidValueError(
            "array",
            "be JSON",
            raw.decode(errors="replace"),
            remedy="it is nested too deeply" if too_deep else str(error),
        ) from None
    for start in range(0, len(items), _BLOCK):
        yield [bytes(item) for item in items[start : start + _BLOCK]]
