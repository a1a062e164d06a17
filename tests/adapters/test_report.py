"""The report as text: complete, alone, the same each time, and safe whatever ids hold."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from datetime import date, timedelta
from html.parser import HTMLParser
from io import BytesIO

import attrs
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import relmkt
from relmkt._counts import counted
from relmkt.adapters.files import read_plan, rows_of, write_rows
from relmkt.adapters.report import report_html, write_report
from relmkt.adapters.report._bars import bars
from relmkt.adapters.report._words import (
    amount,
    amounts,
    brief,
    called,
    listed,
    parted,
    said_day,
    share,
    shown_id,
)
from relmkt.assumptions import Assumptions
from relmkt.cli._demo import DEMO_ASSUMPTIONS, DEMO_DAY, DEMO_SEED
from relmkt.columns import Portfolio
from relmkt.datasets import cdnow_orders, synthetic_facts
from relmkt.domain import Abstention, FutureCell, PresentCell, Status, Strategy, Tier
from relmkt.errors import FileError, InvalidValueError, UnknownNameError
from relmkt.planning.contact_plan import Fate
from tests.market import DAY, MODELS, log_of

HOSTILE = (
    "</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "'\"><svg onload=alert(2)>",
    "{{ 7 * 7 }} & &amp; \\u003c",
    "\u202eevil\u202c",
    "line\u2028and\u2029paragraph\x00\x07",
    "=cmd|' /C calc'!A0",
    "x" * 10_000,
    "שלום العربية",
    "\U0001d566\U0001f600",
)


def planned(market, **options):
    return relmkt.plan(log_of(market), as_of=DAY, **({"models": MODELS} | options))


def demo_plan(**options):
    log = cdnow_orders()
    facts = synthetic_facts(log.ids.tolist(), seed=DEMO_SEED)
    chosen = {"as_of": DEMO_DAY, "facts": facts, "assumptions": DEMO_ASSUMPTIONS}
    return relmkt.plan(log, **(chosen | options))


@pytest.fixture(scope="module")
def plan():
    return demo_plan()


@pytest.fixture(scope="module")
def before():
    return demo_plan(as_of=DEMO_DAY - timedelta(days=91))


@pytest.fixture(scope="module")
def page(plan, before):
    return Page(report_html(plan, previous=before))


class Page(HTMLParser):
    """A page as a reader's program takes it: tags, texts by place, and what scripts hold."""

    void = frozenset(["meta", "link", "input"])

    def __init__(self, text):
        super().__init__()
        self.text, self.tags, self.open, self.words = text, [], [], []
        self.raw = {"script": [], "style": []}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in self.void:
            self.open.append((tag, dict(attributes)))
        if tag in self.raw:
            self.raw[tag].append("")

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self.open and self.open[-1][0] in self.raw:
            self.raw[self.open[-1][0]][-1] += data
            return
        places = [held["id"] for tag, held in self.open if tag == "section"]
        self.words.append((places[-1] if places else "", data))

    def said(self, section=None):
        words = (data for place, data in self.words if section in (None, place))
        return " ".join(" ".join(words).replace("\u00a0", " ").split())

    @property
    def data(self):
        return json.loads(self.raw["script"][0])

    def column(self, key):
        found = next(one for one in self.data["columns"] if one["key"] == key)
        if "words" in found:
            return [None if at < 0 else found["words"][at] for at in found["values"]]
        return found["values"]


# ------------------------------------------------------------------------------- it stands alone


