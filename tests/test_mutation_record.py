"""Of every mutant that survived the last run, the record says why nobody could have noticed."""

from __future__ import annotations

import json

from tests.mutants import PAGE, RECORD, tables

HELD = json.loads(RECORD.read_text(encoding="utf-8"))


def test_no_survivor_is_without_an_argument():
    kinds = HELD["kinds"]
    assert HELD["survivors"]
    for survivor in HELD["survivors"]:
        assert survivor["kind"] in kinds, survivor
        assert survivor["because"] or "own reason" not in kinds[survivor["kind"]], survivor


def test_the_page_tells_the_figures_of_the_record():
    page = PAGE.read_text(encoding="utf-8")
    for name, table in tables(HELD).items():
        assert f"<!-- {name} -->\n\n{table}\n<!-- end -->" in page


def test_the_record_counts_every_mutant_once():
    counted = sum(
        fates.get(fate, 0) for fates in HELD["files"].values() for fate in ("survived", "no tests")
    )
    assert counted == len(HELD["survivors"])
