"""The two matrices: a table written out by hand, on records and on columns."""

from __future__ import annotations

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relmkt.columns import Portfolio
from relmkt.domain import Abstention, CustomerFacts, FutureCell, PresentCell, Strategy
from relmkt.errors import InvalidValueError
from relmkt.segments import LINKED_STRATEGIES, MatrixPolicy, future_matrix, present_matrix
from relmkt.testing import laws
from relmkt.thresholds import thresholds

POLICY = MatrixPolicy(
    target_contribution=10, cost_ratio_high=0.25, target_profit=5, residual_value_high=40
)
PRESENT = {
    (True, False): PresentCell.MOST_PROFITABLE,
    (False, False): PresentCell.PROFITABLE_CHEAP,
    (True, True): PresentCell.PROFITABLE_COSTLY,
    (False, True): PresentCell.LEAST_PROFITABLE,
}
FUTURE = {
    (True, True): FutureCell.BEST,
    (False, True): FutureCell.INVEST,
    (True, False): FutureCell.RETAIN,
    (False, False): FutureCell.WORST,
}

near_the_cuts = st.none() | st.sampled_from([-3.0, 0.0, 4.99, 5.0, 9.5, 10.0, 39.9, 40.0, 90.0])
ratios = st.none() | st.sampled_from([0.0, 0.2499, 0.25, 3.0])
records = st.lists(
    st.builds(
        lambda contribution, ratio, profit, value: CustomerFacts(
            customer="C",
            current_contribution=contribution,
            cost_to_serve_ratio=ratio,
            current_profit=profit,
            residual_value=value,
        ),
        near_the_cuts,
        ratios,
        near_the_cuts,
        near_the_cuts,
    ),
    max_size=20,
)


def cell(cells, first, first_cut, second, second_cut):
    if first is None or second is None:
        return None
    return cells[first >= first_cut, second >= second_cut]


@given(records)
def test_both_matrices_decide_as_the_tables_on_paper_on_records_and_on_columns(facts):
    portfolio = Portfolio.of(facts)
    present, future = present_matrix(POLICY), future_matrix(POLICY)
    on_paper = [
        cell(PRESENT, one.current_contribution, 10, one.cost_to_serve_ratio, 0.25) for one in facts
    ]
    assert [present.decide(one).outcome for one in facts] == on_paper
    assert present.decide(portfolio).labels() == on_paper
    on_paper = [cell(FUTURE, one.current_profit, 5, one.residual_value, 40) for one in facts]
    assert [future.decide(one).outcome for one in facts] == on_paper
    assert future.decide(portfolio).labels() == on_paper


def test_an_absent_fact_leaves_the_cells_that_it_could_still_be():
    decision = present_matrix(POLICY).decide(CustomerFacts(customer="C", current_contribution=50))
    assert decision.possible == (PresentCell.MOST_PROFITABLE, PresentCell.PROFITABLE_COSTLY)
    assert decision.missing == ("cost_to_serve_ratio",)


def test_the_reason_tells_what_to_do_and_the_numbers():
    facts = CustomerFacts(customer="C", current_profit=-5, residual_value=12)
    assert future_matrix(POLICY).decide(facts).reason == (
        "re-engineer first, end last: current profit -5 < 5, residual value 12 < 40"
    )


@given(
    st.lists(st.integers(0, 400).map(lambda share: share / 100), min_size=1),
    st.lists(st.integers(-500, 5000).map(float), min_size=1),
)
def test_calibrating_takes_medians_of_what_is_known_and_never_means(known_ratios, known_values):
    rows = max(len(known_ratios), len(known_values)) + 1  # so that each has an absent one
    portfolio = Portfolio(
        customer=list(range(rows)),
        cost_to_serve_ratio=[*known_ratios, *[None] * (rows - len(known_ratios))],
        residual_value=[*known_values, *[None] * (rows - len(known_values))],
    )
    calibrated = MatrixPolicy().calibrate(portfolio)
    assert calibrated.cost_ratio_high == pytest.approx(statistics.median(known_ratios))
    assert calibrated.residual_value_high == pytest.approx(statistics.median(known_values))
    assert (calibrated.target_contribution, calibrated.target_profit) == (0, 0)


def test_a_matrix_needs_plain_numbers_for_its_own_cut_points_only():
    with pytest.raises(InvalidValueError, match=r"'cost_ratio_high'.*calibrate\(portfolio\) first"):
        present_matrix(MatrixPolicy(residual_value_high=40))
    with pytest.raises(InvalidValueError, match="'residual_value_high'"):
        future_matrix(MatrixPolicy(cost_ratio_high=0.25))
    assert present_matrix(MatrixPolicy(cost_ratio_high=0.25)).constants == {
        "target_contribution": 0.0,
        "cost_ratio_high": 0.25,
    }


def test_other_cut_points_make_another_version():
    other = MatrixPolicy(cost_ratio_high=0.3, residual_value_high=40)
    assert present_matrix(POLICY).version != present_matrix(other).version


def test_every_cell_leads_somewhere():
    assert set(LINKED_STRATEGIES) == {*PresentCell, *FutureCell}
    assert LINKED_STRATEGIES[FutureCell.RETAIN] == (Strategy.HARVEST,)
    assert LINKED_STRATEGIES[PresentCell.MOST_PROFITABLE][0] is Abstention.MAINTAIN
    for cells in (PresentCell.LEAST_PROFITABLE, FutureCell.WORST):
        assert LINKED_STRATEGIES[cells] == (Strategy.REENGINEER, Strategy.END)


def test_every_cut_point_says_its_unit_meaning_and_source():
    for declared in thresholds(MatrixPolicy):
        assert declared.unit
        assert declared.meaning
        assert declared.source


def test_the_policy_of_both_breaks_no_law():
    laws.check_policy(MatrixPolicy, tables=[present_matrix, future_matrix], max_examples=30)
