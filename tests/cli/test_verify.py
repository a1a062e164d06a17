"""``relmkt verify``: what it says aloud, what it proves, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import attrs
import pytest

from relmkt.cli._aloud import told_conclusion, told_finding, told_promise, told_proofs
from relmkt.domain import Abstention, ContactFacts, CustomerFacts, Strategy
from relmkt.planning import SkipPolicy
from relmkt.policies import SHIPPED, StrategyPolicy, marked, verify_policy
from relmkt.policy_json import policy_from_json, policy_to_json
from relmkt.records import handles, schema
from relmkt.rules import ALWAYS, Rule, Table, absent
from relmkt.shipped import VERIFIABLE, ListPolicy, built
from relmkt.thresholds import Quantile
from tests.cli.conftest import names
from tests.cli.test_process import shell

PLAIN = StrategyPolicy(retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3)
LEAST = -1.7976931348623157e308
on = handles(CustomerFacts)


@pytest.fixture
def policy(file):
    """Write a policy, edited, and give its name back."""

    def write(changed=PLAIN, **edits):
        content = json.loads(policy_to_json(changed))
        for name, value in edits.items():
            if value is ...:
                del content["thresholds"][name]
            elif name in content:
                content[name] = value
            else:
                content["thresholds"][name] = value
        return file("policy.json", json.dumps(content))

    return write


# -------------------------------------------------------------------------------- what is said


def test_the_shipped_policy_is_read_aloud(relmkt):
    ended = relmkt("verify")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(
        "The shipped strategy policy: 12 rules.\n"
        "All nine thresholds are the defaults.\n"
        "Three thresholds depend on the portfolio; until there is one they have no numbers, and "
        "the policy no\nversion:\n"
        "  retained value high: the retained value that the top 20% reach\n"
        "  residual value high: the residual value that the top 20% reach\n"
        "  cost ratio high: the median cost to serve ratio of those above 0\n"
        "They were tried at every place that they can take among the other numbers that the rules "
        "ask about\n(6 tables); so what is proved here is proved for every portfolio.\n"
        "\n"
        "Nothing is wrong.\n"
        "\n"
        "Proved for every customer that can be, with any of the facts unknown:\n"
        "  - There is no gap: a rule decides, or the facts that are missing are named.\n"
        "  - Each of the 12 rules decides for somebody.\n"
    )
    for promise in StrategyPolicy.promises:
        assert f"  - {told_promise(promise, schema(CustomerFacts).features)}\n" in ended.out


@pytest.mark.parametrize("name", list(VERIFIABLE))
def test_every_shipped_policy_is_read_aloud(relmkt, name):
    made = VERIFIABLE[name]()
    ended = relmkt("verify", "--of", name, "--rules")
    assert (ended.code, ended.err) == (0, "")
    table = built(marked(made)[0])
    called = f"policy of {table.name}" if isinstance(made, ListPolicy) else f"{name} policy"
    assert ended.out.startswith(f"The shipped {called}: {len(table.rules)} rules")
    assert "\nNothing is wrong.\n" in ended.out
    for rule in table.rules:
        assert f"\n  {rule.id:<3}" in ended.out
    told = " ".join(ended.out.split())
    for promise in getattr(made, "promises", ()):
        assert told_promise(promise, table.facts.features) in told


@pytest.mark.parametrize("name", list(VERIFIABLE))
def test_a_file_says_of_which_kind_its_policy_is(relmkt, policy, name):
    made = VERIFIABLE[name]()
    path = policy(made)
    ended = relmkt("verify", path, "--json")
    assert ended.code == 0
    assert json.loads(ended.out)["policy"] == VERIFIABLE[name].__name__
    listed = isinstance(made, ListPolicy)
    called = f"policy of {built(made).name}" if listed else f"{name} policy"
    assert relmkt("verify", path).out.startswith(f"The {called} in {path}: ")


def test_the_list_of_what_can_be_verified_holds_all_that_is_shipped():
    assert dict(SHIPPED).items() <= VERIFIABLE.items()
    assert VERIFIABLE.keys() - SHIPPED.keys() == {
        *("cadence", "channel", "selection", "support", "promotion", "skip")
    }


def test_a_checklist_is_read_aloud_as_one(relmkt):
    ended = relmkt("verify", "--of", "skip", "--rules", "--overlaps")
    assert ended.code == 0
    assert "\nThe rules, of which every one that holds is told:\n" in ended.out
    assert "  - Each of the 10 rules holds for somebody.\n" in ended.out
    assert "gap" not in ended.out
    assert "\nPairs of rules that can hold at once:\n" in ended.out
    refused = relmkt("verify", "--of", "skip", "--never", "skip -> anything as value rises")
    assert refused.code == 2
    assert "--never is said of a table, and reasons not to contact is a checklist" in refused.err


def test_a_checklist_with_a_rule_in_vain_is_told():
    """A window that may hold less than no contact cannot be stated; the rule is made by hand."""
    asks = handles(ContactFacts).contacts_in_window < 0
    broken = SkipPolicy().checklist()
    broken = attrs.evolve(broken, rules=[*broken.rules, Rule("never", asks, "skip")])
    verified = verify_policy(SkipPolicy(), lambda _: broken)
    assert told_conclusion(verified) == "One thing is wrong:"
    assert told_finding(verified.findings[0], verified).startswith("never (skip) never holds: ")
    assert told_proofs(verified) == []


def test_the_cadences_are_read_aloud(relmkt):
    told = " ".join(relmkt("verify", "--of", "cadence", "--rules").out.split())
    assert "complaint Answer if event complaint." in told
    assert "Reactive in every other case." in told


def test_a_statement_on_approaches_is_told_with_a_witness(relmkt):
    said = "reactive -> accountable as segment margin index rises"
    ended = relmkt("verify", "--of", "approach", "--never", said, "--json")
    assert ended.code == 1
    (finding,) = json.loads(ended.out)["findings"]
    assert finding["kind"] == "broken"
    assert finding["before"]["has_bought"] is True
    refused = relmkt("verify", "--of", "approach", "--never", "protect -> anything as barred rises")
    assert refused.code == 2
    assert "no outcome 'protect' in --never" in refused.err
    refused = relmkt("verify", "--of", "bond", "--never", "social -> anything as headroom rises")
    assert refused.code == 2
    assert "no fact that rises or falls 'headroom'" in refused.err


def test_a_policy_with_one_threshold_says_so(relmkt):
    assert "\nThe one threshold is the default.\n" in relmkt("verify", "--of", "bond").out


def test_a_file_and_a_shipped_policy_are_one_too_many(relmkt, policy):
    ended = relmkt("verify", policy(), "--of", "approach")
    assert ended.code == 2
    assert "leave one out" in ended.err


def test_a_policy_of_plain_numbers_has_a_version(relmkt, policy):
    ended = relmkt("verify", policy(attrs.evolve(PLAIN, attrition_risk_high=0.6)))
    assert ended.code == 0
    version = attrs.evolve(PLAIN, attrition_risk_high=0.6).table().version
    assert ended.out.startswith(
        f"The strategy policy in policy.json: 12 rules, version {version}.\n"
        "Four of nine thresholds are not the defaults:\n"
        "  retained value high: 200, by default the retained value that the top 20% reach\n"
    )
    assert "  attrition risk high: 0.6, by default 0.5\n" in ended.out
    assert "\nEvery threshold is a plain number.\n" in ended.out


def test_one_threshold_of_the_portfolio_is_one(relmkt, policy):
    told = relmkt("verify", policy(attrs.evolve(PLAIN, cost_ratio_high=Quantile("headroom", 0.9))))
    assert "Two of nine thresholds are" not in told.out
    assert "One threshold depends on the portfolio; until there is one it has no number" in told.out
    assert "  cost ratio high: the headroom that the top 10% reach\nIt was tried" in told.out
    one = relmkt("verify", policy(StrategyPolicy(target_profit=-5)))
    assert (
        "One of nine thresholds is not the default:\n  target profit: -5, by default 0\n" in one.out
    )


RULES = """
The rules, of which the first that holds decides:
  R0  Hold if barred.
  R1  Start if status prospect, and either acquisition gain above 0 or any significance.
  R2  Do not pursue if status prospect (those whom the rules before it leave).
  R3  Win back if status lost, and not ended by us, and need not gone, and either win-back gain
      above 0 or any significance.
  R4  Let go if status lost (those whom the rules before it leave).
  R5  Protect if status active, and either any significance or retained value at least 200, and
      either attrition risk at least 0.5, competitor pull at least 0.5 or share of wallet falling.
  R6  Reengineer if current profit below 0, cost to serve ratio at least 0.3 and cost to serve
      reducible.
  R7  End if avoidable profit below 0, residual value at most 0, headroom at most 0 and no
      significance.
  R8  Enhance if headroom above 0, or current profit below 0 and residual value at least 150 and
      cost to serve ratio below 0.3.
  R9  Harvest if no significance, residual value below 150 and current profit at least 0.
  R10 Maintain if current profit at least 0.
  R11 Review in every other case.
