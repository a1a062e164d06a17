"""The conditions of phases, as far as agreements and signals of diversion tell of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np

from relmkt.channel._steady_phases import Phases
from relmkt.channel.columns import Channels, Distributors, Markets
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.domain import Agreement, ChannelFacts, DiversionFacts, RebateBasis, Suspicion
from relmkt.rules import Decisions

__all__ = ["measured_channels"]


def _published(agreed: list[Agreement], as_of: date) -> bool | None:
    """Whether all have published their schedules; a day that is missing tells nothing."""
    days = [one.published for one in agreed]
    if any(day is not None and day > as_of for day in days):
        return False
    return True if days and None not in days else None


def _like_terms(rules: Mapping[Any, set[Any]]) -> bool | None:
    """Whether dealers of one class have one rule, from the rules of each class.

    A dealer of no known class may be of any: where rules differ, nobody can tell.
    """
    if any(len(held) > 1 for name, held in rules.items() if name is not None):
        return False
    every = {rule for held in rules.values() for rule in held}
    return None if not rules or (None in rules and len(every) > 1) else True


def _heard(
    distributors: Distributors,
    agreed: list[Agreement],
    diversion: Decisions[DiversionFacts, Suspicion],
) -> tuple[dict[Any, int], bool]:
    """How many dealers of each market are to be heard, and whether some are of no known market."""
    markets: dict[Any, set[Any]] = {}
    for one in agreed:
        markets.setdefault(one.dealer, set()).add(one.market)
    found: dict[Any, int] = {}
    for row in np.flatnonzero(diversion.where(Suspicion.HEAR)).tolist():
        home = distributors.market[row]
        for market in markets.get(distributors.dealer[row], {None}) if home is None else {home}:
            found[market] = found.get(market, 0) + 1
    return found, found.pop(None, 0) > 0


def measured_channels(
    facts: Markets,
    phases: Phases,
    distributors: Distributors,
    agreed: list[Agreement],
    schedules: Mapping[str, RebateSchedule] | None,
    diversion: Decisions[DiversionFacts, Suspicion],
    as_of: date,
) -> Channels:
    """What agreements and signals tell of the conditions; the rest is for others to say."""
    market_of = dict(zip(distributors.dealer.tolist(), distributors.market.tolist(), strict=True))
    class_of = dict(
        zip(distributors.dealer.tolist(), distributors.dealer_class.tolist(), strict=True)
    )
    known = schedules or {}
    # What has ended tells nothing of today, nor does what has not begun.
    agreed = [one for one in agreed if one.starts <= as_of and (one.ends or as_of) >= as_of]
    heard, elsewhere = _heard(distributors, agreed, diversion)
    rows: list[ChannelFacts] = []
    for row, name in enumerate(facts.brand_market.tolist()):
        brand, market = facts.brand[row], facts.market[row]
        mine = [
            one
            for one in agreed
            if (one.market or market_of.get(one.dealer)) == market and one.brand in (None, brand)
        ]
        rules: dict[Any, set[Any]] = {}
        for one in mine:
            rules.setdefault(class_of.get(one.dealer), set()).add(one.schedule)
        kinds = [
            known[one.schedule].basis
            for one in mine
            if one.schedule is not None and one.schedule in known
        ]
        rows.append(
            ChannelFacts(
                brand_market=name,
                phase=phases[row].outcome,
                rebate_published=_published(mine, as_of),
                like_terms=_like_terms(rules),
                territory_designated=all(one.territories or one.outlets for one in mine)
                if mine
                else None,
                target_set=all(
                    one.target_quantity is not None or one.target_amount is not None for one in mine
                )
                if mine
                else None,
                # One that is of no known market may be of this one.
                diversion_signals=heard.get(market, None if elsewhere else 0),
                quantity_rebate=RebateBasis.QUANTITY in kinds if kinds else None,
            )
        )
    return Channels.of(rows)
