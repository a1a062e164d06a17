"""Made-up facts to try policies on: seeded, and labeled synthetic wherever they go."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

from relmkt.columns import Portfolio
from relmkt.domain import CustomerFacts, Significance, Status
from relmkt.records import MemberSet

__all__ = ["synthetic_facts"]

_BENCHMARK_LIKE = (Significance.BENCHMARK, Significance.DOOR_OPENER, Significance.INSPIRATION)


def synthetic_facts(customers: Iterable[str], *, seed: int, prospects: int = 60) -> Portfolio:
    """Facts that no order log holds, made up for these customers and for some prospects.

    Competitors pull hard at one in ten; one in eight could buy more; the cost to serve of two in
    five could be reduced; one in three hundred is significant as an example, an opener of doors or
    a source of ideas; a few have moved away, were given notice or must not be approached. None of
    it is true of anybody.

    Parameters
    ----------
    customers
        The ids; equal ones count once.
    seed
        The same seed makes the same facts.
    prospects
        How many prospects to add.

    Returns
    -------
    Portfolio
        One row for each customer, then the prospects.

    Examples
    --------
    >>> from relmkt.datasets import synthetic_facts
    >>> facts = synthetic_facts(["C-1", "C-2"], seed=7, prospects=1)
    >>> facts.ids.tolist()
    ['C-1', 'C-2', 'prospect-001']
    """
    # The generator of the standard library gives the same numbers in every version of Python.
    chance = random.Random(seed)  # noqa: S311  (nothing here is secret)
    rows = [_customer(customer, chance) for customer in dict.fromkeys(customers)]
    rows += [_prospect(f"prospect-{at + 1:03d}", chance) for at in range(prospects)]
    return Portfolio.of(rows)


def _customer(customer: str, chance: random.Random) -> CustomerFacts:
    pull = chance.uniform(0.5, 0.9) if chance.random() < 0.1 else chance.uniform(0.0, 0.4)
    headroom = chance.uniform(5.0, 40.0) if chance.random() < 0.125 else -chance.uniform(0.0, 5.0)
    return CustomerFacts(
        customer=customer,
        significance=_significance(chance, 1 / 300),
        competitor_pull=round(pull, 2),
        wallet_share_falling=chance.random() < 0.05,
        cost_reducible=chance.random() < 0.4,
        headroom=round(headroom, 2),
        ended_by_us=chance.random() < 0.005,
        need_gone=chance.random() < 0.03,
        barred=chance.random() < 0.004,
    )


def _prospect(customer: str, chance: random.Random) -> CustomerFacts:
    """A prospect; half of them with an estimate of what winning them is worth."""
    known = chance.random() < 0.5
    return CustomerFacts(
        customer=customer,
        status=Status.PROSPECT,
        significance=_significance(chance, 1 / 30),
        acquisition_gain=round(chance.uniform(-20.0, 20.0), 2) if known else None,
        barred=False,
    )


def _significance(chance: random.Random, share: float) -> MemberSet[Significance]:
    """Only the three kinds that others must tell; the other two an order log tells."""
    chosen: Sequence[Significance] = (
        [chance.choice(_BENCHMARK_LIKE)] if chance.random() < share else []
    )
    return MemberSet(frozenset(chosen), frozenset(_BENCHMARK_LIKE) - frozenset(chosen))
