"""`relmkt replay` shows how a portfolio moved, and what steadiness saved."""

from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from relmkt.assumptions import Assumptions
from relmkt.datasets import cdnow_orders, cdnow_path
from relmkt.dated_policies import DatedPolicy, Edition
from relmkt.looks import looks, period_ends
from relmkt.policies import (
    SteadyPolicy,
    StrategyPolicy,
    banded,
    steady_policy_from_json,
    steady_policy_to_json,
)
from relmkt.policy_json import policy_to_json
from relmkt.replay import replay
from relmkt.thresholds import Quantile

CDNOW = "cdnow.csv"
QUARTERS = ("--every", "quarter")


@pytest.fixture
def cdnow(folder):
    Path(CDNOW).write_bytes(cdnow_path().read_bytes())
    return CDNOW


@pytest.fixture(scope="module")
def log():
    return cdnow_orders()


def replayed(log, policy, every="quarter", **options):
    days = period_ends(every, date(1997, 7, 1), date(1998, 6, 30))
    assumed = Assumptions()
    return replay(policy, looks(log, days, assumptions=assumed), assume=assumed.facts, **options)


def test_a_replay_shows_how_a_portfolio_moved_over_a_year(relmkt, cdnow, log):
    ended = relmkt("replay", cdnow, *QUARTERS)
    assert ended.code == 0
    told = replayed(log, banded(StrategyPolicy()), value="retained_value")
    assert (
        "How many of 2,357 customers had each strategy at 4 looks, 1997-09-30 to 1998-06-30"
    ) in ended.out.replace("\n", " ")
    lines = [line.split() for line in ended.out.splitlines()]
    for day, counts in zip(told.days, told.steady.counts, strict=True):
        row = next(line for line in lines if line[:1] == [str(day)])
        assert [int(cell.replace(",", "")) for cell in row[1:]] == [n for n in counts if n]
    plain, steady = (f"{path.total_changes:,}" for path in (told.plain, told.steady))
    assert ["thresholds", "alone", plain] == next(
        line[:3] for line in lines if line[:2] == ["thresholds", "alone"]
    )
    assert steady in next(line for line in lines if line[:1] == ["steadily"])
    assert f"Steadiness saved {told.changes_avoided:,} of {plain} changes" in ended.out
    assert f"{told.delays.late:,} of {told.delays.changes:,} changes came later" in ended.out
    assert f"version {told.policy.steady().version}." in ended.out
    assert "R0 and R5 wait for nothing" in ended.out.replace("\n", " ")
    assert "attrition risk high 0.5: 0.4 or 0.6" in ended.out
    assert "Models are fitted at the first look whose orders allow it" in ended.out


def test_the_paths_are_written_a_row_for_each_customer_and_look(relmkt, cdnow, log):
    ended = relmkt("replay", cdnow, *QUARTERS, "--out", "paths.csv")
    assert ended.code == 0
    assert "paths.csv: 2,357 customers at 4 looks written" in ended.err
    rows = list(csv.DictReader(io.StringIO(Path("paths.csv").read_text(encoding="utf-8"))))
    told = replayed(log, banded(StrategyPolicy()))
    assert len(rows) == 4 * 2357
    assert list(rows[0]) == [
        "customer",
        "day",
        "strategy",
        "without_steadiness",
        "changed",
        "held_by",
    ]
    assert Counter(row["changed"] for row in rows)["true"] == told.steady.total_changes
    customer = rows[17]["customer"]
    path = [row for row in rows if row["customer"] == customer]
    assert [(row["day"], row["strategy"], row["without_steadiness"]) for row in path] == [
        (str(step.day), str(step.outcome), str(step.plain)) for step in told.path(customer)
    ]
    assert {row["held_by"] for row in rows} == {"", "band", "confirmation"}


def test_paths_go_to_standard_output_and_words_to_the_other(relmkt, cdnow):
    ended = relmkt("replay", cdnow, "--every", "year", "--out", "-")
    assert ended.out.splitlines()[0].startswith("customer,day,strategy")
    assert len(ended.out.splitlines()) == 2358
    assert "customers had each strategy at 1997-12-31" in ended.err


def test_without_bands_and_patience_nothing_is_saved(relmkt, cdnow, log):
    bare = ("--band", "0", "--dwell", "0", "--confirmations", "1")
    ended = relmkt("replay", cdnow, *QUARTERS, *bare)
    told = replayed(log, SteadyPolicy(policy=StrategyPolicy()))
    assert f"saved 0 of {told.plain.total_changes:,} changes (0%)" in ended.out
    assert "must be proposed at one look;" in ended.out
    assert "is left" not in ended.out


