"""The laws let nothing pass: each planted fault is found, and told so that one understands it."""

from __future__ import annotations

import copy
import math
import re
from datetime import date, datetime

import attrs
import numpy as np
import pytest
from hypothesis import given, settings

from relmkt.columns import Columns, Portfolio
from relmkt.consent import ConsentEvents
from relmkt.domain import CustomerFacts
from relmkt.errors import BrokenLawError, InvalidRowsError, InvalidValueError
from relmkt.models import Forecasts
from relmkt.orders import OrderLog
from relmkt.plans import PlanLines
from relmkt.records import (
    Constraint,
    day,
    flag,
    handles,
    identity,
    instant,
    member,
    number,
    record,
    schema,
    text,
)
from relmkt.rules import (
    ALWAYS,
    Checklist,
    Decision,
    Decisions,
    Gap,
    Kind,
    Rule,
    Shadowed,
    Table,
    absent,
    known,
    never,
)
from relmkt.rules import _closures as closures
from relmkt.rules import _ruled as rules_ruled
from relmkt.summaries import Summaries
from relmkt.testing import _cases as on_trial
from relmkt.testing import laws
from relmkt.testing._edges import edges
from relmkt.testing._policy_laws import spread_evenly
from relmkt.testing.oracle import decided, fact
from relmkt.testing.strategies import tables
from relmkt.thresholds import OUR_DEFAULT, Policy, Quantile, policy, threshold
from tests.things import Bound, Bounds, Color, DatedThings, Thing, Things


@record
class Account:
    """An account that may be overdue."""

    account: str = identity("the account's number")
    overdue: float | None = number(
        "days since the invoice fell due", unit="day", lower=0, default=None
    )
    disputed: bool | None = flag("whether the customer disputes it", default=None)


on = handles(Account)
RULES = (
    Rule("disputed", on.disputed, "talk"),
    Rule("late", on.overdue >= 30, "call"),
    Rule("fine", ALWAYS, "wait", "not late enough"),
)


def dunning(kind=Table, rules=RULES, **options):
    return kind(name="dunning", facts=schema(Account), rules=rules, **options)


def broken(check, *arguments, **options):
    """What is told of the law that does not hold."""
    with pytest.raises(BrokenLawError) as caught:
        check(*arguments, **options)
    return str(caught.value)


# --------------------------------------------------------------------------- what is as it should


def test_a_sound_table_breaks_no_law():
    laws.check_table(dunning(), never=[never("call", "wait", as_="overdue")])


@settings(max_examples=25)
@given(tables(Thing))
def test_whatever_table_there_is_its_decisions_break_no_law(table):
    laws.check_decisions(table, [Thing(thing=1), Thing(thing=2, x=0.5, is_new=True, count=3)])


def bounded():
    """A table on a record type with rules between its fields and facts that must be given."""
    asked = handles(Bound)
    rules = [
        Rule("new", asked.is_new & (asked.low < asked.high), "a"),
        Rule("many", asked.count >= 3, "b", "{count} of them"),
        Rule("rest", ALWAYS, "c", otherwise=True),
    ]
    return Table(name="bounded", facts=schema(Bound), rules=rules)


def test_rules_between_fields_break_no_law():
    promises = [never("b", "c", as_="count"), never("a", "b", as_="is_new")]
    laws.check_table(bounded(), never=promises, max_examples=40)


def test_every_sort_of_question_is_tried_at_its_edges(monkeypatch):
    asked = handles(Thing)
    questions = [
        asked.x > asked.y,
        asked.count == 3,
        asked.color.is_in(["red", "blue"]),
        asked.any_of("marks"),
        absent(asked.since),
        known(asked.note),
        asked.share >= 0.25,
    ]
    rules = [Rule(f"r{at}", when, f"o{at}") for at, when in enumerate(questions)]
    table = Table(name="all sorts", facts=schema(Thing), rules=rules)
    laws.check_table(table, accept=[Gap], max_examples=20)
    tried = edges(table, [])
    values = {name: {fact(thing, name) for thing in tried} for name in table.features}
    assert {2, 3, 4, None} <= values["count"]
    assert {0.25, math.nextafter(0.25, 0), math.nextafter(0.25, 1)} <= values["share"]
    assert values["color"] == {*Color, None}
    assert values["marks_old"] == {True, False, None}
    assert {decided(table.rules, thing) for thing in tried} == set(range(-1, len(rules)))
    monkeypatch.setattr("relmkt.testing._edges._MOST", 5)
    assert edges(table, []) == tried[:5]