def test_the_page_loads_nothing_and_allows_only_its_own_style_and_script(page):
    policy = next(
        held["content"]
        for tag, held in page.tags
        if tag == "meta" and held.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    for source, text in (
        (rules["style-src"], page.raw["style"][0]),
        (rules["script-src"], page.raw["script"][1]),
    ):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert source == f"'sha256-{digest}'"
    assert "unsafe" not in policy
    assert len(page.raw["style"]) == 1
    assert len(page.raw["script"]) == 2
    for _, held in page.tags:
        assert not {"src", "srcset", "action", "style"} & set(held)
        assert not [name for name in held if name.startswith("on")]
        assert held.get("href", "#").startswith("#") or held["href"] == "data:,"
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert "url(" not in page.text
    assert "@import" not in page.text


def test_the_same_plan_gives_the_same_bytes(plan, before, page, tmp_path):
    assert report_html(plan, previous=before) == page.text
    write_report(tmp_path / "report.html", plan, previous=before)
    assert (tmp_path / "report.html").read_bytes() == page.text.encode()
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_a_report_that_cannot_be_written_leaves_nothing(plan, tmp_path):
    with pytest.raises(FileError, match="cannot be written"):
        write_report(tmp_path / "no" / "report.html", plan)
    (tmp_path / "folder").mkdir()
    with pytest.raises(FileError, match="cannot be written"):
        write_report(tmp_path / "folder", plan)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_every_part_has_a_heading_a_finding_and_a_plain_sentence(page):
    sections = [held["id"] for tag, held in page.tags if tag == "section"]
    assert sections == [
        "week",
        "strategies",
        "pyramid",
        "curve",
        "matrices",
        "moves",
        "cash",
        "at-risk",
        "claims",
        "basis",
        "customers",
    ]
    links = [held["href"] for tag, held in page.tags if tag == "a"]
    assert {f"#{section}" for section in sections} <= set(links)
    ids = [held["id"] for _, held in page.tags if "id" in held]
    assert len(ids) == len(set(ids))
    for part in re.findall(r"<section.*?</section>", page.text, re.DOTALL):
        assert re.search(r"<h2 id=.*?>[^<]{10,}</h2>\n<p class=\"lead\">[^<]{30,}</p>", part)


# ---------------------------------------------------------------------------- the figures are right


def test_this_week_tells_the_contacts_of_each_day_and_whom_to_begin_with(plan, page):
    told, counts, soon = page.said("week"), {}, []
    for line in plan:
        if line.next_contact is None or line.contact_channel is None:
            continue
        day = max(line.next_contact, DEMO_DAY)
        if day < DEMO_DAY + timedelta(days=7):
            counts[day] = counts.get(day, 0) + 1
            soon.append(line)
    assert f"Contact {len(soon)} customers this week, {counts[DEMO_DAY]} of them today" in told
    for day, count in counts.items():
        assert f"{day:%a} {said_day(day).removesuffix(' 1998')} {count} " in told
    protected = [line for line in soon if line.strategy == "protect"]
    first = max(protected, key=lambda line: line.retained_value - line.value)
    by = {
        kind: [one for one in soon if one.strategy == kind] for kind in {s.strategy for s in soon}
    }
    assert f"protect {len(protected)} customers, the first 3 of them Fri 3 July, by phone: " in told
    assert "Have the person whom it knows get in touch" in told
    assert len(by) > 3
    for kind, members in by.items():  # every kind of work, the most valuable of it first
        some = ", the first 3 of them" if len(members) > 3 else ""
        head = f" {kind.replace('_', ' ')} {counted(len(members), 'customer')}{some} "
        assert told.count(head) == 1
        part = told.partition(head)[2]
        assert sum(f" {one.customer} " in part for one in members) == min(len(members), 3)
    why, _, rest = first.reason.partition(": ")
    assert f"missing. {first.contact_reason} {first.customer} {rest} " in told
    assert first.contact_reason.startswith(f"{why}: ")
    assert "74 customers are to be ended: a person must approve each." in told


def test_a_week_without_a_contact_says_so():
    market = [{DAY: 200.0, DAY - timedelta(days=60): 200.0, DAY - timedelta(days=120): 200.0}]
    calm = Portfolio(customer=["C-0"], attrition_risk=[0.01])
    told = Page(report_html(planned(market, facts=calm))).said("week")
    assert "Nobody is to be contacted this week" in told
    assert "One customer has a planned contact, later than 6 April 2026." in told
    assert "Contacts due on each day" not in told


def test_strategies_are_told_with_customers_and_value(plan, page):
    told = page.said("strategies")
    for line in plan.strategies():
        name = line.outcome.replace("_", " ").replace("reengineer", "re-engineer")
        assert re.search(rf"{name} .{{10,90}} {line.customers:,} ", told)
        assert line.value is None or f" {line.value:,.0f} " in told  # all whole, or none
    assert "65.1% of the value ahead lies with the 10.2% of customers to maintain" in told


def test_the_pyramid_the_cash_and_those_at_risk_are_those_of_the_plan(plan, page):
    told = page.said("pyramid")
    for tier, customers, revenue in zip(
        Tier, plan.pyramid.customers.tolist(), plan.pyramid.revenue.tolist(), strict=True
    ):
        if customers:
            assert re.search(rf"{tier.value} .{{5,70}} {customers:,} .* {revenue:,.0f} ", told)
    cash = page.said("cash")
    for line in plan.cash.lines:
        assert f"{line.customers:,} {line.amount:,.0f}" in cash
    assert "The 1,367 USD released pay for 363 of the 511 moves that ask for money" in cash
    at_risk = page.said("at-risk")
    for line in plan.at_risk(10):
        assert f"{line.customer} {line.tier.value}" in at_risk
        assert line.reason.removeprefix("matters and may leave: ") in at_risk


def test_each_active_customer_stands_in_one_cell_of_each_matrix(plan, page):
    told = page.said("matrices")
    active = int((plan.portfolio.status == list(Status).index(Status.ACTIVE)).sum())
    for cells in (PresentCell, FutureCell):
        counts = [
            int(re.search(rf"\b{cell.value.replace('_', ' ')} ([\d,]+) [\d.]+% ", told)[1])
            for cell in cells
        ]
        assert sum(counts) == active
    profit, ahead = plan.portfolio.current_profit, plan.portfolio.residual_value
    here = plan.portfolio.status == list(Status).index(Status.ACTIVE)
    best = here & (profit >= 0) & (ahead >= np.median(ahead[here]))
    assert f"best {best.sum():,} " in told


def test_moves_are_counted_by_strategy_then_and_now(plan, before, page):
    then = dict(zip(before.portfolio.ids.tolist(), before.decisions.labels(), strict=True))
    now = dict(zip(plan.portfolio.ids.tolist(), plan.decisions.labels(), strict=True))
    steps = [(then[one], now[one]) for one in now if one in then and then[one] != now[one]]
    told = page.said("moves")
    assert f"{len(steps):,} customers (" in told
    assert "another strategy than in the plan of 31 March 1998" in told
    lost = sum(step == ("maintain", Strategy.PROTECT) for step in steps)
    assert f"maintain → to protect {lost:,} " in told
    tiers = dict(zip(before.portfolio.ids, before.pyramid.codes.tolist(), strict=True))
    pairs = [
        (tiers[one], code)
        for one, code in zip(plan.portfolio.ids, plan.pyramid.codes.tolist(), strict=True)
        if tiers.get(one, 6) < 5 and code < 5
    ]
    rose, fell = sum(b < a for a, b in pairs), sum(b > a for a, b in pairs)
    assert f"In the pyramid, {rose:,} rose and {fell:,} fell." in told


def test_who_came_and_who_left_is_told():
    day = {DAY - timedelta(days=9): 30.0}
    first = relmkt.plan(log_of([day, day], names=["a", "b"]), as_of=DAY, models=MODELS)
    second = relmkt.plan(log_of([day] * 3, names=["b", "c", "d"]), as_of=DAY, models=MODELS)
    told = Page(report_html(second, previous=first)).said("moves")
    assert (
        "New here: 2 customers not in the plan of 31 March 2026. Gone from here: 1 customer" in told
    )


def test_a_plan_of_a_later_day_is_no_plan_before(plan, before):
    with pytest.raises(InvalidValueError, match="not be of a later day than the plan"):
        report_html(before, previous=plan)
    with pytest.raises(InvalidValueError, match="name an earlier plan"):
        report_html(before, previous=plan.lines(reasons=False))


def test_claims_stand_beside_the_figures_of_these_customers(page):
    told = page.said("claims")
    assert "The top 20% bring 61.9% of revenue here; the claim says 80%." in told
    assert "Existing customers bring 100% of revenue here" in told
    assert "of what is spent here goes to people who are not customers" in told
    assert told.count("J. Curry and A. Curry (2000)") == 7
    assert "Secondary: others report that the source says so; it was not read." in told


def test_the_claims_are_measured_on_the_customers_of_the_pyramid_and_of_the_curve():
    """On new customers, whose status nobody can tell yet, and on those who gave all back."""
    new, back = {DAY: 70.0}, {DAY - timedelta(days=9): 30.0, DAY - timedelta(days=3): -40.0}
    loyal = {DAY - timedelta(days=days): 50.0 for days in (700, 300, 30, 4)}
    page = Page(report_html(planned([new] * 4 + [back] * 2 + [loyal] * 4)))
    share = re.search(r"The best 20% bring ([0-9.]+%) of revenue", page.said("curve"))[1]
    assert f"The top 20% bring {share} of revenue here" in page.said("claims")
    alone = Page(report_html(planned([new]))).said("claims")
    assert "The top 20% bring 100% of revenue here" in alone
    assert "is known" not in alone.split("headroom")[0]
    assert "nobody bought in the period" not in alone


def test_existing_customers_are_those_who_bought_before_the_period():
    old, new = {DAY - timedelta(days=500): 5.0, DAY: 30.0}, {DAY: 70.0}
    edge = {DAY - timedelta(days=364): 100.0}  # the first day of the period: a new customer
    just = {DAY - timedelta(days=365): 1.0, DAY: 50.0}
    told = Page(report_html(planned([old, new, edge, just]))).said("claims")
    assert "Existing customers bring 32% of revenue here" in told


def test_assumptions_facts_thresholds_and_rules_are_told(plan, page):
    told = page.said("basis")
    for word in ("cost of serving one order 1.50 USD per order stated", "3 years by default"):
        assert word in told
    for source in plan.sources():
        if source.given:
            assert f"{source.given:,}" in told
    for rule in plan.decisions.table.rules:
        assert f"{rule.id} " in told
    for value in plan.policy.numbers().values():
        assert relmkt.rules.shown(value) in told
    assert plan.decisions.table.version in told
    assert "Plan of 30 June 1998" in told


# ----------------------------------------------------------------------------------- the customers


def test_the_table_holds_every_customer_the_most_at_stake_first(plan, page):
    lines = plan.lines()
    row = {shown_id(one): at for at, one in enumerate(lines.ids.tolist())}
    shown = page.column("customer")
    assert sorted(shown) == sorted(row)
    rows = [row[one] for one in shown]
    assert page.column("strategy") == [
        word.replace("_", " ").replace("reengineer", "re-engineer")
        for word in map(lines.values("strategy").__getitem__, rows)
    ]
    reasons = lines.values("reason")
    assert page.column("reason") == [reasons[at] for at in rows]
    values = lines.values("value")
    told = np.array(page.column("value"), dtype=float)
    np.testing.assert_allclose(told, np.array(values, dtype=float)[rows], atol=0.0051)
    days = [
        days if days is None else date.fromisoformat(days) for days in page.column("next_contact")
    ]
    soon = [
        day is not None and day < DEMO_DAY + timedelta(days=7) and way != "your own task"
        for day, way in zip(days, page.column("contact_channel"), strict=True)
    ]
    stakes = [-math.inf if stake is None else stake for stake in page.column("stake")]
    keys = [(not early, -stake) for early, stake in zip(soon, stakes, strict=True)]
    assert keys == sorted(keys)
    assert page.said("week").startswith(f"This week Contact {sum(soon):,} customers this week, ")
    first = plan.at_risk(1)[0]
    stake = page.column("stake")[shown.index(first.customer)]
    assert stake == pytest.approx(first.retained_value - first.value, abs=0.0051)


def test_the_first_rows_stand_in_the_page_for_readers_without_a_script(page):
    section = page.text.split('<section id="customers"')[1].split("</section>")[0]
    rows = re.findall(r'<tr role="row">.*?</tr>', section)[1:]
    assert len(rows) == 50
    for row, customer in zip(rows, page.column("customer"), strict=False):
        assert f"<bdi>{customer}</bdi>" in row
    assert "Sorting and filtering need JavaScript" in section


def test_where_there_are_more_customers_than_rows_the_page_says_which(plan):
    page = Page(report_html(plan, most_rows=100))
    assert page.data["size"] == 100
    told = page.said("customers")
    assert "The table holds 100 of the 2,417 customers: first those to contact this week" in told
    everyone = Page(report_html(plan))
    assert page.column("customer") == everyone.column("customer")[:100]
    assert page.said("strategies") == everyone.said("strategies")


def test_hostile_ids_are_text_everywhere():
    market = [
        {DAY - timedelta(days=40 * at + 9): 10.0 + at, DAY: 9.0} for at in range(len(HOSTILE))
    ]
    plan, plain = (
        relmkt.plan(
            log_of(market, names=names),
            as_of=DAY,
            models=MODELS,
            facts=Portfolio(
                customer=names, competitor_pull=[0.9] * 10, significance_benchmark=[True] * 10
            ),
            assumptions=Assumptions(currency=currency),
        )
        for names, currency in ((HOSTILE, "<b>"), ([f"C-{at}" for at in range(10)], "EUR"))
    )
    page = Page(report_html(plan, title="<script>alert(3)</script>"))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in Page(report_html(plain)).tags]
    assert sorted(page.column("customer")) == sorted(map(shown_id, HOSTILE))
    for sign in "<>&\u2028\u2029":
        assert sign not in page.raw["script"][0]
    assert "\u202e" not in page.text
    assert "\x00" not in page.text
    assert "x" * 200 not in page.text
    assert "… (10,000 characters)" in page.said("at-risk")
    assert "<script>alert(3)</script>" in page.said()
    page.text.encode()


