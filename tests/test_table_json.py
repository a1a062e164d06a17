"""Table JSON holds all that decides, and what comes back is the same table or is refused."""

from __future__ import annotations

import json
import operator
from enum import StrEnum

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.domain import Abstention, CustomerFacts, Strategy
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.policies import StrategyPolicy
from relmkt.records import handles, identity, member, number, record, schema
from relmkt.rules import ALWAYS, Checklist, Rule, Table, absent, all_of, any_of
from relmkt.table_json import TABLE_SCHEMA, table_from_json, table_to_json
from relmkt.table_vectors import vectors, vectors_to_json
from tests.strategies import records, tables
from tests.things import Bound, Thing

on = handles(Thing)
POLICY = StrategyPolicy(retained_value_high=500, residual_value_high=300, cost_ratio_high=1)
TABLE = Table(
    name="table",
    facts=schema(Thing),
    rules=[
        Rule("a", (on.x >= 1) & (on.x < on.y), "go", "over {limit}: {because}"),
        Rule("b", on.is_new | ~on.is_loud, "stay"),
        Rule("c", (on.color == "red") | ~on.color.is_in(["blue"]), "go"),
        Rule("d", absent(on.note), "stay"),
        Rule("e", ALWAYS, "leave", otherwise=True),
    ],
    undecided="?",
    constants={"limit": 1.0},
)


def edited(**changes):
    content = json.loads(table_to_json(TABLE))
    del content["version"]
    content.update(changes)
    return json.dumps(content)


def with_rule(**changes):
    """The table with its first rule edited; None takes a key away."""
    content = json.loads(edited())
    rule = {**content["rules"][0], **changes}
    content["rules"][0] = {key: value for key, value in rule.items() if value is not None}
    return json.dumps(content)


# -------------------------------------------------------------------------------- round trips


@given(tables(Thing))
def test_a_table_comes_back_as_it_was(table):
    read = table_from_json(table_to_json(table), Thing)
    assert read == table
    assert read.version == table.version
    assert table_to_json(read) == table_to_json(table)


@given(tables(Bound))
def test_a_checklist_comes_back_as_it_was(table):
    rules = [Rule(rule.id, rule.when, rule.outcome) for rule in table.rules]
    checklist = Checklist(name="checklist", facts=schema(Bound), rules=rules)
    read = table_from_json(table_to_json(checklist), Bound)
    assert read == checklist
    assert isinstance(read, Checklist)


def test_the_shipped_policy_comes_back_with_its_own_outcomes():
    table = POLICY.table()
    read = table_from_json(table_to_json(table), CustomerFacts, outcomes=[Strategy, Abstention])
    assert read == table
    assert read.rules[5].outcome is Strategy.PROTECT
    assert read.undecided is Abstention.UNDECIDED


def test_without_enumerations_outcomes_are_plain_words():
    read = table_from_json(table_to_json(POLICY.table()), CustomerFacts)
    assert type(read.rules[5].outcome) is str
    assert read.decide(CustomerFacts(customer=1, barred=True)).outcome == "hold"


def test_the_file_says_what_a_person_needs_to_read_it():
    content = json.loads(table_to_json(TABLE))
    assert content["kind"] == "table"
    assert content["schema"] == TABLE_SCHEMA
    assert content["record"] == "Thing"
    assert content["undecided"] == "?"
    assert [rule["when"] for rule in content["rules"]] == [
        {
            "all": [
                {"feature": "x", "op": ">=", "bound": 1.0},
                {"left": "x", "op": "<", "right": "y"},
            ]
        },
        {"any": [{"flag": "is_new", "is": True}, {"flag": "is_loud", "is": False}]},
        {
            "any": [
                {"member": "color", "in": ["red"]},
                {"member": "color", "not in": ["blue"]},
            ]
        },
        {"absent": "note", "is": True},
        {"all": []},
    ]
    flags = {told["name"]: told for told in content["features"]}
    assert flags["is_new"]["label"] == "is new"
    assert flags["is_new"]["denial"] == "not is new"
    assert flags["color"]["values"] == ["red", "dark_green", "blue"]


def test_edited_rules_have_another_version_and_say_so():
    text = table_to_json(TABLE).replace('"bound": 1.0', '"bound": 2.0')
    with pytest.raises(InvalidValueError, match=r"'version' must be that of the rules .*take the"):
        table_from_json(text, Thing)
    content = json.loads(text)
    del content["version"]
    read = table_from_json(json.dumps(content), Thing)
    assert read.decide(Thing(thing=1, x=1.5, y=9, is_new=True)).outcome == "stay"


