"""The window as a whole: keys, layout, closing, messages, crashes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PyQt6.QtGui import QDropEvent, QKeySequence
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QAbstractButton, QApplication, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot
from window_helpers import Hand

from cirrus_core.jobs.params import SimulateParams, simulate_job
from cirrus_core.masks.store import read_mask
from cirrus_gui.actions import ACTIONS
from cirrus_gui.canvas.pane import MIN_WIDTH_PX
from cirrus_gui.crash import CrashReporter
from cirrus_gui.main_window import MainWindow
from cirrus_gui.state.job_center import JobCenter
from cirrus_gui.state.workspace import Workspace

_CTRL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier


def wait_closed(window: MainWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=5000)


def find_button(box: QMessageBox, text: str) -> QAbstractButton:
    return next(button for button in box.buttons() if text in button.text())


def test_three_panes_have_300_pixels_each_on_a_small_screen(window: MainWindow) -> None:
    assert [pane.width() >= MIN_WIDTH_PX for pane in window.canvas.panes.values()] == [True] * 3


def test_no_key_does_two_things() -> None:
    keys = [QKeySequence(key).toString() for spec in ACTIONS for key in spec.keys]
    assert len(keys) == len(set(keys))
    assert all(keys), "a key that Qt does not know"


def test_walking_by_keys(window: MainWindow, work: Workspace, qtbot: QtBot) -> None:
    for key, frame in (
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_D, 2),
        (Qt.Key.Key_Left, 1),
        (Qt.Key.Key_End, 3),
        (Qt.Key.Key_PageUp, 0),
        (Qt.Key.Key_PageDown, 3),
        (Qt.Key.Key_Home, 0),
    ):
        QTest.keyClick(window, key)
        qtbot.waitUntil(lambda frame=frame: work.session.current == frame, timeout=3000)
        qtbot.waitUntil(lambda: not work.loader.busy, timeout=3000)


def test_ctrl_wheel_scrubs_one_frame_a_notch(
    window: MainWindow, work: Workspace, hand: Hand, qtbot: QtBot
) -> None:
    hand.wheel(30, 40, QPoint(0, -120), _CTRL)
    qtbot.waitUntil(lambda: work.session.current == 1, timeout=3000)
    qtbot.waitUntil(lambda: not work.loader.busy, timeout=3000)
    hand.wheel(30, 40, QPoint(0, 60), _CTRL)
    hand.wheel(30, 40, QPoint(0, 60), _CTRL)
    qtbot.waitUntil(lambda: work.session.current == 0, timeout=3000)


def test_verdicts_by_key(window: MainWindow, work: Workspace, qtbot: QtBot) -> None:
    QTest.keyClick(window, Qt.Key.Key_F, _SHIFT)
    assert work.session.current_state == "flagged"
    QTest.keyClick(window, Qt.Key.Key_B, _SHIFT)
    assert work.session.current_state == "bad"
    QTest.keyClick(window, Qt.Key.Key_G)
    qtbot.waitUntil(lambda: work.session.current_state == "approved", timeout=3000)
    QTest.keyClick(window, Qt.Key.Key_Return, _CTRL)
    qtbot.waitUntil(lambda: work.session.current == 1, timeout=3000)
    qtbot.waitUntil(lambda: work.editor.document is not None, timeout=3000)
    QTest.keyClick(window, Qt.Key.Key_Return, _CTRL)
    qtbot.waitUntil(lambda: work.session.current == 2, timeout=3000)
    assert work.session.states is not None
    assert work.session.states.stems("approved") == ("frame000", "frame001")


def test_view_keys(window: MainWindow, work: Workspace) -> None:
    camera, view = window.canvas.camera, work.view
    QTest.keyClick(window, Qt.Key.Key_Z, _SHIFT)
    assert camera.scale == 1.0
    QTest.keyClick(window, Qt.Key.Key_Z)
    assert camera.fitted
    QTest.keyClick(window, Qt.Key.Key_V)
    assert not view.overlay_visible
    QTest.keyClick(window, Qt.Key.Key_V)
    assert view.overlay_style == "fill"
    QTest.keyClick(window, Qt.Key.Key_O)
    assert view.overlay_style == "outline"
    QTest.keyClick(window, Qt.Key.Key_C, _SHIFT)
    assert view.stretch.scope == "night"
    QTest.keyClick(window, Qt.Key.Key_C)
    assert view.stretch.scope == "frame"


def test_holding_v_peeks_below_the_mask(window: MainWindow, work: Workspace, qtbot: QtBot) -> None:
    QTest.keyPress(window, Qt.Key.Key_V)
    assert not work.view.overlay_visible
    qtbot.wait(400)
    QTest.keyRelease(window, Qt.Key.Key_V)
    assert work.view.overlay_visible


def test_one_key_hides_everything_but_the_panes(window: MainWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_F11)
    assert not (window.header.isVisible() or window.side.isVisible() or window.frames.isVisible())
    assert window.canvas.isVisible()
    QTest.keyClick(window, Qt.Key.Key_F11)
    assert window.header.isVisible() and window.side.isVisible() and window.frames.isVisible()


def test_the_sheet_of_keys_opens(window: MainWindow, qapp: QApplication) -> None:
    QTest.keyClick(window, Qt.Key.Key_F1)
    sheet = next(w for w in qapp.topLevelWidgets() if w.windowTitle() == "Keys and mouse")
    assert sheet.isVisible()
    sheet.close()


def test_dropping_a_folder_opens_it(
    make_window: Callable[[], MainWindow], work: Workspace, night: Path, qtbot: QtBot
) -> None:
    window = make_window()
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(night))])
    event = QDropEvent(
        QPointF(300, 300),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with qtbot.waitSignal(work.session.night_opened, timeout=5000):
        window.dropEvent(event)
    assert window.windowTitle() == "2026-01-23 - CIRRUS"


def test_an_empty_window_lists_recent_nights(
    make_window: Callable[[], MainWindow], work: Workspace, night: Path, qtbot: QtBot
) -> None:
    work.memory.remember_night(night)
    work.memory.remember_night(night.parent / "gone")
    window = make_window()

    def listed() -> list[QPushButton]:
        return [b for b in window.start.findChildren(QPushButton) if "Open " in b.toolTip()]

    qtbot.waitUntil(lambda: bool(listed()), timeout=3000)
    (button,) = listed()
    assert "2026-01-23" in button.text()
    with qtbot.waitSignal(work.session.night_opened, timeout=5000):
        button.click()


def test_messages_come_in_a_strip_and_go(window: MainWindow, work: Workspace) -> None:
    work.notifier.warning("The Moon is up.", "Nothing can be done.")
    assert window.strip.isVisible()
    (close,) = window.strip.findChildren(QPushButton)
    QTest.mouseClick(close, Qt.MouseButton.LeftButton)
    assert not window.strip.isVisible() and work.notifier.history[-1].text == "The Moon is up."
    assert not [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox) and w.isVisible()]


def test_every_control_has_a_name_and_a_tooltip(window: MainWindow) -> None:
    nameless = [
        button
        for button in window.findChildren(QAbstractButton)
        if not (button.accessibleName() or button.text())
        and not button.objectName().startswith("qt_")
        and button.parent() is not None
        and not button.parent().inherits("QTableView")
    ]
    assert nameless == []


def test_closing_saves_first(window: MainWindow, work: Workspace, hand: Hand, qtbot: QtBot) -> None:
    hand.drag((20, 20), (25, 40))
    path = work.editor.mask_path
    window.close()
    wait_closed(window, qtbot)
    assert path is not None and read_mask(path).labels.any()


def test_closing_with_a_mask_that_cannot_be_saved_asks(
    window: MainWindow, work: Workspace, hand: Hand, qtbot: QtBot
) -> None:
    assert work.editor.mask_path is not None
    folder = work.editor.mask_path.parent
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("in the way")
    hand.drag((20, 20), (25, 40))
    window.close()
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)), timeout=3000)
    assert window.isVisible()
    box = window.findChildren(QMessageBox)[0]
    folder.unlink()
    find_button(box, "Try again").click()
    wait_closed(window, qtbot)
    assert read_mask(folder / "frame000.mask.fits.gz").labels.any()


@pytest.mark.parametrize(("answer", "goes_on"), [("Go on", True), ("Cancel the jobs", False)])
def test_closing_asks_about_running_jobs_and_remembers_the_answer(
    window: MainWindow, work: Workspace, tmp_path: Path, qtbot: QtBot, answer: str, goes_on: bool
) -> None:
    params = SimulateParams(out=str(tmp_path / "simulated"), config={"frames": 3000})
    work.jobs.submit(simulate_job(params))
    layout = work.session.project.layout if work.session.project else None
    qtbot.waitUntil(lambda: work.jobs.records()[0].done > 0, timeout=20_000)
    window.close()
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox)), timeout=3000)
    box = window.findChildren(QMessageBox)[0]
    check_box = box.checkBox()
    assert check_box is not None
    check_box.setChecked(True)
    find_button(box, answer).click()
    wait_closed(window, qtbot)
    assert work.memory.text("jobs_at_close") == ("go on" if goes_on else "stop")

    later = JobCenter()
    later.set_project(layout)
    if goes_on:
        before = later.records()[0].done
        qtbot.waitUntil(lambda: later.records()[0].done > before, timeout=10_000)
        later.cancel(later.records()[0].id)
    qtbot.waitUntil(lambda: later.records()[0].state == "cancelled", timeout=20_000)
    later.close(keep_running=False)


def test_the_layout_is_remembered(
    window: MainWindow, work: Workspace, qtbot: QtBot, qapp: QApplication
) -> None:
    window.side.show_panel("log")
    memory = work.memory
    window.close()
    wait_closed(window, qtbot)
    assert memory.text("panel") == "log"
    assert not memory.layout("splitter").isEmpty()


@pytest.fixture
def hooks() -> Iterator[None]:
    before = sys.excepthook
    yield
    sys.excepthook = before


def test_a_bug_saves_the_mask_and_gives_a_report_to_copy(
    window: MainWindow, work: Workspace, hand: Hand, hooks: None, qapp: QApplication
) -> None:
    reporter = CrashReporter(work.autosave.save_here, window)
    hand.drag((20, 20), (25, 40))
    try:
        raise ZeroDivisionError("a mistake of ours")
    except ZeroDivisionError as error:
        reporter._on_exception(type(error), error, error.__traceback__)
    assert work.editor.mask_path is not None and read_mask(work.editor.mask_path).labels.any()
    dialog = reporter._dialogs[0]
    dialog.copy()
    clipboard = qapp.clipboard()
    assert clipboard is not None and "ZeroDivisionError: a mistake of ours" in clipboard.text()
    dialog.close()
