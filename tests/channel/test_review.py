"""A review of a channel: what it adds up, and what it says of terms that differ."""

from __future__ import annotations

from datetime import date

import attrs
import pytest

from relmkt.channel import Breaches, ChannelReview, review_channel
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.domain import Agreement, Phase
from relmkt.simulation import ChannelMarket, channel_market, channel_recovery

DAY = date(2025, 12, 31)


@pytest.fixture(scope="module")
def made() -> ChannelMarket:
    return channel_market(5, dealers=40)


def reviewed(made: ChannelMarket, **others: object) -> ChannelReview:
    settings: dict[str, object] = {
        "distributors": made.distributors,
        "agreements": made.agreements,
        "schedules": made.schedules,
        "brand_markets": made.brand_markets,
    }
    return review_channel(made.sales, as_of=DAY, **(settings | others))


def test_every_dealer_has_a_line_and_its_rebates_are_those_of_the_ledger(made):
    review = reviewed(made)
    lines = list(review.lines())
    assert [line["dealer"] for line in lines] == made.distributors.dealer.tolist()
    assert sum(line["rebate_due"] for line in lines) == pytest.approx(float(review.due))
    assert sum(line["rebate_pending"] for line in lines) == pytest.approx(float(review.pending))
    heard = [row for row, line in enumerate(lines) if line["diversion"] == "hear"]
    assert heard == review.suspects()


def test_dealers_of_one_class_with_the_same_published_rule_are_told_so(made):
    fairness = reviewed(made).fairness
    assert {one.verdict for one in fairness} == {"same rule, published"}
    assert all(1 / one.dealers <= one.jain <= 1 for one in fairness)


def changed(made: ChannelMarket, row: int, **terms: object) -> object:
    agreed: list[Agreement] = list(made.agreements)
    agreed[row] = attrs.evolve(agreed[row], **terms)
    return type(made.agreements).of(agreed)


def test_another_rule_within_a_class_is_told_first(made):
    other = RebateSchedule(brackets=[(0, 9)], kind="marginal", currency="EUR")
    review = reviewed(
        made,
        agreements=changed(made, 0, schedule="special"),
        schedules={**made.schedules, "special": other},
    )
    verdicts = {one.verdict for one in review.fairness}
    assert "dealers of one class have different rules" in verdicts
    unlike = {
        review.markets[row]
        for row, checked in enumerate(review.conditions)
        if "unlike_terms" in checked.outcomes
    }
    growing = {
        review.markets[row]
        for row, decided in enumerate(review.phases)
        if decided.outcome is Phase.GROWTH
    }
    market = made.distributors.market[0]
    assert unlike == {name for name in growing if name.endswith(f" in {market}")}


def test_a_rule_that_is_not_published_is_told(made):
    review = reviewed(made, agreements=changed(made, 0, published=None))
    assert "same rule, not published to everybody" in {one.verdict for one in review.fairness}


def test_without_schedules_there_are_no_balances_and_nothing_is_left_out_of_them(made):
    review = reviewed(made, schedules=None)
    assert (review.balances, review.left_out, review.fairness) == ((), (), ())
    assert review.due == 0


def test_sales_without_an_agreement_are_counted_and_have_no_balance():
    made = channel_market(2, dealers=60, outside=0.3)
    review = reviewed(made)
    under = set(made.agreements.dealer.tolist())
    assert {one.dealer for one in review.balances} <= under
    outside = sum(dealer not in under for dealer in made.sales.dealer.tolist())
    counted = {one.reason.value: one.events for one in review.left_out}
    assert counted["no_agreement"] == outside > 0


def test_without_agreements_conditions_are_not_known_rather_than_not_met(made):
    review = reviewed(made, agreements=made.agreements[:0], schedules=None)
    for row, decided in enumerate(review.phases):
        if decided.outcome is Phase.GROWTH:
            assert review.conditions[row].outcomes == ()
            assert "rebate_published" in review.conditions[row].missing


def test_cases_are_judged_by_the_register_alone(made):
    register = Breaches(dealer=["D-00001"], term_kind=["resale_price"])
    review = reviewed(made, breaches=register)
    assert review.cases is not None
    assert len(review.cases) == 1
    assert review.cases[0].outcome is not None
    assert review.cases[0].outcome.value == "legal_review"
    assert reviewed(made).cases is None


def test_the_recovery_adds_up(made):
    found = channel_recovery(reviewed(made), made.truth)
    assert found.brand_markets == len(made.brand_markets)
    assert found.diverters + found.honest == len(made.distributors)
    assert 0 <= found.right <= found.brand_markets
    assert found.found + found.watched <= found.diverters
    assert found.false_alarm_rate == found.suspected / found.honest
    assert str(found).startswith(f"{found.right} of 16 phases right")
