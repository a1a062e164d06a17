"""Customers and the strategy that fits each of them.

The doctype Customer needs these custom fields: ``custom_status`` (Select), ``custom_facts`` (JSON),
and, read-only, ``custom_strategy``, ``custom_strategy_rule``, ``custom_strategy_reason`` and
``custom_strategy_version``. An empty Float is stored as 0 and an empty Check as no, and neither
says that nobody knows; so the facts stand in the JSON, which leaves out what is unknown.
"""

import json
from functools import lru_cache
from pathlib import Path

import frappe

from relmkt import CustomerFacts, Portfolio, StrategyPolicy
from relmkt.errors import InvalidValueError, RelmktError
from relmkt.policy_json import policy_from_json
from relmkt.records import schema

BATCH = 5_000


@lru_cache(maxsize=8)
def table_of(text):
    """The table of a policy; the same text gives the same table in every worker."""
    return policy_from_json(text, StrategyPolicy).table()


def on_validate(doc, method=None):
    """Decide on a customer who is being saved."""
    try:
        decision = _table().decide(_record(doc))
    except RelmktError as error:
        frappe.throw(f"{doc.name}: {error}")
    doc.update(_fields(decision))


def decide_all():
    """Decide on every customer, in batches; one who cannot be read is logged, and left as is."""
    rows = frappe.get_all("Customer", fields=["name", "custom_status", "custom_facts"])
    table = _table()
    for start in range(0, len(rows), BATCH):
        records = []
        for row in rows[start : start + BATCH]:
            try:
                records.append(_record(row))
            except RelmktError as error:
                frappe.log_error(title=f"Relationship strategy of {row.name}", message=str(error))
        for record, decision in zip(records, table.decide(Portfolio.of(records)), strict=True):
            frappe.db.set_value(
                "Customer", record.customer, _fields(decision), update_modified=False
            )


def _table():
    """The table of the policy in the folder of the site."""
    path = Path(frappe.get_site_path("strategy_policy.json"))
    try:
        return table_of(path.read_text(encoding="utf-8"))
    except (OSError, RelmktError) as error:
        frappe.throw(f"{path}: {error}")


def _record(doc):
    """What is known of a customer; whatever is empty is unknown."""
    own = {"customer": doc.name, "status": doc.custom_status or None}
    known = _facts(doc.custom_facts or {})
    for name in own:
        if name in known:
            raise InvalidValueError(
                "custom_facts", f"leave out '{name}'", known[name], remedy="it has its own field"
            )
    return schema(CustomerFacts).record({**known, **own})


def _facts(held):
    """The facts that the JSON field holds, which people may have typed."""
    try:
        known = json.loads(held) if isinstance(held, str) else held
    except (ValueError, RecursionError) as error:
        raise InvalidValueError("custom_facts", "be JSON", held, remedy=str(error)) from error
    if not isinstance(known, dict):
        raise InvalidValueError("custom_facts", "be a JSON object", known)
    return known


def _fields(decision):
    return {
        "custom_strategy": decision.outcome.value,
        "custom_strategy_rule": decision.rule,
        "custom_strategy_reason": decision.reason,
        "custom_strategy_version": decision.version,
    }
