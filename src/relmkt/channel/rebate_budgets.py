"""Budgets of rebates: what is left of what was earned where the money does not suffice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import attrs

from relmkt.channel._decimals import EXACT, as_decimal
from relmkt.channel.contract_years import ContractYear
from relmkt.domain import BudgetRule
from relmkt.errors import InvalidValueError, UnknownNameError

__all__ = ["RebateBudget", "largest_remainder"]


def _amount(value: Any) -> Decimal:
    found = as_decimal(value, "amount")
    if found < 0:
        raise InvalidValueError("amount", "be at least 0", value)
    return found


def _rule(value: Any) -> BudgetRule:
    try:
        return BudgetRule(value)
    except ValueError:
        raise UnknownNameError("rule", value, [rule.value for rule in BudgetRule]) from None


@attrs.frozen(kw_only=True)
class RebateBudget:
    """At most so much for all contract years that end within some days.

    Parameters
    ----------
    amount
        What there is.
    currency
        Its currency; a schedule in another one does not draw on it.
    years
        The days: a contract year draws on the budget if its last day is among them.
    rule
        ``"proportional"``, or ``"order_of_earning"``: what was earned on an earlier day is paid
        first, and of one day in the order of the agreements. A rebate is earned on the day of the
        last sale that counted for it.

    Raises
    ------
    InvalidValueError
        For a negative amount.
    UnknownNameError
        For a rule that there is not.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel.contract_years import ContractYear
    >>> from relmkt.channel.rebate_budgets import RebateBudget
    >>> budget = RebateBudget(
    ...     amount=100,
    ...     currency="EUR",
    ...     years=ContractYear(date(2025, 1, 1), date(2026, 1, 1)),
    ...     rule="proportional",
    ... )
    >>> shares = budget.allotted(["60", "60", "60"], [date(2025, 5, 1)] * 3, exponent=-2)
    >>> [str(share) for share in shares]
    ['33.34', '33.33', '33.33']
    """

    amount: Decimal = attrs.field(converter=_amount)
    currency: str
    years: ContractYear
    rule: BudgetRule = attrs.field(converter=_rule)

    def allotted(
        self, earned: Sequence[Any], days: Sequence[date], *, exponent: int
    ) -> list[Decimal]:
        """What each gets: all that was earned, or shares that add up to the budget exactly.

        Parameters
        ----------
        earned
            What each has earned, at least 0, as whole multiples of the smallest amount.
        days
            The day on which it was.
        exponent
            The power of ten of the smallest amount that is paid; what the budget holds beyond a
            whole multiple of it stays in the budget.

        Returns
        -------
        shares
            One for each, never more than was earned.
        """
        wanted = [as_decimal(value, "earned") for value in earned]
        units = [int(EXACT.scaleb(value, -exponent)) for value in wanted]
        left = int(EXACT.scaleb(self.amount, -exponent))
        if sum(units) <= left:
            return wanted
        if self.rule is BudgetRule.PROPORTIONAL:
            shares = largest_remainder(left, units)
        else:
            shares = [0] * len(units)
            for at in sorted(range(len(units)), key=lambda at: days[at]):
                shares[at] = min(units[at], left)
                left -= shares[at]
        return [EXACT.scaleb(Decimal(share), exponent) for share in shares]


def largest_remainder(total: int, weights: Sequence[int]) -> list[int]:
    """Whole shares of a total in proportion to weights, which add up to the total exactly.

    Each gets the whole part of its share, and the units that are left go to the largest
    remainders, of equal ones to the first (the method of Hamilton, or of Hare and Niemeyer).

    Parameters
    ----------
    total
        What is shared, at least 0.
    weights
        At least 0 each, and not all 0.

    Examples
    --------
    >>> from relmkt.channel.rebate_budgets import largest_remainder
    >>> largest_remainder(10, [1, 1, 1])
    [4, 3, 3]
    """
    whole = sum(weights)
    shares = [total * weight // whole for weight in weights]
    rest = sorted(range(len(weights)), key=lambda at: -(total * weights[at] % whole))
    for at in rest[: total - sum(shares)]:
        shares[at] += 1
    return shares
