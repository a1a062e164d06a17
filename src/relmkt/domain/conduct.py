"""Conduct: what a dealer or a customer has done, and what is to follow from it."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeAlias

from relmkt.domain.breach import TermKind
from relmkt.records import Constraint, Handles, flag, identity, member, number, record

__all__ = ["Conduct", "ConductFacts", "PartyId", "Response"]

PartyId: TypeAlias = Any
"""An opaque id: kept as given, compared for equality, never parsed."""


class Conduct(StrEnum):
    """What was done, by the goals and the terms that were agreed on."""

    MEETS_GOALS = "meets_goals"
    """Goals of volume, service or sharing of information are met."""
    MISSES_GOAL = "misses_goal"
    """A goal is missed, honestly."""
    BREACH = "breach"
    """A term is said to be broken."""


class Response(StrEnum):
    """What follows from conduct: rewards, help, the steps of a fair hearing, and sanctions."""

    RECOGNIZE = "recognize"
    """Thank it, where others see it."""
    REWARD = "reward"
    """A rebate, training, a joint promotion."""
    PARTNER = "partner"
    """An exclusive range, a partnership."""
    SERVE = "serve"
    """Serve as before."""
    HELP = "help"
    """Find out why, help and train."""
    RESIZE = "resize"
    """A smaller target, and with it a smaller rebate."""
    RECLASS = "reclass"
    """Another class of dealers, with its own rules."""
    LEGAL_REVIEW = "legal_review"
    """Counsel decides; until then neither reward nor sanction."""
    MEND_RULE = "mend_rule"
    """The rule or the procedure is not fit to be enforced: mend that first, for all."""
    GATHER_EVIDENCE = "gather_evidence"
    """Find evidence first."""
    NOTIFY = "notify"
    """Give notice of the breach and the evidence, and a time to answer."""
    HEAR = "hear"
    """Hear the answer first."""
    CLOSE = "close"
    """Close the case: it was not found proven."""
    WARN = "warn"
    """A warning, in writing."""
    HOLD_REBATE = "hold_rebate"
    """Hold back the rebate of a stated time."""
    END_SUPPLY = "end_supply"
    """End supply, with the notice that was agreed on."""
    WITHDRAW_PRIVILEGE = "withdraw_privilege"
    """Take back, for a stated time, the privilege that was abused."""


@record
class ConductFacts:
    """What the ladder of rewards and sanctions asks; every fact but the id may be absent.

    Examples
    --------
    >>> from relmkt.domain import ConductFacts
    >>> ConductFacts(party="D-7", conduct="meets_goals", times=3).conduct
    <Conduct.MEETS_GOALS: 'meets_goals'>
    """

    party: PartyId = identity("the id of the dealer or the customer, kept as given")
    is_consumer: bool | None = flag(
        "whether it buys for its own use, and is no dealer",
        spoken="a consumer",
        denied="no consumer",
        default=None,
    )
    conduct: Conduct | None = member(Conduct, "what was done", default=None)
    times: int | None = number(
        "how often it was done so far, this time among them; of breaches, those upheld",
        unit="time",
        lower=1,
        whole=True,
        default=None,
    )
    is_major: bool | None = flag(
        "whether it weighs more than usual: an outstanding result, a goal missed by far, a breach "
        "that is grave",
        spoken="major",
        denied="not major",
        default=None,
    )
    relation_months: float | None = number(
        "months for which the relationship has lasted",
        unit="month",
        lower=0,
        default=None,
    )
    term_kind: TermKind | None = member(TermKind, "what the term is about", default=None)
    written: bool | None = flag(
        "whether the term stands in the agreement",
        spoken="written term",
        denied="term not written",
        default=None,
    )
    lawful: bool | None = flag(
        "whether counsel has found the term lawful",
        spoken="lawful term",
        denied="term not lawful",
        default=None,
    )
    same_for_all: bool | None = flag(
        "whether the term and what follows from it are the same for all of the class",
        spoken="same for all",
        denied="not the same for all",
        default=None,
    )
    appealable: bool | None = flag(
        "whether there is somebody to appeal to", denied="no appeal", default=None
    )
    has_evidence: bool | None = flag(
        "whether there is evidence", spoken="evidence", denied="no evidence", default=None
    )
    notified: bool | None = flag(
        "whether notice was given, with the evidence", denied="not notified", default=None
    )
    heard: bool | None = flag(
        "whether the answer was heard, or the time to answer is over",
        denied="not heard",
        default=None,
    )
    upheld: bool | None = flag(
        "whether the breach was found proven after that", denied="not upheld", default=None
    )

    @classmethod
    def constraints(cls, on: Handles) -> tuple[Constraint, ...]:
        """The rules between the fields."""
        return (
            Constraint(
                "upheld",
                ~on.upheld | on.has_evidence,
                remedy="what there is no evidence for is not upheld",
            ),
        )