@given(st.text(min_size=1, max_size=200))
def test_a_shown_id_can_be_read_and_written_whatever_it_holds(text):
    shown = shown_id(text)
    assert shown.isprintable()
    shown.encode()
    assert len(shown) < 1_300
    assert shown == text or not text.isprintable() or len(text) > 120


cents = st.one_of(st.none(), st.integers(-(10**8), 10**8).map(lambda value: value / 100))


@given(st.lists(cents, min_size=1, max_size=9))
def test_the_amounts_of_a_column_have_the_same_decimals(values):
    told = [said.partition(".") for said in amounts(values) if said != "unknown"]
    assert len({len(after) for _, _, after in told}) <= 1
    for value, (whole, _, after) in zip((v for v in values if v is not None), told, strict=True):
        near = float(f"{whole.replace(',', '')}.{after or 0}")
        assert abs(near - value) <= (0.005 if after else 0.5) + 1e-9
        assert not (near == 0 and whole.startswith("-"))


def test_a_share_in_a_column_has_one_decimal():
    assert [share(part) for part in (0.00496, 0.51, 1.0, -0.0967, -0.0001, 12.345)] == [
        "0.5%", "51.0%", "100.0%", "-9.7%", "0.0%", "1,234.5%",
    ]  # fmt: skip


