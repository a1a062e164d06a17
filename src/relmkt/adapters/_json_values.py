"""One record as a JSON value and back, with a clear word on whatever is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast

import attrs
import numpy as np

from relmkt.adapters._json_words import NOTHING, in_json
from relmkt.errors import InvalidValueError, RelmktError, UnknownNameError
from relmkt.json_schema import DAY_PATTERN, INSTANT_PATTERN, declared_by
from relmkt.records import MemberSet, schema
from relmkt.rules import Kind

if TYPE_CHECKING:
    from relmkt.records._fields import FieldSpec

__all__ = [
    "Faulty",
    "converters",
    "from_json_value",
    "json_id",
    "json_text",
    "plain_time",
    "plain_values",
    "read_line",
]

R = TypeVar("R")

_INSTANT = re.compile(INSTANT_PATTERN, re.ASCII)
_DAY = re.compile(DAY_PATTERN, re.ASCII)


@attrs.frozen
class Faulty:
    """A line that is no record, and why.

    Parameters
    ----------
    field
        The field that is wrong, as the line calls it; None where it is the line as a whole.
    error
        The error, with the sentence for the reader.
    """

    field: str | None
    error: RelmktError


@cache
def converters(record_type: type[Any]) -> Mapping[str, Callable[[Any], Any]]:
    """What a record does with the value of each field: it checks and keeps it."""
    return {field.name: field.converter for field in attrs.fields(record_type)}


# ----------------------------------------------------------------------------------- reading


def read_line(record_type: type[R], line: bytes) -> R | Faulty:
    """The record that a line of JSON holds, or what is wrong with the line."""
    try:
        content = _parsed(line)
    except RelmktError as error:
        return Faulty(None, error)
    if not isinstance(content, dict):
        return Faulty(None, _wrong_line("be a JSON object", line, 'such as {"customer": "C-17"}'))
    return _read_record(record_type, cast("dict[str, Any]", content))


def _read_record(record_type: type[R], content: dict[str, Any]) -> R | Faulty:
    fields = schema(record_type).fields
    found: dict[str, Any] = {}
    for name, value in content.items():
        if name not in fields:
            return Faulty(name, UnknownNameError("field", name, fields))
        try:
            found[name] = from_json_value(fields[name], name, value)
        except InvalidValueError as error:
            return Faulty(name, in_json(error))
    for name, spec in fields.items():
        if spec.required and name not in found:
            return Faulty(name, in_json(InvalidValueError(name, "be given", NOTHING)))
    try:
        return record_type(**found)
    except InvalidValueError as error:
        return _faulty_field(record_type, found) or Faulty(error.field, in_json(error))
    except UnknownNameError as error:
        return _faulty_field(record_type, found) or Faulty(None, error)


def _faulty_field(record_type: type[Any], found: dict[str, Any]) -> Faulty | None:
    """The first field that a record refuses, None where it is a rule between fields."""
    for name, value in found.items():
        try:
            converters(record_type)[name](value)
        except InvalidValueError as error:
            return Faulty(name, in_json(error))
        except RelmktError as error:
            return Faulty(name, error)
    return None


def _parsed(line: bytes) -> object:
    """The content of a line, exactly: each key once, and no number that JSON does not know."""
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        shown = line[max(error.start - 10, 0) : error.end + 10]
        raise _wrong_line("be UTF-8", shown, f"byte {error.start + 1} is not") from None
    if text.startswith("\ufeff"):
        raise _wrong_line("be JSON", line, "a byte order mark may stand only before the first line")
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise _wrong_line("be JSON", line, f"{error.msg} (column {error.colno})") from None
    except RecursionError:
        raise _wrong_line("be JSON", line, "it is nested too deeply") from None
    except InvalidValueError:
        raise
    except ValueError:  # of a limit of Python's
        raise _wrong_line("be JSON", line, "an integer has thousands of digits") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InvalidValueError(
            "line", "hold each key once", twice, remedy="which of the two is meant?"
        )
    return found


def _no_number(name: str) -> NoReturn:
    raise InvalidValueError(
        "line", "hold numbers that JSON knows", name, remedy="leave out what is not known"
    )


def _wrong_line(rule: str, line: bytes, remedy: str) -> InvalidValueError:
    return InvalidValueError("line", rule, line.decode(errors="replace"), remedy=remedy)


def from_json_value(spec: FieldSpec, name: str, value: Any) -> Any:
    """What a JSON value stands for in a field: JSON has no times, and ids are of two sorts.

    Raises
    ------
    InvalidValueError
        For an id of another sort, a text that is no Unicode, and a time that is not in ISO 8601.
    """
    if value is None:
        return None
    if spec.is_identity:
        if isinstance(value, str):
            return json_text(name, value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        raise InvalidValueError(name, "be text or a whole number", value)
    match spec.kind:
        case Kind.TEXT if isinstance(value, str):
            return json_text(name, value)
        case Kind.INSTANT:
            return _time(name, value, _INSTANT, datetime.fromisoformat, "2026-03-31T14:30:00+02:00")
        case Kind.DAY:
            return _time(name, value, _DAY, date.fromisoformat, "2026-03-31")
        case _:
            return value


T = TypeVar("T", bound=date)


def _time(
    name: str, value: Any, pattern: re.Pattern[str], parse: Callable[[str], T], example: str
) -> T:
    if isinstance(value, str) and pattern.fullmatch(value):
        try:
            return parse(value)
        except ValueError:  # a thirtieth of February
            pass
    kind = "a date" if pattern is _DAY else "a date or a datetime"
    raise InvalidValueError(name, f"be {kind} in ISO 8601", value, remedy=f"write {example}")


def json_text(name: str, value: str) -> str:
    """Half of a surrogate pair can be escaped in JSON, and then is no text."""
    try:
        value.encode()
    except UnicodeEncodeError:
        raise InvalidValueError(name, "be valid Unicode", value) from None
    return value


# ----------------------------------------------------------------------------------- writing


def plain_values(record: Any) -> dict[str, Any]:
    """A record as it stands in JSON: what is absent is left out.

    Raises
    ------
    InvalidValueError
        For what is no record, an id that is neither text nor a whole number, and text that is no
        Unicode.
    """
    found: dict[str, Any] = {}
    for name, spec in declared_by("rows", cast("type[Any]", type(record))).fields.items():
        value = getattr(record, name)
        if value is not None:
            found[name] = json_id(name, value) if spec.is_identity else _plain(name, value)
    return found


def _plain(name: str, value: Any) -> Any:
    match value:
        case MemberSet():
            held = cast("MemberSet[Any]", value)
            if held.complete:
                return [word.value for word in held]
            words = type(next(iter(held.answers)))
            return {
                word.value: known
                for word in cast("Any", words)
                if (known := held.get(word)) is not None
            }
        case date():
            return plain_time(value)
        case str():
            return json_text(name, str(value))
        case _:
            return value


def plain_time(value: date) -> str:
    """A day or an instant in ISO 8601; one with a zone says so."""
    return value.isoformat()


def json_id(name: str, value: Any) -> str | int:
    """An id as JSON can hold it, so that it comes back the same.

    Raises
    ------
    InvalidValueError
        When it is neither text nor a whole number.
    """
    if isinstance(value, str):
        return json_text(name, str(value))
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return int(cast("Any", value))
    raise InvalidValueError(
        name, "be text or a whole number", value, remedy="JSON cannot give it back as it is"
    )
