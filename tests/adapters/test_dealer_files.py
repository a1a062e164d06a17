"""Small files of records: one reader for all of them, with the same options and errors."""

from __future__ import annotations

from io import BytesIO

import pytest

from relmkt.adapters.files import (
    read_attitudes,
    read_breaches,
    read_contacts,
    read_dealer_contacts,
    read_dealer_facts,
    read_procedures,
    read_trainings,
)
from relmkt.errors import InvalidRowsError, UnknownNameError

ANSWERS = b"shop;item;asked_on;answer;scale_low;scale_high;note\nD-7;fair;01.03.2026;4;1;5;x\n"


def test_every_option_of_a_file_of_sales_is_one_of_a_small_file():
    found = read_attitudes(
        "-",
        stdin=BytesIO(ANSWERS),
        dealer="shop",
        ignore=["note"],
        delimiter=";",
        date_format="%d.%m.%Y",
        columns={"item": "item"},
        encoding="utf-8",
        format="csv",
        limit_problems=3,
    )
    assert (found.ids.tolist(), found.values("answer")) == (["D-7"], [4.0])


@pytest.mark.parametrize(
    "read",
    [read_attitudes, read_breaches, read_dealer_contacts, read_dealer_facts, read_trainings],
)
def test_an_option_that_is_none_is_refused(read):
    with pytest.raises(TypeError, match="encodin"):
        read("-", stdin=BytesIO(b"dealer\n"), encodin="utf-8")


def test_each_bad_row_is_named_up_to_the_limit():
    text = b"dealer,key_dealer\nD-7,perhaps\nD-8,maybe\nD-9,yes\n"
    with pytest.raises(InvalidRowsError) as error:
        read_dealer_facts("-", stdin=BytesIO(text), limit_problems=1)
    assert error.value.total == 2
    assert "line 2: 'key_dealer'" in str(error.value)
    assert "and 1 more" in str(error.value)


@pytest.mark.parametrize(
    ("read", "text", "said"),
    [
        (read_procedures, b"dealer_class,fair\n", "no field of a procedure 'fair'"),
        (read_trainings, b"dealer,topic\nD-7,x\n", "no column 'held_on'"),
        (read_contacts, b"customer,dai\nC-1,x\n", "no field of a contact 'dai'"),
    ],
)
def test_a_column_that_is_none_and_one_that_is_missing_are_named(read, text, said):
    with pytest.raises(UnknownNameError, match=said):
        read("-", stdin=BytesIO(text))
