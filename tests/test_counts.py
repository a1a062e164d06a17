"""A number agrees with its noun."""

from __future__ import annotations

import pytest

from relmkt._counts import counted
from relmkt.replay import replay
from tests.test_replay import Care, risks


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "0 looks"), (1, "1 look"), (2, "2 looks"), (1000, "1,000 looks"), (-1, "-1 looks")],
)
def test_one_is_singular_and_any_other_number_plural(count, told):
    assert counted(count, "look") == told


def test_a_plural_of_its_own_is_taken():
    assert [counted(many, "entry", "entries") for many in (1, 2)] == ["1 entry", "2 entries"]


def test_a_replay_of_one_customer_with_one_change_counts_in_the_singular():
    told = str(replay(Care(), risks(0.1, 0.9), within=1))
    assert "2 looks from 2026-01-31 to 2026-03-02, 1 customer\n" in told
    assert "1 change, 1 for each customer; 0.0% came back within 1 look" in told
