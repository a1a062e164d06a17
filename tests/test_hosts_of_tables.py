"""The files for hosts in other languages are current, and a host that is none of ours agrees."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from relmkt.policies import StrategyPolicy
from relmkt.policy_json import policy_from_json
from relmkt.table_json import table_to_json
from relmkt.table_vectors import vectors_to_json

DOCS = Path(__file__).parent.parent / "docs"
POLICY = policy_from_json((DOCS / "tables/policy.json").read_text("utf-8"), StrategyPolicy)
HOST = DOCS / "hosts/table_json/decide.mjs"


def test_the_files_beside_the_page_are_those_of_the_policy():
    table = POLICY.table()
    assert (DOCS / "tables/strategy.table.json").read_text("utf-8") == table_to_json(table)
    assert (DOCS / "tables/strategy.vectors.json").read_text("utf-8") == vectors_to_json(table)


def run_host(table):
    vectors = DOCS / "tables/strategy.vectors.json"
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
