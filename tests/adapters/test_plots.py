"""The picture of a plan: a file of the right size, with something on it, and the same each time."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import attrs
import pytest
from matplotlib import image

import relmkt
from relmkt.adapters.plots import plot_pyramid, plot_strategies, plot_whale_curve
from relmkt.assumptions import Assumptions
from relmkt.columns import Portfolio
from relmkt.errors import InvalidValueError
from relmkt.segments import concentration_of, customer_pyramid
from tests.market import DAY, MODELS, log_of

MARKET = [
    {DAY - timedelta(days=40 * at): 10.0 + at, DAY - timedelta(days=at): 9.0} for at in range(1, 9)
]


@pytest.fixture(scope="module")
def plan():
    return relmkt.plan(
        log_of(MARKET),
        as_of=DAY,
        models=MODELS,
        assumptions=Assumptions(currency="EUR", cost_per_order=2.0),
        facts=Portfolio(customer=["P"], status=["prospect"]),
    )


def text_in(path):
    return path.read_text(encoding="utf-8")


def test_the_picture_is_a_png_of_the_stated_size_and_not_blank(plan, tmp_path):
    path = tmp_path / "plan.png"
    plot_strategies(plan, path)
    assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    pixels = image.imread(path)
    height, width = pixels.shape[:2]
    # 9.5 inches wide at 150 dots an inch; a line for each strategy, and room for the titles.
    assert width == 1425
    assert height == pytest.approx(150 * (0.42 * len(plan.strategies()) + 1.7), abs=2)
    colors = pixels[..., :3].reshape(-1, 3)
    assert (colors == 1.0).all(axis=1).mean() > 0.5  # paper
    blue = abs(colors - [0.0, 0x72 / 255, 0xB2 / 255]).max(axis=1) < 0.01
    assert blue.mean() > 0.01  # bars


DRAWN = {
    "strategies": plot_strategies,
    "pyramid": lambda plan, path: plot_pyramid(plan.pyramid, path),
    "whale": lambda _, path: plot_whale_curve(concentration_of([3, 2, -1]), path),
}


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
@pytest.mark.parametrize("name", DRAWN)
def test_the_same_things_draw_the_same_file(plan, tmp_path, name, suffix):
    for which in ("one", "two"):
        DRAWN[name](plan, tmp_path / f"{which}.{suffix}")
    one, two = ((tmp_path / f"{which}.{suffix}").read_bytes() for which in ("one", "two"))
    assert one == two


@pytest.mark.parametrize("suffix", ["svg", "pdf"])
def test_other_formats_are_told_by_the_suffix(plan, tmp_path, suffix):
    path = tmp_path / f"plan.{suffix}"
    plot_strategies(plan, str(path))
    assert path.read_bytes()[:5] in (b"<?xml", b"%PDF-")


@pytest.fixture
def words(plan, tmp_path, monkeypatch):
    """The texts of the picture, kept as texts by the SVG backend."""
    import matplotlib as mpl

    def of(shown, draw=plot_strategies, **options):
        with mpl.rc_context({"svg.fonttype": "none"}):
            draw(shown, tmp_path / "words.svg", **options)
        return text_in(tmp_path / "words.svg")

    return of


def test_titles_say_what_is_shown_and_labels_how_much(plan, words):
    told = words(plan)
    assert f"Strategies for {len(plan):,} customers, {DAY}" in told
    assert ">Customers<" in told
    assert "Value ahead, over 3 years (EUR)" in told
    assert "Blue: the seven strategies. Gray: no strategy was chosen." in told
    for line in plan.strategies():
        assert f">{line.outcome.replace('_', ' ')}<" in told
        assert f">{line.customers:,}<" in told


def test_what_prospects_are_worth_is_not_drawn_as_nothing(plan, words):
    start = next(line for line in plan.strategies() if line.outcome == "start")
    assert start.value is None
    assert "not known" in words(plan)


def test_a_title_of_ones_own(plan, words):
    assert "CDNOW sample" in words(plan, title="CDNOW sample")


def test_without_a_currency_none_is_drawn(plan, words):
    assert "Value ahead, over 3 years<" in words(attrs.evolve(plan, currency=None))


def test_a_pyramid_names_the_tiers_that_there_are_with_customers_and_revenue(words):
    report = customer_pyramid([5_000, *range(1, 100), 0], bought_before=[1] * 101)
    told = words(report, plot_pyramid, currency="EUR")
    assert "The customer pyramid: 101 customers by tier" in told
    assert "Revenue in the period (EUR)" in told
    assert [tier for tier in ("top", "small", "inactive", "suspect") if f">{tier}<" in told] == [
        "top",
        "small",
        "inactive",
    ]
    for number in ("1", "5,000"):
        assert f">{number}<" in told


def test_a_pyramid_of_nobody_is_refused(tmp_path):
    with pytest.raises(InvalidValueError, match="'report' must hold at least one customer"):
        plot_pyramid(customer_pyramid([]), tmp_path / "none.svg")
    assert not (tmp_path / "none.svg").exists()


def test_a_whale_curve_says_what_the_best_bring(words):
    whale = concentration_of([110, 30, 0, -40], amount="profit")
    told = words(whale, plot_whale_curve)
    assert "Of 4 customers the best 50% bring 140% of the profit" in told
    assert "Share of all profit (%)" in told
    assert ">140%<" in told
    assert "Whale" in words(whale, plot_whale_curve, title="Whale")


def test_a_whale_curve_of_a_loss_is_refused(tmp_path):
    with pytest.raises(InvalidValueError, match="total above 0, got -1"):
        plot_whale_curve(concentration_of([1, -2]), tmp_path / "none.svg")


def test_drawing_starts_no_window_and_leaves_the_settings_alone(tmp_path):
    """A host may have its own backend: ours must neither choose one nor load pyplot."""
    script = (
        "import sys, relmkt\n"
        "from datetime import date\n"
        "from relmkt.datasets import cdnow_orders\n"
        "from relmkt.adapters.plots import plot_strategies\n"
        "plan = relmkt.plan(cdnow_orders(), as_of=date(1998, 6, 30))\n"
        f"plot_strategies(plan, {str(tmp_path / 'x.png')!r})\n"
        "print('matplotlib.pyplot' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"
    assert Path(tmp_path / "x.png").exists()
