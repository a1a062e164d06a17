"""Dated policies: the edition that is valid on a day decides, and the decision says which."""

from __future__ import annotations

import json
import pickle
from datetime import date, datetime, timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import relmkt
from relmkt import CustomerFacts, StrategyPolicy, policies
from relmkt.adapters.decision_stream import DecisionStream
from relmkt.datasets import cdnow_orders
from relmkt.dated_policies import DatedPolicy, Edition
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.policy_json import any_policy_from_json, policy_from_json, policy_to_json
from relmkt.rules import Basis, Checklist
from relmkt.segments import MatrixPolicy
from relmkt.table_json import table_from_json, table_to_json
from relmkt.thresholds import Policy, Quantile, thresholds

EARLY, LATE = date(2025, 1, 1), date(2026, 7, 1)
PLAIN = StrategyPolicy(retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3)
STRICT = attrs.evolve(PLAIN, attrition_risk_high=0.4)
DATED = DatedPolicy(
    [
        Edition(valid_from=EARLY, policy=PLAIN, reference="board decision 41/2024"),
        Edition(valid_from=LATE, policy=STRICT, reference="board decision 12/2026"),
    ]
)
AT_RISK = CustomerFacts(
    customer="C-17", status="active", barred=False, retained_value=812, attrition_risk=0.45
)

SHIPPED = [
    kind
    for kind in map(vars(policies).get, policies.__all__)
    if isinstance(kind, type) and issubclass(kind, Policy)
]

finite = st.floats(allow_nan=False, allow_infinity=False)
references = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=9)
quantiles = st.builds(Quantile, st.just("headroom"), st.floats(0, 1), otherwise=finite)


@st.composite
def dated_policies(draw: st.DrawFn) -> DatedPolicy:
    policy_type = draw(st.sampled_from([StrategyPolicy, MatrixPolicy]))
    names = [declared.name for declared in thresholds(policy_type)]
    days = draw(st.lists(st.dates(), min_size=1, max_size=4, unique=True))
    return DatedPolicy(
        Edition(
            valid_from=day,
            policy=policy_type(**{name: draw(finite | quantiles) for name in names}),
            reference=draw(references),
        )
        for day in sorted(days)
    )


# -------------------------------------------------------------------------------- which edition


@given(dated_policies(), st.dates())
def test_the_edition_that_decides_is_the_last_that_has_begun(dated, day):
    begun = [each for each in dated.editions if each.valid_from <= day]
    if begun:
        assert dated.edition_at(day) is begun[-1]
        assert dated.at(day) is begun[-1].policy
    else:
        first = dated.editions[0].valid_from
        with pytest.raises(InvalidValueError, match=f"before the first edition .*{first}"):
            dated.at(day)


@given(dated_policies())
def test_an_edition_is_valid_from_its_own_day_until_the_day_before_the_next(dated):
    for each, after in zip(dated.editions, [*dated.editions[1:], None], strict=True):
        assert dated.edition_at(each.valid_from) is each
        if after is not None:
            assert dated.edition_at(after.valid_from - timedelta(1)) is each


def test_the_type_is_that_of_every_edition():
    assert DATED.policy_type is StrategyPolicy
    assert pickle.loads(pickle.dumps(DATED)) == DATED  # noqa: S301


@pytest.mark.parametrize("policy_type", SHIPPED, ids=lambda each: each.__name__)
def test_every_policy_that_ships_can_have_dates(policy_type):
    one = Edition(valid_from=EARLY, policy=policy_type(), reference="board 1")
    dated = DatedPolicy([one])
    assert any_policy_from_json(policy_to_json(dated), policy_type) == dated
    # A checklist takes a basis as a table does; some thresholds are of neither.
    made = getattr(one.policy, "table", getattr(one.policy, "checklist", None))
    if made and not any(isinstance(value, Quantile) for value in one.policy.values().values()):
        table = made()
        assert one.stamped(table).basis == one.basis
        assert one.stamped(table).version == table.version


# --------------------------------------------------------------------------- what is refused


