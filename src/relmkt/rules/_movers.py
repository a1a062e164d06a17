"""Movers: those who have another outcome under another table, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from relmkt.rules._differences import rules_by_id
from relmkt.rules._words import answer, proof, said, shown
from relmkt.rules.decisions import Decision

if TYPE_CHECKING:
    from relmkt.rules._ruled import Rule

__all__ = ["Mover", "called"]

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")

_IS = {True: "holds", False: "fails", None: "is unknown"}
_WAS = {True: "held", False: "failed", None: "was unknown"}


def called(outcome: object) -> str:
    """An outcome in words, whether or not a table has one for those it cannot decide on."""
    return "undecided" if outcome is None else str(outcome)


@attrs.frozen(kw_only=True, eq=False)
class Mover(Generic[R, OutcomeT]):
    """One who has another outcome under the other table.

    Attributes
    ----------
    id
        The id, as given.
    row
        Its row.
    value
        What it is worth; None where that was not asked for, or is not known.
    before, after
        The two decisions, each with its rule and reason.
    """

    id: Any
    row: int
    value: float | None
    before: Decision[R, OutcomeT]
    after: Decision[R, OutcomeT]

    @property
    def because(self) -> tuple[str, ...]:
        """The rules that answer otherwise than before, each with the facts and the thresholds.

        Of both tables the rules up to the one that decides are asked.
        """
        found = tuple(self._turned())
        return found or ("the rules stand in another order",)

    def _turned(self) -> Iterator[str]:
        mine, theirs = rules_by_id(self.before.table), rules_by_id(self.after.table)
        nothing = (-1, None)
        for name in dict.fromkeys((*mine, *theirs)):
            (at, old), (there, new) = mine.get(name, nothing), theirs.get(name, nothing)
            if not (_is_asked(self.before, at) or _is_asked(self.after, there)):
                continue
            was, told_before = self._answered(self.before, old)
            now, told_after = self._answered(self.after, new)
            if old is None:
                if now is not False:
                    yield f"{name} is new, and {_IS[now]} ({told_after})"
            elif new is None:
                if was is not False:
                    yield f"{name} is gone, and {_WAS[was]} ({told_before})"
            elif was is not now:
                yield f"{name} {_WAS[was]} ({told_before}), and {_IS[now]} now ({told_after})"
            elif now is not False and old.outcome != new.outcome:
                yield f"{name} led to {old.outcome}, and leads to {new.outcome} now"

    def _answered(
        self, decision: Decision[R, OutcomeT], rule: Rule[OutcomeT] | None
    ) -> tuple[bool | None, str]:
        if rule is None:
            return False, ""
        facts = decision.table.facts
        values = facts.values(decision.facts)
        atoms = proof(rule.when, values)
        told = ", ".join(said(atom, values, facts.features) for atom in atoms)
        held = answer(rule.when, values)
        return held, told or ("always" if held else "never")

    def __str__(self) -> str:
        worth = "" if self.value is None else f", worth {shown(self.value)},"
        ends = f"{called(self.before.outcome)} becomes {called(self.after.outcome)}"
        return f"{self.id}{worth} {ends}: {'; '.join(self.because)}"


def _is_asked(decision: Decision[Any, Any], at: int) -> bool:
    """Whether the rule at this position (-1: there is none) comes up before the decision."""
    return at >= 0 and (decision.index < 0 or at <= decision.index)