def test_exits_thresholds_days_and_fits_can_be_stated(relmkt, cdnow, log):
    ended = relmkt(
        "replay",
        cdnow,
        "--every",
        "month",
        "--from",
        "1997-11-01",
        "--to",
        "1998-01-15",
        "--exit",
        "attrition_risk_high=0.3",
        "--threshold",
        "attrition_risk_high=0.4",
        "--dwell",
        "1 month",
        "--urgent",
        "R0",
        "--urgent",
        "R3",
        "--refit",
        "--recalibrate",
    )
    assert ended.code == 0
    assert "at 2 looks, 1997-11-30 to 1997-12-31" in ended.out.replace("\n", " ")
    assert "attrition risk high 0.4: 0.3" in ended.out
    assert "one lasts 1 month at least" in ended.out.replace("\n", " ")
    assert "R0 and R3 wait for nothing" in ended.out.replace("\n", " ")
    assert "Models are fitted at every look" in ended.out


def test_more_looks_than_fit_the_screen_are_cut_to_the_latest(relmkt, cdnow):
    ended = relmkt("replay", cdnow, "--every", "week", "--from", "1998-04-01")
    days = period_ends("week", date(1998, 4, 1), date(1998, 6, 30))
    assert f"The latest 12 of {len(days)} looks are shown." in ended.out
    assert "1998-06-28" in ended.out
    assert "1998-04-05   " not in ended.out


def test_known_facts_are_taken_at_every_look(relmkt, cdnow, file, log):
    first = log.customer[0]
    facts = file("facts.csv", f"customer,barred\n{first},true\n")
    ended = relmkt("replay", cdnow, *QUARTERS, "--facts", facts)
    assert ended.code == 0
    assert "hold" in ended.out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--exit", "attrition_risk_high"], "'--exit' must be NAME=NUMBER"),
        (["--exit", "atrition_risk_high=0.3"], "did you mean 'attrition_risk_high'"),
        (["--exit", "attrition_risk_high=0.7"], "try the other side"),
        (["--urgent", "R55"], "no rule 'R55'"),
        (["--dwell", "soon"], "'span' must be a whole number and a unit"),
        (["--band", "-1"], "'share' must be a number of at least 0"),
        (["--confirmations", "0"], "--confirmations"),
        (["--every", "moon"], "--every"),
        (["--as-of", "1998-01-01"], "No such option"),
        (["--out", "paths.doc"], "must end in .csv, .parquet or .jsonl"),
    ],
)
def test_what_is_not_possible_ends_as_a_mistake_on_the_command_line(relmkt, cdnow, options, told):
    ended = relmkt("replay", cdnow, *options)
    assert ended.code == 2
    assert told in " ".join(ended.err.replace("│", " ").split())


def test_a_range_without_the_end_of_a_period_is_refused(relmkt, cdnow):
    ended = relmkt("replay", cdnow, "--from", "1998-03-02", "--to", "1998-03-30")
    assert ended.code == 1
    assert "must hold the end of a month, got '1998-03-02 to 1998-03-30'" in ended.err


def test_no_look_comes_before_the_first_order(relmkt):
    ended = relmkt("replay", "orders.csv")  # they are of January to March
    assert ended.code == 0, ended.err
    assert "2 looks, 2026-01-31 to 2026-02-28" in " ".join(ended.out.split())
    assert relmkt("replay", "orders.csv", "--from", "2020-01-01").out == ended.out


# ------------------------------------------------------------------------- policies in files

THREE = ("--from", "1997-11-01", "--to", "1998-01-31")


def dated(first, then="1997-12-15"):
    made = [
        Edition(valid_from=date.fromisoformat(first), policy=StrategyPolicy(), reference="board 1"),
        Edition(
            valid_from=date.fromisoformat(then),
            policy=StrategyPolicy(attrition_risk_high=0.9),
            reference="board 2",
        ),
    ]
    return policy_to_json(DatedPolicy(made))


def test_a_policy_in_a_file_is_replayed_as_the_same_thresholds_are(relmkt, cdnow, file):
    path = file("policy.json", policy_to_json(StrategyPolicy(attrition_risk_high=0.4)))
    ended = relmkt("replay", cdnow, *THREE, "--policy", path)
    assert ended.code == 0, ended.err
    assert (
        ended.out == relmkt("replay", cdnow, *THREE, "--threshold", "attrition_risk_high=0.4").out
    )
    assert "attrition risk high 0.4" in ended.out