@pytest.mark.parametrize(
    "kind",
    [Portfolio, ConsentEvents, OrderLog, Summaries, Forecasts, PlanLines, Bounds, DatedThings],
)
def test_our_record_types_break_no_law(kind):
    laws.check_columns(kind, max_examples=20)


def test_a_table_is_tried_on_the_very_records_given():
    accounts = [Account(account="A1", overdue=45), Account(account="A2"), Account(account="A3")]
    laws.check_decisions(dunning(), accounts)
    laws.check_decisions(dunning(), [])
    told = broken(laws.check_decisions, dunning(Hasty), accounts)
    assert "\n  for Account(account='A1')\n" in told  # what is known of A1 does not matter to it


def test_what_breaks_a_law_is_told_the_same_with_every_test_runner():
    told = broken(laws.check_table, dunning(Hasty))
    assert told == (
        "dunning breaks a law: the same facts are decided alike, however they are held\n"
        "  for Account(account='witness')\n"
        "  by the truth tables: no rule decides\n"
        "  one by one: fine, wait\n"
        "  in columns: no rule decides\n"
        "  in columns, in another order: no rule decides\n"
        "  in columns, in two parts: no rule decides\n"
        "  in data frames: no rule decides\n"
        "  one by one, by a copy: fine, wait\n"
        "  one by one, as read back from JSON: no rule decides"
    )


# ------------------------------------------------------------------------------- faulty tables


class Hasty(Table):
    """Takes what is unknown for false, one by one."""

    def _index_past_unknown(self, record, start):
        later = range(start, len(self.rules))
        return next((at for at in later if self._questions[at](record)), -1)


class HastyThroughout(Hasty):
    """The same in columns, so that both agree."""

    def _decide_rows(self, subject, assumptions):
        decisions = super()._decide_rows(subject, assumptions)
        rule = np.array([self.decide(row).index for row in decisions.rows], dtype=np.int8)
        codes = [self.outcomes.index(each.outcome) for each in self.rules]
        outcome = np.array([*codes, -1], dtype=np.int8)[rule]
        return attrs.evolve(decisions, rule=rule, outcome=outcome, settled=rule >= 0)


class Reversed(Table):
    """Gives the decisions of columns from the last to the first."""

    def _decide_rows(self, subject, assumptions):
        found = super()._decide_rows(subject, assumptions)
        return attrs.evolve(
            found, rule=found.rule[::-1], outcome=found.outcome[::-1], settled=found.settled[::-1]
        )


class Neighborly(Table):
    """Settles nothing where two rows stand side by side."""

    def _decide_rows(self, subject, assumptions):
        found = super()._decide_rows(subject, assumptions)
        return attrs.evolve(found, settled=found.settled & (len(found) < 2))


class Forgetful(Table):
    """Loses its last rule when it is copied."""

    def __reduce__(self):
        return dunning, (type(self), self.rules[:-1])


class ForgetsItself(Table):
    """Is another when it is copied, under the same version."""

    def __copy__(self):
        return dunning(Hasty)


class Asks(Table):
    """Says that every fact is missing."""

    def missing(self, values):
        return self.features if super().missing(values) else ()


class AsksLittle(Table):
    """Says only the first fact that is missing."""

    def missing(self, values):
        return super().missing(values)[:1]


