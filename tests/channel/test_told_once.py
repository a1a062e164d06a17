"""A numbered line that is told twice is one sale, wherever sales are counted."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.channel import Agreements, Distributors, SalesLog, review_channel
from relmkt.domain import SalesRecord
from relmkt.errors import InvalidRowsError

DAY = date(2025, 1, 1)
dealers = Distributors(dealer=["A", "B"], market=["North", "North"], territory=["Kiel", "Husum"])


@st.composite
def numbered_sales(draw):
    """Sales that each have a number of their own, or none."""
    return [
        SalesRecord(
            dealer=draw(st.sampled_from(["A", "B"])),
            sold_at=DAY + timedelta(days=draw(st.integers(0, 360))),
            flow=draw(st.sampled_from(["sell_in", "sell_out"])),
            line=draw(st.sampled_from([f"L-{row}", f"L-{row}", None])),
            brand="Lumen",
            product=draw(st.sampled_from(["lamp", None])),
            territory=draw(st.sampled_from(["Kiel", "Husum", None])),
            quantity=draw(st.sampled_from([1, 2.5, None])),
            amount=draw(st.sampled_from([9.99, 20, None])),
            dealer_margin=draw(st.sampled_from([1, None])),
        )
        for row in range(draw(st.integers(1, 12)))
    ]


def reviewed(told):
    return review_channel(
        SalesLog.of(told),
        as_of=date(2025, 12, 31),
        distributors=dealers,
        agreements=Agreements(dealer=[], starts=[]),
    )


@given(numbered_sales(), st.data())
def test_numbered_lines_told_again_change_no_figure(told, data):
    numbered = [one for one in told if one.line is not None]
    again = data.draw(st.lists(st.sampled_from(numbered), max_size=5)) if numbered else []
    mixed = [*told, *again]
    log = SalesLog.of(mixed)
    assert list(log.told_once()) == list(SalesLog.of(told))
    once, twice = reviewed(told), reviewed(mixed)
    assert twice.repeated == len(again)
    assert list(twice.lines()) == list(once.lines())
    assert repr(twice.monthly.sales.tolist()) == repr(once.monthly.sales.tolist())
    assert twice.monthly.left_out == once.monthly.left_out


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("quantity", 3),
        ("quantity", None),
        ("dealer", "B"),
        ("sold_at", DAY),
        ("territory", None),
        ("dealer_margin", 1),
    ],
)
def test_one_number_for_two_sales_is_refused_with_or_without_schedules(name, value):
    line = {
        "dealer": "A",
        "sold_at": date(2025, 3, 1),
        "flow": "sell_in",
        "line": "L-1",
        "brand": "Lumen",
        "territory": "Kiel",
        "quantity": 2,
    }
    told = [SalesRecord(**line), SalesRecord(**(line | {name: value}))]
    with pytest.raises(InvalidRowsError, match=f"line 'L-1' of .*: they differ in {name}") as found:
        reviewed(told)
    assert found.value.rows == (1,)
    assert "a number of its own" in str(found.value)
    log = SalesLog.of(told)
    texts = log.replace(line=np.array(["L-1"] * 2), dealer=np.array(["A"] * 2), quantity=[1, 2])
    with pytest.raises(InvalidRowsError, match="line 'L-1' of dealer 'A' stands for two sales"):
        texts.told_once()