def test_each_look_is_decided_by_the_edition_of_its_day(relmkt, cdnow, file):
    path = file("dated.json", dated("1997-01-01"))
    ended = relmkt("replay", cdnow, *THREE, "--policy", path, "--out", "paths.csv")
    assert ended.code == 0, ended.err
    told = " ".join(ended.out.split())
    assert (
        "From 1997-11-30 on the thresholds decided that are valid from 1997-01-01 (board 1). From "
        "1997-12-31 on the thresholds decided that are valid from 1997-12-15 (board 2)."
    ) in told
    assert "Thresholds at the last look" in told
    assert "attrition risk high 0.9" in told
    rows = list(csv.DictReader(io.StringIO(Path("paths.csv").read_text(encoding="utf-8"))))
    plain = Counter((row["day"], row["without_steadiness"]) for row in rows)
    assert plain["1997-11-30", "protect"] > plain["1997-12-31", "protect"]


@pytest.mark.parametrize(
    ("first", "options", "code", "told"),
    [
        ("1997-12-01", [], 1, "must not be before the first edition of the policy (1997-12-01)"),
        ("1997-01-01", ["--threshold", "attrition_risk_high=0.4"], 2, "add an edition to it"),
        ("1997-01-01", ["--steady-out", "s.json"], 2, "must be left out with a dated policy"),
        ("1997-01-01", ["--exit", "attrition_risk_high=0.95"], 2, "try the other side"),
    ],
)
def test_a_dated_policy_says_what_it_cannot_do(relmkt, cdnow, file, first, options, code, told):
    path = file("dated.json", dated(first))
    ended = relmkt("replay", cdnow, *THREE, "--policy", path, *options)
    assert ended.code == code
    assert told in " ".join(ended.err.replace("│", " ").split())


def test_a_steady_policy_that_was_written_leads_along_the_same_paths(relmkt, cdnow):
    stated = ("--threshold", "attrition_risk_high=0.4", "--exit", "attrition_risk_high=0.3")
    first = relmkt(
        "replay", cdnow, *THREE, *stated, "--steady-out", "steady.json", "--out", "a.csv"
    )
    assert first.code == 0, first.err
    steady = steady_policy_from_json(Path("steady.json").read_text("utf-8"), StrategyPolicy)
    assert f"steady.json: policy {steady.steady().version} written" in first.err
    assert steady.exit["attrition_risk_high"] == (0.3,)
    assert not any(isinstance(value, Quantile) for value in steady.policy.values().values())
    again = relmkt("replay", cdnow, *THREE, "--steady", "steady.json", "--out", "b.csv")
    assert again.code == 0, again.err
    assert again.out == first.out
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--policy", "policy.json"),
        ("--threshold", "attrition_risk_high=0.4"),
        ("--exit", "attrition_risk_high=0.4"),
        ("--band", "0.2"),
        ("--dwell", "1 month"),
        ("--confirmations", "2"),
        ("--urgent", "R0"),
    ],
)
def test_what_a_steady_policy_states_is_not_stated_beside_it(relmkt, cdnow, file, option, value):
    path = file("steady.json", steady_policy_to_json(banded(StrategyPolicy())))
    ended = relmkt("replay", cdnow, "--steady", path, option, value)
    assert ended.code == 2
    assert f"--steady states what {option} does" in " ".join(ended.err.replace("│", " ").split())


def test_files_of_another_sort_are_told_by_name(relmkt, cdnow, file):
    plain = file("policy.json", policy_to_json(StrategyPolicy()))
    steady = file("steady.json", steady_policy_to_json(banded(StrategyPolicy())))
    for options, told in (
        (["--steady", plain], "policy.json: is a policy without exits; name it by --policy"),
        (["--policy", steady], "steady.json: is a steady policy; relmkt replay takes it by --ste"),
        (["--steady", file("bad.json", "[")], "bad.json: 'steady policy' must be JSON"),
        (["--steady", "none.json"], "none.json"),
        (["--steady", steady, "--steady-out", steady], "steady.json"),
    ):
        ended = relmkt("replay", cdnow, *options)
        assert ended.code == 2, options
        assert told in " ".join(ended.err.replace("│", " ").split())
