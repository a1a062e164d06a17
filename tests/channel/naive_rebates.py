"""The rules of rebates, written a second time: event by event, in fractions, as their page says."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import strategies as st

from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.domain import Agreement, RebateEvent
from tests.channel.rebates import fraction_rebate

SCHEDULES = {
    "whole": RebateSchedule(
        brackets=[(5, "0.5"), (10, "1.25")], kind="whole_volume", currency="EUR"
    ),
    "steps": RebateSchedule(
        brackets=[(0, "0.3"), (8, "0.7")],
        kind="marginal",
        currency="EUR",
        by="each_outlet",
        flow="sell_out",
        counts_deals=True,
        from_target=True,
        rounding="half_even",
        exponent=-1,
    ),
    "points": RebateSchedule(
        brackets=[(0, "0.02"), (100, "0.035")],
        kind="whole_volume",
        currency="EUR",
        basis="amount",
        by="points",
    ),
}
AGREEMENTS = (
    Agreement(
        dealer="D-1",
        agreement="A-1",
        brand="Lumen",
        territories="Kiel",
        outlets="Quay 1",
        starts=date(2024, 2, 29),
        schedule="whole",
        notice_days=30,
    ),
    Agreement(
        dealer="D-1",
        agreement="A-2",
        brand="Lumen",
        territories="Husum",
        starts=date(2024, 4, 1),
        ends=date(2025, 3, 31),
        schedule="whole",
        notice_days=0,
    ),
    Agreement(
        dealer="D-2",
        agreement="A-3",
        outlets="Quay 2; Quay 3",
        starts=date(2024, 6, 15),
        year_starts=date(2020, 4, 1),
        target_quantity=6,
        schedule="steps",
        notice_days=60,
    ),
    Agreement(
        dealer="D-3", territories="Kiel", starts=date(2024, 1, 1), schedule="points", notice_days=10
    ),
    Agreement(dealer="D-4", starts=date(2024, 1, 1)),
)
DAYS = [
    date(2024, 2, 28),
    date(2024, 3, 1),
    date(2024, 6, 15),
    date(2025, 2, 27),
    date(2025, 2, 28),
    date(2025, 3, 31),
    date(2025, 4, 1),
    date(2025, 9, 9),
]
DEALERS = ("D-1", "D-2", "D-3", "D-4", "D-5")
days = st.sampled_from(DAYS)
some = st.sampled_from


RIGHT = (
    {"dealer": "D-1", "brand": "Lumen", "territory": "Kiel", "flow": "sell_in"},
    {"dealer": "D-1", "brand": "Lumen", "outlet": "Quay 1", "flow": "sell_in"},
    {"dealer": "D-1", "brand": "Lumen", "territory": "Husum", "flow": "sell_in"},
    {"dealer": "D-2", "outlet": "Quay 2", "flow": "sell_out"},
    {"dealer": "D-2", "outlet": "Quay 3", "flow": "sell_out"},
    {"dealer": "D-3", "flow": "sell_in"},
    {"dealer": "D-4", "flow": "sell_in"},
)
TWISTS = {
    "dealer": DEALERS,
    "brand": (None, "Lumen", "Other"),
    "territory": (None, "Kiel", "Husum"),
    "outlet": (None, "Quay 1", "Quay 2"),
    "flow": (None, "sell_in", "sell_out"),
    "on_deal": (True, False),
    "belongs_to": DAYS,
    "quantity": (None,),
    "amount": (None,),
}


@st.composite
def events(draw):
    """Events that mostly count, of few dealers on few days, some with one thing wrong."""
    kind = draw(some(["sale"] * 7 + ["payment", "clawback", "notice"]))
    told = {
        **draw(some(RIGHT)),
        "kind": kind,
        "at": draw(days),
        "key": draw(st.none() | st.uuids().map(str)),
    }
    if kind == "sale":
        sign = draw(some([1, 1, 1, -1]))
        told |= {
            "quantity": sign * draw(st.integers(0, 12)) / draw(some([1, 2, 4])),
            "amount": sign * draw(st.integers(0, 900)) / 10,
        }
        for name in draw(st.lists(some(sorted(TWISTS)), max_size=1)):
            told[name] = draw(some(TWISTS[name]))
    else:
        told = {name: told[name] for name in ("dealer", "kind", "at", "key")}
        told |= {
            "agreement": draw(some([None, "A-1", "A-2"])),
            "brand": draw(some([None, "Lumen"])),
        }
        if kind != "notice":
            told["amount"] = draw(st.integers(1, 900)) / 100
            told["belongs_to"] = draw(st.none() | days)
            told["evidence"] = "delivery notes" if kind == "clawback" else None
    return RebateEvent(**told)


def day_of(event):
    return event.belongs_to or event.at.date()


def year_start(agreement, day):
    """The first day of the contract year that a day lies in, looked for backwards."""
    anchor = agreement.year_starts or agreement.starts
    while day > agreement.starts:
        leap = anchor.month == 2 and anchor.day == 29
        has_leap_day = (day.year % 4 == 0 and day.year % 100 != 0) or day.year % 400 == 0
        turn = (2, 28) if leap and not has_leap_day else (anchor.month, anchor.day)
        if (day.month, day.day) == turn:
            return day
        day -= timedelta(1)
    return agreement.starts


def answers(event, agreement, *, place=True):
    sale = event.kind == "sale"
    if event.dealer != agreement.dealer or event.agreement not in (None, agreement.agreement):
        return "goods"
    if agreement.brand and event.brand != agreement.brand and (sale or event.brand):
        return "goods"
    if day_of(event) < agreement.starts or (agreement.ends and day_of(event) > agreement.ends):
        return "day"
    if sale and place and (agreement.territory_names or agreement.outlet_names):
        anywhere = agreement.schedule == "points"
        at = event.territory in agreement.territory_names or event.outlet in agreement.outlet_names
        if not (at or anywhere):
            return "place"
    return "yes"


def judged(event, known):
    """The agreement, or the reason why there is none, or why the event does not count under it."""
    said = {
        agreement.agreement or agreement.dealer: answers(event, agreement)
        for agreement in AGREEMENTS
    }
    mine = [a for a in AGREEMENTS if said[a.agreement or a.dealer] == "yes"]
    if not mine:
        for word, reason in (("place", "outside_place"), ("day", "outside_period")):
            if word in said.values():
                return None, reason
        return None, "no_agreement"
    if len(mine) > 1:
        return None, "ambiguous"
    return mine[0], reason_under(event, mine[0], known)


def reason_under(event, agreement, known):
    """Why an event does not count under an agreement; None where it does."""
    if agreement.schedule is None:
        return "no_schedule"
    if event.kind != "sale":
        return None
    schedule = SCHEDULES[agreement.schedule]
    if event.flow != schedule.flow:
        return "other_flow"
    if event.on_deal and not schedule.counts_deals:
        return "on_deal"
    if getattr(event, schedule.basis) is None:
        return "no_volume"
    for notice in known:
        if notice.kind == "notice" and answers(notice, agreement) == "yes":
            end = notice.at.date() + timedelta(agreement.notice_days)
            if day_of(event) >= end:
                return "withdrawn"
    return None


def model(told, as_of):
    """The reasons, counted, and for each contract year its figures."""
    known = [event for event in told if event.at.date() <= as_of]
    reasons = defaultdict(int)
    accounts = defaultdict(list)
    for event in known:
        if event.kind == "notice":
            said = [answers(event, agreement) for agreement in AGREEMENTS]
            if "yes" not in said:
                reasons["notice", "outside_period" if "day" in said else "no_agreement"] += 1
            elif all(
                a.schedule is None
                for a, word in zip(AGREEMENTS, said, strict=True)
                if word == "yes"
            ):
                reasons["notice", "no_schedule"] += 1
            continue
        agreement, reason = judged(event, known)
        if reason:
            reasons[str(event.kind), reason] += 1
        else:
            accounts[AGREEMENTS.index(agreement), year_start(agreement, day_of(event))].append(
                event
            )
    return dict(reasons), {at: figures(*at, accounts[at]) for at in sorted(accounts)}


def figures(row, _, counted):
    agreement = AGREEMENTS[row]
    schedule = SCHEDULES[agreement.schedule]
    pairs = [(Fraction(b.start), Fraction(b.rate)) for b in schedule.brackets]
    volumes = defaultdict(Fraction)
    for event in counted:
        if event.kind == "sale":
            point = None
            if schedule.by == "each_outlet":
                point = event.outlet if event.outlet in agreement.outlet_names else event.territory
            volumes[point] += Fraction(str(getattr(event, schedule.basis)))
    reached = not schedule.from_target or sum(volumes.values()) >= agreement.target_quantity
    entitled = Fraction(0)
    for volume in volumes.values():
        rebate = fraction_rebate(pairs, schedule.kind, max(volume, Fraction(0)))
        unit = Fraction(10) ** schedule.exponent
        units, rest = divmod(rebate, unit)
        up = rest * 2 > unit or (rest * 2 == unit and (schedule.rounding == "half_up" or units % 2))
        entitled += (units + up) * unit if reached else 0
    money = {
        kind: sum((Fraction(str(e.amount)) for e in counted if e.kind == kind), Fraction(0))
        for kind in ("payment", "clawback")
    }
    lines = sum(event.kind == "sale" for event in counted)
    return lines, dict(volumes), entitled, money["payment"], money["clawback"]
