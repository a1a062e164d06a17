"""relmkt decide: facts in, decisions out, line by line, as a host runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import relmkt as package
from relmkt.adapters._json_values import plain_values
from relmkt.datasets import cdnow_orders, cdnow_path
from relmkt.policies import StrategyPolicy
from relmkt.policy_json import policy_from_json, policy_to_json
from tests.cli.conftest import TRACE
from tests.cli.test_process import POSIX, shell

POLICY = StrategyPolicy(retained_value_high=200, residual_value_high=150, cost_ratio_high=0.3)
FACTS = (
    b'{"customer": "C-1", "status": "active", "retained_value": 812.4, "attrition_risk": 0.71}\n'
)
BAD = b'{"customer": "C-2", "status": "gone"}\n'


@pytest.fixture
def policy(folder):
    Path("policy.json").write_text(policy_to_json(POLICY), encoding="utf-8")
    return "policy.json"


def lines(ended):
    return [json.loads(line) for line in ended.out.splitlines()]


def test_every_line_has_its_answer(relmkt, policy):
    ended = relmkt("decide", policy, stdin=FACTS + b"\n" + FACTS)
    assert (ended.code, ended.err) == (0, "")
    first, second = lines(ended)
    assert (first["line"], second["line"]) == (1, 3)
    assert (first["outcome"], first["rule"], first["settled"]) == ("protect", "R5", True)
    assert first["reason"] == (
        "matters and may leave: status active, retained value 812.40 ≥ 200, "
        "attrition risk 0.71 ≥ 0.5"
    )
    assert first["version"] == POLICY.table().version
    assert "used" not in first


def test_a_line_with_an_error_ends_the_command_with_1(relmkt, policy):
    ended = relmkt("decide", policy, stdin=FACTS + BAD + FACTS)
    assert ended.code == 1
    first, second, third = lines(ended)
    assert first["outcome"] == third["outcome"] == "protect"
    assert second["error"]["message"].startswith("no status 'gone'; there are: prospect")
    assert relmkt("decide", policy, stdin=b"").code == 0


def test_facts_from_a_file_and_reasons_rule_by_rule(relmkt, policy):
    Path("facts.jsonl").write_bytes(FACTS)
    (found,) = lines(relmkt("decide", policy, "--facts", "facts.jsonl", "--explain"))
    assert found["used"] == {"status": "active", "retained_value": 812.4, "attrition_risk": 0.71}
    assert [rule["id"] for rule in found["rules"]] == [rule.id for rule in POLICY.table().rules]
    assert found["rules"][5]["atoms"][2] == {
        "said": "attrition risk 0.71 ≥ 0.5",
        "gap": pytest.approx(0.21),
    }


def test_what_is_assumed_is_said_and_can_be_stated(relmkt, policy):
    (found,) = lines(relmkt("decide", policy, stdin=FACTS))
    assert found["assumed"]["barred"] is False
    (found,) = lines(relmkt("decide", policy, "--assume", "barred=yes", stdin=FACTS))
    assert (found["outcome"], found["assumed"]) == ("hold", {"barred": True})
    (found,) = lines(relmkt("decide", policy, "--assume-nothing", stdin=FACTS))
    assert (found["outcome"], found["assumed"]) == ("undecided", {})
    assert found["possible"] == ["hold", "protect"]
    assert found["missing"] == ["barred"]


def test_thresholds_may_be_stated_in_place_of_a_policy_or_over_it(relmkt, policy):
    stated = [
        *("--threshold", "retained_value_high=200", "--threshold", "residual_value_high=150"),
        *("--threshold", "cost_ratio_high=0.3"),
    ]
    by_policy = relmkt("decide", policy, stdin=FACTS)
    assert relmkt("decide", *stated, stdin=FACTS) == by_policy
    (found,) = lines(
        relmkt("decide", policy, "--threshold", "attrition_risk_high=0.9", stdin=FACTS)
    )
    assert found["rule"] != "R5"


def test_the_default_policy_alone_cannot_decide_and_says_what_can(relmkt):
    ended = relmkt("decide", stdin=FACTS)
    assert (ended.code, ended.out) == (2, "")
    told = " ".join(ended.err.split())
    assert "the default policy has thresholds that depend on a portfolio" in told
    assert "retained_value_high is the retained value that the top 0.2 reach" in told
    assert "relmkt plan ORDERS --policy-out POLICY.json" in told
    assert "--threshold cost_ratio_high=NUMBER" in told
    Path("whole.json").write_text(policy_to_json(StrategyPolicy()), encoding="utf-8")
    ended = relmkt("decide", "whole.json", stdin=FACTS)
    assert ended.code == 2
    assert "whole.json has thresholds that depend on a portfolio" in ended.err


def test_the_policy_comes_from_standard_input_where_the_facts_do_not(relmkt, policy):
    Path("facts.jsonl").write_bytes(FACTS)
    plain = relmkt("decide", policy, stdin=FACTS)
    piped = relmkt("decide", "-", "--facts", "facts.jsonl", stdin=Path(policy).read_bytes())
    assert (piped.code, piped.out) == (plain.code, plain.out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.json"], "none.json: "),
        (["orders.csv"], "orders.csv: 'policy' must be JSON"),
        (["latin.json"], "latin.json: is no"),
        (["policy.json", "--facts", "none.jsonl"], "none.jsonl: cannot be read: No such file"),
        (["policy.json", "--assume", "bared=no"], "no fact 'bared'; did you mean 'barred'?"),
        (["policy.json", "--assume", "headroom=inf"], "'headroom' must be finite"),
        (["policy.json", "--threshold", "risk=1"], "no threshold 'risk'"),
        (["policy.json", "--explian"], "No such option"),
        (["-"], "standard input holds the facts: name the file of the policy"),
    ],
)
def test_what_cannot_begin_ends_with_2(relmkt, policy, file, arguments, said):
    file("latin.json", b'{"policy": "\xe9"}')
    ended = relmkt("decide", *arguments, stdin=FACTS)
    assert (ended.code, ended.out) == (2, "")
    assert said in " ".join(ended.err.split())


def test_help_says_how_it_ends(relmkt):
    told = " ".join(relmkt("decide", "--help").out.split())
    assert "ends with 0 if every line was decided on, with 1 if some line had an error" in told


def test_it_decides_as_the_plan_did(relmkt):
    Path("orders.csv").write_bytes(cdnow_path().read_bytes())
    ended = relmkt("plan", "orders.csv", "--as-of", "1998-06-30", "--policy-out", "policy.json")
    assert ended.code == 0
    made = package.plan(cdnow_orders(), as_of=date(1998, 6, 30))
    written = policy_from_json(Path("policy.json").read_text(encoding="utf-8"), StrategyPolicy)
    assert written == made.policy
    assert f"policy.json: policy {made.decisions.table.version} written" in ended.err
    facts = "".join(json.dumps(plain_values(one)) + "\n" for one in made.portfolio)
    found = lines(relmkt("decide", "policy.json", stdin=facts.encode()))
    assert [
        (line["customer"], line["outcome"], line["rule"], line["reason"], line["next"])
        for line in found
    ] == [
        (line.customer, line.strategy, line.rule, line.reason, line.next_strategy)
        for line in made.lines()
    ]
    assert {line["version"] for line in found} == {made.decisions.table.version}


def test_the_policy_of_a_plan_is_written_whole_or_not_at_all(relmkt):
    ended = relmkt("plan", "orders.csv", "--policy-out", "nowhere/policy.json", "--out", "plan.csv")
    assert ended.code == 1
    assert not Path("plan.csv").exists()
    assert "relmkt: nowhere/policy.json: cannot be written: No such file" in ended.err
    Path("real.json").write_text("old", encoding="utf-8")
    Path("link.json").symlink_to("real.json")
    assert relmkt("plan", "orders.csv", "--policy-out", "link.json").code == 0
    assert Path("link.json").is_symlink()
    assert '"policy": "StrategyPolicy"' in Path("real.json").read_text(encoding="utf-8")
    assert relmkt("plan", "orders.csv", "--policy-out", os.devnull).code == 0
    assert not Path(os.devnull).is_file()


# ----------------------------------------------------------------------- in a process of its own


@pytest.fixture
def child(policy):
    """A child process that a host speaks with."""
    with subprocess.Popen(
        [sys.executable, "-m", "relmkt", "decide", policy],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        yield running


def test_who_writes_one_line_and_waits_has_the_answer(child):
    for number in range(1, 4):
        child.stdin.write(json.dumps({"customer": number, "barred": True}).encode() + b"\n")
        child.stdin.flush()
        found = json.loads(child.stdout.readline())
        assert (found["line"], found["customer"], found["outcome"]) == (number, number, "hold")
    child.stdin.write(b'{"customer": 4}')  # no line feed at the end
    child.stdin.close()
    assert json.loads(child.stdout.readline())["customer"] == 4
    assert child.wait(30) == 0


def test_many_lines_through_pipes(process, policy):
    many = 3_000
    facts = b"".join(FACTS.replace(b"C-1", b"C-%d" % at) for at in range(many))
    found = lines(process("decide", policy, stdin=facts))
    assert [line["customer"] for line in found] == [f"C-{at}" for at in range(many)]
    assert [line["line"] for line in found] == [*range(1, many + 1)]


@POSIX
def test_whoever_stops_reading_ends_it_in_silence(policy):
    Path("facts.jsonl").write_bytes(FACTS * 20_000)
    done = shell(f'"$PYTHON" -m relmkt decide {policy} < facts.jsonl 2>words | head -n 1 | wc -l')
    assert int(done.stdout) == 1
    assert Path("words").read_text(encoding="utf-8") == ""


@POSIX
def test_closed_streams(policy):
    done = shell(f'"$PYTHON" -m relmkt decide {policy} <&-')
    assert done.returncode == 1
    assert done.stderr == "relmkt: -: there is no standard input here; name a file by --facts\n"
    done = shell(f'echo "{{}}" | "$PYTHON" -m relmkt decide {policy} >&-')
    assert done.returncode == 1
    assert "relmkt: -: there is no standard output here; redirect it to a file\n" in done.stderr
    assert TRACE not in done.stderr


def test_its_memory_does_not_grow_with_the_stream(policy):
    """A generator of 300,000 lines and one endless line beside: no more than for a few."""
    program = """if True:
        import resource, sys
        from relmkt.adapters.decision_stream import DecisionStream
        from relmkt.cli._policy_files import read_policy

        def pieces(many):
            for number in range(many):
                yield b'{"customer": %d, "barred": true}\\n' % number * 2_000
            for number in range(many):
                yield b"x" * 1_000_000

        def peak(many):
            stream = DecisionStream(read_policy(sys.argv[1]).table())
            for _ in stream.answers(pieces(many)):
                pass
            assert stream.lines == 2_000 * many + 1, stream.lines
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        print(peak(10), peak(60))
    """
    pytest.importorskip("resource")
    done = subprocess.run(
        [sys.executable, "-c", program, policy], capture_output=True, text=True, check=True
    )
    few, many = map(int, done.stdout.split())
    assert many - few < 20_000  # kB