class Speechless(Table):
    """One that cannot speak of what it does not know."""

    def reason(self, index, values, messages=None):
        if values["overdue"] is None:
            raise ValueError("overdue since when?")
        return super().reason(index, values, messages)


class SaysNoNext(Table):
    """Knows no next outcome in columns."""

    def next_outcomes(self, rows, rule):
        return np.full(len(rows), -1, dtype=rule.dtype)


class ExplainsAnother(Table):
    """Explains the decision on another record."""

    def explain(self, record, *, assume=None):
        return super().explain(Account(account=record.account), assume=assume)


class OneVersion(Table):
    """Has the same version whatever its rules."""

    def __attrs_post_init__(self):
        super().__attrs_post_init__()
        object.__setattr__(self, "version", "1.0")


class VersionOfReasons(Table):
    """Has another version in other words."""

    def __attrs_post_init__(self):
        super().__attrs_post_init__()
        object.__setattr__(self, "version", f"{hash(self.rules)}")


LATE_TOO = (RULES[0], Rule("late", on.overdue >= 30, "call"), Rule("old", on.overdue >= 60, "sue"))


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (
            dunning(HastyThroughout),
            r"decided alike.*for Account\(account='witness'\).*truth tables: no rule.*columns: f",
        ),
        (dunning(Reversed), r"decided alike.*\(row \d+ of \d+\).*one by one: .*\n.*in columns: "),
        (
            dunning(Neighborly),
            (
                r"decided alike.*in columns: \w+, \w+ \(and settled is False\).*"
                r"in two parts: .*by a copy: \w+, \w+\n"
            ),
        ),
        (dunning(Forgetful), r"a copy of a table is the same table.*\n  copied: version"),
        (dunning(ForgetsItself), r"a copy of a table is the same table"),
        (
            dunning(Asks),
            (
                r"a fact that is said to be missing is absent\n"
                r"  for Account\(account=1, (overdue|disputed)=.*\)\n"
                r"  said to be missing: disputed, overdue\n  known: \1$"
            ),
        ),
        (
            dunning(AsksLittle),
            (
                r"settle the matter when they are known\n  for Account\(account=1\)\n"
                r"  said to be missing: disputed\n"
                r"  and still missing in Account\(account=1, disputed=False\): overdue$"
            ),
        ),
        (
            dunning(SaysNoNext),
            (
                r"tell the same: 'next'\n  for Account\(account=.*\)\n"
                r"  told: '(call|wait)'\n  told: None\n  told: '\1'$"
            ),
        ),
        (
            dunning(ExplainsAnother),
            r"what is explained is what is decided\n  for .*\n  decided: .*=.*=.*\n  explained: no",
        ),
        (dunning(OneVersion), r"another policy is another version.*another outcome of disputed"),
        (dunning(VersionOfReasons), r"a reason in other words is no other version"),
        (
            dunning(Speechless),
            (
                r"reason of every rule can be said\n  for one of whom nothing is known\n"
                r"  .* gives ValueError: overdue since when\?"
            ),
        ),
        (
            dunning(rules=[Rule("late", on.overdue >= 30, "call", " ")]),
            r"reason of every rule says something.*late: ' '",
        ),
        (
            dunning(rules=RULES[:2]),
            r"nothing is wrong with it\n  gap: no rule holds, and none is unknown, for one with",
        ),
        (
            dunning(rules=[*LATE_TOO, RULES[-1]]),
            r"nothing is wrong with it\n  shadowed: old never decides: late holds first",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Table) else "",
)
def test_a_faulty_table_is_found_out(table, told):
    assert re.search(told, broken(laws.check_table, table), re.DOTALL)


def swapped(monkeypatch, place, name, make):
    monkeypatch.setattr(place, name, make(getattr(place, name)))


def test_a_threshold_missed_by_one_is_found_at_the_threshold(monkeypatch):
    swapped(
        monkeypatch,
        closures,
        "_threshold",
        lambda right: lambda get, op, bound: right(get, {">=": op.GT}.get(op.value, op), bound),
    )
    told = broken(laws.check_table, dunning())
    assert "\n  for Account(account='witness', overdue=30.0, disputed=False)\n" in told
    assert "\n  one by one: fine, wait\n  in columns: late, call\n" in told


