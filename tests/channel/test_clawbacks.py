"""Rebate is taken back exactly where the table of sanctions has a sanction of that weight."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import product

import attrs
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from relmkt.channel import Breaches, Distributors
from relmkt.channel.rebate_events import clawback
from relmkt.domain import Breach, ConductFacts, Response
from relmkt.errors import InvalidValueError
from relmkt.policies import SanctionPolicy

AT = date(2026, 3, 1)
OPENED = date(2020, 1, 1)
DEALERS = Distributors(dealer=["D-1", "D-2"], opened=[OPENED, None])
PROVEN = Breach(
    dealer="D-1",
    case="B-2",
    term="No promotion money for anything else.",
    term_kind="promotion_funds",
    written=True,
    lawful=True,
    has_evidence=True,
    evidence="delivery notes 114 to 131",
    happened_on=date(2025, 8, 1),
    notified_on=date(2025, 9, 1),
    heard_on=date(2025, 10, 1),
    upheld=True,
    grave=False,
)
BEFORE = attrs.evolve(PROVEN, case="B-1", happened_on=date(2025, 2, 1))
FAIR = {"register": [BEFORE], "dealers": DEALERS, "same_for_all": True, "appealable": True}


def taken(case=PROVEN, **more):
    return clawback(case, **{"at": AT, "amount": 15} | FAIR | more)


def refused(match, case=PROVEN, **more):
    with pytest.raises(InvalidValueError, match=match):
        taken(case, **more)


def test_a_breach_again_proven_after_hearing_takes_rebate_back():
    made = taken()
    assert (made.kind, made.dealer, made.case, made.amount) == ("clawback", "D-1", "B-2", 15)
    assert (made.belongs_to, made.evidence) == (PROVEN.happened_on, PROVEN.evidence)
    assert taken(belongs_to=date(2025, 1, 5)).belongs_to == date(2025, 1, 5)


def test_a_grave_breach_does_at_the_first_time_whoever_the_dealer_is():
    assert taken(attrs.evolve(PROVEN, grave=True), register=(), dealers=None).amount == 15


def test_the_first_breach_that_is_not_grave_is_answered_by_a_warning():
    refused("'breach' must allow that rebate is held back, got 'warn' for case 'B-2'", register=())


def test_in_a_new_relationship_the_carrot_comes_first():
    young = Distributors(dealer=["D-1"], opened=[AT - timedelta(days=60)])
    refused("got 'warn'", dealers=young)


def test_a_case_is_not_its_own_predecessor():
    for register in ([PROVEN], [attrs.evolve(PROVEN, reply="No.")], Breaches.of([PROVEN])):
        refused("got 'warn'", register=register)


def test_cases_of_other_dealers_and_without_a_number_are_told_apart():
    refused("got 'warn'", register=[attrs.evolve(BEFORE, dealer="D-2", case="B-2")])
    nameless = attrs.evolve(BEFORE, case=None)
    assert taken(attrs.evolve(PROVEN, case=None), register=[nameless]).case is None


@pytest.mark.parametrize("kind", ["resale_price", "passive_sales"])
def test_terms_on_prices_and_territories_never_take_rebate_back(kind):
    for grave in (True, False):
        refused("got 'legal_review'", attrs.evolve(PROVEN, term_kind=kind, grave=grave))


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"has_evidence": False, "upheld": None}, "got 'gather_evidence' .*without evidence"),
        ({"written": False}, "got 'mend_rule' .*term not written"),
        ({"lawful": None}, "got 'legal_review' .*counsel has not found the term lawful"),
        ({"notified_on": None, "heard_on": None}, "got 'notify' .*first notice"),
        ({"heard_on": AT + timedelta(days=1)}, "got 'hear' .*first its answer"),
        ({"upheld": False}, "got 'close' .*not found proven"),
        ({"upheld": None}, "got 'close or hold_rebate' .*tell upheld"),
        ({"evidence": " "}, "'evidence' must be given"),
        ({"evidence": None}, "'evidence' must be given"),
    ],
)
def test_what_is_missing_is_told(change, match):
    refused(match, attrs.evolve(PROVEN, **change))


def test_what_no_register_tells_must_be_told():
    refused("tell same_for_all", same_for_all=None)
    refused("got 'mend_rule'", appealable=False)
    refused("tell relation_months", dealers=None)


def test_other_thresholds_may_be_given():
    strict = SanctionPolicy(times_repeated=3)
    refused("got 'warn'", policy=strict)


def test_the_day_is_that_of_an_instant():
    noon = datetime(2025, 10, 1, 12, tzinfo=UTC)
    assert taken(at=noon).at == noon
    refused("got 'hear'", at=noon - timedelta(days=1))


days = st.none() | st.dates(AT - timedelta(days=900), AT + timedelta(days=2))
answers = st.sampled_from([True, True, True, True, True, False, None])


CHANGES = {
    "dealer": st.sampled_from(["D-2", "D-3"]),
    "case": st.sampled_from(["B-1", "B-3", None]),
    "term_kind": st.sampled_from(["counterfeit", "passive_sales", "resale_price"]),
    "evidence": st.none(),
    "happened_on": days,
    "reported_on": days,
    "upheld": st.sampled_from([False, None]),
    "grave": st.sampled_from([True, None]),
    **dict.fromkeys(("written", "lawful"), st.sampled_from([False, None])),
}


@st.composite
def cases(draw):
    """Proven cases, each with some few things otherwise."""
    names = draw(st.lists(st.sampled_from(sorted(CHANGES)), max_size=3, unique=True))
    steps = draw(st.sampled_from([{}] * 4 + [{"heard_on": None}, {"heard_on": AT + timedelta(1)}]))
    case = attrs.evolve(PROVEN, **{name: draw(CHANGES[name]) for name in names}, **steps)
    if case.upheld or draw(st.booleans()):
        return case
    steps = {"heard_on": None, "notified_on": draw(days)}
    return attrs.evolve(case, has_evidence=draw(st.sampled_from([True, False, None])), **steps)


def test_what_the_case_says_of_the_term_need_not_be_said_again():
    told = attrs.evolve(PROVEN, same_for_all=True, appealable=True)
    assert taken(told, same_for_all=None, appealable=None) == taken(PROVEN)
    refused("mend_rule", told, appealable=False)


def facts_in_words(case, register, same_for_all, appealable):
    """What is known of the case, counted one by one."""
    day = case.happened_on or case.reported_on
    earlier = [
        one
        for one in register
        if one.dealer == case.dealer
        and one != case
        and (one.case is None or one.case != case.case)
        and (one.written and one.lawful and one.has_evidence and one.upheld)
        and (one.heard_on is not None and one.heard_on <= AT)
        and one.term_kind not in {"passive_sales", "resale_price"}
        and day is not None
        and (when := one.happened_on or one.reported_on) is not None
        and when <= day
    ]
    return ConductFacts(
        party=case.dealer,
        is_consumer=False,
        conduct="breach",
        times=None if day is None else len(earlier) + 1,
        is_major=case.grave,
        relation_months=(AT - OPENED).days / 365.2425 * 12 if case.dealer == "D-1" else None,
        term_kind=case.term_kind,
        written=case.written,
        lawful=case.lawful,
        same_for_all=same_for_all,
        appealable=appealable,
        has_evidence=case.has_evidence,
        notified=case.notified_on is not None and case.notified_on <= AT,
        heard=case.heard_on is not None and case.heard_on <= AT,
        upheld=case.upheld,
    )


OPEN = {
    "times": (1, 2),
    "relation_months": (1.0, 24.0),
    **dict.fromkeys(
        ("is_major", "written", "same_for_all", "appealable", "has_evidence", "upheld"),
        (True, False),
    ),
}


def could_follow(facts):
    """Every outcome that some answers to what nobody told would lead to."""
    table = SanctionPolicy().table()
    unknown = [name for name in OPEN if getattr(facts, name) is None]
    told = (dict(zip(unknown, values, strict=True)) for values in product(*map(OPEN.get, unknown)))
    whole = (attrs.asdict(facts, recurse=False) | more for more in told)
    return {
        table.decide(ConductFacts(**each)).outcome
        for each in whole
        if not each["upheld"] or each["has_evidence"]
    }


@given(cases(), st.lists(cases(), max_size=4), answers, answers)
@settings(max_examples=200)
def test_rebate_is_taken_back_exactly_where_the_table_holds_it_back_or_goes_beyond(
    case, register, same_for_all, appealable
):
    follows = could_follow(facts_in_words(case, register, same_for_all, appealable))
    event(", ".join(sorted(follows)))
    options = {"register": register, "same_for_all": same_for_all, "appealable": appealable}
    if follows <= {Response.HOLD_REBATE, Response.END_SUPPLY} and case.evidence:
        assert taken(case, **options).kind == "clawback"
    else:
        refused("'breach' must allow|'evidence' must be given", case, **options)
