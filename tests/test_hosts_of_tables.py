"""The files for hosts in other languages are current, and a host that is none of ours agrees."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from relmkt.policies import StrategyPolicy
from relmkt.policy_json import policy_from_json
from relmkt.records import handles, schema
from relmkt.rules import Checklist, Rule, Table, absent
from relmkt.table_json import table_to_json
from relmkt.table_vectors import vectors_to_json
from tests.things import Thing

DOCS = Path(__file__).parent.parent / "docs"
POLICY = policy_from_json((DOCS / "tables/policy.json").read_text("utf-8"), StrategyPolicy)
on = handles(Thing)
HOST = DOCS / "hosts/table_json/decide.mjs"


def test_the_files_beside_the_page_are_those_of_the_policy():
    table = POLICY.table()
    assert (DOCS / "tables/strategy.table.json").read_text("utf-8") == table_to_json(table)
    assert (DOCS / "tables/strategy.vectors.json").read_text("utf-8") == vectors_to_json(table)


def run_host(table, vectors=DOCS / "tables/strategy.vectors.json"):
    command = ["node", str(HOST), str(table), str(vectors)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_a_host_in_javascript_agrees_on_every_vector():
    found = run_host(DOCS / "tables/strategy.table.json")
    count = vectors_to_json(POLICY.table()).count('"facts"')
    assert found.returncode == 0, found.stderr
    assert found.stdout == f"{count} of {count} agree\n"


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_a_host_in_javascript_finds_out_a_table_with_one_slip(tmp_path):
    table = (DOCS / "tables/strategy.table.json").read_text("utf-8")
    slip = tmp_path / "slip.json"
    slip.write_text(table.replace('"op": ">="', '"op": ">"', 1), "utf-8")
    found = run_host(slip)
    assert found.returncode == 1
    assert "agree" in found.stdout


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
@pytest.mark.parametrize("key", ["outcome", "rule", "settled", "possible", "missing", "next"])
def test_a_host_in_javascript_compares_every_answer_but_the_words(tmp_path, key):
    content = json.loads((DOCS / "tables/strategy.vectors.json").read_text("utf-8"))
    content["vectors"][-1][key] = ["another"]
    slip = tmp_path / "slip.json"
    slip.write_text(json.dumps(content), "utf-8")
    found = run_host(DOCS / "tables/strategy.table.json", slip)
    count = len(content["vectors"])
    assert found.stdout == f"{count - 1} of {count} agree\n"


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
@pytest.mark.parametrize("kind", [Table, Checklist])
def test_a_host_in_javascript_agrees_on_tables_whose_next_ends_early(tmp_path, kind):
    rules = [
        Rule("a", on.x >= 1, "go", otherwise=kind is Table),
        Rule("b", on.y >= 1, "go"),
        Rule("c", on.is_new, "stay"),
        Rule("d", on.x > on.y, "leave", otherwise=kind is Table),
        Rule("e", on.is_loud | absent(on.note), "rest"),
    ]
    table = kind(name="ends", facts=schema(Thing), rules=rules)
    (tmp_path / "table.json").write_text(table_to_json(table), "utf-8")
    (tmp_path / "vectors.json").write_text(vectors_to_json(table), "utf-8")
    found = run_host(tmp_path / "table.json", tmp_path / "vectors.json")
    assert found.returncode == 0, found.stderr


def test_the_page_names_every_key_of_the_files():
    page = (DOCS / "tables-for-other-languages.md").read_text("utf-8")
    checklist = Checklist(name="c", facts=schema(Thing), rules=[Rule("a", on.x >= 1, "go")])
    for subject in (POLICY.table(), checklist):
        table, tried = json.loads(table_to_json(subject)), json.loads(vectors_to_json(subject))
        named = {*table, *tried, *tried["vectors"][0], *table["rules"][0]}
        assert {key for key in named if f"`{key}`" not in page} == set()


def test_the_page_holds_the_whole_host():
    page = (DOCS / "tables-for-other-languages.md").read_text("utf-8")
    shown = int(re.search(r":lines: 1-(\d+)", page)[1])
    lines = HOST.read_text("utf-8").splitlines()
    assert lines[shown - 1 : shown + 1] == ["}", ""]
    assert lines[shown + 1].startswith("/** How many of the vectors")
