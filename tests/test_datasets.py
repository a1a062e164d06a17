"""The samples that ship with the library are whole."""

from __future__ import annotations

from datetime import datetime

from relmkt.datasets import cdnow_orders, cdnow_path


def test_cdnow_sample_has_6919_purchases_of_2357_customers_from_january_1997_to_june_1998():
    log = cdnow_orders()
    assert (len(log), len(set(log.ids.tolist()))) == (6919, 2357)
    assert log.ordered_at.min().item() == datetime(1997, 1, 1)
    assert log.ordered_at.max().item() == datetime(1998, 6, 30)


def test_cdnow_ids_are_texts_with_their_zeros():
    assert cdnow_orders().ids[0] == "00004"


def test_cdnow_amounts_are_dollars_with_cents_and_some_are_nothing():
    log = cdnow_orders()
    assert log.one_currency == "USD"
    assert log.amount[:3].tolist() == [29.33, 29.73, 14.96]
    assert (log.amount == 0).sum() == 8
    assert log.quantity.min() == 1


def test_cdnow_file_is_read_where_it_lies_and_names_its_source():
    lines = cdnow_path().read_text(encoding="utf-8").splitlines()
    assert len(lines) == 6920
    note = cdnow_path().parent / "README.md"
    assert "lifetimes 0.11.3" in note.read_text(encoding="utf-8")
