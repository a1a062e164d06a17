"""The command within a bound: the same plan, the same words, and a bar for whoever watches."""

from __future__ import annotations

import csv
import io
import math
import re
import warnings
from pathlib import Path

import pytest
from rich.console import Console

from relmkt.cli._watching import watching
from relmkt.datasets import cdnow_path

BOUND = ("--memory", "128MB")
COUNTED = "--count-duplicates"


def lines_of(name):
    with Path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


NUMBER = re.compile(r"-?[0-9][0-9,]*(?:[.][0-9]+)?")


def check_the_same_words(one, other):
    """Numbers in sentences are rounded to hundredths: a half may go up here and down there."""
    assert NUMBER.sub("#", one) == NUMBER.sub("#", other)
    numbers = (
        [float(number.replace(",", "")) for number in NUMBER.findall(text)] for text in (one, other)
    )
    for a, b in zip(*numbers, strict=True):
        assert math.isclose(a, b, abs_tol=0.0101), (one, other)


def check_the_same(first, second):
    """Words and decisions are equal; numbers are to nine digits, the version of the limits not."""
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        assert list(one) == list(other)
        for name in one:
            if name == "policy_version":  # a hash of limits that are calibrated to all digits
                continue
            try:
                a, b = float(one[name]), float(other[name])
            except ValueError:
                check_the_same_words(one[name], other[name])
            else:
                assert math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9), name


@pytest.fixture
def cdnow(folder):
    Path("cdnow.csv").write_bytes(cdnow_path().read_bytes())
    return "cdnow.csv"


def test_the_plan_of_the_sample_is_the_same(relmkt, cdnow):
    stated = ("--cost-per-order", "1.5", "--cost-of-regaining", "3", "--currency", "USD")
    free = relmkt("plan", cdnow, "--out", "free.csv", *stated)
    bound = relmkt("plan", cdnow, "--out", "bound.csv", *stated, *BOUND, COUNTED)
    assert free.code == bound.code == 0
    assert bound.err == free.err.replace("free.csv", "bound.csv")
    check_the_same_words(*(text.split("Strategy policy")[0] for text in (free.out, bound.out)))
    check_the_same(lines_of("free.csv"), lines_of("bound.csv"))


def test_the_plan_is_the_same_with_facts_margins_a_zone_and_a_day(relmkt, file):
    file(
        "o.csv",
        "who;when;eur;margin\n0004;2026-01-05T23:30:00Z;20,5;3,25\nb;2026-02-07T10:00:00Z;5;\n"
        "0004;2026-03-01T10:00:00Z;30;12\nc;2026-06-01T10:00:00Z;9;1\nb;2026-02-09T10:00:00Z;-5;\n",
    )
    file("facts.csv", "who,headroom,status\n0004,100,\nnew,,prospect\n")
    options = [
        *("o.csv", "--customer", "who", "--date", "when", "--amount", "eur", "--decimal", ","),
        *("--zone", "Europe/Berlin", "--as-of", "2026-03-31", "--facts", "facts.csv"),
    ]
    free = relmkt("plan", *options, "--out", "free.csv")
    bound = relmkt("plan", *options, "--out", "bound.csv", *BOUND)
    assert free.code == bound.code == 0
    assert "1 order line after 2026-03-31 was left out" in bound.out
    check_the_same(lines_of("free.csv"), lines_of("bound.csv"))


def test_identical_rows_are_counted_only_on_request(relmkt, file):
    file("o.csv", "customer,date,amount\na,2026-03-01,5\na,2026-03-01,5\nb,2026-03-02,5\n")
    silent, asked = relmkt("plan", "o.csv", *BOUND), relmkt("plan", "o.csv", *BOUND, COUNTED)
    assert silent.code == asked.code == 0
    kept = "o.csv: identical rows, if any, were kept and not counted (--count-duplicates)"
    assert kept in silent.err
    assert kept not in asked.err
    assert "1 row is identical to an earlier one; it was kept" in asked.err
    assert "1 row is identical to an earlier one; it was kept" not in silent.err
    assert asked.err == relmkt("plan", "o.csv").err


def test_explain_takes_the_bound_too(relmkt, cdnow):
    free = relmkt("explain", cdnow, "--customer", "00004")
    bound = relmkt("explain", cdnow, "--customer", "00004", *BOUND)
    assert bound.code == 0
    assert "-> R" in bound.out
    check_the_same_words(*(text.split("policy version")[0] for text in (free.out, bound.out)))


def test_standard_input_is_read_within_the_bound(relmkt):
    ended = relmkt("plan", "-", *BOUND, "--out", "-", stdin=Path("orders.csv").read_bytes())
    assert ended.code == 0
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    assert [row["customer"] for row in rows] == ["anna", "ben", "cleo"]


@pytest.mark.parametrize(
    ("size", "told"),
    [
        ("512", "must be an amount with its unit, got '512': write for example 512MB or 2GB"),
        ("lots", "must be an amount with its unit, got 'lots'"),
        ("1MB", "must be at least 128MB, got '1MB': the work needs so much"),
        ("99999999TB", "must be at most 1000TB, got '99999999TB': no machine has more"),
    ],
)
def test_an_amount_that_is_none_is_refused_by_its_option(relmkt, size, told):
    ended = relmkt("plan", "orders.csv", "--memory", size)
    assert ended.code == 2
    assert "Invalid value for '--memory'" in ended.err
    assert told in ended.err.replace("\n", " ")


def test_mistakes_in_the_file_are_told_in_the_same_words(relmkt, file):
    file("bad.csv", "customer,date,amount\na,2026-03-01,x\nb,2026-13-01,5\n")
    free, bound = relmkt("plan", "bad.csv"), relmkt("plan", "bad.csv", *BOUND)
    assert (bound.code, bound.err) == (1, free.err)
    assert "line 2: 'amount' must be a number" in bound.err


def test_a_total_that_is_no_number_is_told_in_the_same_words(relmkt, file):
    file("large.csv", "customer,date,amount\nb,2026-03-03,5\n" + "a,2026-03-01,1e308\n" * 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # one of NumPy would name a place in the source
        free = relmkt("plan", "large.csv", "--as-of", "2026-03-04")
        bound = relmkt("plan", "large.csv", "--as-of", "2026-03-04", *BOUND)
    assert (free.code, bound.code) == (1, 1)
    assert bound.err == free.err
    assert "'revenue' must be finite, got inf for row 1 (customer 'a')" in bound.err


def test_a_day_before_the_first_order_is_told_in_the_same_words(relmkt):
    early = ("plan", "orders.csv", "--as-of", "2025-01-01")
    free, bound = relmkt(*early), relmkt(*early, *BOUND)
    assert (bound.code, bound.err) == (1, free.err)
    assert "all 5 order lines are of later days" in bound.err


# -------------------------------------------------------------------------------------- the bar


def shown(is_terminal):
    page = io.StringIO()
    console = Console(file=page, force_terminal=is_terminal, width=80)
    with watching(console, "reading [the orders]") as tell:
        tell.done(0.25)
        tell("summarizing")
        tell.done(1.0)
        console.print("a word between")
    return page.getvalue()


def test_a_terminal_shows_the_stage_and_how_much_is_done():
    told = shown(is_terminal=True)
    assert "summarizing" in told
    assert "━" in told


def test_elsewhere_nothing_is_shown():
    assert shown(is_terminal=False) == "a word between\n"
