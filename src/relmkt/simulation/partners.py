"""Contacts, trainings and answers of the dealers of a made-up market, and who is badly served."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import attrs
import numpy as np

from relmkt.channel.dealer_columns import (
    AttitudeAnswers,
    DealerContacts,
    DealerTrainings,
    Fairness,
    Supports,
)
from relmkt.channel.support_review import DealerSupport, SupportRecords
from relmkt.domain import SupportAlert
from relmkt.simulation.channel_market import ChannelMarket

__all__ = [
    "DealerRecords",
    "SupportRecovery",
    "dealer_records",
    "support_recovery",
]

_STAFF = ("Ines", "Jo", "Mara", "Nils")
_TOPICS = ("complaints", "displays")
_ITEMS = ("we are treated fairly", "help comes in time", "we would choose the brand again")
_PERIOD = 180  # days of contacts
_KEY = "city"


@attrs.frozen(eq=False, kw_only=True)
class DealerRecords:
    """What a firm would have on record of the dealers of a market, and the truth about it.

    Attributes
    ----------
    records
        Contacts, trainings, answers and facts.
    procedures
        How rebates are decided on, for the classes of which it is known.
    truth
        For some alerts the dealers that they are truly due for.
    """

    records: SupportRecords
    procedures: Fairness
    truth: Mapping[SupportAlert, frozenset[str]]


@attrs.frozen(kw_only=True)
class SupportRecovery:
    """How many alerts that are truly due were told, and how many that are not.

    Attributes
    ----------
    due, found, wrong
        For each alert, of how many dealers it is due, of how many of these it was told, and of how
        many others.
    """

    due: Mapping[SupportAlert, int]
    found: Mapping[SupportAlert, int]
    wrong: Mapping[SupportAlert, int]

    def __str__(self) -> str:
        return "; ".join(
            f"{alert.value.replace('_', ' ')}: {self.found[alert]} of {due} found, "
            f"{self.wrong[alert]} wrongly"
            for alert, due in self.due.items()
        )


def dealer_records(
    seed: int | np.random.Generator,
    market: ChannelMarket,
    *,
    as_of: date,
    hanging: float = 0.08,
    avoided: float = 0.2,
    untrained: float = 0.1,
) -> DealerRecords:
    """Make up what a firm has on record of the dealers of a market; the same seed, the same.

    Most dealers are in touch with several employees, and lately. A few hang on one of them, and a
    few of the key dealers, who are those of the largest class, are kept away from. Answers to
    surveys follow the true attitude of a dealer, with noise.

    Parameters
    ----------
    seed
        A number, or a generator to draw from.
    market
        The market.
    as_of
        The day of the records; contacts are those of the half year before.
    hanging, untrained
        The share of the dealers that hang on one employee, and that lack a training.
    avoided
        The share of the key dealers that nobody has been in touch with for long.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import SupportAlert
    >>> from relmkt.simulation import channel_market, dealer_records
    >>> made = dealer_records(7, channel_market(7, dealers=40), as_of=date(2025, 12, 31))
    >>> len(made.truth[SupportAlert.ONE_CONTACT]), len(made.truth[SupportAlert.AVOIDED])
    (3, 1)
    """
    draw = np.random.default_rng(seed)
    ids: list[str] = market.distributors.dealer.tolist()
    count = len(ids)
    is_key = np.asarray(market.distributors.dealer_class == _KEY)
    hangs = _chosen(draw, np.arange(count), hanging)
    away = _chosen(draw, np.flatnonzero(is_key), avoided)
    lacks = _chosen(draw, np.arange(count), untrained)
    contacts = _contacts(draw, ids, hangs, away, as_of)
    return DealerRecords(
        records=SupportRecords(
            contacts=contacts,
            trainings=_trainings(draw, ids, lacks, as_of),
            topics=_TOPICS,
            answers=_answers(draw, ids, market.truth.attitude, as_of),
            facts=Supports(
                dealer=ids,
                key_dealer=is_key.tolist(),
                repeat_change=np.round(np.clip(draw.normal(0.0, 0.025, count), -1, 1), 3),
            ),
        ),
        procedures=Fairness(
            dealer_class=["city", "town"],
            consistent=[True, True],
            consistent_shown=[True, False],
            consistent_evidence=["audit of 2025", None],
            explained=[True, True],
            explained_shown=[True, True],
            explained_evidence=["statement with each rebate"] * 2,
            appealable=[True, False],
            appealable_shown=[True, None],
            appealable_evidence=["board of dealers", None],
        ),
        truth=MappingProxyType(
            {
                SupportAlert.ONE_CONTACT: frozenset(ids[row] for row in hangs),
                SupportAlert.AVOIDED: frozenset(ids[row] for row in away),
                SupportAlert.UNTRAINED: frozenset(ids[row] for row in lacks),
            }
        ),
    )


def _chosen(draw: np.random.Generator, rows: Any, share: float) -> set[int]:
    return set(draw.choice(rows, round(share * len(rows)), replace=False).tolist())


def _contacts(
    draw: np.random.Generator, ids: list[str], hangs: set[int], away: set[int], as_of: date
) -> DealerContacts:
    """Six to twelve contacts of each dealer; two employees share those of most of them."""
    dealers: list[str] = []
    days: list[date] = []
    employees: list[str | None] = []
    for row, dealer in enumerate(ids):
        many = int(draw.integers(6, 13))
        first, second = draw.choice(len(_STAFF), 2, replace=False).tolist()
        others = 1 if row in hangs and many > 9 else 0 if row in hangs else many // 3 + 1
        # The last contact was some weeks ago, or with those kept away from, some months.
        ago = draw.integers(60 if row in away else 1, _PERIOD, many)
        ago[0] = 45 + draw.integers(0, 15) if row in away else draw.integers(1, 28)
        dealers += [dealer] * many
        days += [as_of - timedelta(days=int(back)) for back in ago]
        employees += [_STAFF[second]] * others + [_STAFF[first]] * (many - others)
    return DealerContacts(dealer=dealers, contacted_on=days, employee=employees)


def _trainings(
    draw: np.random.Generator, ids: list[str], lacks: set[int], as_of: date
) -> DealerTrainings:
    rows = [
        (dealer, topic, as_of - timedelta(days=int(draw.integers(30, 700))))
        for row, dealer in enumerate(ids)
        for topic in (_TOPICS[:1] if row in lacks else _TOPICS)
    ]
    return DealerTrainings(
        dealer=[row[0] for row in rows],
        topic=[row[1] for row in rows],
        held_on=[row[2] for row in rows],
    )


def _answers(
    draw: np.random.Generator, ids: list[str], attitude: Any, as_of: date
) -> AttitudeAnswers:
    """The answers of nine in ten dealers, on a scale from 1 to 5."""
    asked = np.flatnonzero(draw.random(len(ids)) < 0.9)
    noise = draw.normal(0.0, 0.1, (len(asked), len(_ITEMS)))
    marks = np.clip(np.rint(1 + 4 * (attitude[asked, None] + noise)), 1, 5)
    ago = draw.integers(20, 200, len(asked))
    many = marks.size
    return AttitudeAnswers(
        dealer=[ids[row] for row in asked.tolist() for _ in _ITEMS],
        item=list(_ITEMS) * len(asked),
        asked_on=[as_of - timedelta(days=back) for back in ago.tolist() for _ in _ITEMS],
        answer=marks.ravel(),
        scale_low=np.ones(many),
        scale_high=np.full(many, 5.0),
    )


def support_recovery(
    found: DealerSupport, truth: Mapping[SupportAlert, frozenset[str]]
) -> SupportRecovery:
    """Hold the alerts on dealers against the truth of the market that they are of.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import review_support
    >>> from relmkt.simulation import channel_market, dealer_records, support_recovery
    >>> day = date(2025, 12, 31)
    >>> market = channel_market(7, dealers=40)
    >>> made = dealer_records(7, market, as_of=day)
    >>> support = review_support(market.distributors, made.records, as_of=day)
    >>> print(support_recovery(support, made.truth))
    one contact: 3 of 3 found, 0 wrongly; avoided: 1 of 1 found, 0 wrongly; \
untrained: 4 of 4 found, 0 wrongly
    """
    told: dict[SupportAlert, set[str]] = {alert: set() for alert in truth}
    ids: list[str] = found.facts.ids.tolist()
    for rule in found.alerts.checklist.rules:
        if rule.outcome in told:
            rows = np.flatnonzero(found.alerts.where(rule.id)).tolist()
            told[rule.outcome] |= {ids[row] for row in rows}
    return SupportRecovery(
        due={alert: len(due) for alert, due in truth.items()},
        found={alert: len(due & told[alert]) for alert, due in truth.items()},
        wrong={alert: len(told[alert] - due) for alert, due in truth.items()},
    )
