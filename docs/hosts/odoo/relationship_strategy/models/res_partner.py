"""Partners and the strategy that fits each of them."""

from functools import lru_cache

from odoo import api, fields, models
from odoo.exceptions import UserError

from relmkt import CustomerFacts, StrategyPolicy
from relmkt.domain import Abstention, Status, Strategy
from relmkt.errors import InvalidValueError, RelmktError
from relmkt.policy_json import policy_from_json
from relmkt.records import schema

POLICY = "relationship_strategy.policy"
KNOWN = {"yes": True, "no": False}


def _choices(words):
    return [(word.value, word.value.replace("_", " ").capitalize()) for word in words]


@lru_cache(maxsize=8)
def table_of(text):
    """The table of a policy; the same text gives the same table in every worker and thread."""
    return policy_from_json(text, StrategyPolicy).table()


class ResPartner(models.Model):
    """What is known of a partner, and what was decided.

    An empty Float is read as 0.0 and an empty Boolean as False, and neither says that nobody
    knows. So the numbers stand in a Json field, which leaves out what is unknown, and a yes or no
    that may be open is a Selection.
    """

    _inherit = "res.partner"

    relationship_status = fields.Selection(_choices(Status))
    relationship_barred = fields.Selection([("yes", "Yes"), ("no", "No")])
    relationship_facts = fields.Json()

    strategy = fields.Selection(_choices((*Strategy, *Abstention)), readonly=True, index=True)
    strategy_rule = fields.Char(readonly=True)
    strategy_reason = fields.Text(readonly=True)
    strategy_version = fields.Char(readonly=True, index=True)

    def action_decide_strategy(self):
        """Decide on these partners, and keep outcome, rule, reason and version."""
        table = self._strategy_table()
        for partner in self:
            try:
                decision = table.decide(partner._strategy_record())
            except RelmktError as error:
                raise UserError(f"{partner.display_name}: {error}") from error
            partner.write(
                {
                    "strategy": decision.outcome.value,
                    "strategy_rule": decision.rule,
                    "strategy_reason": decision.reason,
                    "strategy_version": decision.version,
                }
            )
        return True

    def _strategy_record(self):
        """What is known of one partner; whatever is empty is unknown."""
        self.ensure_one()
        own = {
            "customer": self.id,
            "status": self.relationship_status or None,
            "barred": KNOWN.get(self.relationship_barred),
        }
        known = self.relationship_facts or {}
        if not isinstance(known, dict):
            raise InvalidValueError("relationship_facts", "be a JSON object", known)
        for name in own:
            if name in known:
                rule, remedy = f"leave out '{name}'", "it has its own field"
                raise InvalidValueError("relationship_facts", rule, known[name], remedy=remedy)
        return schema(CustomerFacts).record({**known, **own})

    @api.model
    def _strategy_table(self):
        text = self.env["ir.config_parameter"].sudo().get_param(POLICY)
        try:
            return table_of(text or "")
        except RelmktError as error:
            raise UserError(f"system parameter {POLICY}: {error}") from error
