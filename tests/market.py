"""A small market, and what forecasts and facts say of it, written down a second time.

Plain Python, one customer after the other, from the published equations and the words of the
docstrings. Months are added by hand; SciPy gives nothing but the hypergeometric function.
"""

from __future__ import annotations

import calendar
import math
import statistics
from datetime import date, timedelta

import attrs
from hypothesis import strategies as st
from scipy.special import hyp2f1

from relmkt.assumptions import Assumptions
from relmkt.calendars import Span
from relmkt.models import BGNBD, GammaGamma, Models
from relmkt.orders import OrderLog

DAY = date(2026, 3, 31)
R, ALPHA, A, B = 0.55, 10.6, 0.65, 2.4
P, Q, GAMMA = 6.25, 3.74, 15.44

MODELS = Models(
    purchases=BGNBD.of(r=R, alpha=ALPHA, a=A, b=B), spend=GammaGamma.of(p=P, q=Q, gamma=GAMMA)
)
IN_DAYS = attrs.evolve(MODELS, purchases=BGNBD.of(r=R, alpha=7 * ALPHA, a=A, b=B, unit="day"))
"""The same customers, their time counted in days."""

amounts = st.integers(1, 9_000).map(lambda cents: cents / 100)
refunds = st.integers(-3_000, -1).map(lambda cents: cents / 100)
days = st.integers(0, 800).map(lambda back: DAY - timedelta(days=back))
histories = st.dictionaries(days, amounts | amounts | refunds, min_size=1, max_size=6)
"""What a customer did: one line for a day at the most, a purchase or a refund."""

spans = st.sampled_from(["3 years", "5 months", "10 weeks", "45 days", "1 year", "1 month"])
costs = st.integers(0, 2_000).map(lambda cents: cents / 100)
assumed = st.builds(
    Assumptions,
    margin_rate=st.integers(0, 100).map(lambda percent: percent / 100),
    cost_per_order=costs,
    cost_per_contact=costs.map(lambda cost: cost / 10),
    contacts_per_period=st.integers(0, 24),
    cost_per_period=costs,
    avoidable_share=st.sampled_from([0.0, 0.5, 1.0]),
    cost_of_regaining=costs,
    cost_of_acquisition=costs,
    discount_rate=st.sampled_from([0.1, "1% per month", "0.3% per week", 0.0, -0.05]),
    horizon=spans,
    risk_horizon=spans,
    period=st.sampled_from(["1 year", "6 months", "90 days"]),
    lost_below=st.sampled_from([0.0, 0.2, 0.5]),
    lost_after_gaps=st.sampled_from([0.5, 4.0]),
    high_volume_share=st.sampled_from([0.0, 0.05, 0.3, 1.0]),
    high_value_share=st.sampled_from([0.0, 0.05, 0.3, 1.0]),
)

markets = st.lists(histories, min_size=1, max_size=7)


def log_of(market, *, names=None, margin=None, **columns):
    """The orders of a market, customer after customer; a margin is a share of the amount."""
    rows = [
        (names[at] if names else f"C-{at}", day, amount)
        for at, history in enumerate(market)
        for day, amount in history.items()
    ]
    if margin is not None:
        columns["margin"] = [margin * amount for _, _, amount in rows]
    return OrderLog(
        customer=[name for name, _, _ in rows],
        ordered_at=[day for _, day, _ in rows],
        amount=[amount for _, _, amount in rows],
        **columns,
    )


# --------------------------------------------------------------------------------- the calendar


def months_later(day, months):
    """The same day of a later month, or its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def later(day, span, times=1):
    match span.unit:
        case "day" | "week":
            each = 1 if span.unit == "day" else 7
            return day + timedelta(days=each * span.count * times)
        case "month":
            return months_later(day, span.count * times)
    return months_later(day, 12 * span.count * times)


def earlier_start(day, span):
    """The first day of a period that ends with a day."""
    return later(day + timedelta(days=1), span, -1)


def units_between(start, end, unit):
    """Whole units, and of the next one the part that has passed."""
    one, whole = Span(1, unit), 0
    while later(start, one, whole + 1) <= end:
        whole += 1
    left, right = later(start, one, whole), later(start, one, whole + 1)
    return whole + (end - left).days / (right - left).days


def worth(rate, day):
    """What a unit of money on that day is worth on DAY."""
    return (1 + rate.value) ** -units_between(DAY, day, rate.per)


def discounted(horizon, rate, by_day):
    """The growth of a total over the horizon, each step worth what its middle is worth."""
    unit = "month" if horizon.unit in ("month", "year") else horizon.unit
    last, total, before, then = later(DAY, horizon), 0.0, 0.0, DAY
    step = 0
    while then < last:
        step += 1
        now = min(later(DAY, Span(1, unit), step), last)
        grown = by_day((now - DAY).days)
        total += (grown - before) * math.sqrt(worth(rate, then) * worth(rate, now))
        before, then = grown, now
    return total


# ---------------------------------------------------------------------------------- the customer


@attrs.frozen
class Customer:
    """One customer's purchases, refunds and totals."""

    history: dict[date, float]

    @property
    def buys(self):
        return sorted(day for day, amount in self.history.items() if amount > 0)

    @property
    def x(self):
        return len(self.buys) - 1

    @property
    def t_x(self):
        return (self.buys[-1] - self.buys[0]).days / 7

    @property
    def age(self):
        return (DAY - self.buys[0]).days / 7

    @property
    def revenue(self):
        return sum(self.history.values())

    def of_period(self, period):
        start = earlier_start(DAY, period)
        return {day: amount for day, amount in self.history.items() if day >= start}

    # Fader, Hardie & Lee (2005), "Counting your customers" the easy way.

    def probability_alive(self, t_x=None):
        if self.x == 0:
            return 1.0
        t_x = self.t_x if t_x is None else t_x
        odds = A / (B + self.x - 1) * ((ALPHA + self.age) / (ALPHA + t_x)) ** (R + self.x)
        return 1 / (1 + odds)

    def purchases(self, ahead, t_x=None):
        """Expected within the days ahead."""
        t, x, T = ahead / 7, self.x, self.age
        fall = ((ALPHA + T) / (ALPHA + T + t)) ** (R + x)
        fall *= hyp2f1(R + x, B + x, A + B + x - 1, t / (ALPHA + T + t))
        return (A + B + x - 1) / (A - 1) * (1 - fall) * self.probability_alive(t_x)

    def risk(self, horizon):
        h = (later(DAY, horizon) - DAY).days / 7
        silent = ((ALPHA + self.age) / (ALPHA + self.age + h)) ** (R + self.x)
        return 1 - self.probability_alive() * (1 - silent)

    def spend(self):
        """Fader, Hardie & Lee (2005), RFM and CLV: a mean of the market's and one's own."""
        mean = GAMMA * P / (Q - 1)
        n, own = len(self.buys), self.revenue / len(self.buys)
        if own <= 0:
            return mean
        weight = (Q - 1) / (P * n + Q - 1)
        return weight * mean + (1 - weight) * own


