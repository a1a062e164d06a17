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


def told_by(program, file, policy):
    lines = "".join(json.dumps(facts) + "\n" for facts in (KNOWN, LOUD, ZOE))
    done = subprocess.run(
        [program, FILES / file, policy],
        input=lines.encode(),
        capture_output=True,
        check=True,
        timeout=60,
    )
    return done.stdout.decode().splitlines()


@pytest.mark.parametrize(("program", "file"), [("node", "host.mjs"), ("php", "host.php")])
def test_hosts_in_other_languages_print_the_same(program, file, policy):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not on this machine")
    first, second, third = told_by(program, file, policy)
    assert first == f"C-17: protect: {WHY}"
    assert second == "not decided: 'attrition_risk' must be at most 1, got 71"
    assert third.startswith("Zoë: protect: matters and may leave: status active, benchmark, ")


MANY = """
import { Deciding } from %(file)s;
const deciding = new Deciding(process.argv[2], process.env.RELMKT.split("\\n"));
const asked = [...Array(2000).keys()].map((customer) => deciding.ask({ customer }));
const told = await Promise.all(asked);
console.log(told.every((answer, at) => answer.customer === at && answer.line === at + 1));
console.log(await deciding.close());
const gone = new Deciding("none.json", process.env.RELMKT.split("\\n"));
await gone.ask({ customer: 1 }).catch((error) => console.log(error.message));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on this machine")
def test_in_javascript_many_questions_are_under_way_at_once(policy, tmp_path):
    script = tmp_path / "many.mjs"
    script.write_text(MANY % {"file": json.dumps((FILES / "host.mjs").as_uri())}, encoding="utf-8")
    done = subprocess.run(
        ["node", script, policy], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines() == ["true", "0", "the command ended with 2"]
    assert "none.json" in done.stderr
