"""The Django app of the guide, run by Django on a database in memory."""

from __future__ import annotations

import sys
from datetime import date
from io import StringIO

import pytest

from relmkt.errors import InvalidValueError
from tests.hosts.conftest import HOSTS, LEAVING, PLAIN, POLICY, WHY

DAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def app():
    """Django with the app alone, and its tables made."""
    import django
    from django.conf import settings
    from django.core.management import call_command

    sys.path.insert(0, str(HOSTS / "django"))
    settings.configure(
        INSTALLED_APPS=["relationships"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        LOGGING_CONFIG=None,
        USE_TZ=True,
    )
    written, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        django.setup()
        call_command("migrate", run_syncdb=True, verbosity=0)
        from relationships import models, services

        yield models, services
    finally:
        sys.dont_write_bytecode = written
        sys.path.remove(str(HOSTS / "django"))


@pytest.fixture
def models(app):
    """The models, with nothing in their tables."""
    found, _ = app
    found.Decision.objects.all().delete()
    found.Customer.objects.all().delete()
    return found


@pytest.fixture
def services(app):
    return app[1]


def test_one_customer_is_decided_on_and_the_decision_is_kept(models, services):
    known = models.Customer.objects.create(code="C-17", status="active", barred=False, **LEAVING)
    kept = services.decide(known, policy=POLICY, as_of=DAY)
    kept.refresh_from_db()
    assert (kept.outcome, kept.rule, kept.reason) == ("protect", "R5", WHY)
    assert kept.version == PLAIN.table().version
    assert kept.as_of == DAY
    assert kept.facts == {"status": "active", "barred": False, **LEAVING}


def test_a_kept_decision_can_be_made_again_from_what_was_kept(models, services):
    from relmkt import CustomerFacts

    known = models.Customer.objects.create(code="C-17", status="active", barred=False, **LEAVING)
    kept = services.decide(known, policy=POLICY, as_of=DAY)
    again = services.table_of(POLICY).decide(CustomerFacts(customer="C-17", **kept.facts))
    assert (again.outcome.value, again.rule, again.version, again.reason) == (
        kept.outcome,
        kept.rule,
        kept.version,
        kept.reason,
    )


def test_null_is_unknown(models, services):
    nobody = models.Customer.objects.create(code="C-1")
    kept = services.decide(nobody, policy=POLICY, as_of=DAY)
    assert (kept.outcome, kept.rule, kept.facts) == ("undecided", None, {})


@pytest.mark.parametrize("batch", [1, 3, 4, 100])
def test_the_command_decides_on_all_in_batches(models, services, tmp_path, batch):
    from django.core.management import call_command

    policy = tmp_path / "policy.json"
    policy.write_text(POLICY, encoding="utf-8")
    models.Customer.objects.bulk_create(
        models.Customer(code=f"C-{number}", status="active", barred=number % 2 == 0, **LEAVING)
        for number in range(8)
    )
    out = StringIO()
    for _ in range(2):  # to decide twice changes nothing
        call_command(
            "decide_strategies", str(policy), "--as-of", "2026-11-22", batch=batch, stdout=out
        )
    assert out.getvalue() == "8 customers decided on\n" * 2
    told = models.Decision.objects.order_by("customer__code").values_list("outcome", flat=True)
    assert list(told) == ["hold", "protect"] * 4
    single = services.decide(models.Customer.objects.get(code="C-1"), policy=POLICY, as_of=DAY)
    assert single.reason == WHY
    assert models.Decision.objects.count() == 8


def test_a_new_policy_is_decided_beside_the_old_one(models, services):
    known = models.Customer.objects.create(code="C-17", status="active", barred=False, **LEAVING)
    stricter = POLICY.replace('"attrition_risk_high": 0.5', '"attrition_risk_high": 0.9')
    versions = {
        services.decide(known, policy=policy, as_of=DAY).version for policy in (POLICY, stricter)
    }
    assert len(versions) == 2
    assert known.decisions.count() == 2


def test_what_is_wrong_is_said_by_the_command(models, tmp_path):
    from django.core.management import CommandError, call_command

    with pytest.raises(CommandError, match="No such file"):
        call_command("decide_strategies", str(tmp_path / "none.json"), "--as-of", "2026-11-22")
    policy = tmp_path / "policy.json"
    policy.write_text("{", encoding="utf-8")
    with pytest.raises(CommandError, match="'policy' must be JSON"):
        call_command("decide_strategies", str(policy), "--as-of", "2026-11-22")


def test_a_fact_that_cannot_be_is_refused(models, services):
    wrong = models.Customer.objects.create(code="C-17", attrition_risk=7)
    with pytest.raises(InvalidValueError, match="'attrition_risk' must be at most 1"):
        services.decide(wrong, policy=POLICY, as_of=DAY)


def test_the_choices_are_the_words(models):
    from relmkt.domain import Abstention, Strategy

    assert set(dict(models.Decision._meta.get_field("outcome").choices)) == {
        *Strategy,
        *Abstention,
    }
