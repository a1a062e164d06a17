"""The command verify: a policy is checked before it runs, and read aloud."""

from __future__ import annotations

import json
import re
import sys
import textwrap
from datetime import date
from typing import Any, cast

import attrs
import click
from rich.console import Console

from relmkt._counts import counted
from relmkt.cli._aloud import (
    is_checklist,
    told_conclusion,
    told_finding,
    told_of,
    told_proofs,
    told_rules,
    told_thresholds,
    told_waiting,
)
from relmkt.cli._options import checked_output, on_option
from relmkt.cli._policy_files import read_shipped
from relmkt.dated_policies import DatedPolicy
from relmkt.errors import InvalidValueError, RelmktError, UnknownNameError
from relmkt.policies import Found, PolicyVerification, marked, verify_policy
from relmkt.policy_json import policy_to_json
from relmkt.rules import ANYTHING, Basis, Broken, Checklist, Kind, Monotonicity, Table, never
from relmkt.shipped import VERIFIABLE, VerifiablePolicy, built

__all__ = ["verify"]

_STATEMENT = re.compile(
    r"\s*(?P<from>.+?)\s*->\s*(?P<to>.+?)\s+as\s+(?P<fact>.+?)\s+(?P<way>rises|falls)\s*"
)


@click.command(short_help="Check a policy before it runs, and read it aloud.")
@click.argument("policy", metavar="[POLICY.json]", required=False)
@click.option(
    "--of",
    type=click.Choice(list(VERIFIABLE)),
    help="Which of the shipped policies, where no file is named.  [default: strategy]",
)
@click.option("--rules", is_flag=True, help="Read the rules aloud, one sentence each.")
@click.option(
    "--never",
    "statements",
    multiple=True,
    metavar='"FROM -> TO as FACT rises"',
    help="State that no outcome turns into another as a fact rises (or falls), all else equal; "
    "FROM and TO are outcomes parted by commas, or anything. May be repeated.",
)
@click.option("--overlaps", is_flag=True, help="List the pairs of rules that can hold at once.")
@on_option
@click.option("--json", "as_json", is_flag=True, help="Write what was found as JSON.")
@click.pass_context
def verify(
    context: click.Context,
    policy: str | None,
    of: str | None,
    rules: bool,
    statements: tuple[str, ...],
    overlaps: bool,
    on: date | None,
    as_json: bool,
) -> None:
    """Check a policy before it runs: a shipped one, or that in POLICY.json.

    Looked for are gaps, rules that never hold or never decide, reasons named while another rule is
    unknown, and broken promises on what more of a fact may do; each is told with a customer as
    witness. Nothing is sampled: it is proved for every customer that can be, with any facts
    missing. A threshold that depends on the portfolio is tried at every place that it can take.
    Of a dated policy each edition is checked, or with --on the one that is valid on that day.

    It ends with 0 if nothing is wrong, with 1 if something is or the file cannot be read, and
    with 2 if the command line is at fault.

    \b
    relmkt verify
    relmkt verify policy.json --rules
    relmkt verify --of approach --rules
    relmkt verify --never "enhance -> harvest, end as headroom rises"
    """  # noqa: D301  (click reads the backspace)
    checked_output()
    stdin = None if sys.stdin is None else sys.stdin.buffer  # pyright: ignore[reportUnnecessaryComparison]
    if policy is not None and of is not None:
        raise click.UsageError("--of names a shipped policy, and a file is named: leave one out")
    named = VERIFIABLE[of or "strategy"]
    read: Any = named() if policy is None else read_shipped(policy, stdin=stdin)
    try:
        editions = _editions(read, on)
        stated = [_statement(text, built(marked(editions[0][1])[0])) for text in statements]
        verified: list[tuple[Basis | None, PolicyVerification[Any, Any, Any]]] = [
            (
                basis,
                verify_policy(
                    each,
                    cast("Any", built),
                    never=dict.fromkeys((*getattr(each, "promises", ()), *stated)),
                    overlaps=overlaps,
                ),
            )
            for basis, each in editions
        ]
    except RelmktError as error:
        raise RelmktError(f"{policy}: {error}") from None
    if as_json:
        told = [
            _as_data(found, policy) | ({} if basis is None else {"basis": basis.as_dict()})
            for basis, found in verified
        ]
        one = not isinstance(read, DatedPolicy) or on is not None
        click.echo(json.dumps(told[0] if one else told, indent=2))
    else:
        for at, (basis, found) in enumerate(verified):
            if at:
                click.echo()
            _print(found, policy, basis, rules=rules)
    wrong = any(not found.sound or found.findings for _, found in verified)
    context.exit(1 if wrong else 0)


