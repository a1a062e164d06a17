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
