"""Support of dealers: shares, silence, coverage, attitude and switches, against plain loops."""

from __future__ import annotations

import math
import statistics
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.channel import (
    AttitudeAnswers,
    DealerContacts,
    DealerTrainings,
    Distributors,
    InformationItems,
    PromotionPlans,
    Supports,
    brand_retention,
    days_since_contact,
    dealer_attitude,
    key_person_dependency,
    may_have,
    rank_information,
    support_facts,
    training_coverage,
)
from relmkt.domain import AttitudeAnswer, DealerFacts, Distributor, InformationItem
from relmkt.errors import InvalidValueError
from relmkt.orders import OrderLog
from relmkt.testing import laws

TODAY = date(2026, 3, 31)
DEALERS = ["D-1", "D-2", "D-3"]
dealer = st.sampled_from([*DEALERS, "D-9"])
day = st.integers(-5, 60).map(lambda ago: TODAY - timedelta(days=ago))
employee = st.sampled_from(["Ines", "Jo", None])
revenue = st.none() | st.integers(-50, 100).map(float)
contact_rows = st.lists(st.tuples(dealer, day, employee, revenue), max_size=12)


def contacts_of(rows):
    if not rows:
        return DealerContacts(dealer=[], contacted_on=[])
    names, days, employees, revenues = zip(*rows, strict=True)
    return DealerContacts(dealer=names, contacted_on=days, employee=employees, revenue=revenues)


def close(found, expected):
    return all(
        math.isnan(a) if b is None else a == pytest.approx(b, abs=1e-12)
        for a, b in zip(found.tolist(), expected, strict=True)
    )


@given(contact_rows, st.sampled_from(["contacts", "revenue"]))
@settings(max_examples=80)
def test_the_share_of_one_employee_lies_between_its_bounds(rows, by):
    found = key_person_dependency(contacts_of(rows), DEALERS, by=by)
    for at, name in enumerate(DEALERS):
        mine = [row for row in rows if row[0] == name]
        assert found.contacts[at] == len(mine)
        sums: dict = {}
        for _, _, who, money in mine:
            if by == "contacts" or money is not None:
                sums[who] = sums.get(who, 0) + (1 if by == "contacts" else money)
        sums = {who: max(value, 0) for who, value in sums.items()}
        total = sum(sums.values())
        unnamed = sums.pop(None, 0)
        if not total:
            assert math.isnan(found.lowest[at])
            assert math.isnan(found.highest[at])
            assert found.employee[at] is None
            continue
        top = max(sums.values(), default=0)
        assert found.lowest[at] == pytest.approx(top / total)
        assert found.highest[at] == pytest.approx((top + unnamed) / total)
        assert 0 <= found.lowest[at] <= found.highest[at] <= 1
        best = sorted(who for who, value in sums.items() if value == top and top > 0)
        assert found.employee[at] == (best[0] if best else None)


@given(contact_rows, st.randoms(use_true_random=False))
@settings(max_examples=30)
def test_the_order_of_the_contacts_changes_nothing(rows, random):
    shuffled = list(rows)
    random.shuffle(shuffled)
    one, other = (key_person_dependency(contacts_of(each), DEALERS) for each in (rows, shuffled))
    assert one.employee.tolist() == other.employee.tolist()
    assert close(one.lowest, [None if math.isnan(x) else x for x in other.lowest])


@given(contact_rows)
@settings(max_examples=40)
def test_silence_is_counted_from_the_last_contact_that_has_been(rows):
    found = days_since_contact(contacts_of(rows), DEALERS, as_of=TODAY)
    expected = [
        min(
            ((TODAY - row[1]).days for row in rows if row[0] == name and row[1] <= TODAY),
            default=None,
        )
        for name in DEALERS
    ]
    assert close(found, expected)


training_rows = st.lists(st.tuples(dealer, st.sampled_from("abx"), day), max_size=10)


