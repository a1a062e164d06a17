"""Planning contacts once more, one candidate after the other, by the words of the documentation.

It knows nothing of the tables, checklists and columns that it judges: the cadences are told again,
by hand, from the documentation, days are counted by `datetime`, and local hours by `zoneinfo`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)

ACTS = {  # the purpose, and the channels in their order
    "complaint.answer": ("service", ["phone", "email"]),
    "protect.call": ("marketing", ["phone", "visit", "email"]),
    "win_back.ask_why": ("service", ["phone", "email", "post"]),
    "win_back.offer_return": ("marketing", ["phone", "email", "post"]),
    "start.invite": ("marketing", ["email", "phone", "visit"]),
    "review.decide": ("service", []),
    "end.approve": ("service", []),
    "end.notify": ("service", ["post", "email"]),
    "reengineer.automate": ("service", ["email", "app"]),
    "welcome.thank": ("marketing", ["email", "app", "post"]),
    "welcome.offer": ("marketing", ["email", "app", "post"]),
    "welcome.call_if_silent": ("marketing", ["phone", "email"]),
    "inspired.recommend": ("marketing", ["phone", "email"]),
    "enhance.cross_sell": ("marketing", ["email", "phone", "app"]),
    "partnership.work_together": ("marketing", ["visit", "phone"]),
    "proactive.advise": ("marketing", ["phone", "email", "visit"]),
    "accountable.call_after_sale": ("service", ["phone", "email"]),
    "accountable.ask_faults": ("service", ["phone", "email"]),
    "reactive.invite_calls": ("service", ["email", "app", "sms"]),
}


def cadence(facts):  # noqa: C901
    """Steps as (action, way, number): within working days, weeks after, or every so many months."""
    strategy, approach, tier = facts.get("strategy"), facts.get("approach"), facts.get("tier")
    close = approach in ("proactive", "partnership") or (not approach and tier in ("top", "big"))
    if facts.get("event") == "complaint":
        return [("complaint.answer", "within", 1)]
    if strategy in ("hold", "do_not_pursue", "let_go", "undecided"):
        return []
    if strategy == "protect":
        return [("protect.call", "within", 3)]
    if strategy == "win_back":
        return [("win_back.ask_why", "within", 5), ("win_back.offer_return", "within", 5)]
    if strategy == "start":
        return [("start.invite", "within", 2)]
    if strategy == "review":
        return [("review.decide", "within", 10)]
    if strategy == "end":
        return [("end.approve", "within", 10), ("end.notify", "within", 10)]
    if strategy == "reengineer":
        return [("reengineer.automate", "within", 10)]
    if facts.get("event") == "first_purchase":
        return [
            ("welcome.thank", "weeks", 1),
            ("welcome.offer", "weeks", 5),
            ("welcome.call_if_silent", "weeks", 10),
        ]
    if strategy == "enhance":
        return [("enhance.cross_sell", "months", 3 if close else 6)]
    if strategy == "harvest":
        return [("reactive.invite_calls", "weeks", 1)]
    if facts.get("stage") == "inspire":
        return [("inspired.recommend", "months", 6)]
    if approach == "partnership":
        return [("partnership.work_together", "months", 1)]
    if close:
        return [("proactive.advise", "months", 3)]
    if approach == "accountable":
        return [
            ("accountable.call_after_sale", "weeks", 1),
            ("accountable.ask_faults", "months", 6),
        ]
    return [] if approach == "basic" else [("reactive.invite_calls", "weeks", 1)]


def months_later(day, months):
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        if last <= day.day:
            try:
                return date(year, month + 1, last)
            except ValueError:
                pass
    raise AssertionError


@dataclass
class Firm:
    """The same choices as those of the options, told in plain values."""

    as_of: date
    holidays: tuple = ()
    zone: str = "UTC"
    user_zone: str = "UTC"
    quiet: tuple = (21, 8)
    capacity: int | None = None
    window: int = 7
    per_window: int = 1
    lapse: int = 14

    def works(self, day):
        return day.weekday() < 5 and day not in self.holidays

    def after_working_days(self, day, count):
        while not self.works(day):
            day += DAY
        while count:
            day += DAY
            count -= self.works(day)
        return day

    def hours(self, zone, day):
        """Minutes of the day in UTC at which one may call, by trying each."""
        place, user = ZoneInfo(zone), ZoneInfo(self.user_zone)
        first = datetime.combine(day, time(9), place).astimezone(UTC)
        last = datetime.combine(day, time(17), place).astimezone(UTC)
        found, task_day = [], None
        while first < last:
            hour = first.astimezone(place).hour
            start, end = self.quiet
            quiet = start <= hour < end if start < end else (hour >= start or hour < end)
            mine = first.astimezone(user).date()
            if not quiet and self.works(mine) and task_day in (None, mine):
                task_day = mine
                found.append(first)
            elif found:
                break
            first += timedelta(minutes=15)
        return task_day, found

    def slot(self, zone, day, not_before=None):
        """The day, the user's day and the quarters of an hour."""
        while True:
            if zone is None and self.works(day):
                return day, day, []
            if zone is not None and self.works(day):
                task_day, found = self.hours(zone, day)
                if found and (not_before is None or task_day >= not_before):
                    return day, task_day, found
            day += DAY


def next_step(firm, facts, over):
    """Action, number of occurrence, day; the last that lapsed where all have; None for none."""
    start = facts.get("event_at") or firm.as_of
    lapsed = None
    for action, way, count in cadence(facts):
        if way == "months":
            number = 1
            while months_later(start, count * (number + 1)) <= firm.as_of:
                number += 1
            while True:
                due = months_later(start, count * number)
                late = (firm.as_of - due).days
                if f"{action}.{number}" not in over and late <= firm.lapse:
                    return action, number, due, way
                number += 1
        if action in over:
            continue
        if way == "within":
            return action, 0, firm.after_working_days(firm.as_of, count), way
        due = start + timedelta(weeks=count)
        lapsed = (action, 0, due, way)
        if (firm.as_of - due).days <= firm.lapse:
            return lapsed
    return lapsed


