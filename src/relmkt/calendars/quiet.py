"""Quiet hours: when a customer's own clock forbids to call."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeVar, overload

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.calendars._given import distinct_pairs
from relmkt.calendars.spans import ONE_DAY
from relmkt.calendars.zones import offset_at, offset_changes, time_zone
from relmkt.errors import InvalidValueError

__all__ = ["QuietHours"]

A = TypeVar("A")

_HOURS = re.compile(r"\s*(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s*")


def _check_time(instance: object, attribute: attrs.Attribute[time], value: time) -> None:
    del instance
    if not isinstance(value, time) or value.tzinfo is not None:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValueError(attribute.name, "be a time of day without a zone", value)


@attrs.frozen
class QuietHours:
    """The hours of the day in which a customer is left in peace, by the customer's own clock.

    Some laws name such hours. As examples of values, and not as legal advice: the Telephone
    Consumer Protection Act of the United States lets telephone solicitations reach a residence
    from 08:00 to 21:00 (47 CFR 64.1200(c)(1)), and South Korea wants a separate consent for
    advertisements sent from 21:00 to 08:00 (Network Act, article 50(3)). Both are
    ``QuietHours(time(21), time(8))``.

    Parameters
    ----------
    start
        The local time at which the quiet hours begin; it is quiet itself.
    end
        The local time at which they are over; it is not quiet. An end before the start lies on
        the next day.

    Raises
    ------
    InvalidValueError
        For a time with a zone, and for an end that is the start: such hours would be none, or all.

    Examples
    --------
    >>> from datetime import UTC, datetime, time
    >>> from relmkt.calendars import QuietHours
    >>> quiet = QuietHours(time(21), time(8))
    >>> evening = datetime(2026, 11, 20, 20, 30, tzinfo=UTC)
    >>> quiet.allowed(evening, "Europe/London"), quiet.allowed(evening, "Europe/Berlin")
    (True, False)
    >>> print(quiet.next_allowed(evening, "Europe/Berlin"))
    2026-11-21 07:00:00+00:00
    """

    start: time = attrs.field(validator=_check_time)
    end: time = attrs.field(validator=_check_time)

    def __attrs_post_init__(self) -> None:
        if self.start == self.end:
            raise InvalidValueError(
                "end", "differ from 'start'", self.end, remedy="for no quiet hours give None"
            )

    @classmethod
    def parse(cls, text: str | QuietHours) -> QuietHours:
        """Read ``"21:00-08:00"``; quiet hours are given back as they are.

        Raises
        ------
        InvalidValueError
            When the text is not two times of the day.
        """
        if isinstance(text, QuietHours):
            return text
        match = _HOURS.fullmatch(str(text))
        try:
            if match is None:
                raise ValueError(text)
            first, minute, last, minute_of_last = map(int, match.groups())
            return cls(time(first, minute), time(last, minute_of_last))
        except InvalidValueError:
            raise
        except ValueError:
            raise InvalidValueError(
                "quiet hours", "be two times of the day", text, remedy="write '21:00-08:00'"
            ) from None

    @overload
    def allowed(self, instant: datetime, zone: str) -> bool: ...
    @overload
    def allowed(
        self, instant: NDArray[np.datetime64], zone: str | Sequence[str]
    ) -> NDArray[np.bool_]: ...
    def allowed(
        self, instant: datetime | NDArray[np.datetime64], zone: str | Sequence[str]
    ) -> bool | NDArray[np.bool_]:
        """Whether an instant lies outside the quiet hours.

        Parameters
        ----------
        instant
            An instant with a zone of any kind, or an array of instants in UTC, datetime64[us],
            shape (n,). NaT is not allowed.
        zone
            The customer's zone, a name of the IANA time zone database; for an array one name, or
            as many names as instants.

        Raises
        ------
        InvalidValueError
            For an instant without a zone or beyond the years 2 to 9998, and for an unknown zone.
        """
        if isinstance(instant, np.ndarray):
            answers, rows = _for_each(self._allowed_one, instant, zone)
            return np.array([one is True for one in answers], dtype=np.bool_)[rows]
        return self._allowed_one(instant, _one(zone))

    @overload
    def next_allowed(self, instant: datetime, zone: str) -> datetime: ...
    @overload
    def next_allowed(
        self, instant: NDArray[np.datetime64], zone: str | Sequence[str]
    ) -> NDArray[np.datetime64]: ...
    def next_allowed(
        self, instant: datetime | NDArray[np.datetime64], zone: str | Sequence[str]
    ) -> datetime | NDArray[np.datetime64]:
        """The first instant, not before the given one, that lies outside the quiet hours.

        Where clocks are put forward over the end of the quiet hours, they end with the change;
        where clocks go back over it, the hour that comes again is quiet again.

        Parameters
        ----------
        instant
            An instant with a zone of any kind, or an array of instants in UTC, datetime64[us],
            shape (n,); NaT stays NaT.
        zone
            The customer's zone; for an array one name, or as many names as instants.

        Returns
        -------
        datetime, or an array of datetime64[us]
            In UTC.

        Raises
        ------
        InvalidValueError
            For an instant without a zone or beyond the years 2 to 9998, and for an unknown zone.
        """
        return self._next(instant, zone, quiet=False)

    @overload
    def next_quiet(self, instant: datetime, zone: str) -> datetime: ...
    @overload
    def next_quiet(
        self, instant: NDArray[np.datetime64], zone: str | Sequence[str]
    ) -> NDArray[np.datetime64]: ...
    def next_quiet(
        self, instant: datetime | NDArray[np.datetime64], zone: str | Sequence[str]
    ) -> datetime | NDArray[np.datetime64]:
        """The first instant, not before the given one, that lies within the quiet hours.

        Asked from an instant that is allowed, it tells until when. Parameters, result and errors
        are those of `next_allowed`.

        Examples
        --------
        >>> from datetime import UTC, datetime, time
        >>> from relmkt.calendars import QuietHours
        >>> noon = datetime(2026, 11, 20, 17, tzinfo=UTC)
        >>> print(QuietHours(time(21), time(8)).next_quiet(noon, "America/New_York"))
        2026-11-21 02:00:00+00:00
        """
        return self._next(instant, zone, quiet=True)

    def _allowed_one(self, instant: datetime, zone: str) -> bool:
        at = _utc(instant)
        return not self._quiet_at(at + offset_at(at, time_zone(zone)))

    def _next(
        self, instant: datetime | NDArray[np.datetime64], zone: str | Sequence[str], quiet: bool
    ) -> datetime | NDArray[np.datetime64]:
        if isinstance(instant, np.ndarray):
            answers, rows = _for_each(
                lambda at, place: self._next_one(at, place, quiet), instant, zone
            )
            plain = [None if one is None else one.replace(tzinfo=None) for one in answers]
            return np.array(plain, dtype="datetime64[us]")[rows]
        return self._next_one(instant, _one(zone), quiet)

    def _next_one(self, instant: datetime, zone: str, quiet: bool) -> datetime:
        place = time_zone(zone)
        at = _utc(instant)
        while True:
            local = at + offset_at(at, place)
            if self._quiet_at(local) is quiet:
                return at.replace(tzinfo=UTC)
            # Whichever comes first: what the clock must say, or a change of the clock.
            told = (
                at + (_since_midnight(self.start if quiet else self.end) - _of_day(local)) % ONE_DAY
            )
            changes, _ = offset_changes(at.date(), told.date() + ONE_DAY, place)
            at = min([told, *(change for change in changes if at < change)])

    def _quiet_at(self, local: datetime) -> bool:
        clock = local.time()
        if self.start < self.end:
            return self.start <= clock < self.end
        return clock >= self.start or clock < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def _since_midnight(clock: time) -> timedelta:
    return timedelta(
        hours=clock.hour,
        minutes=clock.minute,
        seconds=clock.second,
        microseconds=clock.microsecond,
    )


def _of_day(local: datetime) -> timedelta:
    return _since_midnight(local.time())


def _one(zone: object) -> str:
    if not isinstance(zone, str):
        raise InvalidValueError("zone", "be one name for one instant", zone)
    return zone


def _utc(instant: object) -> datetime:
    """The instant in UTC, its zone left out."""
    if not isinstance(instant, datetime) or instant.utcoffset() is None:
        raise InvalidValueError(
            "instant",
            "be an instant with a zone",
            instant,
            remedy="write for example datetime(2026, 11, 20, 9, tzinfo=UTC)",
        )
    if not 1 < instant.year < 9999:
        raise InvalidValueError("instant", "lie in the years 2 to 9998", instant)
    return instant.astimezone(UTC).replace(tzinfo=None)


def _for_each(
    answer: Callable[[datetime, str], A],
    instants: NDArray[Any],
    zone: str | Sequence[str],
) -> tuple[list[A | None], NDArray[np.intp]]:
    """The answers for all different pairs of instant and zone, and which of them each row gets."""
    if instants.dtype != np.dtype("datetime64[us]"):
        raise InvalidValueError("instant", "be an array of datetime64[us]", instants.dtype)
    zones = [zone] * len(instants) if isinstance(zone, str) else list(zone)
    if len(zones) != len(instants):
        raise InvalidValueError(
            "zone", f"be one name, or one for each of {len(instants):,} instants", len(zones)
        )
    names = [_one(name) for name in dict.fromkeys(zones)]
    known = {name: code for code, name in enumerate(names)}
    codes = np.array([known[name] for name in zones], dtype=np.int64)
    moments, places, rows = distinct_pairs(instants, codes)
    asked: list[datetime | None] = moments.tolist()
    where: list[int] = places.tolist()
    answers = [
        None if at is None else answer(at.replace(tzinfo=UTC), names[place])
        for at, place in zip(asked, where, strict=True)
    ]
    return answers, rows
