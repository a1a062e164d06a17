"""The ledger: events in, and for each customer, purpose, channel and instant an answer out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from functools import cached_property
from typing import Any, TypeAlias

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt._coercion import coerced, joined
from relmkt._counts import counted
from relmkt._grouping import by_first_appearance
from relmkt.calendars import checked_day
from relmkt.consent._events import ConsentEvents
from relmkt.consent._question import Question
from relmkt.consent._state import ANSWER_CODES, ANSWERS, REASONS, ConsentState
from relmkt.consent._suppressions import Suppressions
from relmkt.domain import Channel, ConsentEvent, ConsentKind, ConsentReason, Purpose
from relmkt.errors import InvalidValueError
from relmkt.ledgers import in_order
from relmkt.records import schema

__all__ = ["ConsentLedger"]

Rows: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

_KINDS = list(ConsentKind)
_NOBODY = -1


@attrs.frozen(kw_only=True, eq=False, repr=False, slots=False)
class ConsentLedger:
    """What customers said about being contacted: events are kept, and every answer is derived.

    An event counts for a question if it is for that purpose (or for none by name, and the purpose
    rests on consent), for that channel (or for none by name), and not later than the instant asked.
    Then, the first that holds:

    1. Whoever was **erased** is not contacted, for service neither.
    2. An **objection** to direct marketing stands, for every channel and for profiling too, unless
       a consent that says that it lifts the objection was granted later.
    3. A **withdrawal** stands unless a consent was granted later. One that names its channel is
       taken back only by a consent that names that channel.
    4. A **consent** stands that is not expired.
    5. There was one, and it is **expired**: no.
    6. Else a marketing contact was **never asked** about, which is neither yes nor no; and a
       service contact rests on no consent.

    "Later" is later: a refusal beats a consent of the same instant. A consent that is expired takes
    nothing back. So an old consent that is imported again changes nothing, whenever that happens.

    These are mechanisms, not legal advice. They lean on the GDPR, Art. 7(3), by which consent is
    withdrawn as easily as it is given, and Art. 21(2) and (3), by which an objection to direct
    marketing is absolute and covers profiling for it.

    Parameters
    ----------
    events
        The events, each once: by customer in order of first appearance, then by time. A
        ledger is made by `from_events`, which brings them into that order.
    suppressions
        Who was erased, as keyed hashes; None where nobody can have been.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> from relmkt.consent import ConsentLedger
    >>> from relmkt.domain import ConsentEvent
    >>> ledger = ConsentLedger.from_events(
    ...     [
    ...         ConsentEvent(
    ...             customer="C-17",
    ...             kind="withdrawn",
    ...             at=datetime(2026, 5, 2, 8, tzinfo=UTC),
    ...             source="link in a letter",
    ...         ),
    ...         ConsentEvent(
    ...             customer="C-17",
    ...             kind="granted",
    ...             channel="email",
    ...             at=datetime(2026, 3, 1, 9, tzinfo=UTC),
    ...             source="web form",
    ...         ),
    ...     ]
    ... )
    >>> asked = {"purpose": "marketing", "channel": "email"}
    >>> state = ledger.state("C-17", **asked, at=datetime(2026, 6, 1, tzinfo=UTC))
    >>> state.allowed, state.text
    (False, 'withdrawn on 2026-05-02 at 08:00 UTC, link in a letter')
    >>> ledger.state("C-17", **asked, at=datetime(2026, 4, 1, tzinfo=UTC)).allowed
    True
    >>> ledger.state("C-18", **asked, at=datetime(2026, 4, 1, tzinfo=UTC)).text
    'never asked'
    """

    events: ConsentEvents
    suppressions: Suppressions | None

    # ------------------------------------------------------------------------------- making

    @classmethod
    def from_events(
        cls,
        events: ConsentEvents | Iterable[ConsentEvent],
        *,
        suppressions: Suppressions | None = None,
    ) -> ConsentLedger:
        """The ledger of these events, in any order, some of them twice.

        Parameters
        ----------
        events
            Records or columns; their times have a zone (`ConsentEvents.localized` gives them one).
        suppressions
            Who was erased before; their events are left out. Needed where events say that a
            customer was erased: that customer's events are left out then, the erasure itself too.

        Raises
        ------
        InvalidRowsError
            When one key stands for two events that differ.
        InvalidValueError
            When times have no zone, or a customer was erased and there is no list to keep that on.
        """
        held = events if isinstance(events, ConsentEvents) else ConsentEvents.of(events)
        if len(held) and not held.in_utc("at"):
            raise InvalidValueError(
                "at",
                "have a zone",
                str(held[0].at),
                where="consent events",
                remedy="say whose clock it was: events.localized('Europe/Berlin')",
            )
        ordered = in_order(held, moment="at", tie="kind", key="key")
        erased = ordered.kind == _KINDS.index(ConsentKind.ERASED)
        if erased.any():
            if suppressions is None:
                raise _no_list()
            suppressions = suppressions.including(ordered.ids[erased])
        if suppressions is not None and len(suppressions):
            owners, firsts = by_first_appearance(ordered.ids)
            gone = suppressions.holds(ordered.ids[firsts])
            ordered = ordered[~gone[owners]] if gone.any() else ordered
        return cls(events=ordered, suppressions=suppressions)

    def extended(self, events: ConsentEvents | Iterable[ConsentEvent]) -> ConsentLedger:
        """The ledger with more events; those that it holds already change nothing.

        Raises
        ------
        InvalidRowsError, InvalidValueError
            As for `from_events`.
        """
        more = events if isinstance(events, ConsentEvents) else ConsentEvents.of(events)
        parts = [part for part in (self.events, more) if len(part)]
        both = ConsentEvents.concatenated(parts) if parts else self.events
        return self.from_events(both, suppressions=self.suppressions)

    def erased(self, ids: Iterable[Any]) -> ConsentLedger:
        """The ledger without anything that these customers said, and with them suppressed.

        It holds nothing by which they can be known. What is left of them is a keyed hash on the
        list of suppressions, by which they stay suppressed if their events are imported again.

        Parameters
        ----------
        ids
            The customers; who is not in the ledger is suppressed all the same.

        Raises
        ------
        InvalidValueError
            When the ledger has no list of suppressions.

        Examples
        --------
        >>> from datetime import UTC, datetime
        >>> from relmkt.consent import ConsentLedger, Suppressions
        >>> from relmkt.domain import ConsentEvent
        >>> yes = ConsentEvent(customer="C-17", kind="granted", at=datetime(2026, 3, 1, tzinfo=UTC))
        >>> nobody = Suppressions(b"32 random bytes, kept elsewhere.")
        >>> ledger = ConsentLedger.from_events([yes], suppressions=nobody).erased(["C-17"])
        >>> ledger
        <ConsentLedger: 0 events of 0 customers, 1 erased>
        >>> again = ledger.extended([yes])
        >>> now = datetime(2026, 4, 1, tzinfo=UTC)
        >>> again.state("C-17", purpose="marketing", channel="email", at=now).text
        'erased, and not to be contacted again'
        """
        if self.suppressions is None:
            raise _no_list()
        return self.from_events(self.events, suppressions=self.suppressions.including(ids))

    # ------------------------------------------------------------------------------- asking

    def state(
        self,
        customer: Any,
        *,
        purpose: Purpose | str,
        channel: Channel | str,
        at: datetime,
    ) -> ConsentState:
        """Whether a customer may be contacted for a purpose by a channel at an instant, and why.

        Parameters
        ----------
        customer
            The customer's id.
        purpose, channel
            What for, and by which way.
        at
            The instant, with a zone. What is said later is not known then.

        Raises
        ------
        InvalidValueError
            For an instant without a zone, and an id that is not hashable.
        UnknownNameError
            For a purpose or a channel that there is not.
        """
        try:
            code = np.array([self._numbers.get(customer, _NOBODY)])
        except TypeError:
            raise InvalidValueError(
                "customer", "be hashable", customer, remedy="make ids text"
            ) from None
        question = Question.of(purpose, channel, at)
        one = np.empty(1, dtype=object)
        one[0] = customer
        reasons, rows = self._judged(code, one, question)
        reason = REASONS[int(reasons[0])]
        row = int(rows[0])
        return ConsentState(
            allowed=ANSWERS[reason],
            reason=reason,
            event=None if row < 0 else self.events[row],
        )

    def allowed(
        self, ids: Any, *, purpose: Purpose | str, channel: Channel | str, at: datetime
    ) -> NDArray[np.int8]:
        """Whether each of these customers may be contacted, shape (n,).

        Parameters
        ----------
        ids
            The customers' ids, shape (n,), some of them perhaps twice.
        purpose, channel, at
            As for `state`.

        Returns
        -------
        codes
            1 where it is allowed, 0 where it is not, -1 where the customer was never asked.

        Examples
        --------
        >>> from datetime import UTC, datetime
        >>> from relmkt.consent import ConsentEvents, ConsentLedger
        >>> events = ConsentEvents(
        ...     customer=[1, 2],
        ...     kind=["granted", "objected"],
        ...     at=[datetime(2026, 3, 1, tzinfo=UTC)] * 2,
        ... )
        >>> ledger, now = ConsentLedger.from_events(events), datetime(2026, 4, 1, tzinfo=UTC)
        >>> ledger.allowed([3, 2, 1], purpose="marketing", channel="post", at=now).tolist()
        [-1, 0, 1]
        >>> ledger.allowed([3, 2, 1], purpose="service", channel="post", at=now).tolist()
        [1, 1, 1]
        """
        return ANSWER_CODES[self.reasons(ids, purpose=purpose, channel=channel, at=at)]

    def reasons(
        self, ids: Any, *, purpose: Purpose | str, channel: Channel | str, at: datetime
    ) -> NDArray[np.int8]:
        """Why each of these customers may be contacted, or may not: codes of `ConsentReason`.

        Parameters
        ----------
        ids, purpose, channel, at
            As for `allowed`.

        Returns
        -------
        codes
            The place of each reason in the order of its type, shape (n,).
        """
        held = _ids(ids)
        return self._judged(self._codes(held), held, Question.of(purpose, channel, at))[0]

    def ends_by(
        self,
        ids: Any,
        *,
        purpose: Purpose | str,
        channel: Channel | str,
        at: datetime,
        day: date,
    ) -> NDArray[np.bool_]:
        """Whether the consent that stands at an instant is expired by a later day, shape (n,).

        A contact that is planned ahead needs a consent that still holds then. Nothing that is said
        after the instant is known.

        Parameters
        ----------
        ids, purpose, channel, at
            As for `allowed`.
        day
            The day of the contact, in UTC.

        Examples
        --------
        >>> from datetime import UTC, date, datetime
        >>> from relmkt.consent import ConsentLedger
        >>> from relmkt.domain import ConsentEvent
        >>> march = datetime(2026, 3, 1, tzinfo=UTC)
        >>> yes = ConsentEvent(customer="C-17", kind="granted", at=march, expires=date(2026, 6, 1))
        >>> ledger = ConsentLedger.from_events([yes])
        >>> asked = {"purpose": "marketing", "channel": "email", "at": march}
        >>> [
        ...     ledger.ends_by(["C-17"], **asked, day=date(2026, month, day)).tolist()
        ...     for month, day in ((5, 31), (6, 1))
        ... ]
        [[False], [True]]
        """
        checked_day("day", day)
        held = _ids(ids)
        codes = self._codes(held)
        question = Question.of(purpose, channel, at)
        later = attrs.evolve(question, until=np.datetime64(day, "D"))
        now, then = (
            ANSWER_CODES[self._judged(codes, held, one)[0]] == 1 for one in (question, later)
        )
        return now & ~then

    def objected(self, ids: Any, *, at: datetime) -> Mask:
        """Whether an objection to direct marketing stands against each, shape (n,).

        It covers profiling for direct marketing too, whatever the channel (GDPR, Art. 21(2)): leave
        these customers out of what is computed for that end alone. A consent that takes the
        objection back for one channel leaves it in force here.

        Parameters
        ----------
        ids, at
            As for `allowed`.
        """
        held = _ids(ids)
        question = Question.of_direct_marketing(at)
        reasons, _ = self._judged(self._codes(held), held, question)
        return reasons == REASONS.index(ConsentReason.OBJECTED)

    # ------------------------------------------------------------------------------ judging

    def _judged(
        self, owners: Rows, ids: NDArray[Any], question: Question
    ) -> tuple[NDArray[np.int8], Rows]:
        """For each customer the reason, and the row that decided, -1 where none did."""
        rows, places = self._rows_of(owners)
        events = self.events
        counts = question.covers(events, rows)
        rows, places = rows[counts], places[counts]
        kind = events.kind[rows]
        granted = kind == _KINDS.index(ConsentKind.GRANTED)
        withdrawn = kind == _KINDS.index(ConsentKind.WITHDRAWN)
        named = events.channel[rows] >= 0
        expires = events.expires[rows]
        live = granted & ~(expires <= question.made_at)

        def latest(where: Mask) -> Rows:
            """The last of these rows of each customer; later ones overwrite earlier ones."""
            found = np.full(len(owners), -1, dtype=np.int64)
            found[places[where]] = rows[where]
            return found

        def standing(refusals: Mask, by: Mask) -> Rows:
            """The last refusal of each customer, unless a live grant that may take it back follows.

            Rows stand in order of time, and of one instant grants come first.
            """
            refusal = latest(refusals)
            return np.where(refusal > latest(live & by), refusal, -1)

        everywhere = np.ones(len(rows), dtype=np.bool_)
        lifts = events.lifts_objection[rows] == 1
        objection = standing(kind == _KINDS.index(ConsentKind.OBJECTED), lifts)
        withdrawal = np.maximum(standing(withdrawn, everywhere), standing(withdrawn & named, named))
        reasons = np.full(len(owners), REASONS.index(question.otherwise), dtype=np.int8)
        decided = np.full(len(owners), -1, dtype=np.int64)
        for reason, found in (
            (ConsentReason.EXPIRED, latest(granted & question.rests_on_consent)),
            (ConsentReason.GRANTED, latest(live)),
            (ConsentReason.WITHDRAWN, withdrawal),
            (ConsentReason.OBJECTED, objection),
        ):
            holds = found >= 0
            reasons[holds] = REASONS.index(reason)
            decided[holds] = found[holds]
        if self.suppressions is not None and len(self.suppressions):
            strangers = np.flatnonzero(owners == _NOBODY)
            gone = strangers[self.suppressions.holds(ids[strangers])]
            reasons[gone] = REASONS.index(ConsentReason.ERASED)
        return reasons, decided

    def _rows_of(self, owners: Rows) -> tuple[Rows, Rows]:
        """The rows of these customers one after the other, and for each row whose it is."""
        known = owners != _NOBODY
        starts = np.where(known, self._starts[owners], 0)
        many = np.where(known, self._starts[owners + 1] - starts, 0)
        places = np.repeat(np.arange(len(owners)), many)
        offsets = np.cumsum(many) - many
        return np.arange(len(places)) + np.repeat(starts - offsets, many), places

    @cached_property
    def _starts(self) -> Rows:
        """Where the events of each customer begin, and behind the last where they end."""
        _, firsts = by_first_appearance(self.events.ids)
        return np.append(firsts.astype(np.int64), len(self.events))

    @cached_property
    def _numbers(self) -> dict[Any, int]:
        """The number of each customer by id."""
        return {name: at for at, name in enumerate(self.events.ids[self._starts[:-1]].tolist())}

    def _codes(self, ids: NDArray[Any]) -> Rows:
        """The number of each of these customers, -1 for one who is not here."""
        known = self.events.ids[self._starts[:-1]]
        codes, _ = by_first_appearance(joined([known, ids]))
        found = codes[len(known) :].astype(np.int64)
        return np.where(found < len(known), found, _NOBODY)

    def __repr__(self) -> str:
        erased = len(self.suppressions) if self.suppressions is not None else 0
        events = counted(len(self.events), "event")
        customers = counted(len(self._starts) - 1, "customer")
        return f"<ConsentLedger: {events} of {customers}, {erased:,} erased>"


def _ids(ids: Any) -> NDArray[Any]:
    declared = schema(ConsentEvent)
    return coerced(declared.features[declared.identity], ids, declared.identity)[0]


def _no_list() -> InvalidValueError:
    return InvalidValueError(
        "suppressions",
        "be given where customers are erased",
        None,
        remedy="Suppressions(secret) remembers by keyed hashes whom nobody may contact again",
    )
