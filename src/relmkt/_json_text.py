"""JSON files that people may edit: parsed, and refused where they are of another sort."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, cast

from relmkt.errors import InvalidValueError, UnknownNameError

__all__ = ["check_keys", "check_schema", "day_from", "parsed", "written"]


def written(content: Mapping[str, Any]) -> str:
    """JSON with two spaces of indent and a line feed at the end."""
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def parsed(text: str, what: str) -> dict[str, Any]:
    """The object that a text holds.

    Parameters
    ----------
    text
        The text.
    what
        What the object is called in messages, for example ``"policy"``.

    Raises
    ------
    InvalidValueError
        When the text is no JSON, or no object, states a key twice, or a number that is not finite.
    """
    if not isinstance(cast("object", text), (str, bytes, bytearray)):
        raise InvalidValueError(what, "be JSON as text", text)
    try:
        content = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_each_once)
    except json.JSONDecodeError as error:
        raise InvalidValueError(
            what,
            "be JSON",
            text,
            where=f"line {error.lineno}, column {error.colno}",
            remedy=error.msg,
        ) from None
    except (RecursionError, ValueError) as error:
        if isinstance(error, InvalidValueError):
            raise
        raise InvalidValueError(
            what, "be plain JSON", text, remedy="it is nested too deep, or a number is too long"
        ) from None
    if not isinstance(content, dict):
        raise InvalidValueError(what, "be a JSON object", content)
    return cast("dict[str, Any]", content)


def _no_constant(name: str) -> float:
    raise InvalidValueError("number", "be a finite number", name)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; of a key that stands in it twice, one value would be lost."""
    found = dict(pairs)
    if len(found) < len(pairs):
        for name in found:
            values = [value for key, value in pairs if key == name]
            if len(values) > 1:
                raise InvalidValueError(name, "stand once in its object", values)
    return found


def check_keys(content: Mapping[str, Any], keys: Iterable[str], where: str) -> None:
    """Refuse a key that is none of these.

    Raises
    ------
    UnknownNameError
        When there is one; the most similar known key is offered.
    """
    known = list(keys)
    for key in content:
        if key not in known:
            raise UnknownNameError("key", key, known, where=where)


def check_schema(content: Mapping[str, Any], schema: int) -> None:
    """Refuse any version of the format but the one that is known.

    Raises
    ------
    InvalidValueError
        For another version, and for none.
    """
    version = content.get("schema")
    if isinstance(version, bool) or version != schema:
        raise InvalidValueError(
            "schema",
            f"be {schema}",
            version,
            remedy="a newer relmkt wrote it, or nobody said; a guess could change decisions",
        )


def day_from(value: object, name: str) -> date:
    """The date that a text states as ISO 8601 writes it at length: ``"2026-07-01"``.

    Raises
    ------
    InvalidValueError
        For any other text, and for what is no text.
    """
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != value:
        raise InvalidValueError(name, "be a date as YYYY-MM-DD", value)
    return day