def test_reasons_of_other_rows_are_found_out(monkeypatch):
    swapped(monkeypatch, Decisions, "reasons", lambda right: lambda self: [*reversed(right(self))])
    told = broken(laws.check_table, dunning())
    assert "a record and its row in columns tell the same: 'reason'\n  for Account(" in told


def test_an_outcome_that_was_not_told_to_be_possible_is_found_out(monkeypatch):
    possible = Decision.possible.fget
    monkeypatch.setattr(Decision, "possible", property(lambda self: possible(self)[:1]))
    told = broken(laws.check_table, dunning())
    assert "learning a fact settles a decision or narrows it, and never changes it" in told
    assert "\n  for Account(account=1)\n  before, it could be: talk\n  known in full as " in told
    assert re.search(r"\n  it is: (call|wait)$", told)


def test_an_assumption_that_overrules_is_found_out(monkeypatch):
    def overruling(right):
        def filled(self, record, assumptions):
            known = attrs.evolve(record, **assumptions)
            return known, right(self, record, assumptions)[1]

        return filled

    swapped(monkeypatch, type(schema(Account)), "filled", overruling)
    told = broken(laws.check_table, dunning())
    assert "an assumption fills a gap, is recorded, and overrules nothing that is known" in told
    assert re.search(r"for Account\(.*\), assuming .*\n  decided on: Account\(", told)


def test_an_assumption_that_columns_do_not_take_is_found_out(monkeypatch):
    swapped(
        monkeypatch,
        type(schema(Account)),
        "filled_columns",
        lambda right: lambda self, rows, assumptions: (rows, right(self, rows, assumptions)[1]),
    )
    told = broken(laws.check_table, dunning())
    assert "with assumptions too, the same facts are decided alike\n  for Account(" in told
    assert "in columns: no rule decides" in told


def test_an_explanation_that_calls_the_unknown_false_is_found_out(monkeypatch):
    swapped(
        monkeypatch,
        rules_ruled,
        "judged",
        lambda right: lambda when, values: (bool(right(when, values)[0]), right(when, values)[1]),
    )
    told = broken(laws.check_table, dunning())
    assert "an explanation tells of each rule what the truth tables say" in told
    assert re.search(r"told: \w+ \w+: fails \(.* unknown\)\n  by the truth tables: U U", told)


def test_a_broken_promise_is_told_with_both_sides():
    told = broken(laws.check_table, dunning(), never=[never("wait", "call", as_="overdue")])
    assert "verified before it runs" in told
    assert "broken: as overdue rises, never from wait to call; but overdue " in told


def test_a_broken_promise_is_found_without_verifying(monkeypatch):
    swapped(monkeypatch, Table, "verify", lambda right: lambda self, **_: right(self))
    promise = never("wait", "call", as_="overdue")
    told = broken(laws.check_table, dunning(), never=[promise], max_examples=300)
    assert told.startswith("dunning breaks a law: as overdue rises, never from wait to call\n")
    assert re.search(r"\n  overdue [\d.e-]+: wait\n  overdue [\d.e+]+: call$", told)
    back = never("call", "wait", as_="overdue", rises=False)
    assert "overdue falls" in broken(
        laws.check_table, dunning(), never=[back], given=[~on.disputed], max_examples=300
    )
    laws.check_table(dunning(), never=[promise], given=[on.overdue < 30])


def test_what_is_meant_can_be_accepted():
    laws.check_table(dunning(rules=RULES[:2]), accept=[Gap], max_examples=10)
    laws.check_table(dunning(rules=[*LATE_TOO, RULES[-1]]), accept=[Shadowed], max_examples=10)
    asking = [Rule("ask", absent(on.overdue), "ask"), *RULES]
    laws.check_table(dunning(rules=asking), max_examples=10)


