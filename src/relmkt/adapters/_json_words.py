"""What is wrong with a value, told to whoever writes JSON: in its words instead of Python's."""

from __future__ import annotations

import json
import re
from typing import Any, cast

import attrs

from relmkt.errors import InvalidValueError
from relmkt.rules.features import EXACT_INTEGER

__all__ = ["NOTHING", "in_json"]


@attrs.frozen
class _Shown:
    """A value as a message shows it."""

    text: str

    def __repr__(self) -> str:
        return self.text


NOTHING = _Shown("nothing")
"""The value of a field that is not there."""

_RULES = {
    "be True, False or None": "be true, false or null",
    "be at most 2**53 in size": f"be at most {EXACT_INTEGER} in size",
}
_REMEDIES = {"use None for what is not known": "leave it out where it is not known"}
_SET = re.compile(r"be a set of (?P<words>(?P<first>\w+).*)")


def in_json(error: InvalidValueError) -> InvalidValueError:
    """The same error in the words of JSON."""
    rule = _RULES.get(error.rule, error.rule)
    remedy = error.remedy and _REMEDIES.get(error.remedy, error.remedy)
    found = _SET.fullmatch(rule)
    if found is not None:
        rule = f"be an array of words among {found['words']}"
        word = error.value
        one = word if isinstance(word, str) and word in found["words"].split(", ") else None
        remedy = f"write {json.dumps([one or found['first']])} even for one"
    if rule == "be given" and remedy is None:
        remedy = "it can be neither left out nor null"
    return InvalidValueError(
        error.field, rule, _shown(error.value), where=error.where, remedy=remedy
    )


def _shown(value: Any) -> Any:
    """Text and numbers are shown as they are everywhere else; all else differs from Python's."""
    if value is None or isinstance(value, (bool, list, dict)):
        return _Shown(json.dumps(value, ensure_ascii=False))
    return cast("object", value)
