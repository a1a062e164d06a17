"""Actions: every decision stands for something to do, and no two of them contradict."""

from __future__ import annotations

from itertools import product

import attrs
import pytest

from relmkt.domain import Abstention, Approach, Bond, Channel, Purpose, Strategy
from relmkt.policies import ACTIONS, actions, actions_for, translated
from relmkt.policies.actions import _DECLARED

OUTCOMES = (*Strategy, *Abstention)
TOGETHER = list(product(OUTCOMES, (*Approach, *Abstention, None), (*Bond, *Abstention, None)))


def named(**decided):
    return [action.key for action in actions_for(**decided)]


def test_every_strategy_abstention_approach_and_bond_stands_for_an_action():
    assert {action.owner for action in ACTIONS.values()} == {*OUTCOMES, *Approach, *Bond}


def test_every_action_has_a_key_of_its_own_a_text_and_a_source():
    assert len(ACTIONS) == len(_DECLARED)
    texts = [action.text for action in ACTIONS.values()]
    assert len(set(texts)) == len(texts)
    for key, action in ACTIONS.items():
        assert action.key == key
        assert key.startswith(f"{action.owner}.")
        assert key.isascii()
        assert not set(key) & set("; ,")
        assert action.text.endswith((".", "?"))
        assert action.source
        assert len(set(action.channels)) == len(action.channels)
        assert set(action.channels) <= set(Channel)


def test_every_combination_is_answered_each_action_once_the_strategy_first():
    for strategy, approach, bond in TOGETHER:
        found = actions_for(strategy=strategy, approach=approach, bond=bond)
        keys = [action.key for action in found]
        assert keys
        assert len(set(keys)) == len(keys)
        held = Abstention.HOLD in (strategy, approach, bond)
        assert found[0].owner == (Abstention.HOLD if held else strategy)
        for action in found:
            ways = ACTIONS[action.key].channels
            assert set(action.channels) <= set(ways)
            assert bool(action.channels) == bool(ways)  # none is left without a way to do it


def test_who_is_barred_gets_no_marketing_whatever_else_was_decided():
    for strategy, approach, bond in TOGETHER:
        if Abstention.HOLD in (strategy, approach, bond):
            found = actions_for(strategy=strategy, approach=approach, bond=bond)
            assert all(action.purpose is Purpose.SERVICE for action in found)
            assert not any(action.channels for action in found)


@pytest.mark.parametrize(
    "strategy",
    [
        Strategy.END,
        Strategy.HARVEST,
        Strategy.REENGINEER,
        Abstention.LET_GO,
        Abstention.DO_NOT_PURSUE,
        Abstention.REVIEW,
        Abstention.UNDECIDED,
    ],
)
def test_who_is_not_invested_in_gets_no_marketing(strategy):
    for approach, bond in product(Approach, Bond):
        found = actions_for(strategy=strategy, approach=approach, bond=bond)
        assert all(action.purpose is Purpose.SERVICE for action in found)


def test_who_is_harvested_is_not_called_and_who_is_reengineered_costs_little():
    unasked = {Channel.PHONE, Channel.VISIT, Channel.POST}
    for strategy in (Strategy.HARVEST, Strategy.REENGINEER):
        for approach, bond in product(Approach, Bond):
            for action in actions_for(strategy=strategy, approach=approach, bond=bond):
                assert not set(action.channels) & unasked


def test_a_dear_way_is_not_left_to_one_who_is_reengineered(monkeypatch):
    """No action that is left has one today; one that is given one loses it."""
    cut_cost = attrs.evolve(
        ACTIONS["reengineer.cut_cost"], channels=(Channel.PHONE, Channel.SMS, Channel.VISIT)
    )
    monkeypatch.setattr(actions, "ACTIONS", {**ACTIONS, cut_cost.key: cut_cost})
    found = {action.key: action for action in actions_for(strategy=Strategy.REENGINEER)}
    assert found[cut_cost.key].channels == (Channel.SMS,)


def test_an_end_is_approved_by_a_person_before_anything_else():
    assert named(strategy=Strategy.END, approach=Approach.BASIC, bond=Bond.SOCIAL) == [
        "end.approve",
        "end.notify",
    ]


def test_who_left_is_asked_why_before_it_is_offered_anything():
    assert named(strategy=Strategy.WIN_BACK)[:2] == ["win_back.ask_why", "win_back.offer_return"]


def test_a_prospect_is_sold_to_first():
    found = named(strategy=Strategy.START, approach=Approach.PARTNERSHIP, bond=Bond.FINANCIAL)
    assert found == ["start.invite", "basic.sell", "financial.coupon"]


def test_who_is_invested_in_gets_all_that_was_decided():
    for strategy in (Strategy.PROTECT, Strategy.ENHANCE, Abstention.MAINTAIN):
        for approach, bond in product(Approach, Bond):
            found = actions_for(strategy=strategy, approach=approach, bond=bond)
            assert found == tuple(
                action for action in ACTIONS.values() if action.owner in (strategy, approach, bond)
            )


def test_a_coupon_is_financial_and_a_special_status_is_social():
    assert ACTIONS["financial.coupon"].owner is Bond.FINANCIAL
    assert ACTIONS["social.status"].owner is Bond.SOCIAL


def test_an_action_is_told_in_other_words_where_there_are_any():
    action = ACTIONS["hold.serve_only"]
    assert translated(action, {"hold.serve_only": "anders"}) == "anders"
    assert translated(action, {"basic.sell": "anders"}) == action.text
