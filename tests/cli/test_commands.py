"""What the commands give when all goes well, and how they teach."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from pathlib import Path

import attrs
import pyarrow.parquet as pq
import pytest
from pyarrow.csv import read_csv

from relmkt import __version__
from relmkt.adapters.files import read_facts, read_orders
from relmkt.assumptions import Assumptions
from relmkt.cli._demo import DEMO_ASSUMPTIONS, DEMO_DAY, DEMO_SEED
from relmkt.datasets import cdnow_orders, cdnow_path, synthetic_facts
from relmkt.domain import PlanLine, Strategy
from relmkt.pipeline import plan
from relmkt.thresholds import thresholds
from tests.cli.conftest import ORDERS, names

CDNOW = "cdnow.csv"


@pytest.fixture
def cdnow(folder):
    Path(CDNOW).write_bytes(cdnow_path().read_bytes())
    return CDNOW


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


# ------------------------------------------------------------------------------------------ plan


def test_plan_prints_a_summary_and_writes_one_line_for_each_customer(relmkt, cdnow):
    ended = relmkt("plan", cdnow, "--out", "plan.csv", "--currency", "USD")
    assert ended.code == 0
    orders = Path(cdnow).read_text(encoding="utf-8").splitlines()[1:]
    assert ended.err == (
        f"{CDNOW}: customer = customer, date = date, amount = amount, quantity = quantity\n"
        "as of 1998-06-30, the day of the last order (--as-of states another)\n"
        f"{CDNOW}: {len(orders) - len(set(orders))} rows are identical to earlier ones; "
        "they were kept, for a customer may buy the same twice\n"
        "plan.csv: 2,357 customers written\n"
    )
    assert "Plan for 2,357 customers as of 1998-06-30." in ended.out
    rows = rows_of(Path("plan.csv").read_text(encoding="utf-8"))
    assert list(rows[0]) == [field.name for field in attrs.fields(PlanLine)]
    told = plan(cdnow_orders(), as_of=DEMO_DAY)
    assert [row["customer"] for row in rows] == told.portfolio.ids.tolist()
    assert [row["strategy"] for row in rows] == [line.strategy for line in told]
    assert [row["reason"] for row in rows] == [line.reason for line in told]
    assert [float(row["value"]) for row in rows] == told.portfolio.residual_value.tolist()


def test_the_formats_hold_the_same(relmkt, folder):
    for name in ("plan.csv", "plan.jsonl", "plan.parquet", "plan.csv.gz"):
        assert relmkt("plan", "orders.csv", "--out", name).code == 0
    rows = rows_of(Path("plan.csv").read_text(encoding="utf-8"))
    lines = Path("plan.jsonl").read_text(encoding="utf-8").splitlines()
    from_json = [json.loads(line) for line in lines]
    from_parquet = pq.read_table("plan.parquet").to_pylist()
    assert from_json == [row | {"as_of": row["as_of"].isoformat()} for row in from_parquet]
    assert [row["missing"] for row in rows] == [row["missing"] for row in from_json]
    assert [row["value"] for row in from_json] == [None] * 3
    with gzip.open("plan.csv.gz", "rt", encoding="utf-8") as zipped:
        assert rows_of(zipped.read()) == rows


def test_standard_output_holds_nothing_but_the_plan(relmkt):
    ended = relmkt("plan", "orders.csv", "--out", "-")
    assert ended.code == 0
    rows = rows_of(ended.out)
    assert [row["customer"] for row in rows] == ["anna", "ben", "cleo"]
    assert "Plan for 3 customers" in ended.err


def test_standard_input_is_read(relmkt):
    ended = relmkt("plan", "-", "--out", "-", stdin=ORDERS.encode())
    assert ended.code == 0
    assert len(rows_of(ended.out)) == 3
    lines = "".join(
        json.dumps({"customer": "a", "date": f"2026-03-0{day}", "amount": day}) + "\n"
        for day in (1, 2)
    )
    ended = relmkt("plan", "-", "--format", "jsonl", "--out", "-", stdin=lines.encode())
    assert rows_of(ended.out)[0]["current_revenue"] == "3.0"


def test_columns_by_other_names_and_numbers_written_otherwise(relmkt, file):
    orders = file(
        "bestellungen.csv", "Wer;Tag;Betrag\nAnna;05.01.2026;1.000,50\nBen;07.01.2026;1,5\n"
    )
    facts = file("bekannt.csv", "Wer;headroom;cost_reducible\nBen;2,5;yes\n")
    spoken = ("--customer", "Wer", "--date", "Tag", "--amount", "Betrag")
    written = ("--decimal", ",", "--date-format", "%d.%m.%Y", "--delimiter", ";")
    ended = relmkt("plan", orders, *spoken, *written, "--out", "-")
    assert ended.code == 1  # a sign between thousands is no part of a number
    assert "line 2: 'Betrag' must be a number" in ended.err
    file("bestellungen.csv", "Wer;Tag;Betrag\nAnna;05.01.2026;1000,50\nBen;07.01.2026;1,5\n")
    ended = relmkt("plan", orders, *spoken, *written, "--facts", facts, "--out", "-")
    assert ended.code == 0
    assert [row["current_revenue"] for row in rows_of(ended.out)] == ["1000.5", "1.5"]
    assert "for 1 customer: cost_reducible, headroom" in ended.err


@pytest.mark.parametrize(
    ("header", "options", "told"),
    [
        ("customer,date,amount", [], None),
        (
            "Customer ID,Order Date,Total",
            [],
            "customer = Customer ID, date = Order Date, amount = Total",
        ),
        ("Customer,date,amount", [], "customer = Customer, date = date, amount = amount"),
        ("who,day,eur", ["--customer", "who", "--date", "day", "--amount", "eur"], None),
        (
            "who,order date,eur",
            ["--customer", "who", "--amount", "eur"],
            "customer = who, date = order date, amount = eur",
        ),
        (
            "customer,date,amount,Margin",
            [],
            "customer = customer, date = date, amount = amount, margin = Margin",
        ),
        ("customer,date,amount,profit", ["--margin", "profit"], None),
        (
            "customer,date,amount,gain,discount",
            ["--margin", "gain"],
            "customer = customer, date = date, amount = amount, margin = gain, discount = discount",
        ),
        (
            "Customer,date,eur\x1b[2J",
            ["--amount", "eur\x1b[2J"],
            "customer = Customer, date = date, amount = eur\\x1b[2J",
        ),
        (
            "customer,date,amount,discount",
            [],
            "customer = customer, date = date, amount = amount, discount = discount",
        ),
    ],
)
def test_it_is_told_which_columns_were_read_where_the_user_did_not_say(
    relmkt, file, header, options, told
):
    more = ",1" * (header.count(",") - 2)
    name = file("o.csv", f"{header}\nanna,2026-01-05,20{more}\n")
    ended = relmkt("plan", name, *options)
    assert ended.code == 0
    lines = [line for line in ended.err.splitlines() if line.startswith("o.csv: ")]
    assert lines == ([] if told is None else [f"o.csv: {told}"])


def test_the_facts_may_call_the_id_otherwise(relmkt, file):
    file("who.csv", ORDERS.replace("customer", "who"))
    plain, other = (
        file("f1.csv", "customer,headroom\nanna,3\n"),
        file("f2.csv", "id,headroom\nanna,3\n"),
    )
    assert relmkt("plan", "who.csv", "--customer", "who", "--facts", plain).code == 0
    ended = relmkt("plan", "who.csv", "--customer", "who", "--facts", other)
    assert ended.code == 1
    assert "no column 'customer' in f2.csv (name it by --facts-customer)" in ended.err
    assert (
        relmkt(
            "plan", "who.csv", "--customer", "who", "--facts", other, "--facts-customer", "id"
        ).code
        == 0
    )


def test_facts_overrule_and_add_prospects(relmkt, file):
    facts = file(
        "known.csv", "customer,status,barred,acquisition_gain\nanna,,yes,\nnew,prospect,no,12\n"
    )
    ended = relmkt("plan", "orders.csv", "--facts", facts, "--out", "-")
    strategies = {row["customer"]: row["strategy"] for row in rows_of(ended.out)}
    assert strategies == {"anna": "hold", "ben": "undecided", "cleo": "undecided", "new": "start"}


def test_margins_of_the_orders_are_taken(relmkt, file):
    name = file("m.csv", "customer,date,amount,profit\na,2026-01-05,20,7\n")
    ended = relmkt("plan", name, "--margin", "profit", "--out", "-")
    assert rows_of(ended.out)[0]["current_profit"] == "7.0"
    name = file("c.csv", "customer,date,amount,cost,pieces\na,2026-01-05,20,4,3\n")
    ended = relmkt("plan", name, "--unit-cost", "cost", "--quantity", "pieces", "--out", "-")
    assert rows_of(ended.out)[0]["current_profit"] == "8.0"


def test_every_assumption_is_an_option_with_its_unit_and_default(relmkt):
    told = relmkt("plan", "--help").out
    for field in thresholds(Assumptions):
        if field.unit != "facts":
            assert f"--{field.name.replace('_', '-')} " in told


@pytest.mark.parametrize(
    ("options", "column", "expected"),
    [
        (["--margin-rate", "0.5"], "current_profit", 31.5),
        (["--cost-per-order", "2"], "current_profit", 0.3 * 63 - 6),
        (["--cost-per-contact", "1", "--contacts-per-period", "4"], "current_profit", 0.3 * 63 - 4),
        (["--period", "4 weeks"], "current_revenue", 25.0),
    ],
)
def test_assumptions_stated_are_assumed(relmkt, options, column, expected):
    row = rows_of(relmkt("plan", "orders.csv", *options, "--out", "-").out)[0]
    assert float(row[column]) == pytest.approx(expected)


def test_facts_assumed_on_the_command_line(relmkt):
    def strategies(*options):
        ended = relmkt("plan", "orders.csv", *options, "--out", "-")
        return [row["strategy"] for row in rows_of(ended.out)]

    assert strategies("--assume", "barred=yes") == ["hold"] * 3
    known = ("status=active", "retained_value=5", "residual_value=5", "attrition_risk=0.1")
    stated = [word for fact in known for word in ("--assume", fact)]
    assert strategies(*stated) == ["maintain"] * 3
    assert strategies(*stated, "--threshold", "residual_value_high=100") == ["harvest"] * 3
    assert strategies(*stated, "--assume-nothing") == ["undecided"] * 3


def test_with_nothing_assumed_the_screen_names_what_is_missing(relmkt):
    ended = relmkt("plan", "orders.csv", "--assume-nothing")
    assert "Assumed" not in ended.out
    absent = ended.out[ended.out.index("Absent, so that a strategy could not be told") :]
    for name in ("barred", "competitor_pull", "headroom", "attrition_risk", "retained_value"):
        assert name in absent


# --------------------------------------------------------------------------------------- explain


def test_explain_says_why_with_every_rule(relmkt, cdnow):
    ended = relmkt("explain", cdnow, "--customer", "00004")
    assert ended.code == 0
    told = ended.out.splitlines()
    assert told[0] == "customer 00004, as of 1998-06-30"
    assert told[1:3] == ["  status: active", "  tier: small"]
    made = plan(cdnow_orders(), as_of=DEMO_DAY)
    assert str(made.explain("00004")) in ended.out
    assert sum(line.startswith("-> R") for line in told) == 1
    assert [number for line in told for number in re.findall(r"^(?:->|  ) (R\d+) ", line)] == [
        f"R{at}" for at in range(12)
    ]


def test_explain_takes_the_same_options_as_plan(relmkt, file):
    facts = file("known.csv", "customer,barred\nanna,yes\n")
    ended = relmkt(
        "explain", "orders.csv", "--customer", "anna", "--facts", facts, "--currency", "EUR"
    )
    assert "customer anna, as of 2026-03-15; amounts in EUR" in ended.out
    assert "hold: the law comes before marketing: barred" in ended.out


# ---------------------------------------------------------------------------------------- report


def test_a_report_is_written_beside_the_plan_and_tells_who_has_moved(relmkt):
    relmkt("plan", "orders.csv", "--as-of", "2026-03-10", "--out", "earlier.csv")
    ended = relmkt(
        "plan",
        "orders.csv",
        "--out",
        "plan.csv",
        "--report",
        "report.html",
        "--since",
        "earlier.csv",
    )
    assert ended.code == 0
    assert ended.err.splitlines()[-1] == "report.html: report written"
    page = Path("report.html").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert "in the plan of 10 March 2026" in page
    assert names() == ["earlier.csv", "orders.csv", "plan.csv", "report.html"]


def test_a_later_plan_is_no_plan_to_compare_with_and_then_nothing_is_written(relmkt):
    relmkt("plan", "orders.csv", "--out", "later.csv")
    options = ("--as-of", "2026-03-10", "--out", "plan.csv", "--report", "report.html")
    ended = relmkt("plan", "orders.csv", *options, "--since", "later.csv")
    assert ended.code == 1
    assert "--since names a plan of 2026-03-15, later than this one of 2026-03-10" in ended.err
    assert names() == ["later.csv", "orders.csv"]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--report", "report.pdf"], 2, "'report.pdf' must end in .html"),
        (["--report", "no/report.html"], 1, "no/report.html: there is no folder 'no'"),
        (["--since", "plan.csv"], 2, "--since says what a report compares with"),
        (["--report", "a.html", "--since", "none.csv"], 1, "none.csv: there is no such file"),
        (["--report", "a.html", "--since", "orders.csv"], 1, "orders.csv: is no file of a plan"),
    ],
)
def test_what_no_report_can_be_made_of_is_refused_before_the_work(relmkt, arguments, code, told):
    ended = relmkt("plan", "orders.csv", *arguments)
    assert ended.code == code
    assert told in " ".join(ended.err.split())
    assert names() == ["orders.csv"]


def test_a_report_is_not_written_over_the_orders(relmkt):
    Path("orders.html").hardlink_to("orders.csv")
    ended = relmkt("plan", "orders.csv", "--report", "orders.html")
    assert ended.code == 2
    assert "is the file of the orders, which the report would overwrite" in " ".join(
        ended.err.split()
    )


# ------------------------------------------------------------------------------------------ demo


def test_the_demo_writes_a_plan_the_facts_a_picture_and_a_report(relmkt, folder):
    ended = relmkt("demo")
    assert ended.code == 0
    assert sorted(path.name for path in Path("relmkt-demo").iterdir()) == [
        "facts-synthetic.csv",
        "plan.csv",
        "report.html",
        "strategies.png",
    ]
    assert ended.err.splitlines() == [
        f"relmkt-demo/{name} written".replace("/", str(Path("/"))[-1])
        for name in ("plan.csv", "facts-synthetic.csv", "strategies.png", "report.html")
    ]
    assert "synthetic: made up by a seeded generator" in " ".join(ended.out.split())
    rows = rows_of(Path("relmkt-demo/plan.csv").read_text(encoding="utf-8"))
    assert len(rows) == 2_357 + 60
    found = {row["strategy"] for row in rows}
    assert {str(strategy) for strategy in Strategy} <= found
    unsure = sum(row["strategy"] in ("review", "undecided") for row in rows)
    assert unsure / len(rows) < 0.15
    counts = [sum(row["strategy"] == word for row in rows) for word in found]
    for count in counts:
        assert f" {count:,} " in ended.out
    picture = Path("relmkt-demo/strategies.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 20_000


def test_the_demo_is_the_same_each_time_and_can_be_repeated_by_hand(relmkt, cdnow):
    relmkt("demo", "--out", "one")
    relmkt("demo", "--out", "two/three")
    for name in ("plan.csv", "facts-synthetic.csv", "strategies.png", "report.html"):
        assert Path("one", name).read_bytes() == Path("two/three", name).read_bytes()
    stated = [
        word
        for field in attrs.fields(Assumptions)
        if field.name != "facts" and getattr(DEMO_ASSUMPTIONS, field.name) != field.default
        for word in (
            f"--{field.name.replace('_', '-')}",
            str(getattr(DEMO_ASSUMPTIONS, field.name)),
        )
    ]
    ended = relmkt(
        "plan", cdnow, "--facts", "one/facts-synthetic.csv", *stated, "--out", "mine.csv"
    )
    assert ended.code == 0
    assert Path("mine.csv").read_bytes() == Path("one/plan.csv").read_bytes()


def test_the_facts_of_the_demo_are_those_of_its_seed(relmkt, folder):
    relmkt("demo", "--out", "one")
    written = read_facts("one/facts-synthetic.csv").facts
    made = synthetic_facts(cdnow_orders().ids.tolist(), seed=DEMO_SEED)
    assert list(written) == list(made)


def test_the_shipped_sample_is_read_as_it_is(cdnow):
    read = read_orders(cdnow)
    assert read.rows == 6_919
    assert read.log.ids.tolist() == cdnow_orders().ids.tolist()


# ------------------------------------------------------------------------------------------ help


def test_version(relmkt):
    assert relmkt("--version").out == f"relmkt, version {__version__}\n"


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_teaches(relmkt, flag):
    told = relmkt(flag).out
    for line in (
        "  See it on a published sample:   relmkt demo\n",
        "  On your own orders:             relmkt plan orders.csv --out plan.csv\n",
        "  Why, for one customer:          relmkt explain orders.csv --customer C-17\n",
        "  demo     Plan a published sample of orders, to see what comes out.\n",
        "  explain  Say why one customer has the strategy.\n",
        "  plan     Plan the next move for every customer in a file of orders.\n",
    ):
        assert line in told
    assert "\\b" not in told
    assert "\b" not in told


@pytest.mark.parametrize("command", ["plan", "explain", "demo"])
def test_help_of_a_command_has_examples_on_lines_of_their_own(relmkt, command):
    ended = relmkt(command, "--help")
    assert ended.code == 0
    assert ended.err == ""
    assert "\\b" not in ended.out
    assert "\b" not in ended.out
    assert "..." not in ended.out.replace("[ARGS]...", "")
    if command != "demo":
        assert re.search(rf"^  relmkt {command} orders.csv", ended.out, re.MULTILINE)


def test_examples_of_the_help_run(relmkt, file):
    file("known.csv", "customer,headroom\nanna,3\n")
    file("consent.csv", "customer,consent_email\nanna,yes\n")
    relmkt("plan", "orders.csv", "--out", "last-month.csv")
    pq.write_table(read_csv("orders.csv"), "orders.parquet")
    told = relmkt("plan", "--help").out
    examples = re.findall(r"^  relmkt (plan .*)$", told, re.MULTILINE)
    assert len(examples) == 5
    for example in examples:
        assert relmkt(*example.split()).code == 0, example


def test_what_is_one_is_written_in_the_singular(relmkt, file):
    one = file("one.csv", "customer,date,amount\nanna,2026-01-05,20\nanna,2026-01-05,20\n")
    ended = relmkt("plan", one, "--as-of", "2026-03-20", "--out", "plan.csv")
    assert ended.code == 0
    assert "one.csv: 1 row is identical to an earlier one; it was kept" in ended.err
    assert "plan.csv: 1 customer written\n" in ended.err
    assert "Plan for 1 customer as of" in ended.out
    ended = relmkt("replay", one, "--every", "month", "--to", "2026-01-31", "--out", "paths.csv")
    assert ended.code == 0, ended.err
    assert "paths.csv: 1 customer at 1 look written\n" in ended.err
    assert "How many of 1 customer had each strategy" in ended.out