def _editions(
    policy: VerifiablePolicy | DatedPolicy[VerifiablePolicy], on: date | None
) -> list[tuple[Basis | None, VerifiablePolicy]]:
    """The policies to check, and what each rests on."""
    if not isinstance(policy, DatedPolicy):
        return [(None, policy)]
    editions = policy.editions if on is None else (policy.edition_at(on),)
    return [(each.basis, each.policy) for each in editions]


# ------------------------------------------------------------------------- what the user states


def _statement(text: str, table: Table[Any, Any] | Checklist[Any, Any]) -> Monotonicity:
    """The statement that the text makes of a table.

    Raises
    ------
    click.UsageError
        When it is none, names an outcome or a fact that is not there, or is made of a checklist,
        of which every rule that holds is told.
    """
    if isinstance(table, Checklist):
        raise click.UsageError(f"--never is said of a table, and {table.name} is a checklist")
    found = _STATEMENT.fullmatch(text)
    try:
        if found is None:
            raise InvalidValueError(
                "--never",
                "be FROM -> TO as FACT rises (or falls)",
                text,
                remedy='such as "protect -> anything as attrition_risk rises"',
            )
        return never(
            _outcomes(found["from"], table),
            _outcomes(found["to"], table),
            as_=_fact(found["fact"], table),
            rises=found["way"] == "rises",
        )
    except RelmktError as error:
        raise click.UsageError(str(error)) from None


def _outcomes(text: str, table: Table[Any, Any]) -> Any:
    words = [word.strip().lower() for word in re.split(r",|\bor\b", text)]
    if words in (["anything"], ["anything else"]):
        return ANYTHING
    known = {str(outcome): outcome for outcome in table.outcomes}
    named = [re.sub(r"[\s-]+", "_", word) for word in words]
    for word in named:
        if word not in known:
            raise UnknownNameError("outcome", word, [*known, "anything"], where="--never")
    return [known[word] for word in named]


def _fact(text: str, table: Table[Any, Any]) -> str:
    features = table.facts.features
    movable = {
        called: name
        for name, feature in features.items()
        if feature.kind in (Kind.NUMBER, Kind.FLAG)
        for called in (name, feature.label.replace(" ", "_").replace("-", "_"))
    }
    name = re.sub(r"[\s-]+", "_", text.strip().lower())
    if name not in movable:
        raise UnknownNameError("fact that rises or falls", text, dict.fromkeys(movable.values()))
    return movable[name]


# ------------------------------------------------------------------------------ on the screen


