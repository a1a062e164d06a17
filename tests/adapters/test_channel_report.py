"""The page of a channel: what it says of fairness and support, and what it leaves out."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import attrs
import pytest

from relmkt.adapters.report import channel_html
from relmkt.channel import Distributors, SupportRecords, Supports, review_channel
from relmkt.simulation import ChannelMarket, channel_market, dealer_records

DAY = date(2025, 12, 31)


@pytest.fixture(scope="module")
def made() -> ChannelMarket:
    return channel_market(5, dealers=40)


def page(made: ChannelMarket, **others: object) -> str:
    settings: dict[str, object] = {
        "distributors": made.distributors,
        "agreements": made.agreements,
        "schedules": made.schedules,
        "brand_markets": made.brand_markets,
    }
    return channel_html(review_channel(made.sales, as_of=DAY, **(settings | others)))


def part(html: str, name: str) -> str:
    found = re.search(rf'<section id="{name}".*?</section>', html, re.DOTALL)
    assert found is not None
    return found[0]


def cells(section: str) -> list[list[str]]:
    """The cells row by row; the head of what is folded repeats the first, and is left out."""
    rows = re.findall(r"<tr>(.*?)</tr>", section, re.DOTALL)
    found = [re.findall(r"<t[hd][^>]*>(?:<bdi>)?(.*?)(?:</bdi>)?</t[hd]>", row) for row in rows]
    return found[:1] + [row for row in found[1:] if row != found[0]]


def test_the_verdict_stands_before_the_figures(made):
    partners = dealer_records(3, made, as_of=DAY)
    section = part(page(made, procedures=partners.procedures), "fairness")
    head, *rows = cells(section)
    assert head[:3] == ["Class", "Verdict", "Why"]
    assert head[3:] == ["Faults, and what is not known", "Rebate by unit"]
    told = {row[0]: row for row in rows}
    assert told["town"][1:3] == [
        "unfair",
        "No even result makes a wrong procedure good: not appealable",
    ]
    assert told["country"][1] == "undetermined"
    assert told["country"][3].startswith("Not known: publication shown, consistent, ")
    assert told["city"][3] == "Not known: publication shown"
    assert told["town"][3].endswith("not appealable; not known: publication shown")
    assert all("Gini 0." in row[4] for row in rows)
    assert "inf" not in " ".join(row[4] for row in rows)
    assert "1 class unfair, " in section


def test_what_is_contradicted_and_what_has_no_class_is_noted(made):
    agreed = list(made.agreements)
    other = made.agreements.of([type(agreed[0])(**_terms(agreed[0])), *agreed[1:]])
    partners = dealer_records(3, made, as_of=DAY)
    classes = made.distributors.dealer_class.tolist()
    first = classes[0]
    known = made.distributors.replace(dealer_class=[*classes[:-1], None])
    said = partners.procedures.replace(
        dealer_class=[first, next(name for name in ("city", "town") if name != first)]
    )
    section = part(
        page(
            made,
            agreements=other,
            distributors=known,
            procedures=said,
            schedules={**made.schedules, "special": next(iter(made.schedules.values()))},
        ),
        "fairness",
    )
    assert f"{first}: said to be consistent; by the agreements it is not".lower() in section.lower()
    assert "There is no verdict on the 1 dealers of no known class: " in section


def _terms(agreement):
    names = [field.name for field in type(agreement).__attrs_attrs__]
    return {name: getattr(agreement, name) for name in names} | {"schedule": "special"}


def test_without_schedules_there_is_no_rebate_to_compare(made):
    section = part(page(made, schedules=None), "fairness")
    assert "No rebate to compare" in section
    assert cells(section) == []


def test_there_is_no_part_on_support_without_records(made):
    assert 'id="support"' not in page(made)
    section = part(page(made, support=SupportRecords()), "support")
    assert "0 dealers with alerts" in section
    assert "Nothing that is known calls for anything." in section
    assert "Not known, for want of facts: one contact 40, " in section


def test_every_alert_is_told_with_its_reasons(made):
    partners = dealer_records(3, made, as_of=DAY)
    section = part(page(made, support=partners.records), "support")
    head, *rows = cells(section)
    assert head == ["Dealer", "Alerts", "Why"]
    assert all(row[2] for row in rows)
    assert f"{len(rows)} dealers with alerts" in section


def test_no_more_than_two_hundred_dealers_are_shown(made):
    names = [f"N-{at}" for at in range(201)]
    facts = Supports(dealer=[*names, "X"], training_coverage=[0.1] * 202)
    section = part(
        page(made, distributors=Distributors(dealer=names), support=SupportRecords(facts=facts)),
        "support",
    )
    assert len(cells(section)) == 201
    assert "The first 200 are shown." in section
    seen, folded = section.split('<details class="rest">')
    assert "<summary>180 more</summary>" in folded
    assert (len(cells(seen)), len(cells(folded))) == (21, 181)
    assert "Left out of the facts: 1 row of dealers that are not listed." in section


def test_what_dealers_owe_is_shown_with_what_is_due_to_them(made):
    """Of 240 rebates and 3 debts the largest amounts are shown, whoever owes them."""
    review = review_channel(
        made.sales,
        as_of=DAY,
        distributors=made.distributors,
        agreements=made.agreements,
        schedules=made.schedules,
    )
    one = next(one for one in review.balances if one.due)
    dues = [Decimal(at) for at in range(1, 241)] + [Decimal(-500), Decimal(-90), Decimal(-2)]
    review = attrs.evolve(
        review, balances=tuple(attrs.evolve(one, due=due, paid=Decimal(1)) for due in dues)
    )
    section = part(channel_html(review), "rebates")
    told = [row[-1] for row in cells(section)[1:]]
    assert (len(told), told[0], told[1]) == (200, "-500", "240")
    assert "-90" in told
    assert "The largest are shown, whoever owes them; there are 43 more, 1 of them owed by " in (
        section
    )


def test_a_word_is_not_broken_and_a_long_id_may_be(made):
    html = page(made)
    assert '<th scope="row" class="whole"><bdi>' in part(html, "actions")
    named = Distributors(dealer=["N" * 40])
    facts = Supports(dealer=["N" * 40], training_coverage=[0.1])
    long = page(made, distributors=named, support=SupportRecords(facts=facts))
    assert '<th scope="row"><bdi>NNN' in part(long, "support")
    assert re.search(r"\.whole\[scope=\"row\"\] \{[^}]*overflow-wrap: normal", html)
