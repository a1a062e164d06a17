"""Record types: each field is declared once, with its kind, unit, bounds and meaning, as data."""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache, partial
from typing import Any, Generic, TypeAlias, TypeVar, cast, dataclass_transform

import attrs
import numpy as np

from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.rules import (
    AnyOf,
    Comparison,
    Condition,
    Feature,
    Flagged,
    Handle,
    Kind,
    Op,
    any_of,
    as_condition,
    features_in,
)
from relmkt.rules._words import answer, proof, said

__all__ = [
    "Constraint",
    "CustomerId",
    "Handles",
    "MemberSet",
    "Schema",
    "day",
    "flag",
    "handles",
    "identity",
    "instant",
    "member",
    "members",
    "number",
    "record",
    "schema",
    "text",
]

R = TypeVar("R")
E = TypeVar("E", bound=StrEnum)

CustomerId: TypeAlias = Any
"""An opaque id: kept as given, compared for equality, never parsed."""

EXACT_INTEGER = 2**53
"""The largest integer up to which every one is exact as a float64."""

_MUST = {
    Op.LE: "not exceed",
    Op.LT: "be below",
    Op.GE: "not be below",
    Op.GT: "exceed",
    Op.EQ: "equal",
    Op.NE: "differ from",
}

_FIELD = "relmkt"
_CONVERT = "relmkt-convert"

REQUIRED = object()
"""No default: the field must be given."""


@attrs.frozen
class Constraint:
    """A rule between the fields of one record; it is broken only where it is known to be false.

    Parameters
    ----------
    field
        The field that the message names.
    holds
        The condition.
    remedy
        Why the rule stands, or what to do.
    """

    field: str
    holds: Condition = attrs.field(converter=as_condition)
    remedy: str


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


# ------------------------------------------------------------------------------- declarations


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


def _with_converters(_: type, fields: list[Any]) -> list[Any]:
    """Give each converter its field, so that a message can name it."""
    return [
        field.evolve(converter=partial(field.metadata[_CONVERT], field=field)) for field in fields
    ]


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
    return _declared(spec, _as_flag)


def member(words: type[StrEnum], meaning: str, *, default: object = REQUIRED) -> Any:
    """One word of a closed list."""
    spec = FieldSpec(kind=Kind.MEMBER, meaning=meaning, words=words, required=_required(default))
    return _declared(spec, _as_member)


def members(words: type[StrEnum], meaning: str, *, default: None) -> Any:
    """Any number of words of a closed list; in columns, one flag for each word."""
    del default  # a set may always be unknown, in whole or in part
    spec = FieldSpec(kind=Kind.FLAG, meaning=meaning, words=words, is_set=True)
    return _declared(spec, _as_members)


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


def _spec(field: Any) -> FieldSpec:
    return field.metadata[_FIELD]


def _refused(field: Any, rule: str, value: object, remedy: str | None = None) -> InvalidValueError:
    return InvalidValueError(field.name, rule, value, remedy=remedy)


def _absent(field: Any, value: object) -> bool:
    if value is None and _spec(field).required:
        raise _refused(field, "be given", value)
    return value is None


def _as_identity(value: Any, field: Any) -> Any:
    if _absent(field, value) or value == "" or value != value:  # noqa: PLR0124  (NaN)
        raise _refused(field, "be given", value, "every record needs an id")
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
    spec = _spec(field)
    result = as_float(value)
    if result is None:
        raise _refused(field, "be a number", value, "leave it out where it is not known")
    if isinstance(value, numbers.Integral) and abs(int(value)) > EXACT_INTEGER:
        raise _refused(
            field, "be at most 2**53 in size", value, "a larger integer would be rounded"
        )
    if not math.isfinite(result):
        raise _refused(field, "be finite", value, "use None for what is not known")
    if spec.whole and not result.is_integer():
        raise _refused(field, "be a whole number", value)
    if spec.whole and abs(result) > EXACT_INTEGER:
        raise _refused(field, "be at most 2**53 in size", value, "no count is as large")
    if spec.lower is not None and result < spec.lower:
        raise _refused(field, f"be at least {spec.lower:g}", value)
    if spec.upper is not None and result > spec.upper:
        raise _refused(field, f"be at most {spec.upper:g}", value)
    return int(result) if spec.whole else result


