"""Rules in a list: what tables, where the first decides, and checklists, where each does, share."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Generic, Protocol, TypeVar, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.rules._blocks import Layout
from relmkt.rules._closures import Question, compiled
from relmkt.rules._version import content_hash
from relmkt.rules._words import Template, judged, proof, said
from relmkt.rules.basis import Basis
from relmkt.rules.conditions import Condition, as_condition, features_in
from relmkt.rules.decisions import RuleTrace
from relmkt.rules.features import Feature

__all__ = ["NO_RULE", "UNDECIDED", "Facts", "Rule", "RuleList"]

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")
FactsT = TypeVar("FactsT", bound=Layout)


UNDECIDED = "undecided"
"""The message key of the reason that an undecided record gets."""

NO_RULE = "no rule"
"""The message key of the reason that a record gets which no rule fits."""


class Facts(Protocol[R]):
    """What a table must know of a record type (`relmkt.records.Schema` is one)."""

    @property
    def record_type(self) -> type[R]:
        """The type of one record."""
        ...

    @property
    def features(self) -> Mapping[str, Feature]:
        """The features by name."""
        ...

    @property
    def getters(self) -> Mapping[str, Callable[[Any], Any]]:
        """For each feature, the function that reads it from a record (None where absent)."""
        ...

    @property
    def sets(self) -> Mapping[str, tuple[str, ...]]:
        """For each field that holds a set of words, the features that stand for its words."""
        ...

    @property
    def given(self) -> tuple[Condition, ...]:
        """Conditions that are true or unknown for every record."""
        ...

    @property
    def constraints(self) -> Sequence[Any]:
        """The rules between fields, each with ``field``, ``holds`` and ``remedy``."""
        ...

    def rule_of(self, constraint: Any, values: Mapping[str, Any]) -> str:
        """What a broken rule between fields asks, with the numbers that break it."""
        ...

    def checked(self, assumptions: Mapping[str, Any]) -> dict[str, Any]:
        """Values as a record would hold them, refused where it would refuse them."""
        ...

    def values(self, record: R) -> dict[str, Any]:
        """Every feature of a record by name, None where absent."""
        ...

    def record(self, values: Mapping[str, Any]) -> R:
        """The record with these features; those left out or None are absent."""
        ...

    def filled(self, record: R, assumptions: Mapping[str, Any]) -> tuple[R, tuple[str, ...]]:
        """The record with absent facts filled, and the names of those that were."""
        ...

    def filled_columns(
        self, rows: FactsT, assumptions: Mapping[str, Any]
    ) -> tuple[FactsT, dict[str, NDArray[np.bool_]]]:
        """The columns with absent facts filled, and for each the rows where it was."""
        ...


@attrs.frozen
class Rule(Generic[OutcomeT]):
    """One line of a table.

    Parameters
    ----------
    id
        Short and unique in its table; also the message key of the reason.
    when
        The condition; a flag's handle stands for itself.
    outcome
        What follows when the condition holds.
    reason
        A sentence with places for facts, thresholds and ``{because}``, the proof in numbers.
    otherwise
        Whether the rule takes what those before it have left, for all that it holds for. It is
        never *next in line* itself, and where it holds no rule behind it is.
    """

    id: str
    when: Condition = attrs.field(converter=as_condition)
    outcome: OutcomeT
    reason: str = "{because}"
    otherwise: bool = False


def _as_rules(rules: object) -> tuple[Any, ...]:
    if not isinstance(rules, Iterable):
        raise InvalidValueError("rules", "be a list", rules, remedy="write [...] even for one")
    found = tuple(cast("Iterable[object]", rules))
    for rule in found:
        if not isinstance(rule, Rule):
            raise InvalidValueError("rules", "hold rules", rule, remedy="make each with Rule(...)")
    return found


@attrs.frozen(kw_only=True)
class RuleList(Generic[R, OutcomeT]):
    """Rules on the records of one type; checked when it is made, so that it cannot fail later.

    Parameters
    ----------
    name
        What it is about, for example ``"strategy"``.
    facts
        The schema of the records.
    rules
        The rules in their order.
    constants
        Named thresholds, for the reasons.
    basis
        The edition of a dated policy that the rules were made of; no part of the version.

    Attributes
    ----------
    version
        A hash of all that can change an answer; reasons are left out.
    """

    name: str
    facts: Facts[R]
    rules: tuple[Rule[OutcomeT], ...] = attrs.field(converter=_as_rules)
    constants: Mapping[str, Any] = attrs.field(factory=dict[str, Any], converter=dict, hash=False)
    basis: Basis | None = None
    version: str = attrs.field(init=False)
    _questions: tuple[Question, ...] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        self._check()
        questions = tuple(compiled(rule.when, self.facts) for rule in self.rules)
        object.__setattr__(self, "_questions", questions)
        object.__setattr__(self, "version", content_hash(self, self._reading()))

    def _reading(self) -> str:
        """How the rules are read, in words that enter the version."""
        return "every rule that holds"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled and copied by what it was made of: its questions are functions."""
        fields = attrs.fields(type(self))
        return partial(type(self), **{f.name: getattr(self, f.name) for f in fields if f.init}), ()

    def _check(self) -> None:
        if not hasattr(self.facts, "features"):
            raise InvalidValueError(
                "facts",
                "be the schema of a record type",
                self.facts,
                where=self.name,
                remedy="write schema(...) round the type",
            )
        for name, value in self.constants.items():
            is_number = isinstance(value, (int, float)) and math.isfinite(value)
            if not (isinstance(value, str) or is_number):
                raise InvalidValueError(
                    name,
                    "be a finite number or a text",
                    value,
                    where=f"the constants of {self.name}",
                )
        if not self.rules:
            raise InvalidValueError("rules", "hold at least one rule", self.rules, where=self.name)
        seen: set[str] = set()
        for rule in self.rules:
            if rule.id in seen or rule.id in (UNDECIDED, NO_RULE):
                raise InvalidValueError(
                    "rule id", "be unique in its table", rule.id, where=self.name
                )
            seen.add(rule.id)
            for name in features_in(rule.when):
                if name not in self.facts.features:
                    raise UnknownNameError(
                        "feature", name, self.facts.features, where=f"rule {rule.id} of {self.name}"
                    )
            self._check_reason(rule.id, rule.reason)

    def _check_reason(self, key: str, template: str) -> None:
        words = {*self.facts.features, *self.constants, "because"}
        for name in Template(template).names():
            if name not in words:
                raise UnknownNameError("word", name, sorted(words), where=f"the reason of {key}")
        try:
            Template(template).filled(dict.fromkeys(words, "x"), ())
        except (KeyError, ValueError):
            raise InvalidValueError(
                "reason",
                "take facts and constants as they are shown",
                template,
                where=f"the reason of {key}",
                remedy="they come as texts: leave out the format behind the colon",
            ) from None

    @property
    def outcomes(self) -> tuple[OutcomeT, ...]:
        """Every outcome once, in the order of the rules."""
        return tuple(dict.fromkeys(rule.outcome for rule in self.rules))

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the features that the rules ask about, in order of appearance."""
        asked = dict.fromkeys(name for rule in self.rules for name in features_in(rule.when))
        return tuple(asked)

    def _filled(
        self, record: R, assumptions: Mapping[str, Any]
    ) -> tuple[R, tuple[tuple[str, Any], ...]]:
        """The record with absent facts filled, and what filled them."""
        filled, names = self.facts.filled(record, assumptions)
        return filled, tuple((name, assumptions[name]) for name in names)

    def _filled_rows(
        self, subject: object, assumptions: Mapping[str, Any]
    ) -> tuple[Layout, dict[str, NDArray[np.bool_]]]:
        """The columns with absent facts filled, and where each was."""
        wanted = self.facts.record_type
        if getattr(subject, "record_type", None) is not wanted:
            raise InvalidValueError(
                "subject",
                f"be a {wanted.__name__} or columns of them",
                subject,
                remedy=f"build one, for example {wanted.__name__}(**mapping)",
            )
        rows = cast("Layout", subject)
        return self.facts.filled_columns(rows, assumptions) if assumptions else (rows, {})

    def traces(self, record: R) -> tuple[RuleTrace[OutcomeT], ...]:
        """Every rule as a record meets it, with the atoms that make it hold, fail or wait."""
        values = self.facts.values(record)
        features = self.facts.features
        return tuple(
            RuleTrace(rule, *judged(rule.when, values), values, features) for rule in self.rules
        )

    def _said(self, index: int, template: str, values: Mapping[str, Any]) -> str:
        """A template with the proof of a rule, and with numbers."""
        proven = proof(self.rules[index].when, values) if "{because" in template else ()
        because = [said(atom, values, self.facts.features) for atom in proven]
        return Template(template).filled({**values, **self.constants}, because)

    def words_of(self, index: int) -> tuple[str, ...]:
        """The features that the reason of this rule (-1: of none) may speak of."""
        if index < 0:
            return self.features
        rule = self.rules[index]
        told = (name for name in Template(rule.reason).names() if name in self.facts.features)
        return tuple(dict.fromkeys((*features_in(rule.when), *told)))
