"""Contacts on the command line: what goes into a plan, what comes out, and the agenda."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from relmkt.adapters.files import read_plan, read_task_events

DAY = "2026-03-20"


def rows_of(name):
    with Path(name).open(encoding="utf-8", newline="") as page:
        return list(csv.DictReader(page))


@pytest.fixture
def cleo(file):
    """Cleo has bought once, five days before the day of the plan."""
    known = "current_profit,avoidable_profit,residual_value,retained_value,attrition_risk"
    return file("facts.csv", f"customer,status,{known}\ncleo,active,5,5,10,10,0\n")


def planned(relmkt, *options):
    ended = relmkt("plan", "orders.csv", "--as-of", DAY, "--out", "plan.csv", *options)
    assert ended.code == 0, ended.err
    return ended, {row["customer"]: row for row in rows_of("plan.csv")}


def test_a_plan_tells_the_next_contact_its_way_and_why(relmkt, cleo):
    ended, rows = planned(relmkt, "--facts", cleo)
    assert {name: rows["cleo"][name] for name in rows["cleo"] if "contact" in name} == {
        "next_contact": "2026-03-23",
        "contact_channel": "email",
        "contact_action": "welcome.thank",
        "contact_key": "first_purchase/2026-03-15/welcome.thank/cleo",
        "contact_reason": "has bought for the first time: 1 week after the first purchase of "
        "2026-03-15; consent not known: check before contacting",
    }
    assert "Contacts due by 2026-03-26: 1 (email 1)." in ended.out
    assert "check before" in ended.out


def test_what_is_known_about_contacting_a_customer_is_heeded(relmkt, file, cleo):
    known = file("known.csv", "customer,consent_email,consent_app,consent_post\ncleo,no,no,no\n")
    ended, rows = planned(relmkt, "--facts", cleo, "--contact-facts", known)
    assert rows["cleo"]["next_contact"] == ""
    assert "Skipped: 1 (no consent 1)." in ended.out
    assert rows["cleo"]["contact_reason"] == (
        "no welcome.thank: the customer agrees to marketing by none of the channels"
    )
    complaint = file("open.csv", "customer,open_complaint\ncleo,yes\n")
    _, rows = planned(relmkt, "--facts", cleo, "--contact-facts", complaint)
    assert rows["cleo"]["contact_action"] == "complaint.answer"


def test_a_second_complaint_without_a_day_is_told_of_and_one_with_a_day_is_planned(
    relmkt, file, cleo
):
    complaint = file("open.csv", "customer,open_complaint\ncleo,yes\n")
    known = ("--facts", cleo, "--contact-facts")
    ended, rows = planned(relmkt, *known, complaint)
    assert "told as open" not in ended.out
    done = file("tasks.csv", f"key,kind,at,day\n{rows['cleo']['contact_key']},done,{DAY},\n")
    ended, rows = planned(relmkt, *known, complaint, "--tasks", done)
    assert rows["cleo"]["next_contact"] == ""
    assert rows["cleo"]["contact_reason"].endswith("another complaint, tell its day (event_at)")
    assert "1 complaint told as open, though the answer is done" in ended.out
    second = file("second.csv", "customer,open_complaint,event_at\ncleo,yes,2026-03-19\n")
    ended, rows = planned(relmkt, *known, second, "--tasks", done)
    assert rows["cleo"]["contact_key"] == "complaint/2026-03-19/complaint.answer/cleo"
    assert "told as open" not in ended.out


def test_who_was_contacted_is_not_contacted_again(relmkt, file, cleo):
    log = file("log.csv", "customer,day,department\ncleo,2026-03-19,\n")
    _, rows = planned(relmkt, "--facts", cleo, "--contacted", log)
    assert "marketing contacts less than 7 days from it: 1" in rows["cleo"]["contact_reason"]
    log = file("log.csv", "customer,day,department\ncleo,2026-03-25,events\n")
    _, rows = planned(relmkt, "--facts", cleo, "--contacted", log)
    assert rows["cleo"]["contact_reason"].endswith(
        "planned already by department events for 2026-03-25"
    )


def test_a_ledger_of_consent_is_asked_as_things_stand_at_the_end_of_the_day(relmkt, file, cleo):
    """Granted for all in January; e-mail taken back on the day itself; all of it on the morrow."""
    events = "customer,kind,at,purpose,channel\n{}"
    granted = "cleo,granted,2026-01-05T09:00:00+01:00,marketing,\n"
    e_mail = f"cleo,withdrawn,{DAY}T23:30:00+01:00,marketing,email\n"
    all_of_it = "cleo,withdrawn,2026-12-01T09:00:00Z,,\n"
    with_zone = ("--facts", cleo, "--contact-zone", "Europe/Berlin")

    def told(text):
        _, rows = planned(relmkt, *with_zone, "--consent", file("consent.csv", events.format(text)))
        return rows["cleo"]["contact_channel"], rows["cleo"]["contact_reason"]

    assert told(granted)[0] == "email"
    assert "not known" not in told(granted)[1]
    assert told(granted + e_mail)[0] not in ("email", "")
    assert told(granted + all_of_it) == told(granted)
    channel, reason = told(all_of_it.replace("2026-12-01", "2026-03-01"))
    assert channel == ""
    assert "by none of the channels" in reason
    assert "not known" in told("ben,granted,2026-01-05T09:00:00Z,,\n")[1]


def test_a_refusal_that_is_known_elsewhere_beats_what_the_ledger_grants(relmkt, file, cleo):
    ledger = file("consent.csv", "customer,kind,at\ncleo,granted,2026-01-05T09:00:00Z\n")
    known = file("known.csv", "customer,consent_email\ncleo,no\n")
    given = ("--facts", cleo, "--consent", ledger)
    _, rows = planned(relmkt, *given)
    assert rows["cleo"]["contact_channel"] == "email"
    _, rows = planned(relmkt, *given, "--contact-facts", known)
    assert rows["cleo"]["contact_channel"] != "email"


def test_who_is_erased_in_the_ledger_is_not_contacted_for_service_either(relmkt, file, cleo):
    """Whatever was granted after it, and whatever an open complaint would owe."""
    told = "customer,kind,at\ncleo,erased,2026-01-05T09:00:00Z\ncleo,granted,2026-02-05T09:00:00Z\n"
    known = file("known.csv", "customer,open_complaint\ncleo,yes\n")
    given = ("--facts", cleo, "--contact-facts", known)
    _, rows = planned(relmkt, *given)
    assert rows["cleo"]["contact_action"] == "complaint.answer"
    _, rows = planned(relmkt, *given, "--consent", file("consent.csv", told))
    assert rows["cleo"]["next_contact"] == ""
    assert "the law comes before marketing" in rows["cleo"]["contact_reason"]


def test_whom_the_ledger_bars_from_all_contact_is_held_by_the_strategy_too(relmkt, file, cleo):
    """No strategy says what nobody may do: who is erased is not won back; who objects may be."""
    _, free = planned(relmkt, "--facts", cleo)

    def told(event):
        ledger = file("consent.csv", f"customer,kind,at\ncleo,{event},2026-01-05T09:00:00Z\n")
        _, rows = planned(relmkt, "--facts", cleo, "--consent", ledger)
        others = {name for name in rows if rows[name]["strategy"] != free[name]["strategy"]}
        return others, rows["cleo"]

    changed, erased = told("erased")
    assert changed == {"cleo"}
    assert (erased["strategy"], erased["actions"]) == ("hold", "hold.serve_only")
    assert "barred" in erased["reason"]
    assert told("withdrawn")[0] == set()


def test_consent_with_a_bad_row_or_another_column_is_refused(relmkt, file):
    wrong = file("consent.csv", "customer,kind,at\ncleo,granted,yesterday\n")
    ended = relmkt("plan", "orders.csv", "--consent", wrong)
    assert ended.code == 1
    assert "consent.csv" in ended.err
    assert "line 2" in ended.err
    wrong = file(
        "consent.csv", "customer,kind,at,chanel\ncleo,granted,2026-01-05T09:00:00Z,email\n"
    )
    ended = relmkt("plan", "orders.csv", "--consent", wrong)
    assert ended.code == 1
    assert "'chanel'" in ended.err


def test_ids_of_every_file_are_looked_for_under_the_name_that_the_orders_have(relmkt, file):
    file("orders.csv", "who,date,amount\ncleo,2026-03-15,9.9\nben,2026-01-07,5\nben,2026-02-07,5\n")
    log = file("log.csv", "who,day\ncleo,2026-03-19\n")
    facts = file("facts.csv", "customer,zone\ncleo,Europe/Berlin\n")
    ended = relmkt(
        *("plan", "orders.csv", "--customer", "who", "--as-of", DAY, "--out", "plan.csv"),
        *("--contacted", log, "--contact-facts", facts, "--contact-zone", "Asia/Tokyo"),
    )
    assert ended.code == 0, ended.err
    wrong = file("wrong.csv", "who,day,fax\ncleo,2026-03-19,1\n")
    ended = relmkt("plan", "orders.csv", "--customer", "who", "--contacted", wrong)
    assert ended.code == 1
    assert "fax" in ended.err
    options = ("plan", "orders.csv", "--customer", "who", "--contact-zone", "Asia/Tokio")
    ended = relmkt(*options)
    assert ended.code == 2
    assert "Asia/Tokyo" in ended.err


def test_a_bad_row_in_a_file_of_contacts_is_named_by_its_line(relmkt, file):
    log = file("log.csv", "customer,day\ncleo,2026-03-19\nben,soon\n")
    ended = relmkt("plan", "orders.csv", "--contacted", log)
    assert ended.code == 1
    assert "1 bad row in log.csv\n  line 3: 'day'" in ended.err
    wrong = file("known.csv", "customer,consents\ncleo,yes\n")
    ended = relmkt("plan", "orders.csv", "--contact-facts", wrong)
    assert ended.code == 1
    assert "consent" in ended.err


def test_planned_tasks_keep_their_days_and_done_ones_do_not_come_back(relmkt, cleo):
    planned(relmkt, "--facts", cleo, "--tasks-out", "tasks.csv")
    events = read_task_events("tasks.csv")
    key = "first_purchase/2026-03-15/welcome.thank/cleo"
    assert events.values("key") == [key]
    with Path("tasks.csv").open("a", encoding="utf-8") as page:
        page.write(f"{key},snoozed,2026-03-20T09:00:00,2026-04-02\n")
    _, rows = planned(relmkt, "--facts", cleo, "--tasks", "tasks.csv")
    assert rows["cleo"]["next_contact"] == "2026-04-02"
    with Path("tasks.csv").open("a", encoding="utf-8") as page:
        page.write(f"{key},done,2026-03-20T10:00:00,\n")
    _, rows = planned(relmkt, "--facts", cleo, "--tasks", "tasks.csv")
    assert rows["cleo"]["contact_action"] == "welcome.offer"
    ended = relmkt("plan", "orders.csv", "--facts", cleo, "--as-of", DAY, "--tasks-out", "-")
    assert ended.out.splitlines()[0] == "key,kind,at,day"


def test_contacts_become_a_calendar(relmkt, cleo):
    pytest.importorskip("icalendar")
    ended, _ = planned(relmkt, "--facts", cleo, "--calendar", "plan.ics")
    page = Path("plan.ics").read_bytes()
    assert b"SUMMARY:cleo: Thank for the first purchase." in page
    assert "plan.ics: 1 contact written" in ended.err
    planned(relmkt, "--facts", cleo, "--calendar", "plan.ics")
    assert Path("plan.ics").read_bytes() == page
    ended = relmkt("plan", "orders.csv", "--calendar", "plan.txt")
    assert ended.code == 2
    assert "must end in .ics" in ended.err


def test_the_agenda_lists_what_is_due_the_most_urgent_first(relmkt, file):
    file(
        "plan.csv",
        "customer,strategy,value,next_contact,contact_channel,contact_action,contact_reason\n"
        "anna,protect,10,2026-03-18,phone,protect.call,matters and may leave\n"
        "ben,review,500,2026-03-19,,review.decide,a person should decide\n"
        "cleo,maintain,,2026-03-20,email,welcome.thank,\n"
        "dora,maintain,900,2026-03-21,email,welcome.thank,not yet\n"
        "emil,harvest,900,,,,no contact\n",
    )
    ended = relmkt("agenda", "plan.csv", "--day", DAY)
    assert ended.code == 0, ended.err
    assert " ".join(ended.out.split()) == (
        "2026-03-20: 3 to contact, the most urgent first. "
        "1. ben: Have a person decide, by a stated day (your own task, 1 day overdue, value 500) "
        "a person should decide "
        "2. anna: Have the person whom it knows get in touch, and ask what is missing "
        "(phone, 2 days overdue, value 10) matters and may leave "
        "3. cleo: Thank for the first purchase (email, today, value unknown) no reason was written"
    )
    ended = relmkt("agenda", "plan.csv", "--day", DAY, "--out", "day.csv")
    assert ended.code == 0
    assert [row["customer"] for row in rows_of("day.csv")] == ["ben", "anna", "cleo"]
    assert relmkt("agenda", "plan.csv", "--day", DAY, "--out", "-").out.count("\n") == 4
    ended = relmkt("agenda", "plan.csv", "--day", "2026-03-01")
    assert ended.out == "2026-03-01: nobody is to be contacted.\n"


def test_the_agenda_of_a_written_plan_is_that_of_the_plan(relmkt, cleo):
    for name in ("plan.csv", "plan.parquet", "plan.jsonl"):
        ended = relmkt("plan", "orders.csv", "--facts", cleo, "--as-of", DAY, "--out", name)
        assert ended.code == 0
        assert read_plan(name).values("next_contact").count(date(2026, 3, 23)) == 1
        ended = relmkt("agenda", name, "--day", "2026-03-23")
        assert "1. cleo: Thank for the first purchase (email, today" in ended.out


def test_a_long_agenda_is_cut_on_the_screen_and_says_so(relmkt, file):
    lines = [f"c{at},maintain,2026-03-20,email,welcome.thank" for at in range(45)]
    head = "customer,strategy,next_contact,contact_channel,contact_action"
    file("plan.csv", "\n".join([head, *lines]) + "\n")
    told = relmkt("agenda", "plan.csv", "--day", DAY).out
    assert "45 to contact" in told
    assert told.endswith("5 more: --out writes them all.\n")


def test_an_agenda_refuses_what_is_no_plan_and_to_overwrite_it(relmkt, file):
    plan = file("plan.csv", "customer,strategy\nanna,protect\n")
    ended = relmkt("agenda", plan, "--day", DAY)
    assert ended.code == 1
    assert "has no column 'next_contact'" in ended.err
    for name in (plan, "./plan.csv"):
        ended = relmkt("agenda", plan, "--day", DAY, "--out", name)
        assert ended.code == 2
        assert "is the plan" in ended.err


def test_the_agenda_lists_a_contact_on_the_day_of_the_user_and_not_a_day_too_late(
    relmkt, file, cleo
):
    """Tuesday in Tokyo begins in California on Monday, at five in the afternoon."""
    known = file("known.csv", "customer,zone,event_at\ncleo,Asia/Tokyo,2026-03-17\n")
    there = ("--contact-zone", "America/Los_Angeles", "--contact-facts", known)
    _, rows = planned(relmkt, "--facts", cleo, *there, "--calendar", "plan.ics")
    assert "DTSTART:20260324T000000Z" in Path("plan.ics").read_text(encoding="utf-8")
    assert rows["cleo"]["next_contact"] == "2026-03-23"
    assert "cleo" in relmkt("agenda", "plan.csv", "--day", "2026-03-23").out


def test_explain_tells_the_next_contact_or_why_there_is_none(relmkt, file, cleo):
    asked = ("explain", "orders.csv", "--as-of", DAY, "--facts", cleo, "--customer")
    told = " ".join(relmkt(*asked, "cleo").out.split())
    assert "next contact by email on 2026-03-23: Thank for the first purchase (has bought" in told
    told = " ".join(relmkt(*asked, "anna").out.split())
    assert "next contact: none (" in told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--tasks", "own.csv", "--tasks-out", "own.csv"), "--tasks-out own.csv is the file of"),
        (("--tasks", "own.csv", "--out", "own.csv"), "--out own.csv is the file of the tasks"),
        (("--contacted", "own.csv", "--out", "./own.csv"), "is the file of the contacts"),
        (("--contact-facts", "own.csv", "--out", "own.csv"), "is the file of the contact facts"),
        (("--consent", "own.csv", "--tasks-out", "own.csv"), "is the file of the consent"),
        (("--tasks-out", "orders.csv"), "--tasks-out orders.csv is the file of the orders"),
        (("--policy-out", "orders.csv"), "--policy-out orders.csv is the file of the orders"),
        (("--policy", "own.csv", "--policy-out", "own.csv"), "is the file of the policy"),
        (
            ("--out", "new.csv", "--tasks-out", "./new.csv"),
            "./new.csv is that of --out",
        ),
        (("--out", "-", "--tasks-out", "-"), "--tasks-out - is that of --out"),
    ],
)
def test_nothing_is_written_over_what_is_read_nor_twice_to_one_file(
    relmkt, file, folder, options, told
):
    page = '{"policy": "strategy"}' if "--policy" in options else "key,kind,at\nk,done,2026-03-20\n"
    file("own.csv", page)
    before = {name: name.read_bytes() for name in folder.iterdir()}
    ended = relmkt("plan", "orders.csv", "--as-of", DAY, *options, columns=200)
    assert ended.code == 2, ended.err
    assert told in " ".join(ended.err.split())
    assert {name: name.read_bytes() for name in folder.iterdir()} == before


@pytest.mark.parametrize(
    ("option", "page", "told"),
    [
        (
            "--tasks",
            "key,kind,at,day\nk,done,2026-03-01,\nk,snoozed,2026-03-02,\n",
            "line 3: 'day' must fit the other fields (kind snoozed, day unknown)",
        ),
        (
            "--tasks",
            "kind,at\ndone,2026-03-01\n",
            "no column 'key' in own.csv",
        ),
        ("--tasks", "key,at\nk,2026-03-01\n", "no column 'kind' in own.csv; there are: key, at"),
        ("--contacted", "customer,purpose\ncleo,service\n", "no column 'day' in own.csv"),
    ],
)
def test_what_a_file_of_contacts_lacks_is_said_with_its_place(relmkt, file, option, page, told):
    ended = relmkt("plan", "orders.csv", option, file("own.csv", page), columns=200)
    assert ended.code == 1
    assert told in " ".join(ended.err.split())
