"""How close to come to a customer: Kotler's five levels by segment, and the path up to them."""

from __future__ import annotations

from itertools import chain
from typing import ClassVar, TypeAlias

from relmkt.domain import Abstention, Approach, RelationshipFacts
from relmkt.records import handles, schema
from relmkt.rules import ALWAYS, Condition, Monotonicity, Rule, Table, known, never
from relmkt.thresholds import Policy, Quantile, policy, threshold

__all__ = ["ApproachOutcome", "ApproachPolicy"]

ApproachOutcome: TypeAlias = Approach | Abstention
"""One of the five approaches, or an abstention from them."""

_KOTLER = "Kotler, Marketing Management (the grid); our default (the number)"


def _never_lower(feature: str, *, rises: bool = True) -> tuple[Monotonicity, ...]:
    """As a fact rises (or falls), never from an approach to a less costly one."""
    levels = list(Approach)
    return tuple(
        never(level, levels[:at], as_=feature, rises=rises)
        for at, level in enumerate(levels)
        if at > 0
    )


@policy
class ApproachPolicy(Policy):
    """Thresholds of the table of approaches: how many are many, and which margin is high.

    The approach is that of the customer's segment, by how many customers are in it and by their
    margin (Kotler):

    ============  ==============  =============  ==============
    customers     high margin     medium margin  low margin
    ============  ==============  =============  ==============
    many          accountable     reactive       basic
    medium        proactive       accountable    reactive
    few           partnership     proactive      accountable
    ============  ==============  =============  ==============

    On a cut point the less costly of two levels holds: a share just at *many* is many, one just at
    *few* is not few, a margin just at *high* is not high, one just at *low* is low. For the same
    reason "basic or reactive", as the first cell is printed, is basic here.

    A customer may stand below the cell of its segment. The first sale comes first; then the
    customer goes up by one level at a time, not before it has stood long enough on the one below,
    and the day of the plan is the day of the step. Where nobody says where it stands, the cell
    itself is what to aim at. Going down takes no time. Partnership is for large accounts.

    Closeness (`ClosenessPolicy`) comes before the grid: where it is known not to be wanted, or
    known to bring nothing, the customer may call and is not called, and nobody is moved up to that.
    Where neither is known the grid stands, which has weighed the margin already.

    Examples
    --------
    >>> from relmkt.domain import RelationshipFacts
    >>> from relmkt.policies import ApproachPolicy
    >>> decision = (
    ...     ApproachPolicy()
    ...     .table()
    ...     .decide(
    ...         RelationshipFacts(
    ...             customer="C-17",
    ...             barred=False,
    ...             has_bought=True,
    ...             segment_share=0.04,
    ...             segment_margin_index=6,
    ...             approach_now="reactive",
    ...             days_at_approach=120,
    ...         )
    ...     )
    ... )
    >>> decision.outcome.value, decision.rule
    ('accountable', 'A8')
    >>> decision.reason
    'its segment is worth more than reactive: one step up'
    """

    customers_many: float | Quantile = threshold(
        default=0.25,
        unit="share of customers",
        meaning="share of the firm's customers from which a segment has many",
        source=_KOTLER,
    )
    customers_few: float | Quantile = threshold(
        default=0.05,
        unit="share of customers",
        meaning="share of the firm's customers below which a segment has few",
        source=_KOTLER,
        at_most="customers_many",
    )
    margin_high: float | Quantile = threshold(
        default=1.5,
        unit="ratio to the average",
        meaning="margin per customer above which that of a segment is high",
        source=_KOTLER,
    )
    margin_low: float | Quantile = threshold(
        default=0.5,
        unit="ratio to the average",
        meaning="margin per customer up to which that of a segment is low",
        source=_KOTLER,
        at_most="margin_high",
    )
    closeness_hurdle: float | Quantile = threshold(
        default=0.0,
        unit="currency",
        meaning="gain from closeness above which the firm gains by it",
    )
    days_before_step: float | Quantile = threshold(
        default=90.0,
        unit="day",
        meaning="days that a customer stays with an approach before the step to the next",
    )

    promises: ClassVar[tuple[Monotonicity, ...]] = (
        never(Abstention.HOLD, as_="barred"),
        *chain.from_iterable(
            _never_lower(feature)
            for feature in (
                "has_bought",
                "segment_margin_index",
                "large_account",
                "days_at_approach",
                "wants_closeness",
                "closeness_gain",
            )
        ),
        *_never_lower("segment_share", rises=False),
    )
    """What more of a fact never does, wherever the thresholds are.

    :meta hide-value:
    """

    def table(self) -> Table[RelationshipFacts, ApproachOutcome]:
        """The table of approaches with these thresholds.

        Raises
        ------
        InvalidValueError
            When a threshold still depends on a portfolio: call `calibrate` first.
        """
        limits = self.numbers()
        on = handles(RelationshipFacts)

        many = on.segment_share >= limits["customers_many"]
        not_few = on.segment_share >= limits["customers_few"]
        not_high = on.segment_margin_index <= limits["margin_high"]
        low = on.segment_margin_index <= limits["margin_low"]

        unwanted = known(on.wants_closeness) & ~on.wants_closeness
        gains_nothing = known(on.closeness_gain) & (on.closeness_gain <= limits["closeness_hurdle"])
        apart = unwanted | gains_nothing
        too_soon = known(on.days_at_approach) & (on.days_at_approach < limits["days_before_step"])

        def stands_at(approach: Approach) -> Condition:
            return known(on.approach_now) & (on.approach_now == approach)

        at_basic = stands_at(Approach.BASIC)
        at_reactive = stands_at(Approach.REACTIVE)
        at_accountable = stands_at(Approach.ACCOUNTABLE)
        at_proactive = stands_at(Approach.PROACTIVE)

        step = "its segment is worth more than {approach_now}: one step up"
        stay = (
            "too soon for a step: {approach_now} for {days_at_approach} days of {days_before_step}"
        )
        distance = "closeness wanted: {wants_closeness}; gain from closeness: {closeness_gain}"

        # What asks where a customer stands is never unknown, and so comes first of an outcome.
        rules: list[Rule[ApproachOutcome]] = [
            Rule("A0", on.barred, Abstention.HOLD, "the law comes before marketing: {because}"),
            Rule(
                "A1",
                at_basic & apart,
                Approach.BASIC,
                f"closeness would bring nothing, so nothing is added: {distance}",
            ),
            Rule("A2", at_basic & too_soon, Approach.BASIC, stay),
            Rule(
                "A3",
                ~on.has_bought | (many & low),
                Approach.BASIC,
                "sell, and no more: {because}",
            ),
            Rule("A4", at_basic, Approach.REACTIVE, step),
            Rule(
                "A5",
                apart,
                Approach.REACTIVE,
                f"it may call, and is not called: {distance}",
            ),
            Rule("A6", at_reactive & too_soon, Approach.REACTIVE, stay),
            Rule(
                "A7",
                (many & not_high) | (not_few & low),
                Approach.REACTIVE,
                "ask it to call, and do not call: {because}",
            ),
            Rule("A8", at_reactive, Approach.ACCOUNTABLE, step),
            Rule("A9", at_accountable & too_soon, Approach.ACCOUNTABLE, stay),
            Rule(
                "A10",
                many | (not_few & not_high) | low,
                Approach.ACCOUNTABLE,
                "call soon after the sale: {because}",
            ),
            Rule("A11", at_accountable, Approach.PROACTIVE, step),
            Rule("A12", at_proactive & too_soon, Approach.PROACTIVE, stay),
            Rule(
                "A13",
                not_few | not_high | ~on.large_account,
                Approach.PROACTIVE,
                "keep in touch: {because}",
            ),
            Rule(
                "A14",
                ALWAYS,
                Approach.PARTNERSHIP,
                "a large account, of few with a high margin: "
                "segment share {segment_share}, segment margin index {segment_margin_index}",
                otherwise=True,
            ),
        ]
        return Table(
            name="approach",
            facts=schema(RelationshipFacts),
            rules=rules,
            undecided=Abstention.UNDECIDED,
            constants=limits,
        )
