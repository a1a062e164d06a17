"""Files of known facts: any facts, one row for each customer."""

from __future__ import annotations

import io
import json
from datetime import date

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relmkt.adapters._cells import Cell, Fault, refusal
from relmkt.adapters.files import read_facts
from relmkt.columns import Portfolio
from relmkt.domain import CustomerFacts, RelationshipFacts, Significance, Status
from relmkt.errors import (
    FileError,
    InvalidRowsError,
    InvalidValueError,
    RelmktError,
    UnknownNameError,
)
from relmkt.records import MemberSet
from relmkt.rules import Feature, Kind

MEND = "nothing was read: mend the file and try again"


def refused(error: type[RelmktError], *args: object, **options: object) -> str:
    with pytest.raises(error) as caught:
        read_facts(*args, **options)
    return str(caught.value)


def test_any_facts_are_read(file):
    text = "customer_id,Status,headroom,cost reducible\n0004,active,250,Yes\nC-2,,,NO\n"
    found = read_facts(file("facts.csv", text))
    assert found.names == ("status", "headroom", "cost_reducible")
    assert found.rows == 2
    assert list(found.facts) == [
        CustomerFacts(customer="0004", status=Status.ACTIVE, headroom=250, cost_reducible=True),
        CustomerFacts(customer="C-2", cost_reducible=False),
    ]


@pytest.mark.parametrize(
    ("cell", "flag"),
    [
        *[(cell, True) for cell in ("yes", "TRUE", "1")],
        *[(cell, False) for cell in ("no", "False", "0")],
        *[(cell, None) for cell in ("", "  ")],
    ],
)
def test_flags_are_yes_or_no(file, cell, flag):
    assert read_facts(file("f.csv", f"customer,barred\n1,{cell}\n")).facts[0].barred is flag


def test_words_may_be_written_with_spaces_hyphens_and_capitals(file):
    text = "customer,significance\n1,High-Volume ; door opener;\n"
    held = read_facts(file("f.csv", text)).facts[0].significance
    assert list(held) == [Significance.HIGH_VOLUME, Significance.DOOR_OPENER]
    assert held.get(Significance.BENCHMARK) is False


def test_no_significance_and_unknown_significance_differ(file):
    facts = read_facts(file("f.csv", "customer,significance\n1,none\n2,\n3,None\n")).facts
    assert facts[0].significance == facts[2].significance
    assert facts[0].significance == MemberSet(frozenset(), frozenset(Significance))
    assert facts[1].significance is None


def test_significance_may_be_told_word_by_word(file):
    text = "customer,significance_benchmark,significance_inspiration\n1,yes,\n2,no,\n"
    facts = read_facts(file("f.csv", text)).facts
    assert facts[0].significance == MemberSet(frozenset({Significance.BENCHMARK}), frozenset())
    assert facts[1].significance == MemberSet(frozenset(), frozenset({Significance.BENCHMARK}))


def test_decimal_commas_are_read_when_asked(file):
    name = file("f.csv", "customer;attrition_risk\n1;0,25\n")
    assert read_facts(name, decimal=",").facts.attrition_risk.tolist() == [0.25]


def test_a_header_alone_tells_nothing_of_anyone(file):
    assert len(read_facts(file("f.csv", "customer,status\n")).facts) == 0


def test_json_lines_may_hold_lists_and_flags(file):
    text = (
        '{"customer": 7, "significance": ["benchmark", "inspiration"], "barred": true}\n'
        '{"customer": 8, "significance": [], "barred": null}\n'
        '{"customer": 9, "significance": "benchmark"}\n'
    )
    facts = read_facts(file("f.jsonl", text)).facts
    assert facts.customer.tolist() == [7, 8, 9]
    assert facts.significance_benchmark.tolist() == [1, 0, 1]
    assert facts.significance_inspiration.tolist() == [1, 0, 0]
    assert facts.barred.tolist() == [1, -1, -1]


