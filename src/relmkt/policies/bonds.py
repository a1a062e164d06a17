"""What ties a customer: the next bond only if it gains, and warnings about the present one."""

from __future__ import annotations

from itertools import chain
from typing import ClassVar, TypeAlias

from relmkt.domain import Abstention, Bond, RelationshipFacts
from relmkt.records import handles, schema
from relmkt.rules import ALWAYS, Checklist, Monotonicity, Rule, Table, absent, never
from relmkt.thresholds import Policy, Quantile, policy, threshold

__all__ = ["BondOutcome", "BondPolicy", "bond_warnings"]

BondOutcome: TypeAlias = Bond | Abstention
"""One of the four bonds, or an abstention from them."""

_BERRY = "Berry & Parasuraman 1991, Berry 1995 (the bonds); our default (the number)"


def _never_weaker(feature: str, *, rises: bool = True) -> tuple[Monotonicity, ...]:
    """As a fact rises (or falls), never from a bond to a weaker one."""
    bonds = list(Bond)
    return tuple(
        never(bond, bonds[:at], as_=feature, rises=rises) for at, bond in enumerate(bonds) if at > 0
    )


@policy
class BondPolicy(Policy):
    """The threshold of the table of bonds (Berry & Parasuraman), one level above the other.

    The next bond is for those whom it is expected to gain more from than it costs, and who are
    ready for it: *social* (a named contact, a status) for who buys again, is identified and has
    consented; *customization* where enough is known to tailor an offer; *structural* (an
    application, joint systems) for who uses the benefits there are, if the tie is of use to the
    customer and no mere cost of leaving. A bond that stands is kept.

    What a thing is called does not make the bond: a coupon is financial, on whatever card it is
    printed; a special status is social.

    Examples
    --------
    >>> from relmkt.domain import RelationshipFacts
    >>> from relmkt.policies import BondPolicy
    >>> facts = RelationshipFacts(
    ...     customer="C-17",
    ...     barred=False,
    ...     has_bought=True,
    ...     repeats=True,
    ...     bond_now="financial",
    ...     identified=True,
    ...     consented=True,
    ...     next_bond_gain=40,
    ...     next_bond_cost=15,
    ... )
    >>> decision = BondPolicy().table().decide(facts)
    >>> decision.outcome.value, decision.rule
    ('social', 'B1')
    """

    profile_enough: float | Quantile = threshold(
        default=0.8,
        unit="share of the profile",
        meaning="how much of the profile must be known to tailor an offer to the customer",
        source=_BERRY,
    )

    promises: ClassVar[tuple[Monotonicity, ...]] = (
        never(Abstention.HOLD, as_="barred"),
        *chain.from_iterable(
            _never_weaker(feature)
            for feature in (
                "next_bond_gain",
                "has_bought",
                "repeats",
                "identified",
                "consented",
                "profile_completeness",
                "uses_bond_benefits",
                "tie_adds_value",
            )
        ),
        *_never_weaker("next_bond_cost", rises=False),
    )
    """What more of a fact never does, wherever the threshold is.

    :meta hide-value:
    """

    def table(self) -> Table[RelationshipFacts, BondOutcome]:
        """The table of bonds with this threshold.

        Raises
        ------
        InvalidValueError
            When the threshold still depends on a portfolio: call `calibrate` first.
        """
        limits = self.numbers()
        on = handles(RelationshipFacts)

        gains = on.next_bond_gain > on.next_bond_cost
        at_financial = on.bond_now == Bond.FINANCIAL
        at_social = on.bond_now == Bond.SOCIAL
        at_customization = on.bond_now == Bond.CUSTOMIZATION
        newcomer = ~on.has_bought & absent(on.bond_now)
        keep = "the next bond would not gain more than it costs, or it is too soon: {because}"

        rules: list[Rule[BondOutcome]] = [
            Rule("B0", on.barred, Abstention.HOLD, "the law comes before marketing: {because}"),
            Rule(
                "B1",
                at_financial & gains & on.has_bought & on.repeats & on.identified & on.consented,
                Bond.SOCIAL,
                "comes back, and is known by name: {because}",
            ),
            Rule(
                "B2",
                at_financial | newcomer,
                Bond.FINANCIAL,
                "incentives attract, and nothing else would gain yet: {because}",
            ),
            Rule(
                "B3",
                at_social & gains & (on.profile_completeness >= limits["profile_enough"]),
                Bond.CUSTOMIZATION,
                "known well enough to tailor an offer: {because}",
            ),
            Rule("B4", at_social, Bond.SOCIAL, keep),
            Rule(
                "B5",
                at_customization & gains & on.uses_bond_benefits & on.tie_adds_value,
                Bond.STRUCTURAL,
                "uses what there is, and joint systems pay for both: {because}",
            ),
            Rule("B6", at_customization, Bond.CUSTOMIZATION, keep),
            Rule(
                "B7",
                ALWAYS,
                Bond.STRUCTURAL,
                "tied by what is hard to copy, and kept: bond now {bond_now}",
                otherwise=True,
            ),
        ]
        return Table(
            name="bond",
            facts=schema(RelationshipFacts),
            rules=rules,
            undecided=Abstention.UNDECIDED,
            constants=limits,
        )


def bond_warnings() -> Checklist[RelationshipFacts, str]:
    """What is wrong with the bonds that a customer has today, as a checklist.

    Examples
    --------
    >>> from relmkt.domain import RelationshipFacts
    >>> from relmkt.policies import bond_warnings
    >>> facts = RelationshipFacts(customer="C-17", has_bought=True, bond_now="financial")
    >>> found = bond_warnings().decide(facts)
    >>> found.outcomes
    ('only_financial',)
    >>> found.reasons["W1"]
    'only incentives hold it, which any rival can copy: has bought, bond now financial'
    """
    on = handles(RelationshipFacts)
    return Checklist(
        name="bond warnings",
        facts=schema(RelationshipFacts),
        rules=[
            Rule(
                "W1",
                on.has_bought & (on.bond_now == Bond.FINANCIAL),
                "only_financial",
                "only incentives hold it, which any rival can copy: {because}",
            ),
            Rule(
                "W2",
                (on.bond_now == Bond.STRUCTURAL) & ~on.tie_adds_value,
                "only_exit_cost",
                "held by the cost of leaving alone, which is no relationship: {because}",
            ),
        ],
    )