def test_what_could_not_be_verified_to_the_end_is_not_called_sound():
    told = broken(laws.check_table, dunning(), node_limit=1)
    assert "nothing is wrong with it\n  " in told
    assert "not answered: " in told


# ----------------------------------------------------------------------------- faulty policies


def limit(default=30.0, *, unit="day", meaning="days from which we call", source=OUR_DEFAULT):
    return threshold(default=default, unit=unit, meaning=meaning, source=source)


@policy
class Dunning(Policy):
    """Calls those who are late; the default depends on the accounts."""

    call_after: float | Quantile = limit(Quantile("overdue", 0.5, otherwise=14.0))

    def table(self):
        late = Rule("late", on.overdue >= self.numbers()["call_after"], "call")
        return dunning(rules=[RULES[0], late, RULES[2]], constants=self.numbers())


@policy
class Deaf(Dunning):
    """Has a threshold that nothing asks for."""

    sue_after: float | Quantile = limit(90.0)


@policy
class Mute(Dunning):
    """Does not say what its threshold means."""

    call_after: float | Quantile = limit(meaning=" ")


@policy
class Moody(Dunning):
    """Builds another table each time."""

    def table(self):
        return attrs.evolve(super().table(), name=f"dunning {next(COUNT)}")


COUNT = iter(range(10**9))


@policy
class Lazy(Dunning):
    """Calibrates on many accounts only."""

    def calibrate(self, portfolio):
        return super().calibrate(portfolio) if len(portfolio) > 200 else self


@policy
class Choosy(Dunning):
    """Calibrates on some accounts only."""

    def calibrate(self, portfolio):
        return super().calibrate(portfolio) if len(portfolio) > 50 else self


@policy
class Ordered(Dunning):
    """Refuses thresholds that do not stand in order."""

    sue_after: float | Quantile = limit(Quantile("overdue", 0.9, otherwise=30.0))

    def table(self):
        if self.numbers()["sue_after"] <= self.numbers()["call_after"]:
            raise InvalidValueError("sue_after", "exceed 'call_after'", self.sue_after)
        sue = Rule("sue", on.overdue >= self.sue_after, "sue")
        return attrs.evolve(super().table(), rules=[RULES[0], sue, *super().table().rules[1:]])


@policy
class LastComeFirstServed(Dunning):
    """Takes the last account for all."""

    def calibrate(self, portfolio):
        known = portfolio.overdue[~np.isnan(portfolio.overdue)]
        is_open = isinstance(self.call_after, Quantile)
        last = float(known[-1]) if known.size else 14.0
        return attrs.evolve(self, call_after=last if is_open else self.call_after)


@policy
class Creeping(Dunning):
    """Moves with each calibration."""

    def calibrate(self, portfolio):
        found = super().calibrate(portfolio)
        return attrs.evolve(found, call_after=found.call_after + 1.0)


@policy
class Stubborn(Dunning):
    """Forgets what was stated."""

    def calibrate(self, portfolio):
        return attrs.evolve(self, call_after=float(len(portfolio)))


@policy
class Illegible(Dunning):
    """Writes another number than its own."""

    def values(self):
        return dict.fromkeys(super().values(), 1.0)


@policy
class Strict(Dunning):
    """Calls after 14 to 60 days only, and sues later than it calls."""

    call_after: float | Quantile = limit(30.0)
    sue_after: float | Quantile = limit(60.0)

    def __attrs_post_init__(self):
        if not 14 <= self.call_after <= 60:
            raise InvalidValueError("call_after", "be within the law", self.call_after)

    def table(self):
        if self.sue_after <= self.call_after:
            raise InvalidValueError("sue_after", "exceed 'call_after'", self.sue_after)
        sue = Rule("sue", on.overdue >= self.sue_after, "sue")
        return attrs.evolve(super().table(), rules=[RULES[0], sue, *super().table().rules[1:]])