def _as_flag(value: Any, field: Any) -> bool | None:
    if _absent(field, value):
        return None
    if isinstance(value, (bool, np.bool_)):
        return bool(cast("Any", value))
    raise _refused(field, "be True, False or None", value)


def spelled(word: str) -> str:
    """A word as it is listed, from how people write it: "High volume" is ``high_volume``."""
    return word.strip().lower().replace(" ", "_").replace("-", "_")


def _word(value: Any, field: Any) -> StrEnum:
    words = cast("type[StrEnum]", _spec(field).words)
    if isinstance(value, str):
        try:
            return words(spelled(value))
        except ValueError:
            raise UnknownNameError(
                field.name.replace("_", " "), value, [word.value for word in words]
            ) from None
    raise _refused(field, f"be one of {', '.join(words)}", value)


def _as_member(value: Any, field: Any) -> StrEnum | None:
    return None if _absent(field, value) else _word(value, field)


def _as_members(value: Any, field: Any) -> MemberSet[Any] | None:
    """A set is complete: what it leaves out is known not to hold. A mapping says word by word."""
    if value is None:
        return None
    words = cast("type[StrEnum]", _spec(field).words)
    found: object = value
    if isinstance(value, MemberSet):
        held = cast("MemberSet[Any]", value)
        present = frozenset(_word(word, field) for word in held.present)
        without = frozenset(_word(word, field) for word in held.without)
    elif isinstance(value, Mapping):
        answers = {
            _word(word, field): _as_flag(flag, field)
            for word, flag in cast("Mapping[Any, Any]", value).items()
        }
        present = frozenset(word for word, flag in answers.items() if flag is True)
        without = frozenset(word for word, flag in answers.items() if flag is False)
    elif isinstance(value, str) or not isinstance(value, Iterable):
        raise _refused(field, f"be a set of {', '.join(words)}", found, "write {...} even for one")
    else:
        present = frozenset(_word(word, field) for word in cast("Iterable[Any]", value))
        without = frozenset(words) - present
    if present & without:
        raise _refused(field, "not both have and lack a word", found)
    return MemberSet(present, without) if present or without else None


def as_instant(value: Any, name: str) -> datetime:
    """A date or datetime as an instant: one with a zone in UTC, a day as its midnight."""
    if isinstance(value, datetime) and value == value:  # noqa: PLR0124  (NaT of pandas)
        try:
            return value if value.tzinfo is None else value.astimezone(UTC)
        except OverflowError:
            raise InvalidValueError(name, "lie in the years 1 to 9999 in UTC", value) from None
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    raise InvalidValueError(
        name, "be a date or a datetime", value, remedy="None stands for what is not known"
    )


def _as_instant(value: Any, field: Any) -> datetime | None:
    return None if _absent(field, value) else as_instant(value, field.name)


