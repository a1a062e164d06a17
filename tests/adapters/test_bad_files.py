"""Order files that are refused, and in which words."""

from __future__ import annotations

import gzip
import math
import sys
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from relmkt.adapters.files import read_orders
from relmkt.errors import (
    FileError,
    InvalidRowsError,
    InvalidValueError,
    MissingExtraError,
    RelmktError,
    UnknownNameError,
)

HEADER = "customer,date,amount\n"
GOOD = HEADER + "0004,2026-03-01,29.33\nC-2,2026-03-02,-5\n"
MEND = "nothing was read: mend the file and try again"


def refused(error: type[RelmktError], *args: object, **options: object) -> str:
    with pytest.raises(error) as caught:
        read_orders(*args, **options)
    return str(caught.value)


def parquet(name: str, query: str) -> str:
    with duckdb.connect() as connection:
        connection.execute(f"COPY ({query}) TO '{name}' (FORMAT parquet)")
    return name


def test_a_missing_file_is_named_with_its_neighbor(file):
    file("orders.csv", GOOD)
    assert refused(FileError, "order.csv") == (
        "order.csv: there is no such file; did you mean 'orders.csv'?"
    )
    assert refused(FileError, "nowhere/at-all.csv") == "nowhere/at-all.csv: there is no such file"


def test_a_folder_is_no_file(folder):
    Path("orders.csv").mkdir()
    assert refused(FileError, "orders.csv") == "orders.csv: is a folder, not a file"