def test_parquet_may_hold_lists_and_flags(folder):
    with duckdb.connect() as connection:
        connection.execute(
            "COPY (SELECT * FROM (VALUES (7, ['benchmark'], true, 'lost'), (8, [], NULL, NULL),"
            " (9, NULL, false, 'active')) t(customer, significance, barred, status))"
            " TO 'f.parquet' (FORMAT parquet)"
        )
    facts = read_facts("f.parquet").facts
    assert facts.significance_benchmark.tolist() == [1, 0, -1]
    assert facts.barred.tolist() == [1, -1, 0]
    assert [record.status for record in facts] == [Status.LOST, None, Status.ACTIVE]


def test_the_column_of_ids_may_be_named(file):
    found = read_facts(file("f.csv", "Konto,status\n1,lost\n"), customer="Konto")
    assert found.facts.customer.tolist() == ["1"]


@settings(max_examples=30)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "status": st.none() | st.sampled_from(Status),
                "headroom": st.none() | st.floats(-1e9, 1e9),
                "attrition_risk": st.none() | st.floats(0, 1),
                "barred": st.none() | st.booleans(),
                "significance": st.none() | st.frozensets(st.sampled_from(Significance)),
            }
        ),
        min_size=1,
    )
)
def test_facts_survive_a_journey_through_json_lines(rows):
    records = [CustomerFacts(customer=row, **facts) for row, facts in enumerate(rows)]
    lines = [
        json.dumps({"customer": row, **facts}, default=sorted) for row, facts in enumerate(rows)
    ]
    page = io.BytesIO("\n".join(lines).encode())
    assert read_facts("-", stdin=page, format="jsonl").facts == Portfolio.of(records)


# ---------------------------------------------------------------------------- which is refused


def test_a_column_that_is_no_fact_is_refused(file):
    message = refused(UnknownNameError, file("f.csv", "customer,atrition_risk\n1,0.5\n"))
    assert message.startswith("no fact 'atrition_risk' in f.csv; did you mean 'attrition_risk'?")
    assert "customer" not in message.split("There are:")[1].split(", ")


def test_a_fact_that_only_a_later_line_of_json_names_is_refused(file):
    message = refused(
        UnknownNameError, file("f.jsonl", '{"customer":1}\n{"customer":2,"stat":1}\n')
    )
    assert message.startswith("no fact 'stat' in f.jsonl; did you mean 'status'?")


def test_a_file_without_customers_is_refused(file):
    message = refused(UnknownNameError, file("f.csv", "status\nlost\n"))
    assert message.startswith("no column 'customer' in f.csv (name it by customer='...'")


def test_bad_cells_are_named_with_line_fact_value_and_remedy(file):
    text = (
        "customer,status,attrition_risk,barred,significance\n"
        "1,actve,1.5,perhaps,benchmark;Door Openr\n"
        "2,lost,-0.1,,none; benchmark\n"
        "3,lost,NaN,yes,\n"
        ",lost,x,yes,\n"
        "5,lost,1,yes,none\n"
    )
    empty = "leave the cell empty where it is not known"
    plainly = "write it plainly, without signs of currency or spaces"
    words = "high_volume, high_future_value, benchmark, door_opener, inspiration"
    told = refused(InvalidRowsError, file("f.csv", text)).splitlines()
    assert [line.split("; '") for line in told] == [
        ["4 bad rows in f.csv"],
        [
            "  line 2: no status 'actve'; did you mean 'active'? There are: prospect, active, lost",
            "attrition_risk' must be at most 1, got '1.5'",
            (
                f"barred' must be yes or no (true or false, 1 or 0), got 'perhaps': {empty};"
                f" no significance 'Door Openr'; did you mean 'door_opener'? There are: {words}"
            ),
        ],
        [
            (
                "  line 3: 'attrition_risk' must be at least 0, got '-0.1';"
                f" no significance 'none'; there are: {words}"
            )
        ],
        [f"  line 4: 'attrition_risk' must be a number, not NaN, got 'NaN': {empty}"],
        [
            "  line 5: 'customer' must be given, got None",
            f"attrition_risk' must be a number, got 'x': {plainly}",
        ],
        [MEND],
    ]


