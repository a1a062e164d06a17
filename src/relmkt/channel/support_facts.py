"""From contacts, trainings and answers to the facts that the alerts on dealers ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from relmkt.channel.columns import Distributors
from relmkt.channel.dealer_columns import (
    AttitudeAnswers,
    DealerContacts,
    DealerTrainings,
    Supports,
)
from relmkt.channel.support import (
    days_since_contact,
    dealer_attitude,
    key_person_dependency,
    training_coverage,
)

__all__ = ["support_facts"]


def support_facts(
    dealers: Distributors,
    *,
    as_of: date,
    contacts: DealerContacts | None = None,
    trainings: DealerTrainings | None = None,
    topics: Sequence[str] = (),
    answers: AttitudeAnswers | None = None,
    valid_days: int | None = None,
    **facts: Any,
) -> Supports:
    """The facts of the support of each dealer on one day, as far as the records tell them.

    A record that is not given leaves its facts absent, and never 0. The share of one employee is
    the lower of its bounds, so that an alert does not hang on contacts that nobody signed.

    Parameters
    ----------
    dealers
        The dealers, each once.
    as_of
        The day; nothing later is looked at.
    contacts
        All the contacts of the period; who has none has not been contacted.
    trainings, topics, valid_days
        As for `training_coverage`; without topics there is nothing to cover.
    answers
        All the answers to surveys; who gave none was not asked.
    **facts
        The facts that no record tells, by name: ``key_dealer``, ``repeat_change`` and the like.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.channel import DealerContacts, Distributors, support_facts
    >>> from relmkt.policies import SupportPolicy
    >>> contacts = DealerContacts(
    ...     dealer=["D-7"] * 6, contacted_on=[date(2026, 3, 1)] * 6, employee=["Ines"] * 6
    ... )
    >>> found = support_facts(
    ...     Distributors(dealer=["D-7", "D-8"]),
    ...     as_of=date(2026, 3, 31),
    ...     contacts=contacts,
    ...     key_dealer=[True, True],
    ... )
    >>> SupportPolicy().checklist().decide(found).held()
    [('D1',), ('D3',)]
    """
    ids = dealers.ids
    if contacts is not None:
        until = contacts[contacts.contacted_on <= np.datetime64(as_of, "D")]
        shares = key_person_dependency(until, ids)
        facts["contacts"] = shares.contacts
        facts["contact_share"] = shares.lowest
        if not until.absent("revenue").all():
            facts["revenue_share"] = key_person_dependency(until, ids, by="revenue").lowest
        facts["days_since_contact"] = days_since_contact(until, ids, as_of=as_of)
    if trainings is not None:
        coverage = training_coverage(trainings, ids, topics, as_of=as_of, valid_days=valid_days)
        facts["training_coverage"] = coverage.share
    if answers is not None:
        attitude = dealer_attitude(answers, ids, as_of=as_of)
        facts["attitude"] = attitude.mean
        facts["attitude_answers"] = attitude.answers
        facts["days_since_attitude"] = attitude.days_since
    return Supports(dealer=ids, **facts)
