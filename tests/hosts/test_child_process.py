"""Hosts that ask ``relmkt decide`` as a child process: one in Python, and others where they run."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import relmkt
from relmkt.domain import CustomerFacts
from tests.hosts.conftest import HOSTS, LEAVING, PLAIN, POLICY, WHY

FILES = HOSTS / "child_process"
KNOWN = {"customer": "C-17", "status": "active", "barred": False, **LEAVING}
ZOE = {"customer": "Zoë", "status": "active", "significance": ["benchmark"], **LEAVING}
LOUD = {"customer": "C-18", "attrition_risk": 71}


@pytest.fixture
def policy(tmp_path, monkeypatch):
    """A file of policy JSON, and an environment in which the command is found."""
    monkeypatch.setenv("PYTHONPATH", str(Path(relmkt.__file__).parents[1]))
    monkeypatch.setenv("RELMKT", f"{sys.executable}\n-m\nrelmkt")
    path = tmp_path / "policy.json"
    path.write_text(POLICY, encoding="utf-8")
    return str(path)


@pytest.fixture
def deciding():
    """The class of the host in Python."""
    spec = importlib.util.spec_from_file_location("host", FILES / "host.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Deciding


def test_a_host_asks_and_is_answered_at_once(deciding, policy):
    with deciding(policy) as asked:
        for number in range(3):  # each is answered before the next is asked
            answer = asked.ask({**KNOWN, "customer": number})
            assert (answer["line"], answer["customer"]) == (number + 1, number)
            assert (answer["outcome"], answer["rule"], answer["reason"]) == ("protect", "R5", WHY)
            assert answer["version"] == PLAIN.table().version


def test_the_answer_is_that_of_the_library(deciding, policy):
    here = PLAIN.table().decide(CustomerFacts(**KNOWN))
    with deciding(policy) as asked:
        there = asked.ask(KNOWN)
    for name in ("outcome", "rule", "reason", "settled", "next", "version"):
        assert there[name] == getattr(here, name)
    assert there["possible"] == list(here.possible)


def test_a_bad_question_is_refused_and_the_next_is_answered(deciding, policy):
    with deciding(policy) as asked:
        with pytest.raises(ValueError, match="'attrition_risk' must be at most 1, got 71"):
            asked.ask(LOUD)
        assert asked.ask(ZOE)["customer"] == "Zoë"


def test_a_command_that_cannot_begin_says_how_it_ended(deciding, tmp_path, policy):
    with deciding(str(tmp_path / "none.json")) as asked:
        for _ in range(2):  # the first may find it ending, the second finds it ended
            with pytest.raises(RuntimeError, match="the command ended with 2"):
                asked.ask(KNOWN)


@pytest.fixture(params=[("node", "host.mjs"), ("php", "host.php")], ids=["node", "php"])
def host(request, tmp_path):
    """A host in another language, run on lines from a folder with a space in its name."""
    program, file = request.param
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not on this machine")
    folder = tmp_path / "a folder"
    folder.mkdir()
    copied = shutil.copy(FILES / file, folder)

    def run(policy, *lines):
        written = [line if isinstance(line, str) else json.dumps(line) for line in lines]
        return subprocess.run(
            [program, copied, policy],
            input="".join(line + "\n" for line in written).encode(),
            capture_output=True,
            check=False,
            timeout=60,
        )

    return run


def told_by(host, policy, *lines):
    done = host(policy, *lines)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode().splitlines()


def test_hosts_in_other_languages_print_the_same(host, policy):
    first, second, third = told_by(host, policy, KNOWN, LOUD, ZOE)
    assert first == f"C-17: protect: {WHY}"
    assert second == "not decided: 'attrition_risk' must be at most 1, got 71"
    assert third.startswith("Zoë: protect: matters and may leave: status active, benchmark, ")


ECHO = (
    "import json, sys; [print(json.dumps({'customer': 1, 'outcome': 'heard', 'reason': line}),"
    " flush=True) for line in map(str.strip, sys.stdin)]"
)


def test_what_is_asked_reaches_the_command_as_it_was_written(host, policy, monkeypatch):
    monkeypatch.setenv("RELMKT", f"{sys.executable}\n-c\n{ECHO}")
    asked = [
        {"customer": 1, "significance": {}},  # nothing is known
        {"customer": 1, "significance": []},  # it is known to have none
        {"customer": 1, "significance": {"benchmark": False}, "headroom": None},
        {"customer": "Zoë", "attrition_risk": 0.1, "retained_value": 1e-7},
        {},
    ]
    told = [line.removeprefix("1: heard: ") for line in told_by(host, policy, *asked)]
    assert [json.loads(line) for line in told] == asked


@pytest.mark.parametrize("line", ["{bad", "", "[1]", "7", "null"])
def test_a_line_that_holds_no_facts_does_not_touch_its_neighbors(host, policy, line):
    first, second, third = told_by(host, policy, KNOWN, line, KNOWN)
    assert first == third == f"C-17: protect: {WHY}"
    assert second.startswith("not decided: ")


def test_a_host_whose_command_has_ended_says_so_and_ends(host, tmp_path, policy):
    done = host(str(tmp_path / "none.json"), KNOWN, KNOWN)
    assert done.returncode != 0
    assert b"none.json" in done.stderr
    assert b"the command ended with 2" in done.stderr
    assert b"Fatal" not in done.stderr + done.stdout
    assert b"    at " not in done.stderr


def test_a_host_whose_command_is_not_there_says_so_and_ends(host, policy, monkeypatch):
    monkeypatch.setenv("RELMKT", "no-such-command")
    done = host(policy, KNOWN, KNOWN)
    assert done.returncode != 0
    assert b"the command" in done.stderr
    assert b"Fatal" not in done.stderr + done.stdout
    assert b"Warning" not in done.stderr + done.stdout
    assert b"    at " not in done.stderr


MANY = """
import { Deciding } from %(file)s;
const deciding = new Deciding(process.argv[2], process.env.RELMKT.split("\\n"));
const asked = [...Array(2000).keys()].map((customer) => deciding.ask({ customer }));
const told = await Promise.all(asked);
console.log(told.every((answer, at) => answer.customer === at && answer.line === at + 1));
console.log(await deciding.close());
const gone = new Deciding("none.json", process.env.RELMKT.split("\\n"));
const say = (error) => console.log(error.message);
await gone.ask({ customer: 1 }).catch(say);
await gone.ask({ customer: 2 }).catch(say);
console.log(await gone.close());
await deciding.ask({ customer: 3 }).catch(say);
const never = new Deciding("none.json", ["no-such-command"]);
await never.ask({ customer: 4 }).catch(say);
await never.ask({ customer: 5 }).catch(say);
console.log(await never.close());
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on this machine")
def test_in_javascript_many_questions_are_under_way_at_once(policy, tmp_path):
    script = tmp_path / "many.mjs"
    script.write_text(MANY % {"file": json.dumps((FILES / "host.mjs").as_uri())}, encoding="utf-8")
    done = subprocess.run(
        ["node", script, policy], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines() == [
        "true",
        "0",
        "the command ended with 2",
        "the command ended with 2",
        "2",
        "the command ended with 0",
        "the command cannot be started: spawn no-such-command ENOENT",
        "the command cannot be started: spawn no-such-command ENOENT",
        "null",
    ]
    assert "none.json" in done.stderr


ENDED = """<?php
require %(file)s;
$gone = new Deciding('none.json', explode("\\n", getenv('RELMKT')));
foreach ([[], ['customer' => 1]] as $facts) {
    try {
        $gone->ask($facts);
    } catch (RuntimeException $error) {
        echo $error->getMessage(), "\\n";
    }
}
echo $gone->close(), $gone->close(), "\\n";
$echo = new Deciding('none.json', [%(python)s, '-c', %(echo)s]);
echo $echo->ask([])['reason'], $echo->ask(['customer' => 1])['reason'], $echo->close(), "\\n";
"""


@pytest.mark.skipif(shutil.which("php") is None, reason="php is not on this machine")
def test_in_php_a_command_that_has_ended_says_so_each_time_it_is_asked(policy, tmp_path):
    script = tmp_path / "ended.php"
    quoted = {"file": str(FILES / "host.php"), "python": sys.executable, "echo": ECHO}
    script.write_text(
        ENDED % {name: json.dumps(text) for name, text in quoted.items()}, encoding="utf-8"
    )
    done = subprocess.run(
        ["php", script], capture_output=True, text=True, check=True, timeout=60, cwd=tmp_path
    )
    assert done.stdout.splitlines() == [
        "the command ended with 2",
        "the command ended with 2",
        "22",
        '{}{"customer":1}0',
    ]
