"""Numbers, days and ids as the report says them, and what its words mean in plain ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from relmkt.domain import Abstention, CustomerFacts, RelationshipFacts, Strategy, Tier
from relmkt.domain.claim import ClaimStatus
from relmkt.policies import ACTIONS
from relmkt.records import schema

__all__ = [
    "MEANINGS",
    "STATUSES",
    "TIERS",
    "amount",
    "amounts",
    "asked",
    "brief",
    "called",
    "decimals",
    "fixed",
    "listed",
    "parted",
    "risk",
    "said_day",
    "sentence",
    "share",
    "shown_id",
    "spoken",
    "unbroken",
]

_LONGEST_ID = 120
_DIGITS_TO = 1_000
"""From here on cents are noise to a reader."""

_FACTS = {**schema(RelationshipFacts).features, **schema(CustomerFacts).features}

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)

MEANINGS: Mapping[Strategy | Abstention, str] = MappingProxyType(
    {
        Strategy.START: "win a prospect who is worth more than it costs to win",
        Strategy.WIN_BACK: "regain one who has gone, and learn why",
        Strategy.PROTECT: "hold one who matters and may leave",
        Strategy.REENGINEER: "serve more cheaply one whose cost to serve eats the profit",
        Strategy.END: "end kindly what will not pay; a person must approve",
        Strategy.ENHANCE: "sell more, or better, to one with room to grow",
        Strategy.HARVEST: "take the profit, spend little",
        Abstention.HOLD: "do nothing: the law forbids it",
        Abstention.DO_NOT_PURSUE: "a prospect that would cost more than it brings",
        Abstention.LET_GO: "gone, and not worth regaining",
        Abstention.MAINTAIN: "fine as it is",
        Abstention.REVIEW: "no rule fits: a person should decide",
        Abstention.UNDECIDED: "a missing fact could change the answer",
    }
)
"""What each strategy, or abstention, stands for."""

TIERS: Mapping[Tier, str] = MappingProxyType(
    {
        Tier.TOP: "bought the most",
        Tier.BIG: "the next below",
        Tier.MEDIUM: "the next below",
        Tier.SMALL: "all others who bought",
        Tier.INACTIVE: "bought before, not in the period",
        Tier.PROSPECT: "in contact, has never bought",
        Tier.SUSPECT: "could be served, no contact yet",
    }
)
"""Who stands in each tier."""

STATUSES: Mapping[ClaimStatus, str] = MappingProxyType(
    {
        ClaimStatus.VERIFIED: "the source was read, and says so",
        ClaimStatus.SECONDARY: "others report that the source says so; it was not read",
        ClaimStatus.PARTIAL: "the work was seen; the detail is from memory",
        ClaimStatus.MEMORY: "known from memory only",
        ClaimStatus.UNSOURCED: "repeated in trade articles that name no source",
    }
)
"""How far each claim was traced."""


def amount(value: float | None) -> str:
    """An amount: whole from a thousand on, with cents below, and a word where it is unknown."""
    if value is None or math.isnan(value):
        return "unknown"
    if abs(value) >= _DIGITS_TO:
        return f"{math.copysign(math.floor(abs(value) + 0.5), value):,.0f}"
    value = round(value, 2) + 0.0
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}"


def decimals(values: Sequence[float | None]) -> int:
    """How many decimals the amounts of one column have: all the same, so that they compare."""
    known = [value for value in values if value is not None and not math.isnan(value)]
    large = any(abs(value) >= _DIGITS_TO for value in known)
    return 0 if large or all(float(value).is_integer() for value in known) else 2


def fixed(value: float | None, digits: int) -> str:
    """An amount with so many decimals, none or two."""
    if value is None or math.isnan(value):
        return "unknown"
    if digits:
        return f"{round(value, digits) + 0.0:,.{digits}f}"
    return f"{math.copysign(math.floor(abs(value) + 0.5), value) + 0.0:,.0f}"


def amounts(values: Sequence[float | None]) -> list[str]:
    """The amounts of one column: whole where one of them reaches a thousand, else with cents."""
    digits = decimals(values)
    return [fixed(value, digits) for value in values]


def share(part: float) -> str:
    """A share as it stands in a column of shares: with one decimal, always."""
    return f"{round(100 * part, 1) + 0.0:,.1f}%"


def brief(value: float | None) -> str:
    """An amount for a headline: 12,345, and from a million on 1.23 million."""
    if value is None or math.isnan(value):
        return "unknown"
    for power, word in ((12, "trillion"), (9, "billion"), (6, "million")):
        if abs(value) >= 10**power:
            return f"{value / 10**power:,.3g} {word}" if abs(value) < 10**15 else f"{value:.3g}"
    return amount(round(value)) if abs(value) >= 10 else amount(value)


def risk(value: float | None) -> str:
    """A probability, as whole percent."""
    if value is None or math.isnan(value):
        return "unknown"
    return f"{math.floor(100 * round(value, 3) + 0.5)}%"


def said_day(day: date) -> str:
    """A day as it is read: 30 June 1998."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def spoken(word: str) -> str:
    """A word of ours for a reader: win back, re-engineer."""
    return word.replace("_", " ").replace("reengineer", "re-engineer")


def called(fact: str) -> str:
    """A fact as reasons call it: win-back gain."""
    return _FACTS[fact].label


def unbroken(text: str) -> str:
    """The same text, in which no line ends between a number and its percent sign."""
    return text.replace(" %", "\u00a0%")


def asked(keys: str | None, strategy: str | None = None) -> str:
    """What the keys of actions ask for, in words; a key that is not ours stays as it is.

    Where a strategy is named, only what it stands for itself, without approach and bond.
    """
    parted = [key.strip() for key in (keys or "").split(";")]
    own = [key for key in parted if key and (not strategy or key.startswith(f"{strategy}."))]
    return " ".join(ACTIONS[key].text if key in ACTIONS else spoken(key) for key in own)


def sentence(text: str) -> str:
    """The same text with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def listed(words: Sequence[str]) -> str:
    """Words in a row: one, two and three."""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def parted(reasons: Sequence[str]) -> tuple[str, list[str]]:
    """What several reasons begin with, up to the colon, and what each goes on with.

    Nothing is parted where it is one reason only, or where not all begin alike.
    """
    heads = {reason.partition(": ")[0] for reason in reasons}
    if len(reasons) < 2 or len(heads) > 1 or not all(": " in reason for reason in reasons):
        return "", list(reasons)
    return heads.pop(), [reason.partition(": ")[2] for reason in reasons]


def shown_id(customer: Any) -> str:
    """An id that misleads nobody: signs that cannot be seen are spelled out, a long one is cut."""
    text = str(customer)
    size = len(text)
    text = text[: _LONGEST_ID + 1]
    text = text if text.isprintable() else repr(text)[1:-1]
    if size <= _LONGEST_ID:
        return text
    return f"{text[:_LONGEST_ID]}… ({size:,} characters)"
