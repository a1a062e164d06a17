"""Steady decisions: what stands, what was proposed, and what holds it, in words."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.columns import Columns
from relmkt.domain import Hold, Standing
from relmkt.errors import UnknownNameError
from relmkt.rules import Decision, Layout
from relmkt.rules._words import Template
from relmkt.steady._columns import HOLDS, Look

if TYPE_CHECKING:
    from relmkt.steady.tables import Steady

__all__ = ["HELD", "Standings", "SteadyDecision", "SteadyDecisions"]

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")

HELD: Mapping[str, str] = {
    "held: band": "still {outcome}, for it is left later than it is entered: {reason}",
    "held: confirmation": "stays {outcome}; {proposed} was proposed {times} of {confirmations} "
    "times in a row: {reason}",
    "held: dwell": "stays {outcome} until {until} at least, having stood since {since}; "
    "{proposed} is proposed: {reason}",
    "held: unsettled": "stays {outcome}, which is still possible: {reason}",
}
"""What is said of an outcome that is held, by message key; ``{reason}`` is that of the table."""

_WORDS = ("outcome", "proposed", "times", "confirmations", "since", "until", "reason")


class Standings(Columns[Standing]):
    """Where the decisions on many customers stand: the columns of `Standing`."""

    record_type = Standing


@attrs.frozen
class SteadyDecision(Generic[R, OutcomeT]):
    """What is decided for one record in the light of what stood.

    Attributes
    ----------
    steady
        What decided.
    before
        What stood before; None for one who is new.
    proposal
        What the table says by itself: that of the standing outcome, or the entering one where it
        says the same.
    held
        Why the outcome stands although the entering table says another; None where none is held.
    standing
        What stands now, for the next look.
    """

    steady: Steady[R, OutcomeT]
    before: Standing | None
    proposal: Decision[R, OutcomeT]
    held: Hold | None
    standing: Standing

    @property
    def outcome(self) -> OutcomeT | None:
        """The outcome that stands after this look."""
        if self.held is None:
            return self.proposal.outcome
        words = {str(word): word for word in self.steady.entering.outcomes}
        return words[str(self.standing.outcome)]

    @property
    def settled(self) -> bool:
        """Whether no missing fact could change what is proposed."""
        return self.proposal.settled

    @property
    def changed(self) -> bool:
        """Whether another outcome stood before; False for one who is new."""
        return self.before is not None and self.before.outcome != self.standing.outcome

    @property
    def reason(self) -> str:
        """Why, in one sentence with the numbers in it."""
        return self.reason_in({})

    def reason_in(self, messages: Mapping[str, str]) -> str:
        """The reason from another set of templates: keyed by rule id, and those of `HELD`.

        Raises
        ------
        UnknownNameError
            When a template names a word that is not there.
        """
        own = {key: text for key, text in messages.items() if key in HELD}
        for key, text in own.items():
            for name in Template(text).names():
                if name not in _WORDS:
                    raise UnknownNameError("word", name, _WORDS, where=f"the reason of {key}")
        others = {key: text for key, text in messages.items() if key not in HELD}
        reason = self.proposal.reason_in(others)
        if self.held is None:
            return reason
        key = f"held: {self.held.value}"
        after, dwell = self.standing, self.steady.dwell
        words = {
            "outcome": after.outcome,
            "proposed": after.proposed,
            "times": after.times,
            "confirmations": self.steady.confirmations,
            "since": after.since,
            "until": after.since if dwell is None else dwell.end(after.since),
            "reason": reason,
        }
        return Template(own.get(key, HELD[key])).filled(words, ())


@attrs.frozen(kw_only=True, eq=False)
class SteadyDecisions(Generic[R, OutcomeT]):
    """What is decided for every row of a portfolio in the light of what stood.

    Attributes
    ----------
    steady
        What decided.
    rows
        The rows as they were decided on, assumptions filled in.
    before
        What stood before.
    standing
        What stands now for these rows, in their order, for the next look.
    gone
        What stands for those who were in ``before`` and are not among the rows, as it was: kept
        where both are put together (`Standings.concatenated`), and dropped where they are not.
    as_of
        The day of the look.
    """

    steady: Steady[R, OutcomeT]
    rows: Layout
    before: Standings
    standing: Standings
    gone: Standings
    as_of: date
    _places: NDArray[np.intp] = attrs.field(repr=False, alias="places")
    _look: Look[R, OutcomeT] = attrs.field(repr=False, alias="look")
    _given: Layout = attrs.field(repr=False, alias="given")
    _assume: Mapping[str, Any] | None = attrs.field(repr=False, alias="assume")

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, row: int) -> SteadyDecision[R, OutcomeT]:
        """The decision on one row, with its words."""
        at = range(len(self))[operator.index(row)]
        place = int(self._places[at])
        before = self.before[place] if place >= 0 else None
        record: R = self._given[at]
        return self.steady.decide(record, before, as_of=self.as_of, assume=self._assume)

    def __iter__(self) -> Iterator[SteadyDecision[R, OutcomeT]]:
        return (self[row] for row in range(len(self)))

    @property
    def outcomes(self) -> tuple[OutcomeT, ...]:
        """The words that the codes stand for."""
        return self.steady.entering.outcomes

    @property
    def outcome(self) -> NDArray[np.int16]:
        """Codes into ``outcomes``, shape (n,); -1 where the table has no word."""
        return self._look.outcome

    @property
    def proposal(self) -> NDArray[np.int16]:
        """What the table says by itself, in the same codes, shape (n,)."""
        return self._look.proposal

    @property
    def rule(self) -> NDArray[np.int16]:
        """The position of the rule that proposes, shape (n,); -1 where none does."""
        return self._look.rule

    @property
    def settled(self) -> NDArray[np.bool_]:
        """Whether no missing fact could change what is proposed, shape (n,)."""
        return self._look.settled

    @property
    def changed(self) -> NDArray[np.bool_]:
        """Who had another outcome before, shape (n,)."""
        return self._look.changed

    def labels(self) -> list[OutcomeT | None]:
        """The outcome of every row in words."""
        words: tuple[OutcomeT | None, ...] = (*self.outcomes, None)
        return [words[code] for code in self.outcome.tolist()]

    def held(self) -> list[Hold | None]:
        """Why the outcome of each row stands although the entering table says another."""
        words = (*HOLDS, None)
        return [words[code] for code in self._look.held.tolist()]

    def counts(self) -> dict[OutcomeT, int]:
        """How many rows have each outcome, in the order of the rules."""
        return {
            word: int(np.count_nonzero(self.outcome == at)) for at, word in enumerate(self.outcomes)
        }
