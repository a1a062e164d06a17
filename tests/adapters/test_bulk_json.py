"""Records as JSON in bulk: what goes out comes back; what is wrong is named by line and field."""

from __future__ import annotations

import json
import math
import sys
from datetime import UTC, date, datetime

import attrs
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from relmkt.adapters import bulk_json
from relmkt.adapters._json_rows import columns_from_lines, quickest_decoder
from relmkt.adapters.bulk_json import records_from_json, records_to_json
from relmkt.columns import Portfolio
from relmkt.domain import CustomerFacts, Order
from relmkt.errors import InvalidRowsError, InvalidValueError, MissingExtraError
from relmkt.models.forecasts import Forecasts
from relmkt.orders import OrderLog
from relmkt.plans import PlanLines
from relmkt.records import schema
from relmkt.summaries import Summaries
from tests.strategies import records
from tests.things import Bounds, DatedThings, Mark, Thing, Things

IDS = (
    st.integers() | st.text(min_size=1, max_size=4) | st.sampled_from(["a\0", ":", '":', "x" * 70])
)
EVERY = [Portfolio, OrderLog, Summaries, Forecasts, PlanLines, Things]
KINDS = pytest.mark.parametrize("columns_type", EVERY, ids=lambda kind: kind.__name__)


@pytest.fixture
def small_blocks(monkeypatch):
    """So that a few records lie in several."""
    monkeypatch.setattr(bulk_json, "_BLOCK", 2)
    monkeypatch.setattr(bulk_json, "_PIECE", 80)


def drawn(data, columns_type, **options):
    kind = columns_type.record_type
    zoned = data.draw(st.booleans())
    found = data.draw(st.lists(records(kind, ids=IDS, zoned=zoned, **options), max_size=6))
    return [attrs.evolve(one, currency="EUR") for one in found] if kind is Order else found


def plainly(record):
    """The oracle: a record as JSON says it, written from what records promise."""
    found = {}
    for name, spec in schema(type(record)).fields.items():
        value = getattr(record, name)
        if value is None:
            continue
        if spec.is_set:
            words = {w.value: value.get(w) for w in spec.words if value.get(w) is not None}
            whole = len(words) == len(spec.words)
            value = [word for word, held in words.items() if held] if whole else words
        elif isinstance(value, datetime):
            value = value.isoformat()
        elif isinstance(value, date):
            value = value.strftime("%Y").zfill(4) + value.strftime("-%m-%d")
        found[name] = value
    return found


@KINDS
@pytest.mark.usefixtures("small_blocks")
def test_out_and_back_again_it_is_the_same(columns_type):
    @settings(max_examples=30)
    @given(st.data())
    def law(data):
        held = drawn(data, columns_type)
        columns = columns_type.of(held)
        lines = records_to_json(columns)
        assert [json.loads(line) for line in lines.splitlines()] == [*map(plainly, held)]
        assert json.loads(records_to_json(columns, array=True)) == [*map(plainly, held)]
        for written in (lines, records_to_json(held), records_to_json(columns, array=True)):
            assert records_from_json(written, columns_type) == columns
            assert [*records_from_json(written.decode(), columns_type)] == held

    law()


@settings(max_examples=30)
@given(st.data())
def test_good_lines_are_read_together_and_not_one_by_one(data):
    held = drawn(data, Things)
    lines = [json.dumps(plainly(thing)).encode() for thing in held]
    assume(not any(":" in f"{thing.thing}{thing.note}" for thing in held))
    found = columns_from_lines(Things, lines, quickest_decoder())
    assert found == Things.of(held) if held else found is None


def test_details_of_the_whole_go_beside():
    held = DatedThings(thing=[1], unit="day")
    assert records_from_json(records_to_json(held), DatedThings, unit="day") == held
    assert records_from_json(b"", DatedThings, unit="day").unit == "day"
    assert records_to_json(held) == b'{"thing":1}\n'


