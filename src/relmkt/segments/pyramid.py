"""The customer pyramid: tiers by revenue in the period, with every doubtful case decided."""

from __future__ import annotations

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt.columns import Portfolio
from relmkt.domain import Status, Tier
from relmkt.errors import InvalidValueError
from relmkt.rules import ABSENT_CODE
from relmkt.segments._common import amounts, flags, percent, read_only
from relmkt.segments.cuts import PyramidCuts, PyramidPolicy

__all__ = ["PyramidReport", "customer_pyramid", "portfolio_pyramid"]

TIERS = tuple(Tier)
_CODE = {tier: code for code, tier in enumerate(TIERS)}
RANKED = TIERS[:4]
"""The tiers of those who bought in the period, from the top."""

FEW = 100
"""Below this many ranked customers the top 1% is less than one person."""


@attrs.frozen(kw_only=True, eq=False)
class PyramidReport:
    """A pyramid: the tier of every customer, and what each tier holds.

    Attributes
    ----------
    policy
        The cut-offs used.
    codes
        For every customer the position of the tier in ``Tier``, int8, shape (n,), read-only; -1
        where a missing fact leaves the tier unknown.
    customers
        Customers in each tier, in the order of ``Tier``, shape (7,), read-only.
    revenue
        Revenue of each tier in the period, shape (7,), read-only; what is absent counts as none.
    profit
        Profit of each tier in the same way, where it was given.
    unknown
        How many customers have no tier because a fact is missing. Cut-offs are of the others.
    promoted
        How many customers stand above the counts that the cut-offs ask for, because of ties.
    cuts
        The least amount that earns each tier. None where nobody is ranked.
    """

    policy: PyramidPolicy
    codes: NDArray[np.int8]
    customers: NDArray[np.int64]
    revenue: NDArray[np.float64]
    profit: NDArray[np.float64] | None
    unknown: int
    promoted: int
    cuts: PyramidCuts | None

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def ranked(self) -> int:
        """How many customers bought in the period and so stand in one of the four ranked tiers."""
        return int(self.customers[: len(RANKED)].sum())

    @property
    def is_small(self) -> bool:
        """Whether fewer than 100 are ranked, so that Top is one person and shares are rough."""
        return self.ranked < FEW

    def labels(self) -> list[Tier | None]:
        """The tier of every customer in words, None where it is unknown."""
        words: tuple[Tier | None, ...] = (*TIERS, None)
        return [words[code] for code in self.codes.tolist()]

    def where(self, tier: Tier) -> NDArray[np.bool_]:
        """The customers of a tier, shape (n,)."""
        return np.asarray(self.codes == _CODE[tier])

    def __str__(self) -> str:
        total = float(self.revenue.sum())
        lines: list[str] = []
        for code, tier in enumerate(TIERS):
            share = percent(self.revenue[code] / total) if total > 0 else ""
            row = f"{self.customers[code]:>12,} {self.revenue[code]:>16,.2f} {share:>8}"
            lines.append(f"{tier.value:<10}{row}".rstrip())
        if self.unknown:
            lines.append(f"{'unknown':<10}{self.unknown:>12,}")
        if self.is_small:
            lines.append(f"fewer than {FEW} customers are ranked: the shares are rough")
        return "\n".join(lines)


def customer_pyramid(
    revenue: ArrayLike,
    *,
    active: ArrayLike | None = None,
    bought_before: ArrayLike | None = None,
    in_contact: ArrayLike | None = None,
    profit: ArrayLike | None = None,
    policy: PyramidPolicy | None = None,
) -> PyramidReport:
    """The tier of every customer.

    The active ones, who bought in the period, are ranked by revenue (or profit) and cut by
    cumulative counts, rounded half up, with at least one Top. What is decided here:

    - An amount of zero or less is never above Small, however few customers there are.
    - Who bought in the period, but with net revenue of zero or less (all refunded), is active
      and Small: say so by ``active``. Where it is not said, revenue above 0 tells the active ones,
      since a refund is no purchase.
    - Who did not buy in the period is Inactive if he or she bought before, else a Prospect if there
      has been contact, else a Suspect.
    - Ties at a cut are met as the policy says.
    - With fewer than 100 customers Top is one person, and with fewer than 30 Big is empty: a
      customer has only one tier. The report says that it is small.
    - An absent amount (NaN) of an active customer leaves that tier unknown (code -1), is counted
      in the report, and does not move the cut-offs of the others. Infinity is refused.

    More revenue never gives a lower tier.

    Parameters
    ----------
    revenue
        Revenue in the period, net of refunds, shape (n,).
    active
        Who bought in the period; by default those with revenue above 0. Where it is not given, an
        absent revenue leaves the tier unknown, unless the customer did not buy before either.
    bought_before
        Who bought before the period; by default all. Asked only of those who did not buy in it.
    in_contact
        With whom there has been contact; by default all. Asked only of those who never bought.
    profit
        Profit in the period, shape (n,); needed where the policy ranks by it.
    policy
        The cut-offs; by default Curry's.

    Returns
    -------
    PyramidReport
        Codes, counts and sums.

    Raises
    ------
    InvalidValueError
        When lengths differ, an amount is infinite, or profit is needed and not given.

    References
    ----------
    J. Curry and A. Curry (2000), *The Customer Marketing Method*, Free Press (tiers and cut-offs;
    the decisions above are ours).

    Examples
    --------
    >>> from relmkt.segments import customer_pyramid
    >>> report = customer_pyramid([900, 40, 0, 30, 20, 10], bought_before=[1, 1, 0, 1, 1, 1])
    >>> [tier.value for tier in report.labels()]
    ['top', 'small', 'prospect', 'small', 'small', 'small']
    """
    income = amounts("revenue", revenue)
    size = len(income)
    gain = None if profit is None else amounts("profit", profit, size)
    customer = flags("bought_before", bought_before, size)
    if active is None:
        buys = income > 0.0
        unclear = np.isnan(income) & customer
    else:
        buys = flags("active", active, size)
        unclear = np.zeros(size, dtype=np.bool_)
    codes = np.where(
        flags("in_contact", in_contact, size),
        np.int8(_CODE[Tier.PROSPECT]),
        np.int8(_CODE[Tier.SUSPECT]),
    )
    codes[customer] = _CODE[Tier.INACTIVE]
    return _report(
        income, gain, codes, buys, unclear, PyramidPolicy() if policy is None else policy
    )


