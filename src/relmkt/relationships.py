"""From a portfolio to the facts that approach and bond ask: segments, shares, and what is known."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import NAMED_ROWS, named
from relmkt.columns import Portfolio, Relationships
from relmkt.errors import InvalidRowsError
from relmkt.facts import overruled, rows_in
from relmkt.rules import ABSENT_CODE
from relmkt.summaries import Summaries

__all__ = [
    "KnownRelationships",
    "relationship_facts",
    "segment_figures",
    "with_known_relationships",
]

Codes = NDArray[np.integer[Any]]
Numbers = NDArray[np.float64]


@attrs.frozen(eq=False)
class KnownRelationships:
    """The facts of relationships with what a second source knew of them.

    Attributes
    ----------
    relationships
        The facts, known ones in the place of estimates.
    given
        For each fact that the second source gives, how many customers it was known for.
    """

    relationships: Relationships
    given: dict[str, int]


def relationship_facts(
    portfolio: Portfolio, summaries: Summaries, segments: Codes
) -> Relationships:
    """The facts of relationships that an order log can tell.

    - *Has bought* is everybody who stands in the log; *repeats*, who has bought on another
      occasion than the first.
    - *Segment share* and *segment margin index* are those of the customer's segment among those who
      have bought (`segment_figures`), by the margin of the current period before cost to serve. A
      plan takes the tiers of the customer pyramid for segments: those of Curry & Curry are segments
      by size.
    - A *large account* is a customer of high volume.
    - *Barred* is who is so in the portfolio.

    All else is absent: no order log tells how customers are approached, what ties them, or whether
    they want to be close.

    Parameters
    ----------
    portfolio
        The facts of the customers of the log; prospects may follow.
    summaries
        What the log says of them, row by row the same customers.
    segments
        For every customer of the portfolio the number of its segment, from 0; -1 where it is
        unknown; shape (n,).

    Returns
    -------
    Relationships
        One row for each row of the portfolio.

    Examples
    --------
    >>> from datetime import date
    >>> import relmkt
    >>> from relmkt.datasets import cdnow_orders
    >>> from relmkt.relationships import relationship_facts
    >>> plan = relmkt.plan(cdnow_orders(), as_of=date(1998, 6, 30))
    >>> facts = relationship_facts(plan.portfolio, plan.summaries, plan.pyramid.codes)
    >>> facts[0].has_bought, facts[0].repeats, facts[0].approach_now is None
    (True, True, True)
    """
    size, logged = len(portfolio), len(summaries)
    bought = np.zeros(size, dtype=np.bool_)
    bought[:logged] = True
    repeats = np.zeros(size, dtype=np.int8)
    repeats[:logged] = np.where(np.isnan(summaries.frequency), ABSENT_CODE, summaries.frequency > 0)
    share, index = segment_figures(segments, bought, portfolio.current_contribution)
    return Relationships(
        customer=portfolio.ids,
        barred=portfolio.barred,
        segment_share=share,
        segment_margin_index=index,
        has_bought=bought,
        repeats=repeats,
        large_account=portfolio.significance_high_volume,
    )


def segment_figures(
    segments: Codes, customers: NDArray[np.bool_], margin: Numbers
) -> tuple[Numbers, Numbers]:
    """How many of the customers are in each one's segment, and what they bring.

    Parameters
    ----------
    segments
        For every row the number of its segment, from 0; -1 where it is unknown; shape (n,).
    customers
        The rows that count; the others have the figures of their segment all the same; shape (n,).
    margin
        The margin of every row, NaN where it is unknown; shape (n,).

    Returns
    -------
    share
        Share of the customers that are in the segment, shape (n,); NaN without a segment.
    index
        Margin per customer of the segment, by that of all customers whose margin and segment are
        known; shape (n,); NaN where either is unknown, or where the average is not above 0, for
        then no ratio to it says anything. The order of the rows has no say.

    Examples
    --------
    >>> import numpy as np
    >>> from relmkt.relationships import segment_figures
    >>> share, index = segment_figures(
    ...     np.array([0, 1, 1, 1]), np.ones(4, dtype=bool), np.array([90.0, 10.0, 15.0, 5.0])
    ... )
    >>> share.tolist(), [round(float(value), 2) for value in index]
    ([0.25, 0.75, 0.75, 0.75], [3.0, 0.33, 0.33, 0.33])
    """
    count = int(segments.max(initial=-1)) + 1
    if not count:
        nowhere = np.full(len(segments), np.nan)
        return nowhere, nowhere
    placed = customers & (segments >= 0)
    sizes = np.bincount(segments[placed], minlength=count)
    shares = sizes / max(int(np.count_nonzero(customers)), 1)
    told = placed & ~np.isnan(margin)
    codes, values = segments[told], margin[told]
    order = np.lexsort((values, codes))  # summed in one order, whatever that of the rows
    sums = np.bincount(codes[order], weights=values[order], minlength=count)
    known = np.bincount(codes, minlength=count)
    total, number = float(sums.sum()), len(values)
    indices = np.full(count, np.nan)
    if total > 0:
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            indices = (sums / known) / (total / number)
        indices[~np.isfinite(indices)] = np.nan
    missing = segments < 0
    return (
        np.where(missing, np.nan, shares[segments]),
        np.where(missing, np.nan, indices[segments]),
    )


def with_known_relationships(
    relationships: Relationships, known: Relationships, *, margin: Numbers, as_of: date
) -> KnownRelationships:
    """What a second source knows of the relationships, in the place of estimates.

    Where it names segments, the shares and margins are those of its segments, and absent for whom
    it names none. Where it tells the day from which a customer has been approached as today, the
    days since are counted; a day that has not come counts as this one.

    Parameters
    ----------
    relationships
        The facts of the customers of a plan.
    known
        Facts by customer, as many as are known.
    margin
        The margin of every customer of the plan, NaN where it is unknown; shape (n,).
    as_of
        The day of the plan.

    Raises
    ------
    InvalidRowsError
        When a customer is not in the plan, or has two rows.
    InvalidValueError
        When ids are texts in one source and numbers in the other.

    Examples
    --------
    >>> from datetime import date
    >>> import numpy as np
    >>> from relmkt.columns import Relationships
    >>> from relmkt.relationships import with_known_relationships
    >>> facts = Relationships(customer=["C-1", "C-2"], has_bought=[True, True])
    >>> known = Relationships(customer=["C-2"], approach_since=[date(2026, 6, 1)])
    >>> merged = with_known_relationships(
    ...     facts, known, margin=np.array([5.0, 5.0]), as_of=date(2026, 6, 30)
    ... )
    >>> merged.relationships.days_at_approach
    array([nan, 29.])
    """
    rows = rows_in(known, relationships)
    _refuse_strangers(known, rows)
    merged, given = overruled(relationships, known, rows)
    if given.get("segment"):
        codes = _codes(merged["segment"])
        figures = segment_figures(codes, relationships.has_bought == 1, margin)
        for name, values in zip(("segment_share", "segment_margin_index"), figures, strict=True):
            told = merged.get(name, values)
            merged[name] = np.where(_told(known, name, rows), told, values)
    if given.get("approach_since"):
        since = merged["approach_since"]
        days = (np.datetime64(as_of, "D") - since).astype(np.float64)
        days = np.where(np.isnat(since), np.nan, np.maximum(days, 0.0))
        column = merged.get("days_at_approach", relationships.days_at_approach)
        merged["days_at_approach"] = np.where(np.isnan(column), days, column)
    return KnownRelationships(relationships.replace(**merged), given)


def _told(known: Relationships, name: str, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    found = np.asarray(rows >= 0)
    found[found] = ~known.absent(name)[rows[found]]
    return found


def _codes(segments: NDArray[Any]) -> NDArray[np.intp]:
    """The segments numbered in the order of their names; -1 where there is none."""
    found = np.full(len(segments), -1, dtype=np.intp)
    told = np.asarray(segments != None)  # noqa: E711  (of each)
    found[told] = np.unique(segments[told].astype(np.str_), return_inverse=True)[1]
    return found


def _refuse_strangers(known: Relationships, rows: NDArray[np.intp]) -> None:
    here = np.zeros(len(known), dtype=np.bool_)
    here[rows[rows >= 0]] = True
    strangers = np.flatnonzero(~here)
    if strangers.size:
        raise InvalidRowsError(
            "the known facts of relationships",
            [
                f"customer {named(known.ids, row)} must be a customer of the plan"
                for row in strangers[:NAMED_ROWS].tolist()
            ],
            total=int(strangers.size),
            remedy="are the ids written the same way in both?",
        )