def as_day(value: Any, name: str) -> date:
    """A date, and nothing else."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise InvalidValueError(
        name, "be a date", value, remedy="take .date() of an instant, in the zone that counts"
    )


def _as_day(value: Any, field: Any) -> date | None:
    return None if _absent(field, value) else as_day(value, field.name)


def _as_text(value: Any, field: Any) -> str | None:
    if _absent(field, value) or isinstance(value, str):
        return value
    raise _refused(field, "be text", value)


@dataclass_transform(
    kw_only_default=True,
    frozen_default=True,
    field_specifiers=(identity, number, flag, member, members, instant, day, text),
)
def record(cls: type[R]) -> type[R]:
    """Make a class a record type: immutable, keyword-only, validated, each field declared once.

    Cross-field rules stand in a class method ``constraints(on)`` that gets the handles and returns
    `Constraint` objects.

    Examples
    --------
    >>> from relmkt.records import identity, number, record
    >>> @record
    ... class Account:
    ...     account: str = identity("the account's number")
    ...     share: float | None = number("share of wallet", unit="share", upper=1, default=None)
    >>> Account(account="A1", share=1.5)
    Traceback (most recent call last):
        ...
    relmkt.errors.InvalidValueError: 'share' must be at most 1, got 1.5
    """

    def check(self: Any) -> None:
        schema(cast("type[Any]", type(self))).check(self)

    cls.__attrs_post_init__ = check  # pyright: ignore[reportAttributeAccessIssue]
    return attrs.frozen(kw_only=True, field_transformer=_with_converters)(cls)


# ------------------------------------------------------------------------------------- schema


class Handles:
    """The features of a record type, by name, as builders of conditions."""

    def __init__(
        self, features: Mapping[str, Feature], sets: Mapping[str, tuple[str, ...]]
    ) -> None:
        self._features = features
        self._sets = sets

    def __getattr__(self, name: str) -> Handle:
        try:
            return self[name]
        except UnknownNameError as error:
            raise AttributeError(str(error)) from None

    def __getitem__(self, name: str) -> Handle:
        if name not in self._features:
            raise UnknownNameError("fact", name, self._features)
        return Handle(self._features[name])

    def any_of(self, field: str) -> AnyOf:
        """The set in this field is known to have at least one member.

        Raises
        ------
        UnknownNameError
            When no field of this name holds a set.
        """
        if field not in self._sets:
            raise UnknownNameError("set", field, self._sets)
        return any_of(*(Flagged(name) for name in self._sets[field]))


class Schema(Generic[R]):
    """What a record type declares, for rules, columns, files and documentation.

    Attributes
    ----------
    record_type
        The record type.
    identity
        The name of the field that names the thing.
    fields
        The declared fields by name.
    features
        The features by name; a field that holds a set has one for each word.
    getters
        For each feature, the function that reads it from a record.
    sets
        For each field that holds a set, the names of its features.
    """

    def __init__(self, record_type: type[R]) -> None:
        self.record_type = record_type
        self.fields: dict[str, FieldSpec] = {
            field.name: field.metadata[_FIELD]
            for field in attrs.fields(cast("type[attrs.AttrsInstance]", record_type))
        }
        named = [name for name, spec in self.fields.items() if spec.is_identity]
        if len(named) != 1:
            raise InvalidValueError(
                record_type.__name__, "declare one field with identity(...)", named
            )
        self.identity = named[0]
        self.features: dict[str, Feature] = {}
        self.getters: dict[str, Callable[[Any], Any]] = {}
        self.sets: dict[str, tuple[str, ...]] = {}
        for name, spec in self.fields.items():
            self._declare(name, spec)
        declared = getattr(record_type, "constraints", None)
        found = declared(Handles(self.features, self.sets)) if declared else ()
        self.constraints: tuple[Constraint, ...] = tuple(found)
        for constraint in self.constraints:
            for name in (constraint.field, *features_in(constraint.holds)):
                if name not in self.features:
                    raise UnknownNameError("feature", name, self.features, where="a constraint")

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled and copied by its record type: there is one schema for each."""
        return schema, (self.record_type,)

    def _declare(self, name: str, spec: FieldSpec) -> None:
        if spec.is_set:
            words = list(cast("type[StrEnum]", spec.words))
            self.sets[name] = tuple(f"{name}_{word.value}" for word in words)
            for feature, word in zip(self.sets[name], words, strict=True):
                self.features[feature] = Feature(
                    name=feature, kind=Kind.FLAG, meaning=f"{spec.meaning}: {word}", member_of=name
                )
                self.getters[feature] = _set_getter(name, word)
            return
        self.features[name] = Feature(
            name=name,
            kind=spec.kind,
            meaning=spec.meaning,
            unit=spec.unit,
            lower=spec.lower,
            upper=spec.upper,
            whole=spec.whole,
            spoken=spec.spoken,
            denied=spec.denied,
            values=tuple(word.value for word in spec.words) if spec.words else (),
            required=spec.required,
        )
        self.getters[name] = operator.attrgetter(name)

    def values(self, record: R) -> dict[str, Any]:
        """Every feature of a record by name, None where absent."""
        return {name: get(record) for name, get in self.getters.items()}

    def record(self, values: Mapping[str, Any]) -> R:
        """The record with these features; those left out or None are absent.

        Raises
        ------
        UnknownNameError
            When a name is no feature's.
        InvalidValueError
            Where the record type refuses a value, or misses one.
        """
        data: dict[str, Any] = {}
        for name, value in values.items():
            field = self._feature(name).member_of
            if field is None:
                data[name] = value
            else:
                data.setdefault(field, {})[name.removeprefix(f"{field}_")] = value
        return self.record_type(**data)

    @property
    def given(self) -> tuple[Condition, ...]:
        """The rules between fields: conditions that are true or unknown for every record."""
        return tuple(constraint.holds for constraint in self.constraints)

    def check(self, record: R) -> None:
        """Raise if a rule between fields is broken."""
        if not self.constraints:
            return
        values = self.values(record)
        for constraint in self.constraints:
            if answer(constraint.holds, values) is False:
                raise InvalidValueError(
                    constraint.field,
                    self.rule_of(constraint, values),
                    values[constraint.field],
                    where=f"{self.identity} {values[self.identity]!r}",
                    remedy=constraint.remedy,
                )

    def rule_of(self, constraint: Constraint, values: Mapping[str, Any]) -> str:
        """What a broken constraint asks, with the numbers that break it."""
        match constraint.holds:
            case Comparison(left, op, right) if left == constraint.field:
                return f"{_MUST[op]} '{right}' ({values[right]!r})"
            case _:
                broken = proof(constraint.holds, values)
                found = ", ".join(said(atom, values, self.features) for atom in broken)
                return f"fit the other fields ({found})"

    def checked(self, assumptions: Mapping[str, Any]) -> dict[str, Any]:
        """Assumptions as a record would hold them, refused where it would refuse them."""
        fields = attrs.fields_dict(cast("type[attrs.AttrsInstance]", self.record_type))
        found: dict[str, Any] = {}
        for name, value in assumptions.items():
            feature = self._feature(name)
            field: Any = fields[feature.member_of or name].evolve(name=name)
            if value is None:
                raise _refused(field, "be known to be assumed", value)
            convert = _as_flag if feature.member_of else field.metadata[_CONVERT]
            found[name] = convert(value, field)
        return found

    def filled(self, record: R, assumptions: Mapping[str, Any]) -> tuple[R, tuple[str, ...]]:
        """The record with absent facts filled by assumption, and the names of those that were."""
        changes: dict[str, Any] = {}
        names: list[str] = []
        for name, value in self.checked(assumptions).items():
            feature = self.features[name]
            if self.getters[name](record) is not None:
                continue
            names.append(name)
            if feature.member_of is None:
                changes[name] = value
            else:
                field = feature.member_of
                known = changes.setdefault(field, self._answers(record, field))
                known[name.removeprefix(f"{field}_")] = value
        if not changes:
            return record, ()
        return cast("R", attrs.evolve(cast("Any", record), **changes)), tuple(names)

    def filled_columns(
        self, rows: Any, assumptions: Mapping[str, Any]
    ) -> tuple[Any, dict[str, Any]]:
        """The columns with absent facts filled, and for each the rows where it was."""
        return rows.filled(assumptions)

    def _answers(self, record: R, field: str) -> dict[str, bool | None]:
        return {
            name.removeprefix(f"{field}_"): self.getters[name](record) for name in self.sets[field]
        }

    def _feature(self, name: str) -> Feature:
        if name not in self.features:
            raise UnknownNameError("fact", name, self.features)
        return self.features[name]


def _set_getter(field: str, word: StrEnum) -> Callable[[Any], bool | None]:
    read = operator.attrgetter(field)
    key = word.value

    def get(record: Any) -> bool | None:
        held = read(record)
        return None if held is None else held.answers.get(key)

    return get


@cache
def schema(record_type: type[R]) -> Schema[R]:
    """The schema of a record type; the same object each time."""
    return Schema(record_type)


def handles(record_type: type[Any]) -> Handles:
    """Handles for every feature of a record type.

    Examples
    --------
    >>> from relmkt.domain import CustomerFacts, Status
    >>> from relmkt.records import handles
    >>> on = handles(CustomerFacts)
    >>> (on.status == Status.ACTIVE) & (on.attrition_risk >= 0.5)
    AllOf(of=(OneOf(feature='status', values=frozenset({'active'}), inside=True), \
Threshold(feature='attrition_risk', op=<Op.GE: '>='>, bound=0.5)))
    """
    found = schema(record_type)
    return Handles(found.features, found.sets)