def portfolio_pyramid(
    portfolio: Portfolio, *, policy: PyramidPolicy | None = None
) -> PyramidReport:
    """The tier of every customer of a portfolio, from status and revenue in the current period.

    A customer, active or lost, with revenue above 0 bought in the period and is ranked; with zero
    or less, Inactive. A prospect is a Prospect. Facts cannot tell a suspect, nor a purchase that
    was refunded in full: for these use `customer_pyramid`. Who has no status, or is a customer
    without a known amount, has no tier (code -1).

    Parameters
    ----------
    portfolio
        Facts with ``status`` and ``current_revenue`` (and ``current_profit``, to rank by it).
    policy
        The cut-offs; by default Curry's.

    Returns
    -------
    PyramidReport
        Codes, counts and sums.

    Examples
    --------
    >>> from relmkt.columns import Portfolio
    >>> from relmkt.segments import portfolio_pyramid
    >>> portfolio = Portfolio(
    ...     customer=["a", "b", "c", "d"],
    ...     status=["active", "active", "lost", "prospect"],
    ...     current_revenue=[500, 20, 0, None],
    ... )
    >>> [tier.value for tier in portfolio_pyramid(portfolio).labels()]
    ['top', 'small', 'inactive', 'prospect']
    """
    status = portfolio.status
    prospect = status == list(Status).index(Status.PROSPECT)
    customer = ~prospect & (status != ABSENT_CODE)
    income, gain = portfolio.current_revenue, portfolio.current_profit
    codes = np.where(prospect, np.int8(_CODE[Tier.PROSPECT]), np.int8(_CODE[Tier.INACTIVE]))
    unclear = (status == ABSENT_CODE) | (customer & np.isnan(income))
    buys = customer & (income > 0.0)
    return _report(
        income, gain, codes, buys, unclear, PyramidPolicy() if policy is None else policy
    )


def _report(
    revenue: NDArray[np.float64],
    profit: NDArray[np.float64] | None,
    codes: NDArray[np.int8],
    buys: NDArray[np.bool_],
    unclear: NDArray[np.bool_],
    policy: PyramidPolicy,
) -> PyramidReport:
    """Rank those who bought, set aside those of whom that is unclear, and sum up."""
    key = revenue if policy.ranked_by == "revenue" else profit
    if key is None:
        raise InvalidValueError(
            "profit", "be given", None, remedy="the policy ranks customers by profit"
        )
    unclear = unclear | (buys & np.isnan(key))
    ranked = buys & ~unclear
    codes[unclear] = ABSENT_CODE
    everyone = bool(ranked.all())
    tiers, cuts, promoted = _tiers(key if everyone else key[ranked], policy)
    codes[slice(None) if everyone else ranked] = tiers

    slots = codes.astype(np.intp)
    slots[unclear] = len(TIERS)  # the last slot takes those without a tier
    customers = np.bincount(slots, minlength=len(TIERS) + 1)[:-1].astype(np.int64)
    return PyramidReport(
        policy=policy,
        codes=read_only(codes),
        customers=read_only(customers),
        revenue=_sums(slots, revenue),
        profit=None if profit is None or np.isnan(profit).all() else _sums(slots, profit),
        unknown=int(np.count_nonzero(unclear)),
        promoted=promoted,
        cuts=cuts,
    )


def _tiers(
    given: NDArray[np.float64], policy: PyramidPolicy
) -> tuple[NDArray[np.int8], PyramidCuts | None, int]:
    """Tier codes of those who bought, the cuts between them, and how many ties promoted."""
    tiers = np.full(len(given), _CODE[Tier.SMALL], dtype=np.int8)
    if not len(given):
        return tiers, None, 0
    counts = policy.counts(len(given))
    places = np.array([len(given) - count for count in counts])
    # Only the amounts at the three cuts must stand in their sorted place: no sort is needed.
    floors = np.maximum(np.partition(given, places)[places], 0.0).tolist()
    positive = given > 0.0
    promoted: dict[float, int] = {}
    for floor, count in zip(floors, counts, strict=True):
        if policy.ties == "promote":
            above = (given >= floor) & positive
            promoted.setdefault(floor, max(0, int(np.count_nonzero(above)) - count))
        else:
            above = (given > floor) & positive
            equal = np.flatnonzero((given == floor) & positive)
            above[equal[: count - int(np.count_nonzero(above))]] = True
        tiers -= above
    top, big, medium = floors
    cuts = PyramidCuts(top=top, big=big, medium=medium, ranked_by=policy.ranked_by)
    return tiers, cuts, sum(promoted.values())


def _sums(slots: NDArray[np.intp], given: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum for each tier; what is absent counts as none."""
    known = np.where(np.isnan(given), 0.0, given)
    sums = np.bincount(slots, weights=known, minlength=len(TIERS) + 1)[:-1]
    return read_only(sums.astype(np.float64))
