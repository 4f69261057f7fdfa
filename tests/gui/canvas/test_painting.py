"""Painting with a real mouse in the real window, down to the pixels and the files."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QAbstractSpinBox, QApplication
from pytestqt.qtbot import QtBot
from window_helpers import SHAPE, Hand

from cirrus_core.masks.labels import CLEAR, CLOUD
from cirrus_core.masks.store import read_mask
from cirrus_gui.main_window import MainWindow
from cirrus_gui.state.workspace import Workspace


def capsule(p0: tuple[float, float], p1: tuple[float, float], radius: float) -> NDArray[np.bool_]:
    """Pixels whose centre is within `radius` of a segment, by its definition."""
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]].astype(float)
    (r0, c0), (r1, c1) = p0, p1
    length2 = (r1 - r0) ** 2 + (c1 - c0) ** 2
    t = 0.0 if length2 == 0 else np.clip(((rows - r0) * (r1 - r0) + (cols - c0) * (c1 - c0)) / length2, 0, 1)
    return (rows - r0 - t * (r1 - r0)) ** 2 + (cols - c0 - t * (c1 - c0)) ** 2 <= radius**2


def labels(work: Workspace) -> NDArray[np.uint8]:
    assert work.editor.document is not None
    return work.editor.document.labels


def test_a_drag_paints_exactly_the_capsules_between_the_mouse_positions(
    window: MainWindow, work: Workspace, hand: Hand
) -> None:
    work.editor.brush.set_radius(4.3)
    places = [(20.0, 15.0), (33.0, 42.0), (15.0, 60.0)]
    hit = [hand.place(*place) for place in places]
    hand.drag(*places)
    expected = capsule(hit[0], hit[1], 4.3) | capsule(hit[1], hit[2], 4.3)
    np.testing.assert_array_equal(labels(work) == CLOUD, expected)


def test_every_pane_takes_the_brush(window: MainWindow, work: Workspace) -> None:
    for pane in ("frame", "probability"):
        Hand(window.canvas, pane).drag((30.0, 40.0), (30.0, 41.0))
    assert labels(work)[30, 40] == CLOUD


def test_the_right_button_and_shift_erase(window: MainWindow, work: Workspace, hand: Hand) -> None:
    work.editor.brush.set_radius(3.0, erase=True)
    work.editor.fill(CLOUD, action="All cloud")
    hit = hand.place(30, 40)
    hand.drag((30, 40), button=Qt.MouseButton.RightButton)
    np.testing.assert_array_equal(labels(work) == CLEAR, capsule(hit, hit, 3.0))
    hand.drag((10, 10), keys=Qt.KeyboardModifier.ShiftModifier)
    assert labels(work)[10, 10] == CLEAR


def test_undo_and_redo_by_key(window: MainWindow, work: Workspace, hand: Hand) -> None:
    hand.drag((20, 20), (25, 40))
    painted = labels(work).copy()
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not labels(work).any()
    QTest.keyClick(window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    np.testing.assert_array_equal(labels(work), painted)


def test_escape_takes_the_stroke_back_and_the_rest_of_the_drag_draws_nothing(
    window: MainWindow, work: Workspace, hand: Hand
) -> None:
    hand.drag((10, 10), (10, 20))
    before = labels(work).copy()
    hand.press(30, 30)
    hand.move(40, 50)
    assert labels(work)[30, 30] == CLOUD
    QTest.keyClick(window, Qt.Key.Key_Escape)
    np.testing.assert_array_equal(labels(work), before)
    hand.move(50, 60)
    hand.release(50, 60)
    np.testing.assert_array_equal(labels(work), before)
    assert window.isVisible()


def test_a_stroke_is_one_step_and_saves_itself_as_the_frames_own_mask(
    window: MainWindow, work: Workspace, hand: Hand, qtbot: QtBot
) -> None:
    hand.drag((20, 20), (25, 40), (40, 40))
    document, path = work.editor.document, work.editor.mask_path
    assert document is not None and path is not None and document.history.position == 1
    qtbot.waitUntil(lambda: work.editor.save_state == "saved", timeout=3000)
    stored = read_mask(path)
    np.testing.assert_array_equal(stored.labels, document.labels)
    assert stored.provenance is not None
    assert (stored.provenance.source, stored.provenance.frame_sum) == ("manual", document.frame_sum)
    assert work.session.current_state == "in progress"


def test_nothing_is_saved_while_a_stroke_is_drawn(
    window: MainWindow, work: Workspace, hand: Hand, qtbot: QtBot
) -> None:
    hand.press(20, 20)
    hand.move(30, 30)
    qtbot.wait(900)
    path = work.editor.mask_path
    assert path is not None and not path.exists()
    hand.release(30, 30)
    qtbot.waitUntil(path.exists, timeout=3000)


@pytest.mark.parametrize(("keys", "erase"), [("B", False), ("E", True)])
def test_size_keys_act_on_the_tool_in_the_hand(
    window: MainWindow, work: Workspace, keys: str, erase: bool
) -> None:
    brush = work.editor.brush
    QTest.keyClick(window, keys)
    other = brush.radius_px(not erase)
    brush.set_radius(10.0)
    QTest.keyClick(window, Qt.Key.Key_BracketRight)
    assert brush.radius_px(erase) == pytest.approx(12.0)
    QTest.keyClick(window, Qt.Key.Key_Comma)
    assert brush.radius_px(erase) == pytest.approx(10.0)
    assert brush.radius_px(not erase) == other


def test_alt_wheel_sizes_the_brush_though_qt_turns_it_sideways(
    window: MainWindow, work: Workspace, hand: Hand
) -> None:
    work.editor.brush.set_radius(10.0)
    hand.wheel(30, 40, QPoint(120, 0), Qt.KeyboardModifier.AltModifier)
    assert work.editor.brush.radius_px() == pytest.approx(12.0)
    hand.wheel(30, 40, QPoint(0, -120), Qt.KeyboardModifier.ShiftModifier)
    assert work.editor.brush.radius_px() == pytest.approx(10.0)


def test_a_held_tool_key_gives_the_tool_back_and_a_tap_keeps_it(
    window: MainWindow, work: Workspace, qtbot: QtBot
) -> None:
    QTest.keyPress(window, Qt.Key.Key_E)
    assert work.editor.brush.tool == "eraser"
    qtbot.wait(400)
    QTest.keyRelease(window, Qt.Key.Key_E)
    assert work.editor.brush.tool == "brush"
    QTest.keyClick(window, Qt.Key.Key_E)
    assert work.editor.brush.tool == "eraser"


def test_x_swaps_cloud_and_clear(window: MainWindow, work: Workspace, hand: Hand) -> None:
    work.editor.fill(CLOUD, action="All cloud")
    QTest.keyClick(window, Qt.Key.Key_X)
    hand.drag((30, 40))
    assert labels(work)[30, 40] == CLEAR


def test_a_double_click_fits_and_leaves_no_dot(window: MainWindow, work: Workspace, hand: Hand) -> None:
    window.canvas.camera.zoom_at(30, 40, 3.0)
    viewport, at = hand.pane.viewport(), hand.point(30, 40).toPoint()
    left = Qt.MouseButton.LeftButton
    QTest.mouseClick(viewport, left, Qt.KeyboardModifier.NoModifier, at)
    assert labels(work).any()
    QTest.mouseDClick(viewport, left, Qt.KeyboardModifier.NoModifier, at)
    QTest.mouseRelease(viewport, left, Qt.KeyboardModifier.NoModifier, at)
    assert window.canvas.camera.fitted
    assert not labels(work).any()
    assert work.editor.document is not None and not work.editor.document.can_redo
    assert work.editor.save_state == "none", "a mask that is not on disk is not called saved"


def test_a_stroke_begun_right_after_a_dot_is_painted(window: MainWindow, work: Workspace, hand: Hand) -> None:
    window.canvas.camera.zoom_at(30, 40, 3.0)
    viewport, at = hand.pane.viewport(), hand.point(30, 40).toPoint()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, at)
    dot = np.count_nonzero(labels(work))
    assert viewport is not None
    where = QPointF(at), QPointF(viewport.mapToGlobal(at))
    left, no_keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(
        viewport, QMouseEvent(QEvent.Type.MouseButtonDblClick, *where, left, left, no_keys)
    )
    hand._button = left
    hand.move(30, 50)
    hand.release(30, 50)
    assert not window.canvas.camera.fitted
    assert labels(work)[30, 45] == CLOUD and np.count_nonzero(labels(work)) > dot
    assert work.editor.document is not None and work.editor.document.history.position == 2


def test_space_drag_and_middle_drag_pan_and_paint_nothing(
    window: MainWindow, work: Workspace, hand: Hand
) -> None:
    camera = window.canvas.camera
    camera.zoom_at(30, 40, 3.0)
    for button in (Qt.MouseButton.MiddleButton, Qt.MouseButton.LeftButton):
        if button == Qt.MouseButton.LeftButton:
            hand.pane.setFocus()
            QTest.keyPress(hand.pane, Qt.Key.Key_Space)
        start, end = hand.point(30, 40), hand.point(34, 44)
        gripped = hand.place(30, 40)
        hand.drag((30, 40), (34, 44), button=button)
        moved = camera.transform().map(start) - start
        assert camera.to_frame(end.toPoint().toPointF()) == pytest.approx(gripped, abs=1e-6), moved
    QTest.keyRelease(hand.pane, Qt.Key.Key_Space)
    assert not labels(work).any()


def test_the_wheel_zooms_and_the_pixel_under_the_pointer_stays(window: MainWindow, hand: Hand) -> None:
    before = hand.point(20, 50)
    hand.wheel(20, 50, QPoint(0, 120))
    after = hand.point(20, 50)
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()))
    assert not window.canvas.camera.fitted


def test_typing_in_a_field_is_not_taken_by_the_keys(window: MainWindow, work: Workspace) -> None:
    field = window.side.findChild(QAbstractSpinBox)
    assert field is not None
    field.setFocus()
    tool, frame = work.editor.brush.tool, work.session.current
    for key in (Qt.Key.Key_E, Qt.Key.Key_D, Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_PageDown):
        QTest.keyClick(field, key)
    assert (work.editor.brush.tool, work.session.current) == (tool, frame)


@pytest.mark.parametrize("how", ["enter", "mouse", "escape"])
def test_the_keys_are_the_tools_again_after_typing(
    window: MainWindow, work: Workspace, hand: Hand, qtbot: QtBot, how: str
) -> None:
    field = window.side.findChild(QAbstractSpinBox)
    assert field is not None
    field.setFocus()
    if how == "enter":
        QTest.keyClick(field, Qt.Key.Key_Return)
    elif how == "mouse":
        hand.move(30, 40)
    else:
        QTest.keyClick(field, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: not field.hasFocus(), timeout=2000)
    QTest.keyClick(window, Qt.Key.Key_E)
    assert work.editor.brush.tool == "eraser"


def test_leaving_a_frame_saves_it_and_coming_back_shows_it(
    window: MainWindow, work: Workspace, hand: Hand, qtbot: QtBot
) -> None:
    hand.drag((20, 20), (25, 40))
    painted, path = labels(work).copy(), work.editor.mask_path
    QTest.keyClick(window, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: work.session.current == 1, timeout=3000)
    assert path is not None
    np.testing.assert_array_equal(read_mask(path).labels, painted)
    qtbot.waitUntil(lambda: work.editor.document is not None, timeout=3000)
    assert not labels(work).any()
    QTest.keyClick(window, Qt.Key.Key_A)
    qtbot.waitUntil(lambda: work.session.current == 0 and work.editor.document is not None, timeout=3000)
    np.testing.assert_array_equal(labels(work), painted)


def test_a_drag_whose_release_went_elsewhere_ends_where_it_was_seen(work: Workspace, hand: Hand) -> None:
    hand.press(20, 20)
    hand.move(20, 40)
    hand._button = Qt.MouseButton.NoButton
    hand.move(50, 70)
    assert not work.editor.stroking and work.editor.document is not None
    painted = labels(work).copy()
    assert painted[20, 40] == CLOUD and painted[50, 70] == CLEAR
    hand.drag((50, 20), (50, 30))
    assert labels(work)[50, 30] == CLOUD and work.editor.document.history.position == 2
