"""Rows gathered by id, and brought into order of time, without a Python loop over the rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeAlias, cast

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.errors import InvalidValueError

__all__ = [
    "Sorted",
    "by_first_appearance",
    "by_id_and_moment",
    "refuse_other_ids",
    "stable_order",
]

Rows: TypeAlias = NDArray[np.int32]
"""Row numbers and codes. Four bytes, for they are what a large log costs beside itself."""

_BLOCK = 1 << 15
"""Rows at a time, so that temporaries stay in the cache."""

_SPAN = 2
"""Whole numbers that reach at most so many times as far as there are rows need no hash."""

_ROUNDS = 12
"""Rounds of hashing before the rest is sorted; three or four are usual."""

_KEY_BITS = 63
"""What a signed integer holds beside its sign."""

_ODD = np.uint64(0x9E3779B97F4A7C15)
"""An odd multiplier with well-mixed bits: 2**64 over the golden ratio."""


# ------------------------------------------------------------------------------ codes of ids


def by_first_appearance(ids: NDArray[Any]) -> tuple[Rows, Rows]:
    """Number the ids in the order in which they first appear.

    Parameters
    ----------
    ids
        Shape (n,), of any dtype; equal ids are one.

    Returns
    -------
    codes
        The number of each row's id, shape (n,).
    firsts
        For each number the row where it first appears, shape (k,), ascending.

    Examples
    --------
    >>> import numpy as np
    >>> from relmkt._grouping import by_first_appearance
    >>> by_first_appearance(np.array(["b", "a", "b"]))
    (array([0, 1, 0], dtype=int32), array([0, 1], dtype=int32))
    """
    if len(ids) >= 2**31:
        raise InvalidValueError("log", "have fewer than 2**31 rows", len(ids), remedy="split it")
    if ids.dtype.hasobject or ids.dtype.kind in "Vc":
        return _numbered_by_dict(ids)
    starts = _runs(ids)
    if starts is None:
        return _numbered(_leaders(ids))
    # Rows of one customer stand together: to number the heads of the runs is enough.
    codes, firsts = _numbered(_leaders(ids[starts]))
    lengths = np.diff(starts, append=len(ids))
    return np.repeat(codes, lengths), starts[firsts].astype(np.int32)


def _numbered_by_dict(ids: NDArray[Any]) -> tuple[Rows, Rows]:
    held = list(ids)
    try:
        codes = {name: number for number, name in enumerate(dict.fromkeys(held))}
    except TypeError as error:
        raise InvalidValueError("id", "be hashable", str(error), remedy="make ids text") from None
    found = np.fromiter(map(codes.__getitem__, held), dtype=np.int32, count=len(ids))
    # Numbers rise by one where an id is new.
    highest = np.maximum.accumulate(found)
    return found, np.flatnonzero(np.diff(highest, prepend=-1)).astype(np.int32)


def _numbered(leaders: Rows) -> tuple[Rows, Rows]:
    """From the first row of each row's id, its number."""
    leads = leaders == np.arange(len(leaders), dtype=np.int32)
    numbers = np.cumsum(leads, dtype=np.int32)
    numbers -= 1
    return numbers[leaders], np.flatnonzero(leads).astype(np.int32)


def _runs(ids: NDArray[Any]) -> NDArray[np.intp] | None:
    """Where runs of equal neighbors start, if there are at most half as many as rows."""
    head = ids[:_BLOCK]
    if 2 * np.count_nonzero(head[1:] == head[:-1]) < len(head) or not len(ids):
        return None
    new = np.ones(len(ids), dtype=np.bool_)
    new[1:] = ids[1:] != ids[:-1]
    return np.flatnonzero(new) if 2 * np.count_nonzero(new) <= len(ids) else None


def _leaders(ids: NDArray[Any]) -> Rows:
    """For each row the first row that has the same id.

    A hash table of row numbers, filled a whole column at a time. In each round all rows that are
    left write their number into the slot of their hash, the first row last, so that it stays. Who
    finds an equal id in the slot has found the leader; the others have met another id there, and
    try again with another part of the hash. Ids are compared themselves, so that a hash only
    decides how long this takes; should it fail to spread them, sorting ends it.
    """
    small = _from_zero(ids)
    if small is not None:
        return _leaders_of_small(small)
    hashes = _hashes(ids)
    bits = max(len(ids).bit_length(), 4)
    table = np.empty(1 << bits, dtype=np.int32)
    leaders = np.empty(len(ids), dtype=np.int32)
    left = np.arange(len(ids), dtype=np.int32)
    for _ in range(_ROUNDS):
        for part in reversed(_parts(len(left))):
            table[_slots(hashes[part], bits)[::-1]] = left[part][::-1]
        unequal = np.empty(len(left), dtype=np.bool_)
        for part in _parts(len(left)):
            rows, found = left[part], table[_slots(hashes[part], bits)]
            unequal[part] = ids[found] != ids[rows]
            leaders[rows] = found  # of those that are unequal a later round knows better
        left = left[unequal]
        if not left.size:
            return leaders
        hashes = hashes[unequal]
        hashes *= _ODD
        hashes ^= hashes >> np.uint64(32)
    _, firsts, codes = np.unique(ids[left], return_index=True, return_inverse=True)
    leaders[left] = left[firsts][codes.reshape(-1)]
    return leaders


