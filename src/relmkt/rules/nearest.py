"""The nearest other outcome: which facts would have to change for it, and how little."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeGuard, TypeVar

import attrs

from relmkt.errors import InvalidValueError
from relmkt.rules._proofs.movable import MOVING, Movable, Way, sizes_of, wanted_of, ways_of
from relmkt.rules._proofs.moves import Moves
from relmkt.rules._proofs.partial import Lit, all_, some
from relmkt.rules._proofs.search import LimitReachedError, Search
from relmkt.rules._proofs.steps import Cost, Start, cost_of, steps
from relmkt.rules._proofs.variables import RuleClaims, Variables
from relmkt.rules._words import exactly, shown
from relmkt.rules.decisions import Decision

if TYPE_CHECKING:
    from relmkt.rules.tables import Table

__all__ = ["Change", "Movable", "Nearest", "Way", "nearest"]

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")

_SHOWN = 5


@attrs.frozen(kw_only=True)
class Change:
    """One fact that would have to be other than it is.

    Attributes
    ----------
    feature
        The name of the feature.
    from_, to
        Its value before and after. None before is a fact that is not known yet: then the change
        is that it becomes known.
    size
        How large the change is, in the scale of the feature; 1 for a flag, a word, and a fact
        that becomes known.
    label
        How the feature is read aloud.
    """

    feature: str
    from_: Any
    to: Any
    size: float
    label: str = attrs.field(repr=False)

    @property
    def by(self) -> float | None:
        """For a number that was known, the new value less the old one; else None."""
        if not _is_number(self.from_):
            return None
        return self.to - self.from_

    def __str__(self) -> str:
        before, after = shown(self.from_), _told(self.to)
        if self.by is None:
            return f"{self.label} from {before} to {after}"
        if before == after:
            before = exactly(self.from_)
        way = "up" if self.by > 0 else "down"
        return f"{self.label} from {before} to {after} ({way} by {shown(abs(self.by))})"


def _told(value: Any) -> str:
    return shown(value) if isinstance(value, (bool, str)) else exactly(value)


@attrs.frozen(kw_only=True)
class Nearest(Generic[R, OutcomeT]):
    """What would have to change for another outcome, by `Table.nearest`; printed, it is read aloud.

    Attributes
    ----------
    before
        The decision as things are.
    changes
        The fewest changes that lead elsewhere, and of those that are as few the smallest; none
        where nothing needs to change, or nothing helps.
    after
        The decision on the changed record; None where nothing was found.
    wanted
        The outcomes that were looked for.
    scale
        For each number that may change, the size of a change that counts as one.
    unknown
        Where there is no way: absent facts that may not change, with which known there would be
        one; none where there would be none.
    stopped
        Why the search stopped before the end, or None. Then nothing was found, and there may be
        something.
    nodes
        How many residual tables were looked at.
    """

    before: Decision[R, OutcomeT]
    changes: tuple[Change, ...]
    after: Decision[R, OutcomeT] | None
    wanted: tuple[OutcomeT, ...]
    scale: Mapping[str, float] = attrs.field(hash=False)
    unknown: tuple[str, ...]
    stopped: str | None
    nodes: int

    @property
    def found(self) -> bool:
        """Whether there is a way to one of the outcomes that were looked for."""
        return self.after is not None

    @property
    def complete(self) -> bool:
        """Whether the search came to its end: what was not found then is not there."""
        return self.stopped is None

    @property
    def outcome(self) -> OutcomeT | None:
        """The outcome after the changes; None where nothing was found."""
        return None if self.after is None else self.after.outcome

    @property
    def record(self) -> R | None:
        """The record with the changes made; None where nothing was found."""
        return None if self.after is None else self.after.facts

    @property
    def size(self) -> float:
        """How large all changes are together."""
        return sum((change.size for change in self.changes), 0.0)

    def __str__(self) -> str:
        now = _outcome(self.before)
        if self.after is None:
            return f"{now}: {self._nothing_found()}"
        if not self.changes:
            return f"{now} as it is"
        count = len(self.changes)
        head = f"{now} becomes {_outcome(self.after)} with {count} change{'s'[: count > 1]}"
        told = [f"  {change}" for change in self.changes]
        return "\n".join([head, *told, f"  {self.after.rule or 'no rule'}: {self.after.reason}"])

    def _nothing_found(self) -> str:
        table = self.before.table
        others = {rule.outcome for rule in table.rules} - {self.before.outcome}
        if not others:
            return "there is no other outcome"
        is_any = others == {*self.wanted}
        wanted = "another outcome" if is_any else " or ".join(map(str, self.wanted))
        if self.stopped is not None:
            return f"no way to {wanted} was found; {self.stopped}"
        told = f"no change of the facts that may change leads to {wanted}"
        if self.unknown:
            labels = [table.facts.features[name].label for name in self.unknown]
            if len(labels) > _SHOWN:
                labels[_SHOWN:] = [f"{len(labels) - _SHOWN} more"]
            told += f"; {', '.join(labels)} would have to be known as well"
        return told


def _outcome(decision: Decision[Any, Any]) -> str:
    return "undecided" if decision.outcome is None else str(decision.outcome)


def nearest(
    table: Table[R, OutcomeT],
    record: R,
    *,
    movable: Movable,
    to: OutcomeT | Iterable[OutcomeT] | None = None,
    scale: Mapping[str, float] | None = None,
    assume: Mapping[str, Any] | None = None,
    node_limit: int = 20_000,
) -> Nearest[R, OutcomeT]:
    """The fewest and smallest changes of some facts that lead to another outcome, exactly.

    As few facts change as can be; of the ways with as few, one whose changes are together the
    smallest. Changes of numbers are measured in the scale of each, and up to the threshold that is
    to be met or passed. Where it must be passed, or is a number of more than six digits, the value
    named is the first short number beyond it: of three digits, beside zero a hundredth, with more
    digits where there is less room (our choice). Whole numbers go to the next whole number.

    A change of a flag or of a word counts as one, and so does a fact that becomes known: an
    absent fact that may change can be found out, and what it would then have to be is told.
    Nothing that is known is forgotten.

    Parameters
    ----------
    table
        The table that decides.
    record
        The record to start from.
    movable
        The facts that may change, by name or handle; a field that holds a set stands for all its
        words. As a mapping, each with ``"up"`` or ``"down"`` if it may move in one way only (a
        flag goes up when it becomes true; what is absent may become anything), or None.
    to
        An outcome that is wanted, or several in a list; by default, any other than the present
        one. A record that has one of those that are named needs no change. Undecided is meant only
        where the table's word for it is named, or is a rule's too.
    scale
        The size of a change that counts as one, above 0, by name. Our default for a number is the
        range between its bounds where it has both; else its own size; for one that is 0, the size
        of the largest threshold that it is compared with, or 1.
    assume
        What to take for facts that are absent, as for `Table.decide`; these may change as well.
    node_limit
        How many residual tables to look at before giving up.

    Returns
    -------
    Nearest
        The changes, and the decision on the changed record: it is a real one, within all bounds
        and rules between fields. Where there is no way, it says so.

    Raises
    ------
    InvalidValueError
        For a record of another type; a fact that is neither a number, nor a flag, nor a word; a
        way that is no way; a scale that is not positive.
    UnknownNameError
        When a fact or an outcome is not one of the table.

    Examples
    --------
    >>> from relmkt.records import handles, identity, number, record, schema
    >>> from relmkt.rules import ALWAYS, Rule, Table
    >>> from relmkt.rules.nearest import nearest
    >>> @record
    ... class Account:
    ...     account: str = identity("the account's number")
    ...     overdue: int = number("days since the invoice fell due", unit="day", whole=True)
    >>> on = handles(Account)
    >>> table = Table(
    ...     name="dunning",
    ...     facts=schema(Account),
    ...     rules=[Rule("late", on.overdue > 30, "call"), Rule("fine", ALWAYS, "wait", "in time")],
    ... )
    >>> print(nearest(table, Account(account="A1", overdue=45), movable=["overdue"]))
    call becomes wait with 1 change
      overdue from 45 to 30 (down by 15)
      fine: in time
    """
    if type(record) is not table.facts.record_type:
        wanted = table.facts.record_type.__name__
        raise InvalidValueError("record", f"be a {wanted}", record)
    if node_limit < 1:
        raise InvalidValueError("node_limit", "be at least 1", node_limit)
    ways = ways_of(table, movable)
    before = table.decide(record, assume=assume)
    wanted = wanted_of(table, before, to)
    values = table.facts.values(before.facts)
    sizes = sizes_of(table, values, ways, scale or {})
    changes: tuple[Change, ...] = ()
    after = before if before.outcome in wanted else None
    starts = {
        name: Start(value, sizes.get(name, 1.0), ways[name] != "down", ways[name] != "up")
        if name in ways
        else Start(value)
        for name, value in values.items()
    }
    search = Search(node_limit)
    stopped: str | None = None
    unknown: tuple[str, ...] = ()
    if after is None:
        try:
            found = _cheapest(table, starts, wanted, search)
            if found is None:
                unknown = _would_have_to_be_known(table, starts, wanted, node_limit)
            else:
                changes, after = _made(before, found, starts)
        except LimitReachedError:
            least: Cost = search.least
            stopped = f"stopped after {search.nodes:,} nodes (node_limit)"
            if least[0]:
                fewer = "fewer changes" if least[0] == 1 else f"fewer than {least[0]} changes"
                stopped += f"; {fewer} lead nowhere"
    return Nearest(
        before=before,
        changes=changes,
        after=after,
        wanted=wanted,
        scale=sizes,
        unknown=unknown,
        stopped=stopped,
        nodes=search.nodes,
    )


# ------------------------------------------------------------------------------- what is found


def _cheapest(
    table: Table[Any, OutcomeT],
    starts: Mapping[str, Start],
    wanted: tuple[OutcomeT, ...],
    search: Search,
) -> dict[str, Any] | None:
    """The features that matter, as a nearest record has them; None where there is none."""
    facts = table.facts
    whens = tuple(rule.when for rule in table.rules)
    conditions = (*whens, *facts.given)
    found = steps(facts.features, conditions, starts)
    cells = {name: step.cells for name, step in found.items()}
    variables = Variables(facts.features, conditions, cells=cells)
    world = RuleClaims(variables.reader, whens, facts.given)
    first = len(variables.domains)  # which rule is the first to hold, is one more variable
    moves = Moves(tuple(rule.outcome for rule in table.rules), table.undecided)
    ends = [all_([Lit(first, rules), *nodes]) for nodes, rules in moves.ends(wanted, world, first)]
    every = (2 << len(whens)) - 1
    claims = dict(enumerate([world.possible, some(ends)]))
    domains = search.find(claims, [*variables.domains, every], variables.bonds, cost=cost_of(found))
    if domains is None:
        return None
    return {name: step.value(domains[at]) for at, (name, step) in enumerate(found.items())}


def _would_have_to_be_known(
    table: Table[Any, OutcomeT],
    starts: Mapping[str, Start],
    wanted: tuple[OutcomeT, ...],
    limit: int,
) -> tuple[str, ...]:
    """Absent facts that may not change, with which known there would be a way; none else."""
    features = table.facts.features
    others = {
        name: Start(None, 1.0)
        for name, start in starts.items()
        if start.value is None and start.size is None and features[name].kind in MOVING
    }
    try:
        found = _cheapest(table, {**starts, **others}, wanted, Search(limit))
    except LimitReachedError:
        return ()
    return tuple(name for name in others if found and found.get(name) is not None)


def _made(
    before: Decision[R, OutcomeT], found: Mapping[str, Any], starts: Mapping[str, Start]
) -> tuple[tuple[Change, ...], Decision[R, OutcomeT]]:
    """The changes, and the decision on the record in which they are made."""
    table, facts = before.table, before.table.facts
    old = facts.values(before.facts)
    record = facts.record({**old, **found})
    new = facts.values(record)
    changes = tuple(
        Change(
            feature=name,
            from_=value,
            to=new[name],
            size=starts[name].cost(new[name], _distance(value, new[name]))[1],
            label=facts.features[name].label,
        )
        for name, value in old.items()
        if starts[name].size is not None and new[name] != value
    )
    changed = {change.feature for change in changes}
    kept = tuple(pair for pair in before.assumptions if pair[0] not in changed)
    return changes, attrs.evolve(table.decide(record), assumptions=kept)


def _distance(old: Any, new: Any) -> float:
    return abs(new - old) if _is_number(old) else 1.0


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
