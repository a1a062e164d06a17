"""Hysteresis: a wrapper round a table, whose outcomes are left later than they are entered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Generic, TypeVar, cast, overload

import attrs
import numpy as np
from numpy.typing import NDArray

from relmkt.calendars import Span
from relmkt.domain import Hold, Standing
from relmkt.errors import InvalidValueError, UnknownNameError
from relmkt.records import schema
from relmkt.rules import Layout, Table
from relmkt.steady._columns import NOBODY, State, looked_at, matched, refuse_twins
from relmkt.steady.decisions import Standings, SteadyDecision, SteadyDecisions
from relmkt.steady.loosening import check_alike, either

__all__ = ["Steady"]

R = TypeVar("R")
OutcomeT = TypeVar("OutcomeT")


def as_span(value: str | Span | None) -> Span | None:
    return None if value is None else Span.parse(value)


def _check_confirmations(instance: object, attribute: attrs.Attribute[int], value: int) -> None:
    del instance
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:  # pyright: ignore[reportUnnecessaryIsInstance]
        raise InvalidValueError(attribute.name, "be a whole number of at least 1", value)


def as_ids(value: object) -> tuple[str, ...]:
    """The ids of rules, or one of them."""
    if not isinstance(value, Iterable):
        raise InvalidValueError("urgent", "be the ids of rules", value, remedy='such as ("R0",)')
    return (value,) if isinstance(value, str) else tuple(cast("Iterable[str]", value))


@attrs.frozen(kw_only=True)
class Steady(Generic[R, OutcomeT]):
    """A table whose outcomes are entered by one set of thresholds and left by another.

    Where the entering table decides by an *urgent* rule, its outcome is taken at once. Else, for
    whom outcome X stands, a rule that leads to X holds where its condition in the entering table
    holds *or* that in the staying table, and every other rule asks its condition in the entering
    table. The first rule that holds proposes an outcome. If that is another than X, it is taken
    once it was proposed at so many looks in a row as must confirm it, and X has lasted as long as
    it must dwell; a look that proposes something else begins the count anew.

    Where the missing facts leave the outcome open and X is still possible, X stands, and the count
    of confirmations begins anew; where X is not possible any more, "undecided" is proposed like any
    other outcome. Undecided itself holds nothing back: from there, and for whom there is no
    standing yet, the entering table decides at once.

    Nothing is remembered in the object: what stands is data (`Standing`, `Standings`) that comes
    in and goes out.

    Parameters
    ----------
    entering
        The table that decides on those who are new.
    staying
        A table with the same rules whose conditions are easier to meet; None for the same.
    dwell
        How long an outcome lasts at least, as ``"3 months"``; None for no time.
    confirmations
        At how many looks in a row another outcome must be proposed; at least 1.
    urgent
        The ids of the rules that wait for nothing.

    Attributes
    ----------
    tables
        For each outcome the table that decides while it stands: an ordinary one, which decides,
        explains and verifies.
    version
        A hash of all that can change an answer; reasons are left out.

    Raises
    ------
    InvalidValueError
        When the tables differ in more than their conditions, or a number is not possible.
    UnknownNameError
        When an urgent rule is none of the table.

    Examples
    --------
    >>> from datetime import date
    >>> from relmkt.domain import CustomerFacts
    >>> from relmkt.records import handles, schema
    >>> from relmkt.rules import ALWAYS, Rule, Table
    >>> from relmkt.steady import Steady
    >>> def table(high):
    ...     risky = handles(CustomerFacts).attrition_risk >= high
    ...     rules = [Rule("risky", risky, "protect"), Rule("rest", ALWAYS, "keep", "safe enough")]
    ...     return Table(name="care", facts=schema(CustomerFacts), rules=rules)
    >>> steady = Steady(entering=table(0.5), staying=table(0.4))
    >>> standing = None
    >>> for month, risk in enumerate([0.45, 0.52, 0.48, 0.39], start=1):
    ...     facts = CustomerFacts(customer="C-17", attrition_risk=risk)
    ...     decision = steady.decide(facts, standing, as_of=date(2026, month, 1))
    ...     standing = decision.standing
    ...     print(decision.outcome, "-", decision.reason)
    keep - safe enough
    protect - attrition risk 0.52 ≥ 0.5
    protect - still protect, for it is left later than it is entered: attrition risk 0.48 ≥ 0.4
    keep - safe enough
    """

    entering: Table[R, OutcomeT]
    staying: Table[R, OutcomeT] | None = None
    dwell: Span | None = attrs.field(default=None, converter=as_span)
    confirmations: int = attrs.field(default=1, validator=_check_confirmations)
    urgent: tuple[str, ...] = attrs.field(default=(), converter=as_ids)
    tables: Mapping[OutcomeT, Table[R, OutcomeT]] = attrs.field(init=False, repr=False, eq=False)
    version: str = attrs.field(init=False)
    _codes: Mapping[str | None, int] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        ids = [rule.id for rule in self.entering.rules]
        for rule in self.urgent:
            if rule not in ids:
                raise UnknownNameError("rule", rule, ids, where="urgent")
        if self.staying is not None:
            check_alike(self.entering, self.staying)
        codes: dict[str | None, int] = {
            str(word): at for at, word in enumerate(self.entering.outcomes)
        }
        if len(codes) < len(self.entering.outcomes):
            raise InvalidValueError(
                "outcomes", "differ as texts, for so they are kept", self.entering.outcomes
            )
        tables = {word: self._table(word) for word in self.entering.outcomes}
        stayed = None if self.staying is None else self.staying.version
        held = (self.entering.version, stayed, str(self.dwell), self.confirmations, self.urgent)
        version = hashlib.sha256(repr(held).encode()).hexdigest()[:12]
        object.__setattr__(self, "tables", tables)
        object.__setattr__(self, "_codes", {**codes, None: -1})
        object.__setattr__(self, "version", version)

    def _table(self, standing: OutcomeT) -> Table[R, OutcomeT]:
        if self.staying is None or standing == self.entering.undecided:
            return self.entering
        rules = [
            attrs.evolve(rule, when=either(rule.when, stays.when))
            if rule.outcome == standing
            else rule
            for rule, stays in zip(self.entering.rules, self.staying.rules, strict=True)
        ]
        if rules == list(self.entering.rules):
            return self.entering
        return attrs.evolve(self.entering, rules=rules)

    def table(self, standing: OutcomeT | None) -> Table[R, OutcomeT]:
        """The table that decides on those for whom this outcome stands (None for nobody's).

        Raises
        ------
        UnknownNameError
            When it is no outcome of the table.
        """
        if standing is None:
            return self.entering
        if standing not in self.tables:
            raise UnknownNameError("outcome", standing, map(str, self.tables))
        return self.tables[standing]

    @property
    def open_codes(self) -> tuple[int, ...]:
        """The codes of outcomes that hold nothing back: the word for undecided, and no word."""
        return (-1, self._codes[self._word(self.entering.undecided)])

    @property
    def urgent_places(self) -> tuple[int, ...]:
        """The positions of the urgent rules."""
        return tuple(at for at, rule in enumerate(self.entering.rules) if rule.id in self.urgent)

    # ----------------------------------------------------------------------------- deciding

    @overload
    def decide(
        self,
        subject: R,
        standing: Standing | None = None,
        *,
        as_of: date,
        assume: Mapping[str, Any] | None = None,
    ) -> SteadyDecision[R, OutcomeT]: ...

    @overload
    def decide(
        self,
        subject: Layout,
        standing: Standings | None = None,
        *,
        as_of: date,
        assume: Mapping[str, Any] | None = None,
    ) -> SteadyDecisions[R, OutcomeT]: ...

    def decide(
        self,
        subject: R | Layout,
        standing: Standing | Standings | None = None,
        *,
        as_of: date,
        assume: Mapping[str, Any] | None = None,
    ) -> SteadyDecision[R, OutcomeT] | SteadyDecisions[R, OutcomeT]:
        """Decide on one record, or on every row of a portfolio, given what stands.

        Parameters
        ----------
        subject
            A record, or its columns with each id once.
        standing
            What stood after the look before: of the one, or of many in any order, found by their
            ids; who is not in it is new.
        as_of
            The day of the look. A second look on one day changes no count.
        assume
            What to take for facts that are absent, as for `Table.decide`.

        Raises
        ------
        InvalidValueError
            When the standing is of another customer or another sort, or later than ``as_of``.
        InvalidRowsError
            When an id is twice in the portfolio or in the standings.
        UnknownNameError
            When the standing names an outcome that the table does not have.
        """
        is_record = type(subject) is self.entering.facts.record_type
        wanted = Standing if is_record else Standings
        if not isinstance(cast("object", standing), (wanted, type(None))):
            raise InvalidValueError(
                "standing", f"be {wanted.__name__}, as the subject is, or None", type(standing)
            )
        if is_record:
            return self._one(cast("R", subject), cast("Standing | None", standing), as_of, assume)
        return self._many(subject, cast("Standings | None", standing), as_of, assume)

    def _one(
        self,
        record: R,
        before: Standing | None,
        as_of: date,
        assume: Mapping[str, Any] | None,
    ) -> SteadyDecision[R, OutcomeT]:
        customer = self._checked(record, before, as_of)
        plain = self.entering.decide(record, assume=assume)
        if before is None or self._code(before.outcome, before.customer) in self.open_codes:
            outcome = self._word(plain.outcome)
            same = before is not None and before.outcome == outcome
            since = before.since if before is not None and same else as_of
            after = Standing(customer=customer, outcome=outcome, since=since, looked=as_of, times=0)
            return SteadyDecision(self, before, plain, None, after)
        stood = self.entering.outcomes[self._code(before.outcome, before.customer)]
        agrees = plain.settled and plain.outcome == stood
        at_once = plain.rule in self.urgent
        found = plain
        if not (agrees or at_once):
            found = self.table(stood).decide(record, assume=assume)
        stays = attrs.evolve(before, looked=as_of, proposed=None, times=0)
        if found.settled and found.outcome == stood:
            return SteadyDecision(self, before, found, None if agrees else Hold.BAND, stays)
        if not found.settled and stood in found.possible:
            return SteadyDecision(self, before, found, Hold.UNSETTLED, stays)
        word = self._word(found.outcome)
        times = 1
        if before.times and before.proposed == word:
            times = before.times + (before.looked < as_of)
        confirmed = times >= self.confirmations
        lasted = self.dwell is None or self.dwell.end(before.since) <= as_of
        if at_once or (confirmed and lasted):
            after = Standing(customer=customer, outcome=word, since=as_of, looked=as_of, times=0)
            return SteadyDecision(self, before, found, None, after)
        held = Hold.DWELL if confirmed else Hold.CONFIRMATION
        waits = attrs.evolve(before, looked=as_of, proposed=word, times=times)
        return SteadyDecision(self, before, found, held, waits)

    def _checked(self, record: R, before: Standing | None, as_of: date) -> Any:
        """The id of the record, whose standing it must be."""
        identity = schema(type(record)).identity
        customer = getattr(record, identity)
        if before is None:
            return customer
        if before.customer != customer:
            raise InvalidValueError("standing", f"be that of {customer!r}", before.customer)
        if before.looked > as_of:
            raise _too_early(as_of, before.looked)
        return customer

    def _many(
        self,
        rows: Any,
        standing: Standings | None,
        as_of: date,
        assume: Mapping[str, Any] | None,
    ) -> SteadyDecisions[R, OutcomeT]:
        held = standing
        if held is None:
            held = Standings(customer=[], since=[], looked=[], times=[])
        wanted = self.entering.facts.record_type
        if getattr(rows, "record_type", None) is not wanted:
            raise InvalidValueError("subject", f"be a {wanted.__name__} or columns of them", rows)
        refuse_twins("the subject", rows.ids)
        refuse_twins("the standings", held.ids)
        places, new = matched(held.ids, rows.ids)
        places[new] = -1
        state = self.state_of(held)
        if held.looked.size and held.looked.max() > np.datetime64(as_of, "D"):
            raise _too_early(as_of, held.looked.max().item())
        look = looked_at(self, rows, state.at(places), as_of, assume)
        gone = np.ones(len(held), dtype=np.bool_)
        gone[places[places >= 0]] = False
        return SteadyDecisions(
            steady=self,
            rows=look.plain.rows,
            before=held,
            standing=self.standings(rows.ids, look.state),
            gone=held[gone],
            places=places,
            look=look,
            as_of=as_of,
            given=rows,
            assume=assume,
        )

    # --------------------------------------------------------------------- words and codes

    def state_of(self, standings: Standings) -> State:
        """The standings in codes.

        Raises
        ------
        UnknownNameError
            When one names an outcome that the table does not have.
        """
        size = len(standings)
        ids = standings.values("customer")
        outcome, proposed = (
            np.fromiter(map(self._code, standings.values(name), ids), dtype=np.int16, count=size)
            for name in ("outcome", "proposed")
        )
        times = standings.times.astype(np.int32)
        proposed[times == 0] = NOBODY
        return State(outcome, standings.since, proposed, times, standings.looked)

    def standings(self, ids: NDArray[Any], state: State) -> Standings:
        """The codes in words."""
        words = np.array([*map(str, self.entering.outcomes), None, None], dtype=object)
        return Standings(
            customer=ids,
            outcome=words[state.outcome],
            since=state.since,
            looked=state.looked,
            proposed=words[state.proposed],
            times=state.times.astype(np.float64),
        )

    def _code(self, outcome: str | None, customer: object) -> int:
        found = self._codes.get(outcome)
        if found is None:
            known = [word for word in self._codes if word is not None]
            raise UnknownNameError("outcome", outcome, known, where=f"the standing of {customer!r}")
        return found

    def _word(self, outcome: OutcomeT | None) -> str | None:
        return None if outcome is None else str(outcome)


def _too_early(as_of: date, looked: date) -> InvalidValueError:
    return InvalidValueError(
        "as_of",
        f"not be before the latest look ({looked})",
        str(as_of),
        remedy="looks are taken in the order of time",
    )
