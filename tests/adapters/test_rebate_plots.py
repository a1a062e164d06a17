"""The picture of a schedule names what is in it: cliffs, zones, and nothing that is not there."""

from __future__ import annotations

import re
import sys

import pytest
from matplotlib import image

from relmkt.adapters.rebate_plots import plot_schedule
from relmkt.channel.rebate_schedules import RebateSchedule
from relmkt.errors import InvalidValueError, MissingExtraError

BRACKETS = [(100, 2), (500, 3)]


def schedule(kind="whole_volume", **more):
    return RebateSchedule(
        brackets=more.pop("brackets", BRACKETS), kind=kind, currency="EUR", **more
    )


def words(path):
    """The texts of an SVG: Matplotlib notes each in a comment before it draws the letters."""
    return re.findall(r"<!-- (.*?) -->", path.read_text(encoding="utf-8"))


def test_cliffs_and_zones_are_named_with_their_figures(tmp_path):
    plot_schedule(schedule(), tmp_path / "x.svg", unit_margin=-10)
    told = words(tmp_path / "x.svg")
    assert {"cliff at 100", "+200.00 EUR", "cliff at 500", "+500.00 EUR"} <= set(told)
    assert {"80 to 100", "437.5 to 500", "perverse zone"} <= set(told)
    assert "A rebate that is paid on the whole volume" in told
    assert any("each unit loses 10 EUR" in text for text in told)


def test_a_marginal_schedule_has_none_to_name(tmp_path):
    plot_schedule(schedule("marginal"), tmp_path / "x.svg", unit_margin=-10, title="Steps")
    told = " ".join(words(tmp_path / "x.svg"))
    assert "cliff" not in told
    assert "zone" not in told
    assert "Steps" in told


def test_the_target_is_a_cliff_and_what_lies_beyond_the_picture_is_not_drawn(tmp_path):
    plot_schedule(schedule("marginal", from_target=True), tmp_path / "x.svg", target=300, upto=400)
    assert "cliff at 300" in words(tmp_path / "x.svg")
    plot_schedule(schedule(), tmp_path / "y.svg", unit_margin=-10, upto=200)
    told = words(tmp_path / "y.svg")
    assert "cliff at 100" in told
    assert "cliff at 500" not in told
    assert "437.5 to 500" not in told


def test_the_same_schedule_draws_the_same_picture_with_something_on_it(tmp_path):
    amount = schedule(basis="amount", brackets=[(0, 0)])
    for name in ("one.png", "two.png"):
        plot_schedule(amount, tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()
    plot_schedule(schedule(), tmp_path / "x.png", unit_margin=-10)
    colors = image.imread(tmp_path / "x.png")[..., :3].reshape(-1, 3)
    orange = abs(colors - [0xF9 / 255, 0xE3 / 255, 0xB8 / 255]).max(axis=1) < 0.03
    assert 0.02 < orange.mean() < 0.3


def test_without_matplotlib_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'relmkt\[plot\]'"):
        plot_schedule(schedule(), tmp_path / "x.png")


def test_a_picture_of_nothing_is_refused(tmp_path):
    with pytest.raises(InvalidValueError, match="'upto' must be above 0"):
        plot_schedule(schedule(), tmp_path / "x.png", upto=-1)
