"""One policy on every engine: what must hold, of whatever kind the frame is."""

from __future__ import annotations

import math
from decimal import Decimal

import attrs
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import strategies as st

from relmkt.errors import InvalidValueError, RelmktError
from relmkt.records import handles, schema
from relmkt.rules import ALWAYS, Kind, Rule, Table
from tests.engines.kinds import AT, EXPLOSION, arrow_table
from tests.oracle import decided
from tests.strategies import bounds_in, near, records, tables
from tests.things import Thing, Things

NAMES = ("outcome", "rule", "settled")
NUMBERS = [f.name for f in schema(Thing).features.values() if f.kind is Kind.NUMBER]
TYPES = [pa.float64(), pa.float32(), pa.int64(), pa.int16(), pa.decimal128(18, 3)]


def expected(table, things):
    """Outcome, rule and settledness of each, as the oracle has them."""
    words = list(table.outcomes)
    nothing = -1 if table.undecided is None else words.index(table.undecided)
    found = [decided(table.rules, thing) for thing in things]
    return [
        (nothing if at < 0 else words.index(table.rules[at].outcome), at, at >= 0) for at in found
    ]


def as_stored(value, dtype):
    """A number as a column of this type holds it; None where it cannot."""
    if value is None:
        return None
    if pa.types.is_float32(dtype):
        return float(np.float32(value)) if abs(value) < 3e38 else None
    if pa.types.is_decimal(dtype):
        return float(Decimal(value).quantize(Decimal("0.001"))) if abs(value) < 1e12 else None
    if pa.types.is_integer(dtype):
        limit = 2**15 - 1 if dtype == pa.int16() else 2**53
        return int(value) if abs(value) <= limit else None
    return value


@st.composite
def drawn(draw, *, max_size=9, min_size=0, max_rules=6, complete=False):
    """A table, things, and their frame: numbers in columns of any type, and NaN for some gaps."""
    table = draw(tables(Thing, max_rules=max_rules))
    often = bounds_in(table)
    ids = st.integers(0, 99)
    things = draw(
        st.lists(
            records(Thing, often=often, ids=ids, complete=complete),
            min_size=min_size,
            max_size=max_size,
        )
    )
    types = {name: draw(st.sampled_from(TYPES)) for name in NUMBERS if draw(st.booleans())}
    stored = []
    for thing in things:
        changes = {name: as_stored(getattr(thing, name), dtype) for name, dtype in types.items()}
        try:
            stored.append(attrs.evolve(thing, **changes))
        except InvalidValueError:  # a share that float32 rounds above 1
            stored.append(attrs.evolve(thing, **(changes | {"share": None})))
    with_nan = [name for name in NUMBERS if draw(st.booleans())]
    return table, stored, types, with_nan


def frame_of(kind, table, things, types=None, with_nan=()):
    """The frame, of this kind, that holds what the table asks."""
    fit = {
        name: dtype
        for name, dtype in (types or {}).items()
        if kind.has_decimals or not pa.types.is_decimal(dtype)
    }
    made = arrow_table(Things.of(things), table.features, fit)
    for name in with_nan:
        at = made.schema.get_field_index(name)
        if at >= 0 and pa.types.is_floating(made.schema.field(name).type):
            dtype = made.schema.field(name).type
            filled = made[name].fill_null(pa.scalar(float("nan"), dtype))
            made = made.set_column(at, name, filled)
    return kind.make(made)


def law(kind, example):
    """A frame of this kind is decided as the records in it are, and stays of its kind."""
    table, things, types, with_nan = example
    frame = frame_of(kind, table, things, types, with_nan)
    decided_frame = table.expression().decide(frame)
    assert isinstance(frame, type(decided_frame))
    assert kind.read(decided_frame, *NAMES) == expected(table, things)
    return decided_frame


SIMPLE = Table(
    name="simple",
    facts=schema(Thing),
    rules=[
        Rule("high", handles(Thing).x > 1, "up"),
        Rule("low", handles(Thing).x <= 1, "down"),
    ],
)


def law_of_patience(kind):
    """Deciding and labelling runs nothing; only its owner does, when he collects the frame."""
    rules = SIMPLE.expression()
    found = rules.label(rules.decide(kind.explosive()))
    with pytest.raises(Exception, match=EXPLOSION):  # each engine has an error of its own
        kind.rows(found)


def bad_input(kind):
    """What is said of a column that is not there, of text for a number, and of a taken name."""
    frames = [
        pa.table({AT: [0], "X1": [1.0]}),
        pa.table({AT: [0], "x": ["1,5"]}),
        pa.table({AT: [0], "x": [1.0], "Rule": [1]}),
    ]
    told = []
    for made in frames:
        try:
            SIMPLE.expression().decide(kind.make(made))
        except RelmktError as error:
            told.append(str(error))
    return told


WORDS = [
    (
        "no column 'x' in the data frame, of which 'simple' asks x (columns={'x': None} states "
        "that it is absent); did you mean 'X1'? There are: at, X1"
    ),
    (
        "'x' must be numbers, got 'String' for column 'x': it is text: convert it to numbers "
        "first, with the decimal mark that it has"
    ),
    (
        "'names' must be new to the data frame, got 'rule': it has such a column: give another "
        "name, or drop that column first"
    ),
]


def assumed_law(kind, example, assumptions):
    """With assumptions a frame is decided as the records are that have them in their gaps."""
    table, things, types, with_nan = example
    found = table.expression(assume=assumptions).decide(
        frame_of(kind, table, things, types, with_nan)
    )
    filled = [schema(Thing).filled(thing, assumptions)[0] for thing in things]
    assert kind.read(found, *NAMES) == expected(table, filled)


NASTY = [
    0.1 + 0.2,
    1 / 3,
    2 / 3,
    1e23,
    9007199254740993.0,
    123456789.123456789,
    math.pi,
    5e-324,
    2.2250738585072014e-308,
    1.7976931348623157e308,
    1e-9,
    0.0,
    -0.0,
]
"""Numbers that are read back as others where a database takes their digits for a decimal."""


def many_thresholds(count=100):
    """A hundred rules, each with a bound of its own; and things that hold the bounds exactly."""
    bounds = sorted({*NASTY, *(-x for x in NASTY), *((k - 50) / 7 for k in range(count))})[:count]
    on = handles(Thing)
    rules = [Rule(f"r{at}", on.x <= bound, "abc"[at % 3]) for at, bound in enumerate(bounds)]
    table = Table(name="many", facts=schema(Thing), rules=[*rules, Rule("rest", ALWAYS, "d")])
    values = [x for x in near(bounds) if math.isfinite(x)]
    return table, [Thing(thing=at, x=x) for at, x in enumerate([*values, None])], {}, []


def many_outcomes(count=100):
    """Each rule with an outcome of its own, and things for which some are unknown."""
    on = handles(Thing)
    rules = [
        Rule(f"r{at}", (on.x == at) & (on.is_new if at % 3 else ALWAYS), f"o{at}")
        for at in range(count)
    ]
    table = Table(name="many", facts=schema(Thing), rules=rules, undecided="?")
    things = [
        Thing(thing=at, x=x, is_new=new)
        for at, (x, new) in enumerate(
            (x, new) for x in (0, 1, 50, 98, 99, count, None) for new in (True, False, None)
        )
    ]
    return table, things, {}, []