def test_what_is_not_known_is_left_out_and_null_says_the_same():
    things = Things.of([Thing(thing="a", marks={Mark.OLD: True}), Thing(thing="b", marks=[])])
    assert records_to_json(things) == (
        b'{"thing":"a","marks":{"old":true}}\n{"thing":"b","marks":[]}\n'
    )
    text = (
        '\ufeff{"thing": "a", "x": null, "marks": {"old": true, "rare": null}}\r\n\n \n'
        '{"marks": [], "color": null, "thing": "b"}'
    )
    assert records_from_json(text, Things) == things


def test_people_may_write_words_and_numbers_in_their_way():
    line = '{"thing": 1, "x": 3, "count": 4.0, "color": "Dark Green", "marks": ["Signed by hand"]}'
    found = records_from_json(line, Things)
    assert (found.x[0], found.values("count"), found.values("color")) == (3.0, [4], ["dark_green"])
    assert found[0].marks.present == {Mark.SIGNED_BY_HAND}


def test_times_are_iso_8601():
    lines = "".join(
        f'{{"thing": 1, "since": "{moment}", "born": "2026-03-31"}}\n'
        for moment in (
            "2026-03-31T14:30:00+02:00",
            "2026-03-31T12:30:00Z",
            "2026-03-31T12:30:00.000000+00:00",
        )
    )
    found = records_from_json(lines, Things)
    assert found.values("since") == [datetime(2026, 3, 31, 12, 30, tzinfo=UTC)] * 3
    assert found.values("born") == [date(2026, 3, 31)] * 3
    naive = records_from_json('{"thing": 1, "since": "2026-03-31"}', Things)
    assert naive.values("since") == [datetime(2026, 3, 31)]


LISTED = "There are: red, dark_green, blue"
AS_WRITTEN = "write 2026-03-31T14:30:00+02:00"
UNKNOWN = "leave it out where it is not known"
NO_NUMBER = "'line' must hold numbers that JSON knows, got"
MARKS = "'marks' must be an array of words among old, rare, signed_by_hand"
NEEDED = "it can be neither left out nor null"
ONCE = "'line' must hold each key once, got"

BAD = {
    '"y": "3"': f"'y' must be a number, got '3': {UNKNOWN}",
    '"y": true': f"'y' must be a number, got true: {UNKNOWN}",
    '"y": 1e999': "'y' must be finite, got inf: leave it out where it is not known",
    '"y": NaN': f"{NO_NUMBER} 'NaN': leave out what is not known",
    '"y": -Infinity': f"{NO_NUMBER} '-Infinity': leave out what is not known",
    '"y": 9007199254740993': f"'y' must be at most {2**53} in size, got {2**53 + 1}: a larger",
    '"y": 18446744073709551617': f"'y' must be at most {2**53} in size, got 18446744073709551617",
    '"y": 1' + "0" * 400: "'y' must be at most 9007199254740992 in size, got 1000",
    '"y": ' + "9" * 5000: "'line' must be JSON, got",
    '"share": 1.5': "'share' must be at most 1, got 1.5",
    '"count": 1.5': "'count' must be a whole number, got 1.5",
    '"is_new": 1': "'is_new' must be true, false or null, got 1",
    '"color": "rad"': f"no color 'rad'; did you mean 'red'? {LISTED}",
    '"color": 1': "'color' must be one of red, dark_green, blue, got 1",
    '"color": ["red"]': "'color' must be one of red, dark_green, blue, got [\"red\"]",
    '"marks": "rare"': f"{MARKS}, got 'rare': write [\"rare\"] even for one",
    '"marks": 3': f'{MARKS}, got 3: write ["old"] even for one',
    '"marks": ["odd"]': "no marks 'odd'; did you mean 'old'?",
    '"marks": {"old": 1}': "'marks' must be true, false or null, got 1",
    '"since": "now"': f"'since' must be a date or a datetime in ISO 8601, got 'now': {AS_WRITTEN}",
    '"since": 17': "'since' must be a date or a datetime in ISO 8601, got 17",
    '"since": "2026-03-31T24:30:00"': "'since' must be a date or a datetime in ISO 8601",
    '"born": "2026-02-30"': "'born' must be a date in ISO 8601, got '2026-02-30': write 2026-03-31",
    '"born": "2026-03-31\\n"': "'born' must be a date in ISO 8601, got '2026-03-31\\n'",
    '"note": 3': "'note' must be text, got 3",
    '"note": "\\ud800"': "'note' must be valid Unicode, got '\\ud800'",
    '"colour": "red"': "no field 'colour'; did you mean 'color'? There are: thing, x, y",
    '"marks_old": true': "no field 'marks_old'; did you mean 'marks'?",
    '"x": 1, "x": 2': f"{ONCE} 'x': which of the two is meant?",
    '"marks": {"old": true, "old": true}': f"{ONCE} 'old'",
    '"x" : 1, "x"\t: 1': f"{ONCE} 'x'",
    '"x": 1}': "'line' must be JSON, got '{\"thing\": 1, \"x\": 1}}': Extra data (column 21)",
    '"x" 1': "'line' must be JSON, got '{\"thing\": 1, \"x\" 1}': Expecting ':' delimiter",
    '"x": ' + "[" * 100_000: "'line' must be JSON, got",
}
"""What stands beside a good id, and what is said of it."""

