"""The table of seven strategies, written a second time from its text: conditions in words.

"High" means at or above a threshold; "above" and "at most" are different tests. Nothing here
imports the policy. Every fact is known.
"""

from __future__ import annotations

from itertools import product

LIMITS = {
    "target_profit": 10.0,
    "retained_value_high": 200.0,
    "residual_value_high": 100.0,
    "attrition_risk_high": 0.5,
    "competitor_pull_high": 0.6,
    "cost_ratio_high": 0.3,
    "headroom_hurdle": 5.0,
    "acquisition_hurdle": 0.0,
    "winback_hurdle": 0.0,
}
"""A target above zero, so that there are customers between zero and it."""

AXES = {
    "status": ("prospect", "active", "lost"),
    "significant": (False, True),
    "current_profit": (-0.01, 0.0, 9.99, 10.0),
    "avoidable_profit": (-0.01, 0.0),
    "residual_value": (0.0, 0.01, 100.0),
    "retained_value": (199.99, 200.0),
    "risk": ((0.49, 0.59, False), (0.5, 0.0, False), (0.0, 0.6, False), (0.0, 0.0, True)),
    "cost_to_serve_ratio": (0.29, 0.3),
    "cost_reducible": (False, True),
    "headroom": (0.0, 5.0, 5.01),
    "gain": (0.0, 0.01),
    "ended_by_us": (False, True),
    "need_gone": (False, True),
    "barred": (False, True),
}
"""Every combination that the table speaks of, each value at the edge of its band."""

OUTCOMES = {
    "R0": "hold",
    "R1": "start",
    "R2": "do_not_pursue",
    "R3": "win_back",
    "R4": "let_go",
    "R5": "protect",
    "R6": "reengineer",
    "R7": "end",
    "R8": "enhance",
    "R9": "harvest",
    "R10": "maintain",
    "R11": "review",
}


def combinations():
    """All of them, as facts."""
    for values in product(*AXES.values()):
        facts = dict(zip(AXES, values, strict=True))
        risk, pull, falling = facts.pop("risk")
        gain = facts.pop("gain")
        yield facts | {
            "attrition_risk": risk,
            "competitor_pull": pull,
            "wallet_share_falling": falling,
            "acquisition_gain": gain,
            "winback_gain": gain,
        }


def rule_for(facts, limits=LIMITS):
    """The rule of the table for one customer of whom everything is known."""
    if facts["barred"]:
        return "R0"
    if facts["status"] == "prospect":
        worth_it = facts["acquisition_gain"] > limits["acquisition_hurdle"]
        return "R1" if worth_it or facts["significant"] else "R2"
    if facts["status"] == "lost":
        worth_it = facts["winback_gain"] > limits["winback_hurdle"]
        closed = facts["ended_by_us"] or facts["need_gone"]
        return "R3" if not closed and (worth_it or facts["significant"]) else "R4"
    assert facts["status"] == "active"

    important = facts["significant"] or facts["retained_value"] >= limits["retained_value_high"]
    may_leave = (
        facts["attrition_risk"] >= limits["attrition_risk_high"]
        or facts["competitor_pull"] >= limits["competitor_pull_high"]
        or facts["wallet_share_falling"]
    )
    if important and may_leave:
        return "R5"

    short = facts["current_profit"] < limits["target_profit"]
    costly = facts["cost_to_serve_ratio"] >= limits["cost_ratio_high"]
    if short and costly and facts["cost_reducible"]:
        return "R6"

    loses = facts["avoidable_profit"] < 0
    hopeless = facts["residual_value"] <= 0 and facts["headroom"] <= 0
    if loses and hopeless and not facts["significant"]:
        return "R7"

    bright = facts["residual_value"] >= limits["residual_value_high"]
    if facts["headroom"] > limits["headroom_hurdle"] or (short and bright and not costly):
        return "R8"
    if not facts["significant"] and not bright and facts["current_profit"] >= 0:
        return "R9"
    return "R11" if short else "R10"
