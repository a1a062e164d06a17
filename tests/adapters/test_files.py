"""Order files: what is read, and how."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.adapters.files import read_orders
from relmkt.errors import (
    RelmktError,
)

HEADER = "customer,date,amount\n"
GOOD = HEADER + "0004,2026-03-01,29.33\nC-2,2026-03-02,-5\n"
MEND = "nothing was read: mend the file and try again"

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
ids = texts.filter(str.strip)
numbers = st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda x: abs(x) <= 2**53 or "e" in repr(x)
)


def refused(error: type[RelmktError], *args: object, **options: object) -> str:
    with pytest.raises(error) as caught:
        read_orders(*args, **options)
    return str(caught.value)


def parquet(name: str, query: str) -> str:
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{name}' (FORMAT parquet)")
    return name


# ------------------------------------------------------------------------------- what is read


def test_csv_is_read_with_ids_as_they_are_written(file):
    found = read_orders(file("orders.csv", GOOD))
    assert found.log.customer.tolist() == ["0004", "C-2"]
    assert found.log.ordered_at.tolist() == [datetime(2026, 3, 1), datetime(2026, 3, 2)]
    assert found.log.amount.tolist() == [29.33, -5.0]
    assert (found.rows, found.duplicate_rows) == (2, 0)
    assert found.columns == {"customer": "customer", "ordered_at": "date", "amount": "amount"}


def test_standard_input_is_read_like_a_file():
    assert read_orders("-", stdin=io.BytesIO(GOOD.encode())).rows == 2


def test_what_was_set_aside_for_standard_input_is_removed(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    read_orders("-", stdin=io.BytesIO(GOOD.encode()))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_delimiter_line_ends_and_byte_order_mark_do_not_matter(file, delimiter, end, mark):
    text = mark + GOOD.replace(",", delimiter).replace("\n", end)
    assert read_orders(file("orders.csv", text)).log.customer.tolist() == ["0004", "C-2"]


def test_a_delimiter_may_be_named(file):
    text = "customer^date^amount\n1^2026-03-01^2\n"
    assert read_orders(file("orders.csv", text), delimiter="^").rows == 1


@pytest.mark.parametrize(
    "encoding", ["latin-1", "cp1252", "utf-16", "utf-16-le", "utf-8-sig", "UTF8"]
)
def test_other_encodings_are_read_when_they_are_named(file, encoding):
    text = HEADER + "Müller,2026-03-01,1\n"
    name = file("orders.csv", text.encode(encoding))
    assert read_orders(name, encoding=encoding).log.customer.tolist() == ["Müller"]


def test_gzipped_files_are_unzipped(file):
    assert read_orders(file("orders.csv.gz", gzip.compress(GOOD.encode()))).rows == 2


def test_quoted_fields_may_hold_delimiters_quotes_and_line_ends(file):
    text = 'customer,date,amount,product\r\n"a,b\r\n""c""",2026-03-01,1,"x\ny"\r\n'
    log = read_orders(file("orders.csv", text)).log
    assert log.customer.tolist() == ['a,b\r\n"c"']
    assert log.product.tolist() == ["x\ny"]


def test_blank_lines_are_no_orders(file):
    assert (
        read_orders(file("orders.csv", HEADER + "\n1,2026-03-01,1\n\n\n2,2026-03-01,1\n")).rows == 2
    )


def test_columns_are_found_by_well_known_names(file):
    text = "Customer ID,Order-Date,TOTAL,Discount\n1,2026-03-01,4,0.5\n"
    found = read_orders(file("orders.csv", text))
    assert found.columns == {
        "customer": "Customer ID",
        "ordered_at": "Order-Date",
        "amount": "TOTAL",
        "discount": "Discount",
    }
    assert found.log.discount.tolist() == [0.5]


def test_columns_may_be_named_by_option(file):
    text = "Wer,wann,wieviel,Kosten,discount\n7,2026-03-01,4,3,much\n"
    found = read_orders(
        file("orders.csv", text),
        customer="Wer",
        date="Wann",
        amount="wieviel",
        columns={"unit_cost": "Kosten", "discount": None},
    )
    assert found.log.unit_cost.tolist() == [3.0]
    assert "discount" not in found.columns


def test_absent_cells_of_further_columns_are_absent(file):
    text = "customer,date,amount,margin,channel\n1,2026-03-01,4,,\n2,2026-03-01,4,2,web\n"
    log = read_orders(file("orders.csv", text)).log
    assert np.isnan(log.margin[0])
    assert log.margin[1] == 2
    assert log.channel.tolist() == [None, "web"]


