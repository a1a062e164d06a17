"""Schemas: what a record type declares, for rules, columns, files and documentation."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast, dataclass_transform

import attrs

from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.records._fields import (
    FieldSpec,
    as_flag,
    converter_of,
    day,
    flag,
    identity,
    instant,
    member,
    members,
    number,
    refused,
    spec_of,
    text,
    with_converters,
)
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

__all__ = ["Constraint", "Handles", "Schema", "handles", "in_order", "record", "schema"]

R = TypeVar("R")

_MUST = {
    Op.LE: "not exceed",
    Op.LT: "be below",
    Op.GE: "not be below",
    Op.GT: "exceed",
    Op.EQ: "equal",
    Op.NE: "differ from",
}


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


def in_order(earlier: Handle, later: Handle) -> Condition:
    """Two days that do not lie the wrong way round: for constraints alone.

    The rules of tables do not compare days, since what is early today is late tomorrow: a fact says
    how long ago a day is.

    Raises
    ------
    InvalidValueError
        When one of them is no day.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.records import Constraint, day, identity, in_order, record
    >>> @record
    ... class Loan:
    ...     loan: str = identity("the loan's number")
    ...     lent: date = day("the day on which it was lent")
    ...     due: date = day("the day on which it is due")
    ...
    ...     @classmethod
    ...     def constraints(cls, on):
    ...         later = in_order(on.lent, on.due)
    ...         return (Constraint("lent", later, remedy="a loan is due after it was lent"),)
    >>> Loan(loan="L1", lent=date(2026, 3, 2), due=date(2026, 3, 1))
    Traceback (most recent call last):
        ...
    relmkt.errors.InvalidValueError: 'lent' must not exceed 'due' (2026-03-01), got \
datetime.date(2026, 3, 2) for loan 'L1': a loan is due after it was lent
    """
    for handle in (earlier, later):
        if handle.feature.kind is not Kind.DAY:
            raise InvalidValueError(
                handle.feature.name, "be a day to be put in order", handle.feature.kind.value
            )
    return Comparison(earlier.feature.name, Op.LE, later.feature.name)


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
            field.name: spec_of(field)
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
        """The record with these facts, from a mapping that nobody has checked.

        Parameters
        ----------
        values
            Facts by name; those left out or None are absent. A set stands as a whole, as the
            constructor takes it (a list, or a mapping of words), or word by word, by feature.

        Raises
        ------
        UnknownNameError
            When a name is no field's and no feature's.
        InvalidValueError
            For what is no mapping; where the record type refuses a value, or misses one; where a
            set is given both as a whole and by a word.

        Examples
        --------
        >>> from relmkt.domain import CustomerFacts
        >>> from relmkt.records import schema
        >>> facts = schema(CustomerFacts)
        >>> kept = {"customer": "C-17", "status": "active", "significance": ["benchmark"]}
        >>> facts.record(kept) == CustomerFacts(**kept)
        True
        >>> facts.record({"customer": "C-17", "attrition_risk": 71})
        Traceback (most recent call last):
            ...
        relmkt.errors.InvalidValueError: 'attrition_risk' must be at most 1, got 71
        """
        if not isinstance(values, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise InvalidValueError("facts", "be a mapping of facts by name", values)
        data: dict[str, Any] = dict.fromkeys(self.fields)
        words: dict[str, dict[str, Any]] = {}
        for name, value in values.items():
            if name in self.fields:
                data[name] = value
                continue
            if name not in self.features:
                raise UnknownNameError("fact", name, dict.fromkeys((*self.fields, *self.features)))
            if value is not None:
                field = str(self.features[name].member_of)
                words.setdefault(field, {})[name.removeprefix(f"{field}_")] = value
        for field, known in words.items():
            if data[field] is not None:
                raise InvalidValueError(
                    field, "be given as a whole or word by word, not both", data[field]
                )
            data[field] = known
        return self.record_type(**data)

    @property
    def given(self) -> tuple[Condition, ...]:
        """The rules between fields: conditions that are true or unknown for every record.

        Those between days are left out: no rule of a table can ask about them.
        """
        return tuple(
            constraint.holds
            for constraint in self.constraints
            if not any(
                self.features[name].kind is Kind.DAY for name in features_in(constraint.holds)
            )
        )

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
                return f"{_MUST[op]} '{right}' ({values[right]})"
            case _:
                broken = proof(constraint.holds, values)
                found = ", ".join(said(atom, values, self.features) for atom in broken)
                return f"fit the other fields ({found})"

    def checked(self, assumptions: Mapping[str, Any]) -> dict[str, Any]:
        """Assumptions as a record would hold them, refused where it would refuse them."""
        if not isinstance(cast("object", assumptions), Mapping):
            raise InvalidValueError(
                "assume",
                "say what to take for which fact",
                assumptions,
                remedy="write {fact: value}",
            )
        fields = attrs.fields_dict(cast("type[attrs.AttrsInstance]", self.record_type))
        found: dict[str, Any] = {}
        for name, value in assumptions.items():
            feature = self._feature(name)
            field: Any = fields[feature.member_of or name].evolve(name=name)
            if value is None:
                raise refused(field, "be known to be assumed", value)
            convert = as_flag if feature.member_of else converter_of(field)
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


_SCHEMAS: dict[type[Any], Schema[Any]] = {}


def schema(record_type: type[R]) -> Schema[R]:
    """The schema of a record type; the same object each time, in every thread."""
    found = _SCHEMAS.get(record_type)
    if found is None:  # of two threads that come here at once, both get the first one's
        found = _SCHEMAS.setdefault(record_type, Schema(record_type))
    return found


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
    return attrs.frozen(kw_only=True, field_transformer=with_converters)(cls)