@pytest.mark.parametrize(
    "subject",
    [
        Dunning,
        Dunning(),
        Dunning(call_after=20),
        Strict,
        Strict(call_after=60, sue_after=90),
        Ordered,
    ],
)
def test_a_sound_policy_breaks_no_law(subject):
    laws.check_policy(subject, never=[never("call", "wait", as_="overdue")], max_examples=30)


def test_a_policy_is_verified_on_the_portfolio_given():
    nobody = on_trial.columns_of(Account)(account=[1, 2], overdue=[0, 0])
    told = broken(laws.check_policy, Dunning, portfolio=nobody)
    assert "shadowed: fine never decides" in told
    laws.check_policy(Dunning, portfolio=nobody, accept=[Shadowed], max_examples=5)


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        (
            Deaf,
            (
                r"Deaf breaks a law: every threshold matters: with another number the table is an"
                r"other\n  sue_after: 90.0 and 90.125, 89.875, 181.0, 45.0 build the same table, "
            ),
        ),
        (Mute, r"says what it means, its unit and its source\n  call_after has no meaning$"),
        (Moody, r"the same policy builds the same table.*\n  dunning \d+: version .* and then "),
        (Choosy, r"a calibrated policy has plain numbers.*'call_after' must be a plain number"),
        (Lazy, r"a calibrated policy has plain numbers.*'call_after' must be a plain number"),
        (
            LastComeFirstServed,
            (
                r"the same customers give the same thresholds\n  for LastCome.*\n"
                r"    +Account\(account=.*\n  calibrated: .*\n  with the customers in another"
            ),
        ),
        (Creeping, r"calibrated: Creeping\(.*\)\n  calibrated once more: Creeping\("),
        (
            Stubborn(call_after=20),
            (
                r"calibrating leaves plain numbers as they are\n  for Stubborn\(call_after=20\)\n"
                r"  call_after: 20 became 0.0$"
            ),
        ),
        (
            Illegible(call_after=3),
            r"JSON gives back the same policy\n  written: Illegible\(call_after=3\)\n  read: ",
        ),
    ],
    ids=lambda value: str(value)[:40] if not isinstance(value, str) else "",
)
def test_a_faulty_policy_is_found_out(subject, told):
    assert re.search(told, broken(laws.check_policy, subject, max_examples=200), re.DOTALL)


def test_a_policy_that_cannot_build_its_table_says_so_itself():
    with pytest.raises(InvalidValueError, match="'sue_after' must exceed 'call_after'"):
        laws.check_policy(Strict(call_after=60, sue_after=15))


@record
class Marked:
    """Must be given all that it asks for."""

    id: str = identity("what it is called")
    count: int = number("how many", unit="piece", lower=0, whole=True)
    share: float = number("between 0 and 1", unit="share", lower=0, upper=1)
    is_new: bool = flag("new")
    color: Color = member(Color, "color")
    since: datetime = instant("when it came")
    born: date = day("when it was made")
    note: str = text("a remark")


@pytest.mark.parametrize("facts", [Account, Thing, CustomerFacts, Marked])
def test_numbers_are_spread_within_the_bounds_of_any_record_type(facts):
    declared = schema(facts).features.values()
    names = [each.name for each in declared if each.kind is Kind.NUMBER]
    spread = spread_evenly(facts, [Quantile(name, 0.5) for name in names])
    assert len(spread) == 101
    for name in names:
        assert len(set(spread.column(name).tolist())) == 101


# ---------------------------------------------------------------------------- faulty columns


class Rounding(Columns[Account]):
    """Rounds when it is read."""

    record_type = Account

    def _value(self, feature, value):
        found = super()._value(feature, value)
        return math.floor(found) if isinstance(found, float) and abs(found) < 1e6 else found


class Picky(Columns[Account]):
    """Refuses what its records take."""

    record_type = Account

    def _check(self, data):
        super()._check(data)
        if "overdue" in data and (data["overdue"] > 100).any():
            raise InvalidRowsError("Picky", ["too late"], total=1)


