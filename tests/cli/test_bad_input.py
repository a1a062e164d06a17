"""A user's mistakes, end to end: the exit code, and a message that names place and remedy."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from relmkt.cli._options import in_options
from tests.cli.conftest import HEADER, names

MEND = "nothing was read: mend the file and try again\n"


def words(ended):
    """What was said, without the line on the day of the plan."""
    assert ended.out == ""
    lines = ended.err.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("as of "))


# ------------------------------------------------------------------------------------ the file


@pytest.mark.parametrize("command", [["plan"], ["explain", "--customer", "anna"]])
def test_a_missing_file_is_named_with_its_neighbor(relmkt, command):
    ended = relmkt(*command, "ordrs.csv")
    assert ended.code == 1
    assert words(ended) == "relmkt: ordrs.csv: there is no such file; did you mean 'orders.csv'?\n"


def test_an_empty_file(relmkt, file):
    ended = relmkt("plan", file("empty.csv", ""))
    assert (ended.code, words(ended)) == (1, "relmkt: empty.csv: is empty\n")


def test_a_header_and_no_orders(relmkt, file):
    ended = relmkt("plan", file("header.csv", HEADER))
    assert (ended.code, words(ended)) == (1, "relmkt: header.csv: has a header and no orders\n")


def test_a_folder(relmkt, folder):
    Path("year.csv").mkdir()
    ended = relmkt("plan", "year.csv")
    assert (ended.code, words(ended)) == (1, "relmkt: year.csv: is a folder, not a file\n")


def test_a_file_that_may_not_be_read(relmkt, monkeypatch):
    def refuse(path, *args, **options):
        raise PermissionError(13, "Permission denied", str(path))

    # Not by its mode: whoever runs the tests as root may read all.
    monkeypatch.setattr(Path, "open", refuse)
    ended = relmkt("plan", "orders.csv")
    assert ended.code == 1
    assert words(ended) == "relmkt: orders.csv: may not be read: permission denied\n"


def test_a_binary_file(relmkt, file):
    noise = bytes(range(1, 256)) * 10
    ended = relmkt("plan", file("noise.csv", HEADER.encode() + b"\0" + noise))
    assert ended.code == 1
    assert words(ended) == (
        "relmkt: noise.csv: is not a text file: line 2 holds a zero byte; "
        "say --encoding utf-16 if another program saved it as Unicode text\n"
    )


def test_a_workbook(relmkt, file):
    ended = relmkt("plan", file("sheet.csv", b"PK\x03\x04rest"))
    assert ended.code == 1
    assert "is a workbook or an archive, not text; save the sheet as CSV UTF-8" in words(ended)


def test_another_encoding(relmkt, file):
    name = file("latin.csv", (HEADER + "Zoë,2026-01-05,3\n").encode("latin-1"))
    ended = relmkt("plan", name)
    assert ended.code == 1
    assert "latin.csv" in words(ended)
    assert "--encoding" in words(ended)
    assert relmkt("plan", name, "--encoding", "latin-1").code == 0


# --------------------------------------------------------------------------------- the columns


def test_a_missing_column_is_named_with_the_option_and_the_nearest(relmkt, file):
    ended = relmkt("plan", file("x.csv", "custmer,date,amount\na,2026-01-05,20\n"))
    assert ended.code == 1
    assert words(ended) == (
        "relmkt: no column 'customer' in x.csv (name it by --customer); did you mean 'custmer'? "
        "There are: custmer, date, amount\n"
    )


def test_of_explain_the_option_for_the_column_has_another_name(relmkt, file):
    name = file("x.csv", "custmer,date,amount\na,2026-01-05,20\n")
    ended = relmkt("explain", name, "--customer", "a")
    assert ended.code == 1
    assert "(name it by --customer-column); did you mean 'custmer'?" in words(ended)
    assert relmkt("explain", name, "--customer", "a", "--customer-column", "custmer").code == 0


@pytest.mark.parametrize(
    ("option", "told"),
    [
        (
            "--amount",
            "no column 'amout' in orders.csv (name it by --amount); did you mean 'amount'?",
        ),
        (
            "--margin",
            "no column 'amout' in orders.csv (name it by --margin); did you mean 'amount'?",
        ),
        ("--unit-cost", "(name it by --unit-cost)"),
        ("--currency-column", "(name it by --currency-column)"),
    ],
)
def test_a_column_that_is_asked_for_and_not_there(relmkt, option, told):
    ended = relmkt("plan", "orders.csv", option, "amout")
    assert ended.code == 1
    assert told in words(ended)


def test_bad_cells_are_named_by_line_and_column(relmkt, file):
    rows = (
        "a,2026-01-05,20\nb,2026-13-07,35.5\nc,2026-01-01,abc\nd,2026-01-01,nan\n"
        "e,2026-01-02,inf\nf,,3\n,2026-01-02,3\n"
    )
    ended = relmkt("plan", file("bad.csv", HEADER + rows), "--out", "plan.csv")
    assert ended.code == 1
    assert words(ended) == (
        "relmkt: 6 bad rows in bad.csv\n"
        "  line 3: 'date' must be a date written as 2026-03-31 or 2026-03-31T09:30:00, "
        "got '2026-13-07': there is no such day, or no such time\n"
        "  line 4: 'amount' must be a number, got 'abc': "
        "write it plainly, without signs of currency or spaces\n"
        "  line 5: 'amount' must be a number, not NaN, got 'nan'\n"
        "  line 6: 'amount' must be finite, got 'inf'\n"
        "  line 7: 'date' must be given, got None\n"
        "  line 8: 'customer' must be given, got None\n" + MEND
    )
    assert names() == ["bad.csv", "orders.csv"]


def test_two_currencies(relmkt, file):
    text = "customer,date,amount,currency\na,2026-01-05,20,USD\nb,2026-01-05,20,EUR\n"
    ended = relmkt("plan", file("mixed.csv", text))
    assert ended.code == 1
    assert words(ended) == (
        "relmkt: mixed.csv: is in two currencies: USD (line 2) and EUR (line 3); "
        "bring all amounts into one currency, and name it on each line\n"
    )


def test_costs_in_another_currency(relmkt, file):
    name = file("usd.csv", "customer,date,amount,currency\na,2026-01-05,20,USD\n")
    ended = relmkt("plan", name, "--currency", "EUR")
    assert ended.code == 1
    assert "'currency' must be that of the orders (USD), got 'EUR'" in words(ended)


def test_duplicate_rows_are_reported_and_kept(relmkt, file):
    name = file("twice.csv", HEADER + "a,2026-01-05,20\n" * 3 + "b,2026-01-05,7\n")
    ended = relmkt("plan", name, "--out", "plan.csv")
    assert ended.code == 0
    assert (
        "twice.csv: 2 rows are identical to earlier ones; "
        "they were kept, for a customer may buy the same twice\n"
    ) in ended.err
    with Path("plan.csv").open(encoding="utf-8") as lines:
        assert [row["current_revenue"] for row in csv.DictReader(lines)] == ["60.0", "7.0"]


def test_orders_after_the_day_are_left_out_and_counted(relmkt):
    ended = relmkt("plan", "orders.csv", "--as-of", "2026-02-01")
    assert ended.code == 0
    assert "Note: 3 order lines after 2026-02-01 were left out." in ended.out
    assert "Plan for 2 customers as of 2026-02-01." in ended.out


def test_a_day_before_all_orders(relmkt):
    ended = relmkt("plan", "orders.csv", "--as-of", "2025-01-01")
    assert ended.code == 1
    assert words(ended) == (
        "relmkt: 'as_of' must not be before the first order, got '2025-01-01': "
        "all 5 order lines are of later days\n"
    )


def test_a_field_of_a_million_characters_makes_no_message_of_a_million(relmkt, file):
    long = "z" * 1_000_000
    ended = relmkt("plan", file("long.csv", f"{HEADER}a,2026-01-05,{long}\n"))
    assert ended.code == 1
    assert "line 2: 'amount' must be a number, got 'zzz" in words(ended)
    assert "… (1,000,002 characters)" in words(ended)
    assert len(ended.err) < 400


def test_an_id_of_a_million_characters_is_kept_in_the_file_and_cut_on_the_screen(relmkt, file):
    name = file("long.csv", f"{HEADER}{'z' * 1_000_000},2026-01-05,3\n")
    ended = relmkt("plan", name, "--out", "plan.jsonl")
    assert ended.code == 0
    assert len(ended.out) < 5_000
    assert Path("plan.jsonl").stat().st_size > 1_000_000
    shown = relmkt("explain", name, "--customer", "z" * 1_000_000)
    assert shown.out.startswith(f"customer {'z' * 40}…, as of 2026-01-05\n")
    assert len(relmkt("explain", name, "--customer", "y").err) < 400


def test_times_with_a_zone_ask_for_it(relmkt, file):
    name = file("utc.csv", HEADER + "a,2026-01-05T23:30:00Z,20\n")
    ended = relmkt("plan", name)
    assert ended.code == 2
    assert "--zone Europe/Berlin" in ended.err
    assert (
        "Plan for 1 customer as of 2026-01-06."
        in relmkt("plan", name, "--zone", "Europe/Berlin").out
    )


# ------------------------------------------------------------------------------------ the facts


def with_facts(relmkt, file, text, *options):
    ended = relmkt("plan", "orders.csv", "--facts", file("facts.csv", text), *options)
    assert ended.code == 1
    return words(ended)


def test_facts_on_unknown_customers(relmkt, file):
    assert with_facts(relmkt, file, "customer,headroom\nanna,2\nzed,3\n") == (
        "relmkt: 1 bad row in the known facts\n"
        "  customer 'zed' must be in the order log, or have the status 'prospect'\n"
        "are the ids written the same way in both?\n"
    )


def test_unknown_facts(relmkt, file):
    told = with_facts(relmkt, file, "customer,hedroom\nanna,2\n")
    assert told.startswith(
        "relmkt: no fact 'hedroom' in facts.csv; did you mean 'headroom'? There are: status, "
    )


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("customer,headroom\nanna,3\nanna,4\n", "line 3: customer 'anna' stands on line 2 already"),
        (
            "customer,competitor_pull\nanna,3\n",
            "line 2: 'competitor_pull' must be at most 1, got '3'",
        ),
        (
            "customer,status\nanna,prospct\n",
            "line 2: no status 'prospct'; did you mean 'prospect'?",
        ),
        ("customer,barred\nanna,perhaps\n", "line 2: 'barred' must be"),
        ("customer,status\nanna,prospect\n", "'anna' must have no orders, being a prospect"),
        (
            "who,headroom\nanna,3\n",
            "no column 'customer' in facts.csv (name it by --facts-customer)",
        ),
        ("", "facts.csv: is empty"),
    ],
)
def test_bad_facts(relmkt, file, text, told):
    assert told in with_facts(relmkt, file, text)


def test_a_missing_facts_file(relmkt):
    ended = relmkt("plan", "orders.csv", "--facts", "known.parquet")
    assert ended.code == 1
    assert words(ended) == "relmkt: known.parquet: there is no such file\n"


def test_ids_of_another_sort_in_a_file_that_has_sorts(relmkt, file):
    file("ids.jsonl", '{"customer": 1, "date": "2026-01-05", "amount": 3}\n')
    facts = file("facts.csv", "customer,headroom\n1,3\n")
    ended = relmkt("plan", "ids.jsonl", "--facts", facts)
    assert ended.code == 1
    assert "such as 1, got '1': make the ids texts in both, or numbers in both" in words(ended)


# ----------------------------------------------------------------------------- the command line


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Missing argument 'ORDERS'"),
        (["orders.csv", "--as-of", "2026-13-01"], "'2026-13-01' is no date; write for example"),
        (["orders.csv", "--horizon", "3"], "'--horizon': 'span' must be a whole number and a unit"),
        (["orders.csv", "--period", "3 yars"], "'--period': no unit of time 'yar'; did you mean"),
        (["orders.csv", "--discount-rate", "lots"], "'--discount-rate': 'rate' must be a share"),
        (["orders.csv", "--margin-rate", "30"], "got 30.0: 30 percent is 0.30"),
        (["orders.csv", "--margin-rate", "30%"], "'--margin-rate': '30%' is not a valid float"),
        (["orders.csv", "--margin-rate", "nan"], "'margin_rate' must be a finite number, got nan"),
        (["orders.csv", "--cost-per-order", "-1"], "'cost_per_order' must be at least 0, got -1.0"),
        (["orders.csv", "--assume", "headroom"], "must be FACT=VALUE, got 'headroom': such as"),
        (["orders.csv", "--assume", "headrom=3"], "no fact 'headrom'; did you mean 'headroom'?"),
        (["orders.csv", "--assume", "headroom=x"], "'--assume headroom' must be a number, got 'x'"),
        (["orders.csv", "--assume", "headroom=inf"], "'headroom' must be finite, got inf"),
        (["orders.csv", "--assume", "competitor_pull=7"], "'competitor_pull' must be at most 1"),
        (["orders.csv", "--assume", "barred=perhaps"], "'--assume barred' must be yes or no"),
        (
            ["orders.csv", "--assume", "status=gone"],
            "no status 'gone'; there are: prospect, active",
        ),
        (["orders.csv", "--assume", "customer=x"], "'customer' must not be assumed"),
        (["orders.csv", "--threshold", "x"], "'--threshold' must be NAME=NUMBER, got 'x'"),
        (["orders.csv", "--threshold", "risk=1"], "no threshold 'risk'"),
        (["orders.csv", "--threshold", "target_profit=x"], "must be a number, got 'x'"),
        (["orders.csv", "--threshold", "target_profit=nan"], "'target_profit' must be a finite"),
        (["orders.csv", "--decimal", ";"], "'--decimal': ';' is not one of '.', ','"),
        (
            ["orders.csv", "--encoding", "utf-99"],
            "no encoding 'utf-99' in orders.csv; did you mean",
        ),
        (["orders.csv", "--date-format", "%Q"], "'date_format' must be written in the codes of"),
        (["orders.csv", "--zone", "Europe/Berlin"], "'zone' must be left out for orders whose"),
        (["orders.csv", "--format", "xlsx"], "'xlsx' is not one of 'csv', 'parquet', 'jsonl'"),
        (["orders.csv", "--out", "plan.xlsx"], "'plan.xlsx' must end in .csv, .parquet or .jsonl"),
        (["orders.csv", "--facts", "-"], "--facts cannot be standard input; write the facts to a"),
        (["orders.csv", "--out", "."], "'.' must end in .csv, .parquet or .jsonl"),
        (["orders.csv", "--ot", "x.csv"], "--ot"),
        (["orders.csv", "more.csv"], "Got unexpected extra argument"),
    ],
)
def test_a_mistake_on_the_command_line_ends_with_2(relmkt, arguments, told):
    ended = relmkt("plan", *arguments)
    assert ended.code == 2
    assert told in " ".join(ended.err.split())
    assert re.search(r"Try 'relmkt plan (--help|-h)' for help\.", ended.err)
    assert ended.out == ""
    assert names() == ["orders.csv"]


def test_an_unknown_command_and_no_command(relmkt):
    assert relmkt("plann", "orders.csv").code == 2
    bare = relmkt()
    assert bare.code == 2
    assert "relmkt demo" in bare.err


def test_explain_needs_a_customer_and_names_near_ones(relmkt):
    ended = relmkt("explain", "orders.csv")
    assert (ended.code, "Missing option '--customer'" in ended.err) == (2, True)
    ended = relmkt("explain", "orders.csv", "--customer", "ann")
    assert ended.code == 1
    assert words(ended) == (
        "relmkt: no customer 'ann' in a plan for 3; did you mean 'anna'? There are: anna, …\n"
    )


# -------------------------------------------------------------------------------- where it goes


def test_a_target_folder_that_is_not_there_is_told_before_the_work(relmkt):
    ended = relmkt("plan", "nowhere.csv", "--out", "no/plan.csv")
    assert ended.code == 1
    assert words(ended) == "relmkt: no/plan.csv: there is no folder 'no'; make it first\n"


def test_a_target_that_is_a_folder(relmkt, folder):
    Path("plan.csv").mkdir()
    ended = relmkt("plan", "orders.csv", "--out", "plan.csv")
    assert (ended.code, words(ended)) == (1, "relmkt: plan.csv: is a folder, not a file\n")


@pytest.mark.parametrize("out", ["orders.csv", "./orders.csv", "link.csv", "twin.csv"])
def test_the_plan_is_never_written_over_the_orders(relmkt, folder, out):
    Path("link.csv").symlink_to("orders.csv")
    Path("twin.csv").hardlink_to("orders.csv")
    before, there = Path("orders.csv").read_bytes(), names()
    ended = relmkt("plan", "orders.csv", "--out", out)
    assert ended.code == 2
    told = " ".join(words(ended).split())
    assert (
        f"--out {out} is the file of the orders, which the plan would overwrite; "
        "name another file for the plan"
    ) in told
    assert Path("orders.csv").read_bytes() == before
    assert names() == there


def test_the_plan_is_never_written_over_the_facts(relmkt, file):
    facts = file("k.csv", "customer,headroom\nanna,3\n")
    ended = relmkt("plan", "orders.csv", "--facts", facts, "--out", "k.csv")
    assert ended.code == 2
    assert "--out k.csv is the file of the facts, which the plan would" in words(ended)
    assert Path("k.csv").read_text(encoding="utf-8") == "customer,headroom\nanna,3\n"
    assert relmkt("plan", "orders.csv", "--facts", facts, "--out", "new.csv").code == 0


def test_the_plan_is_never_written_over_the_orders_on_standard_input(relmkt, folder, monkeypatch):
    before = Path("orders.csv").read_bytes()
    with Path("orders.csv").open(encoding="utf-8") as stream:
        monkeypatch.setattr("sys.stdin", stream)
        ended = relmkt("plan", "-", "--out", "orders.csv")
    assert (ended.code, Path("orders.csv").read_bytes()) == (2, before)


def test_a_plan_that_was_there_stays_when_the_new_one_fails(relmkt, file):
    file("plan.csv", "the old one")
    bad = file("bad.csv", HEADER + "a,2026-01-05,abc\n")
    assert relmkt("plan", bad, "--out", "plan.csv").code == 1
    assert Path("plan.csv").read_text(encoding="utf-8") == "the old one"
    assert relmkt("plan", "orders.csv", "--out", "plan.csv").code == 0
    assert Path("plan.csv").read_text(encoding="utf-8").startswith("customer,strategy,rule,reason,")
    assert names() == ["bad.csv", "orders.csv", "plan.csv"]


def test_a_demo_folder_that_cannot_be_made(relmkt):
    ended = relmkt("demo", "--out", "orders.csv")
    assert ended.code == 1
    assert words(ended) == (
        "relmkt: orders.csv: cannot be made (File exists); name another with --out\n"
    )


@pytest.mark.parametrize("mark", ["=", "+", "-", "@", "\uff1d"])
def test_a_formula_in_an_id_does_not_run_in_a_spreadsheet(relmkt, file, mark):
    formula = mark + "cmd|' /C calc'!A0"
    name = file("orders.csv", f'{HEADER}"{formula}",2026-01-05,3\n')
    assert relmkt("plan", name, "--out", "plan.csv").code == 0
    with Path("plan.csv").open(encoding="utf-8", newline="") as lines:
        assert [row["customer"] for row in csv.DictReader(lines)] == [f"'{formula}"]


def test_an_id_cannot_steer_the_terminal(relmkt, file):
    name = file("orders.csv", f"{HEADER}a\x1b[31mred,2026-01-05,3\n")
    ended = relmkt("explain", name, "--customer", "a\x1b[31mred")
    assert ended.code == 0
    assert "\x1b" not in ended.out
    assert ended.out.startswith("customer a\\x1b[31mred, as of 2026-01-05")


# ------------------------------------------------------------------- the words of the library


@pytest.mark.parametrize(
    ("library", "command"),
    [
        ("name it by amount='...'; --amount on the command line", "name it by --amount"),
        ("say which it is: date='day' (--date on the command line)", "say which it is: --date day"),
        ("columns={'unit_cost': '...'}", "--unit-cost"),
        ("columns={'currency': '...'}", "--currency-column"),
        (
            "no 'unit_cost' (name it by columns={'unit_cost': '...'})",
            "no 'unit_cost' (name it by --unit-cost)",
        ),
        (
            "no 'starts' in a.csv (name it by columns={'starts': '...'}); see",
            "no 'starts' in a.csv; see",
        ),
        ("say date_format='%d'", "say --date-format %d"),
        ('zone="UTC"', "--zone UTC"),
        ("'customer' must be given", "'customer' must be given"),
    ],
)
def test_arguments_of_the_library_are_told_as_options(library, command):
    assert in_options(library) == command