WHOLLY_BAD = {
    '{"thing": 1.0}': "'thing' must be text or a whole number, got 1.0",
    '{"thing": true}': "'thing' must be text or a whole number, got true",
    '{"thing": "\\udc00"}': "'thing' must be valid Unicode, got '\\udc00'",
    '{"thing": ""}': "'thing' must be given, got '': every record needs an id",
    '{"thing": null}': f"'thing' must be given, got null: {NEEDED}",
    '{"x": 1}': f"'thing' must be given, got nothing: {NEEDED}",
    "17": "'line' must be a JSON object, got '17': such as {\"customer\": \"C-17\"}",
    "null": "'line' must be a JSON object",
    "[" * 100_000: "'line' must be JSON, got",
}
LINES = {f'{{"thing": 1, {rest}}}': said for rest, said in BAD.items()} | WHOLLY_BAD


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[:40])
def test_a_bad_line_is_named_with_field_rule_value_and_remedy(line):
    text = f'{{"thing": "good"}}\n\n{line}\n{{"thing": "good"}}\n'
    with pytest.raises(InvalidRowsError) as caught:
        records_from_json(text, Things, name="things.jsonl")
    head, told, tail = str(caught.value).splitlines()
    assert head == "1 bad row in things.jsonl"
    assert told.startswith(f"  line 3: {LINES[line]}")
    assert tail == "nothing was read: mend things.jsonl and try again"


def test_a_number_of_thousands_of_digits_is_told_without_the_limits_of_python():
    with pytest.raises(InvalidRowsError, match="an integer has thousands of digits"):
        records_from_json('{"thing": 1, "y": ' + "9" * 5000 + "}", Things)


@pytest.mark.parametrize("given", [Thing, int, None, Things(thing=[1])])
def test_records_are_read_into_a_type_of_columns(given):
    with pytest.raises(InvalidValueError, match="'columns_type' must be a type of columns, got"):
        records_from_json("", given)


@pytest.mark.parametrize("data", [5, None, [1], {}])
def test_data_of_another_sort_are_refused(data):
    with pytest.raises(InvalidValueError, match="'data' must be text or bytes, got"):
        records_from_json(data, Things)


@pytest.mark.parametrize("rows", [[1], 5, ["a"]])
def test_what_is_no_record_is_not_written(rows):
    with pytest.raises(InvalidValueError, match="'rows' must be"):
        records_to_json(rows)


def test_bytes_that_are_no_utf_8_are_named_by_line():
    with pytest.raises(InvalidRowsError, match=r"line 2: 'line' must be UTF-8, .* byte 12 is not"):
        records_from_json(b'{"thing": 1}\n{"thing": "\xff"}', Things)
    with pytest.raises(InvalidRowsError, match="line 1: 'line' must be UTF-8"):
        records_from_json('{"thing": "\ud800"}', Things)


def test_all_bad_rows_are_counted_and_the_first_ones_named():
    lines = ['{"thing": 1}', '{"thing": 1, "x": "no"}'] * 20_000
    with pytest.raises(InvalidRowsError) as caught:
        records_from_json("\n".join(lines), Things, limit=2)
    assert (caught.value.total, len(caught.value.problems)) == (20_000, 2)
    assert [problem[:7] for problem in caught.value.problems] == ["line 2:", "line 4:"]


