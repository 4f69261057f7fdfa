"""Models panel: the list, asking for a prediction, and taking one over; jobs run as real processes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from panel_helpers import SHAPE, write_prediction
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cirrus_core.datasets.normalise_config import Normalisation
from cirrus_core.jobs.spec import JobRecord, JobSpec
from cirrus_core.masks.labels import CLOUD
from cirrus_core.models.card import ModelCard
from cirrus_core.models.model_store import write_card
from cirrus_gui.panels.models import ModelsPanel
from cirrus_gui.state.job_center import JobCenter
from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.state.session import Session

LEFT = Qt.MouseButton.LeftButton


def make_card(model_id: str, *, created: str, threshold: float = 0.5) -> ModelCard:
    return ModelCard(
        id=model_id,
        title=f"Model {model_id}",
        arch="unet",
        arch_config={},
        normalisation=Normalisation(),
        grid=(128, 160),
        n_parameters=1,
        weights_sha256="0" * 64,
        created=created,
        threshold=threshold,
    )


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "project" / "models"
    write_card(folder / "early", make_card("early", created="2026-01-01T00:00:00+00:00"))
    write_card(folder / "late", make_card("late", created="2999-01-02T00:00:00+00:00", threshold=0.7))
    return folder


@pytest.fixture
def panel(
    qtbot: QtBot, models: Path, open_editor: MaskEditor, session: Session, job_center: JobCenter
) -> ModelsPanel:
    assert session.project is not None
    job_center.set_project(session.project.layout)
    panel = ModelsPanel(session, open_editor, job_center)
    qtbot.addWidget(panel)
    panel.resize(280, 700)
    panel.show()
    qtbot.waitUntil(lambda: panel.list.count() >= 2)
    return panel


def titles(panel: ModelsPanel) -> list[str]:
    return [item.text() for i in range(panel.list.count()) if (item := panel.list.item(i)) is not None]


def test_models_are_listed_newest_first_with_their_cards(qtbot: QtBot, panel: ModelsPanel) -> None:
    assert titles(panel)[0] == "Model late" and "Model early" in titles(panel)
    assert panel.chosen_id == "late" and "made 2999-01-02" in panel.card.text()
    item = panel.list.item(titles(panel).index("Model early"))
    viewport = panel.list.viewport()
    assert item is not None and viewport is not None
    panel.list.scrollToItem(item)
    qtbot.mouseClick(viewport, LEFT, pos=panel.list.visualItemRect(item).center())
    assert panel.chosen_id == "early" and "made 2026-01-01" in panel.card.text()


def test_a_damaged_card_is_told_and_the_others_stay(
    qtbot: QtBot, models: Path, panel: ModelsPanel, session: Session
) -> None:
    (models / "early" / "card.json").write_text("{")
    session.night_opened.emit(session.night)
    qtbot.waitUntil(lambda: panel.trouble.isVisible())
    assert "early" in panel.trouble.text() and "Model late" in titles(panel)


def test_predict_submits_the_night_beginning_with_the_frame_on_screen(
    qtbot: QtBot, panel: ModelsPanel, session: Session, job_center: JobCenter
) -> None:
    session.go_to(4)
    qtbot.mouseClick(panel.predict, LEFT)
    (record,) = job_center.records()
    assert session.night is not None and session.project is not None
    assert record.spec.kind == "predict_night"
    params = record.spec.params
    assert params["night"] == str(session.night.folder) and params["night_id"] == session.night_id
    assert job_center.folder(record.id).parent == session.project.layout.jobs
    assert Path(params["model"]).name == "late" and params["first"] == "A04"
    assert panel.progress.isVisible() and not panel.predict.isEnabled()
    qtbot.mouseClick(panel.stop, LEFT)
    qtbot.waitUntil(lambda: not job_center.running(), timeout=20_000)
    assert not panel.progress.isVisible() and panel.predict.isEnabled()


def test_a_prediction_that_fails_says_why_where_it_was_asked_for(
    qtbot: QtBot, panel: ModelsPanel, job_center: JobCenter
) -> None:
    qtbot.mouseClick(panel.predict, LEFT)  # a card without weights
    qtbot.waitUntil(lambda: panel.note.property("tone") == "bad", timeout=20_000)
    (record,) = job_center.records()
    assert record.state == "failed" and record.message in panel.note.text()
    assert panel.predict.isEnabled()


def test_a_model_just_trained_offers_itself(
    qtbot: QtBot, models: Path, panel: ModelsPanel, job_center: JobCenter
) -> None:
    panel.list.setCurrentRow(titles(panel).index("Model early"))
    write_card(models / "fresh", make_card("fresh", created="2026-02-01T00:00:00+00:00"))
    spec = JobSpec(kind="train_segment", title="Train")
    job_center.job_ended.emit(
        "j", JobRecord(id="j", spec=spec, state="finished", result={"model_id": "fresh"})
    )
    qtbot.waitUntil(lambda: panel.chosen_id == "fresh")
    assert "just been trained" in panel.note.text()
    assert panel.note.property("tone") == "good"
    # The panel of training offers the same: once the night is predicted there is nothing to offer.
    spec = JobSpec(kind="predict_night", title="Predict")
    job_center.job_ended.emit("k", JobRecord(id="k", spec=spec, state="finished"))
    assert panel.note.text() == "" and panel.chosen_id == "fresh"


def test_threshold_and_accepting_a_prediction(
    qtbot: QtBot, panel: ModelsPanel, session: Session, open_editor: MaskEditor
) -> None:
    box, document = panel.prediction, open_editor.document
    assert document is not None
    assert not box.accept.isEnabled() and "None yet" in box.origin.text()
    prob = np.linspace(0, 1, SHAPE[0] * SHAPE[1], dtype=np.float32).reshape(SHAPE)
    document_before = document.labels.copy()
    write_prediction(session, "A00", prob, "late")
    qtbot.waitUntil(lambda: box.accept.isEnabled())
    assert "late" in box.origin.text() and "UTC" in box.origin.text()
    assert box.threshold.value == 0.7  # the model's own
    box.threshold.edited.emit(0.25)
    assert open_editor.threshold == 0.25
    document = open_editor.document
    assert document is not None
    before, position = document.labels.copy(), document.history.position
    qtbot.mouseClick(box.accept, LEFT)
    assert (document.labels == CLOUD).mean() == pytest.approx(0.75, abs=0.01)
    assert document.history.position == position + 1
    open_editor.undo()
    assert np.array_equal(document.labels, before)
    assert not document_before.any()


def test_without_a_night_the_next_step_is_told(
    qtbot: QtBot, mask_editor: MaskEditor, session: Session, job_center: JobCenter
) -> None:
    panel = ModelsPanel(session, mask_editor, job_center)
    qtbot.addWidget(panel)
    assert not panel.predict.isEnabled() and "Open a night" in panel.note.text()
