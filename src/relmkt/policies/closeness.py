"""Whether to be close at all: does the customer want it, and does the firm gain by it."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from relmkt.domain import Abstention, Closeness, RelationshipFacts
from relmkt.records import handles, schema
from relmkt.rules import Monotonicity, Rule, Table, never
from relmkt.thresholds import Policy, Quantile, policy, threshold

__all__ = ["ClosenessOutcome", "ClosenessPolicy"]

ClosenessOutcome: TypeAlias = Closeness | Abstention
"""One of the four answers, or an abstention from them."""

_KOTLER_KELLER = "Kotler & Keller, Marketing Management (the question); our default (the number)"


@policy
class ClosenessPolicy(Policy):
    """The threshold of the table of closeness: whether it is wanted, and whether it pays.

    Not all customers want a relationship, and a firm should not keep one with all who do. Who
    refuses and would be worth it is respected: an excellent product, and an easy way back.

    Examples
    --------
    >>> from relmkt.domain import RelationshipFacts
    >>> from relmkt.policies import ClosenessPolicy
    >>> facts = RelationshipFacts(
    ...     customer="C-17", barred=False, wants_closeness=False, closeness_gain=80
    ... )
    >>> decision = ClosenessPolicy().table().decide(facts)
    >>> decision.outcome.value
    'respect'
    >>> decision.reason
    'worth being close to, and does not want it: closeness not wanted, closeness gain 80 > 0'
    """

    closeness_hurdle: float | Quantile = threshold(
        default=0.0,
        unit="currency",
        meaning="gain from closeness above which the firm gains by it",
        source=_KOTLER_KELLER,
    )

    promises: ClassVar[tuple[Monotonicity, ...]] = (
        never(Abstention.HOLD, as_="barred"),
        never(Closeness.PROGRAM, as_="wants_closeness"),
        never(Closeness.COMMUNITY, as_="wants_closeness"),
        never(Closeness.PROGRAM, as_="closeness_gain"),
        never(Closeness.RESPECT, as_="closeness_gain"),
        never(
            (Closeness.COMMUNITY, Closeness.TRANSACTIONAL),
            (Closeness.PROGRAM, Closeness.RESPECT),
            as_="closeness_gain",
            rises=False,
        ),
    )
    """What more of a fact never does, wherever the threshold is.

    :meta hide-value:
    """

    def table(self) -> Table[RelationshipFacts, ClosenessOutcome]:
        """The table of the four answers with this threshold.

        Raises
        ------
        InvalidValueError
            When the threshold still depends on a portfolio: call `calibrate` first.
        """
        limits = self.numbers()
        on = handles(RelationshipFacts)

        wanted = on.wants_closeness
        gains = on.closeness_gain > limits["closeness_hurdle"]

        rules: list[Rule[ClosenessOutcome]] = [
            Rule("C0", on.barred, Abstention.HOLD, "the law comes before marketing: {because}"),
            Rule("C1", wanted & gains, Closeness.PROGRAM, "wanted, and worth it: {because}"),
            Rule(
                "C2",
                wanted & ~gains,
                Closeness.COMMUNITY,
                "wants to be close, and would not be worth it: {because}",
            ),
            Rule(
                "C3",
                ~wanted & gains,
                Closeness.RESPECT,
                "worth being close to, and does not want it: {because}",
            ),
            Rule(
                "C4",
                ~wanted & ~gains,
                Closeness.TRANSACTIONAL,
                "good transactions are what both want: {because}",
            ),
        ]
        return Table(
            name="closeness",
            facts=schema(RelationshipFacts),
            rules=rules,
            undecided=Abstention.UNDECIDED,
            constants=limits,
        )
