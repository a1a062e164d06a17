"""Declarations: each field once, with its kind, unit, bounds and meaning; values at the door."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from functools import partial
from typing import Any, Generic, TypeAlias, TypeVar, cast

import attrs
import numpy as np

from relmkt.calendars._given import is_day
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.rules import Kind
from relmkt.rules.features import EXACT_INTEGER

__all__ = [
    "CustomerId",
    "FieldSpec",
    "MemberSet",
    "as_day",
    "as_flag",
    "as_float",
    "as_instant",
    "converter_of",
    "day",
    "flag",
    "identity",
    "instant",
    "member",
    "members",
    "number",
    "refused",
    "spec_of",
    "spelled",
    "text",
    "with_converters",
]

E = TypeVar("E", bound=StrEnum)

CustomerId: TypeAlias = Any
"""An opaque id: kept as given, compared for equality, never parsed."""

_FIELD = "relmkt"
_CONVERT = "relmkt-convert"

REQUIRED = object()
"""No default: the field must be given."""


@attrs.frozen
class MemberSet(Generic[E]):
    """A set of words of which some may be unknown.

    Parameters
    ----------
    present
        The members that it is known to have.
    without
        The members that it is known not to have; the rest are unknown.

    Attributes
    ----------
    answers
        True or False for each word whose membership is known.
    complete
        Whether that is every word.

    Examples
    --------
    >>> from relmkt.domain import Significance
    >>> from relmkt.records import MemberSet
    >>> known = MemberSet(frozenset({Significance.HIGH_VOLUME}), frozenset())
    >>> known.get(Significance.HIGH_VOLUME), known.get(Significance.BENCHMARK)
    (True, None)
    """

    present: frozenset[E] = attrs.field(converter=frozenset)
    without: frozenset[E] = attrs.field(converter=frozenset)
    answers: Mapping[str, bool] = attrs.field(init=False, repr=False, eq=False)
    complete: bool = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        # Kept, for deciding on a record asks for them many times.
        answers = dict.fromkeys(self.present, True) | dict.fromkeys(self.without, False)
        object.__setattr__(self, "answers", answers)
        words = len(type(next(iter(answers)))) if answers else 1
        object.__setattr__(self, "complete", len(answers) == words)

    def get(self, member: E) -> bool | None:
        """True or False where membership is known, None where it is not."""
        return self.answers.get(member)

    def __iter__(self) -> Iterator[E]:
        """The members that it is known to have, in the order of their type."""
        return iter(sorted(self.present, key=lambda member: list(type(member)).index(member)))


@attrs.frozen(kw_only=True)
class FieldSpec:
    """One declared field: what it holds and what it means."""

    kind: Kind
    meaning: str
    required: bool = False
    unit: str | None = None
    lower: float | None = None
    upper: float | None = None
    whole: bool = False
    words: type[StrEnum] | None = None
    spoken: str | None = None
    denied: str | None = None
    is_set: bool = False
    is_identity: bool = False


def _declared(spec: FieldSpec, convert: Callable[..., Any]) -> Any:
    default = attrs.NOTHING if spec.required else None
    return attrs.field(default=default, metadata={_FIELD: spec, _CONVERT: convert})


def with_converters(_: type, fields: list[Any]) -> list[Any]:
    """Give each converter its field, so that a message can name it."""
    return [field.evolve(converter=partial(converter_of(field), field=field)) for field in fields]


# Each declaration takes ``default=None`` where the fact may be absent, and no default where it must
# be given: so type checkers, which know nothing but that word, see what the constructor sees.


def identity(meaning: str) -> Any:
    """The field that names the thing; kept as given."""
    return _declared(
        FieldSpec(kind=Kind.TEXT, meaning=meaning, required=True, is_identity=True), _as_identity
    )


def number(
    meaning: str,
    *,
    unit: str,
    lower: float | None = None,
    upper: float | None = None,
    whole: bool = False,
    spoken: str | None = None,
    default: object = REQUIRED,
) -> Any:
    """A finite number (float64), or with ``whole`` a count (int); bounds are inclusive."""
    spec = FieldSpec(
        kind=Kind.NUMBER,
        meaning=meaning,
        unit=unit,
        lower=lower,
        upper=upper,
        whole=whole,
        spoken=spoken,
        required=_required(default),
    )
    return _declared(spec, _as_number)


def flag(
    meaning: str,
    *,
    spoken: str | None = None,
    denied: str | None = None,
    default: object = REQUIRED,
) -> Any:
    """True, False, or None where it is not known; ``spoken`` and ``denied`` are for reasons."""
    spec = FieldSpec(
        kind=Kind.FLAG,
        meaning=meaning,
        spoken=spoken,
        denied=denied,
        required=_required(default),
    )
    return _declared(spec, as_flag)


def member(words: type[StrEnum], meaning: str, *, default: object = REQUIRED) -> Any:
    """One word of a closed list."""
    _check_words(words)
    spec = FieldSpec(kind=Kind.MEMBER, meaning=meaning, words=words, required=_required(default))
    return _declared(spec, _as_member)


def members(words: type[StrEnum], meaning: str, *, default: None) -> Any:
    """Any number of words of a closed list; in columns, one flag for each word."""
    del default  # a set may always be unknown, in whole or in part
    _check_words(words)
    spec = FieldSpec(kind=Kind.FLAG, meaning=meaning, words=words, is_set=True)
    return _declared(spec, _as_members)


def _check_words(words: Any) -> None:
    if not (isinstance(words, type) and issubclass(words, Enum) and issubclass(words, str)):
        raise InvalidValueError(
            "words",
            "be a StrEnum",
            cast("object", words),
            remedy='write class Color(StrEnum): RED = "red", for words are kept as texts',
        )


def instant(meaning: str, *, default: object = REQUIRED) -> Any:
    """A moment (datetime); one with a zone is kept in UTC."""
    spec = FieldSpec(kind=Kind.INSTANT, meaning=meaning, required=_required(default))
    return _declared(spec, _as_instant)


def day(meaning: str, *, default: object = REQUIRED) -> Any:
    """A calendar day (date)."""
    spec = FieldSpec(kind=Kind.DAY, meaning=meaning, required=_required(default))
    return _declared(spec, _as_day)


def text(meaning: str, *, default: object = REQUIRED) -> Any:
    """A short text that rules do not read."""
    spec = FieldSpec(kind=Kind.TEXT, meaning=meaning, required=_required(default))
    return _declared(spec, _as_text)


def _required(default: object) -> bool:
    if default is not None and default is not REQUIRED:
        raise InvalidValueError(
            "default", "be None, or left out", default, remedy="an absent fact is never guessed"
        )
    return default is REQUIRED


def spec_of(field: Any) -> FieldSpec:
    """What a field of a record type declares."""
    return field.metadata[_FIELD]


def converter_of(field: Any) -> Callable[..., Any]:
    """The function of a value and its field that gives what a record holds, or refuses it."""
    return field.metadata[_CONVERT]


def refused(field: Any, rule: str, value: object, remedy: str | None = None) -> InvalidValueError:
    """The error that a value of this field gets."""
    return InvalidValueError(field.name, rule, value, remedy=remedy)


def _absent(field: Any, value: object) -> bool:
    if value is None and spec_of(field).required:
        raise refused(field, "be given", value)
    return value is None


def _as_identity(value: Any, field: Any) -> Any:
    if _absent(field, value) or value == "" or value != value:  # noqa: PLR0124  (NaN)
        raise refused(field, "be given", value, "every record needs an id")
    return value


def as_float(value: object) -> float | None:
    """A number as float64, infinite where it is too large for one; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, (numbers.Real, Decimal)):
        return None
    try:
        return float(value)
    except OverflowError:  # a large fraction
        return math.inf
    except ValueError:  # a signaling NaN
        return math.nan


