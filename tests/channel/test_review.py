"""A review of a channel: what it adds up, and what it says of terms that differ."""

from __future__ import annotations

from datetime import date

import attrs
import numpy as np
import pytest

from relmkt.channel import (
    Agreements,
    Breaches,
    ChannelReview,
    Distributors,
    SalesLog,
    SupportRecords,
    days_since_launch,
    review_channel,
    review_support,
)
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.domain import Agreement, Phase
from relmkt.errors import InvalidValueError
from relmkt.simulation import (
    ChannelMarket,
    channel_market,
    channel_recovery,
    dealer_records,
    support_recovery,
)

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


def verdicts(review: ChannelReview) -> dict[str, str]:
    assert review.fairness is not None
    return {
        figures.dealer_class: str(decided.outcome)
        for figures, decided, _ in review.fairness.judged()
    }


def test_the_same_rule_for_all_does_not_say_that_it_was_applied_alike(made):
    review = reviewed(made)
    assert set(verdicts(review).values()) == {"undetermined"}
    for _, decided, _ in review.fairness.judged():
        assert set(decided.missing) == {"consistent", "explained", "appealable"}


def test_the_figures_are_the_rebates_of_the_ledger_for_each_unit(made):
    review = reviewed(made)
    year = [one for one in review.balances if one.year.end == date(2026, 1, 1)]
    rates = {one.dealer: float(one.accrued / one.volume) for one in year if one.volume > 0}
    report = review.fairness.report
    told = dict(zip(made.distributors.dealer.tolist(), report.rate.tolist(), strict=True))
    assert {name: rate for name, rate in told.items() if rate == rate} == pytest.approx(rates)  # noqa: PLR0124
    assert sum(one.dealers for one in report) == len(made.distributors)
    assert sum(one.unknown for one in report) == len(made.distributors) - len(year)


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
    assert verdicts(review)[made.distributors.dealer_class[0]] == "unfair"
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
    late = reviewed(made, agreements=changed(made, 0, published=date(2025, 6, 1)))
    mine = made.distributors.dealer_class[0]
    assert {name for name, word in verdicts(late).items() if word == "unfair"} == {mine}
    unsaid = reviewed(made, agreements=changed(made, 0, published=None))
    assert set(verdicts(unsaid).values()) == {"undetermined"}
    missing = {
        figures.dealer_class: "published" in decided.missing
        for figures, decided, _ in unsaid.fairness.judged()
    }
    assert [name for name, is_missing in missing.items() if is_missing] == [mine]


def test_rebates_of_two_currencies_are_not_added_up(made):
    first = made.agreements.schedule[0]
    told = attrs.evolve(made.schedules[first], currency="USD")
    unsaid = made.agreements.replace(currency=[None] * len(made.agreements))
    with pytest.raises(InvalidValueError, match="be one for sales and rebates"):
        reviewed(made, agreements=unsaid, schedules={**made.schedules, first: told})
    every = {name: attrs.evolve(one, currency="USD") for name, one in made.schedules.items()}
    with pytest.raises(InvalidValueError, match=r"be one for sales and rebates \(EUR\)"):
        reviewed(made, agreements=unsaid, schedules=every)
    sales = made.sales.replace(currency=[None] * len(made.sales))
    silent = review_channel(
        sales,
        as_of=DAY,
        distributors=made.distributors,
        agreements=unsaid,
        schedules=every,
    )
    assert silent.currency == "USD"


def test_conditions_are_those_of_the_agreements_that_hold_on_the_day(made):
    today = reviewed(made).conditions.rows
    ended = [
        attrs.evolve(
            one,
            starts=date(2020, 1, 1),
            ends=date(2022, 12, 31),
            schedule="old",
            published=None,
            target_quantity=None,
            territories=None,
        )
        for one in made.agreements
    ]
    to_come = [attrs.evolve(one, starts=date(2026, 1, 1), ends=None) for one in ended]
    held = [attrs.evolve(one, ends=DAY) for one in made.agreements]
    old = RebateSchedule(brackets=[(0, 9)], kind="marginal", currency="EUR")
    everything = reviewed(
        made,
        agreements=type(made.agreements).of([*ended, *held, *to_come]),
        schedules={**made.schedules, "old": old},
    ).conditions.rows
    for name in everything.names:
        assert everything.values(name) == today.values(name)


def test_a_schedule_that_is_to_be_published_is_not_published_yet(made):
    later = made.agreements.replace(published=[date(2026, 1, 1)] * len(made.agreements))
    told = reviewed(made, agreements=later).conditions.rows.values("rebate_published")
    assert set(told) == {False}


def test_without_schedules_there_are_no_balances_and_nothing_is_left_out_of_them(made):
    review = reviewed(made, schedules=None)
    assert (review.balances, review.left_out, review.fairness) == ((), (), None)
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


