"""The page of a channel: phases, rebates, fairness, support, and whom to hear."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import attrs

from relmkt._counts import counted
from relmkt.adapters._texts import write_text
from relmkt.adapters.report._template import policy_hash, source_of, template_of
from relmkt.adapters.report._words import brief, said_day, sentence, shown_id, spoken
from relmkt.channel._schedule_words import gain_of, jumps_of, plain, stood_in, zone_of
from relmkt.channel.columns import Breaches
from relmkt.channel.rebate_verdicts import NOT_COMPARED
from relmkt.channel.review import ChannelReview
from relmkt.channel.support_review import DealerSupport
from relmkt.domain import (
    ConductFacts,
    FairnessVerdict,
    Phase,
    Response,
    SupportAlert,
    Suspicion,
)
from relmkt.policies import phase_actions
from relmkt.rules import Decisions

__all__ = ["channel_html", "write_channel_report"]

_MOST = 200
_FOLDED = 40
_FIRST = 20
"""Of a table with more rows than can be folded, so many are seen before it is opened."""


@attrs.frozen(kw_only=True)
class _Part:
    """One part of the page: its place, what it is about, what it shows, a table, and notes."""

    id: str
    label: str
    title: str
    lead: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def first(self) -> tuple[tuple[str, ...], ...]:
        """The rows that are seen at once."""
        return self.rows[:_FIRST] if len(self.rows) > _FOLDED else self.rows

    @property
    def rest(self) -> tuple[tuple[str, ...], ...]:
        """The rows that are seen when asked for, and on paper."""
        return self.rows[len(self.first) :]


def channel_html(review: ChannelReview, *, title: str | None = None) -> str:
    """A review of a channel as one page of HTML, which stands alone and runs no script.

    Parameters
    ----------
    review
        The review.
    title
        What stands at the top.

    Raises
    ------
    MissingExtraError
        When Jinja is not installed.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.adapters.report import channel_html
    >>> from relmkt.channel.review import review_channel
    >>> from relmkt.simulation import channel_market
    >>> made = channel_market(7, dealers=16)
    >>> review = review_channel(
    ...     made.sales,
    ...     as_of=date(2025, 12, 31),
    ...     distributors=made.distributors,
    ...     agreements=made.agreements,
    ... )
    >>> "<h1>Made up</h1>" in channel_html(review, title="Made up")
    True
    """
    style = source_of("report.css")
    return template_of("channel.html.jinja").render(
        title=title or "Channel review",
        subtitle=f"{len(review.distributors):,} dealers and {len(review.markets):,} brands in "
        f"markets, on {said_day(review.as_of)}",
        tiles=_tiles(review),
        parts=(
            _phases(review),
            _actions(review),
            _rebates(review),
            *((_schedules(review),) if review.zones else ()),
            _fairness(review),
            *(() if review.support is None else (_support(review, review.support),)),
            _suspects(review),
            *(
                ()
                if review.cases is None or review.register is None
                else (_cases(review.cases, review.register),)
            ),
            *((_clawbacks(review),) if review.clawbacks else ()),
            _left_out(review),
        ),
        style=style,
        style_hash=policy_hash(style),
        day=said_day(review.as_of),
        version=review.phase_version,
    )


def write_channel_report(
    path: str | Path, review: ChannelReview, *, title: str | None = None
) -> None:
    """Write the page of a channel to a file, whole or not at all.

    Parameters
    ----------
    path
        The file; one that is there already is replaced at the very end, in one step.
    review, title
        As in `channel_html`.

    Raises
    ------
    FileError
        When the file cannot be written there.
    MissingExtraError
        As in `channel_html`.

    Examples
    --------
    >>> from datetime import date
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from relmkt.adapters.report import write_channel_report
    >>> from relmkt.channel.review import review_channel
    >>> from relmkt.simulation import channel_market
    >>> made = channel_market(7, dealers=16)
    >>> review = review_channel(
    ...     made.sales,
    ...     as_of=date(2025, 12, 31),
    ...     distributors=made.distributors,
    ...     agreements=made.agreements,
    ... )
    >>> with TemporaryDirectory() as folder:
    ...     write_channel_report(Path(folder, "channel.html"), review)
    ...     print(Path(folder, "channel.html").read_text(encoding="utf-8")[:15])
    <!doctype html>
    """
    write_text(path, channel_html(review, title=title))


def _money(review: ChannelReview) -> str:
    return f" {review.currency}" if review.currency else ""


def _tiles(review: ChannelReview) -> tuple[tuple[str, str, str], ...]:
    counts = review.phases.counts()
    known = sum(count for phase, count in counts.items() if phase is not Phase.UNDETERMINED)
    told = bool(review.balances)
    return (
        ("Phases told", f"{known:,}", f"of {len(review.markets):,} brands in markets"),
        (
            "Rebates due",
            brief(float(review.due)) + _money(review) if told else "unknown",
            "of contract years that are over" if told else "no schedules were given",
        ),
        (
            "Rebates pending",
            brief(float(review.pending)) + _money(review) if told else "unknown",
            "of contract years that are not over" if told else "no schedules were given",
        ),
        (
            "To be heard",
            f"{review.diversion.counts().get(Suspicion.HEAR, 0):,}",
            "dealers with several signals of diversion",
        ),
    )


def _phases(review: ChannelReview) -> _Part:
    rows: list[tuple[str, ...]] = []
    for at, name in enumerate(review.markets.tolist()):
        decided, checked = review.phases[at], review.conditions[at]
        rows.append(
            (
                shown_id(name),
                spoken(str(decided.outcome)),
                sentence("; ".join(filter(None, (decided.reason, review.history_gaps(at))))),
                "; ".join(spoken(word) for word in checked.outcomes) or "–",
                "; ".join(spoken(word) for word in checked.missing) or "–",
            )
        )
    counts = review.phases.counts()
    title = ", ".join(
        f"{count:,} {'' if phase is Phase.UNDETERMINED else 'in '}{spoken(phase)}"
        for phase, count in counts.items()
        if count
    )
    return _Part(
        id="phases",
        label="Phases",
        title=sentence(title) or "No brand in any market",
        lead="The phase belongs to a brand in a market. The trend of sales decides; the dealers' "
        "margin and the spread of their prices confirm.",
        columns=("Brand in market", "Phase", "Reason", "Conditions not met", "Not known"),
        rows=tuple(rows),
        notes=(*_steadiness(review), *(sentence(f"{said}.") for said in review.contradicted)),
    )


def _steadiness(review: ChannelReview) -> tuple[str, ...]:
    """What changed and what stays, where phases are decided in the light of what stood."""
    if review.steady_phases is None or not len(review.steady_phases.before):
        return ()
    changed, stays = review.phases_changed(), review.phases_held()
    was = ", ".join(
        f"{shown_id(review.markets[row])} (was {spoken(before or Phase.UNDETERMINED)})"
        for row, before in changed.items()
    )
    who = ", ".join(shown_id(review.markets[row]) for row in stays)
    return (
        f"Changed since the look before: {was or 'none'}.",
        f"Stay, though the thresholds alone would say another: {who or 'none'}.",
    )


def _actions(review: ChannelReview) -> _Part:
    found = set(review.phases.labels())
    rows = tuple(
        (
            spoken(phase),
            "do" if action.advised else "do not",
            action.text,
            sentence(action.reason),
            sentence(action.source),
        )
        for phase in Phase
        if phase in found
        for action in phase_actions(phase)
    )
    return _Part(
        id="actions",
        label="What to do",
        title="What each phase asks for, and what it forbids",
        lead="The actions for the phases that occur here, each with its reason and its source.",
        columns=("Phase", "", "Action", "Reason", "Source"),
        rows=rows,
    )


def _rebates(review: ChannelReview) -> _Part:
    owed = sorted((one for one in review.balances if one.due), key=lambda one: -abs(one.due))
    rows = tuple(
        (
            shown_id(one.dealer),
            str(one.year),
            shown_id(one.schedule),
            f"{one.volume:,}",
            f"{one.accrued:,}",
            f"{one.paid:,}",
            f"{one.due:,}",
        )
        for one in owed[:_MOST]
    )
    rest = owed[_MOST:]
    by_dealers = sum(one.due < 0 for one in rest)
    notes: list[str] = []
    if rest:
        notes.append(
            f"The largest are shown, whoever owes them; there are {len(rest):,} more, "
            f"{by_dealers:,} of them owed by dealers."
        )
    if review.owed:
        money = _money(review)
        notes.append(
            f"Due are {review.due + review.owed:,}{money} to dealers, less {review.owed:,}{money} "
            "that dealers owe."
        )
    if review.balances and review.no_payment:
        notes.append(review.no_payment)
    return _Part(
        id="rebates",
        label="Rebates",
        title=f"{review.due:,}{_money(review)} of rebates due" if review.balances else "No rebates",
        lead="What published schedules give for the sales that count, by contract year, less what "
        "was paid and taken back.",
        columns=("Dealer", "Contract year", "Schedule", "Volume", "Earned", "Paid", "Due"),
        rows=rows,
        notes=tuple(notes),
    )


def _schedules(review: ChannelReview) -> _Part:
    rows: list[tuple[str, ...]] = []
    notes: list[str] = []
    for one in review.zones:
        zones = {zone.cliff: zone for zone in one.zones}
        rows += (
            (
                shown_id(one.name),
                plain(cliff.at),
                f"{plain(cliff.size)} {one.schedule.currency}",
                zone_of(zones[cliff], one) if cliff in zones else "not known",
            )
            for cliff in one.cliffs
        )
        notes.append(f"Schedule {shown_id(one.name)}: {jumps_of(one)}.")
        if one.unit_loss is not None:
            who = "; ".join(
                f"{shown_id(found.dealer)} at {gain_of(found, one)}" for found in one.inside[:_MOST]
            )
            notes.append(sentence(f"{stood_in(one)}{f': {who}' if who else ''}."))
    cliffs = len(rows)
    return _Part(
        id="schedules",
        label="Schedules",
        title=f"{cliffs:,} cliff{'' if cliffs == 1 else 's'} in {len(review.zones):,} schedules",
        lead="At a cliff the rebate jumps. In the perverse zone before it a dealer gains by "
        "reaching it, though each unit that is sold only for that loses money.",
        columns=("Schedule", "Cliff at", "Adds", "Perverse zone"),
        rows=tuple(rows),
        notes=tuple(notes),
    )


def _fairness(review: ChannelReview) -> _Part:
    found = review.fairness
    judged = [] if found is None else found.judged()
    counts = Counter(decided.outcome for _, decided, _ in judged)
    notes: list[str] = []
    if found is not None:
        if found.unnamed is not None:
            notes.append(
                f"There is no verdict on the {found.unnamed.dealers:,} dealers of no known class: "
                f"{NOT_COMPARED if None in found.mixed else found.unnamed.result}."
            )
        notes += [sentence(f"{said}.") for said in found.contradicted]
    return _Part(
        id="fairness",
        label="Fairness",
        title=_verdicts(counts) or "No rebate to compare",
        lead="The procedure outweighs the result. First, whether the rules are published, the same "
        "for all of a class, explained, and open to appeal; what nobody knows of them is no proof "
        "of it. Then, how even the rebate for each unit is in the latest contract year that is "
        "over.",
        columns=("Class", "Verdict", "Why", "Faults, and what is not known", "Rebate by unit"),
        rows=()
        if found is None
        else tuple(
            (
                shown_id(figures.dealer_class),
                spoken(decided.outcome or "undecided"),
                sentence(decided.reason),
                sentence("; ".join([*faults.reasons.values(), *_not_known(found.unknown(row))])),
                f"{figures.dealers:,} dealers: {NOT_COMPARED}"
                if figures.dealer_class in found.mixed
                else f"{figures.counted:,} of {figures.dealers:,} dealers: {figures.result}",
            )
            for row, (figures, decided, faults) in enumerate(judged)
        ),
        notes=tuple(notes),
    )


def _not_known(facts: Sequence[str]) -> list[str]:
    return [f"not known: {', '.join(facts)}"] if facts else []


def _verdicts(counts: Mapping[FairnessVerdict | None, int]) -> str:
    """How many classes have each verdict, the worst first."""
    told = [
        f"{counts[verdict]:,} {'class' if counts[verdict] == 1 else 'classes'} {verdict}"
        for verdict in (
            FairnessVerdict.UNFAIR,
            FairnessVerdict.UNEVEN,
            FairnessVerdict.UNDETERMINED,
            FairnessVerdict.FAIR,
        )
        if counts.get(verdict)
    ]
    return ", ".join(told)


def _support(review: ChannelReview, support: DealerSupport) -> _Part:
    rows, unknown = support.rows(), support.unknown()
    notes = [f"The first {_MOST:,} are shown."] if len(rows) > _MOST else []
    if unknown:
        notes.append(f"Not known, for want of facts: {_counted(unknown)}.")
    notes += [
        f"Left out of the {what}: {counted(count, 'row')} of dealers that are not listed."
        for what, count in support.unknown_dealers.items()
    ]
    return _Part(
        id="support",
        label="Support",
        title=f"{len(rows):,} dealers with alerts",
        lead=sentence(f"{_counted(support.counts())}.")
        if rows
        else "Nothing that is known calls for anything.",
        columns=("Dealer", "Alerts", "Why"),
        rows=tuple(
            (
                shown_id(review.distributors.dealer[row]),
                ", ".join(spoken(alert) for alert in found.outcomes),
                sentence("; ".join(found.reasons.values())),
            )
            for row, found in ((row, support.alerts[row]) for row in rows[:_MOST])
        ),
        notes=tuple(notes),
    )


def _counted(counts: Mapping[SupportAlert, int]) -> str:
    return ", ".join(f"{spoken(alert)} {count:,}" for alert, count in counts.items())


def _suspects(review: ChannelReview) -> _Part:
    suspects = review.suspects()
    return _Part(
        id="diversion",
        label="Diversion",
        title=f"{len(suspects):,} dealers to be heard",
        lead="Several signals of goods that crossed into others' territories agree. A signal is no "
        "finding, and each has innocent explanations: gather evidence and hear the dealer before "
        "anything else. No sanction follows from this page.",
        columns=("Dealer", "Market", "Signals"),
        rows=tuple(
            (
                shown_id(review.distributors.dealer[row]),
                str(review.distributors.market[row] or "–"),
                sentence("; ".join(review.signals[row].reasons.values())),
            )
            for row in suspects[:_MOST]
        ),
        notes=(f"The first {_MOST:,} are shown.",) if len(suspects) > _MOST else (),
    )


def _cases(cases: Decisions[ConductFacts, Response], register: Breaches) -> _Part:
    return _Part(
        id="breaches",
        label="Breaches",
        title=f"{len(cases):,} cases",
        lead="No sanction without a written, lawful term that is the same for all, evidence, and a "
        "dealer who was heard and may appeal.",
        columns=("Dealer", "Case", "What it calls for", "Reason"),
        rows=tuple(
            (
                shown_id(register.dealer[row]),
                shown_id(register.case[row] or "–"),
                spoken(decided.outcome or "undecided"),
                sentence(decided.reason),
            )
            for row, decided in enumerate(cases)
        ),
    )


def _clawbacks(review: ChannelReview) -> _Part:
    told, unchecked = review.clawbacks, review.register is None
    unjust = [one for one in told if not one.is_justified]
    return _Part(
        id="clawbacks",
        label="Claw-backs",
        title=f"{len(told):,} claw-backs, not checked against a register of breaches"
        if unchecked
        else f"{len(told):,} claw-backs, of which the register does not justify {len(unjust):,}",
        lead="Rebate is taken back for a proven breach, where the table of sanctions goes so far. "
        "The rebates on this page are told with all claw-backs, as they are on record.",
        columns=("Dealer", "Case", "Day", "Taken back", "Why it is not justified"),
        rows=tuple(
            (
                shown_id(one.event.dealer),
                shown_id(one.event.case or "–"),
                str(one.day),
                one.amount,
                sentence(one.reason),
            )
            for one in unjust[:_MOST]
            if not unchecked
        ),
        notes=() if unchecked or len(unjust) <= _MOST else (f"The first {_MOST:,} are shown.",),
    )


def _left_out(review: ChannelReview) -> _Part:
    counts = review.left_out_counts()
    rows = [
        ("Sales by month", reason, f"{count:,}")
        for reason, count in review.monthly.left_out.items()
        if count
    ]
    rows += [("Rebates", what, f"{count:,}") for what, count in counts.items()]
    if review.repeated:
        rows.append(("Sales", "told again under the same number", f"{review.repeated:,}"))
    if review.told_twice:
        rows.append(("Rebates", "like another line in every field", f"{review.told_twice:,}"))
    notes: list[str] = []
    if review.unlisted:
        names = ", ".join(shown_id(name) for name in review.unlisted[:_MOST])
        who = f"{len(review.unlisted):,} ({names})"
        notes.append(f"Not among the dealers, though they have sales or rebates: {who}.")
    if review.shared:
        named = ", ".join(f"{kind} {shown_id(name)}" for kind, name in review.shared[:_MOST])
        notes.append(
            "Held by several dealers at once, and not said to be exclusive or not: "
            f"{len(review.shared):,} places ({named})."
        )
    return _Part(
        id="left-out",
        label="Left out",
        title="What was counted and does not count",
        lead="Nothing is lost: every line that a figure leaves out is counted here, by reason.",
        columns=("Figure", "Reason", "Lines"),
        rows=tuple(rows),
        notes=tuple(notes),
    )
