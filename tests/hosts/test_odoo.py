"""The Odoo addon of the guide, on a stand-in for the few names of Odoo that it uses.

The stand-in keeps what matters here: an empty field is read as False (a number as 0.0), a selection
takes its own words only, and a record set is written as one. What only Odoo can show (that the
addon installs, that the view is drawn) is not shown.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path
from types import ModuleType

import pytest

from relmkt.domain import Abstention, Status, Strategy
from relmkt.policies import StrategyPolicy
from relmkt.policy_json import policy_to_json
from tests.hosts.conftest import HOSTS, LEAVING, PLAIN, POLICY, WHY

ADDON = HOSTS / "odoo" / "relationship_strategy"


class Field:
    """A field of a model: read from the row, empty unless written."""

    empty: object = False

    def __init__(self, selection=None, **options):
        assert set(options) <= {"readonly", "index"}
        self.selection = selection

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, record, owner):
        if record is None:
            return self
        record.ensure_one()
        value = record.rows[0].get(self.name)
        return self.empty if value is None else value

    def check(self, value):
        if self.selection is not None and value not in (False, None, *dict(self.selection)):
            raise ValueError(f"Wrong value for {self.name}: {value!r}")


class Model:
    """A set of records: rows and an environment."""

    def __init__(self, env, rows):
        self.env = env
        self.rows = rows

    def __iter__(self):
        return (type(self)(self.env, [row]) for row in self.rows)

    def ensure_one(self):
        if len(self.rows) != 1:
            raise ValueError(f"Expected singleton: {self.rows}")

    @property
    def id(self):
        self.ensure_one()
        return self.rows[0]["id"]

    @property
    def display_name(self):
        return f"Partner {self.id}"

    def write(self, values):
        for name, value in values.items():
            getattr(type(self), name).check(value)
        for row in self.rows:
            row.update(values)
        return True


class UserError(Exception):
    """Odoo's error for people."""


class Parameters:
    """The system parameters."""

    def __init__(self, held):
        self.held = held

    def sudo(self):
        return self

    def get_param(self, key, default=False):
        return self.held.get(key, default)


@pytest.fixture
def partner(package, monkeypatch):
    """The addon's model, and a way to make record sets of it."""
    odoo, addons = ModuleType("odoo"), ModuleType("odoo.addons")
    odoo.api, odoo.fields = ModuleType("odoo.api"), ModuleType("odoo.fields")
    odoo.models, odoo.exceptions = ModuleType("odoo.models"), ModuleType("odoo.exceptions")
    odoo.api.model = lambda method: method
    for kind in ("Selection", "Char", "Text", "Json"):
        setattr(odoo.fields, kind, type(kind, (Field,), {}))
    odoo.fields.Float = type("Float", (Field,), {"empty": 0.0})
    odoo.models.Model = Model
    odoo.exceptions.UserError = UserError
    addons.__path__ = [str(ADDON.parent)]
    for module in (odoo, addons, odoo.api, odoo.fields, odoo.models, odoo.exceptions):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    found = package("odoo.addons.relationship_strategy", ADDON)

    def make(*rows, policy=POLICY):
        env = {"ir.config_parameter": Parameters({"relationship_strategy.policy": policy})}
        return found.models.res_partner.ResPartner(env, [dict(row) for row in rows])

    return make


def test_the_button_keeps_outcome_rule_reason_and_version(partner):
    records = partner(
        {
            "id": 7,
            "relationship_status": "active",
            "relationship_barred": "no",
            "relationship_facts": LEAVING,
        },
        {"id": 8, "relationship_barred": "yes"},
    )
    assert records.action_decide_strategy() is True
    first, second = records
    assert (first.strategy, first.strategy_rule, first.strategy_reason) == ("protect", "R5", WHY)
    assert second.strategy == "hold"
    assert first.strategy_version == second.strategy_version == PLAIN.table().version


def test_an_empty_field_is_unknown_and_not_nothing(partner):
    records = partner({"id": 7, "relationship_status": "active", "relationship_facts": LEAVING})
    records.action_decide_strategy()
    assert records.strategy == "undecided"
    assert records.strategy_rule is False
    assert "barred" in records.strategy_reason
    # As Float fields, which are never empty, the same facts would say that nothing is to be had.
    empty = partner({"id": 8})
    assert empty._strategy_record().residual_value is None


def test_every_outcome_and_status_is_a_choice(partner):
    kind = type(partner({"id": 1}))
    assert set(dict(kind.strategy.selection)) == {*Strategy, *Abstention}
    assert set(dict(kind.relationship_status.selection)) == set(Status)
    with pytest.raises(ValueError, match="Wrong value for strategy"):
        partner({"id": 1}).write({"strategy": "perhaps"})


def test_what_is_wrong_is_said_to_people(partner):
    wrong = partner({"id": 7, "relationship_facts": {"attrition_risk": 71}})
    with pytest.raises(UserError, match=r"Partner 7: 'attrition_risk' must be at most 1.*got 71"):
        wrong.action_decide_strategy()
    for policy in (False, "{", policy_to_json(StrategyPolicy())):
        with pytest.raises(UserError, match=r"system parameter relationship_strategy\.policy: '"):
            partner({"id": 7}, policy=policy).action_decide_strategy()


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"foo": 1}, "no fact 'foo'"),
        ("{bad", "'relationship_facts' must be a JSON object"),
        ([1], "'relationship_facts' must be a JSON object"),
        (True, "'relationship_facts' must be a JSON object"),
        ({"status": "active"}, "'relationship_facts' must leave out 'status'"),
        ({"barred": None}, "'relationship_facts' must leave out 'barred'"),
        ({"customer": 8}, "'relationship_facts' must leave out 'customer'"),
        ({"significance": "benchmark"}, "'significance' must be a set of"),
    ],
)
def test_facts_that_are_none_are_said_and_change_nothing(partner, facts, told):
    wrong = partner({"id": 7, "relationship_status": "active", "relationship_facts": facts})
    with pytest.raises(UserError, match=f"Partner 7: {told}"):
        wrong.action_decide_strategy()
    assert wrong.strategy is False


def test_the_manifest_is_a_literal_that_names_us_and_its_files():
    manifest = ast.literal_eval((ADDON / "__manifest__.py").read_text(encoding="utf-8"))
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    # Without the package `packaging` Odoo takes a bare name only.
    assert manifest["external_dependencies"] == {"python": [project["name"]]}
    assert re.fullmatch(r"18\.0\.\d+\.\d+\.\d+", manifest["version"])
    assert manifest["license"]
    assert all((ADDON / name).is_file() for name in manifest["data"])


def test_the_view_shows_fields_that_there_are(partner):
    kind = type(partner({"id": 1}))
    (record,) = ET.parse(ADDON / "views" / "res_partner_views.xml").getroot()  # noqa: S314
    assert record.get("model") == "ir.ui.view"
    shown = [field.get("name") for field in record.findall(".//group/field")]
    assert shown
    assert all(isinstance(getattr(kind, name), Field) for name in shown)
    assert callable(getattr(kind, record.find(".//button").get("name")))
