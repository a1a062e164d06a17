"""The tables of approach, closeness and bond, written a second time from their text.

Nothing here imports the policies. Every fact is known, but for where a customer stands today and
what is known of closeness, which may be None.
"""

from __future__ import annotations

APPROACHES = ("basic", "reactive", "accountable", "proactive", "partnership")
BONDS = ("financial", "social", "customization", "structural")

APPROACH_LIMITS = {
    "customers_many": 0.3,
    "customers_few": 0.1,
    "margin_high": 2.0,
    "margin_low": 0.5,
    "closeness_hurdle": 10.0,
    "days_before_step": 30.0,
}

APPROACH_AXES = {
    "barred": (False, True),
    "has_bought": (False, True),
    "segment_share": (0.09, 0.1, 0.29, 0.3),
    "segment_margin_index": (0.5, 0.51, 2.0, 2.01),
    "large_account": (False, True),
    "approach_now": (None, *APPROACHES),
    "days_at_approach": (None, 29.0, 30.0),
    "wants_closeness": (None, False, True),
    "closeness_gain": (None, 10.0, 10.01),
}

GRID = {
    ("many", "high"): "accountable",
    ("many", "medium"): "reactive",
    ("many", "low"): "basic",
    ("medium", "high"): "proactive",
    ("medium", "medium"): "accountable",
    ("medium", "low"): "reactive",
    ("few", "high"): "partnership",
    ("few", "medium"): "proactive",
    ("few", "low"): "accountable",
}


def approach_for(facts, limits=APPROACH_LIMITS):
    """The approach, by the grid, closeness, and the path."""
    if facts["barred"]:
        return "hold"
    share, margin = facts["segment_share"], facts["segment_margin_index"]
    size = (
        "many"
        if share >= limits["customers_many"]
        else "medium"
        if share >= limits["customers_few"]
        else "few"
    )
    worth = (
        "low"
        if margin <= limits["margin_low"]
        else "medium"
        if margin <= limits["margin_high"]
        else "high"
    )
    goal = APPROACHES.index(GRID[size, worth])
    if not facts["large_account"]:
        goal = min(goal, 3)
    gain = facts["closeness_gain"]
    apart = facts["wants_closeness"] is False or (
        gain is not None and gain <= limits["closeness_hurdle"]
    )
    if apart:
        goal = min(goal, 1)
    if not facts["has_bought"]:
        goal = 0
    if facts["approach_now"] is None:
        return APPROACHES[goal]
    stands = APPROACHES.index(facts["approach_now"])
    if goal <= stands:
        return APPROACHES[goal]
    days = facts["days_at_approach"]
    waits = apart or (days is not None and days < limits["days_before_step"])
    return APPROACHES[stands if waits else stands + 1]


CLOSENESS = {
    (True, True): "program",
    (True, False): "community",
    (False, True): "respect",
    (False, False): "transactional",
}

BOND_AXES = {
    "barred": (False, True),
    "has_bought": (False, True),
    "repeats": (False, True),
    "bond_now": (None, *BONDS),
    "identified": (False, True),
    "consented": (False, True),
    "profile_completeness": (0.59, 0.6),
    "uses_bond_benefits": (False, True),
    "tie_adds_value": (False, True),
    "next_bond_gain": (4.0, 5.0, 5.01),
    "next_bond_cost": (5.0,),
}


def bond_for(facts, enough=0.6):
    """The bond: the next one only for who is ready for it, and only if it gains."""
    if facts["barred"]:
        return "hold"
    now = facts["bond_now"]
    if now is None:
        return "undecided" if facts["has_bought"] else "financial"
    ready = {
        "financial": facts["has_bought"]
        and facts["repeats"]
        and facts["identified"]
        and facts["consented"],
        "social": facts["profile_completeness"] >= enough,
        "customization": facts["uses_bond_benefits"] and facts["tie_adds_value"],
        "structural": False,
    }[now]
    if ready and facts["next_bond_gain"] > facts["next_bond_cost"]:
        return BONDS[BONDS.index(now) + 1]
    return now