@given(training_rows, st.none() | st.integers(0, 60))
@settings(max_examples=60)
def test_a_topic_is_covered_by_a_training_that_still_counts(rows, valid):
    names, topics, days = zip(*rows, strict=True) if rows else ((), (), ())
    trainings = DealerTrainings(dealer=list(names), topic=list(topics), held_on=list(days))
    found = training_coverage(trainings, DEALERS, ["a", "b"], as_of=TODAY, valid_days=valid)
    for at, name in enumerate(DEALERS):
        known = {
            topic
            for who, topic, on in rows
            if who == name and 0 <= (TODAY - on).days <= (10**6 if valid is None else valid)
        }
        assert found.missing(at) == tuple(one for one in "ab" if one not in known)
        assert found.share[at] == len(known & {"a", "b"}) / 2


def test_only_what_a_dealer_needs_is_asked_of_it():
    trainings = DealerTrainings(dealer=["D-1"], topic=["a"], held_on=[TODAY])
    found = training_coverage(
        trainings, ["D-1", "D-2"], ["a", "b"], as_of=TODAY, needed=[[True, False], [False, False]]
    )
    assert close(found.share, [1, None])
    assert found.missing(1) == ()


answers_rows = st.lists(
    st.tuples(dealer, st.sampled_from(["fair", "prompt"]), day, st.integers(1, 5)), max_size=10
)


def answers_of(rows):
    names, items, days, points = zip(*rows, strict=True) if rows else ((), (), (), ())
    return AttitudeAnswers(
        dealer=list(names),
        item=list(items),
        asked_on=list(days),
        answer=list(points),
        scale_low=[1] * len(rows),
        scale_high=[5] * len(rows),
    )


@given(answers_rows, st.none() | st.integers(0, 60))
@settings(max_examples=60)
def test_attitude_is_the_mean_of_the_answers_and_of_nothing_else(rows, within):
    found = dealer_attitude(answers_of(rows), DEALERS, as_of=TODAY, within_days=within)
    for at, name in enumerate(DEALERS):
        mine = [
            (item, (TODAY - on).days, (point - 1) / 4)
            for who, item, on, point in rows
            if who == name and 0 <= (TODAY - on).days <= (10**6 if within is None else within)
        ]
        values = [one[2] for one in mine]
        assert found.answers[at] == len(mine)
        assert found.items[at] == len({one[0] for one in mine})
        if not mine:
            assert math.isnan(found.mean[at])
            assert math.isnan(found.days_since[at])
            continue
        assert found.mean[at] == pytest.approx(statistics.fmean(values))
        assert found.days_since[at] == min(one[1] for one in mine)
        if len(mine) > 1:
            error = statistics.stdev(values) / math.sqrt(len(values))
            assert found.error[at] == pytest.approx(error, abs=1e-12)
        else:
            assert math.isnan(found.error[at])


def test_an_answer_off_its_scale_is_refused():
    right = {"dealer": 1, "item": "fair", "asked_on": TODAY, "answer": 3}
    with pytest.raises(InvalidValueError, match="an answer lies on its scale"):
        AttitudeAnswer(**right, scale_low=4, scale_high=5)
    with pytest.raises(InvalidValueError, match="an answer lies on its scale"):
        AttitudeAnswer(**right, scale_low=1, scale_high=2)
    with pytest.raises(InvalidValueError, match="best above worst"):
        AttitudeAnswer(**right, scale_low=3, scale_high=3)


@pytest.mark.parametrize("answers", [0, None])
def test_an_attitude_that_nobody_answered_is_refused(answers):
    with pytest.raises(InvalidValueError, match="is not inferred"):
        DealerFacts(dealer=1, attitude=0.5, attitude_answers=answers)
    assert DealerFacts(dealer=1, attitude_answers=answers).attitude is None


