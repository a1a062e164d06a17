"""The JSON Schema of a record type takes what records write, and refuses what readers refuse."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from relmkt.adapters._json_values import Faulty, plain_values, read_line
from relmkt.domain import ConsentEvent, CustomerFacts, Order, PlanLine, Summary
from relmkt.errors import InvalidValueError
from relmkt.json_schema import json_schema
from relmkt.records import Constraint, flag, identity, member, record, schema
from relmkt.rules import Kind, absent, known
from tests.strategies import records
from tests.things import Bound, Color, Thing

ROOT = Path(__file__).parents[1]
IDS = st.integers() | st.text(min_size=1, max_size=3)
KINDS = pytest.mark.parametrize(
    "kind",
    [Thing, Bound, ConsentEvent, CustomerFacts, Order, Summary, PlanLine],
    ids=lambda kind: kind.__name__,
)


def script():
    """The command that writes the schemas, as a module."""
    spec = importlib.util.spec_from_file_location("schemas", ROOT / "docs" / "schemas.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_committed_schemas_are_those_of_today():
    """If they are not: run `python docs/schemas.py`."""
    written = {path.name: path.read_text(encoding="utf-8") for path in script().FOLDER.iterdir()}
    assert written == script().files()
    assert {"CustomerFacts", "Order", "Summary", "Forecast", "PlanLine"} <= {
        name.partition(".")[0] for name in written
    }


def test_the_command_writes_them_and_leaves_none_of_another_day(tmp_path):
    command = script()
    command.FOLDER = tmp_path / "schemas"
    command.main()
    (command.FOLDER / "Gone.schema.json").write_text("{}", encoding="utf-8")
    command.main()
    assert {path.name for path in command.FOLDER.iterdir()} == set(command.files())


@KINDS
def test_it_is_a_schema_and_says_what_is_declared(kind):
    found = json_schema(kind)
    Draft202012Validator.check_schema(found)
    assert found == json.loads(json.dumps(found))
    declared = schema(kind)
    assert list(found["properties"]) == list(declared.fields)
    assert found["required"] == [name for name, spec in declared.fields.items() if spec.required]
    for name, spec in declared.fields.items():
        told = found["properties"][name]["description"]
        assert told == (f"{spec.meaning} ({spec.unit})" if spec.unit else spec.meaning)


@KINDS
def test_it_takes_every_record(kind):
    takes = Draft202012Validator(json_schema(kind)).is_valid

    @settings(max_examples=50)
    @given(records(kind, ids=IDS), st.booleans())
    def law(one, zoned):
        written = plain_values(one)
        assert takes(json.loads(json.dumps(written)))
        absent = {name: None for name, spec in schema(kind).fields.items() if not spec.required}
        assert takes(absent | written)

    law()


BROKEN = st.sampled_from(
    [
        *[None, True, 0, 1, -1, 3, 0.5, 1.5, 1e300, "", "red", "yes"],
        *["2026-13-01", "2026-02-20", "2026-02-20T25:00:00", "2026-02-20T10:00:00+01:00"],
        *[[], ["red"], ["old"], [1], {}, {"old": True}, {"old": 1}, {"odd": True}, {"old": None}],
    ]
)


@settings(max_examples=300)
@given(st.sampled_from([*schema(Thing).fields, "other"]), BROKEN)
def test_it_refuses_what_reading_refuses_and_takes_the_rest(name, value):
    """One value of a thing changed: the schema and the reader agree on whether that is one."""
    assume(not (name == "thing" and isinstance(value, float)))  # to a schema 1.0 is an integer
    content = {"thing": 1} | {name: value}
    found = read_line(Thing, json.dumps(content).encode())
    expected = not isinstance(found, Faulty)
    assert Draft202012Validator(json_schema(Thing)).is_valid(content) is expected


def test_what_must_be_given_is_required_and_never_null():
    @record
    class Painted:
        painted: str = identity("what it is called")
        color: Color = member(Color, "its color")

    found = json_schema(Painted)
    assert found["required"] == ["painted", "color"]
    assert found["properties"]["color"]["enum"] == ["red", "dark_green", "blue"]
    takes = Draft202012Validator(found).is_valid
    assert takes({"painted": 1, "color": "red"})
    assert not takes({"painted": 1, "color": None})
    assert not takes({"painted": 1})
    assert found["description"] == ""


def test_bounds_are_those_declared_and_those_of_exact_counts():
    found = json_schema(Thing)["properties"]
    assert (found["share"]["minimum"], found["share"]["maximum"]) == (0, 1)
    assert (found["count"]["minimum"], found["count"]["maximum"]) == (0, 2**53)
    assert not {"minimum", "maximum"} & set(found["x"])
    kinds = {name: feature.kind for name, feature in schema(Thing).features.items()}
    assert found["count"]["type"] == ["integer", "null"]
    assert kinds["count"] is Kind.NUMBER


def test_rules_between_fields_are_told_in_words():
    assert json_schema(Bound)["$comment"].endswith(
        "Rules between fields, broken only by known values. low ≤ high: low is where it begins; "
        "high < 100 and count < 100: all is small here; "
        "(is_new is known or count > 0): say whether it is new"
    )
    assert "Rules between fields" not in json_schema(Thing)["$comment"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b'{"thing": 1.0}', "an id with a fraction, be it 1.0"),
        (b'{"thing": 1, "x": 9007199254740993}', "an integer beyond 9007199254740992 in size"),
        (b'{"thing": 1, "x": 1, "x": 1}', "a key that stands twice"),
        (b'{"thing": 1, "born": "2026-02-30"}', "a day that no calendar has"),
        (b'{"thing": "\\ud800"}', "half a surrogate pair"),
    ],
)
def test_what_only_reading_refuses_is_told_in_words(line, told):
    found = json_schema(Thing)
    assert isinstance(read_line(Thing, line), Faulty)
    assert Draft202012Validator(found).is_valid(json.loads(line))
    assert told in found["$comment"]


@pytest.mark.parametrize("kind", [int, 5, [], CustomerFacts(customer=1), Constraint])
def test_only_record_types_have_a_schema(kind):
    with pytest.raises(InvalidValueError, match="'record_type' must be of a record type, got"):
        json_schema(kind)


def test_every_sort_of_rule_has_its_words():
    @record
    class Toy:
        """A thing to play with."""

        toy: str = identity("what it is called")
        color: Color | None = member(Color, "its color", default=None)
        loud: bool | None = flag("loud", default=None)

        @classmethod
        def constraints(cls, on):
            return (
                Constraint("color", on.loud | (on.color == Color.RED), remedy="loud ones glare"),
                Constraint("loud", ~on.loud | (on.color != Color.BLUE), remedy="blue is quiet"),
                Constraint("loud", absent(on.loud) | known(on.color), remedy="look at it"),
            )

    assert json_schema(Toy)["$comment"].endswith(
        "Rules between fields, broken only by known values. "
        "(loud or color is one of red): loud ones glare; "
        "(not loud or color is not one of blue): blue is quiet; "
        "(loud is not known or color is known): look at it"
    )