def edition(day: object = EARLY, policy: object = PLAIN, reference: object = "board 1") -> Edition:
    return Edition(valid_from=day, policy=policy, reference=reference)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: edition("2025-01-01"), "'valid_from' must be a date, got '2025-01-01'"),
        (lambda: edition(datetime(2025, 1, 1)), "'valid_from' must be a date"),
        (lambda: edition(policy=StrategyPolicy), "'policy' must be a policy"),
        (lambda: edition(policy=DATED), "'policy' must be a policy"),
        (lambda: edition(reference=" "), "'reference' must be a text on one line"),
        (lambda: edition(reference=None), "'reference' must be a text on one line"),
        (lambda: edition(reference="a\nb"), "'reference' must be a text on one line"),
        (lambda: edition(reference="\x1b[31m"), "'reference' must be a text on one line"),
        (lambda: DatedPolicy([]), "'editions' must hold at least one edition"),
        (lambda: DatedPolicy([PLAIN]), "'editions' must hold editions"),
        (lambda: DatedPolicy(None), r"'editions' must be a list of editions, got None: write Date"),
        (lambda: DatedPolicy(PLAIN), "'editions' must be a list of editions, got StrategyPolicy"),
        (
            lambda: DatedPolicy([edition(), edition(reference="board 2")]),
            r"each with a date of its own, got 'valid from 2025-01-01 \(board 2\)'",
        ),
        (lambda: DatedPolicy([edition(LATE), edition(EARLY)]), "be in the order of their dates"),
        (
            lambda: DatedPolicy([edition(EARLY), edition(LATE, MatrixPolicy())]),
            r"all be of one policy \(StrategyPolicy\), got 'MatrixPolicy'",
        ),
        (lambda: DATED.at("2026-01-01"), "'day' must be a date"),
        (lambda: DATED.at(datetime(2026, 1, 1)), "'day' must be a date"),
    ],
)
def test_what_cannot_be_dated_is_refused(made, told):
    with pytest.raises(InvalidValueError, match=told):
        made()


# ------------------------------------------------------------------ what the decision says


def test_a_decision_says_which_edition_decided():
    before, after = (
        DATED.edition_at(day).stamped(DATED.at(day).table()) for day in (LATE - timedelta(1), LATE)
    )
    assert before.decide(AT_RISK).outcome != "protect"
    decision = after.decide(AT_RISK)
    assert decision.outcome == "protect"
    assert decision.basis == Basis(LATE, "board decision 12/2026")
    told = json.loads(json.dumps(decision.as_dict()))
    assert told["basis"] == {"valid_from": "2026-07-01", "reference": "board decision 12/2026"}
    explained = str(after.explain(AT_RISK)).splitlines()[-1]
    assert explained == (
        f"  policy version {after.version}, valid from 2026-07-01 (board decision 12/2026)"
    )


def test_the_basis_is_no_part_of_the_version_and_survives_a_copy():
    stamped = DATED.editions[0].stamped(PLAIN.table())
    assert stamped.version == PLAIN.table().version
    assert stamped != PLAIN.table()
    assert pickle.loads(pickle.dumps(stamped)) == stamped  # noqa: S301
    assert attrs.evolve(stamped, basis=None) == PLAIN.table()
    assert "basis" not in PLAIN.table().decide(AT_RISK).as_dict()


def test_a_checklist_says_it_too():
    plain = PLAIN.table()
    rules = [rule for rule in plain.rules if not rule.otherwise]
    checklist = Checklist(name="all of them", facts=plain.facts, rules=rules)
    assert checklist.decide(AT_RISK).basis is None
    assert "basis" not in checklist.decide(AT_RISK).as_dict()
    stamped = DATED.editions[1].stamped(checklist)
    assert stamped.decide(AT_RISK).basis == DATED.editions[1].basis
    assert stamped.decide(AT_RISK).as_dict()["basis"]["valid_from"] == "2026-07-01"
    assert stamped.version == checklist.version


def test_a_plan_takes_the_edition_of_its_day_and_every_line_says_so():
    log, day = cdnow_orders(), date(1998, 6, 30)
    dated = DatedPolicy(
        [
            edition(date(1997, 1, 1), StrategyPolicy()),
            edition(day, StrategyPolicy(attrition_risk_high=0.4), "board 2"),
            edition(day + timedelta(1), StrategyPolicy(attrition_risk_high=0.9), "board 3"),
        ]
    )
    plain = relmkt.plan(log, as_of=day, policy=StrategyPolicy(attrition_risk_high=0.4))
    made = relmkt.plan(log, as_of=day, policy=dated, models=plain.models)
    assert made.policy == plain.policy
    assert made.decisions.labels() == plain.decisions.labels()
    lines = made.lines(reasons=False)
    assert set(lines.values("policy_valid_from")) == {day}
    assert set(lines.values("policy_reference")) == {"board 2"}
    assert made.line(0).policy_valid_from == day
    assert str(made.explain(made.line(0).customer)).endswith("valid from 1998-06-30 (board 2)")
    for name in ("policy_valid_from", "policy_reference"):
        assert set(plain.lines(reasons=False).values(name)) == {None}


