"""What has moved since an earlier plan: customers who changed strategy or tier, came or went."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Any

import attrs
import numpy as np

from relmkt._counts import counted
from relmkt.adapters.report._bars import Bar, bars
from relmkt.adapters.report._found import Found
from relmkt.adapters.report._section import Section
from relmkt.adapters.report._words import amounts, said_day, sentence, spoken
from relmkt.domain import Abstention, Strategy, Tier
from relmkt.plans import Plan, PlanLines
from relmkt.segments._common import percent

__all__ = ["Moves", "day_of", "moves"]

_SHOWN = 10
_WORDS = (*Strategy, *Abstention)


@attrs.frozen(kw_only=True)
class Move:
    """So many customers went from one strategy to another."""

    before: str
    now: str
    customers: str
    bar: Bar | None
    value: str


@attrs.frozen(kw_only=True)
class Moves(Section):
    """What has moved."""

    given: bool
    rows: tuple[Move, ...]
    words: tuple[str, ...]
    counts: tuple[tuple[str, tuple[str, ...]], ...]
    notes: tuple[str, ...]


def moves(found: Found, previous: Plan | PlanLines | None) -> Moves:
    """Who changed strategy or tier since an earlier plan."""
    if previous is None:
        return Moves(
            id="moves",
            label="Moves since the last plan",
            title="No earlier plan was given to compare with",
            lead="Name the file of an earlier plan when the report is made (--since on the command "
            "line), and this part shows who has moved from one strategy to another.",
            given=False,
            rows=(),
            words=(),
            counts=(),
            notes=(),
        )
    before = previous.lines(reasons=False) if isinstance(previous, Plan) else previous
    after = found.lines
    # In a file of CSV every id is text, also one that is a number here.
    was = {str(one): row for row, one in enumerate(before.ids.tolist())}
    rows = np.array([was.get(str(one), -1) for one in after.ids.tolist()], dtype=np.intp)
    both = np.flatnonzero(rows >= 0)
    old = [word or "" for word in before.values("strategy")]
    new = [word or "" for word in after.values("strategy")]
    value = np.nan_to_num(after.value)
    flows: Counter[tuple[str, str]] = Counter()
    worth: dict[tuple[str, str], float] = {}
    for row in both.tolist():
        step = (old[int(rows[row])], new[row])
        flows[step] += 1
        worth[step] = worth.get(step, 0.0) + float(value[row])
    moved = {step: count for step, count in flows.items() if step[0] != step[1]}
    order = sorted(moved, key=lambda step: (-moved[step], step))[:_SHOWN]
    drawn = bars([float(moved[step]) for step in order])
    values = amounts([worth[step] for step in order])
    total = sum(moved.values())
    since = _since(before)
    return Moves(
        id="moves",
        label="Moves since the last plan",
        title=_title(total, len(both), since),
        lead=f"Of {counted(len(both), 'customer')} who stand in both plans, these have another "
        "strategy than before, the most frequent moves first. The value is that of today.",
        given=True,
        rows=tuple(
            Move(
                before=spoken(step[0]),
                now=spoken(step[1]),
                customers=f"{moved[step]:,}",
                bar=bar,
                value=value_now,
            )
            for step, bar, value_now in zip(order, drawn, values, strict=True)
        ),
        **_matrix(flows),
        notes=_notes(found, before, rows, since, len(moved) - len(order)),
    )


def _title(moved: int, both: int, since: str) -> str:
    if not both:
        return f"Nobody in this plan stands in that {since}"
    if not moved:
        return f"Nobody has another strategy than in the plan {since}"
    have = "has" if moved == 1 else "have"
    who = f"{sentence(counted(moved, 'customer'))} ({percent(moved / both)}) {have}"
    return f"{who} another strategy than in the plan {since}"


def day_of(plan: Plan | PlanLines) -> date | None:
    """The day of a plan; None where its lines do not tell."""
    if isinstance(plan, Plan):
        return plan.as_of
    return next(iter(plan.values("as_of")[:1]), None)


def _since(before: PlanLines) -> str:
    day = day_of(before)
    return "given" if day is None else f"of {said_day(day)}"


def _matrix(flows: Counter[tuple[str, str]]) -> dict[str, Any]:
    """All moves: a row for each strategy before, a column for each now."""
    seen = {word for step in flows for word in step}
    words = [str(word) for word in _WORDS if word in seen]
    words += sorted(seen.difference(words))
    return {
        "words": tuple(spoken(word) for word in words),
        "counts": tuple(
            (spoken(one), tuple(_count(flows[one, other]) for other in words)) for one in words
        ),
    }


def _notes(
    found: Found, before: PlanLines, rows: np.ndarray[Any, Any], since: str, hidden: int
) -> tuple[str, ...]:
    notes: list[str] = []
    if hidden > 0:
        one, many = "One less frequent move is", f"{hidden:,} less frequent moves are"
        others = one if hidden == 1 else many
        notes.append(f"{others} in the table of all moves.")
    came = int(np.count_nonzero(rows < 0))
    left = len(before) - int(np.unique(rows[rows >= 0]).size)
    if came or left:
        notes.append(
            f"New here: {counted(came, 'customer')} not in the plan {since}. "
            f"Gone from here: {counted(left, 'customer')} of that plan."
        )
    ranked = len(tuple(Tier)) - 2  # prospects and suspects stand beside the ranks
    now = found.lines.tier
    then = np.where(rows >= 0, before.tier[rows], -1) if len(before) else np.full(len(now), -1)
    known = (now >= 0) & (then >= 0) & (now < ranked) & (then < ranked)
    rose = int(np.count_nonzero(known & (now < then)))
    fell = int(np.count_nonzero(known & (now > then)))
    if known.any():
        notes.append(f"In the pyramid, {rose:,} rose and {fell:,} fell.")
    versions = set(before.values("policy_version")[:1])
    if versions and versions != {found.plan.decisions.table.version}:
        notes.append(
            "The thresholds were others then, so that some moved because of the policy and not "
            "because of themselves."
        )
    return tuple(notes)


def _count(number: int) -> str:
    return f"{number:,}" if number else ""