class OneOfAKind(Columns[Account]):
    """Refuses rows that do not go together."""

    record_type = Account

    def _check(self, data):
        super()._check(data)
        if len(set(self.ids.tolist())) > 1:
            raise InvalidRowsError("OneOfAKind", ["several"], total=1)


@record
class Lawless:
    """Breaks the rule between its fields."""

    id: str = identity("what it is called")
    low: float | None = number("the lower", unit="one", default=None)
    high: float | None = number("the upper", unit="one", default=None)

    @classmethod
    def constraints(cls, on):
        return (Constraint("low", on.low <= on.high, remedy="low is where it begins"),)


def unchecked(_):
    """Nothing is refused."""


Lawless.__attrs_post_init__ = unchecked


class Lawlesss(Columns[Lawless]):
    record_type = Lawless


@record
class Restless:
    """Is another whenever it is copied."""

    id: str = identity("what it is called")
    x: float | None = number("any number", unit="one", default=None)

    def __deepcopy__(self, memo):
        return attrs.evolve(self, x=(self.x or 0) / 2 + 1)


class Restlesss(Columns[Restless]):
    record_type = Restless


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (
            Rounding,
            (
                r"Rounding breaks a law: columns hold what their records hold\n"
                r"  for Account\(account=.*\)\n  read back:\n  Account\(account=.*"
            ),
        ),
        (
            Picky,
            r"what a record takes, a row takes\n  for Account\(account=.*overdue=1\S+\)\n.*late$",
        ),
        (
            Lawlesss,
            (
                r"Lawless breaks a law: a record keeps the rules between its fields\n"
                r"  for Lawless\(id=.*, low=.*, high=.*\)\n  low is where it begins$"
            ),
        ),
        (
            Restlesss,
            (
                r"a record copied or made anew is the same\n  for Restless\(id=.*\)\n"
                r"  copied deeply: Restless\(id=.*, x=1.0\)$"
            ),
        ),
    ],
)
def test_a_faulty_record_type_is_found_out(kind, told):
    assert re.search(told, broken(laws.check_columns, kind), re.DOTALL)


def test_a_rule_of_the_whole_is_no_fault():
    laws.check_columns(OneOfAKind, max_examples=20)


def test_records_are_written_as_python_would_write_them():
    thing = Thing(thing="T", x=0.5, color="red", marks={"old": True, "rare": False}, is_new=False)
    text = on_trial.written(thing)
    assert text == (
        "Thing(thing='T', x=0.5, is_new=False, color='red', marks={'old': True, 'rare': False})"
    )
    assert eval(text, {"Thing": Thing}) == thing  # noqa: S307
    assert copy.deepcopy(thing) == thing
    assert Things.of([thing])[0] == thing


# ----------------------------------------------------------------- what is moody, raises or strays


class MoodyTable(Table):
    """Decides otherwise each time that it is asked about one account."""

    def decide(self, subject, *, assume=None):
        decision = super().decide(subject, assume=assume)
        if type(subject) is not Account:
            return decision
        return attrs.evolve(decision, index=next(COUNT) % len(self.rules))


class MoodyWhenDrawn(MoodyTable):
    """Decides otherwise once only, of the first account that Hypothesis draws."""

    asked = 0

    def decide(self, subject, *, assume=None):
        if type(subject) is not Account or subject.account == "witness":
            return Table.decide(self, subject, assume=assume)
        MoodyWhenDrawn.asked += 1
        decision = Table.decide(self, subject, assume=assume)
        at = (decision.index + 1) % len(self.rules)
        return attrs.evolve(decision, index=at) if self.asked == 1 else decision


class Brittle(Table):
    """Raises of whoever is late."""

    def decide(self, subject, *, assume=None):
        if type(subject) is Account and (subject.overdue or 0) > 30:
            raise ZeroDivisionError("late")
        return super().decide(subject, assume=assume)


class BrittleInColumns(Table):
    """Raises where two rows stand side by side."""

    def _decide_rows(self, subject, assumptions):
        if len(subject) > 1:
            raise KeyError("two")
        return super()._decide_rows(subject, assumptions)