def test_every_dealer_has_a_row_of_alerts_and_its_line_tells_them(made):
    partners = dealer_records(3, made, as_of=DAY)
    review = reviewed(made, support=partners.records, procedures=partners.procedures)
    assert review.support is not None
    assert review.support.facts.ids.tolist() == made.distributors.dealer.tolist()
    for row, line in enumerate(review.lines()):
        found = review.support.alerts[row]
        assert line["alerts"] == "; ".join(found.outcomes)
        assert line["alert_reasons"] == "; ".join(found.reasons.values())
    assert all(line["alerts"] is None for line in reviewed(made).lines())
    words = verdicts(review)
    assert (words["town"], words["country"]) == ("unfair", "undetermined")


def test_the_log_of_sales_says_when_a_dealer_got_something_new(made):
    partners = dealer_records(3, made, as_of=DAY)
    review = reviewed(made, support=partners.records)
    days = days_since_launch(made.sales, made.distributors.dealer, as_of=DAY)
    np.testing.assert_array_equal(review.support.facts.days_since_launch, days)
    assert np.isfinite(days).any()
    unasked = SupportRecords(contacts=partners.records.contacts)
    assert reviewed(made, support=unasked).support.facts.absent("days_since_launch").all()


@pytest.mark.parametrize("seed", range(4))
def test_the_alerts_find_exactly_those_who_are_badly_served(made, seed):
    partners = dealer_records(seed, made, as_of=DAY)
    found = review_support(made.distributors, partners.records, as_of=DAY)
    ids = made.distributors.dealer
    for rule in found.alerts.checklist.rules:
        if rule.outcome in partners.truth:
            told = frozenset(ids[found.alerts.where(rule.id)].tolist())
            assert told == partners.truth[rule.outcome]
    recovery = support_recovery(found, partners.truth)
    assert recovery.found == recovery.due
    assert set(recovery.wrong.values()) == {0}
    assert "avoided: " in str(recovery)


def test_answers_follow_the_true_attitude(made):
    partners = dealer_records(1, made, as_of=DAY)
    found = review_support(made.distributors, partners.records, as_of=DAY)
    asked = ~found.facts.absent("attitude")
    truth, told = made.truth.attitude[asked], found.facts.attitude[asked]
    assert 0 < asked.sum() < len(asked)
    assert abs(truth - told).mean() < 0.12


def test_the_recovery_adds_up(made):
    found = channel_recovery(reviewed(made), made.truth)
    assert found.brand_markets == len(made.brand_markets)
    assert found.diverters + found.honest == len(made.distributors)
    assert 0 <= found.right <= found.brand_markets
    assert found.found + found.watched <= found.diverters
    assert found.false_alarm_rate == found.suspected / found.honest
    assert str(found).startswith(f"{found.right} of 16 phases right")


def conditions_of(review, name):
    return dict(zip(review.markets.tolist(), review.conditions.rows.values(name), strict=True))


def test_dealers_to_be_heard_are_those_of_their_market_or_of_their_agreements(made):
    told = conditions_of(reviewed(made), "diversion_signals")
    assert max(told.values()) > 0
    nowhere = made.distributors.replace(market=[None] * len(made.distributors))
    assert conditions_of(reviewed(made, distributors=nowhere), "diversion_signals") == told


def test_a_dealer_to_be_heard_of_whom_no_market_is_known_may_be_of_any(made):
    review = reviewed(
        made,
        distributors=made.distributors.replace(market=[None] * len(made.distributors)),
        agreements=made.agreements.replace(market=[None] * len(made.agreements)),
    )
    assert review.suspects()
    assert set(conditions_of(review, "diversion_signals").values()) == {None}


@pytest.mark.parametrize(
    ("classes", "schedules", "like"),
    [
        (["city", "city"], ["a", "a"], True),
        (["city", "city"], ["a", "b"], False),
        (["city", "town"], ["a", "b"], True),
        ([None, None], ["a", "a"], True),
        ([None, None], ["a", "b"], None),
        (["city", None], ["a", "b"], None),
        (["city", "city", None], ["a", "b", "b"], False),
    ],
)
def test_whether_dealers_of_no_known_class_have_like_terms_is_not_known(classes, schedules, like):
    names = [f"D-{number}" for number in range(len(classes))]
    north = ["North"] * len(names)
    review = review_channel(
        SalesLog(
            dealer=names,
            sold_at=[date(2025, 3, 1)] * len(names),
            flow=["sell_out"] * len(names),
            brand=["Lumen"] * len(names),
            market=north,
            amount=[10.0] * len(names),
        ),
        as_of=DAY,
        distributors=Distributors(
            dealer=names, dealer_class=classes, market=["North"] * len(names)
        ),
        agreements=Agreements.of(
            Agreement(dealer=name, starts=date(2025, 1, 1), schedule=schedule)
            for name, schedule in zip(names, schedules, strict=True)
        ),
    )
    assert review.conditions.rows.values("like_terms") == [like]
