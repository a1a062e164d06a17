"""Record types: each field is declared once, with its kind, unit, bounds and meaning, as data."""

from relmkt.records._fields import (
    CustomerId,
    MemberSet,
    day,
    flag,
    identity,
    instant,
    member,
    members,
    number,
    text,
)
from relmkt.records._schema import Constraint, Handles, Schema, handles, in_order, record, schema

__all__ = [
    "Constraint",
    "CustomerId",
    "Handles",
    "MemberSet",
    "Schema",
    "day",
    "flag",
    "handles",
    "identity",
    "in_order",
    "instant",
    "member",
    "members",
    "number",
    "record",
    "schema",
    "text",
]