class Speechless(Table):
    """Explains nobody who is late."""

    def explain(self, record, *, assume=None):
        if record.overdue:
            raise RuntimeError("no words")
        return super().explain(record, assume=assume)


def test_the_answers_that_were_compared_are_told():
    accounts = [Account(account="A1", overdue=45, disputed=False)]
    for subject in (accounts, accounts * 2):
        told = broken(laws.check_decisions, dunning(MoodyTable), subject)
        answers = {line.split(": ")[1] for line in told.splitlines()[2:]}
        assert len(answers) > 1, told


def test_what_breaks_a_law_once_only_is_told_all_the_same():
    MoodyWhenDrawn.asked = 0
    told = broken(laws.check_table, dunning(MoodyWhenDrawn))
    assert "decided alike" in told
    assert len({line.split(": ")[1] for line in told.splitlines()[2:]}) > 1, told


def test_what_raises_is_told_with_the_law_and_the_smallest_case():
    told = broken(laws.check_table, dunning(Brittle))
    assert told == (
        "dunning breaks a law: whatever its facts are, a record is decided, and nothing is raised\n"
        "  for Account(account='witness', overdue=30.000000000000004)\n"
        "  one by one: ZeroDivisionError: late"
    )
    accounts = [Account(account="A1"), Account(account="A2")]
    told = broken(laws.check_decisions, dunning(BrittleInColumns), accounts)
    assert told.endswith(
        "\n  for Account(account='A1')\n      Account(account='A2')\n  in columns: KeyError: 'two'"
    )
    told = broken(laws.check_table, dunning(Speechless))
    assert re.search(r"\n  for Account\(.*\)\n  explained: RuntimeError: no words$", told)


def test_the_cause_of_what_raises_is_kept():
    with pytest.raises(BrokenLawError) as caught:
        laws.check_table(dunning(Speechless))
    assert isinstance(caught.value.__cause__, RuntimeError)


@policy
class Tableless(Policy):
    """Builds nothing."""

    call_after: float | Quantile = limit()


CHECKLIST = Checklist(name="accounts", facts=schema(Account), rules=RULES[:2])


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (lambda: laws.check_table("x"), r"'table' must be a Table, got 'x'"),
        (lambda: laws.check_table(CHECKLIST), r"'table' must be a Table.*by check_checklist$"),
        (lambda: laws.check_checklist(dunning()), r"'checklist' must be a Checklist.*check_table$"),
        (lambda: laws.check_decisions("x", []), r"'table' must be a Table or a Checklist, got 'x'"),
        (
            lambda: laws.check_decisions(dunning(), [Account(account=1), 1]),
            r"'subject' must be records of Account, or columns of them, got 1 for position 1$",
        ),
        (lambda: laws.check_decisions(dunning(), 1), r"'subject' must be records of Account.* 1$"),
        (lambda: laws.check_decisions(dunning(), "ab"), r"'subject' must be .* got 'ab'$"),
        (lambda: laws.check_columns(Account), r"'columns_type' must be a type of columns, got .*"),
        (lambda: laws.check_columns(1), r"'columns_type' must be a type of columns, got 1: derive"),
        (lambda: laws.check_policy("x"), r"'policy' must be a policy or a type of policies"),
        (lambda: laws.check_policy(Account), r"'policy' must be a policy or a type of policies"),
        (lambda: laws.check_policy(Tableless), r"'policy' must have a method 'table'.*tables=\["),
        (
            lambda: laws.check_policy(Tableless, tables=[lambda _: 3]),
            r"'tables' must be a Table or a Checklist, got .* for what Tableless builds",
        ),
        (lambda: laws.check_policy(Tableless, tables=["x"]), r"'tables' must be functions that"),
    ],
)
def test_what_is_of_another_sort_is_refused_in_words(ask, told):
    with pytest.raises(InvalidValueError, match=told):
        ask()
