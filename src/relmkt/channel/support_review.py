"""The support of the dealers of a channel: alerts, dealer by dealer, and what they rest on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import attrs
import numpy as np
from numpy.typing import ArrayLike

from relmkt.channel.columns import Distributors
from relmkt.channel.dealer_columns import (
    AttitudeAnswers,
    DealerContacts,
    DealerTrainings,
    Supports,
)
from relmkt.channel.support_facts import support_facts
from relmkt.columns import Columns
from relmkt.domain import DealerFacts, SupportAlert
from relmkt.policies import SupportPolicy
from relmkt.rules import CheckedRows

__all__ = ["DealerSupport", "SupportRecords", "review_support"]


@attrs.frozen(kw_only=True, eq=False)
class SupportRecords:
    """What is on record of the firm's dealings with its dealers; what is not given is not known.

    Parameters
    ----------
    contacts
        All the contacts of the period; who has none has not been contacted.
    trainings, topics
        The trainings, and the topics that each dealer should be trained in.
    answers
        All the answers to surveys.
    facts
        What no record tells, a row for each dealer of whom anything is known: whether it is a key
        dealer, how the repeat rate of its customers changed, and the like. Where a record tells
        the same, the record counts.
    """

    contacts: DealerContacts | None = None
    trainings: DealerTrainings | None = None
    topics: Sequence[str] = ()
    answers: AttitudeAnswers | None = None
    facts: Supports | None = None

    @property
    def asks_for_launches(self) -> bool:
        """Whether it matters when dealers last got a product that was new to them."""
        return self.facts is not None and "repeat_change" in self.facts.names


@attrs.frozen(kw_only=True, eq=False)
class DealerSupport:
    """What the relationships with dealers call for.

    Attributes
    ----------
    facts
        The facts, one row for each dealer.
    alerts
        The alerts, row by row the same.
    unknown_dealers
        For each record how many of its rows are of dealers that are not among those asked for.
    """

    facts: Supports
    alerts: CheckedRows[DealerFacts, SupportAlert]
    unknown_dealers: Mapping[str, int]

    def counts(self) -> dict[SupportAlert, int]:
        """How many dealers each alert is about, the most first; alerts about nobody are absent."""
        told = {
            rule.outcome: int(np.count_nonzero(self.alerts.where(rule.id)))
            for rule in self.alerts.checklist.rules
        }
        return {
            alert: told[alert]
            for alert in sorted(told, key=lambda alert: -told[alert])
            if told[alert]
        }

    def unknown(self) -> dict[SupportAlert, int]:
        """Of how many dealers it is not known whether an alert is due, for want of a fact."""
        told = {
            rule.outcome: int(np.count_nonzero(self.alerts.unknown(rule.id)))
            for rule in self.alerts.checklist.rules
        }
        return {alert: count for alert, count in told.items() if count}

    def rows(self) -> list[int]:
        """The rows of the dealers with an alert, those with most alerts first."""
        held = [len(one) for one in self.alerts.held()]
        return sorted((row for row, many in enumerate(held) if many), key=lambda row: -held[row])


def review_support(
    distributors: Distributors,
    records: SupportRecords,
    *,
    as_of: date,
    launched: ArrayLike | None = None,
    policy: SupportPolicy | None = None,
) -> DealerSupport:
    """Look at the relationships with dealers on a day.

    Parameters
    ----------
    distributors
        The dealers, each once.
    records
        What is on record of them.
    as_of
        The day; nothing later is looked at.
    launched
        Days since each dealer last got a product that was new to it, as `days_since_launch` finds
        them in a log of sales; NaN where that is not known.
    policy
        The thresholds; our defaults unless given.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import (
    ...     DealerContacts,
    ...     Distributors,
    ...     SupportRecords,
    ...     Supports,
    ...     review_support,
    ... )
    >>> contacts = DealerContacts(dealer=["D-7", "D-9"], contacted_on=[date(2026, 3, 1)] * 2)
    >>> found = review_support(
    ...     Distributors(dealer=["D-7", "D-8"]),
    ...     SupportRecords(contacts=contacts, facts=Supports(dealer=["D-8"], key_dealer=[True])),
    ...     as_of=date(2026, 3, 31),
    ... )
    >>> found.alerts.held(), dict(found.unknown_dealers)
    ([(), ('D3',)], {'contacts': 1})
    """
    ids: list[Any] = distributors.dealer.tolist()
    stated = _stated(ids, records.facts)
    count = stated.pop("contacts", None)  # `support_facts` calls the records so
    if launched is not None:
        days: list[float] = np.asarray(launched, dtype=np.float64).tolist()
        said = stated.get("days_since_launch", [None] * len(ids))
        stated["days_since_launch"] = [
            other if math.isnan(day) else day for day, other in zip(days, said, strict=True)
        ]
    facts = support_facts(
        distributors,
        as_of=as_of,
        contacts=records.contacts,
        trainings=records.trainings,
        topics=records.topics,
        answers=records.answers,
        **stated,
    )
    if count is not None and records.contacts is None:
        facts = facts.replace(contacts=count)
    return DealerSupport(
        facts=facts,
        alerts=(policy or SupportPolicy()).calibrate(facts).checklist().decide(facts),
        unknown_dealers=_unknown(ids, records),
    )


def _stated(ids: list[Any], facts: Supports | None) -> dict[str, Any]:
    """The columns of the facts, one value for each dealer asked for."""
    if facts is None:
        return {}
    row_of = {name: row for row, name in enumerate(facts.ids.tolist())}
    rows = [row_of.get(name) for name in ids]
    columns: dict[str, Any] = {}
    for name in facts.names:
        if name != "dealer":
            values = facts.values(name)
            columns[name] = [None if row is None else values[row] for row in rows]
    return columns


def _unknown(ids: list[Any], records: SupportRecords) -> dict[str, int]:
    known = set(ids)
    held: dict[str, Columns[Any] | None] = {
        "contacts": records.contacts,
        "trainings": records.trainings,
        "answers": records.answers,
        "facts": records.facts,
    }
    counts = {
        name: sum(dealer not in known for dealer in columns.ids.tolist())
        for name, columns in held.items()
        if columns is not None
    }
    return {name: count for name, count in counts.items() if count}
