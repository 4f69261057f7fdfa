"""The training panel with a real session, a real project and real workers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from job_helpers import PATIENCE_S
from job_world import N_FRAMES, World
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from cirrus_core.models.model_store import read_card
from cirrus_gui.notify import Notifier
from cirrus_gui.panels.training import TrainingPanel
from cirrus_gui.state.job_center import JobCenter
from cirrus_gui.state.memory import WindowMemory
from cirrus_gui.state.session import Session

PATIENCE_MS = int(1000 * PATIENCE_S)


class Shown:
    """The panel over a night of small frames; `n` of them are corrected."""

    def __init__(self, qtbot: QtBot, root: Path, n: int) -> None:
        self.qtbot = qtbot
        self.world = World(root)
        self.world.approve(n)
        self.session = Session(
            Notifier(), WindowMemory(root / "window.ini"), project_root=self.world.project.layout.root
        )
        self.center = JobCenter()
        self.panel = TrainingPanel(self.session, self.center)
        qtbot.addWidget(self.panel)
        self.panel.resize(300, 900)
        self.panel.show()
        with qtbot.waitSignal(self.session.night_opened, timeout=PATIENCE_MS):
            self.session.open_night(self.world.night)
        self.center.set_project(self.world.project.layout)

    def button(self, name: str) -> QAbstractButton:
        (found,) = [b for b in self.panel.findChildren(QAbstractButton) if b.accessibleName() == name]
        return found

    def click(self, name: str) -> None:
        self.qtbot.mouseClick(self.button(name), Qt.MouseButton.LeftButton)

    def choose_quick_settings(self) -> None:
        self.panel._basic.set_values({"epochs": 2, "batch_size": 4})
        self.panel._advanced.set_values({"aug_batch_size": 0, "grid": (32, 40), "device": "cpu"})
        self.panel._network.set_values({"widths": (4, 8)})

    def wait_for(self, job_id: str, state: str) -> None:
        self.qtbot.waitUntil(lambda: self.center.record(job_id).state == state, timeout=PATIENCE_MS)


@pytest.fixture
def make_shown(qtbot: QtBot, tmp_path: Path) -> Iterator[object]:
    made: list[Shown] = []

    def make(n: int) -> Shown:
        made.append(Shown(qtbot, tmp_path, n))
        return made[-1]

    yield make
    for shown in made:
        shown.center.close(keep_running=False)
        shown.session.close()


def test_without_corrected_frames_it_says_what_to_do(make_shown) -> None:
    shown = make_shown(0)
    assert "approve the frame with G" in shown.panel._count.text()
    assert not shown.button("Train").isEnabled()
    assert not shown.button("Predict this night").isVisible()


def test_approving_a_frame_counts(make_shown) -> None:
    shown = make_shown(3)
    assert shown.panel._count.text().startswith("3 corrected frames in this project.")
    assert shown.session.set_state("approved", 7)
    assert shown.panel._count.text().startswith("4 corrected frames")
    assert shown.button("Train").isEnabled()


def test_a_mistake_in_the_form_is_told_and_starts_nothing(make_shown, qtbot: QtBot) -> None:
    shown = make_shown(3)
    rate = shown.panel._basic.field("lr")
    rate.selectAll()
    qtbot.keyClicks(rate, "50")
    shown.click("Train")
    assert shown.center.records() == []
    assert shown.panel._basic.error("lr") and "'lr'" in shown.panel._problem.text()
    shown.click("Defaults")
    assert shown.panel._basic.error("lr") == ""


def test_a_folder_with_truth_can_be_chosen(make_shown, qtbot: QtBot) -> None:
    shown = make_shown(0)
    shown.click("A folder")
    assert shown.panel._folder.isVisible() and not shown.button("Train").isEnabled()
    qtbot.keyClicks(shown.panel._folder, str(shown.world.night))
    assert shown.button("Train").isEnabled()
    assert shown.panel._spec().params["sources"] == [str(shown.world.night)]


@pytest.mark.slow
def test_train_then_predict_this_night(make_shown, qtbot: QtBot) -> None:
    shown = make_shown(10)
    shown.choose_quick_settings()
    shown.session.go_to(5)
    shown.click("Train")
    (training,) = shown.center.records()
    qtbot.waitUntil(lambda: shown.panel._progress.isVisible(), timeout=PATIENCE_MS)
    shown.wait_for(training.id, "finished")
    assert not shown.panel._progress.isVisible()
    assert len(shown.panel._curves._loss.points("training")) == 2
    model = Path(shown.center.record(training.id).result["model"])
    assert model.parent == shown.world.project.layout.models
    assert read_card(model).id in shown.panel._outcome.text()

    shown.click("Predict this night")
    prediction = shown.center.records()[0]
    assert prediction.spec.params["first"] == "f05"
    shown.wait_for(prediction.id, "finished")
    assert shown.center.record(prediction.id).result["predicted"] == N_FRAMES
    assert shown.session.layers.find_prob("f05", read_card(model).id) is not None


@pytest.mark.slow
def test_a_training_can_be_cancelled_from_the_panel(make_shown, qtbot: QtBot) -> None:
    shown = make_shown(10)
    shown.choose_quick_settings()
    shown.panel._basic.set_values({"epochs": 10_000})
    shown.click("Train")
    (training,) = shown.center.records()
    qtbot.waitUntil(lambda: shown.panel._curves.isVisible(), timeout=PATIENCE_MS)
    shown.click("Cancel the job")
    shown.wait_for(training.id, "cancelled")
    assert not shown.button("Predict this night").isVisible()
