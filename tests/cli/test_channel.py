"""The command channel, and its demo."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Ended

File = Callable[[str, "str | bytes"], str]
Command = Callable[..., Ended]

DEALERS = "dealer,dealer_class,market,territory\nA,city,North,Kiel\nB,city,North,Husum\n"
AGREEMENTS = (
    "dealer,territories,exclusive,starts,schedule,published,target_quantity\n"
    "A,Kiel,yes,2025-01-01,plan,2024-12-01,100\nB,Husum,yes,2025-01-01,plan,2024-12-01,100\n"
)
SCHEDULES = """{"plan": {"kind": "whole_volume", "currency": "EUR",
                         "brackets": [[100, 2], [500, 3]]}}"""
SALES = "dealer,sold_at,flow,brand,product,territory,quantity,amount,currency\n" + "".join(
    f"{dealer},2025-{month:02d}-15,{flow},Lumen,lamp,{place},10,200,EUR\n"
    for dealer, place in (("A", "Kiel"), ("B", "Husum"))
    for month in range(1, 13)
    for flow in ("sell_in", "sell_out")
)
ALL = ("--dealers", "dealers.csv", "--agreements", "agreements.csv", "--schedules", "plan.json")


@pytest.fixture
def files(file: File) -> File:
    file("dealers.csv", DEALERS)
    file("agreements.csv", AGREEMENTS)
    file("plan.json", SCHEDULES)
    file("sales.csv", SALES)
    return file


def test_the_channel_is_told_and_a_line_for_each_dealer_written(files, relmkt, folder):
    ended = relmkt(
        "channel",
        "sales.csv",
        *ALL,
        "--as-of",
        "2026-01-31",
        "--out",
        "o.csv",
        "--report",
        "r.html",
    )
    assert ended.code == 0, ended.err
    assert "1 brands in markets and 2 dealers as of 2026-01-31" in ended.out
    assert "480.00 EUR due now" in ended.out
    assert "0 dealers to be heard" in ended.out
    assert "24 other flow" in ended.out
    with Path("o.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["dealer"], float(row["rebate_due"])) for row in rows] == [("A", 240), ("B", 240)]
    assert [row["diversion"] for row in rows] == ["clear", "clear"]
    assert [row["currency"] for row in rows] == ["EUR", "EUR"]
    page = Path("r.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "480.00 EUR of rebates due" in page


def test_the_lines_go_to_standard_output_and_the_words_elsewhere(files, relmkt):
    ended = relmkt("channel", "sales.csv", *ALL, "--out", "-")
    assert ended.code == 0
    assert ended.out.startswith("dealer,dealer_class,market,")
    assert "as of 2025-12-15, the day of the last sale" in ended.err


def test_schedules_are_told_with_their_cliffs_and_who_stood_before_one(files, relmkt):
    files("sales.csv", SALES.replace(",10,200", ",8,160"))
    look = ("channel", "sales.csv", *ALL, "--as-of", "2026-01-31", "--report", "r.html")
    ended = relmkt(*look)
    assert "plan: 2 cliffs; the zones before them need what a unit loses" in ended.out
    assert "    at 100 it adds 200 EUR\n    at 500 it adds 500 EUR\n" in ended.out
    assert "not known" in Path("r.html").read_text("utf-8").split('id="schedules"')[1]
    ended = relmkt(*look, "--unit-loss", "plan=20")
    assert ended.code == 0, ended.err
    assert "plan: 2 cliffs; a unit that is sold to reach one loses 20" in ended.out
    assert "at 100 it adds 200 EUR; perverse above 90, for up to 200 EUR" in ended.out
    assert "2 contract years that were over lately ended in a perverse zone:" in ended.out
    assert "      A: 96, before 100: reaching it would have gained 120 EUR" in ended.out
    page = Path("r.html").read_text("utf-8").split('id="schedules"')[1]
    assert "A at 96, before 100: reaching it would have gained 120 EUR" in page
    ended = relmkt(*look, "--unit-loss", "plan=60")
    assert "0 contract years that were over lately ended in a perverse zone." in ended.out


def test_ten_dealers_before_a_cliff_are_named_and_the_rest_counted(files, relmkt):
    names = [f"N{at}" for at in range(12)]
    agreed = "".join(f"{name},{name},yes,2025-01-01,plan,,\n" for name in names)
    sold = "".join(f"{name},2025-06-01,sell_in,Lumen,lamp,{name},96,9,EUR\n" for name in names)
    files("agreements.csv", AGREEMENTS + agreed)
    files("dealers.csv", DEALERS + "".join(f"{name},city,North,{name}\n" for name in names))
    files("sales.csv", SALES + sold)
    look = ("channel", "sales.csv", *ALL, "--as-of", "2026-01-31")
    ended = relmkt(*look, "--unit-loss", "plan=20")
    assert ended.code == 0, ended.err
    assert "    12 contract years that were over lately ended in a perverse zone:\n" in ended.out
    assert "      N9: 96, before 100" in ended.out
    assert "      … and 2 more" in ended.out


def test_schedules_without_cliffs_or_with_those_of_each_dealer_are_told(files, relmkt):
    look = ("channel", "sales.csv", *ALL, "--as-of", "2026-01-31", "--report", "r.html")
    files("plan.json", SCHEDULES.replace("whole_volume", "marginal"))
    assert "plan: no cliff, so nothing to reach at a loss" in relmkt(*look).out
    files("plan.json", SCHEDULES.replace('"EUR"', '"EUR", "from_target": true'))
    files("sales.csv", SALES.replace(",10,200", ",8,160"))
    ended = relmkt(*look, "--unit-loss", "plan=20")
    assert "plan: pays from the target on, so that each dealer has cliffs of its own" in ended.out
    assert "A: 96, before 100" in ended.out


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("plan", "--unit-loss must be SCHEDULE=AMOUNT, got 'plan'"),
        ("plan=much", "--unit-loss must be SCHEDULE=AMOUNT, got 'plan=much'"),
        ("=3", "--unit-loss must be SCHEDULE=AMOUNT, got '=3'"),
        ("plan=0", "'the loss on a unit of plan' must be above 0"),
        ("plan=nan", "'the loss on a unit of plan' must be"),
        ("plam=3", "no schedule 'plam' in the losses on a unit; did you mean 'plan'?"),
    ],
)
def test_a_loss_on_a_unit_that_cannot_be_is_refused(files, relmkt, told, said):
    ended = relmkt("channel", "sales.csv", *ALL, "--unit-loss", told)
    assert ended.code in (1, 2)
    assert said in " ".join(ended.err.split())
    refused = relmkt("channel", "sales.csv", *ALL[:4], "--unit-loss", "plan=3")
    assert "--unit-loss needs --schedules" in refused.err


def test_without_schedules_no_rebate_is_told(files, relmkt):
    ended = relmkt("channel", "sales.csv", *ALL[:4])
    assert ended.code == 0
    assert "due now" not in ended.out
    assert "no rebate is told: --schedules" in ended.err


def test_amounts_are_written_with_their_currency_and_no_digit_of_them_is_lost(files, relmkt):
    files("plan.json", SCHEDULES.replace("[100, 2]", "[100, 0.335]"))
    files("sales.csv", SALES.replace(",10,200", ",10000000000.1,200"))
    asked = ("channel", "sales.csv", *ALL, "--as-of", "2026-01-31", "--out", "o.csv")
    assert relmkt(*asked).code == 0
    with Path("o.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["rebate_due"] for row in rows] == ["360000000003.6"] * 2
    assert [row["currency"] for row in rows] == ["EUR", "EUR"]


def test_without_schedules_no_rebate_is_written_and_not_one_of_nothing(files, relmkt):
    assert relmkt("channel", "sales.csv", *ALL[:4], "--out", "o.csv").code == 0
    with Path("o.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["rebate_due"], row["rebate_pending"]) for row in rows} == {("", "")}


def test_a_brand_is_known_as_new_by_the_day_of_its_launch(files, relmkt):
    files("brands.csv", "brand_market,brand,market,launched\nL,Lumen,North,2025-06-01\n")
    later = "".join(
        line for line in SALES.splitlines(keepends=True) if "-0" not in line or "-09-" in line
    )
    files("sales.csv", later)
    ended = relmkt("channel", "sales.csv", *ALL, "--brands", "brands.csv", "--as-of", "2025-12-31")
    assert "introduction" in ended.out


def test_sales_outside_any_agreement_are_counted_and_never_rebated(files, relmkt):
    files("agreements.csv", "".join(AGREEMENTS.splitlines(keepends=True)[:2]))
    ended = relmkt("channel", "sales.csv", *ALL, "--as-of", "2026-01-31", "--out", "o.csv")
    assert ended.code == 0, ended.err
    assert "24 no agreement" in ended.out
    assert "240.00 EUR due now" in ended.out


def test_an_agreement_without_a_schedule_pays_nothing_and_its_sales_are_counted(files, relmkt):
    files("agreements.csv", AGREEMENTS.replace("2025-01-01,plan", "2025-01-01,", 1))
    ended = relmkt("channel", "sales.csv", *ALL, "--as-of", "2026-01-31")
    assert ended.code == 0, ended.err
    assert "24 no schedule" in ended.out
    assert "240.00 EUR due now" in ended.out


def test_what_was_paid_is_not_due_and_a_notice_ends_the_rebate(files, relmkt):
    ended = relmkt("channel", "sales.csv", *ALL, "--as-of", "2026-01-31")
    assert "480.00 EUR due now" in ended.out
    assert "No payment is on record." in ended.out
    files(
        "agreements.csv", AGREEMENTS.replace(",100\n", ",100,0\n").replace("y\n", "y,notice_days\n")
    )
    files(
        "events.csv",
        "dealer,kind,at,belongs_to,amount\nA,payment,2026-01-20,2025-12-31,200\n"
        "B,notice,2025-10-31,,\n",
    )
    ended = relmkt(
        *("channel", "sales.csv", *ALL, "--as-of", "2026-01-31", "--rebate-events", "events.csv"),
        *("--report", "r.html"),
    )
    assert ended.code == 0, ended.err
    assert "240.00 EUR due now" in ended.out
    assert "2 withdrawn" in ended.out
    assert "No payment" not in ended.out
    assert "No payment" not in Path("r.html").read_text(encoding="utf-8")
    refused = relmkt("channel", "sales.csv", *ALL[:4], "--rebate-events", "events.csv")
    assert refused.code == 2
    assert "--rebate-events needs --schedules" in refused.err


def test_lines_told_twice_and_dealers_not_listed_are_counted(files, relmkt):
    files("dealers.csv", "".join(DEALERS.splitlines(keepends=True)[:2]))
    last = SALES.splitlines(keepends=True)[1]
    files("sales.csv", SALES + last)
    ended = relmkt("channel", "sales.csv", *ALL, "--as-of", "2026-01-31", "--report", "r.html")
    assert ended.code == 0, ended.err
    assert "480.00 EUR due now" in ended.out
    assert "Counted once in the rebates: 1 lines that are like another one" in ended.out
    assert "Not among the dealers, though they have sales or rebates: 1 (B)." in ended.out
    page = Path("r.html").read_text(encoding="utf-8")
    assert "like another line in every field" in page
    assert "Not among the dealers, though they have sales or rebates: 1 (B)." in page


REGISTER = (
    "dealer,term_kind,written,lawful,has_evidence,upheld,happened_on,notified_on,heard_on\n"
    "A,active_sales,yes,yes,no,,2025-11-03,,\n"
)


def test_a_breach_without_evidence_calls_for_no_sanction(files, relmkt):
    files("register.csv", REGISTER)
    ended = relmkt("channel", "sales.csv", *ALL, "--breaches", "register.csv", "--report", "r.html")
    assert ended.code == 0, ended.err
    assert "Breaches: 1 cases." in ended.out
    assert "A: undecided: not known, and it could change the outcome: same for all" in ended.out
    assert "1 cases" in Path("r.html").read_text(encoding="utf-8")


def test_the_register_says_of_each_case_what_it_calls_for(files, relmkt):
    head = REGISTER.splitlines()[0] + ",case,same_for_all,appealable,grave\n"
    proven = "A,active_sales,yes,yes,yes,yes,2025-11-03,2025-11-10,2025-11-20"
    files(
        "register.csv",
        f"{head}{proven},B-1,yes,yes,yes\n{proven},B-2,yes,no,yes\n"
        "A,active_sales,yes,yes,no,,2025-11-03,,,B-3,yes,yes,\n",
    )
    ended = relmkt("channel", "sales.csv", *ALL, "--breaches", "register.csv", "--report", "r.html")
    assert ended.code == 0, ended.err
    assert "A (B-1): end supply: a grave breach, proven after hearing" in ended.out
    assert "A (B-2): mend rule: not a rule to sanction by: conduct breach, no appeal" in ended.out
    assert "A (B-3): gather evidence: without evidence there is no case" in ended.out
    assert "B-2" in Path("r.html").read_text(encoding="utf-8")


CLAWED = (
    "dealer,kind,at,belongs_to,amount,case,evidence\n"
    "A,clawback,2026-01-20,2025-12-31,50,B-1,delivery notes\n"
    "A,clawback,2026-01-21,2025-12-31,20,B-2,delivery notes\n"
    "B,clawback,2026-01-20,2025-12-31,10,,hearsay\n"
)


def test_claw_backs_that_the_register_does_not_justify_are_told(files, relmkt):
    files("events.csv", CLAWED)
    asked = ("channel", "sales.csv", *ALL, "--as-of", "2026-01-31", "--report", "r.html")
    ended = relmkt(*asked, "--rebate-events", "events.csv")
    assert ended.code == 0, ended.err
    assert "Claw-backs: 3, checked for evidence only, and against no register" in ended.out
    assert "400.00 EUR due now" in ended.out
    page = Path("r.html").read_text("utf-8")
    assert "3 claw-backs, not checked against a register of breaches" in page
    head = REGISTER.splitlines()[0] + ",case,same_for_all,appealable,grave\n"
    proven = "A,active_sales,yes,yes,yes,yes,2025-11-03,2025-11-10,2025-11-20"
    files("register.csv", f"{head}{proven},B-1,yes,yes,yes\n{proven},B-2,yes,no,yes\n")
    ended = relmkt(*asked, "--rebate-events", "events.csv", "--breaches", "register.csv")
    assert ended.code == 0, ended.err
    assert "Claw-backs: 3, of which the register does not justify 2; " in ended.out
    assert "A (B-2) on 2026-01-21, 20: mend rule: not a rule to sanction by: " in ended.out
    assert (
        "B on 2026-01-20, 10: no case of the dealer in the register has that evidence" in ended.out
    )
    assert "400.00 EUR due now" in ended.out
    page = Path("r.html").read_text("utf-8")
    assert "3 claw-backs, of which the register does not justify 2" in page
    assert "Mend rule: not a rule" in page


def test_ten_claw_backs_are_named_and_the_rest_counted(files, relmkt):
    lines = "".join(f"A,clawback,2026-01-20,2025-12-31,{row},,hearsay\n" for row in range(1, 202))
    files("events.csv", CLAWED.splitlines(keepends=True)[0] + lines)
    files("register.csv", REGISTER)
    ended = relmkt(
        *("channel", "sales.csv", *ALL, "--as-of", "2026-01-31", "--report", "r.html"),
        *("--rebate-events", "events.csv", "--breaches", "register.csv"),
    )
    assert "  … and 191 more (--report names them)" in ended.out
    assert "The first 200 are shown." in Path("r.html").read_text("utf-8")


def test_a_breach_that_is_upheld_without_evidence_is_refused_by_its_line(files, relmkt):
    files("register.csv", REGISTER.replace("no,,", "no,yes,"))
    ended = relmkt("channel", "sales.csv", *ALL, "--breaches", "register.csv")
    assert ended.code == 1
    assert "register.csv" in ended.err
    assert "line 2: " in ended.err
    assert "what there is no evidence for is not upheld" in ended.err


def test_missing_quantities_are_counted_and_returned_goods_taken_off(files, relmkt):
    line = "A,2025-12-20,sell_in,Lumen,lamp,Kiel,"
    files("sales.csv", SALES + f"{line},10,EUR\n{line}-10,-200,EUR\n")
    ended = relmkt("channel", "sales.csv", *ALL, "--as-of", "2026-01-31")
    assert ended.code == 0, ended.err
    assert "1 no volume" in ended.out
    assert "460.00 EUR due now" in ended.out


BAD = {
    "a territory of two": (
        "agreements.csv",
        AGREEMENTS.replace("Husum", "Kiel"),
        "line 3: row 1 of dealer 'B' and row 0 of dealer 'A': both have the territory 'Kiel'",
    ),
    "contract years that overlap": (
        "agreements.csv",
        AGREEMENTS + "A,Kiel,yes,2025-07-01,plan,,\n",
        "agreements.csv line 4: row 2 of dealer 'A' and row 0 of dealer 'A': their contract",
    ),
    "an unknown schedule": (
        "agreements.csv",
        AGREEMENTS.replace("plan", "plam"),
        "no schedule 'plam' in the schedules, for the agreement in row 0 of dealer 'A'; did you",
    ),
    "an agreement and a schedule of two currencies": (
        "agreements.csv",
        AGREEMENTS.replace("target_quantity", "target_quantity,currency").replace(
            ",100", ",100,USD"
        ),
        "line 2: row 0 (dealer 'A'): the agreement is in USD, its schedule 'plan' in EUR line 3:",
    ),
    "a dealer twice": (
        "dealers.csv",
        DEALERS + "A,city,North,Kiel\n",
        "dealers.csv line 4: 'A' stands on line 2 already",
    ),
    "two currencies": (
        "sales.csv",
        SALES.replace("EUR", "USD", 1),
        "is in two currencies: USD (line 2) and EUR (line 3)",
    ),
    "a quantity that is none": (
        "sales.csv",
        SALES.replace(",10,200", ",ten,200", 1),
        "sales.csv line 2: 'quantity' must be a number, got 'ten'",
    ),
    "goods returned for money": (
        "sales.csv",
        SALES.replace(",10,200", ",-10,200", 1),
        "of returned goods both quantity and amount are negative",
    ),
    "a direction that is none": (
        "sales.csv",
        SALES.replace("sell_in", "sold_in", 1),
        "sales.csv line 2: no flow 'sold_in'",
    ),
    "a column that is none": (
        "sales.csv",
        SALES.replace("territory", "teritory", 1),
        "no field of a sale 'teritory' in sales.csv; did you mean 'territory'?",
    ),
    "a schedule that decreases": (
        "plan.json",
        SCHEDULES.replace("3]", "1]"),
        "plan.json: schedule 'plan': 'rate' must be at least that of the bracket before",
    ),
    "a schedule of no kind": (
        "plan.json",
        SCHEDULES.replace("whole_volume", "average"),
        "plan.json: schedule 'plan': no ScheduleKind 'average'",
    ),
    "a schedule with another word": (
        "plan.json",
        SCHEDULES.replace("currency", "money"),
        "plan.json: schedule 'plan': no setting 'money'; there are: brackets, kind, currency",
    ),
    "a schedule that does not say which it is": (
        "plan.json",
        SCHEDULES.replace('"kind": "whole_volume",', ""),
        "plan.json: schedule 'plan': 'kind' must be given",
    ),
    "a word for true or false": (
        "plan.json",
        SCHEDULES.replace('"EUR"', '"EUR", "from_target": "no"'),
        "plan.json: schedule 'plan': 'from_target' must be true or false, got 'no'",
    ),
    "schedules that are no object": (
        "plan.json",
        '{"plan": 3}',
        "plan.json: schedule 'plan': 'settings' must be a JSON object, got 3",
    ),
    "no JSON": ("plan.json", "{", "plan.json: 'schedules' must be JSON"),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_wrong_is_named_with_its_place(files, relmkt, folder, what):
    name, content, said = BAD[what]
    files(name, content)
    ended = relmkt("channel", "sales.csv", *ALL, "--out", "o.csv", "--report", "r.html")
    assert ended.code == 1
    assert said in " ".join(ended.err.split())
    assert not Path("o.csv").exists()
    assert not Path("r.html").exists()


def test_a_territory_of_two_is_told_where_nobody_says_that_it_is_exclusive(files, relmkt):
    files("agreements.csv", AGREEMENTS.replace("Husum", "Kiel").replace("yes", ""))
    ended = relmkt("channel", "sales.csv", *ALL, "--report", "r.html")
    assert ended.code == 0, ended.err
    said = (
        "Held by several dealers at once, and not said to be exclusive or not: 1 places "
        "(territory Kiel)."
    )
    assert said in ended.out
    assert said in Path("r.html").read_text("utf-8")
    files("agreements.csv", AGREEMENTS.replace("Husum", "Kiel").replace("yes", "no"))
    assert "Held by several" not in relmkt("channel", "sales.csv", *ALL).out


def test_a_file_without_sales_is_named(files, relmkt):
    files("sales.csv", SALES.splitlines(keepends=True)[0])
    ended = relmkt("channel", "sales.csv", *ALL, "--out", "o.csv")
    assert ended.code == 1
    assert "sales.csv: holds no sales" in " ".join(ended.err.split())
    assert not Path("o.csv").exists()
    ended = relmkt("channel", "sales.csv", *ALL, "--as-of", "2026-01-31")
    assert ended.code == 0, ended.err
    assert "0 brands in markets and 2 dealers" in ended.out


@pytest.mark.parametrize("header", ["brand", "clerk"])
def test_sales_without_a_brand_are_refused_by_the_column_of_the_file(files, relmkt, header):
    files("sales.csv", SALES.replace("brand", header, 1).replace("Lumen", ""))
    ignored = () if header == "brand" else ("--ignore", header)
    ended = relmkt("channel", "sales.csv", *ALL, *ignored)
    assert ended.code == 1
    said = " ".join(ended.err.split())
    assert "sales.csv: the column 'brand' names no brand" in said
    assert "log." not in said


@pytest.mark.parametrize("what", ["a territory of two", "contract years that overlap"])
def test_agreements_that_overlap_are_refused_without_schedules_too(files, relmkt, what):
    name, content, said = BAD[what]
    files(name, content)
    ended = relmkt("channel", "sales.csv", *ALL[:4])
    assert ended.code == 1
    assert said in " ".join(ended.err.split())


def test_a_key_that_stands_for_two_lines_is_shown_as_it_is_written(files, relmkt):
    files(
        "sales.csv",
        "line,dealer,sold_at,flow,brand,quantity\n"
        "L-1,A,2025-01-15,sell_in,Lumen,10\nL-1,A,2025-01-15,sell_in,Lumen,20\n",
    )
    ended = relmkt("channel", "sales.csv", *ALL)
    assert ended.code == 1
    said = "line 'L-1' of dealer 'A' stands for two sales: they differ in quantity"
    assert said in ended.err
    without_schedules = relmkt("channel", "sales.csv", *ALL[:4])
    assert without_schedules.code == 1
    assert said in without_schedules.err


def test_a_file_that_repeats_numbered_lines_tells_the_same_as_one_that_does_not(files, relmkt):
    head, *rows = SALES.splitlines()
    rows = [f"{row},L-{number}" for number, row in enumerate(rows)]
    answers = []
    for name, told in (("once.csv", rows), ("twice.csv", [*rows, *rows[12:30]])):
        files(name, "\n".join([f"{head},line", *told]) + "\n")
        ended = relmkt("channel", name, *ALL, "--as-of", "2026-01-31", "--report", "r.html")
        assert ended.code == 0, ended.err
        answers.append(ended.out)
    assert "18" in Path("r.html").read_text(encoding="utf-8").split("same number")[1][:40]
    told = "Counted once: 18 lines that have the number of another one (line) and are the same.\n"
    assert answers[1] == answers[0] + told


def test_a_history_that_is_too_short_or_has_gaps_is_said_to_be(files, relmkt):
    lines = SALES.splitlines(keepends=True)
    files(
        "sales.csv",
        "".join([lines[0], *(line for line in lines if line[7:9] in ("10", "11", "12"))]),
    )
    ended = relmkt("channel", "sales.csv", *ALL, "--as-of", "2025-12-31", "--report", "r.html")
    said = "history: trend too short, margin no record, price spread too short (3 months, 0 of them"
    assert said in ended.out
    assert said in Path("r.html").read_text(encoding="utf-8")
    files("sales.csv", "".join(line for line in lines if line[7:9] not in ("03", "05", "08", "10")))
    ended = relmkt("channel", "sales.csv", *ALL, "--as-of", "2025-12-31")
    assert "history: trend too gappy, margin no record" in ended.out
    assert "(12 months, 4 of them without a record)" in ended.out


def test_the_last_day_of_the_calendar_is_refused_in_words(files, relmkt):
    ended = relmkt("channel", "sales.csv", *ALL, "--as-of", "9999-12-31")
    assert ended.code != 0
    assert "'as_of' must be before 9999-12-31" in " ".join(ended.err.split())


def test_the_help_of_the_demo_names_every_file_that_it_writes(relmkt, folder):
    said = " ".join(relmkt("demo", "--help").out.replace("-\n", "-").split()).replace("- ", "-")
    assert relmkt("demo", "--channel", "--out", "d").code == 0
    for path in Path("d").iterdir():
        assert path.name in said


def test_an_ignored_column_is_not_read(files, relmkt):
    files("sales.csv", SALES.replace("currency", "clerk", 1))
    assert relmkt("channel", "sales.csv", *ALL, "--ignore", "clerk").code == 0


@pytest.mark.parametrize("option", ["--out", "--report"])
def test_no_file_that_is_read_is_overwritten(files, relmkt, option):
    name = "sales.csv" if option == "--out" else "sales.html"
    Path("sales.html").write_text(SALES, encoding="utf-8")
    ended = relmkt("channel", name, *ALL, option, name)
    assert ended.code == 2
    assert "would overwrite" in ended.err


def test_the_demo_says_that_it_is_synthetic_and_what_of_the_truth_it_found(relmkt, folder):
    ended = relmkt("demo", "--channel", "--out", "d")
    assert ended.code == 0, ended.err
    assert "This market is synthetic" in ended.out
    assert "false alarms" in ended.out
    names = sorted(path.name for path in Path("d").iterdir())
    assert names == [
        "agreements-synthetic.csv",
        "attitudes-synthetic.csv",
        "brands-synthetic.csv",
        "channel.html",
        "contacts-synthetic.csv",
        "dealer-facts-synthetic.csv",
        "dealers-out.csv",
        "dealers-synthetic.csv",
        "procedures-synthetic.csv",
        "sales-synthetic.csv",
        "schedules-synthetic.json",
        "trainings-synthetic.csv",
    ]
    again = relmkt(
        "channel",
        "d/sales-synthetic.csv",
        "--dealers=d/dealers-synthetic.csv",
        "--agreements=d/agreements-synthetic.csv",
        "--schedules=d/schedules-synthetic.json",
        "--brands=d/brands-synthetic.csv",
        "--procedures=d/procedures-synthetic.csv",
        "--contacts=d/contacts-synthetic.csv",
        "--trainings=d/trainings-synthetic.csv",
        "--topic=complaints",
        "--topic=displays",
        "--attitudes=d/attitudes-synthetic.csv",
        "--dealer-facts=d/dealer-facts-synthetic.csv",
        "--as-of=2025-12-31",
    )
    assert again.code == 0, again.err
    assert again.out in ended.out
    assert "one contact: 10 of 10 found, 0 wrongly" in ended.out
    assert "avoided: 4 of 4 found, 0 wrongly" in ended.out


# ------------------------------------------------------------------- fairness and support

PROCEDURES = "dealer_class,consistent,explained,appealable\ncity,yes,yes,yes\n"
CONTACTS = "dealer,contacted_on,employee\n" + "A,2025-12-01,Ines\n" * 6 + "X,2025-12-01,\n"
FACTS = "dealer,key_dealer\nB,yes\n"


def test_fairness_is_told_procedure_first(files, relmkt):
    files("procedures.csv", PROCEDURES)
    ended = relmkt("channel", "sales.csv", *ALL, "--as-of", "2026-01-31")
    assert "city: undetermined: not known, and it could change the outcome: consistent" in ended.out
    ended = relmkt(
        "channel", "sales.csv", *ALL, "--as-of", "2026-01-31", "--procedures", "procedures.csv"
    )
    assert ended.code == 0, ended.err
    assert "city: fair: the procedure is right and the result even" in ended.out
    assert "not known: publication shown, consistency shown, explanation shown" in ended.out
    assert "2 of 2 dealers: Gini 0.000, Jain 1.000, from 2 (A) to 2 (A)" in ended.out
    files("agreements.csv", AGREEMENTS.replace("2024-12-01", "2025-03-01", 1))
    files("procedures.csv", PROCEDURES.replace("city,yes", "city,no"))
    ended = relmkt(
        *("channel", "sales.csv", *ALL, "--as-of", "2026-01-31"),
        *("--procedures", "procedures.csv", "--report", "r.html"),
    )
    assert "city: unfair: no even result makes a wrong procedure good: not published" in ended.out
    assert "faults: not published; not consistent" in ended.out
    assert '<h2 id="fairness-title">1 class unfair</h2>' in Path("r.html").read_text("utf-8")


def test_what_agreements_show_beats_what_is_said_of_them(files, relmkt):
    files("plan.json", SCHEDULES.replace('{"plan"', '{"other": ' + SCHEDULES[9:-1] + ', "plan"'))
    files(
        "agreements.csv",
        AGREEMENTS.replace("B,Husum,yes,2025-01-01,plan", "B,Husum,yes,2025-01-01,other"),
    )
    files("procedures.csv", PROCEDURES)
    ended = relmkt(
        "channel", "sales.csv", *ALL, "--as-of", "2026-01-31", "--procedures", "procedures.csv"
    )
    assert ended.code == 0, ended.err
    said = "contradicted: city: said to be consistent; by the agreements it is not consistent"
    assert said in ended.out
    assert "city: unfair" in ended.out


def test_a_contradiction_obeys_no_code_in_a_name(files, relmkt):
    files("plan.json", SCHEDULES.replace('{"plan"', '{"other": ' + SCHEDULES[9:-1] + ', "plan"'))
    files(
        "agreements.csv",
        AGREEMENTS.replace("B,Husum,yes,2025-01-01,plan", "B,Husum,yes,2025-01-01,other"),
    )
    files("dealers.csv", DEALERS.replace("city", "ci\x1b[2Jty"))
    files("procedures.csv", PROCEDURES.replace("city", "ci\x1b[2Jty"))
    ended = relmkt(
        "channel", "sales.csv", *ALL, "--as-of", "2026-01-31", "--procedures", "procedures.csv"
    )
    assert ended.code == 0, ended.err
    assert "contradicted: ci\\x1b[2Jty: said to be consistent" in ended.out
    assert "\x1b[2J" not in ended.out


def test_dealers_without_a_class_have_figures_and_no_verdict(files, relmkt):
    files("dealers.csv", DEALERS.replace("city", ""))
    ended = relmkt("channel", "sales.csv", *ALL, "--as-of", "2026-01-31", "--report", "r.html")
    assert "of no known class: no verdict; 2 of 2 dealers: Gini 0.000" in ended.out
    page = Path("r.html").read_text("utf-8")
    assert "There is no verdict on the 2 dealers of no known class: Gini 0.000" in page
    assert "No rebate to compare" in page


def test_conditions_are_decided_on_what_is_measured_and_what_is_said(files, relmkt):
    files("brands.csv", "brand_market,brand,market,launched\nL,Lumen,North,2025-06-01\n")
    later = [line for line in SALES.splitlines(keepends=True) if "-0" not in line or "-09-" in line]
    files("sales.csv", "".join(later))
    new = ("channel", "sales.csv", *ALL, "--brands", "brands.csv", "--as-of", "2025-12-31")
    ended = relmkt(*new)
    assert "not known: criteria set, poorly matched, plan disclosed, risk share" in ended.out
    files(
        "f.csv",
        "target_set,brand_market,criteria_set,poorly_matched,plan_disclosed,risk_share\n"
        "no,L,yes,0,no,0.8\n",
    )
    ended = relmkt(*new, "--channel-facts", "f.csv", "--report", "r.html")
    assert ended.code == 0, ended.err
    assert "not met: plan not disclosed, too much risk" in ended.out
    assert "not known" not in ended.out.split("In introduction")[0]
    said = "L: target set is said to be no; by sales and agreements it is yes"
    assert f"contradicted: {said}" in ended.out
    page = Path("r.html").read_text("utf-8")
    assert said in page
    assert "plan not disclosed; too much risk" in page


def test_support_is_told_dealer_by_dealer(files, relmkt):
    files("contacts.csv", CONTACTS)
    files("facts.csv", FACTS)
    files("trainings.csv", "dealer,topic,held_on\nA,displays,2025-03-01\n")
    files(
        "answers.csv",
        "dealer,item,asked_on,answer,scale_low,scale_high\n" + "A,fair,2025-11-01,1,1,5\n" * 3,
    )
    ended = relmkt(
        *("channel", "sales.csv", *ALL, "--as-of", "2026-01-31", "--out", "o.csv"),
        *("--contacts", "contacts.csv", "--dealer-facts", "facts.csv", "--report", "r.html"),
        *("--trainings", "trainings.csv", "--topic", "displays", "--attitudes", "answers.csv"),
    )
    assert ended.code == 0, ended.err
    assert "Support: 2 dealers with alerts: " in ended.out
    assert (
        "A: one contact (who leaves would take the relationship along: contacts 6 ≥ 5" in ended.out
    )
    assert "B: avoided (to avoid trouble by keeping away loses a dealer: key dealer" in ended.out
    assert "Not known, for want of facts: one seller 2, avoided 1, uninformed 2, launch due 2." in (
        ended.out
    )
    assert "Left out of the contacts: 1 row of dealers that are not listed." in ended.out
    with Path("o.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["alerts"] for row in rows] == [
        "one_contact; attitude_low",
        "avoided; untrained; attitude_unknown",
    ]
    assert rows[0]["alert_reasons"].startswith("who leaves would take the relationship along")
    page = Path("r.html").read_text("utf-8")
    assert "2 dealers with alerts" in page
    assert "Left out of the contacts: 1 row of dealers that are not listed." in page


def test_ten_dealers_with_alerts_are_named_and_the_rest_counted(files, relmkt):
    names = [f"N{at}" for at in range(12)]
    files("dealers.csv", DEALERS + "".join(f"{name},city,North,\n" for name in names))
    files("facts.csv", "dealer,training_coverage\n" + "".join(f"{name},0.1\n" for name in names))
    ended = relmkt("channel", "sales.csv", *ALL, "--dealer-facts", "facts.csv")
    assert "Support: 12 dealers with alerts: untrained 12." in ended.out
    assert "  … and 2 more (--out names them all)" in ended.out


def test_without_records_nothing_is_said_of_support(files, relmkt):
    ended = relmkt("channel", "sales.csv", *ALL, "--report", "r.html", "--out", "o.csv")
    assert "Support" not in ended.out
    assert 'id="support"' not in Path("r.html").read_text("utf-8")
    with Path("o.csv").open(encoding="utf-8", newline="") as file:
        assert {row["alerts"] for row in csv.DictReader(file)} == {""}


SMALL = {
    "a class of no dealer": (
        "--procedures",
        PROCEDURES.replace("city", "citty"),
        "line 2: no dealer is of the class 'citty'; the classes are 'city'",
    ),
    "a procedure twice": (
        "--procedures",
        PROCEDURES + "city,no,,\n",
        "line 3: 'city' stands on line 2 already",
    ),
    "evidence of what is not so": (
        "--procedures",
        "dealer_class,explained,explained_shown\ncity,no,yes\n",
        "line 2: 'explained_shown'",
    ),
    "a day that is none": (
        "--contacts",
        CONTACTS.replace("2025-12-01", "yesterday", 1),
        "line 2: 'contacted_on' must be",
    ),
    "a contact without a day": (
        "--contacts",
        "dealer,employee\nA,Ines\n",
        "no column 'contacted_on' in f.csv; there are: dealer, employee",
    ),
    "an answer off its scale": (
        "--attitudes",
        "dealer,item,asked_on,answer,scale_low,scale_high\nA,fair,2025-11-01,7,1,5\n",
        "an answer lies on its scale",
    ),
    "a share above one": (
        "--dealer-facts",
        "dealer,training_coverage\nA,1.2\n",
        "line 2: 'training_coverage' must be",
    ),
    "a dealer twice": (
        "--dealer-facts",
        FACTS + "B,no\n",
        "line 3: 'B' stands on line 2 already",
    ),
    "a fact that is none": (
        "--dealer-facts",
        FACTS.replace("key_dealer", "key_deeler"),
        "no field of a dealer's facts 'key_deeler' in f.csv; did you mean 'key_dealer'?",
    ),
    "a channel without sales": (
        "--channel-facts",
        "stock_months,brand_market\n1,Luman in North\n",
        "line 2: there are no sales of the brand in a market 'Luman in North'; there are of 'Lum",
    ),
    "a channel twice": (
        "--channel-facts",
        "brand_market,stock_months\nLumen in North,1\nLumen in North,2\n",
        "line 3: 'Lumen in North' stands on line 2 already",
    ),
    "a share of the risk above one": (
        "--channel-facts",
        "brand_market,risk_share\nLumen in North,1.5\n",
        "line 2: 'risk_share' must be",
    ),
}


@pytest.mark.parametrize("what", SMALL)
def test_what_is_wrong_in_a_small_file_is_named_with_its_place(files, relmkt, what):
    option, content, said = SMALL[what]
    files("f.csv", content)
    ended = relmkt("channel", "sales.csv", *ALL, option, "f.csv", "--out", "o.csv")
    assert ended.code == 1
    assert "f.csv" in ended.err
    assert said in " ".join(ended.err.split())
    assert not Path("o.csv").exists()


@pytest.mark.parametrize("asked", [("--trainings", "t.csv"), ("--topic", "displays")])
def test_trainings_and_topics_go_together(files, relmkt, asked):
    ended = relmkt("channel", "sales.csv", *ALL, *asked)
    assert ended.code == 2
    assert "--trainings and --topic go together" in " ".join(ended.err.split())


def test_procedures_need_schedules(files, relmkt):
    ended = relmkt("channel", "sales.csv", *ALL[:4], "--procedures", "p.csv")
    assert ended.code == 2
    assert "--procedures needs --schedules" in ended.err


def test_no_small_file_is_overwritten(files, relmkt):
    files("contacts.csv", CONTACTS)
    ended = relmkt("channel", "sales.csv", *ALL, "--contacts", "contacts.csv", "--out=contacts.csv")
    assert ended.code == 2
    assert "would overwrite" in ended.err


def test_rebates_by_units_and_by_money_are_not_compared(files, relmkt):
    files(
        "plan.json",
        SCHEDULES[:-1]
        + ', "money": {"kind": "marginal", "currency": "EUR", "basis": "amount", '
        + '"brackets": [[0, 0.05]]}}',
    )
    files(
        "agreements.csv",
        AGREEMENTS.replace("B,Husum,yes,2025-01-01,plan", "B,Husum,yes,2025-01-01,money"),
    )
    asked = ("channel", "sales.csv", *ALL, "--as-of", "2026-01-31", "--report", "r.html")
    said = "2 dealers: not compared, for some rebates go by units and some by money"
    ended = relmkt(*asked)
    assert ended.code == 0, ended.err
    assert said in ended.out
    assert said in Path("r.html").read_text(encoding="utf-8")
    files("dealers.csv", DEALERS.replace("city", ""))
    ended = relmkt(*asked)
    assert f"of no known class: no verdict; {said}" in ended.out
    assert "no known class: not compared" in Path("r.html").read_text(encoding="utf-8")


def test_sales_and_payments_left_out_for_one_reason_are_both_counted(files, relmkt):
    files("agreements.csv", "\n".join(AGREEMENTS.splitlines()[:2]) + "\n")
    files(
        "events.csv",
        "dealer,kind,at,amount,currency\nB,payment,2026-01-20,10,EUR\nB,payment,2026-01-21,5,\n",
    )
    ended = relmkt(
        *("channel", "sales.csv", *ALL, "--as-of", "2026-01-31", "--rebate-events", "events.csv"),
        *("--report", "r.html"),
    )
    assert ended.code == 0, ended.err
    told = "by reason: 24 no agreement, 12 other flow, 2 no agreement (payment).\n"
    assert f"Left out of the rebates, counted {told}" in ended.out
    assert "No payment counts: those on record are left out." in ended.out
    page = Path("r.html").read_text(encoding="utf-8")
    assert "no agreement (payment)" in page
    assert "No payment counts: those on record are left out." in page


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,Lumen,North\nb,Lumen,North\n", "line 3: row 1: Lumen in North stands there already"),
        (
            "a,Aster,North\nLumen in North,Zed,South\n",
            "line 3: row 1: 'Lumen in North' is the id of Lumen in North and of Zed in South",
        ),
    ],
)
def test_brands_in_markets_that_cannot_be_told_apart_are_named_by_their_line(
    files, relmkt, rows, said
):
    files("brands.csv", f"brand_market,brand,market\n{rows}")
    ended = relmkt("channel", "sales.csv", *ALL, "--brands", "brands.csv")
    assert ended.code == 1
    assert "1 bad row in brands.csv" in ended.err
    assert said in ended.err


def test_what_dealers_owe_is_told_beside_what_is_due_to_the_others(files, relmkt):
    files(
        "events.csv",
        "dealer,kind,at,belongs_to,amount\nA,payment,2026-01-20,2025-12-31,400.50\n",
    )
    ended = relmkt(
        *("channel", "sales.csv", *ALL, "--as-of", "2026-01-31", "--rebate-events", "events.csv"),
        *("--report", "r.html"),
    )
    assert ended.code == 0, ended.err
    said = "Due are 240.00 EUR to dealers, less 160.50 EUR that dealers owe."
    assert f"79.50 EUR due now, 0.00 EUR pending in contract years that are not over. {said}" in (
        ended.out
    )
    assert said in Path("r.html").read_text(encoding="utf-8")


def test_two_losses_for_one_schedule_are_refused(files, relmkt):
    ended = relmkt("channel", "sales.csv", *ALL, "--unit-loss", "plan=4", "--unit-loss", "plan=5")
    assert ended.code == 2
    assert "--unit-loss names the schedule plan twice; give it one loss" in ended.err


def test_rebate_events_have_a_zone_exactly_where_sales_have_one(files, relmkt):
    head = "dealer,kind,at,amount"
    zoned = SALES.replace("-15,", "-15T08:00:00+01:00,")
    for sales, at, said, remedy in (
        (SALES, "2026-01-20T00:00:00+01:00", "have no zone", "write the local day"),
        (zoned, "2026-01-20", "have a zone", "write for example 2026-03-01T00:00:00+01:00"),
    ):
        files("sales.csv", sales)
        files("events.csv", f"{head}\nA,payment,{at},10\n")
        zone = ("--zone", "Europe/Berlin") if sales is zoned else ()
        ended = relmkt("channel", "sales.csv", *ALL, "--rebate-events", "events.csv", *zone)
        assert ended.code == 1
        assert f"'at' must {said}, as the times of the sales" in ended.err
        assert "the rebate events (dealer 'A')" in ended.err
        assert remedy in ended.err


def test_nothing_that_a_file_says_is_a_code_that_a_terminal_obeys(files, relmkt):
    code, spelled = "\x1b[2J", r"\x1b[2J"
    files("dealers.csv", DEALERS.replace("\nA,", f"\nA{code},"))
    files(
        "agreements.csv",
        AGREEMENTS.replace("\nA,Kiel", f"\nA{code},Kiel{code}").replace("plan", f"plan{code}"),
    )
    schedules = SCHEDULES.replace('"plan"', '"plan\\u001b[2J"')
    files("plan.json", schedules.replace('"currency"', '"by": "each_outlet", "currency"'))
    files("sales.csv", SALES.replace("\nA,", f"\nA{code},").replace("Kiel", f"Kiel{code}"))
    head = REGISTER.splitlines()[0] + ",case\n"
    files("register.csv", f"{head}A,active_sales,yes,yes,no,,2025-11-03,,,B{code}\n")
    files(
        "events.csv",
        "dealer,kind,at,belongs_to,amount,case,evidence\n"
        f"A{code},clawback,2026-01-20,2025-12-31,50,B{code},notes\n",
    )
    ended = relmkt(
        *("channel", "sales.csv", *ALL, "--as-of", "2026-01-31", "--report", "r.html"),
        *("--breaches", "register.csv", "--rebate-events", "events.csv"),
        *("--unit-loss", f"plan{code}=0.5"),
    )
    assert ended.code == 0, ended.err
    page = Path("r.html").read_text(encoding="utf-8")
    assert code not in ended.out + page
    for text in (f"A{spelled}", f"plan{spelled}", f"B{spelled}"):
        assert text in ended.out
        assert text in page