"""


def test_the_rules_are_read_one_sentence_each(relmkt, policy):
    assert RULES in relmkt("verify", policy(), "--rules").out
    shipped = relmkt("verify", "--rules", columns=400).out
    assert "or retained value at least the retained value that the top 20% reach, and" in shipped


@pytest.mark.parametrize("columns", [40, 100])
def test_no_line_is_wider_than_the_terminal_nor_ends_in_spaces(relmkt, columns):
    told = relmkt("verify", "--rules", "--overlaps", columns=columns).out
    assert max(map(len, told.splitlines())) <= columns
    assert all(line == line.rstrip() for line in told.splitlines())


def test_a_rule_that_nobody_meets_is_found(relmkt, policy):
    ended = relmkt("verify", policy(attrs.evolve(PLAIN, residual_value_high=LEAST)), columns=300)
    assert (ended.code, ended.err) == (1, "")
    assert (
        'One thing is wrong:\n  1. R9 (harvest) never holds: nobody meets "no significance, '
        'residual value below -1.7976931348623157e+308 and current profit at least 0".\n'
    ) in ended.out
    assert "decides for somebody" not in ended.out
    assert "There is no gap" in ended.out


def test_a_statement_of_the_user_that_is_broken_is_told_with_a_witness(relmkt, policy):
    statement = "enhance -> anything as current profit rises"
    ended = relmkt("verify", policy(), "--never", statement, columns=400)
    assert ended.code == 1
    head = "  1. Not true: As current profit rises, enhance never turns into anything else. Take "
    (told,) = [line for line in ended.out.splitlines() if line.startswith(head)]
    assert told.removeprefix(head).startswith("an active customer with ")
    assert told.endswith("the outcome is maintain.")
    assert " and nothing else known: with current profit " in told
    assert " the outcome is enhance, and with current profit 0 " in told
    # Of the shipped policy it is broken in some orders of the thresholds only.
    shipped = relmkt("verify", "--never", statement, columns=900).out
    assert "(So in 3 of 6 tables, as with residual value high -1 and cost ratio high 1.)" in shipped


@pytest.mark.parametrize(
    "statement",
    [
        "protect -> anything else as attrition_risk rises",
        "ENHANCE or win-back->end,harvest  as  Headroom rises",
        "anything -> protect as wallet_share_falling falls",
        "anything -> protect as share of wallet falling falls",
        "do not pursue -> anything as win-back gain rises",
    ],
)
def test_a_statement_of_the_user_that_holds_is_among_what_is_proved(relmkt, policy, statement):
    before = relmkt("verify", policy()).out
    ended = relmkt("verify", policy(), "--never", statement)
    assert ended.code == 0
    assert set(before.splitlines()) <= set(ended.out.splitlines())


def test_two_statements_that_are_broken_are_two_things(relmkt, policy):
    ended = relmkt(
        "verify",
        policy(),
        "--never",
        "hold -> anything as barred falls",
        "--never",
        "anything -> end as headroom falls",
        columns=400,
    )
    assert ended.code == 1
    assert "Two things are wrong:\n" in ended.out
    assert 'Not true: Once "barred" is no longer true, hold never turns into anything else.' in (
        ended.out
    )
    assert 'where "barred" is true the outcome is hold, and where "barred" is false' in ended.out
    assert "Not true: As headroom falls, nothing turns into end." in ended.out


def test_overlaps_are_listed_where_they_are_asked_for_and_are_nothing_wrong(relmkt, policy):
    assert "hold at once" not in relmkt("verify", policy()).out
    ended = relmkt("verify", policy(), "--overlaps", columns=400)
    assert ended.code == 0
    assert (
        "  - R0 (hold) and R2 (do not pursue) both hold for a prospect with barred and nothing"
        in (ended.out)
    )


# --------------------------------------------------------------------------------- for machines


def test_json_tells_the_same_to_machines(relmkt, policy):
    statement = "enhance -> anything as current_profit rises"
    ended = relmkt("verify", policy(), "--json", "--overlaps", "--never", statement)
    assert ended.code == 1
    told = json.loads(ended.out)
    assert list(told) == [
        "policy",
        "schema",
        "file",
        "version",
        "sound",
        "thresholds",
        "tables",
        "stopped",
        "rules",
        "findings",
        "promises",
        "overlaps",
    ]
    assert (told["policy"], told["file"], told["tables"]) == ("StrategyPolicy", "policy.json", 1)
    assert told["version"] == PLAIN.table().version
    assert told["sound"] is False
    assert told["stopped"] is None
    assert [rule["rule"] for rule in told["rules"]] == [rule.id for rule in PLAIN.table().rules]
    (finding,) = told["findings"]
    assert finding["kind"] == "broken"
    found = schema(CustomerFacts)
    before, after = (found.record({"customer": 1, **finding[name]}) for name in ("before", "after"))
    assert PLAIN.table().decide(before).outcome == "enhance"
    assert PLAIN.table().decide(after).outcome == "maintain"
    assert "thresholds" not in finding
    assert told["promises"][-1] == {
        "from": ["enhance"],
        "to": None,
        "as": "current_profit",
        "rises": True,
        "holds": False,
    }
    assert all(promise["holds"] for promise in told["promises"][:-1])
    assert told["overlaps"][0]["rules"] == ["R0", "R1"]
    assert told["overlaps"][0]["kind"] == "overlap"


def test_json_of_the_shipped_policy_names_the_orders_that_show_a_finding(relmkt):
    told = json.loads(relmkt("verify", "--json", "--never", "enhance->end as headroom falls").out)
    assert (told["file"], told["version"], told["tables"]) == (None, None, 6)
    (finding,) = told["findings"]
    assert 1 <= len(finding["thresholds"]) <= 6
    for numbers in finding["thresholds"]:
        assert StrategyPolicy(**numbers).table()


def test_a_policy_comes_from_standard_input_too(relmkt):
    ended = relmkt("verify", "-", stdin=policy_to_json(PLAIN).encode())
    assert ended.code == 0
    assert ended.out.startswith("The strategy policy from standard input: 12 rules, version ")


def test_a_policy_with_a_byte_order_mark_is_read(relmkt, file):
    name = file("bom.json", b"\xef\xbb\xbf" + policy_to_json(PLAIN).encode())
    assert relmkt("verify", name).code == 0


# --------------------------------------------------------- what the shipped policy never shows


def others(*rules):
    """The verification of a table with faults that no thresholds of ours give."""
    table = Table(
        name="tried",
        facts=schema(CustomerFacts),
        rules=[Rule(f"r{at}", when, outcome) for at, (when, outcome) in enumerate(rules)],
        undecided=Abstention.UNDECIDED,
    )
    return verify_policy(PLAIN, lambda _: table)


def told(found):
    return [told_finding(each, found) for each in found.findings]


def line(text):
    return " ".join(text.split())


def test_a_gap_in_words():
    gap = others((on.headroom > 1, Strategy.ENHANCE))
    assert told(gap) == [
        line("""There is a gap: no rule holds, and none waits for a fact, for a customer with
                headroom 0 and nothing else known.""")
    ]
    assert told_conclusion(gap) == "One thing is wrong:"
    assert told_proofs(gap)[0] == "The one rule decides for somebody."


def test_rules_that_never_decide_in_words():
    shadowed = others(
        (on.headroom > 1, Strategy.ENHANCE),
        (on.headroom > 2, Strategy.HARVEST),
        (on.status == "lost", Strategy.WIN_BACK),
        (absent(on.status), Strategy.START),
        (ALWAYS, Abstention.REVIEW),
    )
    assert told(shadowed) == [
        line("""r1 (harvest) never decides: wherever it holds, r0 (enhance) holds first. Take a
                customer with headroom 4 and nothing else known."""),
        line("""r3 (start) never decides: wherever it holds, r2 (win back) holds first, or is
                unknown and leads elsewhere. Take a customer of whom nothing is known."""),
    ]


def test_a_reason_past_an_unknown_in_words():
    past = others(
        (on.headroom > 1, Strategy.ENHANCE),
        (absent(on.headroom), Strategy.ENHANCE),
        (ALWAYS, Abstention.REVIEW),
    )
    assert told(past) == [
        line("""Enhance can be decided by r1 while r0, which would lead there too, cannot be
                answered: the outcome is right, but with all known another rule and another reason
                might be named. Take a customer of whom nothing is known.""")
    ]
    assert not any(text.startswith("No rule is named") for text in told_proofs(past))


def test_a_customer_of_whom_only_the_status_is_known():
    lost = others((on.status != "lost", Strategy.PROTECT))
    assert told_finding(lost.findings[0], lost).endswith(
        "for a lost customer of whom nothing else is known."
    )


def test_a_verification_that_stopped_is_not_called_sound(monkeypatch):
    whole = Table.verify
    monkeypatch.setattr(Table, "verify", lambda self, **more: whole(self, node_limit=9, **more))
    told = told_conclusion(verify_policy(PLAIN, StrategyPolicy.table))
    assert told.startswith("Nothing is wrong so far, and not all was looked at: stopped after 9")


# ------------------------------------------------------------------------------------ bad input


def refused(ended):
    assert (ended.code, ended.out) == (1, "")
    return ended.err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("not json", "relmkt: x.json: 'policy' must be JSON, got 'not json' for line 1, column 1"),
        ("[]", "relmkt: x.json: 'policy' must be a JSON object, got []\n"),
        ("", "relmkt: x.json: is empty\n"),
        (b"\xff\xfe{", "relmkt: x.json: is not in UTF-8; save it as UTF-8\n"),
        ("{}".encode("utf-16-le"), "line 1 holds a zero byte; save it as UTF-8\n"),
        (b"PAR1", "relmkt: x.json: is a Parquet file; a policy is JSON\n"),
        ('{"a": "\udce9"}'.encode("utf-8", "surrogateescape"), "is not in UTF-8 (byte 8); save it"),
        ("[" * 100_000, "relmkt: x.json: 'policy' must be plain JSON, got '[[["),
        ('{"schema": ' + "9" * 5_000 + "}", "relmkt: x.json: 'policy' must be plain JSON, got"),
    ],
)
def test_a_file_that_is_no_policy(relmkt, file, text, told):
    assert told in refused(relmkt("verify", file("x.json", text)))


@pytest.mark.parametrize(
    ("edits", "told"),
    [
        ({"policy": "MatrixPolicy"}, "'policy' must be 'StrategyPolicy', got 'MatrixPolicy'"),
        ({"schema": 2}, "'schema' must be 1, got 2: a newer relmkt wrote it"),
        (
            {"atrition_risk_high": 0.6},
            "no threshold 'atrition_risk_high' in the policy; did you mean 'attrition_risk_high'?",
        ),
        ({"attrition_risk_high": ...}, "'attrition_risk_high' must be stated, got None"),
        ({"attrition_risk_high": "high"}, "'attrition_risk_high' must be a finite number or a"),
        (
            {"attrition_risk_high": {"quantile": 0.5, "of": "atrition_risk"}},
            "no fact 'atrition_risk' in threshold 'attrition_risk_high'; did you mean 'attrition_",
        ),
        (
            {"attrition_risk_high": {"quantile": 0.5, "of": "barred"}},
            "'attrition_risk_high' must depend on a number, got 'barred, a flag'",
        ),
    ],
)
def test_a_policy_that_is_at_fault(relmkt, policy, edits, told):
    assert f"relmkt: policy.json: {told}" in refused(relmkt("verify", policy(**edits)))


def test_a_threshold_that_stands_twice(relmkt, file):
    text = policy_to_json(PLAIN).replace(
        '"target_profit": 0.0', '"target_profit": 0.0, "target_profit": 5'
    )
    told = refused(relmkt("verify", file("twice.json", text)))
    assert "twice.json: 'target_profit' must stand once in its object, got [0.0, 5]" in told


def test_a_file_that_is_not_there_or_not_to_be_read(relmkt, policy, monkeypatch):
    policy()
    assert refused(relmkt("verify", "polcy.json")) == (
        "relmkt: polcy.json: there is no such file; did you mean 'policy.json'?\n"
    )
    Path("folder").mkdir()
    assert refused(relmkt("verify", "folder")) == "relmkt: folder: is a folder, not a file\n"

    def refuse(path, *args, **options):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refuse)
    assert refused(relmkt("verify", "policy.json")) == (
        "relmkt: policy.json: may not be read: permission denied\n"
    )


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("protect", "'--never' must be FROM -> TO as FACT rises (or falls), got 'protect'"),
        ("a -> b as headroom grows", "must be FROM -> TO as FACT rises (or falls)"),
        (
            "protct -> anything as headroom rises",
            "no outcome 'protct' in --never; did you mean 'protect'?",
        ),
        (
            "protect -> anything as hedroom rises",
            "no fact that rises or falls 'hedroom'; did you mean 'headroom'?",
        ),
        ("protect -> anything as status rises", "no fact that rises or falls 'status'"),
        ("protect, -> anything as headroom rises", "no outcome ''"),
        (
            "enhance -> enhance as headroom rises",
            "must name another outcome than before the move, got 'enhance'",
        ),
    ],
)
def test_a_statement_that_is_none_is_a_fault_of_the_command_line(relmkt, statement, told):
    ended = relmkt("verify", "--never", statement, columns=400)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


def test_two_files_are_one_too_many(relmkt):
    assert relmkt("verify", "a.json", "b.json").code == 2


def test_nothing_is_written(relmkt, policy):
    before = policy_from_json(Path(policy()).read_text(encoding="utf-8"), StrategyPolicy)
    relmkt("verify", "policy.json", "--rules", "--overlaps")
    assert names() == ["orders.csv", "policy.json"]
    assert before == PLAIN


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
def test_a_full_disk_or_a_reader_who_has_enough(folder):
    full = shell('"$PYTHON" -m relmkt verify --json > /dev/full')
    assert full.returncode == 1
    assert full.stderr == "relmkt: standard output: No space left on device\n"
    enough = shell('"$PYTHON" -m relmkt verify --rules | head -n 1')
    assert (enough.stdout, enough.stderr) == ("The shipped strategy policy: 12 rules.\n", "")