def oracle_forecast(history, assumed):
    """The columns of a forecast; None for a customer without a purchase."""
    one = Customer(history)
    if one.x < 0:
        return None
    horizon, rate = assumed.horizon, assumed.discount_rate
    speed = (R + one.x) / (ALPHA + one.age) / 7
    return {
        "probability_alive": one.probability_alive(),
        "attrition_risk": one.risk(assumed.risk_horizon),
        "expected_purchases": one.purchases((later(DAY, horizon) - DAY).days),
        "discounted_purchases": discounted(horizon, rate, one.purchases),
        "retained_purchases": discounted(horizon, rate, lambda ahead: speed * ahead),
        "regained_purchases": discounted(
            horizon,
            rate,
            lambda ahead: one.purchases(ahead, one.age) / one.probability_alive(one.age),
        ),
        "expected_spend": one.spend(),
    }


def oracle_facts(market, assumed, *, margin=None):
    """The facts of every customer, as mappings; a margin is known of all orders or of none."""
    customers = [Customer(history) for history in market]
    total = sum(one.revenue for one in customers)
    rate = assumed.margin_rate
    if margin is not None and total > 0:
        rate = margin
    contacts = assumed.cost_per_contact * assumed.contacts_per_period
    upkeep = contacts + assumed.cost_per_period
    period_days = (later(DAY, assumed.period) - DAY).days
    service = discounted(
        assumed.horizon, assumed.discount_rate, lambda ahead: upkeep * ahead / period_days
    )
    gaps = [one.t_x / one.x for one in customers if one.x > 0]
    gap = statistics.median(gaps) if gaps else math.inf
    found = []
    for one in customers:
        lines = one.of_period(assumed.period)
        revenue = sum(lines.values())
        orders = sum(amount > 0 for amount in lines.values())
        contribution = (assumed.margin_rate if margin is None else margin) * revenue
        cost = assumed.cost_per_order * orders + upkeep
        facts = {
            "status": None,
            "current_revenue": revenue,
            "current_contribution": contribution,
            "current_profit": contribution - cost,
            "avoidable_profit": contribution - assumed.avoidable_share * cost,
            "cost_to_serve_ratio": ratio(cost, revenue),
            "attrition_risk": None,
            "retained_value": None,
            "residual_value": None,
            "winback_gain": None,
        }
        ahead = oracle_forecast(one.history, assumed)
        if ahead is not None:
            each = rate * ahead["expected_spend"] - assumed.cost_per_order
            gone = (
                one.age > gap * assumed.lost_after_gaps
                if one.x == 0
                else ahead["probability_alive"] < assumed.lost_below
            )
            untold = one.x == 0 and not gaps
            facts |= {
                "status": None if untold else "lost" if gone else "active",
                "attrition_risk": ahead["attrition_risk"],
                "retained_value": ahead["retained_purchases"] * each - service,
                "residual_value": ahead["discounted_purchases"] * each - service,
                "winback_gain": ahead["regained_purchases"] * each
                - service
                - assumed.cost_of_regaining,
            }
        found.append(facts)
    return found


def ratio(cost, revenue):
    if cost == 0:
        return 0.0
    return 1000.0 if revenue <= 0 else min(cost / revenue, 1000.0)


def first_ones(values, share):
    """Who is among the first, of those that are known and above zero; ties are in together."""
    known = sorted((value for value in values if value is not None), reverse=True)
    places = math.floor(share * len(known) + 0.5)
    return [
        None if value is None else places > 0 and value > 0 and value >= known[places - 1]
        for value in values
    ]
