"""The tables of phase and sanctions, written a second time from their text.

Nothing here imports the policies. Every fact that is asked is known, but for those that may be
None: whether a term is lawful, and what a term is about.
"""

from __future__ import annotations

PHASE_LIMITS = {
    "market_young": 12.0,
    "sales_small": 100.0,
    "growth_least": 0.1,
    "decline_least": 0.05,
    "flat_within": 0.15,
    "margin_high": 0.15,
    "margin_floor": 0.05,
    "margin_falls": 0.005,
    "spread_narrows": 0.005,
}

PHASE_AXES = {
    "market_age": (11.9, 12.0),
    "months": (11, 12),
    "recent_sales": (100.0, 100.1),
    "interval": (
        *((-0.2, -0.05, -0.01), (-0.2, -0.05, 0.0), (-0.2, -0.04, -0.01)),
        *((-0.14, 0.0, 0.14), (-0.15, 0.0, 0.14), (-0.14, 0.0, 0.15)),
        *((0.01, 0.1, 0.4), (0.0, 0.1, 0.14), (0.0, 0.1, 0.4), (0.01, 0.09, 0.14)),
    ),
    "dealer_margin": (0.04, 0.05, 0.14, 0.15),
    "margin_change": (-0.006, -0.005),
    "spread_change": (-0.006, -0.005),
}


def phase_for(facts, limits=PHASE_LIMITS):
    """The phase: the trend decides, margin and spread confirm."""
    new = facts["market_age"] < limits["market_young"] and facts["months"] < limits["market_young"]
    if new and facts["recent_sales"] <= limits["sales_small"]:
        return "introduction"
    low, trend, high = facts["interval"]
    if trend >= limits["growth_least"] and low > 0:
        way = "up"
    elif trend <= -limits["decline_least"] and high < 0:
        way = "down"
    elif max(-low, high) < limits["flat_within"]:
        way = "level"
    else:
        way = "?"
    margin = facts["dealer_margin"]
    transparent = (
        -facts["margin_change"] > limits["margin_falls"]
        and -facts["spread_change"] > limits["spread_narrows"]
    )
    confirmed = {
        "up": margin >= limits["margin_high"],
        "down": margin < limits["margin_floor"],
        "level": transparent,
        "?": False,
    }
    names = {"up": "growth", "down": "decline", "level": "maturity"}
    return names[way] if confirmed[way] else "undetermined"


SANCTION_AXES = {
    "is_consumer": (False, True),
    "conduct": ("meets_goals", "misses_goal", "breach"),
    "times": (1, 2, 5),
    "is_major": (False, True),
    "relation_months": (11.9, 12.0),
    "term_kind": (None, "counterfeit", "resale_price", "passive_sales"),
    "written": (False, True),
    "lawful": (None, False, True),
    "same_for_all": (False, True),
    "appealable": (False, True),
    "has_evidence": (False, True),
    "notified": (False, True),
    "heard": (False, True),
    "upheld": (False, True),
}

SANCTION_WORDS = {"warn", "hold_rebate", "end_supply", "withdraw_privilege"}


def possible(facts):
    """A record of these facts can be made."""
    return facts["has_evidence"] or not facts["upheld"]


def response_for(facts, repeated=2, new=12):
    """What follows, by the ladders and the steps of a hearing."""
    if facts["term_kind"] in ("resale_price", "passive_sales"):
        return "legal_review"
    again, settled_in = facts["times"] >= repeated, facts["relation_months"] >= new
    if facts["conduct"] == "meets_goals":
        if facts["is_major"]:
            return "reward" if facts["is_consumer"] else "partner"
        return "reward" if again else "recognize"
    if facts["conduct"] == "misses_goal":
        if facts["is_consumer"]:
            return "serve"
        if not settled_in:
            return "help"
        return "reclass" if facts["is_major"] else "resize" if again else "help"
    steps = {
        "mend_rule": facts["written"] and facts["same_for_all"] and facts["appealable"],
        "legal_review": facts["lawful"],
        "gather_evidence": facts["has_evidence"],
        "notify": facts["notified"],
        "hear": facts["heard"],
        "close": facts["upheld"],
    }
    for step, taken in steps.items():
        if not taken:
            return step
    if facts["is_consumer"]:
        return "withdraw_privilege"
    if facts["is_major"]:
        return "end_supply"
    return "hold_rebate" if again and settled_in else "warn"