def test_what_is_left_out_of_a_rule_is_as_in_the_constructor():
    read = table_from_json(with_rule(reason=None, otherwise=None), Thing)
    assert read.rules[0].reason == "{because}"
    assert not read.rules[0].otherwise


# ------------------------------------------------------------------------- hosts of other kinds


COMPARE = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def host_holds(when, facts):
    """What the page for hosts says, and nothing else: T, F or U."""
    match when:
        case {"all": parts}:
            answers = {host_holds(part, facts) for part in parts}
            return "F" if "F" in answers else "U" if "U" in answers else "T"
        case {"any": parts}:
            answers = {host_holds(part, facts) for part in parts}
            return "T" if "T" in answers else "U" if "U" in answers else "F"
        case {"absent": name, "is": expected}:
            return "T" if (name not in facts) is expected else "F"
        case {"feature": name, "op": op, "bound": bound}:
            return "U" if name not in facts else "FT"[COMPARE[op](facts[name], bound)]
        case {"left": left, "op": op, "right": right}:
            if left not in facts or right not in facts:
                return "U"
            return "FT"[COMPARE[op](facts[left], facts[right])]
        case {"flag": name, "is": expected}:
            return "U" if name not in facts else "FT"[facts[name] is expected]
        case {"member": name, "in": words}:
            return "U" if name not in facts else "FT"[facts[name] in words]
        case {"member": name, "not in": words}:
            return "U" if name not in facts else "FT"[facts[name] not in words]
    raise AssertionError(when)


def host_waits(when, facts):
    """The facts that an unknown condition waits for; none of one that is true or false."""
    if host_holds(when, facts) != "U":
        return []
    match when:
        case {"all": parts} | {"any": parts}:
            return [name for part in parts for name in host_waits(part, facts)]
        case {"left": left, "right": right}:
            return [name for name in (left, right) if name not in facts]
        case {"feature": name} | {"flag": name} | {"member": name}:
            return [name]
    raise AssertionError(when)


def each_once(names):
    return list(dict.fromkeys(names))


def host_decides(table, facts):
    rules = table["rules"]
    answers = [host_holds(rule["when"], facts) for rule in rules]
    first = answers.index("T") if "T" in answers else len(rules)
    open_rules = [rules[at] for at in range(first) if answers[at] == "U"]
    possible = each_once(rule["outcome"] for rule in open_rules + rules[first : first + 1])
    if first < len(rules) and len(possible) == 1:
        deciding = rules[first]
        return {
            "outcome": deciding["outcome"],
            "rule": deciding["id"],
            "settled": True,
            "possible": possible,
            "missing": [],
            "next": host_next(rules[first:], answers[first:]),
        }
    return {
        "outcome": table["undecided"],
        "rule": None,
        "settled": False,
        "possible": possible,
        "missing": each_once(n for rule in open_rules for n in host_waits(rule["when"], facts)),
        "next": None,
    }


def host_next(rules, answers):
    for rule, answer in zip(rules, answers, strict=True):
        if answer == "T" and rule["otherwise"]:
            return None
        if answer == "T" and rule["outcome"] != rules[0]["outcome"]:
            return rule["outcome"]
    return None


def check_host(table):
    content, tried = json.loads(table_to_json(table)), json.loads(vectors_to_json(table))
    assert tried["version"] == content["version"]
    for vector in tried["vectors"]:
        found = host_decides(content, vector["facts"])
        assert {**vector, **found} == vector
        assert set(vector) - set(found) == {"facts", "reason"}


@given(tables(Thing), st.data())
def test_a_host_that_reads_the_file_alone_decides_alike(table, data):
    rules = [attrs.evolve(rule, otherwise=data.draw(st.booleans())) for rule in table.rules]
    check_host(attrs.evolve(table, rules=rules))


def test_a_host_that_reads_the_shipped_policy_alone_decides_alike():
    check_host(POLICY.table())


def test_a_host_that_reads_a_checklist_alone_finds_the_same():
    checklist = Checklist(
        name="checklist",
        facts=schema(Thing),
        rules=[Rule(rule.id, rule.when, rule.outcome) for rule in TABLE.rules],
    )
    content, tried = json.loads(table_to_json(checklist)), json.loads(vectors_to_json(checklist))
    assert len(tried["vectors"]) > 10
    for vector in tried["vectors"]:
        answers = {
            rule["id"]: host_holds(rule["when"], vector["facts"]) for rule in content["rules"]
        }
        assert vector["held"] == [name for name, answer in answers.items() if answer == "T"]
        assert vector["unknown"] == [name for name, answer in answers.items() if answer == "U"]
        assert vector["settled"] is ("U" not in answers.values())
        assert vector["outcomes"] == each_once(
            rule["outcome"] for rule in content["rules"] if answers[rule["id"]] == "T"
        )
        assert vector["missing"] == each_once(
            name for rule in content["rules"] for name in host_waits(rule["when"], vector["facts"])
        )
        assert list(vector["reasons"]) == vector["held"]