def test_two_rows_of_one_customer_are_named_by_both_lines(file):
    text = "customer,barred\nA,yes\nB,no\n\nA,no\nB,no\nA,yes\n"
    assert refused(InvalidRowsError, file("f.csv", text)).splitlines() == [
        "3 bad rows in f.csv",
        "  line 5: customer 'A' stands on line 2 already",
        "  line 6: customer 'B' stands on line 3 already",
        "  … and 1 more",
        "give each customer one row",
    ]


def test_a_fact_that_is_told_twice_is_refused(file):
    name = file("f.csv", "customer,status,Status\n1,lost,lost\n")
    assert refused(FileError, name) == "f.csv: has the fact 'status' twice: status, Status"
    name = file("f.csv", "customer,significance,significance_benchmark\n1,none,yes\n")
    assert refused(FileError, name) == (
        "f.csv: has 'significance' and 'significance_benchmark', which say the same;"
        " keep the words in one column, or one column for each word"
    )


def test_options_that_make_no_sense_are_refused(file):
    message = refused(InvalidValueError, file("f.csv", "customer\n1\n"), limit_problems=0)
    assert message == "'limit_problems' must be at least 1, got 0"


def test_in_a_file_of_one_column_a_blank_line_is_a_missing_id(file):
    message = refused(InvalidRowsError, file("f.csv", "customer\n1\n\n3\n"))
    assert "  line 3: 'customer' must be given" in message


def test_absent_numbers_are_nan(file):
    facts = read_facts(file("f.csv", "customer,headroom\n1,\n")).facts
    assert np.isnan(facts.headroom[0])


def test_counts_are_whole_numbers():
    whole = Feature(name="orders", kind=Kind.NUMBER, meaning="purchases", whole=True)
    cell = Cell(feature=whole, column="orders", text="orders")
    query = f"SELECT {cell.fault(0)} FROM (SELECT *, {cell.prepared(0)} FROM (SELECT ? AS r0))"
    with duckdb.connect() as connection:
        faults = [connection.execute(query, [text]).fetchone() for text in ("3", "3.0", "3.5", "")]
    assert faults == [(None,), (None,), (Fault.WHOLE,), (None,)]
    assert refusal(cell, Fault.WHOLE, "3.5") == "'orders' must be a whole number, got '3.5'"


# ---------------------------------------------------------------------- facts of relationships


def test_facts_of_the_relationship_stand_in_the_same_file(file):
    text = (
        "customer,headroom,barred,approach_now,approach_since,segment,wants closeness\n"
        "1,5,no,Reactive,2026-01-05,key account,yes\n"
        "2,,,,,,\n"
    )
    found = read_facts(file("f.csv", text))
    assert list(found.facts) == [
        CustomerFacts(customer="1", headroom=5, barred=False),
        CustomerFacts(customer="2"),
    ]
    assert list(found.relationships) == [
        RelationshipFacts(
            customer="1",
            approach_now="reactive",
            approach_since=date(2026, 1, 5),
            segment="key account",
            wants_closeness=True,
            barred=False,
        ),
        RelationshipFacts(customer="2"),
    ]
    assert found.names[-1] == "wants_closeness"


def test_a_wrong_name_is_told_the_nearest_of_either_record(file):
    message = refused(UnknownNameError, file("f.csv", "customer,aproach_now\n1,basic\n"))
    assert message.startswith("no fact 'aproach_now' in f.csv; did you mean 'approach_now'?")
    message = refused(InvalidRowsError, file("f.csv", "customer,approach_now\n1,basc\n"))
    assert "did you mean 'basic'?" in message