def test_decimal_commas_are_read_when_asked(file):
    text = 'customer;date;amount\n1;2026-03-01;29,33\n2;2026-03-01;"-1,5"\n'
    assert read_orders(file("orders.csv", text), decimal=",").log.amount.tolist() == [29.33, -1.5]


def test_decimal_commas_of_csv_leave_numbers_of_json_alone(file):
    text = '{"customer":"1","date":"2026-03-01","amount":29.33}\n'
    assert read_orders(file("o.jsonl", text), decimal=",").log.amount.tolist() == [29.33]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-03-01", datetime(2026, 3, 1)),
        ("2026-03-01T09:30", datetime(2026, 3, 1, 9, 30)),
        ("2026-03-01 09:30:15.25", datetime(2026, 3, 1, 9, 30, 15, 250_000)),
        (" 2026-03-01 ", datetime(2026, 3, 1)),
    ],
)
def test_dates_are_iso(file, written, read):
    log = read_orders(file("orders.csv", f"{HEADER}1,{written},1\n")).log
    assert log.ordered_at.tolist() == [read]
    assert not log.in_utc("ordered_at")


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01T09:30Z",
        "2026-03-01T11:30:00+02:00",
        "2026-03-01 11:30:00+02",
        "2026-03-01T11:30+0200",
        "2026-03-01T07:00:00 -02:30",
    ],
)
def test_dates_with_a_zone_are_brought_to_utc(file, written):
    log = read_orders(file("orders.csv", f"{HEADER}1,{written},1\n")).log
    assert log[0].ordered_at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert log.in_utc("ordered_at")


def test_other_dates_are_read_by_a_format(file):
    name = file("orders.csv", HEADER + "1,19970131,1\n")
    log = read_orders(name, date_format="%Y%m%d").log
    assert log.ordered_at.tolist() == [datetime(1997, 1, 31)]


def test_a_format_may_read_a_zone(file):
    name = file("orders.csv", HEADER + "1,31.01.1997 10:00 +0200,1\n")
    log = read_orders(name, date_format="%d.%m.%Y %H:%M %z").log
    assert log[0].ordered_at == datetime(1997, 1, 31, 8, tzinfo=UTC)


def test_identical_rows_are_counted_and_kept(file):
    text = "customer,date,amount,note\n" + "1,2026-03-01,4,a\n" * 3 + "1,2026-03-01,4,b\n"
    found = read_orders(file("orders.csv", text))
    assert (found.rows, found.duplicate_rows, len(found.log)) == (4, 2, 4)


def test_a_million_characters_in_a_field_are_read(file):
    text = "customer,date,amount,note\n1,2026-03-01,4," + "x" * 1_000_000 + "\n"
    assert read_orders(file("orders.csv", text)).rows == 1
    text = HEADER + "y" * 1_000_000 + ",2026-03-01,4\n"
    assert len(read_orders(file("orders.csv", text)).log.customer[0]) == 1_000_000


def test_json_lines_keep_integers_and_text_apart(file):
    whole = '{"customer": 4, "date": "2026-03-01", "amount": 1.5, "more": [1]}\n\n'
    assert read_orders(file("o.jsonl", whole)).log.customer.tolist() == [4]
    text = '\ufeff{"amount": "1.5", "date": "2026-03-01", "customer": "0004"}\r\n'
    assert read_orders(file("o.ndjson", text)).log.customer.tolist() == ["0004"]


def test_columns_that_only_later_lines_of_json_have_are_found(file):
    text = '{"customer":1,"date":"2026-03-01","amount":1}\n'
    text += '{"customer":1,"date":"2026-03-01","amount":1,"channel":"web"}\n'
    assert read_orders(file("o.jsonl", text)).log.channel.tolist() == [None, "web"]


def test_parquet_keeps_its_types(folder):
    name = parquet(
        "o.parquet",
        "SELECT 4::INTEGER AS customer, DATE '2026-03-01' AS date, 29.33::DECIMAL(9,2) AS amount",
    )
    log = read_orders(name, date_format="%d.%m.%Y", decimal=",").log
    assert log.customer.tolist() == [4]
    assert log.ordered_at.tolist() == [datetime(2026, 3, 1)]
    assert log.amount.tolist() == [29.33]