def _as_number(value: Any, field: Any) -> float | int | None:
    if _absent(field, value):
        return None
    spec = spec_of(field)
    result = as_float(value)
    if result is None:
        raise refused(field, "be a number", value, "leave it out where it is not known")
    if isinstance(value, numbers.Integral) and abs(int(value)) > EXACT_INTEGER:
        raise refused(field, "be at most 2**53 in size", value, "a larger integer would be rounded")
    if not math.isfinite(result):
        raise refused(field, "be finite", value, "use None for what is not known")
    if spec.whole and not result.is_integer():
        raise refused(field, "be a whole number", value)
    if spec.whole and abs(result) > EXACT_INTEGER:
        raise refused(field, "be at most 2**53 in size", value, "no count is as large")
    if spec.lower is not None and result < spec.lower:
        raise refused(field, f"be at least {spec.lower:g}", value)
    if spec.upper is not None and result > spec.upper:
        raise refused(field, f"be at most {spec.upper:g}", value)
    return int(result) if spec.whole else result


def as_flag(value: Any, field: Any) -> bool | None:
    """True or False, of Python or NumPy, or None."""
    if _absent(field, value):
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(cast("Any", value))
    raise refused(field, "be True, False or None", value)


def spelled(word: str) -> str:
    """A word as it is listed, from how people write it: "High volume" is ``high_volume``."""
    return word.strip().lower().replace(" ", "_").replace("-", "_")


