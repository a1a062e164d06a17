"""The phases of brands in markets: by the table alone, or in the light of what stood."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeAlias

from relmkt.channel.columns import Markets
from relmkt.domain import MarketFacts, Phase
from relmkt.errors import InvalidValueError
from relmkt.policies import PhasePolicy, SteadyPolicy, banded
from relmkt.rules import Decisions
from relmkt.steady import Standings, SteadyDecisions

__all__ = ["Phases", "decided_phases", "standings_after"]

Phases: TypeAlias = "Decisions[MarketFacts, Phase] | SteadyDecisions[MarketFacts, Phase]"


def decided_phases(
    facts: Markets,
    *,
    as_of: date,
    policy: PhasePolicy | None,
    steady: SteadyPolicy[PhasePolicy] | None,
    standings: Standings | None,
) -> Phases:
    """What phase each brand in each market is in, row by row the same.

    Parameters
    ----------
    facts, as_of
        What is known, and the day.
    policy
        The thresholds; our defaults unless given.
    steady
        How reluctantly a phase is left; unless given it is that of `banded`, where there are
        standings, and else not at all.
    standings
        Where the phases stood after the look before.

    Raises
    ------
    InvalidValueError
        When both policies are given, and as in `Steady.decide`.
    InvalidRowsError, UnknownNameError
        As in `Steady.decide`.
    """
    if steady is not None and policy is not None:
        raise InvalidValueError(
            "phase_policy",
            "be left out beside 'steady'",
            type(policy).__name__,
            remedy="the steady policy holds the thresholds: banded(phase_policy)",
        )
    if steady is None and standings is None:
        return (policy or PhasePolicy()).calibrate(facts).table().decide(facts)
    wrapped = steady or banded(policy or PhasePolicy())
    found: Phases = wrapped.calibrate(facts).steady().decide(facts, standings, as_of=as_of)
    return found


def standings_after(phases: Phases) -> Standings | None:
    """Where all phases stand, also of brands that were looked at before and not now."""
    if not isinstance(phases, SteadyDecisions):
        return None
    known: SteadyDecisions[Any, Any] = phases
    return Standings.concatenated([known.standing, known.gone])
