"""Ids are texts throughout, or numbers throughout."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt._grouping import refuse_other_ids
from relmkt.errors import InvalidValueError

texts, numbers = st.lists(st.text(min_size=1)), st.lists(st.integers())


@given(texts, numbers, st.booleans())
def test_the_text_7_and_the_number_7_are_two(words, counts, swapped):
    known, given_ = (counts, words) if swapped else (words, counts)
    if not (known and given_):
        refuse_other_ids(known, given_, "be alike")
        return
    with pytest.raises(InvalidValueError) as caught:
        refuse_other_ids(known, given_, "be alike", where="the file")
    assert f"'customer' must be alike, such as {known[0]!r}, got" in str(caught.value)
    assert str(caught.value).endswith(
        "for the file: make the ids texts in both, or numbers in both"
    )
    assert caught.value.value == given_[0]


@given(texts | numbers)
def test_ids_of_one_sort_are_taken(ids):
    refuse_other_ids(ids, ids[::-1], "be alike")
    refuse_other_ids([*ids, 7, "7"], ids, "be alike")
