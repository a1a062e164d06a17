"""Whom to take on as a dealer: how much each likeness counts, and what speaks against one."""

from __future__ import annotations

from relmkt.domain import CandidateFacts, Objection
from relmkt.records import handles, schema
from relmkt.rules import Checklist, Rule
from relmkt.thresholds import OUR_DEFAULT, Policy, Quantile, policy, threshold

__all__ = ["MatchPolicy", "SelectionPolicy"]


@policy
class MatchPolicy(Policy):
    """How much each likeness counts in a match, and from which distance on nothing is left of it.

    Weights are of any size; what counts is their share in the sum. All are our defaults: nothing
    published says how much one likeness matters beside another.

    Examples
    --------
    >>> from relmkt.policies import MatchPolicy
    >>> MatchPolicy(segment_weight=2).segment_weight
    2
    """

    segment_weight: float | Quantile = threshold(
        default=1.0, unit="weight", meaning="weight of serving the same customers"
    )
    price_weight: float | Quantile = threshold(
        default=1.0, unit="weight", meaning="weight of a like price level"
    )
    value_weight: float | Quantile = threshold(
        default=1.0, unit="weight", meaning="weight of like values"
    )
    capability_weight: float | Quantile = threshold(
        default=1.0, unit="weight", meaning="weight of being able to do what the brand asks"
    )
    capital_weight: float | Quantile = threshold(
        default=1.0, unit="weight", meaning="weight of having adequate capital"
    )
    price_range: float | Quantile = threshold(
        default=0.5, unit="ratio", meaning="difference of price levels that leaves no likeness"
    )
    value_range: float | Quantile = threshold(
        default=1.0, unit="share", meaning="difference of values that leaves no likeness"
    )
    capability_range: float | Quantile = threshold(
        default=1.0, unit="share", meaning="difference of capability that leaves no likeness"
    )


@policy
class SelectionPolicy(Policy):
    """The thresholds of the conditions for taking a dealer on.

    Every rule that holds is an objection. None of them asks for the strongest, nor is money enough:
    who could pay and does not match is objected to as well.

    Examples
    --------
    >>> from relmkt.domain import CandidateFacts
    >>> from relmkt.policies import SelectionPolicy
    >>> facts = CandidateFacts(
    ...     dealer="D-7",
    ...     match_lowest=0.4,
    ...     match_highest=0.5,
    ...     capital_ratio=8,
    ...     barred=False,
    ...     conflict=False,
    ...     accepts_plan=True,
    ... )
    >>> found = SelectionPolicy().checklist().decide(facts)
    >>> found.outcomes, found.missing
    ((<Objection.POOR_MATCH: 'poor_match'>,), ('territory_free',))
    >>> found.reasons["S5"]
    'too far from the position of the brand: match highest 0.5 < 0.6'
    """

    match_enough: float | Quantile = threshold(
        default=0.6,
        unit="share",
        meaning="match with the position of the brand that is enough for a dealer",
        source=OUR_DEFAULT,
    )
    capital_enough: float | Quantile = threshold(
        default=1.0,
        unit="ratio",
        meaning="own money, for each unit of what is adequate, that a dealer must have",
        source=OUR_DEFAULT,
    )

    def checklist(self) -> Checklist[CandidateFacts, Objection]:
        """The checklist of objections with these thresholds.

        Raises
        ------
        InvalidValueError
            When a threshold still depends on a portfolio: call `calibrate` first.
        """
        limits = self.numbers()
        on = handles(CandidateFacts)
        return Checklist(
            name="objections",
            facts=schema(CandidateFacts),
            rules=[
                Rule("S1", on.barred, Objection.BARRED, "the law comes first: {because}"),
                Rule(
                    "S2",
                    on.conflict,
                    Objection.CONFLICT,
                    "nobody serves two whose interests are opposed: {because}",
                ),
                Rule(
                    "S3",
                    ~on.territory_free,
                    Objection.TERRITORY_TAKEN,
                    "what was promised to one is not given to another: {because}",
                ),
                Rule(
                    "S4",
                    on.capital_ratio < limits["capital_enough"],
                    Objection.UNDERFUNDED,
                    "could not carry its part: {because}",
                ),
                Rule(
                    "S5",
                    on.match_highest < limits["match_enough"],
                    Objection.POOR_MATCH,
                    "too far from the position of the brand: {because}",
                ),
                Rule(
                    "S6",
                    ~on.accepts_plan,
                    Objection.PLAN_REFUSED,
                    "a partner wants the same plan: {because}",
                ),
            ],
            constants=limits,
        )
