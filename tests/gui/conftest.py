"""A small real night, the real state objects and the real window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PyQt6 import sip
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from window_helpers import Hand, write_night

from cirrus_gui.main_window import MainWindow
from cirrus_gui.state.memory import WindowMemory
from cirrus_gui.state.workspace import Workspace
from cirrus_gui.theme import apply_theme


@pytest.fixture
def night(tmp_path: Path) -> Path:
    """Folder with four frames of 60 x 80 pixels."""
    return write_night(tmp_path / "2026-01-23")


@pytest.fixture
def work(qtbot: QtBot, tmp_path: Path) -> Iterator[Workspace]:
    """The objects behind a window, on a project of their own."""
    memory = WindowMemory(tmp_path / "window.ini")
    workspace = Workspace(project_root=tmp_path / "project", memory=memory)
    yield workspace
    if not sip.isdeleted(workspace):
        workspace.close(keep_jobs=False)
        sip.delete(workspace)


@pytest.fixture
def opened(qtbot: QtBot, work: Workspace, night: Path) -> Workspace:
    """The same with the night open and the mask of its first frame ready."""
    open_night(qtbot, work, night)
    return work


@pytest.fixture
def make_window(qtbot: QtBot, qapp: QApplication, work: Workspace) -> Iterator[Callable[[], MainWindow]]:
    """Make the window; it is taken down without questions."""
    windows: list[MainWindow] = []

    def make() -> MainWindow:
        apply_theme(qapp, "dark")
        window = MainWindow(work, qapp)
        windows.append(window)
        window.setWindowState(Qt.WindowState.WindowNoState)
        window.resize(1366, 768)
        window.show()
        qtbot.waitExposed(window)
        window.activateWindow()
        return window

    yield make
    for window in windows:
        qapp.removeEventFilter(window._hold_keys)
        sip.delete(window)


@pytest.fixture
def window(make_window: Callable[[], MainWindow], qtbot: QtBot, work: Workspace, night: Path) -> MainWindow:
    """The window with the night open and the first frame on screen."""
    window = make_window()
    open_night(qtbot, work, night)
    return window


@pytest.fixture
def hand(window: MainWindow) -> Hand:
    """The mouse over the mask pane."""
    return Hand(window.canvas)


def open_night(qtbot: QtBot, work: Workspace, path: Path) -> None:
    """Open a night and wait until its first mask can be edited."""
    with qtbot.waitSignal(work.session.night_opened, timeout=5000):
        work.session.open_path(path)
    qtbot.waitUntil(lambda: work.editor.document is not None, timeout=5000)
