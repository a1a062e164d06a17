"""How a verified policy is told: its thresholds, its rules, what was found and what was proved."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from relmkt._counts import counted
from relmkt.policies import Found, PolicyVerification, marked
from relmkt.records import schema
from relmkt.rules import (
    Broken,
    Feature,
    Gap,
    Kind,
    Monotonicity,
    Overlap,
    PastUnknown,
    Rule,
    Shadowed,
    Unsatisfiable,
    stated,
)
from relmkt.shipped import ListPolicy, VerifiablePolicy, built
from relmkt.thresholds import Quantile, thresholds

__all__ = [
    "is_checklist",
    "told_conclusion",
    "told_customer",
    "told_finding",
    "told_of",
    "told_promise",
    "told_proofs",
    "told_quantile",
    "told_rules",
    "told_thresholds",
    "told_waiting",
]

_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def told_thresholds(policy: VerifiablePolicy) -> list[str]:
    """Which thresholds are not the defaults, and which wait for a portfolio."""
    declared = thresholds(type(policy))
    values = policy.values()
    lines: list[str] = []
    changed = [setting for setting in declared if values[setting.name] != setting.default]
    if not changed:
        several = f"{_all_of(len(declared))} thresholds are the defaults."
        lines.append(several if len(declared) > 1 else "The one threshold is the default.")
    else:
        verb = "is not the default" if len(changed) == 1 else "are not the defaults"
        some = _capital(_count(len(changed)))
        lines.append(f"{some} of {_count(len(declared))} thresholds {verb}:")
        lines += [
            f"  {_spaced(setting.name)}: {_value(values[setting.name])}, "
            f"by default {_value(setting.default)}"
            for setting in changed
        ]
    return lines


def told_waiting(found: PolicyVerification[Any, Any, Any]) -> list[str]:
    """How the thresholds that have no number yet were treated."""
    waiting = found.depends
    if not waiting:
        return ["Every threshold is a plain number."]
    one = len(waiting) == 1
    head = f"{_capital(_count(len(waiting)))} threshold{' depends' if one else 's depend'}"
    missing = "it has no number" if one else "they have no numbers"
    who, whom = ("It was", "it") if one else ("They were", "they")
    tables = counted(len(found.trials), "table")
    treated = (
        f"{who} tried at every place that {whom} can take among the other numbers that the rules "
        f"ask about ({tables}); so what is proved here is proved for every portfolio."
    )
    return [
        f"{head} on the portfolio; until there is one {missing}, and the policy no version:",
        *(f"  {_spaced(name)}: {told_quantile(value)}" for name, value in waiting.items()),
        treated,
    ]


def told_rules(policy: VerifiablePolicy) -> list[tuple[str, str]]:
    """Each rule's id, and the rule in one sentence.

    Thresholds that depend on the portfolio are told by what they mean.
    """
    plain, marks = marked(policy)
    values: dict[str, Any] = policy.values()
    called = {mark: told_quantile(values[name]) for mark, name in marks.items()}
    table = built(plain)
    return [(rule.id, _rule(rule, table.facts.features, called)) for rule in table.rules]


def _rule(rule: Rule[Any], features: Mapping[str, Feature], called: Mapping[float, str]) -> str:
    asked = stated(rule.when, features, called)
    outcome = _spaced(str(rule.outcome))
    if asked == "always":
        return f"{_capital(outcome)} in every other case."
    rest = " (those whom the rules before it leave)" if rule.otherwise else ""
    return f"{_capital(outcome)} if {asked}{rest}."


def told_quantile(quantile: Quantile) -> str:
    """What a threshold that depends on the portfolio will be.

    Examples
    --------
    >>> from relmkt.cli._aloud import told_quantile
    >>> from relmkt.thresholds import Quantile
    >>> told_quantile(Quantile("headroom", 0.8))
    'the headroom that the top 20% reach'
    >>> told_quantile(Quantile("headroom", 0.5, above=0))
    'the median headroom of those above 0'
    """
    name = _spaced(quantile.fact)
    told = f"the {name} that the top {_number(round(100 * (1 - quantile.level), 10))}% reach"
    if quantile.level == 0.5:
        told = f"the median {name}"
    if math.isfinite(quantile.above):
        told += f" of those above {_number(quantile.above)}"
    return told


def told_promise(promise: Monotonicity, features: Mapping[str, Feature]) -> str:
    """A statement on monotonicity as a sentence.

    Examples
    --------
    >>> from relmkt.cli._aloud import told_promise
    >>> from relmkt.domain import CustomerFacts
    >>> from relmkt.records import schema
    >>> from relmkt.rules import ANYTHING, never
    >>> features = schema(CustomerFacts).features
    >>> told_promise(never("protect", as_="attrition_risk"), features)
    'As attrition risk rises, protect never turns into anything else.'
    >>> told_promise(never(ANYTHING, "end", as_="barred", rises=False), features)
    'Once "barred" is no longer true, nothing turns into end.'
    """
    feature = features[promise.feature]
    if feature.kind is Kind.FLAG:
        way = f'Once "{feature.label}" is {"" if promise.rises else "no longer "}true'
    else:
        way = f"As {feature.label} {'rises' if promise.rises else 'falls'}"
    if promise.from_ is None:
        return f"{way}, nothing turns into {_either(promise.to or ('anything else',))}."
    after = "anything else" if promise.to is None else _either(promise.to)
    return f"{way}, {_either(promise.from_)} never turns into {after}."


def told_customer(
    values: Mapping[str, Any], features: Mapping[str, Feature], kind: str = "customer"
) -> str:
    """Who somebody is of whom only these facts are known; a customer, or another kind of party.

    Examples
    --------
    >>> from relmkt.cli._aloud import told_customer
    >>> from relmkt.domain import CustomerFacts
    >>> from relmkt.records import schema
    >>> found = schema(CustomerFacts)
    >>> facts = CustomerFacts(customer=1, status="active", attrition_risk=0.5, barred=False)
    >>> told_customer(found.values(facts), found.features)
    'an active customer with attrition risk 0.5, not barred and nothing else known'
    """
    who = {"active": "an active customer", "lost": "a lost customer", "prospect": "a prospect"}
    told = who.get(str(values.get("status")), f"a {_spaced(kind)}")
    facts = [
        words
        for name, feature in features.items()
        if name not in (kind, "status")
        and (words := _fact(feature, values.get(name), values, features))
    ]
    facts = list(dict.fromkeys(facts))
    if not facts:
        return f"{told} of whom nothing {'else ' if values.get('status') else ''}is known"
    return f"{told} with {', '.join(facts)} and nothing else known"


def _fact(
    feature: Feature, value: Any, values: Mapping[str, Any], features: Mapping[str, Feature]
) -> str | None:
    if value is None:
        return None
    if feature.member_of is not None and value is False:
        siblings = [
            name for name, other in features.items() if other.member_of == feature.member_of
        ]
        if all(values.get(name) is False for name in siblings):
            return f"no {_spaced(feature.member_of)}"
    if isinstance(value, bool):
        return feature.label if value else feature.denial
    return f"{feature.label} {_number(value) if isinstance(value, (int, float)) else value}"


def told_finding(found: Found[Any, Any, Any], verified: PolicyVerification[Any, Any, Any]) -> str:
    """One thing that was found, with its witness, in a sentence or two."""
    table = found.trials[0].verification.table
    features = table.facts.features
    rules = {rule.id: f"{rule.id} ({_spaced(str(rule.outcome))})" for rule in table.rules}

    def who(record: Any, *, without: str = "") -> str:
        values = {**table.facts.values(record), without: None}
        return told_customer(values, features, told_of(verified))

    finding = found.finding
    match finding:
        case Gap():
            told = (
                "There is a gap: no rule holds, and none waits for a fact, for "
                f"{who(finding.witness)}."
            )
        case Unsatisfiable():
            asked = next(rule.when for rule in table.rules if rule.id == finding.rule)
            told = f'{rules[finding.rule]} never holds: nobody meets "{stated(asked, features)}".'
        case Shadowed():
            hides = _listed([rules[rule] for rule in finding.by], "and")
            verb = "hold" if len(finding.by) > 1 else "holds"
            else_ = ", or is unknown and leads elsewhere" if finding.behind_unknown else ""
            told = (
                f"{rules[finding.rule]} never decides: wherever it holds, {hides} {verb} "
                f"first{else_}. Take {who(finding.witness)}."
            )
        case PastUnknown():
            told = (
                f"{_capital(_spaced(str(finding.outcome)))} can be decided by "
                f"{_listed(list(finding.rules), 'or')} while "
                f"{_listed(list(finding.past), 'and')}, which would lead there too, cannot be "
                "answered: the outcome is right, but with all known another rule and another "
                f"reason might be named. Take {who(finding.witness)}."
            )
        case Broken():
            told = _broken(finding, table, who(finding.before, without=finding.statement.feature))
        case Overlap():
            first, second = (rules[rule] for rule in finding.rules)
            told = f"{first} and {second} both hold for {who(finding.witness)}."
    return told + _where(found, verified)


def _broken(finding: Broken[Any], table: Any, who: str) -> str:
    features = table.facts.features
    feature = features[finding.statement.feature]
    ends: list[str] = []
    for record in (finding.before, finding.after):
        value = table.facts.values(record)[feature.name]
        outcome = _spaced(str(table.decide(record).outcome))
        if isinstance(value, bool):
            end = f'where "{feature.label}" is {str(value).lower()}'
        else:
            end = f"with {feature.label} {_number(value)}"
        ends.append(f"{end} the outcome is {outcome}")
    told = told_promise(finding.statement, features)
    return f"Not true: {told} Take {who}: {', and '.join(ends)}."


def _where(found: Found[Any, Any, Any], verified: PolicyVerification[Any, Any, Any]) -> str:
    """Where a finding shows only at some places of the thresholds that wait: an example."""
    if len(found.trials) == len(verified.trials):
        return ""
    numbers: dict[str, Any] = found.trials[0].policy.values()
    named = [
        f"{_spaced(name)} {_number(numbers[name])}"
        for name in verified.depends
        if len({trial.policy.values()[name] for trial in verified.trials}) > 1
    ]
    return (
        f" (So in {len(found.trials):,} of {counted(len(verified.trials), 'table')}, as with "
        f"{_listed(named, 'and')}.)"
    )


def told_conclusion(verified: PolicyVerification[Any, Any, Any]) -> str:
    """Whether anything is wrong, in a sentence."""
    number = len(verified.findings)
    if not number:
        told = "Nothing is wrong"
    else:
        told = (
            "One thing is wrong" if number == 1 else f"{_capital(_count(number))} things are wrong"
        )
    if verified.stopped is not None:
        return f"{told} so far, and not all was looked at: {verified.stopped}."
    return f"{told}:" if number else f"{told}."


def told_proofs(verified: PolicyVerification[Any, Any, Any]) -> list[str]:
    """What was asked and answered well, one sentence each."""
    findings = [found.finding for found in verified.findings]
    table = verified.trials[0].verification.table
    broken = {finding.statement for finding in findings if isinstance(finding, Broken)}
    proofs: list[tuple[tuple[type, ...], str]] = [
        ((Gap,), "There is no gap: a rule decides, or the facts that are missing are named."),
        ((Unsatisfiable, Shadowed), _used(len(table.rules), "decides")),
        (
            (PastUnknown,),
            "No rule is named as the reason while an earlier one with its outcome is unknown.",
        ),
    ]
    told = [
        text
        for kinds, text in proofs
        if not any(isinstance(finding, kinds) for finding in findings)
    ]
    if is_checklist(verified):  # a gap is none there, and no rule hides another
        told = [_used(len(table.rules), "holds")] * (not findings)
    features = table.facts.features
    return told + [
        told_promise(promise, features) for promise in verified.promises if promise not in broken
    ]


def told_of(verified: PolicyVerification[Any, Any, Any]) -> str:
    """Whom or what the policy is about, by the name of its identity: a customer, a dealer."""
    return schema(verified.trials[0].verification.table.facts.record_type).identity


def is_checklist(verified: PolicyVerification[Any, Any, Any]) -> bool:
    """Whether every rule that holds is told, and not the first of them alone."""
    return isinstance(verified.policy, ListPolicy)


def _all_of(number: int) -> str:
    return "Both" if number == 2 else f"All {_count(number)}"


def _used(rules: int, verb: str) -> str:
    which = "The one rule" if rules == 1 else f"Each of the {rules} rules"
    return f"{which} {verb} for somebody."


def _value(value: float | Quantile) -> str:
    return told_quantile(value) if isinstance(value, Quantile) else _number(value)


def _number(value: float) -> str:
    """The number with every digit."""
    return f"{value + 0.0:,}".removesuffix(".0")


def _count(number: int) -> str:
    return _COUNTS[number] if number < len(_COUNTS) else f"{number:,}"


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _either(outcomes: Iterable[object]) -> str:
    return _listed([_spaced(str(outcome)) for outcome in outcomes], "or")


def _listed(words: list[str], joint: str) -> str:
    *first, last = words
    return f"{', '.join(first)} {joint} {last}" if first else last
