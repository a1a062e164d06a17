"""Events brought into order: each once, whatever kind of event they are."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.columns import Columns
from relmkt.domain import Tier
from relmkt.errors import InvalidRowsError
from relmkt.ledgers import _order, _packed, in_order
from relmkt.records import CustomerId, identity, instant, member, number, record, text

START = datetime(2026, 3, 1)


@record
class Entry:
    """Something with a number, unlike a consent."""

    who: CustomerId = identity("whose it is")
    when: datetime = instant("when it happened")
    tier: Tier = member(Tier, "what parts those of one moment")
    points: float | None = number("how many", unit="point", default=None)
    key: str | None = text("its id", default=None)
    note: str | None = text("a note", default=None)


class Entries(Columns[Entry]):
    """Many of them."""

    record_type = Entry


entries = st.builds(
    Entry,
    who=st.sampled_from("ab"),
    when=st.sampled_from([START, START + timedelta(days=1)]),
    tier=st.sampled_from(list(Tier)[:2]),
    points=st.sampled_from([None, -1.0, 2.5]),
    key=st.none(),
    note=st.sampled_from([None, "", "x"]),
)


def ordered(told):
    return list(in_order(Entries.of(told), moment="when", tie="tier", key="key"))


def place(entry):
    return entry.when, list(Tier).index(entry.tier)


@given(st.lists(entries, min_size=1, max_size=10), st.randoms())
def test_each_event_stands_once_in_order_of_owner_moment_and_tie(told, random):
    found = ordered(told)
    assert set(found) == set(told)
    assert len(found) == len(set(told))
    assert [who for who, _ in itertools.groupby(found, key=lambda one: one.who)] == list(
        dict.fromkeys(one.who for one in told)
    )
    shuffled = random.sample(told, len(told))
    for who in "ab":
        mine = [one for one in found if one.who == who]
        assert mine == sorted(mine, key=place)
        assert mine == [one for one in ordered(shuffled) if one.who == who]
    assert ordered(found) == found
    assert ordered(told + told) == found


some_numbers = st.one_of(
    st.tuples(st.just(np.int8), st.lists(st.integers(-1, 2), min_size=4, max_size=4)),
    st.tuples(st.just(np.int32), st.lists(st.just(7), min_size=4, max_size=4)),
    st.tuples(
        st.just(np.int64),
        st.lists(st.sampled_from([-(2**63), 0, 2**40, 2**62]), min_size=4, max_size=4),
    ),
    st.tuples(st.just(np.float64), st.lists(st.sampled_from([-1.5, 0.0]), min_size=4, max_size=4)),
)


@given(st.lists(some_numbers, min_size=1, max_size=6))
def test_whole_numbers_side_by_side_in_one_put_rows_in_the_same_order(told):
    numbers = [np.array(values, dtype=kind) for kind, values in told]
    for held in numbers:
        held.flags.writeable = False
    found = _packed(numbers)
    rows = np.lexsort(tuple(reversed(numbers)))
    assert np.lexsort(tuple(reversed(found))).tolist() == rows.tolist()
    assert _order(found).tolist() == _order(numbers).tolist() == rows.tolist()
    for one, other in itertools.pairwise(rows.tolist()):
        agree = all(held[one] == held[other] for held in numbers)
        assert agree == all(held[one] == held[other] for held in found)


def test_no_events_are_in_order():
    assert ordered([]) == []


def test_more_keys_with_two_meanings_than_can_be_named_are_counted():
    told = [
        Entry(who="a", when=START, tier="top", key=f"k{at}", points=points)
        for at in range(12)
        for points in (1, 2)
    ]
    with pytest.raises(InvalidRowsError, match=r"^12 bad rows in the ledger\n") as caught:
        ordered(told)
    assert "key 'k0' stands for two events: they differ in points" in str(caught.value)
    assert caught.value.total - len(caught.value.problems) == 2
