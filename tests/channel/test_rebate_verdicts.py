"""Verdicts on rebates: what agreements tell of the procedure, and what is said beside."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from relmkt.channel import Distributors, Fairness, RebateFairness, rebate_fairness
from relmkt.channel.contract_years import ContractYear
from relmkt.channel.rebate_balances import PointVolume, RebateBalance
from relmkt.domain import Agreement, FairnessVerdict, RebateBasis
from relmkt.errors import InvalidRowsError

DAY = date(2026, 3, 31)
START, END = date(2025, 1, 1), date(2026, 1, 1)
DEALERS = Distributors(
    dealer=["A", "B", "C", "D"], dealer_class=["city", "city", "village", None], market=["N"] * 4
)


def balance(
    dealer: str,
    earned: float,
    sold: float,
    *,
    schedule: str = "plan",
    published: date | None = START,
    brand: str | None = None,
    start: date = START,
    end: date = END,
    number: str | None = None,
    basis: RebateBasis = RebateBasis.QUANTITY,
) -> RebateBalance:
    money = Decimal(str(earned))
    none = Decimal(0)
    return RebateBalance(
        agreement=Agreement(
            dealer=dealer,
            agreement=number,
            brand=brand,
            starts=date(2020, 1, 1),
            schedule=schedule,
            published=published,
        ),
        year=ContractYear(start, end),
        schedule=schedule,
        currency="EUR",
        basis=basis,
        sales=1,
        points=(PointVolume(point=None, volume=Decimal(str(sold)), entitled=money),),
        entitled=money,
        cut=none,
        accrued=money,
        clawed_back=none,
        unrecovered=none,
        paid=none,
        due=money,
        pending=none,
    )


EVEN = [balance("A", 20, 10), balance("B", 40, 20), balance("C", 5, 10), balance("D", 9, 9)]
RIGHT = Fairness(
    dealer_class=["village", "city"],
    consistent=[True, True],
    explained=[True, True],
    appealable=[True, True],
)


def judged(balances: list[RebateBalance], procedures: Fairness | None = None) -> RebateFairness:
    return rebate_fairness(balances, DEALERS, as_of=DAY, procedures=procedures)


def words(found: RebateFairness) -> dict[str, str]:
    return {figures.dealer_class: str(decided.outcome) for figures, decided, _ in found.judged()}


def test_a_right_procedure_and_an_even_result_are_fair():
    found = judged(EVEN, RIGHT)
    assert words(found) == {"city": "fair", "village": "fair"}
    assert found.contradicted == ()
    assert found.unnamed is not None
    assert (found.unnamed.dealers, found.unnamed.counted) == (1, 1)
    assert len(found.decisions) == len(found.faults) == 2


def test_nothing_stands_for_a_procedure_that_nobody_knows_of():
    found = judged(EVEN)
    assert words(found) == {"city": "undetermined", "village": "undetermined"}
    assert [one.held for one in found.faults] == [(), ()]


def test_different_schedules_in_a_class_beat_what_is_said_and_the_contradiction_is_told():
    shown = RIGHT.replace(consistent_shown=[True, True], consistent_evidence=["audit", "audit"])
    found = judged([balance("A", 20, 10, schedule="special"), *EVEN[1:]], shown)
    assert words(found) == {"city": "unfair", "village": "fair"}
    assert found.contradicted == (
        "city: said to be consistent; by the agreements it is not consistent",
    )
    facts = found.decisions.rows[0]
    assert (facts.consistent, facts.consistent_shown, facts.consistent_evidence) == (
        False,
        None,
        None,
    )
    assert found.decisions.rows[1].consistent_evidence == "audit"


def test_different_schedules_for_different_brands_are_no_contradiction():
    lumen = balance("A", 20, 10, brand="Lumen", schedule="lumen")
    aster = balance("B", 40, 20, brand="Aster", schedule="aster")
    assert judged([lumen, aster]).report.classes[0].same_rule is True
    both = [lumen, balance("B", 40, 20, brand="Lumen", schedule="other"), aster]
    assert judged(both).report.classes[0].same_rule is False


def test_two_schedules_of_one_dealer_for_one_brand_are_two():
    one = balance("A", 20, 10, number="1")
    other = balance("A", 20, 10, number="2", schedule="other")
    both = judged([one, other, balance("B", 1, 1)])
    assert both.report.classes[0].same_rule is False
    assert both.report.classes[0].amount == 41


@pytest.mark.parametrize(
    ("days", "published"),
    [
        ([START, START], True),
        ([date(2024, 12, 1), date(2025, 1, 2)], False),
        ([START, None], None),
        ([date(2025, 1, 2), None], False),
    ],
)
def test_rules_are_published_before_they_hold(days, published):
    first, second = (
        balance(name, 1, 1, published=day) for name, day in zip("AB", days, strict=True)
    )
    assert judged([first, second]).decisions.rows[0].published is published


def test_what_is_said_of_publication_counts_where_agreements_do_not_tell():
    said = RIGHT.replace(published=[True, True])
    unsaid = [balance("A", 2, 1, published=None), balance("B", 2, 1)]
    assert words(judged(unsaid, said))["city"] == "fair"
    denied = RIGHT.replace(published=[None, False])
    assert judged(EVEN, denied).contradicted == (
        "city: said to be not published; by the agreements it is published",
    )


def test_only_years_that_were_over_lately_count_and_of_each_agreement_the_latest():
    old = balance("A", 999, 1, start=date(2023, 1, 1), end=date(2024, 1, 1))
    before = balance("A", 50, 10, start=date(2024, 4, 2), end=date(2025, 4, 2))
    latest = balance("A", 20, 10, start=date(2025, 4, 2), end=date(2026, 4, 1))
    running = balance("B", 7, 7, start=date(2025, 4, 3), end=date(2026, 4, 2))
    for order in ([old, before, latest, running], [running, latest, before, old]):
        (city, *_) = judged(order).report
        assert (city.counted, city.unknown, city.highest) == (1, 1, ("A", 2))


def test_the_indexes_of_a_file_change_nothing():
    stated = RIGHT.replace(gini=[0.9, 0.9], jain=[0.1, 0.1], max_min_ratio=[9.0, 9.0])
    assert words(judged(EVEN, stated)) == {"city": "fair", "village": "fair"}


def test_who_gets_nothing_is_counted_rather_than_divided_by():
    found = judged([balance("A", 20, 10), balance("B", 0, 10)], RIGHT)
    city, decided, _ = found.judged()[0]
    assert city.result == "Gini 0.500, Jain 0.500, 1 with nothing, up to 2 (A)"
    assert decided.reason.endswith("1 of 2 dealers got nothing")


def test_more_goods_came_back_than_were_sold():
    found = judged([balance("A", 0, -3), balance("B", 1, 1)])
    assert found.report.classes[0].without_effort == 1


def test_procedures_of_no_class_and_twice_are_refused():
    wrong = Fairness(dealer_class=["city", "citty", "city"])
    with pytest.raises(InvalidRowsError) as error:
        judged(EVEN, wrong)
    assert error.value.rows == (1, 2)
    assert error.value.what == "the procedures"
    assert "no dealer is of the class 'citty'; the classes are 'city', 'village'" in str(
        error.value
    )
    assert "the class 'city' stands there twice" in str(error.value)


def test_without_any_class_there_are_figures_and_no_verdict():
    alone = Distributors(dealer=["A"])
    found = rebate_fairness([balance("A", 1, 1)], alone, as_of=DAY)
    assert found.judged() == []
    assert found.unnamed is not None
    with pytest.raises(InvalidRowsError, match="the classes are none"):
        rebate_fairness([], alone, as_of=DAY, procedures=RIGHT)


def test_a_unit_is_not_compared_with_a_unit_of_money():
    dealers = Distributors(dealer=["A", "B", "C", "D"], dealer_class=["city", "city", "town", None])
    found = rebate_fairness(
        [
            balance("A", 200, 100, brand="Lumen"),
            balance("B", 200, 4000, brand="Nova", schedule="money", basis=RebateBasis.AMOUNT),
            balance("C", 90, 30),
            balance("D", 20, 10, brand="Lumen"),
            balance("D", 20, 400, brand="Nova", schedule="money", basis=RebateBasis.AMOUNT),
        ],
        dealers,
        as_of=date(2025, 12, 31),
        procedures=Fairness(
            dealer_class=["city"],
            published=[True],
            consistent=[True],
            explained=[True],
            appealable=[True],
        ),
    )
    assert found.mixed == ("city", None)
    city, town, unnamed = found.report
    assert (city.counted, town.counted, unnamed.counted) == (0, 1, 0)
    assert found.decisions[0].outcome is FairnessVerdict.UNDETERMINED
    assert "gini" in found.decisions[0].missing


def test_a_class_of_one_basis_is_compared_within_itself():
    dealers = Distributors(dealer=["A", "B"], dealer_class=["city", "town"])
    found = rebate_fairness(
        [balance("A", 200, 100), balance("B", 200, 4000, basis=RebateBasis.AMOUNT)],
        dealers,
        as_of=date(2025, 12, 31),
    )
    assert found.mixed == ()
    assert [one.lowest for one in found.report] == [("A", 2.0), ("B", 0.05)]