def test_a_file_that_may_not_be_read_says_so(file, monkeypatch):
    name = file("orders.csv", GOOD)

    def deny(*args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", deny)
    assert refused(FileError, name) == "orders.csv: may not be read: permission denied"


def test_a_disk_that_fails_is_told_in_its_own_words(file, monkeypatch):
    name = file("orders.csv", GOOD)

    def fail(*args: object, **options: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", fail)
    assert refused(FileError, name) == "orders.csv: cannot be read: Input/output error"


def test_standard_input_must_be_there():
    assert refused(FileError, "-") == "-: there is no standard input here; name a file"


def test_an_empty_file_is_refused(file):
    assert refused(FileError, file("orders.csv", "")) == "orders.csv: is empty"
    assert refused(FileError, file("o.csv.gz", gzip.compress(b""))) == "o.csv.gz: is empty"


def test_a_header_alone_is_refused(file):
    message = refused(FileError, file("orders.csv", HEADER))
    assert message == "orders.csv: has a header and no orders"


def test_a_blank_first_line_is_refused(file):
    assert refused(FileError, file("orders.csv", "\n" + GOOD)) == (
        "orders.csv: line 1 is blank; the first line must name the columns"
    )


def test_a_file_without_a_header_is_refused(file):
    assert refused(FileError, file("orders.csv", "0004,1997-01-01,29.33\n")) == (
        "orders.csv: line 1 is no header: 0004, 1997-01-01, 29.33;"
        " the first line must name the columns"
    )


def test_a_picture_is_refused(file):
    message = refused(FileError, file("orders.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0"))
    assert message == (
        "orders.csv: is not a text file: line 3 holds a zero byte;"
        " say encoding='utf-16' if another program saved it as Unicode text"
    )


def test_a_zero_byte_far_into_a_file_is_found(file):
    rows = "1,2026-03-01,4\n" * 100_000
    assert "line 100,002 holds a zero byte" in refused(
        FileError, file("orders.csv", HEADER + rows + "a\0b,2026-03-01,4\n")
    )


def test_a_workbook_is_refused(file):
    assert refused(FileError, file("orders.csv", b"PK\x03\x04" + b"\0" * 50)) == (
        "orders.csv: is a workbook or an archive, not text; save the sheet as CSV UTF-8"
    )


def test_text_under_the_name_of_parquet_is_refused(file):
    assert refused(FileError, file("orders.parquet", GOOD)) == (
        "orders.parquet: is not a Parquet file; say format='csv' or format='jsonl' if it is text"
    )


def test_parquet_under_the_name_of_text_is_refused(folder):
    parquet("orders.parquet", "SELECT 1 AS customer")
    Path("orders.parquet").rename("orders.csv")
    assert refused(FileError, "orders.csv") == "orders.csv: is a Parquet file; say format='parquet'"


def test_damaged_parquet_is_refused(file):
    message = refused(FileError, file("orders.parquet", b"PAR1" + b"x" * 20))
    assert message.startswith("orders.parquet: is a damaged Parquet file (")
    parquet(
        "o.parquet",
        "SELECT i AS customer, DATE '2026-03-01' AS date, i AS amount FROM range(9999) t(i)",
    )
    content = bytearray(Path("o.parquet").read_bytes())
    content[20:4000] = b"\xff" * 3980
    message = refused(FileError, file("o.parquet", bytes(content)))
    assert message.startswith("o.parquet: cannot be read as parquet: ")


def test_a_damaged_gzip_file_is_refused(file):
    whole = gzip.compress(GOOD.encode() * 100)
    for content in (whole[:-10], whole[:12] + b"\xff" * 40, b"\x1f\x8bxx"):
        assert refused(FileError, file("o.csv.gz", content)) == (
            "o.csv.gz: cannot be read: the gzip file is damaged or cut short"
        )


def test_text_that_is_not_utf8_is_refused_with_its_line(file):
    remedy = "say which encoding it has, for example encoding='cp1252'"
    text = (HEADER + '"a\nb",2026-03-01,1\nMüller,2026-03-01,1\n').encode("latin-1")
    assert refused(FileError, file("o.csv", text)) == f"o.csv: is not in UTF-8 (line 4); {remedy}"
    text = "Größe,date,amount\n1,2026-03-01,1\n".encode("latin-1")
    assert refused(FileError, file("o.csv", text)) == f"o.csv: is not in UTF-8 (line 1); {remedy}"
    text = '{"customer":1,"date":"2026-03-01","amount":1}\n{"customer":"ü"}\n'.encode("latin-1")
    message = refused(FileError, file("o.jsonl", text))
    assert message == f"o.jsonl: is not in UTF-8 (line 2); {remedy}"
    text = GOOD.encode("utf-16")
    assert refused(FileError, file("o.csv", text)) == (
        "o.csv: is not in UTF-8; say encoding='utf-16'"
    )


def test_text_that_is_not_in_the_encoding_named_is_refused(file):
    name = file("o.csv", GOOD.encode() + b"\x81,2026-03-01,1\n")
    assert refused(FileError, name, encoding="cp1252") == (
        "o.csv: is not in cp1252 (character maps to <undefined>, after line 1);"
        " say which encoding it has, for example encoding='cp1252'"
    )
    assert "is not in utf-16" in refused(FileError, file("o.csv", GOOD), encoding="utf-16")


def test_an_unknown_encoding_is_refused(file):
    name = file("o.csv", GOOD)
    message = refused(UnknownNameError, name, encoding="latn-1")
    assert message.startswith("no encoding 'latn-1' in o.csv; did you mean 'latin-1'?")
    assert "no encoding 'base64'" in refused(UnknownNameError, name, encoding="base64")


def test_an_unknown_kind_of_file_is_refused(file):
    assert refused(FileError, file("orders.xlsx", b"PK")) == (
        "orders.xlsx: its name does not tell what kind of file it is; let it end in .csv, .tsv,"
        " .txt, .parquet, .pq, .jsonl, .ndjson, or say format='csv', 'parquet' or 'jsonl'"
    )
    assert refused(UnknownNameError, file("o.csv", GOOD), format="jsonlines") == (
        "no file format 'jsonlines' in o.csv; did you mean 'jsonl'? There are: csv, parquet, jsonl"
    )


def test_a_missing_column_is_asked_for_by_its_option(file):
    assert refused(UnknownNameError, file("o.csv", "custmer,date,amount\n1,2,3\n")) == (
        "no column 'customer' in o.csv (name it by customer='...'; --customer on the command line);"
        " did you mean 'custmer'? There are: custmer, date, amount"
    )
    message = refused(UnknownNameError, file("o.csv", GOOD), amount="amuont")
    assert message.startswith("no column 'amuont' in o.csv (name it by amount='...'")
    assert "did you mean 'amount'?" in message
    message = refused(UnknownNameError, file("o.csv", GOOD), columns={"channel": "chanel"})
    assert message.startswith(
        "no column 'chanel' in o.csv (name it by columns={'channel': '...'});"
    )


def test_names_that_would_command_a_terminal_are_disarmed(file):
    message = refused(UnknownNameError, file("o.csv", "\x1b[31mred,date,amount\n1,2,3\n"))
    assert "There are: \ufffd[31mred, date, amount" in message.replace("there are", "There are")


def test_an_unknown_field_is_refused(file):
    message = refused(UnknownNameError, file("o.csv", GOOD), columns={"chanel": "x"})
    assert message.startswith("no field of an order 'chanel'; did you mean 'channel'?")


def test_several_columns_that_may_be_meant_are_refused(file):
    name = file("o.csv", "customer,customer_id,date,amount\nA,1,2026-03-01,3\n")
    assert refused(FileError, name) == (
        "o.csv: has several columns that may be the customer: customer, customer_id; say which it"
        " is: customer='customer' (--customer on the command line)"
    )
    assert read_orders(name, customer="customer_id").log.customer.tolist() == ["1"]


def test_names_that_stand_twice_are_refused(file):
    message = "names the column 'amount' 2 times; give each column its own name"
    name = file("o.csv", "customer,date,amount,amount\n1,2026-03-01,3,4\n")
    assert refused(FileError, name) == f"o.csv: {message}"
    name = file("o.jsonl", '{"customer":1,"date":"2026-03-01","amount":1,"amount":2}\n')
    assert refused(FileError, name) == f"o.jsonl: {message}"


def test_bad_cells_are_named_with_line_column_value_and_remedy(file):
    text = HEADER + (
        '"a\nb",2026-03-01,"1,234.50"\n'
        "\n"
        ",2026-13-01,nan\n"
        "1,,inf\n"
        "2,20260301,12 EUR\n"
        "3,1.3.2026,\n"
        "4,2026-03-01,4\n"
    )
    no_date = "'date' must be a date written as 2026-03-31 or 2026-03-31T09:30:00"
    no_such = "there is no such day, or no such time"
    format_ = "say how dates are written, for example date_format="
    thousands = "leave out the separators of thousands"
    plainly = "write it plainly, without signs of currency or spaces"
    told = refused(InvalidRowsError, file("o.csv", text)).splitlines()
    assert [line.split("; ") for line in told] == [
        ["5 bad rows in o.csv"],
        [f"  line 2: 'amount' must be a number, got '1,234.50': {thousands}"],
        [
            "  line 5: 'customer' must be given, got None",
            f"{no_date}, got '2026-13-01': {no_such}",
            "'amount' must be a number, not NaN, got 'nan'",
        ],
        ["  line 6: 'date' must be given, got None", "'amount' must be finite, got 'inf'"],
        [
            f"  line 7: {no_date}, got '20260301': {format_}'%Y%m%d'",
            f"'amount' must be a number, got '12 EUR': {plainly}",
        ],
        [
            f"  line 8: {no_date}, got '1.3.2026': {format_}'%d.%m.%Y'",
            "'amount' must be given, got None",
        ],
        [MEND],
    ]


@pytest.mark.parametrize(
    ("cell", "decimal", "remedy"),
    [
        ("12,50", ".", "if that parts the whole from the fraction, say decimal=','"),
        ("1.234,50", ".", "leave out the separators of thousands, and say decimal=','"),
        ("12.50", ",", "if that parts the whole from the fraction, say decimal='.'"),
        ("1.234,50", ",", "leave out the separators of thousands"),
        ("1,234.50", ",", "leave out the separators of thousands, and say decimal='.'"),
        ("1_000", ".", "write it plainly, without signs of currency or spaces"),
        ("0x1F", ".", "write it plainly, without signs of currency or spaces"),
        ("true", ".", "write it plainly, without signs of currency or spaces"),
    ],
)
def test_numbers_written_otherwise_are_refused_with_the_remedy(file, cell, decimal, remedy):
    name = file("o.csv", f'{HEADER}1,2026-03-01,"{cell}"\n')
    assert f"'amount' must be a number, got '{cell}': {remedy}" in refused(
        InvalidRowsError, name, decimal=decimal
    )


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e999"])
def test_infinite_amounts_are_refused(file, cell):
    name = file("o.csv", f"{HEADER}1,2026-03-01,{cell}\n")
    assert f"line 2: 'amount' must be finite, got '{cell}'" in refused(InvalidRowsError, name)


def test_integers_that_would_be_rounded_are_refused(file):
    assert read_orders(file("o.csv", f"{HEADER}1,2026-03-01,{2**53}\n")).log.amount[0] == 2**53
    for cell in (2**53 + 1, -(2**53) - 1, 10**40):
        message = refused(InvalidRowsError, file("o.csv", f"{HEADER}1,2026-03-01,{cell}\n"))
        assert f"'amount' must be at most 2**53 in size, got '{cell}'" in message


@pytest.mark.parametrize(
    "cell",
    [
        "infinity",
        "epoch",
        "today",
        "2026-02-30",
        "0000-01-01",
        "10000-01-01",
        "2026-3-1",
        "2026/03/01",
        "46082",
        "2026-03-01T25:00",
        "2026-03-01T10:00 Europe/Vienna",
    ],
)
def test_dates_that_are_none_are_refused(file, cell):
    message = refused(InvalidRowsError, file("o.csv", f"{HEADER}1,{cell},1\n"))
    assert "line 2: 'date' must be a date written as 2026-03-31" in message
    assert f"got '{cell}'" in message


def test_dates_unlike_their_format_are_refused(file):
    message = refused(
        InvalidRowsError, file("o.csv", HEADER + "1,2026-03-01,1\n"), date_format="%d.%m.%Y"
    )
    assert "'date' must be a date written as %d.%m.%Y, got '2026-03-01'" in message


def test_dates_partly_with_a_zone_are_refused(file):
    name = file("o.csv", HEADER + "1,2026-03-01T10:00Z,1\n1,2026-03-02,1\n")
    assert refused(FileError, name) == (
        "o.csv: column 'date' has a zone on line 2 and none on line 3;"
        " give all of them a zone, or none"
    )


def test_an_id_of_spaces_is_missing(file):
    message = refused(InvalidRowsError, file("o.csv", HEADER + "  ,2026-03-01,1\n"))
    assert "line 2: 'customer' must be given" in message


def test_negative_discounts_are_refused(file):
    name = file("o.csv", "customer,date,amount,discount\n1,2026-03-01,1,-2\n")
    assert "line 2: 'discount' must be at least 0, got '-2'" in refused(InvalidRowsError, name)


def test_all_bad_rows_are_counted_and_the_first_are_named(file):
    rows = "1,2026-03-01,4\n1,2026-03-01,x\n" * 5_000
    message = refused(InvalidRowsError, file("o.csv", HEADER + rows), limit_problems=3)
    assert message.splitlines()[0] == "5,000 bad rows in o.csv"
    assert [line.split(":")[0] for line in message.splitlines()[1:4]] == [
        "  line 3",
        "  line 5",
        "  line 7",
    ]
    assert message.splitlines()[4:] == ["  … and 4,997 more", MEND]


def test_a_million_character_cell_makes_no_million_character_message(file):
    name = file("o.csv", f"{HEADER}1,2026-03-01,{'9x' * 500_000}\n")
    message = refused(InvalidRowsError, name)
    assert "(1,000,002 characters)" in message
    assert "line 2: 'amount' must be a number" in message
    assert len(message) < 400


def test_after_a_field_too_long_to_count_lines_rows_are_named(file):
    text = f'{HEADER}"{",y" * 600_000}",2026-03-01,1\n1,2026-03-01,x\n'
    assert "  row 2: 'amount' must be" in refused(InvalidRowsError, file("o.csv", text))


def test_a_line_beyond_two_million_bytes_is_refused(file):
    name = file("o.csv", f"{HEADER}1,2026-03-01,4\n{'y' * 2_100_000},2026-03-01,1\n")
    assert "  line 3: longer than 2,000,000 bytes\n" in refused(InvalidRowsError, name)


def test_a_header_of_a_million_characters_is_refused(file):
    assert refused(FileError, file("o.csv", "x" * 1_000_000 + "\n1\n")) == (
        "o.csv: line 1 is no header; the first line must name the columns"
    )


def test_ragged_rows_are_named_by_their_true_lines(file):
    text = (
        "\ufeff"
        + HEADER
        + '1,2026-03-01\n"a\nb",2026-03-01,1\n\n2,2026-03-01,4,5\n"x"y,2026-03-01,1\n'
    )
    assert refused(InvalidRowsError, file("o.csv", text)).splitlines() == [
        "3 bad rows in o.csv",
        "  line 2: fewer fields than the header, which has 3",
        "  line 6: more fields than the header, which has 3",
        "  line 7: a quote that is not closed, or text after a closing quote",
        "put fields that hold the delimiter in double quotes, and double the quotes in them",
    ]


def test_a_quote_that_is_never_closed_is_refused(file):
    name = file("o.csv", GOOD + '"C-3,2026-03-01,4\n' + "C-4,2026-03-01,4\n" * 10)
    assert "  line 4: a quote that is not closed" in refused(InvalidRowsError, name)


def test_lines_of_old_macs_are_counted_too(file):
    text = (HEADER + "1,2026-03-01\n2,2026-03-01,4\n3,2026-03-01\n").replace("\n", "\r")
    lines = refused(InvalidRowsError, file("o.csv", text)).splitlines()
    assert [line.split(":")[0] for line in lines[1:3]] == ["  line 2", "  line 4"]


def test_lines_that_end_in_two_ways_are_refused(file):
    assert refused(FileError, file("o.csv", HEADER + "1,2026-03-01,4\r\n2,2026-03-01,4\n")) == (
        "o.csv: cannot be parted into lines and fields; let all lines end in the same way, and put"
        " fields that hold line ends in double quotes"
    )


def test_two_currencies_are_refused(file):
    text = "customer,date,amount,currency\n1,2026-03-01,4,EUR\n\n2,2026-03-01,4,USD\n"
    assert refused(FileError, file("o.csv", text)) == (
        "o.csv: is in two currencies: EUR (line 2) and USD (line 4);"
        " bring all amounts into one currency, and name it on each line"
    )
    assert "none (line 4)" in refused(FileError, file("o.csv", text.replace("USD", "")))
    log = read_orders(file("o.csv", text.replace("USD", "EUR"))).log
    assert log.currency.tolist() == ["EUR", "EUR"]
    assert read_orders(file("o.csv", text), columns={"currency": None}).rows == 2


def test_lines_that_are_no_json_objects_are_named(file):
    text = '{"customer":1,"date":"2026-03-01","amount":1}\n\n[1]\n{"customer":\n'
    assert refused(InvalidRowsError, file("o.jsonl", text)).splitlines() == [
        "2 bad rows in o.jsonl",
        "  line 3: not one JSON object",
        "  line 4: not one JSON object",
        "each line must be one whole JSON object, with nothing between the lines",
    ]
    assert refused(FileError, file("o.jsonl", "\n \n")) == "o.jsonl: holds no line of JSON"


def test_bad_values_of_json_are_named_by_their_true_lines(file):
    text = '{"customer":1,"date":"2026-03-01","amount":1}\n\n{"customer":2.5,"amount":NaN}\n'
    assert refused(InvalidRowsError, file("o.jsonl", text)).splitlines()[1] == (
        "  line 3: 'customer' must be text or a whole number below 2**63, got '2.5': write it in"
        " quotation marks to keep it as text; 'date' must be given, got None;"
        " 'amount' must be a number, not NaN, got 'NaN'"
    )


@pytest.mark.parametrize("value", ["true", "[1]", '{"a":1}', str(2**63), str(10**30)])
def test_ids_of_json_are_text_or_whole_numbers(file, value):
    name = file("o.jsonl", f'{{"customer":{value},"date":"2026-03-01","amount":1}}\n')
    assert "line 1: 'customer' must be text or a whole number" in refused(InvalidRowsError, name)


def test_ids_that_are_text_here_and_numbers_there_are_refused(file):
    rest = '"date":"2026-03-01","amount":1}\n'
    name = file("o.jsonl", '{"customer":"1",' + rest + '{"customer":1,' + rest)
    assert refused(FileError, name) == (
        "o.jsonl: column 'customer' is text on line 1 and a number on line 2;"
        " write all ids in quotation marks, or none"
    )


def test_bad_values_of_parquet_are_named_by_their_rows(folder):
    name = parquet(
        "o.parquet",
        "SELECT 'a' AS customer, DATE '2026-03-01' AS date,"
        " unnest([1, 'nan'::DOUBLE, NULL, 'inf']) AS amount",
    )
    assert refused(InvalidRowsError, name).splitlines()[1:4] == [
        "  row 2: 'amount' must be a number, not NaN, got 'nan'",
        "  row 3: 'amount' must be given, got None",
        "  row 4: 'amount' must be finite, got 'inf'",
    ]


def test_nan_is_found_where_the_statistics_of_a_file_leave_it_out(folder):
    amounts = np.array([1.0, 2.0, math.nan])
    days = [date(2026, 3, 1)] * 3
    pq.write_table(pa.table({"customer": ["a"] * 3, "date": days, "amount": amounts}), "o.parquet")
    told = refused(InvalidRowsError, "o.parquet")
    assert "row 3: 'amount' must be a number, not NaN, got 'nan'" in told


def test_fractions_are_no_ids(folder):
    name = parquet(
        "o.parquet", "SELECT 1.5::DOUBLE AS customer, DATE '2026-03-01' AS date, 1 AS amount"
    )
    assert "row 1: 'customer' must be text or a whole number" in refused(InvalidRowsError, name)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"decimal": "'"}, "'decimal' must be '.' or ',', got \"'\""),
        (
            {"delimiter": ";;"},
            "'delimiter' must be one character, and no quote or line end, got ';;'",
        ),
        ({"limit_problems": 0}, "'limit_problems' must be at least 1, got 0"),
        (
            {"date_format": "%Q"},
            "'date_format' must be written in the codes of strptime, got '%Q': as '%d.%m.%Y'",
        ),
    ],
)
def test_options_that_make_no_sense_are_refused(file, options, message):
    assert refused(InvalidValueError, file("o.csv", GOOD), **options) == message


def test_without_duckdb_the_extra_is_named(file, monkeypatch):
    monkeypatch.setitem(sys.modules, "duckdb", None)
    assert refused(MissingExtraError, file("o.csv", GOOD)) == (
        "reading and writing files needs the package 'duckdb': run  pip install 'relmkt[cli]'"
    )


def test_lines_are_counted_right_far_into_a_large_file(file):
    long = f'"{"x" * 500_000}\n{"y" * 500_000}",2026-03-01,1\n'
    text = HEADER + long * 40
    message = refused(InvalidRowsError, file("o.csv", text + "1,2026-03-01\n" + long))
    assert "  line 82: fewer fields" in message
    message = refused(InvalidRowsError, file("o.csv", text + "1,2026-03-01,x\n" + long))
    assert "  line 82: 'amount' must be a number" in message