def why_not(firm, facts, step, channel_state):
    """Reasons that hold; consent and the rest that is not told is taken as the defaults take it."""
    action, _, due, way = step
    marketing = ACTS[action][0] == "marketing"
    found = []
    if facts.get("barred"):
        found.append("barred")
    if facts.get("deceased"):
        found.append("deceased")
    if marketing and facts.get("ended_by_us"):
        found.append("ended")
    if marketing and channel_state is False:
        found.append("no consent")
    if marketing and facts.get("open_complaint"):
        found.append("open complaint")
    if marketing and facts["near"] >= firm.per_window:
        found.append("contacted")
    if marketing and facts["elsewhere"]:
        found.append("duplicate")
    if action == "welcome.call_if_silent" and facts.get("bought_since"):
        found.append("bought since")
    if way != "within" and (firm.as_of - due).days > firm.lapse:
        found.append("lapsed")
    return found


def channel_of(action, consent):
    """The channel, and True, False or None for consent to it (None also for service)."""
    purpose, channels = ACTS[action]
    if not channels:
        return None, None
    if purpose == "service":
        return channels[0], None
    for wanted in (True, None):
        for channel in channels:
            if consent.get(channel) is wanted:
                return channel, wanted
    return channels[0], False


def plan(firm, candidates, log=(), over=()):
    """Tasks as dicts in order, and skipped as dicts; ``over`` holds the keys that are done."""
    tasks, skipped = [], []
    for at, facts in enumerate(candidates):
        about = f"{facts.get('event') or '-'}/{facts.get('event_at') or '-'}"
        done = {
            key.split("/")[2]
            for key in over
            if key.startswith(f"{about}/") and key.endswith(f"/{facts['customer']}")
        }
        step = next_step(firm, facts, done)
        if step is None:
            continue
        action, number, raw, _ = step
        purpose, channels = ACTS[action]
        zone = (facts.get("zone") or firm.zone) if channels else None
        due, task_day, _ = firm.slot(zone, raw)
        day, _, _ = firm.slot(zone, max(due, firm.as_of), firm.as_of)
        near = [
            (other, department)
            for who, other, department in set(log)
            if who == facts["customer"] and abs((other - day).days) < firm.window
        ]
        elsewhere = [
            other
            for other, department in near
            if other > firm.as_of and department and department != facts.get("department")
        ]
        facts = {**facts, "near": len(near) - len(elsewhere), "elsewhere": bool(elsewhere)}
        channel, state = channel_of(action, facts.get("consent", {}))
        one = {
            "row": at,
            "customer": facts["customer"],
            "action": action,
            "number": number,
            "purpose": purpose,
            "channel": channel,
            "due": due,
            "task_day": task_day,
            "day": day,
            "zone": zone,
            "value": facts.get("value"),
            "department": facts.get("department") or "",
            "owner": facts.get("owner"),
            "key": (facts.get("event"), facts.get("event_at"), action, number),
            "consent": state,
        }
        one["why"] = why_not(firm, facts, step, state)
        (skipped if one["why"] else tasks).append(one)
    return _placed(firm, tasks, skipped, set(log))


def urgency(firm, one):
    late = max((firm.as_of - one["task_day"]).days, 0)
    value = one["value"]
    worth = value if value is not None and value > 0 else 0
    known = (1, 0) if value is None else (0, -value)
    return (-late * worth, -late, one["task_day"], *known, str(one["customer"]))


def _placed(firm, tasks, skipped, log):
    by_customer = defaultdict(list)
    for one in tasks:
        by_customer[one["customer"]].append(one)
    kept = []
    for own in by_customer.values():
        mine = []
        own.sort(key=lambda one: (one["day"], one["department"], urgency(firm, one)))
        for one in own:
            double = any(
                one["key"] == other["key"]
                or (
                    one["purpose"] == other["purpose"] == "marketing"
                    and one["department"]
                    and other["department"]
                    and one["department"] != other["department"]
                    and abs((one["day"] - other["day"]).days) < firm.window
                )
                for other in mine
            )
            if double:
                one["why"] = ["duplicate"]
                skipped.append(one)
            else:
                mine.append(one)
        kept += mine
    waiting = sorted(kept, key=lambda one: urgency(firm, one))
    day = min((one["day"] for one in waiting), default=firm.as_of)
    done = []
    while waiting:
        left = []
        for one in waiting:
            slot, task_day, _ = firm.slot(one["zone"], day, firm.as_of)
            marketing = one["purpose"] == "marketing"
            room = (
                one["day"] <= day == slot
                and (
                    firm.capacity is None
                    or sum(
                        other["made"] == task_day and other["owner"] == one["owner"]
                        for other in done
                    )
                    < firm.capacity
                )
                and (
                    not marketing
                    or sum(
                        other["customer"] == one["customer"]
                        and other["purpose"] == "marketing"
                        and (day - other["on"]).days < firm.window
                        for other in done
                    )
                    + sum(
                        who == one["customer"] and abs((day - other).days) < firm.window
                        for who, other, _ in log
                    )
                    < firm.per_window
                )
            )
            if room:
                one["on"], one["made"] = day, task_day
                done.append(one)
            else:
                left.append(one)
        waiting = left
        day += DAY
    for one in done:
        if one["on"] > one["day"]:
            one["due"], one["task_day"] = one["on"], one["made"]
    done.sort(key=lambda one: urgency(firm, one))
    return done, skipped