def _word(value: Any, field: Any) -> StrEnum:
    words = cast("type[StrEnum]", spec_of(field).words)
    if isinstance(value, str):
        try:
            return words(spelled(value))
        except ValueError:
            raise UnknownNameError(
                field.name.replace("_", " "), value, [word.value for word in words]
            ) from None
    raise refused(field, f"be one of {', '.join(words)}", value)


def _as_member(value: Any, field: Any) -> StrEnum | None:
    return None if _absent(field, value) else _word(value, field)


def _as_members(value: Any, field: Any) -> MemberSet[Any] | None:
    """A set is complete: what it leaves out is known not to hold. A mapping says word by word."""
    if value is None:
        return None
    words = cast("type[StrEnum]", spec_of(field).words)
    found: object = value
    if isinstance(value, MemberSet):
        held = cast("MemberSet[Any]", value)
        present = frozenset(_word(word, field) for word in held.present)
        without = frozenset(_word(word, field) for word in held.without)
    elif isinstance(value, Mapping):
        answers = {
            _word(word, field): as_flag(flag, field)
            for word, flag in cast("Mapping[Any, Any]", value).items()
        }
        present = frozenset(word for word, flag in answers.items() if flag is True)
        without = frozenset(word for word, flag in answers.items() if flag is False)
    elif isinstance(value, str) or not isinstance(value, Iterable):
        raise refused(field, f"be a set of {', '.join(words)}", found, "write {...} even for one")
    else:
        present = frozenset(_word(word, field) for word in cast("Iterable[Any]", value))
        without = frozenset(words) - present
    if present & without:
        raise refused(field, "not both have and lack a word", found)
    return MemberSet(present, without) if present or without else None


def as_instant(value: Any, name: str) -> datetime:
    """A date or datetime as an instant: one with a zone in UTC, a day as its midnight."""
    if isinstance(value, datetime) and value == value:  # noqa: PLR0124  (NaT of pandas)
        try:
            return value if value.tzinfo is None else value.astimezone(UTC)
        except OverflowError:
            raise InvalidValueError(name, "lie in the years 1 to 9999 in UTC", value) from None
    if is_day(value):
        return datetime(value.year, value.month, value.day)
    raise InvalidValueError(
        name, "be a date or a datetime", value, remedy="None stands for what is not known"
    )


def _as_instant(value: Any, field: Any) -> datetime | None:
    return None if _absent(field, value) else as_instant(value, field.name)


def as_day(value: Any, name: str) -> date:
    """A date, and nothing else."""
    if is_day(value):
        return value
    raise InvalidValueError(
        name, "be a date", value, remedy="take .date() of an instant, in the zone that counts"
    )


def _as_day(value: Any, field: Any) -> date | None:
    return None if _absent(field, value) else as_day(value, field.name)


def _as_text(value: Any, field: Any) -> str | None:
    if _absent(field, value) or isinstance(value, str):
        return value
    raise refused(field, "be text", value)