def _print(
    found: PolicyVerification[Any, Any, Any],
    path: str | None,
    basis: Basis | None,
    *,
    rules: bool,
) -> None:
    console = Console(highlight=False)
    table = found.trials[0].verification.table
    where = "from standard input" if path == "-" else f"in {path}"
    checklist = is_checklist(found)
    called = f"policy of {table.name}" if checklist else f"{table.name} policy"
    name = f"The shipped {called}" if path is None else f"The {called} {where}"
    version = "" if found.depends else f", version {table.version}"
    since = "" if basis is None else f", {basis}"
    _say(console, f"{name}: {counted(len(table.rules), 'rule')}{version}{since}.")
    _say(console, *told_thresholds(found.policy), *told_waiting(found))
    if rules:
        which = "every one that holds is told" if checklist else "the first that holds decides"
        _say(console, "", f"The rules, of which {which}:")
        _items(console, told_rules(found.policy))
    told = [told_finding(finding, found) for finding in found.findings]
    _say(console, "", told_conclusion(found))
    _items(console, [(f"{at}.", text) for at, text in enumerate(told, 1)])
    who = told_of(found).replace("_", " ")
    _say(console, "", f"Proved for every {who} that can be, with any of the facts unknown:")
    _items(console, [("-", text) for text in told_proofs(found)])
    if found.overlaps:
        which = "" if checklist else ", of which the first decides"
        _say(console, "", f"Pairs of rules that can hold at once{which}:")
        _items(console, [("-", told_finding(pair, found)) for pair in found.overlaps])


def _say(console: Console, *lines: str) -> None:
    for line in lines:
        _fold(console, line, "    " if line.startswith(" ") else "")


def _items(console: Console, items: list[tuple[str, str]]) -> None:
    """A list whose lines are folded under their own beginning."""
    wide = max((len(mark) for mark, _ in items), default=0)
    for mark, text in items:
        _fold(console, f"  {mark:<{wide}} {text}", " " * (wide + 3))


def _fold(console: Console, text: str, indent: str) -> None:
    """Print a line folded between words; what is longer than the terminal stands out."""
    folded = textwrap.fill(
        text,
        console.width,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    console.print(folded, markup=False, highlight=False, soft_wrap=True)


# ------------------------------------------------------------------------------- for machines


def _as_data(found: PolicyVerification[Any, Any, Any], path: str | None) -> dict[str, Any]:
    """What was found as plain values; of a customer, the facts that are known."""
    policy = json.loads(policy_to_json(found.policy))
    table = found.trials[0].verification.table
    sentences = dict(told_rules(found.policy))
    broken = {each.finding.statement for each in found.findings if isinstance(each.finding, Broken)}
    return {
        "policy": policy["policy"],
        "schema": policy["schema"],
        "file": path,
        "version": None if found.depends else table.version,
        "sound": found.sound,
        "thresholds": policy["thresholds"],
        "tables": len(found.trials),
        "stopped": found.stopped,
        "rules": [
            {"rule": rule.id, "outcome": str(rule.outcome), "told": sentences[rule.id]}
            for rule in table.rules
        ],
        "findings": [_finding(each, found) for each in found.findings],
        "promises": [
            {
                "from": None if each.from_ is None else [str(word) for word in each.from_],
                "to": None if each.to is None else [str(word) for word in each.to],
                "as": each.feature,
                "rises": each.rises,
                "holds": each not in broken,
            }
            for each in found.promises
        ],
        "overlaps": [_finding(each, found) for each in found.overlaps],
    }


_WORDS = ("rule", "by", "behind_unknown", "outcome", "rules", "past")
_RECORDS = ("witness", "before", "after")


def _finding(
    each: Found[Any, Any, Any], found: PolicyVerification[Any, Any, Any]
) -> dict[str, Any]:
    own = attrs.asdict(each.finding, recurse=False)
    data: dict[str, Any] = {"kind": _kind(type(each.finding).__name__)}
    data |= {name: own[name] for name in _WORDS if name in own}
    values = found.trials[0].verification.table.facts.values
    for name in _RECORDS:
        if name in own:
            known = values(own[name])
            data[name] = {
                fact: value
                for fact, value in known.items()
                if value is not None and fact != told_of(found)
            }
    if found.depends:
        data["thresholds"] = [trial.policy.values() for trial in each.trials]
    data["told"] = told_finding(each, found)
    return data


def _kind(name: str) -> str:
    """The name of a class as a word: past_unknown."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
