"""A small real night on disk, and the real state objects of the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from panel_helpers import open_frame, write_night
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cirrus_gui.notify import Notifier
from cirrus_gui.state.autosave import Autosave
from cirrus_gui.state.frame_loader import FrameLoader
from cirrus_gui.state.job_center import JobCenter
from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.state.memory import WindowMemory
from cirrus_gui.state.session import Session
from cirrus_gui.state.view_state import ViewState
from cirrus_gui.theme import apply_theme


@pytest.fixture(autouse=True)
def dark_theme(qapp: QApplication) -> Iterator[None]:
    apply_theme(qapp, "dark")
    yield
    apply_theme(qapp, "dark")


@pytest.fixture
def night_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "2026-01-23"
    write_night(folder)
    return folder


@pytest.fixture
def notifier() -> Notifier:
    return Notifier()


@pytest.fixture
def view_state() -> ViewState:
    return ViewState()


@pytest.fixture
def session(qtbot: QtBot, notifier: Notifier, tmp_path: Path) -> Iterator[Session]:
    memory = WindowMemory(tmp_path / "window.ini")
    session = Session(notifier, memory, project_root=tmp_path / "project")
    yield session
    session.close()


@pytest.fixture
def frame_loader(qtbot: QtBot, session: Session, view_state: ViewState) -> Iterator[FrameLoader]:
    loader = FrameLoader(session, view_state)
    yield loader
    loader.wait()


@pytest.fixture
def mask_editor(session: Session, frame_loader: FrameLoader, notifier: Notifier) -> MaskEditor:
    return MaskEditor(session, frame_loader, notifier)


@pytest.fixture
def autosave(
    session: Session, frame_loader: FrameLoader, mask_editor: MaskEditor, notifier: Notifier
) -> Autosave:
    return Autosave(session, frame_loader, mask_editor, notifier)


@pytest.fixture
def job_center(qtbot: QtBot) -> Iterator[JobCenter]:
    center = JobCenter()
    yield center
    center.close(keep_running=False)


@pytest.fixture
def open_editor(qtbot: QtBot, session: Session, mask_editor: MaskEditor, night_folder: Path) -> MaskEditor:
    """The editor with the mask of the first frame."""
    open_frame(qtbot, session, mask_editor, night_folder)
    return mask_editor
