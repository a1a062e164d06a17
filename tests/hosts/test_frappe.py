"""The Frappe app of the guide, on a stand-in for the few names of Frappe that it uses.

The stand-in keeps what matters here: a field that is empty is None or "", JSON is kept as text, and
`throw` raises. What only Frappe can show (that the app installs, that its hooks are called) is not
shown; that the hooks name functions of the right form is.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
import tomllib
from types import ModuleType, SimpleNamespace

import pytest

from tests.hosts.conftest import HOSTS, LEAVING, PLAIN, POLICY, WHY

APP = HOSTS / "frappe"


class ValidationError(Exception):
    """Frappe's error for people."""


class Doc(dict):
    """A document or a row: fields as attributes, None where there is none."""

    def __getattr__(self, name):
        return self.get(name)


def throw(message):
    raise ValidationError(message)


@pytest.fixture
def site(package, monkeypatch, tmp_path):
    """The app on a site with customers."""
    frappe = ModuleType("frappe")
    frappe.customers, frappe.errors = {}, []
    frappe.throw = throw
    frappe.get_site_path = lambda *parts: str(tmp_path.joinpath(*parts))
    frappe.log_error = lambda title, message: frappe.errors.append((title, message))

    def get_all(doctype, fields):
        assert doctype == "Customer"
        return [Doc({name: row[name] for name in fields}) for row in frappe.customers.values()]

    def set_value(doctype, name, values, *, update_modified):
        assert (doctype, update_modified) == ("Customer", False)
        frappe.customers[name].update(values)

    frappe.get_all = get_all
    frappe.db = SimpleNamespace(set_value=set_value)
    monkeypatch.setitem(sys.modules, "frappe", frappe)
    app = package("relationship_strategy", APP / "relationship_strategy")
    (tmp_path / "strategy_policy.json").write_text(POLICY, encoding="utf-8")
    decide = importlib.import_module("relationship_strategy.decide")
    return SimpleNamespace(frappe=frappe, decide=decide, app=app, folder=tmp_path)


def customer(name, status="active", facts=None):
    facts = {"barred": False, **LEAVING} if facts is None else facts
    return Doc(name=name, custom_status=status, custom_facts=json.dumps(facts))


def test_a_customer_who_is_saved_gets_the_strategy(site):
    doc = customer("CUST-1")
    site.decide.on_validate(doc, "validate")
    assert doc.custom_strategy == "protect"
    assert doc.custom_strategy_rule == "R5"
    assert doc.custom_strategy_reason == WHY
    assert doc.custom_strategy_version == PLAIN.table().version


@pytest.mark.parametrize("facts", [None, "", {}, "{}"])
def test_what_is_empty_is_unknown(site, facts):
    doc = Doc(name="CUST-1", custom_status="", custom_facts=facts)
    site.decide.on_validate(doc)
    assert (doc.custom_strategy, doc.custom_strategy_rule) == ("undecided", None)


def test_every_night_all_are_decided_in_batches_and_the_bad_are_logged(site, monkeypatch):
    monkeypatch.setattr(site.decide, "BATCH", 3)
    for number in range(8):
        facts = {"attrition_risk": 7} if number == 4 else None
        site.frappe.customers[f"C{number}"] = customer(f"C{number}", facts=facts)
    site.decide.decide_all()
    told = {name: row.custom_strategy for name, row in site.frappe.customers.items()}
    assert told == {f"C{number}": None if number == 4 else "protect" for number in range(8)}
    ((title, message),) = site.frappe.errors
    assert title == "Relationship strategy of C4"
    assert "'attrition_risk' must be at most 1" in message


WRONG = {
    '{"foo": 1}': "no fact 'foo'",
    "{bad": "'custom_facts' must be JSON",
    "[1]": "'custom_facts' must be a JSON object",
    "7": "'custom_facts' must be a JSON object",
    '{"status": "active"}': "'custom_facts' must leave out 'status'",
    '{"customer": "C-2"}': "'custom_facts' must leave out 'customer'",
    '{"significance": "benchmark"}': "'significance' must be a set of",
    '{"status": "former", "status": null}': "'custom_facts' must leave out 'status'",
    "[" * 100_000: "'custom_facts' must be JSON",
    "1" * 5_000: "'custom_facts' must be JSON",
}


@pytest.mark.parametrize(("facts", "told"), WRONG.items(), ids=range(len(WRONG)))
def test_facts_that_are_none_are_said_and_change_nothing(site, facts, told):
    doc = Doc(name="CUST-1", custom_status="active", custom_facts=facts)
    with pytest.raises(ValidationError, match=f"CUST-1: {told}"):
        site.decide.on_validate(doc)
    assert "custom_strategy" not in doc


def test_every_night_those_whose_facts_are_none_are_logged_and_the_others_decided(site):
    for number, facts in enumerate(WRONG):
        site.frappe.customers[f"C{number}"] = Doc(
            name=f"C{number}", custom_status="active", custom_facts=facts
        )
    site.frappe.customers["last"] = customer("last")
    site.decide.decide_all()
    told = [row.name for row in site.frappe.customers.values() if row.custom_strategy]
    assert told == ["last"]
    assert [title for title, _ in site.frappe.errors] == [
        f"Relationship strategy of C{number}" for number in range(len(WRONG))
    ]
    for (_, message), expected in zip(site.frappe.errors, WRONG.values(), strict=True):
        assert expected in message


def test_a_night_on_which_nobody_can_be_read_ends_well(site):
    site.frappe.customers["C1"] = Doc(name="C1", custom_status="", custom_facts="{bad")
    site.decide.decide_all()
    assert len(site.frappe.errors) == 1


def test_what_is_wrong_is_said_to_people(site):
    with pytest.raises(ValidationError, match="CUST-1: 'attrition_risk' must be at most 1"):
        site.decide.on_validate(customer("CUST-1", facts={"attrition_risk": 7}))
    policy = site.folder / "strategy_policy.json"
    policy.write_text("{", encoding="utf-8")
    with pytest.raises(ValidationError, match=r"strategy_policy\.json: 'policy' must be JSON"):
        site.decide.on_validate(customer("CUST-1"))
    policy.unlink()
    with pytest.raises(ValidationError, match=r"strategy_policy\.json: .*No such file"):
        site.decide.decide_all()


def test_the_hooks_name_functions_of_the_right_form(site):
    hooks = importlib.import_module("relationship_strategy.hooks")
    assert hooks.app_name == "relationship_strategy"

    def function(path):
        module, name = path.rsplit(".", 1)
        return getattr(importlib.import_module(module), name)

    (handler,) = hooks.doc_events["Customer"].values()
    assert list(inspect.signature(function(handler)).parameters) == ["doc", "method"]
    (task,) = hooks.scheduler_events["daily_long"]
    assert not inspect.signature(function(task)).parameters


def test_the_project_file_names_us(site):
    project = tomllib.loads((APP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "relmkt" in project["dependencies"]
    assert project["name"] == "relationship_strategy"
    assert re.fullmatch(r"\d+\.\d+\.\d+", site.app.__version__)
    ours = tomllib.loads((HOSTS.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["requires-python"] == ours["project"]["requires-python"]
