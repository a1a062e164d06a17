"""Customers with what is known of them, and the decisions that were made."""

from django.db import models

from relmkt.domain import Abstention, Status, Strategy


def _choices(words):
    return [(word.value, word.value.replace("_", " ")) for word in words]


class Customer(models.Model):
    """A customer; null means that nobody knows, and never no or nothing."""

    code = models.CharField(max_length=40, unique=True)
    status = models.CharField(max_length=10, null=True, blank=True, choices=_choices(Status))
    barred = models.BooleanField(null=True)
    current_profit = models.FloatField(null=True)
    avoidable_profit = models.FloatField(null=True)
    cost_to_serve_ratio = models.FloatField(null=True)
    cost_reducible = models.BooleanField(null=True)
    retained_value = models.FloatField(null=True)
    residual_value = models.FloatField(null=True)
    attrition_risk = models.FloatField(null=True)
    headroom = models.FloatField(null=True)


class Decision(models.Model):
    """What was decided, with all that it takes to understand it, and to make it again."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="decisions")
    outcome = models.CharField(max_length=20, choices=_choices((*Strategy, *Abstention)))
    rule = models.CharField(max_length=20, null=True)
    reason = models.TextField()
    version = models.CharField(max_length=12, db_index=True)
    facts = models.JSONField()
    as_of = models.DateField()

    class Meta:
        """One decision for each customer, day and policy: to decide twice changes nothing."""

        constraints = [
            models.UniqueConstraint(fields=["customer", "as_of", "version"], name="decided_once")
        ]
