"""The laws let no checklist pass that answers otherwise than it should."""

from __future__ import annotations

import re

import attrs
import pytest
from hypothesis import given, settings

from relmkt.errors import BrokenLawError, InvalidValueError
from relmkt.records import flag, handles, identity, number, record, schema
from relmkt.rules import (
    NEVER,
    Checked,
    CheckedRows,
    Checklist,
    Rule,
    Unsatisfiable,
    absent,
    known,
    never,
)
from relmkt.rules import _ruled as rules_ruled
from relmkt.testing import laws
from relmkt.testing._cases import Case
from relmkt.testing._edges import edges
from relmkt.testing._rule_laws import missing_settle, settled_stays
from relmkt.testing.oracle import truth
from relmkt.testing.strategies import tables
from relmkt.thresholds import OUR_DEFAULT, Policy, Quantile, policy, threshold
from tests.things import Thing


@record
class Letter:
    """A letter before it is sent."""

    letter: str = identity("the letter's number")
    words: float | None = number("its length", unit="words", lower=0, default=None)
    consent: bool | None = flag("whether the reader agreed to get it", default=None)


on = handles(Letter)
RULES = (
    Rule("consent", ~on.consent, "do not send", "the reader of {letter} did not agree"),
    Rule("long", on.words > 300, "shorten"),
    Rule("short", (on.words < 20) & on.consent, "shorten"),
)


def letters(kind=Checklist, rules=RULES, **options):
    return kind(name="letters", facts=schema(Letter), rules=rules, **options)


def broken(check, *arguments, **options):
    with pytest.raises(BrokenLawError) as caught:
        check(*arguments, **options)
    return str(caught.value)


def test_a_sound_checklist_breaks_no_law():
    laws.check_checklist(letters(), given=[on.words > 1], max_examples=40)


@settings(max_examples=15)
@given(tables(Thing))
def test_whatever_checklist_there_is_its_answers_break_no_law(table):
    rules = [attrs.evolve(rule, otherwise=False) for rule in table.rules]
    checklist = Checklist(name="drawn", facts=table.facts, rules=rules)
    laws.check_decisions(checklist, [Thing(thing=1), Thing(thing=2, x=0.5, is_new=True, count=3)])


def test_rules_that_ask_whether_a_fact_is_absent_are_let_off_and_no_others():
    asking = (Rule("ask", absent(on.words) & on.consent, "ask"), Rule("said", known(on.words), "x"))
    laws.check_checklist(letters(rules=asking), max_examples=40)
    laws.check_checklist(letters(rules=[*asking, *RULES]), max_examples=40)
    known_later = Letter(letter="a"), Letter(letter="b", words=400, consent=True)
    for rules in (asking, [*asking, *RULES]):
        case = Case.of(letters(Hasty, rules), known_later)
        if rules is asking:
            settled_stays(case)
            missing_settle(case)
        else:
            told = broken(settled_stays, case)
            assert (
                "\n  for Letter(letter='a')\n  before, it could be: consent fails, long f" in told
            )
            assert told.endswith("\n  it is: consent fails, long holds, short fails")


def test_for_each_rule_a_record_is_tried_for_which_it_holds():
    rules = [Rule("all", ~on.consent, "x"), Rule("some", ~on.consent & (on.words > 5), "y")]
    tried = edges(letters(rules=rules), [])
    assert {tuple(truth(rule.when, each) for rule in rules) for each in tried} >= {
        ("T", "T"),
        ("T", "F"),
        ("T", "U"),
        ("F", "F"),
        ("U", "U"),
    }


class Hasty(Checklist):
    """Takes what is unknown for false, one by one."""

    def decide(self, subject, *, assume=None):
        found = super().decide(subject, assume=assume)
        if isinstance(found, Checked):
            return attrs.evolve(found, answers=tuple(bool(answer) for answer in found.answers))
        return found


class HastyRows(Checklist):
    """Takes what is unknown for false in columns."""

    def _decide_rows(self, subject, assumptions):
        found = super()._decide_rows(subject, assumptions)
        return attrs.evolve(found, answer=abs(found.answer * (found.answer > 0)))


class Coded(Checklist):
    """Has a code of its own for what is unknown."""

    def _decide_rows(self, subject, assumptions):
        found = super()._decide_rows(subject, assumptions)
        codes = found.answer.copy()
        codes[codes < 0] = 7
        return attrs.evolve(found, answer=codes)


class Reversed(Checklist):
    """Gives the answers of columns from the last row to the first."""

    def _decide_rows(self, subject, assumptions):
        found = super()._decide_rows(subject, assumptions)
        return attrs.evolve(found, answer=found.answer[::-1])


class Forgetful(Checklist):
    """Loses its last rule when it is copied."""

    def __reduce__(self):
        return letters, (type(self), self.rules[:-1])


class OneVersion(Checklist):
    """Has the same version whatever its rules."""

    def __attrs_post_init__(self):
        super().__attrs_post_init__()
        object.__setattr__(self, "version", "1.0")


class Speechless(Checklist):
    """One that cannot speak of what it does not know."""

    def reason(self, index, values, messages=None):
        if values["words"] is None:
            raise ValueError("how many?")
        return super().reason(index, values, messages)


