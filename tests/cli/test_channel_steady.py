"""The command channel from look to look: what stood goes in, and what stands comes out."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from relmkt.policies import PhasePolicy, banded, steady_policy_to_json

DEALERS = "dealer,dealer_class,market,territory\nA,city,North,Kiel\n"
AGREEMENTS = "dealer,territories,starts\nA,Kiel,2023-01-01\n"
FILES = ("--dealers", "dealers.csv", "--agreements", "agreements.csv")


def sales(last: tuple[int, int], growth: float) -> str:
    lines = ["dealer,sold_at,flow,brand,product,quantity,amount,dealer_margin"]
    for month in range(36):
        at = last[0] * 12 + last[1] - 36 + month
        sold = 100 * (1 + growth) ** (month / 12)
        lines.append(
            f"A,{at // 12}-{at % 12 + 1:02d}-15,sell_out,Lumen,lamp,{sold},{sold * 10},{sold * 2}"
        )
    return "\n".join(lines) + "\n"


@pytest.fixture
def files(file):
    file("dealers.csv", DEALERS)
    file("agreements.csv", AGREEMENTS)
    file("first.csv", sales((2025, 12), 0.2))
    file("second.csv", sales((2026, 1), -0.02))
    return file


def test_a_phase_stays_until_another_is_confirmed(files, relmkt):
    ended = relmkt(
        *("channel", "first.csv", *FILES, "--as-of", "2025-12-31"),
        *("--standings-out", "one.csv"),
    )
    assert ended.code == 0, ended.err
    assert "Lumen in North: growth\n" in ended.out
    assert "Phases since the look before" not in ended.out
    assert "one.csv written" in ended.err
    with Path("one.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["brand_market"] == "Lumen in North"
    assert (row["outcome"], row["since"], row["times"]) == ("growth", "2025-12-31", "0")
    second = ("channel", "second.csv", *FILES, "--as-of", "2026-01-31")
    assert "Lumen in North: undetermined\n" in relmkt(*second).out
    ended = relmkt(
        *(*second, "--standings", "one.csv", "--standings-out", "two.csv", "--report", "r.html")
    )
    assert ended.code == 0, ended.err
    assert "Lumen in North: growth\n  stays growth; undetermined was proposed 1 of 2" in ended.out
    assert "0 changed, 1 stay though the thresholds alone would say another." in ended.out
    assert "  growth stays: Lumen in North\n" in ended.out
    assert "would say another: Lumen in North." in Path("r.html").read_text(encoding="utf-8")
    same = relmkt(*second, "--standings", "two.csv", "--standings-out", "three.csv")
    assert "0 changed, 1 stay" in same.out
    assert Path("three.csv").read_text("utf-8") == Path("two.csv").read_text("utf-8")
    with Path("two.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["proposed"], row["times"]) == ("undetermined", "1")


def test_how_reluctantly_a_phase_is_left_can_be_stated(files, relmkt):
    hasty = banded(PhasePolicy(sales_small=0), dwell=None, confirmations=1)
    files("hasty.json", steady_policy_to_json(hasty))
    look = ("--steady", "hasty.json", "--report", "r.html")
    first = ("channel", "first.csv", *FILES, "--as-of", "2025-12-31", *look)
    assert relmkt(*first, "--standings-out", "one.csv").code == 0
    second = ("channel", "second.csv", *FILES, "--as-of", "2026-01-31", *look)
    ended = relmkt(*second, "--standings", "one.csv")
    assert ended.code == 0, ended.err
    assert "1 changed, 0 stay" in ended.out
    assert "  growth became undetermined: Lumen in North" in ended.out
    assert "Lumen in North (was growth)." in Path("r.html").read_text(encoding="utf-8")


STOOD = "brand_market,outcome,since,looked,times\nLumen in North,growth,2025-09-30,2025-12-31,0\n"
BAD = {
    "a later look": (STOOD.replace("2025-12-31", "2026-06-30"), "the latest look (2026-06-30)"),
    "an outcome that is none": (STOOD.replace("growth", "grwth"), "no outcome 'grwth'"),
    "a brand twice": (STOOD + STOOD.split("\n")[1] + "\n", "line 3: 'Lumen in North' stands on"),
    "a day that is none": (STOOD.replace("2025-09-30", "autumn"), "one.csv line 2: 'since' must"),
    "no brand": (STOOD.replace("brand_market", "brand"), "no column 'brand_market'"),
}


@pytest.mark.parametrize("what", BAD)
def test_standings_that_cannot_be_are_refused_and_none_written(files, relmkt, what):
    content, said = BAD[what]
    files("one.csv", content)
    ended = relmkt(
        *("channel", "second.csv", *FILES, "--as-of", "2026-01-31"),
        *("--standings", "one.csv", "--standings-out", "two.csv"),
    )
    assert ended.code == 1
    assert said in " ".join(ended.err.split())
    assert not Path("two.csv").exists()


def test_standings_have_a_file_of_their_own(files, relmkt):
    files("one.csv", STOOD)
    look = ("channel", "second.csv", *FILES)
    for others in (("--standings-out", "-"), ("--standings-out", "o.csv", "--out", "o.csv")):
        ended = relmkt(*look, *others)
        assert ended.code == 2
        assert "--standings-out names a file of its own" in ended.err
    ended = relmkt(*look, "--standings", "one.csv", "--standings-out", "one.csv")
    assert ended.code == 2
    assert "would overwrite" in ended.err


def test_a_steady_policy_of_customers_is_none_of_phases(files, relmkt):
    from relmkt.policies import StrategyPolicy

    files("other.json", steady_policy_to_json(banded(StrategyPolicy())))
    ended = relmkt("channel", "second.csv", *FILES, "--steady", "other.json")
    assert ended.code == 1
    assert "other.json" in ended.err


def test_standings_know_a_brand_that_looks_like_a_formula(files, relmkt):
    for name in ("first.csv", "second.csv"):
        text = Path(name).read_text(encoding="utf-8")
        files(name, text.replace("Lumen", "=Lumen"))
    first = ("channel", "first.csv", *FILES, "--as-of", "2025-12-31")
    assert relmkt(*first, "--standings-out", "one.csv").code == 0
    assert "'=Lumen in North" in Path("one.csv").read_text(encoding="utf-8")
    second = ("channel", "second.csv", *FILES, "--as-of", "2026-01-31", "--standings", "one.csv")
    ended = relmkt(*second)
    assert ended.code == 0, ended.err
    assert "=Lumen in North: growth\n  stays growth" in ended.out