# ------------------------------------------------------------------------------- test vectors


def test_vectors_stand_on_every_side_of_every_threshold():
    found = list(vectors(TABLE))
    assert {1.0, None} <= {tried.x for tried in found}
    assert {TABLE.decide(tried).rule for tried in found} == {"a", "b", "c", "d", "e", None}
    for low, high in ((None, 1.0), (1.0, None)):
        known = [tried.x for tried in found if tried.x is not None]
        assert any((low is None or x > low) and (high is None or x < high) for x in known)
    assert {tried.color for tried in found} == {None, "red", "dark_green", "blue"}


@given(tables(Bound))
def test_vectors_are_records_each_once_and_the_same_each_time(table):
    found = list(vectors(table))
    assert len(set(found)) == len(found)
    assert found == list(vectors(table))


@pytest.mark.parametrize(
    "when",
    [
        (on.x > 1) & (on.x < on.y),
        (on.x >= 1) & (on.x <= on.y),
        (on.x >= 1) | (on.x < on.y),
        (on.x >= 1) & (on.y < on.x),
        on.x >= 1,
        on.x < on.y,
        any_of(all_of(on.x >= 1, on.x < on.y), absent(on.y)),
    ],
)
def test_a_host_with_one_slip_is_found_out(when):
    slip = Table(
        name="table",
        facts=schema(Thing),
        rules=[Rule("a", when, "go"), *TABLE.rules[1:]],
        undecided="?",
    )
    found = [
        (TABLE.decide(tried).rule, TABLE.decide(tried).missing)
        != (slip.decide(tried).rule, slip.decide(tried).missing)
        for tried in vectors(TABLE)
    ]
    assert any(found)


def test_dates_stand_in_vectors_as_text():
    table = Table(
        name="t", facts=schema(Thing), rules=[Rule("a", absent(on.born) | absent(on.since), "a")]
    )
    tried = json.loads(vectors_to_json(table))["vectors"]
    assert {"2000-01-01", "2000-01-01T00:00:00"} <= {
        value for vector in tried for value in vector["facts"].values()
    }


def test_rules_too_entangled_for_vectors_are_refused(monkeypatch):
    from relmkt.rules._proofs.search import LimitReachedError

    def limit(*_args, **_options):
        raise LimitReachedError

    monkeypatch.setattr("relmkt.table_vectors.witnesses", limit)
    with pytest.raises(InvalidValueError, match="'table' must be simple enough"):
        list(vectors(TABLE))


# ----------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "'table' must be JSON.*line 1, column 1"),
        ("[]", "'table' must be a JSON object"),
        ('{"kind": NaN}', "'number' must be a finite number"),
        ('{"a": 1, "a": 2}', "'a' must stand once in its object"),
        ("[" * 100_000, "'table' must be plain JSON.*nested too deep"),
        (edited(kind="tabel"), "'kind' must be 'table' or 'checklist', got 'tabel'"),
        (edited(schema=2), "'schema' must be 1, got 2: a newer relmkt"),
        (edited(schema=2, hysteresis={}), "'schema' must be 1, got 2: a newer relmkt"),
        (edited(schema=True), "'schema' must be 1, got True"),
        (edited(schema=None), "'schema' must be 1, got None"),
        (edited(record="Think"), "'record' must be 'Thing', got 'Think'"),
        (edited(colour=1), "no key 'colour' in the table"),
        (edited(name=7), "'name' must be text, got 7"),
        (edited(rules={}), "'rules' must be a list"),
        (edited(rules=[]), "'rules' must hold at least one rule"),
        (edited(rules=[1]), "'rule' must be an object"),
        (edited(features=None), "'features' must be a list"),
        (edited(constants=[]), "'constants' must be an object"),
        (edited(constants={"limit": [1]}), "'limit' must be a number or a text"),
        (edited(undecided=3), "'outcome' must be text, got 3"),
        (edited(kind="checklist"), "'undecided' must be null in a checklist"),
        (edited(features=[{"name": "xx", "kind": "number"}]), "no feature 'xx' in the features"),
        (
            edited(features=[{"name": "x", "kind": "flag"}]),
            "'x' must have as 'kind' what Thing declares.*another version of the record type",
        ),
        (with_rule(whem=1), "no key 'whem' in rule a.*did you mean 'when'"),
        (with_rule(otherwise="no"), "'otherwise' must be true or false"),
        (with_rule(when=[]), "'when' must be an object"),
        (with_rule(when={"feature": "x"}), "'when' must have the keys of one kind.*rule a"),
        (with_rule(when={"all": {}}), "'all' must be a list"),
        (with_rule(when={"flag": "x", "is": True}), "'x' must be a flag to be asked so.*rule a"),
        (with_rule(when={"flag": "is_new", "is": 1}), "'is' must be true or false"),
        (with_rule(when={"feature": "z", "op": ">", "bound": 1}), "no feature 'z' in rule a"),
        (with_rule(when={"feature": "x", "op": "=>", "bound": 1}), "no op '=>' in rule a"),
        (with_rule(when={"feature": "x", "op": ">", "bound": "1"}), "'x' must be compared with a"),
        (with_rule(when={"feature": "x", "op": ">", "bound": 2**53 + 1}), "'x' must be compared"),
        (with_rule(when={"feature": "x", "op": ">", "bound": 10**400}), "'x' must be compared"),
        (with_rule(when={"member": "color", "in": ["pink"]}), "no value 'pink' in 'color'"),
        (with_rule(when={"member": "color", "in": "red"}), "'color' must be a list"),
        (with_rule(when={"absent": "q", "is": True}), "no feature 'q'"),
        (with_rule(reason="{nobody}"), "no word 'nobody' in the reason of a"),
    ],
)
def test_what_is_no_table_is_refused(text, told):
    with pytest.raises((InvalidValueError, UnknownNameError), match=f"(?s){told}"):
        table_from_json(text, Thing)


