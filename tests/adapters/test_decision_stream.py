"""Decisions as a stream: every line gets what its record alone would get, wherever pieces end."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relmkt.adapters import _json_rows, decision_stream
from relmkt.adapters._json_values import plain_values
from relmkt.adapters.decision_stream import DecisionStream
from relmkt.assumptions import ASSUMED_FACTS
from relmkt.columns import Portfolio
from relmkt.domain import CustomerFacts
from relmkt.errors import InvalidValueError, RelmktError, UnknownNameError
from relmkt.policies import StrategyPolicy
from relmkt.records import handles, schema
from relmkt.rules import ALWAYS, Checklist, Rule, Table
from tests.strategies import bounds_in, records, tables
from tests.things import Bound, Bounds, Thing, Things

POLICY = StrategyPolicy(retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3)
STRATEGIES = POLICY.table()
IDS = st.integers() | st.text(min_size=1, max_size=3)
KEYS = (
    *("line", "customer", "outcome", "rule", "reason", "settled", "possible", "missing"),
    *("assumed", "next", "version"),
)


@pytest.fixture(params=["msgspec", "own"])
def decoder(request, monkeypatch):
    """With msgspec, and as where it is not installed."""
    if request.param == "own":
        monkeypatch.setattr(decision_stream, "quickest_decoder", lambda: _json_rows.OWN)


@pytest.fixture(params=["together", "in batches", "by halves", "alone"])
def batches(request, monkeypatch):
    """All ways that lines may go."""
    few = {"alone": 32}.get(request.param, 1)
    monkeypatch.setattr(decision_stream, "_FEW", few)
    if request.param == "in batches":
        monkeypatch.setattr(decision_stream, "_BATCH", 3)
    if request.param == "by halves":
        monkeypatch.setattr(decision_stream, "_PARTED", 2)


def answered(stream, *pieces):
    return [json.loads(line) for line in b"".join(stream.answers(pieces)).splitlines()]


def plain(value):
    return value.isoformat() if isinstance(value, date) else value


def expected(number, record, decision):
    """What the decision on the record alone says, as the protocol names it."""
    told = decision.as_dict()
    del told["used"], told["thresholds"]
    told["assumed"] = {name: plain(value) for name, value in told["assumed"].items()}
    declared = schema(type(record))
    return {"line": number, declared.identity: getattr(record, declared.identity)} | told


@pytest.mark.usefixtures("decoder", "batches")
def test_every_line_gets_the_decision_of_its_record():
    @settings(max_examples=30)
    @given(st.data())
    def law(data):
        table = data.draw(tables(Thing))
        zoned = data.draw(st.booleans())
        of = records(Thing, ids=IDS, often=bounds_in(table), zoned=zoned)
        things = data.draw(st.lists(of, max_size=6))
        taken = data.draw(st.sampled_from([{}, {"x": 0.5, "is_new": False, "marks_old": True}]))
        taken = data.draw(st.sampled_from([taken, taken | {"born": date(2026, 1, 1)}]))
        lines = [json.dumps(plain_values(thing)).encode() + b"\n" for thing in things]
        stream = DecisionStream(table, Things, assume=taken)
        assert answered(stream, *lines[:2], b"".join(lines[2:])) == [
            expected(at, thing, table.decide(thing, assume=taken))
            for at, thing in enumerate(things, start=1)
        ]
        assert (stream.lines, stream.errors) == (len(things), 0)

    law()


@pytest.mark.usefixtures("decoder", "batches")
def test_strategies_are_those_of_single_customers():
    @settings(max_examples=30)
    @given(st.lists(records(CustomerFacts, ids=IDS, often=bounds_in(STRATEGIES)), max_size=6))
    def law(customers):
        text = b"".join(json.dumps(plain_values(one)).encode() + b"\n" for one in customers)
        stream = DecisionStream(STRATEGIES, assume=ASSUMED_FACTS)
        found = answered(stream, text)
        assert found == [
            expected(at, one, STRATEGIES.decide(one, assume=ASSUMED_FACTS))
            for at, one in enumerate(customers, start=1)
        ]
        assert all(tuple(answer) == KEYS for answer in found)

    law()


GOOD = '{"customer": "Zoë 😀", "status": "active", "retained_value": 300, "attrition_risk": 0.7}'
LINES = (
    b"\xef\xbb\xbf" + GOOD.encode(),
    GOOD.encode() + b"\r",
    b"",
    b"  \t\r",
    b'{"customer": "C-2", "statsu": "active"}',
    b'{"customer": "C-3", "status": "gone"}',
    b'{"customer": "\xff\xfe"}',
    b'{"customer": "C-4", "attrition_risk": 1.5}',
    b'{"customer": 5} {"customer": 6}',
    b"\xef\xbb\xbf" + b'{"customer": 7}',
    b'["customer"]',
    GOOD.encode(),
)
"""All that a stream may hold; the last line has no end."""

STREAM = b"\n".join(LINES)


def sentence(**facts):
    """What a record says to these facts."""
    with pytest.raises(RelmktError) as caught:
        CustomerFacts(**facts)
    return str(caught.value)


@pytest.mark.usefixtures("decoder", "batches")
def test_a_bad_line_has_an_error_and_does_not_touch_its_neighbors():
    stream = DecisionStream(STRATEGIES)
    found = {answer["line"]: answer for answer in answered(stream, STREAM)}
    assert list(found) == [1, 2, 5, 6, 7, 8, 9, 10, 11, 12]
    assert (stream.lines, stream.errors) == (12, 7)
    assert [found[line]["customer"] for line in (1, 2, 12)] == ["Zoë 😀"] * 3
    assert [found[line]["outcome"] for line in (1, 2, 12)] == ["undecided"] * 3
    errors = {line: answer["error"] for line, answer in found.items() if "error" in answer}
    assert list(errors) == [5, 6, 7, 8, 9, 10, 11]
    assert errors[6] == {"field": "status", "message": sentence(customer="C-3", status="gone")}
    assert errors[8] == {
        "field": "attrition_risk",
        "message": sentence(customer="C-4", attrition_risk=1.5),
    }
    assert errors[5]["field"] == "statsu"
    assert errors[5]["message"].startswith("no field 'statsu'; did you mean 'status'? There are: ")
    assert [errors[line]["field"] for line in (7, 9, 10, 11)] == [None] * 4
    assert errors[7]["message"].endswith("byte 15 is not")
    assert errors[9]["message"].endswith("Extra data (column 17)")
    assert errors[10]["message"].endswith("a byte order mark may stand only before the first line")
    assert errors[11]["message"].startswith("'line' must be a JSON object, got '[\"customer\"]'")


PARTS = [
    b"1",
    b"-",
    b".",
    b"e9",
    b'"',
    b":",
    b",",
    b"{",
    b"}",
    b"[",
    b"NaN",
    b"\\ud83d",
    b"\\u00e9",
]


@pytest.fixture
def ever_together(monkeypatch):
    monkeypatch.setattr(decision_stream, "_FEW", 1)


@pytest.mark.usefixtures("ever_together")
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        [GOOD.encode(), b'{"customer":2,"significance":["benchmark"],"headroom":-0.5}']
    ),
    st.lists(st.tuples(st.integers(0, 90), st.integers(0, 3), st.sampled_from(PARTS)), max_size=3),
)
def test_with_and_without_msgspec_the_answers_are_the_same(line, changes):
    """Whatever is done to a line: what one way takes for good, the other does, and as the same."""
    for at, many, part in changes:
        line = line[:at] + part + line[at + many :]
    stream = DecisionStream(STRATEGIES)
    own = DecisionStream(STRATEGIES)
    own._decoder = _json_rows.OWN
    alone = DecisionStream(STRATEGIES).answers([line])
    text = line + b"\n" + GOOD.encode()
    assert answered(stream, text) == answered(own, text)
    assert answered(DecisionStream(STRATEGIES), text)[:-1] == [json.loads(one) for one in alone]


def test_without_msgspec_lines_are_parsed_by_python_itself(monkeypatch):
    assert _json_rows.quickest_decoder() is not _json_rows.OWN
    monkeypatch.setitem(sys.modules, "msgspec", None)
    assert _json_rows.quickest_decoder() is _json_rows.OWN
    assert _json_rows.OWN.decode('{"customer": "é"}'.encode()) == {"customer": "é"}
    with pytest.raises(ValueError, match="NaN"):
        _json_rows.OWN.decode(b"[NaN]")


def test_answers_do_not_depend_on_where_pieces_end():
    whole = b"".join(DecisionStream(STRATEGIES).answers([STREAM]))
    for at in range(len(STREAM) + 1):
        pieces = [STREAM[:at], STREAM[at:]]
        assert b"".join(DecisionStream(STRATEGIES).answers(pieces)) == whole
    singly = [STREAM[at : at + 1] for at in range(len(STREAM))]
    assert b"".join(DecisionStream(STRATEGIES).answers(singly)) == whole
    assert b"".join(DecisionStream(STRATEGIES).answers([b"", STREAM, b""])) == whole
    assert [*DecisionStream(STRATEGIES).answers([])] == []
    assert [*DecisionStream(STRATEGIES).answers([b"\n \n"])] == []


@settings(max_examples=30)
@given(st.lists(st.sampled_from(LINES), max_size=90), st.integers(1, 400))
def test_answers_do_not_depend_on_the_company_of_lines(lines, size):
    text = b"".join(line + b"\n" for line in lines)
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    alone = []
    for number, line in enumerate(lines, start=1):
        shown = line if number == 1 else b"\n" + line  # only the first may have a mark
        alone += [
            answer | {"line": number} for answer in answered(DecisionStream(STRATEGIES), shown)
        ]
    assert answered(DecisionStream(STRATEGIES), *pieces) == alone


def test_whoever_waits_for_an_answer_has_it_before_the_next_line_is_asked_for():
    asked = []

    def pieces():
        for number in range(3):
            asked.append(number)
            yield f'{{"customer": {number}}}\n{{"cust'.encode()[: None if number < 1 else 16]

    stream = DecisionStream(STRATEGIES).answers(pieces())
    assert json.loads(next(stream))["customer"] == 0
    assert asked == [0]


def test_a_line_too_long_is_an_error_at_once_and_takes_no_memory(monkeypatch):
    monkeypatch.setattr(decision_stream, "LONGEST_LINE", 100)
    long = b'{"customer": "' + b"x" * 99
    stream = DecisionStream(STRATEGIES)
    pieces = iter([long, *[b"y" * 1000] * 5, b'"}\n{"customer": 2}\n', long + b'"}\n'])
    answers = stream.answers(pieces)
    first = json.loads(next(answers))
    assert first["line"] == 1
    assert first["error"]["field"] is None
    assert first["error"]["message"].startswith(
        "'line' must have at most 100 bytes, got '{\"custom"
    )
    assert len(list(pieces)) == 7  # it was answered before more was read
    whole = [long, b"y" * 1000, b'"}\n{"customer": 2}\n' + long, b'"}\n{"customer": 4}']
    for few in (1, 32):
        monkeypatch.setattr(decision_stream, "_FEW", few)
        stream = DecisionStream(STRATEGIES)
        found = answered(stream, *whole)
        assert [answer["line"] for answer in found] == [1, 2, 3, 4]
        assert ["error" in answer for answer in found] == [True, False, True, False]
        assert (stream.lines, stream.errors) == (4, 2)
        found = answered(DecisionStream(STRATEGIES), b'{"customer": 1}\n' + long + b'"}\n')
        assert ["error" in answer for answer in found] == [False, True]


def test_what_is_assumed_may_not_break_a_rule_between_fields():
    on = handles(Bound)
    table = Table(
        name="t", facts=schema(Bound), rules=[Rule("a", on.low > 1, "high"), Rule("z", ALWAYS, "?")]
    )
    text = b'{"bound": 1, "count": 1}\n{"bound": 2, "count": 1, "high": 1}\n' * 20
    found = answered(DecisionStream(table, Bounds, assume={"low": 2}), text)
    assert [answer.get("outcome") for answer in found] == ["high", None] * 20
    assert found[1]["error"] == {
        "field": "low",
        "message": "'low' must not exceed 'high' (1.0), got 2.0 for bound 2: "
        "low is where it begins",
    }


def test_zones_need_not_be_the_same_on_every_line():
    table = Table(name="t", facts=schema(Thing), rules=[Rule("z", ALWAYS, "?", "{since}")])
    text = b'{"thing": 1, "since": "2026-01-01"}\n{"thing": 2, "since": "2026-01-01T00:00:00Z"}\n'
    found = answered(DecisionStream(table, Things), text * 20)
    assert [answer["reason"] for answer in found] == [
        "2026-01-01 00:00:00",
        "2026-01-01 00:00:00+00:00",
    ] * 20


def test_outcomes_and_assumptions_of_any_sort_are_written():
    moment = datetime(2026, 1, 1)
    on = handles(Thing)
    rules = [Rule("a", on.is_new, 1, "{since}"), Rule("z", ALWAYS, None, "{because}")]
    table = Table(name="t", facts=schema(Thing), rules=rules)
    stream = DecisionStream(table, Things, assume={"is_new": True, "since": moment})
    first, second = answered(stream, b'{"thing": 1}\n{"thing": 2, "is_new": false}')
    assert (first["outcome"], second["outcome"], second["rule"]) == (1, None, "z")
    stream = DecisionStream(
        Table(name="t", facts=schema(Thing), rules=[Rule("a", on.x > 1, moment)]), Things
    )
    assert answered(stream, b'{"thing": 1, "x": 2}')[0]["outcome"] == "2026-01-01T00:00:00"
    word = Rule("a", on.x > 1, frozenset({"w"}))
    stream = DecisionStream(Table(name="t", facts=schema(Thing), rules=[word]), Things)
    assert answered(stream, b'{"thing": 1, "x": 2}')[0]["outcome"] == "frozenset({'w'})"


@settings(max_examples=30)
@given(records(CustomerFacts, ids=IDS, often=bounds_in(STRATEGIES)))
def test_an_explanation_adds_every_rule_and_the_facts_used(customer):
    line = json.dumps(plain_values(customer)).encode()
    stream = DecisionStream(STRATEGIES, assume=ASSUMED_FACTS, explain=True)
    (found,) = answered(stream, line)
    rules, used = found.pop("rules"), found.pop("used")
    explanation = STRATEGIES.explain(customer, assume=ASSUMED_FACTS)
    assert found == expected(1, customer, explanation.decision)
    assert used == explanation.decision.used
    assert [(rule["id"], rule["outcome"], rule["holds"]) for rule in rules] == [
        (trace.rule.id, trace.rule.outcome, trace.holds) for trace in explanation.rules
    ]
    assert [[(atom["said"], atom["gap"]) for atom in rule["atoms"]] for rule in rules] == [
        [(atom.said, atom.gap) for atom in trace.atoms] for trace in explanation.rules
    ]


def test_half_a_letter_in_a_line_does_not_spoil_the_answers():
    (found,) = answered(DecisionStream(STRATEGIES), b'{"customer": 1, "\\ud800": 2}')
    assert found["error"]["field"] == "?"
    assert found["error"]["message"].startswith("no field '?'; there are: customer, status")


def test_what_is_no_table_and_no_stream_is_refused_by_name():
    checklist = Checklist(name="c", facts=schema(CustomerFacts), rules=[Rule("z", ALWAYS, "?")])
    for wrong, remedy in ((StrategyPolicy(), "of a policy give policy.table"), (checklist, "")):
        with pytest.raises(InvalidValueError, match=f"'table' must be a table, .*{remedy}"):
            DecisionStream(wrong)
    with pytest.raises(InvalidValueError, match="'columns_type' must be columns of CustomerF"):
        DecisionStream(STRATEGIES, int)
    stream = DecisionStream(STRATEGIES)
    for wrong in (b"{}", "{}"):
        with pytest.raises(InvalidValueError, match="'chunks' must be pieces of bytes, got"):
            stream.answers(wrong)
    with pytest.raises(InvalidValueError, match=r"'chunks' must be pieces of bytes, got '{}'"):
        list(stream.answers(["{}"]))
    assert len(list(stream.answers([bytearray(b'{"customer": 1}\n')]))) == 1


def test_what_a_stream_needs_is_checked_before_it_runs():
    with pytest.raises(UnknownNameError, match="no fact 'bared'; did you mean 'barred'"):
        DecisionStream(STRATEGIES, assume={"bared": False})
    with pytest.raises(InvalidValueError, match="'attrition_risk' must be at most 1, got 7"):
        DecisionStream(STRATEGIES, assume={"attrition_risk": 7})
    with pytest.raises(InvalidValueError, match="'columns_type' must be columns of Thing, got"):
        DecisionStream(
            Table(name="t", facts=schema(Thing), rules=[Rule("z", ALWAYS, "?")]), Portfolio
        )
