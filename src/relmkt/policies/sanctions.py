"""Rewards and sanctions: the carrot before the stick, and no stick without a fair hearing."""

from __future__ import annotations

from itertools import chain
from typing import ClassVar

from relmkt.domain import Conduct, ConductFacts, Response, TermKind
from relmkt.records import handles, schema
from relmkt.rules import ANYTHING, Monotonicity, Rule, Table, absent, known, never
from relmkt.thresholds import OUR_DEFAULT, Policy, Quantile, policy, threshold

__all__ = ["FOR_COUNSEL", "SANCTIONS", "SanctionPolicy"]

SANCTIONS: tuple[Response, ...] = (
    Response.WARN,
    Response.HOLD_REBATE,
    Response.END_SUPPLY,
    Response.WITHDRAW_PRIVILEGE,
)
"""What takes something away, the lightest first; the last is for consumers alone.

:meta hide-value:
"""

FOR_COUNSEL: tuple[TermKind, ...] = (TermKind.RESALE_PRICE, TermKind.PASSIVE_SALES)
"""The terms that go to legal review, whether they were kept or broken.

:meta hide-value:
"""

_LADDERS = (
    (Response.RECOGNIZE, Response.REWARD, Response.PARTNER),
    (Response.HELP, Response.RESIZE, Response.RECLASS),
    (Response.WARN, Response.HOLD_REBATE, Response.END_SUPPLY),
)


def _never_down(feature: str) -> tuple[Monotonicity, ...]:
    """As a fact rises, never from a rung of a ladder to a lower one."""
    return tuple(
        never(rung, ladder[:at], as_=feature)
        for ladder in _LADDERS
        for at, rung in enumerate(ladder)
        if at > 0
    )


@policy
class SanctionPolicy(Policy):
    """The thresholds of the ladders of rewards and sanctions.

    Who meets the goals is thanked, rewarded, made a partner. Who misses one honestly is helped,
    then given a smaller target, then another class. A breach leads to a sanction only where the
    term is written and lawful, the same for all and open to appeal, and where the breach was found
    proven by evidence after notice and hearing; else to the first of these that is missing. In a
    new relationship nothing but a warning follows upon what is not grave: the carrot comes before
    the stick.

    Terms about resale prices or passive sales go to legal review, whether they were kept or broken:
    to reward or to punish by them may be resale price maintenance. A consumer may lose a privilege
    that it abused, and nothing else; it is never punished for buying little.

    Examples
    --------
    >>> from relmkt.domain import ConductFacts
    >>> from relmkt.policies import SanctionPolicy
    >>> table = SanctionPolicy().table()
    >>> facts = ConductFacts(
    ...     party="D-7",
    ...     is_consumer=False,
    ...     conduct="breach",
    ...     term_kind="active_sales",
    ...     written=True,
    ...     lawful=True,
    ...     same_for_all=True,
    ...     appealable=True,
    ...     has_evidence=True,
    ...     notified=False,
    ... )
    >>> decision = table.decide(facts)
    >>> decision.outcome.value, decision.reason
    ('notify', 'first notice, and a time to answer: conduct breach, not notified')
    """

    times_repeated: float | Quantile = threshold(
        default=2.0,
        unit="time",
        meaning="how often makes it repeated",
        source=OUR_DEFAULT,
    )
    relation_new: float | Quantile = threshold(
        default=12.0,
        unit="month",
        meaning="age below which a relationship is new",
        source=OUR_DEFAULT,
    )

    promises: ClassVar[tuple[Monotonicity, ...]] = (
        *chain.from_iterable(map(_never_down, ("times", "is_major", "relation_months"))),
        *(
            never(ANYTHING, SANCTIONS, as_=feature, rises=False)
            for feature in (
                "written",
                "lawful",
                "same_for_all",
                "appealable",
                "has_evidence",
                "notified",
                "heard",
                "upheld",
            )
        ),
    )
    """What more of a fact never does, wherever the thresholds are.

    :meta hide-value:
    """

    def table(self) -> Table[ConductFacts, Response]:
        """The table of rewards and sanctions with these thresholds.

        Raises
        ------
        InvalidValueError
            When a threshold still depends on a portfolio: call `calibrate` first.
        """
        limits = self.numbers()
        on = handles(ConductFacts)

        meets = on.conduct == Conduct.MEETS_GOALS
        misses = on.conduct == Conduct.MISSES_GOAL
        breach = on.conduct == Conduct.BREACH
        repeated = on.times >= limits["times_repeated"]
        lasting = on.relation_months >= limits["relation_new"]
        pricing = on.term_kind.is_in(FOR_COUNSEL)

        rules: list[Rule[Response]] = [
            Rule(
                "S1",
                known(on.term_kind) & pricing,
                Response.LEGAL_REVIEW,
                "neither reward nor sanction by a term about this: {term_kind}",
            ),
            Rule(
                "S2",
                meets & on.is_major & ~on.is_consumer,
                Response.PARTNER,
                "an outstanding result: {because}",
            ),
            Rule(
                "S3",
                meets & (repeated | on.is_major),
                Response.REWARD,
                "goals met again, or by far: {because}",
            ),
            Rule("S4", meets, Response.RECOGNIZE, "goals met: {because}"),
            Rule(
                "S5",
                misses & on.is_consumer,
                Response.SERVE,
                "nobody is punished for buying little: {because}",
            ),
            Rule(
                "S6",
                misses & on.is_major & lasting,
                Response.RECLASS,
                "the class does not fit: {because}",
            ),
            Rule(
                "S7",
                misses & repeated & lasting,
                Response.RESIZE,
                "the target does not fit: {because}",
            ),
            Rule("S8", misses, Response.HELP, "help before anything else: {because}"),
            Rule(
                "S9",
                breach & (~on.written | ~on.same_for_all | ~on.appealable),
                Response.MEND_RULE,
                "not a rule to sanction by: {because}",
            ),
            Rule(
                "S10",
                breach & (absent(on.lawful) | ~on.lawful),
                Response.LEGAL_REVIEW,
                "counsel has not found the term lawful: lawful term {lawful}",
            ),
            Rule(
                "S11",
                breach & ~on.has_evidence,
                Response.GATHER_EVIDENCE,
                "without evidence there is no case: {because}",
            ),
            Rule(
                "S12",
                breach & ~on.notified,
                Response.NOTIFY,
                "first notice, and a time to answer: {because}",
            ),
            Rule(
                "S13",
                breach & ~on.heard,
                Response.HEAR,
                "first its answer: {because}",
            ),
            Rule(
                "S14",
                breach & ~on.upheld,
                Response.CLOSE,
                "heard, and not found proven: {because}",
            ),
            Rule(
                "S15",
                breach & on.is_consumer,
                Response.WITHDRAW_PRIVILEGE,
                "a privilege abused: {because}",
            ),
            Rule(
                "S16",
                breach & on.is_major,
                Response.END_SUPPLY,
                "a grave breach, proven after hearing: {because}",
            ),
            Rule(
                "S17",
                breach & repeated & lasting,
                Response.HOLD_REBATE,
                "a breach again, proven after hearing: {because}",
            ),
            Rule(
                "S18",
                breach,
                Response.WARN,
                "proven after hearing, and the first, or the relationship is new: times {times}, "
                "months {relation_months}",
            ),
        ]
        return Table(
            name="sanctions",
            facts=schema(ConductFacts),
            rules=rules,
            constants=limits,
        )