def test_the_facts_of_support_come_from_the_records():
    contacts = contacts_of(
        [
            ("D-1", date(2026, 3, 1), "Ines", 10.0),
            ("D-1", date(2026, 3, 2), "Jo", 30.0),
            ("D-1", date(2026, 4, 9), "Jo", 30.0),
        ]
    )
    trainings = DealerTrainings(dealer=["D-1"], topic=["a"], held_on=[TODAY])
    answers = answers_of([("D-1", "fair", date(2026, 3, 21), 4)])
    found = support_facts(
        Distributors(dealer=["D-1", "D-2"]),
        as_of=TODAY,
        contacts=contacts,
        trainings=trainings,
        topics=["a", "b"],
        answers=answers,
        repeat_change=[-0.1, None],
    )
    assert found[0] == DealerFacts(
        dealer="D-1",
        contacts=2,
        contact_share=0.5,
        revenue_share=0.75,
        days_since_contact=29,
        training_coverage=0.5,
        attitude=0.75,
        attitude_answers=1,
        days_since_attitude=10,
        repeat_change=-0.1,
    )
    assert found[1] == DealerFacts(
        dealer="D-2", contacts=0, training_coverage=0, attitude_answers=0
    )
    assert support_facts(Distributors(dealer=["D-1"]), as_of=TODAY).names == ("dealer",)
    unpaid = DealerContacts(dealer=["D-1"], contacted_on=[TODAY], employee=["Jo"])
    alone = support_facts(Distributors(dealer=["D-1"]), as_of=TODAY, contacts=unpaid)
    assert alone[0].revenue_share is None
    assert alone[0].contact_share == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: key_person_dependency(contacts_of([]), DEALERS, by="calls"), "'by' must be"),
        (lambda: key_person_dependency(contacts_of([]), ["a", "a"]), "come once each, got 'a'"),
        (
            lambda: training_coverage(
                DealerTrainings(dealer=[], topic=[], held_on=[]), [], ["a", "a"], as_of=TODAY
            ),
            "'topics' must come once each",
        ),
        (
            lambda: training_coverage(
                DealerTrainings(dealer=[], topic=[], held_on=[]),
                [],
                ["a"],
                as_of=TODAY,
                valid_days=-1,
            ),
            "'valid_days' must be at least 0",
        ),
        (
            lambda: training_coverage(
                DealerTrainings(dealer=[], topic=[], held_on=[]),
                ["x"],
                ["a"],
                as_of=TODAY,
                needed=[True],
            ),
            "'needed' must have the shape",
        ),
    ],
)
def test_questions_that_make_no_sense_are_refused(call, message):
    with pytest.raises(InvalidValueError, match=message):
        call()


@pytest.mark.parametrize(
    "kind",
    [AttitudeAnswers, DealerContacts, DealerTrainings, InformationItems, PromotionPlans, Supports],
)
def test_the_columns_break_no_law(kind):
    laws.check_columns(kind, max_examples=6)


# ------------------------------------------------------------------------------------ information

items = st.builds(
    InformationItem,
    item=st.integers(0, 10**6),
    topic=st.sampled_from(["trends", "stock"]),
    told_on=day,
    for_all=st.sampled_from([None, False, True]),
    for_classes=st.sampled_from([None, "city", "city; village", " ; "]),
    confidential_to=st.sampled_from([None, None, "D-1", "D-2"]),
)
INTEREST = {"trends": 0.5, "stock": 1.0}


def ranked(listed, name="D-1", kind="city", **options):
    return rank_information(
        InformationItems.of(listed),
        Distributor(dealer=name, dealer_class=kind),
        interest=INTEREST,
        as_of=TODAY,
        **options,
    )


@given(st.lists(items, max_size=8), st.lists(items, max_size=4))
@settings(max_examples=60)
def test_what_a_dealer_may_not_have_changes_nothing_that_it_sees(listed, others):
    secret = [one for one in others if not may_have(one, Distributor(dealer="D-1"))]
    secret = [one for one in secret if one.confidential_to == "D-2"]
    seen = ranked(listed)
    assert ranked(secret + listed) == seen
    assert all(one.item.confidential_to in {None, "D-1"} for one in seen)


@given(
    st.lists(items, max_size=8, unique_by=lambda one: one.item),
    st.sampled_from(["city", "village", None]),
)
@settings(max_examples=60)
def test_items_are_ranked_by_relevance_times_novelty_for_the_entitled(listed, kind):
    found = ranked(listed, kind=kind, half_life_days=10)
    expected = {}
    for one in listed:
        age = (TODAY - one.told_on).days
        if one.confidential_to is not None:
            entitled = one.confidential_to == "D-1"
        else:
            parts = [part.strip() for part in (one.for_classes or "").split(";")]
            entitled = one.for_all is True or (kind is not None and kind in parts)
        if entitled and age >= 0:
            expected[one.item] = INTEREST[one.topic] * math.exp(-math.log(2) * age / 10)
    assert {one.item.item for one in found} == set(expected)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    for one in found:
        assert one.score == pytest.approx(expected[one.item.item])
        assert one.score == one.relevance * one.novelty


