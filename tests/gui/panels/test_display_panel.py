"""Display panel: what is dragged, typed and chosen reaches the picture, and nothing but the picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from panel_helpers import frame_data, open_night
from PyQt6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from cirrus_core.frames.stretch import StretchParams, find_cuts, stretch
from cirrus_gui.panels.display import COLOUR_MAPS, DisplayPanel, stretch_curve
from cirrus_gui.state.frame_loader import FrameLoader
from cirrus_gui.state.session import Session
from cirrus_gui.state.view_state import ViewState
from cirrus_gui.theme import colour_table, colours
from cirrus_gui.widgets.number_field import NumberField

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(
    qtbot: QtBot, session: Session, view_state: ViewState, frame_loader: FrameLoader, night_folder: Path
) -> DisplayPanel:
    panel = DisplayPanel(view_state, frame_loader)
    qtbot.addWidget(panel)
    panel.resize(280, 600)
    panel.show()
    open_night(qtbot, session, night_folder)
    qtbot.waitUntil(lambda: frame_loader.loaded is not None, timeout=5000)
    return panel


def typed(qtbot: QtBot, field: NumberField, text: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_cuts_of_the_frame_are_shown_in_adu(panel: DisplayPanel) -> None:
    low, high = find_cuts(frame_data(0), StretchParams())
    assert panel.low.value() == pytest.approx(low, abs=0.5)
    assert panel.high.value() == pytest.approx(high, abs=0.5)
    assert panel.histogram.cuts == (low, high)


def test_dragging_a_cut_changes_the_picture(
    qtbot: QtBot, panel: DisplayPanel, view_state: ViewState, frame_loader: FrameLoader
) -> None:
    view = panel.histogram
    start = QPoint(round(view.x_of(view.cuts[1])), 40)
    end = QPoint(round(view.x_of(7100.0)), 40)
    with qtbot.waitSignal(frame_loader.frame_ready, timeout=5000):
        qtbot.mousePress(view, LEFT, pos=start)
        qtbot.mouseMove(view, end)
        qtbot.mouseRelease(view, LEFT, pos=end)
    assert view_state.stretch.cuts == "manual"
    assert view_state.stretch.high == pytest.approx(7100.0, abs=5.0)
    assert panel.cuts.currentText() == "by hand"
    qtbot.waitUntil(
        lambda: frame_loader.loaded is not None and frame_loader.loaded.params == view_state.stretch
    )
    loaded = frame_loader.loaded
    assert loaded is not None
    expected = stretch(frame_data(0), view_state.stretch, (view_state.stretch.low, view_state.stretch.high))
    assert np.array_equal(loaded.image, expected)


def test_typed_cuts_and_percentiles(qtbot: QtBot, panel: DisplayPanel, view_state: ViewState) -> None:
    typed(qtbot, panel.low, "6700")
    assert (view_state.stretch.cuts, view_state.stretch.low) == ("manual", 6700.0)
    typed(qtbot, panel.low, "9000")
    assert view_state.stretch.low == panel.low.value() == 6700.0  # black stays below white
    typed(qtbot, panel.high_percent, "90")
    # Percentiles can be typed only while they are the cuts.
    assert view_state.stretch.cuts == "manual"
    panel.cuts.activated.emit(0)
    typed(qtbot, panel.high_percent, "90")
    assert (view_state.stretch.cuts, view_state.stretch.high_percentile) == ("percentile", 90.0)
    typed(qtbot, panel.low_percent, "95")
    assert view_state.stretch.low_percentile == 0.5
    assert panel.low_percent.value() == 0.5


def test_by_hand_starts_from_what_is_seen(panel: DisplayPanel, view_state: ViewState) -> None:
    seen = panel.histogram.cuts
    panel.cuts.activated.emit(3)
    assert (view_state.stretch.low, view_state.stretch.high) == seen


def test_softening_belongs_to_asinh(panel: DisplayPanel, view_state: ViewState) -> None:
    assert panel.softening.isEnabled()
    panel.kind.activated.emit(1)
    assert view_state.stretch.kind == "linear"
    assert not panel.softening.isEnabled()


def test_auto_lock_and_reset(qtbot: QtBot, panel: DisplayPanel, view_state: ViewState) -> None:
    qtbot.mouseClick(panel.lock, LEFT)
    assert view_state.stretch.scope == "night" and panel.lock.isChecked()
    qtbot.mouseClick(panel.auto, LEFT)
    assert view_state.stretch == StretchParams() and not panel.lock.isChecked()
    view_state.set_stretch(StretchParams(kind="log", cuts="zscale"))
    assert panel.kind.currentText() == "log" and panel.cuts.currentText() == "zscale"
    qtbot.mouseClick(panel.reset, LEFT)
    assert view_state.stretch == StretchParams()


def test_overlay_controls(qtbot: QtBot, panel: DisplayPanel, view_state: ViewState) -> None:
    qtbot.mouseClick(panel.style_row.button("outline"), LEFT)
    assert view_state.overlay_style == "outline" and not panel.opacity.isEnabled()
    view_state.set_overlay_visible(False)
    assert panel.style_row.value == "hidden"
    view_state.set_overlay_style("fill")
    panel.opacity.edited.emit(0.7)
    assert view_state.overlay_opacity == 0.7
    qtbot.mouseClick(panel.prediction, LEFT, pos=QPoint(8, panel.prediction.height() // 2))
    assert not view_state.prediction_outline


def test_at_least_one_pane_stays(qtbot: QtBot, panel: DisplayPanel, view_state: ViewState) -> None:
    for name in ("frame", "probability", "mask"):
        qtbot.mouseClick(panel.panes[name], LEFT)  # type: ignore[index]
    assert view_state.panes == ("mask",)
    assert [n for n, b in panel.panes.items() if b.isChecked()] == ["mask"]


@pytest.mark.parametrize("kind", ["asinh", "linear", "sqrt", "log"])
def test_the_curve_runs_from_black_to_white(kind: str) -> None:
    curve = stretch_curve(StretchParams.model_validate({"kind": kind}))
    assert (curve[0], curve[-1]) == (0.0, 1.0)
    assert (np.diff(curve) >= 0).all()
    if kind == "sqrt":
        assert curve[len(curve) // 4] == pytest.approx(0.5, abs=0.01)


def test_colours_of_the_frame(qtbot: QtBot, panel: DisplayPanel, view_state: ViewState) -> None:
    panel.colour_map.setFocus()
    qtbot.keyClick(panel.colour_map, Qt.Key.Key_Down)
    assert view_state.colour_map == COLOUR_MAPS[1] == panel.colour_map.currentText()
    view_state.set_colour_map("grey")
    assert panel.colour_map.currentText() == "grey"


@pytest.mark.parametrize("name", COLOUR_MAPS)
def test_colour_maps_brighten_all_the_way(name: str) -> None:
    luma = colour_table(name, colours("dark")) @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.maximum.accumulate(luma) - luma < 1.0).all() and luma[-1] > luma[0] + 150


def test_a_frame_with_a_wider_range_leaves_the_cuts_to_their_rule(
    qtbot: QtBot, session: Session, view_state: ViewState, frame_loader: FrameLoader, tmp_path: Path
) -> None:
    # Fewer decimals are shown for it; rounding the cuts shown before is no edit by the user.
    folder = tmp_path / "scaled"
    folder.mkdir()
    ramp = np.linspace(0.0, 1.0, 48 * 64, dtype=np.float32).reshape(48, 64)
    for name, spread in (("a", 0.0081234), ("b", 0.0512345)):
        fits.writeto(folder / f"{name}.fits", np.float32(0.0673123) + np.float32(spread) * ramp)
    panel = DisplayPanel(view_state, frame_loader)
    qtbot.addWidget(panel)
    open_night(qtbot, session, folder)
    qtbot.waitUntil(lambda: panel.high.value() == pytest.approx(0.0754, abs=1e-3), timeout=5000)
    session.go_to(1)
    qtbot.waitUntil(lambda: panel.high.value() == pytest.approx(0.118, abs=1e-3), timeout=5000)
    assert view_state.stretch == StretchParams()
