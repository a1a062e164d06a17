"""Deciding on customers: one of them, or all in batches."""

from functools import lru_cache

from relationships.models import Customer, Decision
from relmkt import CustomerFacts, Portfolio, StrategyPolicy
from relmkt.policy_json import policy_from_json

FACTS = tuple(field.name for field in Customer._meta.fields if field.name not in ("id", "code"))


@lru_cache(maxsize=8)
def table_of(text):
    """The table of a policy; the same text gives the same table in every process and thread."""
    return policy_from_json(text, StrategyPolicy).table()


def facts_of(customer):
    """What is known of a customer."""
    return CustomerFacts(
        customer=customer.code, **{name: getattr(customer, name) for name in FACTS}
    )


def decide(customer, *, policy, as_of):
    """Decide on one customer, and keep the decision."""
    decision = table_of(policy).decide(facts_of(customer))
    kept, _ = Decision.objects.update_or_create(
        customer=customer,
        as_of=as_of,
        version=decision.version,
        defaults=_told(customer, decision),
    )
    return kept


def decide_all(*, policy, as_of, batch=5_000):
    """Decide on every customer, a batch at a time, and give how many there were."""
    table = table_of(policy)
    count, customers = 0, []
    for customer in Customer.objects.order_by("pk").iterator(chunk_size=batch):
        customers.append(customer)
        if len(customers) == batch:
            count += _decide_batch(customers, table, as_of)
            customers = []
    return count + _decide_batch(customers, table, as_of)


def _decide_batch(customers, table, as_of):
    decisions = table.decide(Portfolio.of([facts_of(customer) for customer in customers]))
    Decision.objects.bulk_create(
        [
            Decision(
                customer=customer,
                as_of=as_of,
                version=table.version,
                **_told(customer, decision),
            )
            for customer, decision in zip(customers, decisions, strict=True)
        ],
        update_conflicts=True,
        unique_fields=["customer", "as_of", "version"],
        update_fields=["outcome", "rule", "reason", "facts"],
    )
    return len(customers)


def _told(customer, decision):
    return {
        "outcome": decision.outcome.value,
        "rule": decision.rule,
        "reason": decision.reason,
        "facts": {name: value for name in FACTS if (value := getattr(customer, name)) is not None},
    }