@pytest.mark.parametrize(
    ("checklist", "told"),
    [
        (
            letters(Hasty),
            (
                r"letters breaks a law: the same facts are decided alike, however they are held\n"
                r"  for Letter\(letter='witness'\)\n"
                r"  by the truth tables: unknown: consent, long, short\n"
                r"  one by one: no rule holds\n"
                r"  in columns: unknown: consent, long, short\n"
                r"(  in .*\n){3}"
                r"  one by one, by a copy: no rule holds\n"
                r"  one by one, as read back from JSON: unknown: consent, long, short$"
            ),
        ),
        (letters(HastyRows), r"one by one: unknown: .*\n  in columns: no rule holds\n"),
        (letters(Coded), r"in columns: consent: code 7; long: code 7; short: code 7\n"),
        (letters(Reversed), r"decided alike.*\(row \d+ of \d+\).*one by one: .*\n.*in columns: "),
        (letters(Forgetful), r"a copy of a checklist is the same checklist.*\n  copied: version"),
        (letters(OneVersion), r"another policy is another version.*another outcome of consent"),
        (
            letters(Speechless),
            r"reason of every rule can be said\n  for one of whom nothing.*\n  .*ValueError: how",
        ),
        (
            letters(rules=[*RULES, Rule("odd", on.words < 0, "x")]),
            r"nothing is wrong with it\n  unsatisfiable: odd holds for no record$",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Checklist) else "",
)
def test_a_faulty_checklist_is_found_out(checklist, told):
    assert re.search(told, broken(laws.check_checklist, checklist), re.DOTALL)


def swapped(monkeypatch, place, name, make):
    monkeypatch.setattr(place, name, make(getattr(place, name)))


def test_a_frame_that_calls_the_unknown_false_is_found_out(monkeypatch):
    monkeypatch.setattr("relmkt.rules.check_expressions.ABSENT_CODE", 0)
    told = broken(laws.check_checklist, letters())
    assert "\n  in columns: unknown: consent, long, short\n" in told
    assert "\n  in data frames: no rule holds\n" in told


@pytest.mark.parametrize("name", ["held", "unknown", "reasons", "missing", "outcomes", "used"])
def test_what_a_row_tells_otherwise_than_its_record_is_found_out(monkeypatch, name):
    class Forgets(Checked):
        def __getattribute__(self, asked):
            found = super().__getattribute__(asked)
            return type(found)() if asked == name else found

    def forgetting(right):
        def row(self, at):
            found = right(self, at)
            return Forgets(found.checklist, found.facts, found.answers, found.assumptions)

        return row

    swapped(monkeypatch, CheckedRows, "__getitem__", forgetting)
    told = broken(laws.check_checklist, letters())
    assert f"a record and its row in columns tell the same: '{name}'\n  for Letter(" in told


def test_held_ids_of_other_rows_are_found_out(monkeypatch):
    swapped(monkeypatch, CheckedRows, "held", lambda right: lambda self: right(self)[::-1])
    assert "tell the same: 'held'" in broken(laws.check_checklist, letters())


@pytest.mark.parametrize(
    ("missing", "told"),
    [
        (lambda right: right[:1], r"settle the matter when they are known\n.*still missing in"),
        (
            lambda right: (*right, "words") if right else right,
            r"a fact that is said to be missing is absent\n.*\n  known: words$",
        ),
    ],
)
def test_missing_facts_that_are_too_few_or_known_are_found_out(monkeypatch, missing, told):
    right = Checked.missing.fget
    monkeypatch.setattr(Checked, "missing", property(lambda self: missing(right(self))))
    assert re.search(told, broken(laws.check_checklist, letters()), re.DOTALL)


def test_an_assumption_that_overrules_is_found_out(monkeypatch):
    def overruling(right):
        def filled(self, record, assumptions):
            return attrs.evolve(record, **assumptions), right(self, record, assumptions)[1]

        return filled

    swapped(monkeypatch, type(schema(Letter)), "filled", overruling)
    told = broken(laws.check_checklist, letters())
    assert "an assumption fills a gap, is recorded, and overrules nothing that is known" in told


def test_an_assumption_that_columns_do_not_take_is_found_out(monkeypatch):
    swapped(
        monkeypatch,
        type(schema(Letter)),
        "filled_columns",
        lambda right: lambda self, rows, assumptions: (rows, right(self, rows, assumptions)[1]),
    )
    told = broken(laws.check_checklist, letters())
    assert "with assumptions too, the same facts are decided alike\n  for Letter(" in told


def test_an_explanation_that_calls_the_unknown_false_is_found_out(monkeypatch):
    swapped(
        monkeypatch,
        rules_ruled,
        "judged",
        lambda right: lambda when, values: (bool(right(when, values)[0]), right(when, values)[1]),
    )
    told = broken(laws.check_checklist, letters())
    assert "an explanation tells of each rule what the truth tables say" in told


def test_what_is_meant_can_be_accepted():
    rules = [*RULES, Rule("odd", NEVER, "x")]
    laws.check_checklist(letters(rules=rules), accept=[Unsatisfiable], max_examples=10)


# ------------------------------------------------------------------------------------- policies


@policy
class Editor(Policy):
    """Shortens the longer half."""

    too_long: float | Quantile = threshold(
        default=Quantile("words", 0.5, otherwise=300.0),
        unit="words",
        meaning="the length from which we shorten",
        source=OUR_DEFAULT,
    )

    def table(self):
        limits = self.numbers()
        return letters(rules=[RULES[0], Rule("long", on.words > limits["too_long"], "shorten")])


@policy
class HastyEditor(Editor):
    """Takes what is unknown for false."""

    def table(self):
        return letters(Hasty, super().table().rules)


def test_a_policy_may_build_a_checklist():
    laws.check_policy(Editor, max_examples=15)
    laws.check_policy(Editor(too_long=200), tables=[Editor.table, Editor.table], max_examples=15)
    assert "one by one: no rule holds" in broken(laws.check_policy, HastyEditor)


def test_promises_say_nothing_of_checklists():
    with pytest.raises(InvalidValueError, match=r"'never' must be left out .*for Editor: each"):
        laws.check_policy(Editor, never=[never("shorten", as_="words")])
