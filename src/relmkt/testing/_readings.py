"""What tables and checklists answer, read alike, so that one law is tried on both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias, cast

import attrs

from relmkt.columns import Columns
from relmkt.rules import (
    ABSENT_CODE,
    Absent,
    Checked,
    CheckedRows,
    Checklist,
    Decision,
    Decisions,
    Rule,
    RuleTrace,
    Table,
    atoms,
)
from relmkt.testing.oracle import LETTER, decided, following, truth

__all__ = ["Answer", "Answers", "Reading", "Rules", "kind_of", "on_one", "on_rows", "reading_of"]

Rules: TypeAlias = Table[Any, Any] | Checklist[Any, Any]
"""What the laws are tried on."""


def kind_of(rules: Rules) -> str:
    """What it is, in a word."""
    return "table" if isinstance(rules, Table) else "checklist"


def on_one(rules: Rules, record: Any, assume: Mapping[str, Any] | None = None) -> Any:
    """The decision on one record."""
    return rules.decide(record, assume=assume)


def on_rows(rules: Rules, rows: Columns[Any], assume: Mapping[str, Any] | None = None) -> Any:
    """The decisions on columns."""
    return cast("Any", rules.decide)(rows, assume=assume)


class Reading(Protocol):
    """How the answers of one kind of rules are read."""

    def by_the_truth_tables(self, record: Any) -> Any:
        """The answer that the oracle gives."""
        ...

    def of_one(self, decision: Any) -> Any:
        """The answer in a decision on one record."""
        ...

    def of_rows(self, decisions: Any) -> list[Any]:
        """The answers in the decisions on columns."""
        ...

    def of_frame(self, frame: Any, absent: Mapping[str, None]) -> list[Any]:
        """The answers in a data frame, which has no column for what is absent throughout."""
        ...

    def told(self, records: Sequence[Any], rows: Any) -> Iterator[dict[str, tuple[Any, ...]]]:
        """For each record, by name, what is told of it by each way there is to ask for it."""
        ...

    def possible(self, decision: Any) -> tuple[Any, ...]:
        """All that can come out once the missing facts are known."""
        ...

    def explained(self, record: Any) -> tuple[Any, tuple[RuleTrace[Any], ...]]:
        """The decision that is explained, where one is told, and every rule."""
        ...

    @property
    def reasons(self) -> range:
        """The positions of the reasons; -1 where no rule decides."""
        ...

    @property
    def lasting(self) -> Rules | None:
        """The rules whose answers stay as more is known, if there are any."""
        ...


def reading_of(rules: Rules) -> Reading:
    """How the answers of these rules are read."""
    return _OfTable(rules) if isinstance(rules, Table) else _OfChecklist(rules)


def _asks_absence(rule: Rule[Any]) -> bool:
    return any(isinstance(atom, Absent) for atom in atoms(rule.when))


# ------------------------------------------------------------------------------------- of tables


@attrs.frozen
class Answer:
    """What a table decides of one record."""

    rule: str | None
    outcome: Any
    settled: bool

    def __str__(self) -> str:
        told = f"{self.rule}, {self.outcome}" if self.rule is not None else "no rule decides"
        if self.settled is (self.rule is None):
            told += f" (and settled is {self.settled})"
        return told


_NAMES = ("relmkt outcome", "relmkt rule", "relmkt settled")


@attrs.frozen
class _OfTable:
    table: Table[Any, Any]

    def by_the_truth_tables(self, record: Any) -> Answer:
        index = decided(self.table.rules, record)
        if index < 0:
            return Answer(None, self.table.undecided, settled=False)
        return Answer(self.table.rules[index].id, self.table.rules[index].outcome, settled=True)

    def of_one(self, decision: Decision[Any, Any]) -> Answer:
        return Answer(decision.rule, decision.outcome, settled=decision.settled)

    def of_rows(self, decisions: Decisions[Any, Any]) -> list[Answer]:
        settled = decisions.settled.tolist()
        found = zip(decisions.rule_ids(), decisions.labels(), settled, strict=True)
        return [Answer(rule, outcome, settled=settled) for rule, outcome, settled in found]

    def of_frame(self, frame: Any, absent: Mapping[str, None]) -> list[Answer]:
        found = self.table.expression(columns=absent).decide(frame, names=_NAMES)
        codes, rules, settled = (cast("list[int]", found[name].to_list()) for name in _NAMES)
        words: list[Any] = [*self.table.outcomes, None]
        ids: list[str | None] = [*(rule.id for rule in self.table.rules), None]
        return [
            Answer(ids[rule], words[code], settled=bool(flag))
            for code, rule, flag in zip(codes, rules, settled, strict=True)
        ]

    def told(
        self, records: Sequence[Any], rows: Decisions[Any, Any]
    ) -> Iterator[dict[str, tuple[Any, ...]]]:
        rules = self.table.rules
        reasons, missing, nexts = rows.reasons(), rows.missing(), rows.nexts()
        for at, record in enumerate(records):
            alone, row = on_one(self.table, record), rows[at]
            yield {
                "reason": (alone.reason, reasons[at], row.reason),
                "missing": (alone.missing, missing[at], row.missing),
                "next": (alone.next, nexts[at], following(rules, record, decided(rules, record))),
                "possible": (alone.possible, row.possible),
                "used": (alone.used, row.used),
            }

    def possible(self, decision: Decision[Any, Any]) -> tuple[Any, ...]:
        return decision.possible

    def explained(self, record: Any) -> tuple[Any, tuple[RuleTrace[Any], ...]]:
        explanation = self.table.explain(record)
        return explanation.decision, explanation.rules

    @property
    def reasons(self) -> range:
        return range(-1, len(self.table.rules))

    @property
    def lasting(self) -> Rules | None:
        """The table, unless it asks whether a fact is absent: one such rule can move all."""
        return None if any(map(_asks_absence, self.table.rules)) else self.table


# --------------------------------------------------------------------------------- of checklists


@attrs.frozen
class Answers:
    """What a checklist finds for one record: by rule the letter of the answer."""

    letters: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        told = [
            f"{what}: {', '.join(ids)}"
            for letter, what in _WHAT.items()
            if (ids := [rule for rule, found in self.letters if found == letter])
        ]
        told += [f"{rule}: code {found}" for rule, found in self.letters if found not in _LETTERS]
        return "; ".join(told) or "no rule holds"


_WHAT = {"T": "held", "U": "unknown"}
_LETTERS = {"T", "F", "U"}
_LETTER_OF = {1: "T", 0: "F", ABSENT_CODE: "U"}
_CAN_BE = {True: ("holds",), False: ("fails",), None: ("holds", "fails")}


@attrs.frozen
class _OfChecklist:
    checklist: Checklist[Any, Any]

    @property
    def _ids(self) -> list[str]:
        return [rule.id for rule in self.checklist.rules]

    def _answers(self, letters: Any) -> Answers:
        return Answers(tuple(zip(self._ids, letters, strict=True)))

    def by_the_truth_tables(self, record: Any) -> Answers:
        return self._answers(truth(rule.when, record) for rule in self.checklist.rules)

    def of_one(self, decision: Checked[Any, Any]) -> Answers:
        return self._answers(LETTER[answer] for answer in decision.answers)

    def of_rows(self, decisions: CheckedRows[Any, Any]) -> list[Answers]:
        return [self._of_codes(row) for row in decisions.answer.tolist()]

    def of_frame(self, frame: Any, absent: Mapping[str, None]) -> list[Answers]:
        names = [f"relmkt {at}" for at in range(len(self.checklist.rules))]
        found = self.checklist.expression(columns=absent).decide(frame, names=names)
        codes = (cast("list[int]", found[name].to_list()) for name in names)
        return [self._of_codes(row) for row in zip(*codes, strict=True)]

    def _of_codes(self, row: Any) -> Answers:
        return self._answers(_LETTER_OF.get(code, str(code)) for code in row)

    def told(
        self, records: Sequence[Any], rows: CheckedRows[Any, Any]
    ) -> Iterator[dict[str, tuple[Any, ...]]]:
        listed = rows.held()
        held, unknown = (
            [(rule, ask(rule)) for rule in self._ids] for ask in (rows.where, rows.unknown)
        )
        for at, record in enumerate(records):
            alone, row = on_one(self.checklist, record), rows[at]
            holds, waits = (
                tuple(rule for rule, where in found if where[at]) for found in (held, unknown)
            )
            yield {
                "held": (alone.held, row.held, listed[at], holds),
                "unknown": (alone.unknown, row.unknown, waits),
                "settled": (alone.settled, row.settled),
                "outcomes": (alone.outcomes, row.outcomes),
                "reasons": (alone.reasons, row.reasons),
                "missing": (alone.missing, row.missing),
                "used": (alone.used, row.used),
            }

    def possible(self, decision: Checked[Any, Any]) -> tuple[Any, ...]:
        pairs = zip(self._ids, decision.answers, strict=True)
        return tuple(f"{rule} {word}" for rule, answer in pairs for word in _CAN_BE[answer])

    def explained(self, record: Any) -> tuple[Any, tuple[RuleTrace[Any], ...]]:
        return on_one(self.checklist, record), self.checklist.explain(record)

    @property
    def reasons(self) -> range:
        return range(len(self.checklist.rules))

    @property
    def lasting(self) -> Rules | None:
        """The checklist without the rules that ask whether a fact is absent."""
        rules = [rule for rule in self.checklist.rules if not _asks_absence(rule)]
        return attrs.evolve(self.checklist, rules=rules) if rules else None
