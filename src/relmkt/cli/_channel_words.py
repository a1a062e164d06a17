"""A review of a channel on the screen: what to check, to do and to pay, and whom to hear."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console

from relmkt._counts import counted
from relmkt.channel._schedule_words import gain_of, jumps_of, plain, stood_in, zone_of
from relmkt.channel.fairness import ClassFairness
from relmkt.channel.rebate_verdicts import NOT_COMPARED, RebateFairness
from relmkt.channel.review import ChannelReview
from relmkt.cli._screen import printable, shown_id
from relmkt.domain import Phase, SupportAlert, Suspicion
from relmkt.policies import phase_actions

__all__ = ["print_review"]

_MOST = 10


def print_review(review: ChannelReview, console: Console) -> None:
    """Print phases with what to check and to do, rebates, fairness, support, and whom to hear."""
    money = f" {printable(review.currency)}" if review.currency else ""
    _print(
        console,
        f"\n{len(review.markets):,} brands in markets and {len(review.distributors):,} dealers "
        f"as of {review.as_of}.\n",
    )
    _print_phases(review, console)
    _print_actions(review, console)
    _print_rebates(review, console, money)
    _print_schedules(review, console)
    _print_fairness(review, console)
    _print_support(review, console)
    _print_suspects(review, console)
    _print_cases(review, console)
    _print_clawbacks(review, console)
    _print_left_out(review, console)


def _print_phases(review: ChannelReview, console: Console) -> None:
    for row, name in enumerate(review.markets.tolist()):
        decided, checked = review.phases[row], review.conditions[row]
        _print(console, f"{shown_id(name)}: {_word(decided.outcome)}")
        _print(console, f"  {decided.reason}")
        if gaps := review.history_gaps(row):
            _print(console, f"  {gaps}")
        for what, words in (("not met", checked.outcomes), ("not known", checked.missing)):
            if words:
                _print(console, f"  {what}: {', '.join(_word(word) for word in words)}")
    _print_steadiness(review, console)
    for said in review.contradicted:
        _print(console, f"contradicted: {printable(said)}")


def _print_steadiness(review: ChannelReview, console: Console) -> None:
    """What changed and what stays, where phases are decided in the light of what stood."""
    if review.steady_phases is None or not len(review.steady_phases.before):
        return
    changed, stays, labels = review.phases_changed(), review.phases_held(), review.phases.labels()
    _print(
        console,
        f"\nPhases since the look before: {len(changed):,} changed, {len(stays):,} stay though the "
        "thresholds alone would say another.",
    )
    for row, before in changed.items():
        now = _word(labels[row])
        _print(console, f"  {_word(before)} became {now}: {shown_id(review.markets[row])}")
    for phase in Phase:
        names = [shown_id(review.markets[row]) for row in stays if labels[row] is phase]
        if names:
            _print(console, f"  {_word(phase)} stays: {', '.join(names)}")


def _print_actions(review: ChannelReview, console: Console) -> None:
    found = set(review.phases.labels())
    for phase in Phase:
        if phase not in found:
            continue
        _print(console, f"\nIn {_word(phase)}:" if phase is not Phase.UNDETERMINED else "\nElse:")
        for action in phase_actions(phase):
            do = "do" if action.advised else "do not"
            _print(console, f"  {do}: {action.text} ({action.reason}; {action.source})")


def _print_rebates(review: ChannelReview, console: Console, money: str) -> None:
    if not review.balances:
        return
    told = (
        f"\nRebates: {review.due:,}{money} due now, {review.pending:,}{money} pending in contract "
        f"years that are not over. {review.no_payment}"
    ).rstrip()
    if review.owed:
        told += (
            f" Due are {review.due + review.owed:,}{money} to dealers, less {review.owed:,}{money} "
            "that dealers owe."
        )
    _print(console, told)


def _print_schedules(review: ChannelReview, console: Console) -> None:
    if not review.zones:
        return
    _print(console, "\nSchedules: where each jumps, and from where on that pays at a loss:")
    for one in review.zones:
        _print(console, f"  {shown_id(one.name)}: {jumps_of(one)}")
        zones = {zone.cliff: zone for zone in one.zones}
        for cliff in one.cliffs:
            zone = "" if cliff not in zones else f"; perverse {zone_of(zones[cliff], one)}"
            jump = f"{plain(cliff.size)} {printable(one.schedule.currency)}"
            _print(console, f"    at {plain(cliff.at)} it adds {jump}{zone}")
        if one.unit_loss is not None:
            _print(console, f"    {stood_in(one)}{':' if one.inside else '.'}")
        for found in one.inside[:_MOST]:
            _print(console, f"      {shown_id(found.dealer)}: {gain_of(found, one)}")
        if len(one.inside) > _MOST:
            _print(console, f"      … and {len(one.inside) - _MOST:,} more")


def _print_fairness(review: ChannelReview, console: Console) -> None:
    if review.fairness is None:
        return
    _print(console, "\nFairness of the rebate for each unit; the procedure outweighs the result:")
    for row, (figures, decided, faults) in enumerate(review.fairness.judged()):
        _print(
            console,
            f"  {shown_id(figures.dealer_class)}: {_word(decided.outcome)}: {decided.reason}",
        )
        _print(console, f"    {_figures(figures, review.fairness)}")
        if faults.held:
            _print(console, f"    faults: {'; '.join(faults.reasons.values())}")
        if unknown := review.fairness.unknown(row):
            _print(console, f"    not known: {', '.join(unknown)}")
    if review.fairness.unnamed is not None:
        told = _figures(review.fairness.unnamed, review.fairness)
        _print(console, f"  of no known class: no verdict; {told}")
    for said in review.fairness.contradicted:
        _print(console, f"  contradicted: {printable(said)}")


def _figures(figures: ClassFairness, found: RebateFairness) -> str:
    if figures.dealer_class in found.mixed:
        return f"{figures.dealers:,} dealers: {NOT_COMPARED}"
    told = f"{figures.counted:,} of {figures.dealers:,} dealers: {figures.result}"
    if figures.unknown:
        told += f"; {figures.unknown:,} without a contract year that was over lately"
    if figures.without_effort:
        told += f"; {figures.without_effort:,} without sales that count"
    return told


def _print_support(review: ChannelReview, console: Console) -> None:
    if review.support is None:
        return
    counts, rows = review.support.counts(), review.support.rows()
    _print(
        console,
        f"\nSupport: {len(rows):,} dealers with alerts{_counted(counts)}.",
    )
    for row in rows[:_MOST]:
        found = review.support.alerts[row]
        words = {rule.id: _word(rule.outcome) for rule in found.checklist.rules}
        told = "; ".join(f"{words[name]} ({reason})" for name, reason in found.reasons.items())
        _print(console, f"  {shown_id(review.distributors.dealer[row])}: {told}")
    if len(rows) > _MOST:
        _print(console, f"  … and {len(rows) - _MOST:,} more (--out names them all)")
    unknown = review.support.unknown()
    if unknown:
        _print(console, f"  Not known, for want of facts{_counted(unknown)}.")
    for what, count in review.support.unknown_dealers.items():
        _print(
            console,
            f"  Left out of the {what}: {counted(count, 'row')} of dealers that are not listed.",
        )


def _counted(counts: Mapping[SupportAlert, int]) -> str:
    listed = ", ".join(f"{_word(alert)} {count:,}" for alert, count in counts.items())
    return f": {listed}" if listed else ""


def _print_suspects(review: ChannelReview, console: Console) -> None:
    counts = review.diversion.counts()
    _print(
        console,
        f"\nDiversion: {counts.get(Suspicion.HEAR, 0):,} dealers to be heard, "
        f"{counts.get(Suspicion.WATCH, 0):,} to be watched, "
        f"{counts.get(Suspicion.UNKNOWN, 0):,} of whom too little is known. A signal is no "
        "finding: gather evidence and hear the dealer, before anything else.",
    )
    suspects = review.suspects()
    for row in suspects[:_MOST]:
        checked = review.signals[row]
        _print(
            console,
            f"  {shown_id(review.distributors.dealer[row])}: {'; '.join(checked.reasons.values())}",
        )
    if len(suspects) > _MOST:
        _print(console, f"  … and {len(suspects) - _MOST:,} more (--out names them all)")


def _print_cases(review: ChannelReview, console: Console) -> None:
    if review.cases is None or review.register is None:
        return
    _print(console, f"\nBreaches: {len(review.cases):,} cases.")
    for row, decided in enumerate(review.cases):
        case = review.register[row]
        of = f"{shown_id(case.dealer)}{f' ({shown_id(case.case)})' if case.case else ''}"
        _print(console, f"  {of}: {_word(decided.outcome or 'undecided')}: {decided.reason}")


def _print_clawbacks(review: ChannelReview, console: Console) -> None:
    if not review.clawbacks:
        return
    count = f"\nClaw-backs: {len(review.clawbacks):,}"
    if review.register is None:
        _print(
            console,
            f"{count}, checked for evidence only, and against no register of breaches (--breaches "
            "names its file).",
        )
        return
    unjust = [one for one in review.clawbacks if not one.is_justified]
    _print(
        console,
        f"{count}, of which the register does not justify {len(unjust):,}; the rebates are told "
        "with all of them, as they are on record.",
    )
    for one in unjust[:_MOST]:
        case = f" ({shown_id(one.event.case)})" if one.event.case else ""
        who = f"{shown_id(one.event.dealer)}{case}"
        _print(console, f"  {who} on {one.day}, {printable(one.amount)}: {printable(one.reason)}")
    if len(unjust) > _MOST:
        _print(console, f"  … and {len(unjust) - _MOST:,} more (--report names them)")


def _print_left_out(review: ChannelReview, console: Console) -> None:
    for what, told in (
        ("months", review.monthly.left_out),
        ("rebates", review.left_out_counts()),
    ):
        listed = ", ".join(f"{count:,} {reason}" for reason, count in told.items() if count)
        if listed:
            _print(console, f"Left out of the {what}, counted by reason: {listed}.")
    if review.repeated:
        _print(
            console,
            f"Counted once: {review.repeated:,} lines that have the number of another one (line) "
            "and are the same.",
        )
    if review.told_twice:
        _print(
            console,
            f"Counted once in the rebates: {review.told_twice:,} lines that are like another one "
            "in every field; a number for each line (line) parts them.",
        )
    if review.unlisted:
        names = ", ".join(shown_id(name) for name in review.unlisted[:_MOST])
        _print(
            console,
            f"Not among the dealers, though they have sales or rebates: {len(review.unlisted):,} "
            f"({names}{', …' if len(review.unlisted) > _MOST else ''}).",
        )
    if review.shared:
        named = [f"{kind} {shown_id(name)}" for kind, name in review.shared[:_MOST]]
        _print(
            console,
            "Held by several dealers at once, and not said to be exclusive or not: "
            f"{len(review.shared):,} places "
            f"({', '.join(named)}{', …' if len(review.shared) > _MOST else ''}).",
        )


def _word(value: object) -> str:
    return "-" if value is None else str(value).replace("_", " ")


def _print(console: Console, text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
