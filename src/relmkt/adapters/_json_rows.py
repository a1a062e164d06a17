"""Many lines of JSON to columns at once: quick where all is well, and silent where anything is not.

The quick way never says what is wrong: it gives None at the least doubt, and the lines are then
read one by one (`relmkt.adapters._json_values`), which finds the sentence or clears the doubt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.adapters._json_values import converters, from_json_value
from relmkt.columns import Columns
from relmkt.records import Schema, schema
from relmkt.rules import ABSENT_CODE, Kind

if TYPE_CHECKING:
    from relmkt.records._fields import FieldSpec

__all__ = ["OWN", "Decoder", "columns_from_lines", "quickest_decoder", "stripped_mark"]

C = TypeVar("C", bound=Columns[Any])


@attrs.frozen
class Decoder:
    """A way to parse a line, and how it says no."""

    decode: Callable[[bytes], Any]
    refusals: tuple[type[Exception], ...]


_KEY = re.compile(rb'"[ \t\r\n]*:')
_MARK = b"\xef\xbb\xbf"


def stripped_mark(start: bytes) -> bytes:
    """The first bytes of a stream without the mark that some programs put before UTF-8."""
    return start.removeprefix(_MARK)


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


_PARSE = json.JSONDecoder(parse_constant=_no_number).decode


def _decode(line: bytes) -> Any:
    return _PARSE(line.decode())


OWN = Decoder(_decode, (ValueError, RecursionError))
"""The standard library's."""


def quickest_decoder() -> Decoder:
    """That of msgspec where it is installed, three times as fast as the standard library's."""
    try:
        import msgspec
    except ImportError:
        return OWN
    return Decoder(msgspec.json.Decoder().decode, (msgspec.MsgspecError, *OWN.refusals))


def columns_from_lines(
    columns_type: type[C], lines: Sequence[bytes], decoder: Decoder, **details: Any
) -> C | None:
    """The records of some lines as columns; None unless all of them are good beyond doubt."""
    try:
        rows = [*map(decoder.decode, lines)]
    except decoder.refusals:
        return None
    # What is wrong with a value is a ValueError or LookupError of the columns; where one of another
    # sort stands, as a list in the place of a word, it is a TypeError.
    try:
        return _gathered(columns_type, rows, lines, details)
    except (ValueError, TypeError, LookupError, RecursionError):
        return None


def _gathered(
    columns_type: type[C], rows: list[Any], lines: Sequence[bytes], details: dict[str, Any]
) -> C | None:
    found: Schema[Any] = schema(columns_type.record_type)
    if set(map(type, rows)) - {dict}:
        return None
    names = set[str]().union(*rows)
    if not names <= found.fields.keys():
        return None
    keys = sum(map(len, rows))
    columns: dict[str, Any] = {}
    for name, values in _transposed(rows, [name for name in found.fields if name in names], keys):
        spec = found.fields[name]
        if spec.is_set:
            keys += sum(len(cast("Any", value)) for value in values if type(value) is dict)
            columns |= _words(columns_type, name, values, found.sets[name])
        else:
            columns[name] = _converted(spec, name, values)
    if keys != _keys_in(lines):
        return None  # one stands there twice, or a text looks as if
    return columns_type(**columns, **details)


def _transposed(
    rows: list[dict[str, Any]], names: list[str], keys: int
) -> list[tuple[str, Sequence[Any]]]:
    """The values of each name, None where a row does not have it."""
    if len(names) > 1 and keys == len(rows) * len(names):  # every row has every name
        return [*zip(names, zip(*map(itemgetter(*names), rows), strict=True), strict=True)]
    return [(name, [row.get(name) for row in rows]) for name in names]


def _keys_in(lines: Sequence[bytes]) -> int:
    """At least how many keys the lines hold; exactly, unless a text begins with a colon.

    A key ends in a quotation mark and a colon, which nothing else does: within a text the mark
    stands behind a backslash, and after a text comes no colon.
    """
    text = b"\n".join(lines)
    colons = text.count(b":")
    marked = text.count(b'":')
    return marked if marked == colons else len(_KEY.findall(text))


def _converted(spec: FieldSpec, name: str, values: Sequence[Any]) -> Sequence[Any]:
    """The values as a column takes them."""
    if spec.is_identity:
        if set(map(type, values)) - {str, int}:
            raise TypeError(name)
        _check_unicode(values)
    elif spec.kind is Kind.TEXT:
        _check_unicode(values)
    elif spec.kind in (Kind.INSTANT, Kind.DAY):
        return [from_json_value(spec, name, value) for value in values]
    return [*values]


def _check_unicode(values: Sequence[Any]) -> None:
    "".join([value for value in values if type(value) is str]).encode()


def _words(
    columns_type: type[Columns[Any]], name: str, values: Sequence[Any], features: Sequence[str]
) -> dict[str, NDArray[np.int8]]:
    """A column of codes for each word of a set; values that are written alike are read once."""
    convert = converters(columns_type.record_type)[name]
    words = [feature.removeprefix(f"{name}_") for feature in features]
    place: dict[str, int] = {}
    read: list[list[int]] = []
    rows: list[int] = []
    for value in values:
        written = repr(value)
        at = place.get(written)
        if at is None:
            at = place[written] = len(read)
            held = convert(value)
            answers = [None if held is None else held.get(word) for word in words]
            read.append([ABSENT_CODE if answer is None else answer for answer in answers])
        rows.append(at)
    codes = np.array(read, dtype=np.int8).T[:, rows]
    return dict(zip(features, codes, strict=True))
