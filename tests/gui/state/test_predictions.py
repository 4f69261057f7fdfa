"""Predictions on screen: which mask is shown, accepting it, and what arrives while one works."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from pytestqt.qtbot import QtBot
from window_helpers import SHAPE

from cirrus_core.masks.labels import CLOUD, Provenance
from cirrus_core.masks.store import read_mask, write_mask, write_prob
from cirrus_gui.state.workspace import Workspace


def probability(shift: int = 0) -> NDArray[np.float32]:
    prob = np.zeros(SHAPE, np.float32)
    prob[10 : 30 + shift, 20:50] = 0.8
    return prob


def predict(work: Workspace, i: int, prob: NDArray[np.float32], model: str = "model-a") -> None:
    """Write what a model would, and tell of it."""
    layers, night = work.session.layers, work.session.night
    assert layers is not None and night is not None
    stem = night.frames[i].stem
    provenance = Provenance("model", model, "", datetime.now(UTC), "")
    write_prob(layers.pred_prob_path(stem, model), prob, header=None, provenance=provenance)
    labels = (prob >= 0.5).astype(np.uint8)
    write_mask(layers.pred_mask_path(stem, model), labels, header=None, provenance=provenance)
    work.session.masks_changed.emit(-1)


def test_a_prediction_that_arrives_is_shown_as_the_mask(opened: Workspace, qtbot: QtBot) -> None:
    predict(opened, 0, probability())
    qtbot.waitUntil(lambda: opened.editor.prediction is not None, timeout=3000)
    document, prediction = opened.editor.document, opened.editor.prediction
    assert document is not None and prediction is not None and prediction.model_id == "model-a"
    np.testing.assert_array_equal(document.labels == CLOUD, probability() >= 0.5)
    assert opened.editor.save_state == "none" and not opened.editor.is_manual


def test_painting_on_a_prediction_makes_the_mask_hand_made(opened: Workspace, qtbot: QtBot) -> None:
    predict(opened, 0, probability())
    qtbot.waitUntil(lambda: opened.editor.prediction is not None, timeout=3000)
    assert opened.editor.begin_stroke(erase=False)
    opened.editor.paint_to(50, 60)
    opened.editor.end_stroke()
    qtbot.waitUntil(lambda: opened.editor.save_state == "saved", timeout=3000)
    assert opened.editor.is_manual and opened.editor.mask_path is not None
    stored = read_mask(opened.editor.mask_path)
    assert stored.provenance is not None and stored.provenance.source == "manual"
    assert stored.labels[50, 60] == CLOUD and stored.labels[15, 30] == CLOUD


def test_hand_work_is_kept_when_a_newer_prediction_arrives(opened: Workspace, qtbot: QtBot) -> None:
    assert opened.editor.begin_stroke(erase=False)
    opened.editor.paint_to(50, 60)
    opened.editor.end_stroke()
    document = opened.editor.document
    assert document is not None
    labels = document.labels.copy()
    predict(opened, 0, probability())
    qtbot.waitUntil(lambda: opened.editor.prediction is not None, timeout=3000)
    assert opened.editor.document is document
    np.testing.assert_array_equal(document.labels, labels)


def test_accepting_is_one_step_and_undo_brings_the_mask_back(opened: Workspace, qtbot: QtBot) -> None:
    assert opened.editor.begin_stroke(erase=False)
    opened.editor.paint_to(50, 60)
    opened.editor.end_stroke()
    document = opened.editor.document
    assert document is not None
    by_hand = document.labels.copy()
    predict(opened, 0, probability())
    qtbot.waitUntil(lambda: opened.editor.prediction is not None, timeout=3000)
    opened.editor.accept_prediction()
    np.testing.assert_array_equal(document.labels == CLOUD, probability() >= 0.5)
    assert document.history.position == 2
    opened.editor.undo()
    np.testing.assert_array_equal(document.labels, by_hand)


def test_accepting_a_prediction_that_is_the_mask_already_saves_it_as_hand_made(
    opened: Workspace, qtbot: QtBot
) -> None:
    predict(opened, 0, probability())
    qtbot.waitUntil(lambda: opened.editor.prediction is not None, timeout=3000)
    opened.editor.accept_prediction()
    qtbot.waitUntil(lambda: opened.editor.save_state == "saved", timeout=3000)
    assert opened.editor.is_manual and opened.editor.mask_path is not None
    assert read_mask(opened.editor.mask_path).labels[15, 30] == CLOUD


def test_approving_a_predicted_mask_makes_it_hand_made_first(opened: Workspace, qtbot: QtBot) -> None:
    predict(opened, 0, probability())
    qtbot.waitUntil(lambda: opened.editor.prediction is not None, timeout=3000)
    path = opened.editor.mask_path
    opened.navigator.approve_and_next()
    qtbot.waitUntil(lambda: opened.session.current == 1, timeout=3000)
    assert opened.session.states is not None and opened.session.states.get("frame000") == "approved"
    assert path is not None and read_mask(path).provenance is not None


def test_a_prediction_of_another_size_is_told_and_not_shown(opened: Workspace, qtbot: QtBot) -> None:
    assert opened.session.layers is not None
    provenance = Provenance("model", "model-b", "", datetime.now(UTC), "")
    small = np.zeros((5, 6), np.float32)
    layers = opened.session.layers
    write_prob(layers.pred_prob_path("frame000", "model-b"), small, header=None, provenance=provenance)
    full = np.zeros(SHAPE, np.uint8)
    write_mask(layers.pred_mask_path("frame000", "model-b"), full, header=None, provenance=provenance)
    with qtbot.waitSignal(opened.notifier.message, timeout=3000):
        opened.session.masks_changed.emit(0)
    assert "another size" in opened.notifier.history[-1].text
    assert opened.editor.prediction is None
    # As a job that goes through the night makes it look again every second: told once is enough.
    with qtbot.waitSignal(opened.editor._source.arrived, timeout=3000):
        opened.session.masks_changed.emit(-1)
    assert len(opened.notifier.history) == 1


def test_a_damaged_prediction_is_told_and_the_hand_made_mask_stays_in_use(
    opened: Workspace, qtbot: QtBot
) -> None:
    assert opened.session.layers is not None and opened.editor.begin_stroke(erase=False)
    opened.editor.paint_to(50, 60)
    opened.editor.end_stroke()
    predict(opened, 0, probability())
    opened.session.layers.pred_prob_path("frame000", "model-a").write_bytes(b"\x1f\x8b damaged")
    opened.session.go_to(1)
    qtbot.waitUntil(lambda: opened.session.current == 1, timeout=3000)
    opened.session.go_to(0)
    qtbot.waitUntil(lambda: opened.editor.is_manual, timeout=3000)
    assert opened.editor.prediction is None and "damaged" in opened.notifier.history[-1].text
    assert opened.editor.begin_stroke(erase=False)
    opened.editor.abort_stroke()


def test_a_preview_is_never_painted_on(opened: Workspace) -> None:
    opened.editor.set_preview(np.ones(SHAPE, np.uint8))
    assert not opened.editor.begin_stroke(erase=False)
    opened.editor.set_preview(None)
    assert opened.editor.begin_stroke(erase=False)
    opened.editor.abort_stroke()


def test_a_stroke_that_was_undone_can_be_redone_after_a_prediction_came(
    opened: Workspace, qtbot: QtBot
) -> None:
    assert opened.editor.begin_stroke(erase=False)
    opened.editor.paint_to(50, 60)
    opened.editor.end_stroke()
    opened.editor.undo()
    predict(opened, 0, probability())
    qtbot.waitUntil(lambda: opened.editor.prediction is not None, timeout=3000)
    opened.editor.redo()
    assert opened.editor.document is not None and opened.editor.document.labels[50, 60] == CLOUD