def test_a_rule_between_fields_is_named_by_line():
    with pytest.raises(
        InvalidRowsError, match=r"line 2: 'low' must not exceed 'high' \(1.0\), got 2"
    ):
        records_from_json(
            '{"bound": 1, "count": 1}\n{"bound": 2, "count": 1, "low": 2, "high": 1}', Bounds
        )


def test_an_array_is_read_by_item():
    with pytest.raises(InvalidRowsError, match="item 2: 'thing' must be given"):
        records_from_json('[{"thing": 1}, {}, {"thing": 2}]', Things)
    with pytest.raises(InvalidValueError, match=r"'array' must be JSON, got .*malformed"):
        records_from_json('[{"thing": 1},]', Things)
    assert len(records_from_json(" [ ] ", Things)) == len(records_from_json("\n \n", Things)) == 0
    assert records_to_json(Things.of([]), array=True) == records_to_json([], array=True) == b"[]"
    assert records_to_json(Things.of([])) == records_to_json([]) == b""


@pytest.mark.usefixtures("small_blocks")
def test_what_must_be_one_throughout_is_one_across_blocks():
    orders = [
        Order(
            customer=at, ordered_at=date(2026, 1, 1), amount=1, currency="EUR" if at < 9 else "USD"
        )
        for at in range(10)
    ]
    assert len(records_from_json(records_to_json(orders[:9]), OrderLog)) == 9
    with pytest.raises(InvalidRowsError, match="'currency' must be 'EUR' as in row 0, got 'USD'"):
        records_from_json(records_to_json(orders), OrderLog)


def test_zones_must_not_mix():
    lines = '{"thing": 1, "since": "2026-01-01T00:00:00Z"}\n{"thing": 2, "since": "2026-01-01"}'
    with pytest.raises(InvalidValueError, match="'since' must have a zone throughout or nowhere"):
        records_from_json(lines, Things)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (Things(thing=[("a", 1)]), "'thing' must be text or a whole number, got ('a', 1): JSON"),
        (Things(thing=np.array([1.5])), "'thing' must be text or a whole number, got 1.5: JSON"),
        (Things(thing=["\ud800"]), "'thing' must be valid Unicode, got '\\ud800'"),
        (Things(thing=[1], note=["\ud800"]), "'note' must be valid Unicode, got '\\ud800'"),
    ],
)
def test_what_json_could_not_give_back_is_not_written(columns, said):
    for rows in (columns, [*columns]):
        with pytest.raises(InvalidValueError) as caught:
            records_to_json(rows)
        assert str(caught.value).startswith(said)


def test_ids_of_any_sort_that_json_holds():
    for ids in (np.array([1, 2], dtype=np.uint8), [10**30, "x" * 80], ["a\0", "b"]):
        things = Things(thing=ids)
        back = records_from_json(records_to_json(things), Things)
        assert back.ids.tolist() == [*ids]
        assert records_to_json([*things]) == records_to_json(things)


@given(st.text() | st.floats(allow_nan=False, allow_infinity=False))
@example('":":\\"')
@example(math.ulp(0.0))
def test_any_text_and_any_number_comes_back(value):
    thing = Thing(thing=1, note=value) if isinstance(value, str) else Thing(thing=1, x=value)
    assert records_from_json(records_to_json([thing]), Things)[0] == thing


def test_without_msgspec_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "msgspec", None)
    for call in (lambda: records_to_json([]), lambda: records_from_json(b"", Portfolio)):
        with pytest.raises(MissingExtraError, match=r"pip install 'relmkt\[json\]'"):
            call()


def test_a_fact_of_a_customer_reads_aloud_in_json():
    facts = CustomerFacts(customer="C-17", status="active", significance={"benchmark"}, headroom=20)
    assert records_to_json([facts]).decode() == (
        '{"customer":"C-17","status":"active","significance":["benchmark"],"headroom":20.0}\n'
    )
