"""Of every mutant that survived the last run, the record says why nobody could have noticed."""

from __future__ import annotations

import json

from tests.mutants import PAGE, RECORD, tables, updated

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


def test_a_file_of_which_a_run_tried_nothing_stays_as_it_was():
    def survivor(where, now, **argument):
        return {"where": where, "was": "a < b", "now": now, **argument}

    argued = survivor("relmkt.tried.f", "a <= b", kind="slower", because="why")
    earlier = survivor("relmkt.waiting.Table.f", "a <= b", kind="a limit", because=None)
    gone = survivor("relmkt.tried.f", "a > b", kind="type", because=None)
    held = {
        "kinds": {"slower": "..."},
        "files": {"tried.py": {"survived": 2}, "waiting.py": {"killed": 3, "survived": 1}},
        "survivors": [argued, gone, earlier],
    }
    run = {
        "new/__init__.py": {"killed": 1, "survived": 1},
        "tried.py": {"killed": 1, "survived": 1},
        "waiting.py": {"open": 9},
        "other.py": {"open": 9},
    }
    found = [
        survivor("relmkt.tried.f", "a <= b"),
        survivor("relmkt.new.f", "a <= b"),
    ]
    assert updated(held, run, found) == {
        "kinds": held["kinds"],
        "files": {
            "new/__init__.py": run["new/__init__.py"],
            "tried.py": run["tried.py"],
            "waiting.py": held["files"]["waiting.py"],
        },
        "survivors": [found[1] | {"kind": None, "because": None}, argued, earlier],
    }


def test_a_run_that_tried_nothing_changes_nothing():
    assert updated(HELD, {name: {"open": 1} for name in HELD["files"]}, []) == HELD