def test_a_plan_of_a_day_before_the_first_edition_is_refused_before_any_work():
    told: list[str] = []
    with pytest.raises(InvalidValueError, match=r"before the first edition .*2025-01-01"):
        relmkt.plan(cdnow_orders(), as_of=date(1998, 6, 30), policy=DATED, progress=told.append)
    assert told == []
    with pytest.raises(InvalidValueError, match="'policy' must be a StrategyPolicy"):
        relmkt.plan(
            cdnow_orders(),
            as_of=date(1998, 6, 30),
            policy=DatedPolicy([edition(policy=MatrixPolicy())]),
        )


def test_a_stream_of_decisions_says_it_in_every_line():
    stream = DecisionStream(DATED.editions[1].stamped(STRICT.table()))
    line = b'{"customer": 1, "barred": true}\n'
    told = {"valid_from": "2026-07-01", "reference": "board decision 12/2026"}
    for count in (1, 99):  # one by one, and many at once
        answers = b"".join(stream.answers([line * count])).splitlines()
        assert [json.loads(answer)["basis"] for answer in answers] == [told] * count


# ---------------------------------------------------------------------------------------- JSON


@given(dated_policies())
def test_a_dated_policy_comes_back_as_it_was(dated):
    text = policy_to_json(dated)
    assert any_policy_from_json(text, dated.policy_type) == dated
    assert policy_to_json(any_policy_from_json(text, dated.policy_type)) == text


@given(dated_policies())
def test_a_policy_without_dates_comes_back_without(dated):
    policy = dated.editions[0].policy
    assert any_policy_from_json(policy_to_json(policy), type(policy)) == policy


def edited(**changes: object) -> str:
    content = json.loads(policy_to_json(DATED))
    for name, value in changes.items():
        holder = content if name in ("editions", "policy", "schema") else content["editions"][1]
        if value is ...:
            del holder[name]
        else:
            holder[name] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"editions": {}}, "'editions' must be a list"),
        ({"editions": []}, "'editions' must hold at least one edition"),
        ({"editions": [7]}, "'edition' must be an object with valid_from, reference and"),
        ({"schema": 2}, "'schema' must be 1"),
        ({"policy": "MatrixPolicy"}, "'policy' must be 'StrategyPolicy'"),
        ({"valid_from": ...}, "'valid_from' must be a date as YYYY-MM-DD, got None"),
        ({"valid_from": "1.7.2026"}, "'valid_from' must be a date as YYYY-MM-DD"),
        ({"valid_from": "20260701"}, "'valid_from' must be a date as YYYY-MM-DD"),
        ({"valid_from": "2025-01-01"}, "'editions' must be in the order of their dates"),
        ({"reference": ...}, "'reference' must be a text on one line, got None"),
        ({"thresholds": ...}, "'thresholds' must be an object .* the edition of 2026-07-01"),
        ({"thresholds": {}}, "'target_profit' must be stated, got None for the edition of 2026"),
    ],
)
def test_a_dated_policy_that_was_spoiled_is_refused(changes, told):
    with pytest.raises(InvalidValueError, match=told):
        any_policy_from_json(edited(**changes), StrategyPolicy)


def test_unknown_names_are_told_with_their_edition():
    with pytest.raises(UnknownNameError, match="no key 'valid_to' in the edition of 2026-07-01"):
        any_policy_from_json(edited(valid_to="2027-01-01"), StrategyPolicy)
    thresholds = {**PLAIN.values(), "target_proft": 1}
    with pytest.raises(
        UnknownNameError, match="no threshold 'target_proft' in the edition of 2026"
    ):
        any_policy_from_json(edited(thresholds=thresholds), StrategyPolicy)


def test_whoever_wants_a_policy_of_any_day_is_told_that_this_one_has_dates():
    with pytest.raises(InvalidValueError, match="any_policy_from_json"):
        policy_from_json(policy_to_json(DATED), StrategyPolicy)


def test_the_rules_as_json_carry_the_basis():
    stamped = DATED.editions[1].stamped(STRICT.table())
    text = table_to_json(stamped)
    read = table_from_json(text, CustomerFacts, outcomes=[relmkt.Strategy, relmkt.Abstention])
    assert read == stamped
    assert read.basis == stamped.basis
    assert "basis" not in json.loads(table_to_json(STRICT.table()))
    content = json.loads(text)
    for basis, told in (
        (None, "'basis' must be an object"),
        ({"valid_from": "2026-07-01"}, "'reference' must be text"),
        ({"valid_from": 2026, "reference": "board"}, "'valid_from' must be a date"),
    ):
        with pytest.raises(InvalidValueError, match=told):
            table_from_json(json.dumps(content | {"basis": basis}), CustomerFacts)
    with pytest.raises(UnknownNameError, match="no key 'until' in the basis"):
        table_from_json(json.dumps(content | {"basis": {"until": "2027-01-01"}}), CustomerFacts)
