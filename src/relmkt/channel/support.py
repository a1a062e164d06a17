"""What contacts, trainings and surveys say of dealers: dependency, silence, coverage, attitude."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike, NDArray

from relmkt._grouping import by_first_appearance
from relmkt.channel.dealer_columns import AttitudeAnswers, DealerContacts, DealerTrainings
from relmkt.errors import InvalidValueError

__all__ = [
    "Attitudes",
    "Dependency",
    "TrainingCoverage",
    "days_since_contact",
    "dealer_attitude",
    "key_person_dependency",
    "training_coverage",
]

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]


@attrs.frozen(eq=False, kw_only=True)
class Dependency:
    """How much of each relationship hangs on one employee, row by row of the dealers asked for.

    Attributes
    ----------
    contacts
        Contacts in the period, shape (n,).
    employee
        Who has the largest share, shape (n,); of equal ones the first by name; None for nobody.
    lowest, highest
        The share of one employee, if what has no name was the work of others, and if it was all
        the work of one; shape (n,). NaN where there is nothing to share, or the sum is not above 0.
    """

    contacts: Counts
    employee: NDArray[Any]
    lowest: Numbers
    highest: Numbers


def key_person_dependency(
    contacts: DealerContacts, dealers: ArrayLike, *, by: str = "contacts"
) -> Dependency:
    """The largest share of the contacts, or of the revenue, of each dealer that one employee has.

    Contacts without an employee are neither left out nor given to one: the share lies between two
    bounds. Revenue is netted for each employee first. Whoever is below zero then counts as 0, for a
    share of more than all says nothing; so do contacts whose revenue is unknown.

    Parameters
    ----------
    contacts
        The contacts of the period.
    dealers
        The ids of the dealers that are asked for, shape (n,).
    by
        ``"contacts"`` or ``"revenue"``.

    Raises
    ------
    InvalidValueError
        For another word.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import DealerContacts, key_person_dependency
    >>> contacts = DealerContacts(
    ...     dealer=["D-7"] * 4,
    ...     contacted_on=[date(2026, 3, 1)] * 4,
    ...     employee=["Ines", "Ines", "Jo", None],
    ... )
    >>> found = key_person_dependency(contacts, ["D-7", "D-8"])
    >>> found.employee.tolist(), found.lowest.tolist(), found.highest.tolist()
    (['Ines', None], [0.5, nan], [0.75, nan])
    """
    if by not in {"contacts", "revenue"}:
        raise InvalidValueError("by", 'be "contacts" or "revenue"', by)
    ids, place = _places(contacts.ids, dealers)
    here = place >= 0
    size = len(ids)
    count = np.bincount(place[here], minlength=size).astype(np.int64)
    weight = np.ones(len(contacts)) if by == "contacts" else contacts.revenue
    used = here & ~np.isnan(weight)
    names = contacts.employee[used]
    is_named = np.asarray(names != np.array(None, dtype=object))
    order = sorted(set(names[is_named].tolist()))
    number = {name: code for code, name in enumerate([*order, None])}
    code = np.array([number[name] for name in names.tolist()], dtype=np.int64)
    width = len(number)
    sums = np.bincount(
        place[used] * width + code, weights=weight[used], minlength=size * width
    ).reshape(size, width)
    sums = np.maximum(sums, 0.0)
    total = sums.sum(axis=1)
    unnamed = sums[:, -1].copy()
    own = sums[:, :-1]
    largest = own.max(axis=1, initial=0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        lowest = np.where(total > 0.0, largest / total, np.nan)
        highest = np.where(total > 0.0, (largest + unnamed) / total, np.nan)
    who = np.full(size, None, dtype=object)
    has = np.flatnonzero(largest > 0.0)
    who[has] = [order[at] for at in own[has].argmax(axis=1).tolist()] if has.size else []
    return Dependency(contacts=count, employee=who, lowest=lowest, highest=highest)


def days_since_contact(contacts: DealerContacts, dealers: ArrayLike, *, as_of: date) -> Numbers:
    """Days since the last contact with each dealer; NaN where there was none until that day.

    Parameters
    ----------
    contacts
        The contacts; those after the day are not looked at.
    dealers
        The ids of the dealers that are asked for, shape (n,).
    as_of
        The day.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import DealerContacts, days_since_contact
    >>> contacts = DealerContacts(
    ...     dealer=["D-7", "D-7"], contacted_on=[date(2026, 3, 1), date(2026, 3, 9)]
    ... )
    >>> days_since_contact(contacts, ["D-7", "D-8"], as_of=date(2026, 3, 31))
    array([22., nan])
    """
    return _days_since(contacts.ids, contacts.contacted_on, dealers, as_of)


@attrs.frozen(eq=False, kw_only=True)
class TrainingCoverage:
    """In which topics each dealer is trained.

    Attributes
    ----------
    topics
        The topics asked for.
    trained
        Whether it was, and lately enough; shape (n, topics).
    needed
        Whether the topic is asked of the dealer; shape (n, topics).
    share
        The share of the needed topics in which it is trained, shape (n,); NaN where none is needed.
    """

    topics: tuple[str, ...]
    trained: NDArray[np.bool_]
    needed: NDArray[np.bool_]
    share: Numbers

    def missing(self, row: int) -> tuple[str, ...]:
        """The needed topics in which one dealer is not trained."""
        lacking = self.needed[row] & ~self.trained[row]
        return tuple(self.topics[at] for at in np.flatnonzero(lacking).tolist())


def training_coverage(
    trainings: DealerTrainings,
    dealers: ArrayLike,
    topics: Sequence[str],
    *,
    as_of: date,
    valid_days: int | None = None,
    needed: ArrayLike | None = None,
) -> TrainingCoverage:
    """The share of topics in which each dealer was trained, and topic by topic whether it was.

    Parameters
    ----------
    trainings
        The trainings; those of other topics, and after the day, are not looked at.
    dealers
        The ids of the dealers that are asked for, shape (n,).
    topics
        The topics.
    as_of
        The day.
    valid_days
        Days for which a training counts; None for ever.
    needed
        Which topics are asked of which dealer, shape (n, topics); all of all by default.

    Raises
    ------
    InvalidValueError
        When a topic comes twice, the days are negative, or the shape does not fit.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import DealerTrainings, training_coverage
    >>> trainings = DealerTrainings(
    ...     dealer=["D-7", "D-7"],
    ...     topic=["displays", "complaints"],
    ...     held_on=[date(2024, 1, 9), date(2026, 1, 9)],
    ... )
    >>> found = training_coverage(
    ...     trainings,
    ...     ["D-7"],
    ...     ["displays", "complaints"],
    ...     as_of=date(2026, 3, 1),
    ...     valid_days=365,
    ... )
    >>> found.share.tolist(), found.missing(0)
    ([0.5], ('displays',))
    """
    if len(set(topics)) < len(topics):
        raise InvalidValueError("topics", "come once each", list(topics))
    if valid_days is not None and valid_days < 0:
        raise InvalidValueError("valid_days", "be at least 0", valid_days)
    ids, place = _places(trainings.ids, dealers)
    shape = (len(ids), len(topics))
    asked = np.ones(shape, dtype=np.bool_) if needed is None else np.asarray(needed, dtype=np.bool_)
    if asked.shape != shape:
        raise InvalidValueError("needed", f"have the shape {shape}", asked.shape)
    columns = {topic: at for at, topic in enumerate(topics)}
    column = np.array([columns.get(one, -1) for one in trainings.topic.tolist()], dtype=np.intp)
    age = _ages(trainings.held_on, as_of)
    counts = (place >= 0) & (column >= 0) & (age >= 0)
    if valid_days is not None:
        counts &= age <= valid_days
    trained = np.zeros(shape, dtype=np.bool_)
    trained[place[counts], column[counts]] = True
    many = asked.sum(axis=1)
    with np.errstate(invalid="ignore"):
        share = np.where(many > 0, (trained & asked).sum(axis=1) / np.maximum(many, 1), np.nan)
    return TrainingCoverage(topics=tuple(topics), trained=trained, needed=asked, share=share)


@attrs.frozen(eq=False, kw_only=True)
class Attitudes:
    """What dealers answered, row by row of the dealers asked for.

    Attributes
    ----------
    mean
        The mean answer, from 0 for the worst to 1 for the best, shape (n,); NaN without an answer.
    error
        The standard error of that mean, shape (n,); NaN for fewer than two answers.
    answers
        How many answers it is the mean of, shape (n,).
    items
        How many different items they are to, shape (n,).
    days_since
        Days since the last of them, shape (n,); NaN without an answer.
    """

    mean: Numbers
    error: Numbers
    answers: Counts
    items: Counts
    days_since: Numbers


def dealer_attitude(
    answers: AttitudeAnswers, dealers: ArrayLike, *, as_of: date, within_days: int | None = None
) -> Attitudes:
    """The attitude of each dealer as it was measured: mean, error, number and age of its answers.

    Each answer is read on its own scale. Nothing but answers is looked at, and a dealer that gave
    none has no attitude.

    Parameters
    ----------
    answers
        The answers; those after the day are not looked at.
    dealers
        The ids of the dealers that are asked for, shape (n,).
    as_of
        The day.
    within_days
        Only answers at most so many days old count; None for all.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import AttitudeAnswers, dealer_attitude
    >>> answers = AttitudeAnswers(
    ...     dealer=["D-7", "D-7"],
    ...     item=["fair", "prompt"],
    ...     asked_on=[date(2026, 3, 1)] * 2,
    ...     answer=[4, 8],
    ...     scale_low=[1, 0],
    ...     scale_high=[5, 10],
    ... )
    >>> found = dealer_attitude(answers, ["D-7"], as_of=date(2026, 3, 11))
    >>> found.mean.round(3).tolist(), found.answers.tolist(), found.days_since.tolist()
    ([0.775], [2], [10.0])
    """
    ids, place = _places(answers.ids, dealers)
    size = len(ids)
    age = _ages(answers.asked_on, as_of)
    counts = (place >= 0) & (age >= 0)
    if within_days is not None:
        counts &= age <= within_days
    at = place[counts]
    span = answers.scale_high[counts] - answers.scale_low[counts]
    value = (answers.answer[counts] - answers.scale_low[counts]) / span
    many = np.bincount(at, minlength=size).astype(np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.bincount(at, weights=value, minlength=size) / many
        square = np.bincount(at, weights=(value - mean[at]) ** 2, minlength=size)
        error = np.where(many > 1, np.sqrt(square / (many - 1) / many), np.nan)
    kinds, _ = by_first_appearance(answers.item[counts])
    width = int(kinds.max(initial=0)) + 1
    different = np.unique(at * width + kinds)
    return Attitudes(
        mean=mean,
        error=error,
        answers=many,
        items=np.bincount(different // width, minlength=size).astype(np.int64),
        days_since=_days_since(answers.ids[counts], answers.asked_on[counts], dealers, as_of),
    )


def _days_since(
    names: NDArray[Any], days: NDArray[Any], dealers: ArrayLike, as_of: date
) -> Numbers:
    ids, place = _places(names, dealers)
    age = _ages(days, as_of)
    counts = (place >= 0) & (age >= 0)
    least = np.full(len(ids), np.inf)
    np.minimum.at(least, place[counts], age[counts])
    return np.where(np.isinf(least), np.nan, least)


def _ages(days: NDArray[Any], as_of: date) -> Numbers:
    return (np.datetime64(as_of, "D") - days).astype(np.float64)


def _places(names: NDArray[Any], dealers: ArrayLike) -> tuple[list[Any], NDArray[np.int64]]:
    """The dealers asked for, and for each line the place of its dealer among them; -1 for none."""
    ids: list[Any] = np.asarray(dealers).tolist()
    place = {name: at for at, name in enumerate(ids)}
    if len(place) < len(ids):
        again = next(name for at, name in enumerate(ids) if place[name] != at)
        raise InvalidValueError("dealers", "come once each", again)
    codes, firsts = by_first_appearance(names)
    known = np.array([place.get(name, -1) for name in names[firsts].tolist()], dtype=np.int64)
    return ids, known[codes] if len(names) else np.empty(0, dtype=np.int64)