def test_a_table_is_read_from_text_for_a_record_type():
    with pytest.raises(InvalidValueError, match="'table' must be JSON as text, got None"):
        table_from_json(None, Thing)
    with pytest.raises(InvalidValueError, match="'record_type' must be of a record type"):
        table_from_json(edited(), int)


def test_a_condition_nested_beyond_reason_is_refused():
    text = edited().replace('{"all": []}', '{"all": [' * 100 + '{"all": []}' + "]}" * 100)
    assert table_from_json(text, Thing).rules[4].when != ALWAYS
    deep = edited().replace('{"all": []}', '{"all": [' * 330 + '{"all": []}' + "]}" * 330)
    with pytest.raises(InvalidValueError, match="be nested less deeply"):
        table_from_json(deep, Thing)


def test_an_outcome_of_another_enumeration_is_refused():
    with pytest.raises(UnknownNameError, match="no outcome 'hold'"):
        table_from_json(table_to_json(POLICY.table()), CustomerFacts, outcomes=[Strategy])


class Shout(StrEnum):
    GO = "go"


def test_outcomes_that_print_alike_are_not_written():
    table = Table(
        name="t", facts=schema(Thing), rules=[Rule("a", on.x > 1, 1), Rule("b", ALWAYS, "1")]
    )
    with pytest.raises(InvalidValueError, match="'outcome' must print a word of its own, got '1'"):
        table_to_json(table)


def test_a_table_made_for_other_words_is_refused():
    @record
    class Thing:
        thing: object = identity("what it is called")
        color: Shout | None = member(Shout, "color", default=None)
        x: float | None = number("any number", unit="two", default=None)

    with pytest.raises(
        InvalidValueError, match=r"'x' must have as 'unit' what Thing declares \(two"
    ):
        table_from_json(table_to_json(TABLE), Thing)


@given(tables(Thing), records(Thing))
def test_what_is_read_back_gives_the_same_reasons(table, thing):
    read = table_from_json(table_to_json(table), Thing)
    assert read.decide(thing).as_dict() == table.decide(thing).as_dict()


def test_an_outcome_that_prints_nothing_is_not_written():
    table = Table(name="t", facts=schema(Thing), rules=[Rule("a", on.x > 1, "")])
    with pytest.raises(InvalidValueError, match="'outcome' must print a word"):
        table_to_json(table)


def test_a_rule_that_became_the_last_resort_in_the_file_is_noticed():
    """`otherwise` changes what may come next, so a file with another one is another table."""
    table = StrategyPolicy(
        retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3
    ).table()
    content = json.loads(table_to_json(table))
    assert [rule["otherwise"] for rule in content["rules"]] == [
        rule.otherwise for rule in table.rules
    ]
    for rule in content["rules"]:
        rule["otherwise"] = not rule["otherwise"]
        with pytest.raises(InvalidValueError, match="'version' must be"):
            table_from_json(json.dumps(content), CustomerFacts, outcomes=[Strategy, Abstention])
        rule["otherwise"] = not rule["otherwise"]
    read = table_from_json(json.dumps(content), CustomerFacts, outcomes=[Strategy, Abstention])
    assert (read, read.version) == (table, table.version)