def test_numbers_are_shown_to_the_cent_below_a_thousand():
    assert [amount(value) for value in (0.0, -0.001, 0.125, 9.5, 999.0, 999.994)] == [
        "0", "0", "0.12", "9.50", "999", "999.99",
    ]  # fmt: skip
    assert [amount(value) for value in (1000.5, -1000.5, 1_234_567.2, None, math.nan)] == [
        "1,001", "-1,001", "1,234,567", "unknown", "unknown",
    ]  # fmt: skip
    assert [brief(value) for value in (3.5, 1234.5, 2_345_678.0, 9.87e12, None)] == [
        "3.50", "1,234", "2.35 million", "9.87 trillion", "unknown",
    ]  # fmt: skip
    assert brief(1e18) == "1e+18"
    assert said_day(DAY) == "31 March 2026"
    assert [listed(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "", "a", "a and b", "a, b and c",
    ]  # fmt: skip


@given(st.lists(st.none() | st.floats(-1e9, 1e9), max_size=6))
def test_bars_are_in_proportion_and_stay_in_their_place(values):
    drawn = bars(values)
    assert [bar is None for bar in drawn] == [value is None for value in values]
    widest = max([abs(value) for value in values if value is not None], default=0.0)
    for value, bar in zip(values, drawn, strict=True):
        if bar is None:
            continue
        start, width = (float(text.removesuffix("%")) for text in (bar.start, bar.width))
        assert -0.01 <= start <= start + width <= 100.02
        if abs(value) == widest > 0:
            assert width >= 49.99
        zero = float(bar.zero.removesuffix("%")) if bar.zero else 0.0
        assert (start + width if value < 0 else start) == pytest.approx(zero, abs=0.02)


# -------------------------------------------------------------------------------- what is not there


def test_one_customer_no_currency_and_no_earlier_plan():
    page = Page(report_html(planned([{DAY: 20.0}])))
    told = page.said()
    assert "1 customer on 31 March 2026; the currency is not stated" in told
    assert "No earlier plan was given to compare with" in told
    assert "Nobody who matters is at risk" in told
    assert "Only 1 customer bought in the period" in told
    assert "The one who bought the most brings 100% of revenue Customers ranked" in told
    assert "Every customer is undecided" in told
    assert "None " not in told.replace("None is taken for true", "")
    assert "nan" not in told.lower().split()


def test_nothing_pressing_is_said_so():
    page = Page(
        report_html(planned([{DAY: 20.0}], assumptions=Assumptions(facts={"barred": True})))
    )
    assert "Nothing is pressing: no move of this plan has anything at stake" in page.said("week")
    assert "No move of this plan releases or asks for cash" in page.said("cash")


def test_customers_who_have_all_gone_leave_pictures_empty_and_whole():
    gone = {DAY - timedelta(days=3000): 20.0}
    page = Page(report_html(planned([gone, gone])))
    assert "Nobody brought revenue in the period" in page.said("pyramid")
    assert "There is no revenue in the period to be spread" in page.said("curve")
    assert "No active customer can be placed in the matrices" in page.said("matrices")


def test_undecided_customers_are_for_a_person_to_find_out():
    unsure = Assumptions(facts={"barred": False})
    page = Page(
        report_html(planned([{DAY: 20.0, DAY - timedelta(days=30): 9.0}], assumptions=unsure))
    )
    told = page.said("week")
    assert "1 customer cannot be decided before somebody finds out: " in told
    assert "Nothing is pressing" not in told
    assert "Nothing could be decided of 1 customer: facts are missing " in told
    assert "Find out first what would settle most: " in told
    assert "Some decisions wait for facts: " in page.said("basis")


def test_the_facts_that_would_settle_most_are_named_first_where_nothing_could_be_decided():
    """Some wait, and for the others there is nothing to do; nobody is told that all is well."""
    market = [{DAY: 20.0, DAY - timedelta(days=30 + at): 9.0} for at in range(5)]
    barred = Portfolio(customer=["C-0", "C-1"], barred=[True, True])
    plan = planned(market, facts=barred, assumptions=Assumptions(facts={"barred": False}))
    told = Page(report_html(plan)).said("week")
    waiting = plan.decisions.counts()[Abstention.UNDECIDED]
    assert waiting == 3
    assert "Nothing could be decided of 3 customers: facts are missing, and no other has" in told
    most = max(source.unsettling for source in plan.sources())
    asked = [source for source in plan.sources() if source.unsettling == most]
    first = told.partition("settle most: ")[2]
    assert first.startswith(f"{called(asked[0].name)} ({most} of 3)")


def test_titles_claim_no_more_than_a_few_customers_can_show():
    alike = [{DAY - timedelta(days=at): 29.0} for at in range(30)]
    page = Page(report_html(planned(alike)))
    assert "All 30 who bought are in the upper tiers, for they bought so much alike" in page.said()
    (line,) = (held for _, held in page.tags if held.get("class") == "name revenue")
    assert 20 < float(line["x"].removesuffix("%")) < 40  # a straight line has no bend
    assert "One customer brings all of revenue" in Page(report_html(planned(alike[:1]))).said()


def test_where_no_cost_is_stated_the_cash_does_not_say_that_moves_are_free():
    plan = relmkt.plan(cdnow_orders(), as_of=DEMO_DAY)
    told = Page(report_html(plan)).said("cash")
    assert re.search(r"The moves release [\d,]+ USD; what 1,554 of them cost is not stated", told)
    assert "paid:" not in told


def test_losses_make_the_curve_fall_again():
    market = [{DAY - timedelta(days=at): 200.0 - 24 * at} for at in range(8)]
    plan = planned(market, assumptions=Assumptions(cost_per_order=20.0))
    told = Page(report_html(plan)).said("curve")
    profit = np.sort(plan.portfolio.current_profit)[::-1]
    assert (profit < 0).any()
    share = profit[profit > 0].sum() / profit.sum()
    assert f"{100 * share:.1f}% of profit from" in told
    assert f"take {100 * (share - 1):.3g}% away again" in told


@pytest.mark.parametrize("loss", [9.0, 9.9, 9.999])
def test_however_much_losses_take_away_the_curve_stays_in_its_frame(loss):
    """Of eleven customers ten bring 1 each, and one takes most of it away again."""
    few = planned([{DAY: 1.0}] * 11)
    profit = np.array([1.0] * 10 + [-loss])
    page = Page(
        report_html(attrs.evolve(few, portfolio=few.portfolio.replace(current_profit=profit)))
    )
    marked = {name: [] for name in ("tick", "axis", "equal", "profit")}
    for _, held in page.tags:
        if held.get("class") in marked and {"y1", "points"} & set(held):
            marked[held["class"]].append(held)
    grid = marked["tick"] + marked["axis"]
    assert 3 <= len(grid) <= 10
    assert len({held["y1"] for held in grid}) == len(grid)
    heights = [float(pair.split(",")[1]) for pair in marked["profit"][0]["points"].split()]
    assert 0 <= min(heights) < 50
    assert max(heights) <= 100
    zero, whole = (float(marked["equal"][0][name]) for name in ("y1", "y2"))
    assert (zero, whole) == (pytest.approx(heights[0]), pytest.approx(heights[-1]))
    assert f"{1000 / (10 - loss):,.0f}% of profit from 90.9%" in page.said("curve")


def test_what_is_to_be_done_with_several_customers_is_said_once(plan, page):
    told = page.said("week")
    assert told.count("Have the person whom it knows get in touch") == 1
    assert told.count("matters and may leave") == 1
    protect = told.partition(" protect ")[2].partition(" customers, ")[2].partition(" customers")[0]
    assert protect.count("consent not known: check before contacting") == 1
    for customer in page.column("customer")[:3]:
        assert told.count(f" {customer} ") == 1
        reason = plan.line(plan.row_of(customer)).reason
        assert f" {customer} {reason.partition(': ')[2]} " in told


def test_what_differs_between_customers_stands_with_each():
    begin, rest = "matters and may leave", ["status active", "high volume"]
    assert parted([f"{begin}: {one}" for one in rest]) == (begin, rest)
    for whole in ([f"{begin}: {rest[0]}"], [f"{begin}: {rest[0]}", "gone: lost"], [begin, begin]):
        assert parted(whole) == ("", whole)


def test_where_no_contact_is_planned_those_with_most_at_stake_come_first(plan):
    """A plan whose contacts are all kept back, as where nobody consents."""
    skipped = np.full_like(plan.contacts.fate, Fate.SKIPPED)
    kept_back = attrs.evolve(plan.contacts, fate=skipped)
    page = Page(report_html(attrs.evolve(plan, planned_contacts=kept_back)))
    told = page.said("week")
    assert re.search(r"Begin with these of \d+ customers who have a move", told)
    stakes = [stake for stake in page.column("stake") if stake is not None]
    assert stakes == sorted(stakes, reverse=True)
    for customer in page.column("customer")[:3]:
        assert f" {customer} " in told


def test_where_all_make_a_loss_no_share_of_it_is_told():
    market = [{DAY - timedelta(days=at): 20.0 + at, DAY: 9.0} for at in range(1, 9)]
    told = Page(report_html(planned(market, assumptions=Assumptions(cost_per_order=60.0)))).said()
    assert "The profit in all is not positive, so shares of it have no meaning." in told
    assert "bring of revenue" in told
    assert "bring of profit" not in told


def test_what_is_no_plan_is_refused(plan):
    with pytest.raises(InvalidValueError, match="'previous' must be a Plan, its lines, or None"):
        report_html(plan, previous="plan.csv")
    with pytest.raises(InvalidValueError, match="'most_rows' must be at least 1, got 0"):
        report_html(plan, most_rows=0)


# ------------------------------------------------------------------- a plan in a file, read back


@pytest.mark.parametrize("kind", ["csv", "parquet", "jsonl"])
def test_a_plan_in_a_file_is_as_good_as_the_plan(plan, before, page, tmp_path, kind):
    write_rows(tmp_path / f"plan.{kind}", rows_of(before.lines()))
    lines = read_plan(tmp_path / f"plan.{kind}")
    assert lines.values("strategy") == before.lines().values("strategy")
    assert lines.values("customer") == before.lines().values("customer")
    assert report_html(plan, previous=lines) == page.text


def test_ids_that_a_spreadsheet_might_run_come_back_as_they_were(tmp_path):
    names = ["=1+1", "+3", "-5", "plain", "'quoted'"]
    made = relmkt.plan(log_of([{DAY: 20.0}] * 5, names=names), as_of=DAY, models=MODELS)
    write_rows(tmp_path / "plan.csv", rows_of(made.lines()))
    told = Page(report_html(made, previous=read_plan(tmp_path / "plan.csv"))).said("moves")
    assert "Nobody has another strategy than in the plan of 31 March 2026" in told
    assert "New here" not in told


def test_ids_that_are_numbers_are_found_again_in_a_file(tmp_path):
    names = [3, 1, 20]
    made = relmkt.plan(log_of([{DAY: 20.0}] * 3, names=names), as_of=DAY, models=MODELS)
    write_rows(tmp_path / "plan.csv", rows_of(made.lines()))
    told = Page(report_html(made, previous=read_plan(tmp_path / "plan.csv"))).said("moves")
    assert "Nobody has another strategy" in told


def test_columns_of_other_versions_do_not_matter_and_missing_ones_are_told():
    lines = read_plan("-", stdin=BytesIO(b"strategy,customer,mood\nprotect,a,good\n"))
    assert lines.values("strategy") == ["protect"]
    made = planned([{DAY: 20.0}])
    told = Page(report_html(made, previous=lines)).said("moves")
    assert "Nobody in this plan stands in that given" in told
    bare = read_plan("-", stdin=BytesIO(b"customer,value\na,5\n"))
    with pytest.raises(InvalidValueError, match="'previous' must hold strategies, got 'customer"):
        report_html(made, previous=bare)
    with pytest.raises(UnknownNameError, match="'customer' in -, which is no file of a plan"):
        read_plan("-", stdin=BytesIO(b"who,value\na,5\n"))


def test_without_jinja_the_extra_is_named(plan, monkeypatch):
    from relmkt.adapters.report import _template

    _template.template_of.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    with pytest.raises(relmkt.errors.MissingExtraError, match="report"):
        report_html(plan)


def test_amounts_in_the_billions_stay_readable(plan):
    rich = attrs.evolve(
        plan,
        portfolio=plan.portfolio.replace(
            residual_value=plan.portfolio.residual_value * 1e8,
            retained_value=plan.portfolio.retained_value * 1e8,
        ),
    )
    assert "2.76 trillion USD" in Page(report_html(rich)).said()
