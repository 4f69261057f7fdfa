"""The jobs panel as a user sees it, with real workers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from job_helpers import PATIENCE_S, SCRIPT
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractButton, QListView, QPlainTextEdit
from pytestqt.qtbot import QtBot

from cirrus_core.jobs.spec import JobSpec
from cirrus_core.project.layout import ProjectLayout
from cirrus_gui.panels.jobs import JobsPanel
from cirrus_gui.state.job_center import JobCenter

PATIENCE_MS = int(1000 * PATIENCE_S)


class Shown:
    """The panel and its parts."""

    def __init__(self, qtbot: QtBot, root: Path) -> None:
        self.qtbot = qtbot
        self.center = JobCenter(command=SCRIPT)
        self.center.set_project(ProjectLayout(root))
        self.panel = JobsPanel(self.center)
        qtbot.addWidget(self.panel)
        self.panel.resize(300, 500)
        self.panel.show()
        self.log = self.panel.findChild(QPlainTextEdit)
        self.list = self.panel.findChild(QListView)

    def submit(self, do: str) -> str:
        return self.center.submit(JobSpec(kind="simulate_sky", title=do, params={"do": do}))

    def button(self, name: str) -> QAbstractButton:
        (found,) = [b for b in self.panel.findChildren(QAbstractButton) if b.accessibleName() == name]
        return found

    def click(self, name: str) -> None:
        self.qtbot.mouseClick(self.button(name), Qt.MouseButton.LeftButton)

    def wait(self, job_id: str, state: str) -> None:
        self.qtbot.waitUntil(lambda: self.center.record(job_id).state == state, timeout=PATIENCE_MS)


@pytest.fixture
def shown(qtbot: QtBot, tmp_path: Path) -> Iterator[Shown]:
    shown = Shown(qtbot, tmp_path)
    yield shown
    shown.center.close(keep_running=False)


def test_without_jobs_nothing_can_be_pressed(shown: Shown) -> None:
    for button in shown.panel.findChildren(QAbstractButton):
        if button.accessibleName():
            assert not button.isEnabled()
            assert button.toolTip()


def test_the_newest_job_is_shown_with_its_log(shown: Shown, qtbot: QtBot) -> None:
    job_id = shown.submit("quick")
    shown.wait(job_id, "finished")
    assert shown.panel.selected.id == job_id
    assert "hello" in shown.log.toPlainText() and shown.log.toPlainText().endswith("finished")
    assert not shown.button("Stop and keep the best").isEnabled()
    assert shown.button("Retry the job").isEnabled()


def test_a_failed_job_shows_sentence_and_hint(shown: Shown) -> None:
    job_id = shown.submit("sentence")
    shown.wait(job_id, "failed")
    assert shown.panel._failure.isVisible()
    assert shown.panel._failure.text() == "a.fits is empty. Copy it again."


def test_stop_button_keeps_the_best(shown: Shown, qtbot: QtBot) -> None:
    job_id = shown.submit("steps")
    qtbot.waitUntil(lambda: shown.center.record(job_id).total > 0, timeout=PATIENCE_MS)
    shown.click("Stop and keep the best")
    assert not shown.button("Stop and keep the best").isEnabled()
    assert shown.button("Cancel the job").isEnabled()
    shown.wait(job_id, "finished")
    assert "best so far is kept" in shown.log.toPlainText()


def test_cancel_and_retry_buttons(shown: Shown, qtbot: QtBot) -> None:
    job_id = shown.submit("steps")
    qtbot.waitUntil(lambda: shown.center.record(job_id).total > 0, timeout=PATIENCE_MS)
    shown.click("Cancel the job")
    shown.wait(job_id, "cancelled")
    shown.click("Retry the job")
    (again, _) = shown.center.records()
    assert again.spec.retry_of == job_id and shown.panel.selected.id == again.id
    shown.click("Cancel the job")
    shown.wait(again.id, "cancelled")


def test_selecting_an_older_job_shows_its_log_once(shown: Shown, qtbot: QtBot) -> None:
    first, second = shown.submit("quick"), shown.submit("sentence")
    shown.wait(second, "failed")
    assert shown.panel.selected.id == second
    shown.list.setCurrentIndex(shown.list.model().index(1, 0))
    assert shown.panel.selected.id == first
    assert shown.log.toPlainText().count("hello") == 1


def test_a_panel_that_is_still_painted_while_the_window_closes(shown: Shown, qtbot: QtBot) -> None:
    job_id = shown.submit("steps")
    qtbot.waitUntil(lambda: shown.center.record(job_id).total > 0, timeout=PATIENCE_MS)
    shown.center.close(keep_running=False)
    shown.panel.grab()
    assert shown.panel.selected is None and shown.log.toPlainText() == ""
