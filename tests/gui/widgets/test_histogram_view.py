"""The histogram: cuts follow the mouse, the axis holds still, the counts lie where they belong."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QColor
from pytestqt.qtbot import QtBot

from cirrus_core.frames.stats import Histogram, frame_stats
from cirrus_gui.theme import colours
from cirrus_gui.widgets.histogram_view import HistogramView

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def frame() -> np.ndarray:
    rng = np.random.default_rng(1)
    return np.clip(rng.normal(7000, 120, (128, 160)), 0, 16383).astype(np.uint16)


@pytest.fixture
def view(qtbot: QtBot, frame: np.ndarray) -> HistogramView:
    widget = HistogramView()
    qtbot.addWidget(widget)
    widget.resize(260, 124)
    widget.show()
    widget.set_histogram(frame_stats(frame).histogram)
    widget.set_cuts(6800.0, 7300.0, np.linspace(0, 1, 32))
    return widget


def drag(qtbot: QtBot, view: HistogramView, from_adu: float, to_adu: float) -> None:
    y = view.height() // 2
    start, end = QPoint(round(view.x_of(from_adu)), y), QPoint(round(view.x_of(to_adu)), y)
    qtbot.mousePress(view, LEFT, pos=start)
    for part in (0.3, 0.7, 1.0):
        qtbot.mouseMove(view, start + (end - start) * part)
    qtbot.mouseRelease(view, LEFT, pos=end)


def test_dragging_a_cut_moves_it_and_only_it(qtbot: QtBot, view: HistogramView) -> None:
    seen: list[tuple[float, float]] = []
    view.cuts_dragged.connect(lambda low, high: seen.append((low, high)))
    px = view.adu_at(11) - view.adu_at(10)
    drag(qtbot, view, 6800.0, 6900.0)
    assert len(seen) >= 3
    assert view.cuts == pytest.approx((6900.0, 7300.0), abs=px)
    drag(qtbot, view, 7300.0, 7100.0)
    assert view.cuts == pytest.approx((6900.0, 7100.0), abs=2 * px)


def test_a_cut_stops_before_the_other(qtbot: QtBot, view: HistogramView) -> None:
    drag(qtbot, view, 6800.0, 7400.0)
    low, high = view.cuts
    assert low < high == 7300.0


def test_the_axis_holds_still_during_a_drag(qtbot: QtBot, view: HistogramView) -> None:
    before = view.x_of(7000.0)
    qtbot.mousePress(view, LEFT, pos=QPoint(round(view.x_of(7300.0)), 40))
    qtbot.mouseMove(view, QPoint(view.width() - 2, 40))
    view.set_cuts(*view.cuts, None)
    assert view.x_of(7000.0) == before
    qtbot.mouseRelease(view, LEFT, pos=QPoint(view.width() - 2, 40))


def test_a_click_away_from_the_cuts_changes_nothing(qtbot: QtBot, view: HistogramView) -> None:
    drag(qtbot, view, 7050.0, 7150.0)
    assert view.cuts == (6800.0, 7300.0)


def test_the_tallest_column_is_the_commonest_value(view: HistogramView) -> None:
    """Found in the picture itself: the highest grey pixel lies at the mode of the frame."""
    view.set_cuts(6800.0, 7300.0, None)
    view.set_histogram(Histogram(np.array([1, 2, 50, 3, 1]), np.linspace(6790.0, 7310.0, 6)))
    image = view.grab().toImage()
    ratio, grey = image.width() / view.width(), QColor(colours("dark").disabled).green()
    row = [image.pixelColor(x, int(7 * ratio)).green() for x in range(image.width())]
    # The display may have 16 bits only.
    columns = [x for x, green in enumerate(row) if abs(green - grey) <= 8]
    middle = view.adu_at(float(np.median(columns)) / ratio)
    assert middle == pytest.approx(6790 + 2.5 * 104, abs=8)


@pytest.mark.parametrize("data", [np.full((8, 8), 5, np.int16), np.full((8, 8), np.nan, np.float32)])
def test_constant_and_blank_frames_are_drawn(qtbot: QtBot, view: HistogramView, data: np.ndarray) -> None:
    view.set_histogram(frame_stats(data).histogram)
    view.set_cuts(5.0, 5.0, np.linspace(0, 1, 8))
    assert not view.grab().isNull()
    view.set_histogram(None)
    assert not view.grab().isNull()