def _from_zero(ids: NDArray[Any]) -> NDArray[Any] | None:
    """Whole numbers less the least of them, if they do not reach much further than the rows."""
    if ids.dtype.kind not in "iu" or not len(ids):
        return None
    least = ids.min()
    if int(ids.max()) - int(least) >= _SPAN * len(ids):
        return None
    wide = ids.astype(np.int64) if ids.dtype.kind == "i" else ids
    return wide - wide.dtype.type(least)


def _leaders_of_small(ids: NDArray[Any]) -> Rows:
    """As `_leaders`, with a slot for each number: the first row of it is the last to write."""
    table = np.empty(int(ids.max()) + 1, dtype=np.int32)
    table[ids[::-1]] = np.arange(len(ids) - 1, -1, -1, dtype=np.int32)
    return table[ids]


def _hashes(ids: NDArray[Any]) -> NDArray[np.uint64]:
    """A hash of 64 bits for each id, in which equal ids are equal."""
    words = _as_words(ids)
    hashes = np.zeros(len(words), dtype=np.uint64)
    for part in _parts(len(words)):
        held = hashes[part]
        for column in words[part].T:
            held ^= column
            held *= _ODD
            held ^= held >> np.uint64(32)
        held *= _ODD
    return hashes


def _slots(hashes: NDArray[np.uint64], bits: int) -> NDArray[np.int64]:
    return (hashes >> np.uint64(64 - bits)).astype(np.int64)


def _parts(size: int) -> list[slice]:
    return [slice(start, start + _BLOCK) for start in range(0, size, _BLOCK)]


def _as_words(ids: NDArray[Any]) -> NDArray[Any]:
    """The bytes of the ids as unsigned integers, as wide as fits, shape (n, words)."""
    if ids.dtype.kind == "f":
        ids = ids.astype(np.float64) + 0.0  # minus zero equals zero
    size = ids.dtype.itemsize
    word = next(width for width in (8, 4, 2, 1) if size % width == 0)
    whole = np.ascontiguousarray(ids).view(f"u{word}")
    return cast("NDArray[Any]", whole.reshape(len(ids), size // word))


# ---------------------------------------------------------------------------- order of time


@attrs.frozen(eq=False)
class Sorted:
    """Rows in order of code and moment, and within these in the order given.

    Attributes
    ----------
    rows
        The rows in that order, shape (n,); None if they were in it already.
    codes, moments
        What was sorted, in that order, shape (n,).
    """

    rows: Rows | None
    codes: Rows
    moments: NDArray[Any]


def by_id_and_moment(codes: Rows, moments: NDArray[Any]) -> Sorted:
    """Sort rows by code, then by moment (whole numbers of at least 0).

    Examples
    --------
    >>> import numpy as np
    >>> from relmkt._grouping import by_id_and_moment
    >>> by_id_and_moment(np.array([0, 1, 0], np.int32), np.array([9, 5, 2])).rows
    array([2, 0, 1], dtype=int32)
    """
    if _is_sorted(codes, moments):
        return Sorted(None, codes, moments)
    width = int(moments.max()).bit_length()
    if int(codes.max()).bit_length() + width + len(codes).bit_length() <= _KEY_BITS:
        keys = codes.astype(np.int64)
        keys <<= width
        keys |= moments
        rows = stable_order(keys)
    else:
        rows = stable_order(moments)
        rows = rows[stable_order(codes[rows])]
    return Sorted(rows, codes[rows], moments[rows])


def stable_order(values: NDArray[Any]) -> Rows:
    """The rows in ascending order of their values (at least 0), those of equal ones as they stand.

    To sort the values with the row's number in their last bits takes a fraction of the time of
    sorting the numbers by value.
    """
    width = len(values).bit_length()
    if int(values.max()).bit_length() + width > _KEY_BITS:
        return np.argsort(values, kind="stable").astype(np.int32)
    keys = values.astype(np.int64)
    keys <<= width
    for part in _parts(len(keys)):
        keys[part] |= np.arange(part.start, min(part.stop, len(keys)))
    keys.sort()
    keys &= (1 << width) - 1
    return keys.astype(np.int32)


def _is_sorted(codes: Rows, moments: NDArray[Any]) -> bool:
    for part in _parts(len(codes)):
        and_next = slice(part.start, part.stop + 1)
        code, moment = codes[and_next], moments[and_next]
        same = code[1:] == code[:-1]
        if (code[1:] < code[:-1]).any() or (same & (moment[1:] < moment[:-1])).any():
            return False
    return True


def refuse_other_ids(
    known: Iterable[Any], given: Iterable[Any], rule: str, *, where: str | None = None
) -> None:
    """Refuse ids of another sort: the text '7' and the number 7 are two, which nobody means.

    Parameters
    ----------
    known
        The ids as they are so far; without any, nothing is refused.
    given
        The ids that are looked at beside them.
    rule
        What an id must be, as it follows the word "must"; an example is added.
    where
        Where the given ids stand.

    Raises
    ------
    InvalidValueError
        With the first given id that is a text where all known ones are none, or the other way.
    """
    so_far = list(known)
    sorts = {isinstance(each, str) for each in so_far}
    for each in given:
        if sorts and isinstance(each, str) not in sorts:
            raise InvalidValueError(
                "customer",
                f"{rule}, such as {so_far[0]!r}",
                each,
                where=where,
                remedy="make the ids texts in both, or numbers in both",
            )