@given(st.lists(items, min_size=1, max_size=8, unique_by=lambda one: one.item))
@settings(max_examples=30)
def test_what_a_dealer_has_had_is_not_given_again(listed):
    had = [one.item for one in listed[::2]]
    found = ranked(listed, given=had)
    assert [one for one in ranked(listed) if one.item.item not in had] == list(found)


def test_a_topic_that_nobody_cares_for_is_left_out():
    item = InformationItem(item=1, topic="weather", told_on=TODAY, for_all=True)
    assert ranked([item]) == ()
    with pytest.raises(InvalidValueError, match="'half_life_days' must be above 0"):
        ranked([item], half_life_days=0)
    with pytest.raises(InvalidValueError, match=r"'interest' must lie between .* for 'weather'"):
        rank_information(
            InformationItems.of([item]), Distributor(dealer=1), interest={"weather": 2}, as_of=TODAY
        )


# ---------------------------------------------------------------------------------- own brands

FIRST, SECOND = (date(2025, 1, 1), date(2025, 6, 30)), (date(2025, 7, 1), date(2025, 12, 31))
BRANDS = {"a1": "Aura", "a2": "Aura", "b1": "Brisk", "c1": "Crest"}
order_rows = st.lists(
    st.tuples(
        st.sampled_from("uvwxyz"),
        st.integers(-30, 400).map(lambda n: date(2025, 1, 1) + timedelta(days=n)),
        st.sampled_from([10.0, 5.0, 0.0, -3.0]),
        st.sampled_from(["a1", "a2", "b1", "c1", "??", None]),
    ),
    max_size=20,
)


def orders_of(rows):
    names, days, amounts, products = zip(*rows, strict=True) if rows else ((), (), (), ())
    return OrderLog(
        customer=list(names), ordered_at=list(days), amount=list(amounts), product=list(products)
    )


@given(order_rows)
@settings(max_examples=80)
def test_who_switches_between_own_brands_is_retained_as_loops_count_it(rows):
    found = brand_retention(orders_of(rows), BRANDS, first=FIRST, second=SECOND)

    def brands_in(period):
        bought: dict = {}
        for who, on, amount, product in rows:
            if period[0] <= on <= period[1] and amount > 0 and product in BRANDS:
                bought.setdefault(who, set()).add(BRANDS[product])
        return bought

    before, after = brands_in(FIRST), brands_in(SECOND)
    assert found.all_customers == len(before)
    assert found.all_stayed == sum(bool(own & after.get(who, set())) for who, own in before.items())
    assert found.all_retained == sum(bool(after.get(who)) for who in before)
    assert found.unknown_lines == sum(
        FIRST[0] <= on <= SECOND[1] and amount > 0 and product not in BRANDS
        for _, on, amount, product in rows
    )
    assert set(found.brands) == set().union(*before.values(), set())
    for at, brand in enumerate(found.brands):
        mine = [who for who, own in before.items() if brand in own]
        stayed = [who for who in mine if brand in after.get(who, set())]
        switched = [who for who in mine if after.get(who) and who not in stayed]
        assert found.customers[at] == len(mine)
        assert found.stayed[at] == len(stayed)
        assert found.switched[at] == len(switched)
    assert math.isnan(found.with_switching) is not bool(before)
    if before:
        assert found.without_switching <= found.with_switching


def test_retention_is_told():
    text = str(brand_retention(orders_of([]), BRANDS, first=FIRST, second=SECOND))
    assert text.startswith("0 customers")


@pytest.mark.parametrize(
    ("periods", "message"),
    [
        ({"first": FIRST[::-1], "second": SECOND}, "'first' must not end before it begins"),
        ({"first": FIRST, "second": SECOND[::-1]}, "'second' must not end before it begins"),
        ({"first": FIRST, "second": FIRST}, "'second' must begin after 2025-06-30"),
    ],
)
def test_periods_that_make_no_sense_are_refused(periods, message):
    with pytest.raises(InvalidValueError, match=message):
        brand_retention(orders_of([]), BRANDS, **periods)