def test_parquet_instants_with_a_zone_are_in_utc(folder):
    name = parquet(
        "o.parquet",
        "SELECT '0004' AS customer, TIMESTAMPTZ '2026-03-01 10:00:00+02' AS date, 1 AS amount",
    )
    log = read_orders(name).log
    assert log.customer.tolist() == ["0004"]
    assert log[0].ordered_at == datetime(2026, 3, 1, 8, tzinfo=UTC)


def test_single_precision_is_widened_not_rewritten(folder):
    name = parquet(
        "o.parquet", "SELECT 1 AS customer, DATE '2026-03-01' AS date, 0.1::FLOAT AS amount"
    )
    assert read_orders(name).log.amount.tolist() == [float(np.float32(0.1))]


def test_a_format_may_be_named_for_a_file_of_any_name(file):
    assert read_orders(file("orders.dat", GOOD), format="csv").rows == 2


@pytest.mark.parametrize("name", ["a[1].csv", "a*.csv", "o'b.csv", "café 年.csv"])
def test_names_are_names_and_never_patterns(file, name):
    file("a1.csv", GOOD)
    file("ab.csv", GOOD)
    assert read_orders(file(name, GOOD)).rows == 2


def test_folders_with_an_equals_sign_give_no_columns(folder):
    Path("channel=web").mkdir()
    Path("channel=web/orders.csv").write_text(GOOD)
    assert "channel" not in read_orders("channel=web/orders.csv").columns
    parquet("channel=web/o.parquet", "SELECT 1 AS customer, DATE '2026-03-01' AS date, 1 AS amount")
    assert "channel" not in read_orders("channel=web/o.parquet").columns


def test_progress_is_told_in_words(file):
    told: list[str] = []
    read_orders(file("orders.csv", GOOD), progress=told.append)
    assert told == ["opening orders.csv", "reading orders.csv"]


def test_pipes_are_read(folder):
    if not hasattr(os, "mkfifo"):
        pytest.skip("no named pipes here")
    os.mkfifo("pipe.csv")
    writer = Thread(target=Path("pipe.csv").write_text, args=[GOOD])
    writer.start()
    assert read_orders("pipe.csv").rows == 2
    writer.join()


@given(st.lists(st.tuples(ids, numbers, texts), min_size=1), st.sampled_from(["\n", "\r\n"]))
def test_csv_of_the_standard_library_is_read_back_whole(rows, end):
    page = io.StringIO()
    writer = csv.writer(page, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["customer", "date", "amount", "product"])
    writer.writerows((name, "2026-03-01", repr(amount), product) for name, amount, product in rows)
    log = read_orders("-", stdin=io.BytesIO(page.getvalue().encode())).log
    assert log.customer.tolist() == [name for name, _, _ in rows]
    assert log.amount.tolist() == [amount for _, amount, _ in rows]
    assert log.product.tolist() == [product or None for _, _, product in rows]


@given(st.lists(st.tuples(ids, numbers, ids), min_size=1), ids)
def test_json_lines_of_the_standard_library_are_read_back_whole(rows, key):
    key = f"-{key}-"
    lines = [
        json.dumps({key: name, "date": "2026-03-01", "amount": amount, "product": product})
        for name, amount, product in rows
    ]
    page = io.BytesIO("\n".join(lines).encode())
    log = read_orders("-", stdin=page, format="jsonl", customer=key).log
    assert log.customer.tolist() == [name for name, _, _ in rows]
    assert log.amount.tolist() == [amount for _, amount, _ in rows]
    assert log.product.tolist() == [product for _, _, product in rows]


@pytest.mark.parametrize("key", ["a/b", "~1", "~0/~", 'a"b', "$.x", "0", "a.b[0]", "*"])
def test_keys_of_json_may_be_anything(file, key):
    text = json.dumps({key: "x", "date": "2026-03-01", "amount": 1})
    assert read_orders(file("o.jsonl", text), customer=key).log.customer.tolist() == ["x"]


@pytest.mark.parametrize("name", ['a"b', "select", "x'; DROP TABLE y --", "c0", "r0", "h"])
def test_names_of_columns_may_be_anything(file, name):
    quoted = '"' + name.replace('"', '""') + '"'
    text = f"{quoted},date,amount\nx,2026-03-01,1\n"
    assert read_orders(file("o.csv", text), customer=name).log.customer.tolist() == ["x"]
    parquet("o.parquet", f"SELECT 'x' AS {quoted}, DATE '2026-03-01' AS date, 1 AS amount")
    assert read_orders("o.parquet", customer=name).log.customer.tolist() == ["x"]
