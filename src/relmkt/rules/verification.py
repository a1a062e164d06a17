"""Verifying tables before they run: what can never happen, what has no answer, and a witness."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar, cast

import attrs

from relmkt.errors import InvalidValueError
from relmkt.rules.conditions import Handle

if TYPE_CHECKING:
    from relmkt.rules.tables import Table

__all__ = [
    "ANYTHING",
    "Anything",
    "Broken",
    "Finding",
    "Gap",
    "Monotonicity",
    "Overlap",
    "PastUnknown",
    "Shadowed",
    "Unsatisfiable",
    "Verification",
    "never",
]

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")


class Anything(enum.Enum):
    """The type of `ANYTHING`."""

    ANYTHING = "anything"


ANYTHING = Anything.ANYTHING
"""Every outcome that a rule leads to."""

_QUESTIONS_SHOWN = 5
_SEVERAL = (list, tuple)


# --------------------------------------------------------------------------------- statements


@attrs.frozen(kw_only=True)
class Monotonicity:
    """A statement on how outcomes follow one feature; `never` makes it.

    Attributes
    ----------
    feature
        The name of the feature that moves, everything else equal.
    rises
        Whether it rises or falls.
    from_, to
        The outcomes between which nobody may go; None for every outcome of a rule.
    """

    feature: str
    rises: bool
    from_: tuple[object, ...] | None
    to: tuple[object, ...] | None

    def __str__(self) -> str:
        way = "rises" if self.rises else "falls"
        before = "anything" if self.from_ is None else _listed(self.from_)
        after = "anything else" if self.to is None else _listed(self.to)
        return f"as {self.feature.replace('_', ' ')} {way}, never from {before} to {after}"


def never(
    from_: object, to: object = ANYTHING, *, as_: Handle | str, rises: bool = True
) -> Monotonicity:
    """State that no outcome turns into another as one feature moves, everything else equal.

    Parameters
    ----------
    from_
        The outcome before the move, or several in a list; `ANYTHING` for every outcome of a rule.
    to
        The same after it. Only a change is a move: what stays as it is breaks no statement.
        Undecided is meant only where the table's word for it is named, or is a rule's too.
    as_
        The feature that moves, from one known value to another: a number, or a flag (which rises
        when it becomes true).
    rises
        Whether it rises or falls.

    Returns
    -------
    Monotonicity
        For `Table.verify`, which checks it exactly.

    Raises
    ------
    InvalidValueError
        When a list of outcomes is empty, when the only outcome before is the only one after, or
        when ``as_`` is no feature or ``rises`` no bool.

    Examples
    --------
    >>> from relmkt.rules import never
    >>> print(never("protect", as_="attrition_risk"))
    as attrition risk rises, never from protect to anything else
    >>> print(never(["enhance", "harvest"], "end", as_="headroom"))
    as headroom rises, never from enhance or harvest to end
    """
    name = as_.feature.name if isinstance(as_, Handle) else as_
    if not isinstance(cast("object", name), str):
        raise InvalidValueError("as_", "be a feature's handle or its name", name)
    if not isinstance(cast("object", rises), bool):
        raise InvalidValueError("rises", "be True or False", rises)
    before, after = _outcomes("from_", from_), _outcomes("to", to)
    if before and after and all(one == other for one in before for other in after):
        raise InvalidValueError(
            "to",
            "name another outcome than before the move",
            str(after[0]),
            remedy="what stays as it is breaks no statement",
        )
    return Monotonicity(feature=name, rises=rises, from_=before, to=after)


def _outcomes(name: str, value: object) -> tuple[object, ...] | None:
    if value is ANYTHING:
        return None
    several = isinstance(value, _SEVERAL)
    found = tuple(cast("Iterable[object]", value)) if several else (value,)
    if not found:
        raise InvalidValueError(name, "name at least one outcome", [])
    return found


def _listed(words: Iterable[object], joined: str = "or") -> str:
    *first, last = map(str, words)
    return f"{', '.join(first)} {joined} {last}" if first else last


# ----------------------------------------------------------------------------------- findings


@attrs.frozen(kw_only=True)
class Gap(Generic[R]):
    """There are records for which no rule holds, and none is unknown.

    Attributes
    ----------
    witness
        Such a record.
    said
        It in words.
    """

    witness: R
    said: str = attrs.field(repr=False, eq=False)

    def __str__(self) -> str:
        return f"gap: no rule holds, and none is unknown, for {self.said}"


@attrs.frozen(kw_only=True)
class Unsatisfiable:
    """A rule holds for no record, whatever the other rules are.

    Attributes
    ----------
    rule
        The rule's id.
    """

    rule: str

    def __str__(self) -> str:
        return f"unsatisfiable: {self.rule} holds for no record"


@attrs.frozen(kw_only=True)
class Shadowed(Generic[R]):
    """A rule holds for some records and decides for none.

    Attributes
    ----------
    rule
        The rule's id.
    by
        Earlier rules that shadow it, none of which could be left out.
    behind_unknown
        False where one of them always holds too. True where the rule is the first to hold for some
        records, and for all of those one of them is unknown and leads elsewhere.
    witness
        A record for which the rule holds; behind an unknown, the first rule that does.
    said
        The witness in words.
    """

    rule: str
    by: tuple[str, ...]
    behind_unknown: bool
    witness: R
    said: str = attrs.field(repr=False, eq=False)

    def __str__(self) -> str:
        why = f"{_listed(self.by)} holds first"
        if self.behind_unknown:
            why += ", or is unknown and leads elsewhere"
        return f"shadowed: {self.rule} never decides: {why}, as for {self.said}"


@attrs.frozen(kw_only=True)
class PastUnknown(Generic[R, OutcomeT]):
    """An outcome is decided though an earlier rule, which would lead to the same, is unknown.

    The outcome is settled all the same; but the rule that is named, with its reason, may not be
    the one that would be named if all were known.

    Attributes
    ----------
    outcome
        The outcome.
    rules
        The ids of the rules that can decide so.
    past
        The ids of the rules that are unknown before the first of them for the witness.
    witness
        A record for which the first of the rules decides so.
    said
        The witness in words.
    """

    outcome: OutcomeT
    rules: tuple[str, ...]
    past: tuple[str, ...]
    witness: R
    said: str = attrs.field(repr=False, eq=False)

    def __str__(self) -> str:
        verb = "are" if len(self.past) > 1 else "is"
        return (
            f"past an unknown: {self.outcome} can be decided by {_listed(self.rules)} "
            f"while an earlier rule with that outcome is unknown, "
            f"as {_listed(self.past, 'and')} {verb} for {self.said}"
        )


@attrs.frozen(kw_only=True)
class Broken(Generic[R]):
    """A statement on monotonicity does not hold.

    Attributes
    ----------
    statement
        The statement.
    before, after
        Two records that differ in its feature alone and break it.
    said
        Both in words.
    """

    statement: Monotonicity
    before: R
    after: R
    said: str = attrs.field(repr=False, eq=False)

    def __str__(self) -> str:
        return f"broken: {self.statement}; but {self.said}"


@attrs.frozen(kw_only=True)
class Overlap(Generic[R]):
    """Two rules can hold at once; in a table where the first decides this is no fault.

    Attributes
    ----------
    rules
        The ids of the earlier rule and the later one.
    witness
        A record for which both hold.
    said
        The witness in words.
    """

    rules: tuple[str, str]
    witness: R
    said: str = attrs.field(repr=False, eq=False)

    def __str__(self) -> str:
        return f"overlap: {self.rules[0]} and {self.rules[1]} both hold for {self.said}"


Finding: TypeAlias = Gap[R] | Unsatisfiable | Shadowed[R] | PastUnknown[R, OutcomeT] | Broken[R]
"""What a verification can find."""


@attrs.frozen(kw_only=True)
class Verification(Generic[R, OutcomeT]):
    """What was found in a table; printed, it is read aloud, one line a finding.

    Attributes
    ----------
    table
        The table.
    findings
        What was found: the gap, rules that hold for no record, shadowed rules, outcomes decided
        past an unknown, statements that are broken.
    overlaps
        The pairs of rules that can hold at once, if they were asked for.
    stopped
        Why it stopped before the end, or None. Then what was found is true, and there may be more.
    open
        The questions that were left without an answer.
    nodes
        How many residual tables were looked at.
    """

    table: Table[R, OutcomeT]
    findings: tuple[Finding[R, OutcomeT], ...]
    overlaps: tuple[Overlap[R], ...]
    stopped: str | None
    open: tuple[str, ...]
    nodes: int

    @property
    def complete(self) -> bool:
        """Whether every question was answered."""
        return self.stopped is None

    @property
    def sound(self) -> bool:
        """Whether every question was answered, and nothing is wrong.

        An outcome decided past an unknown is worth knowing, and not wrong.
        """
        faults = (found for found in self.findings if not isinstance(found, PastUnknown))
        return self.complete and next(faults, None) is None

    @property
    def gap(self) -> Gap[R] | None:
        """The gap, if there is one."""
        return next((found for found in self.findings if isinstance(found, Gap)), None)

    @property
    def unsatisfiable(self) -> tuple[Unsatisfiable, ...]:
        """The rules that hold for no record."""
        return tuple(found for found in self.findings if isinstance(found, Unsatisfiable))

    @property
    def shadowed(self) -> tuple[Shadowed[R], ...]:
        """The rules that hold for some and never decide."""
        return tuple(found for found in self.findings if isinstance(found, Shadowed))

    @property
    def past_unknown(self) -> tuple[PastUnknown[R, OutcomeT], ...]:
        """The outcomes that are decided past an unknown."""
        return tuple(found for found in self.findings if isinstance(found, PastUnknown))

    @property
    def broken(self) -> tuple[Broken[R], ...]:
        """The statements that do not hold."""
        return tuple(found for found in self.findings if isinstance(found, Broken))

    def __str__(self) -> str:
        count = len(self.findings)
        told = "nothing found" if not count else f"{count} finding{'s' if count > 1 else ''}"
        rules = len(self.table.rules)
        lines = [f"{self.table.name}, {rules} rule{'s' if rules > 1 else ''}: {told}"]
        lines += [f"  {found}" for found in (*self.findings, *self.overlaps)]
        if self.stopped is not None:
            lines[0] += ", and not all was looked at"
            shown = [*self.open[:_QUESTIONS_SHOWN]]
            if len(self.open) > len(shown):
                shown.append(f"{len(self.open) - len(shown)} more questions")
            lines += [f"  {self.stopped}", f"  not answered: {_listed(shown, 'and')}"]
        return "\n".join(lines)
