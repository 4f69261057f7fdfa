"""Automatic mask panel: the preview is what is applied, applying is one step, cleaning another."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.io import fits
from panel_helpers import SHAPE, frame_data
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtWidgets import QSpinBox
from pytestqt.qtbot import QtBot

from cirrus_core.masks.auto.table import AUTO_MASKS, automask
from cirrus_core.masks.cleanup import CleanupConfig, clean
from cirrus_core.masks.labels import CLOUD
from cirrus_gui.panels.automask import AutoMaskPanel
from cirrus_gui.state.frame_loader import FrameLoader
from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.state.session import Session

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(
    qtbot: QtBot, open_editor: MaskEditor, frame_loader: FrameLoader, session: Session
) -> AutoMaskPanel:
    panel = AutoMaskPanel(open_editor, frame_loader, session)
    qtbot.addWidget(panel)
    panel.resize(280, 500)
    panel.show()
    return panel


def tick(qtbot: QtBot, panel: AutoMaskPanel) -> None:
    qtbot.mouseClick(panel.preview, LEFT, pos=QPoint(8, panel.preview.height() // 2))


def test_preview_shows_and_apply_takes_over(
    qtbot: QtBot, panel: AutoMaskPanel, open_editor: MaskEditor
) -> None:
    document = open_editor.document
    assert document is not None
    tick(qtbot, panel)
    qtbot.waitUntil(lambda: open_editor.preview is not None)
    expected = automask(frame_data(0))
    assert np.array_equal(open_editor.preview, expected)
    assert not document.labels.any()
    assert panel.fraction.text() == f"cloud fraction {(expected == CLOUD).mean():.2f}"
    qtbot.mouseClick(panel.apply, LEFT)
    assert np.array_equal(document.labels, expected)
    assert open_editor.preview is None and not panel.preview.isChecked()
    assert document.history.position == 1
    assert document.history.undo_action == "Automatic mask (Otsu, log stretch)"
    open_editor.undo()
    assert not document.labels.any()


def test_apply_works_without_preview(qtbot: QtBot, panel: AutoMaskPanel, open_editor: MaskEditor) -> None:
    document = open_editor.document
    assert document is not None
    qtbot.mouseClick(panel.apply, LEFT)
    qtbot.waitUntil(lambda: document.history.position == 1)
    assert np.array_equal(document.labels, automask(frame_data(0)))


def test_cleaning_is_seen_in_the_preview(qtbot: QtBot, panel: AutoMaskPanel, open_editor: MaskEditor) -> None:
    tick(qtbot, panel)
    qtbot.waitUntil(lambda: open_editor.preview is not None)
    box = panel.cleaning.field("min_cloud_px")
    assert isinstance(box, QSpinBox)
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "2000")
    expected = clean(automask(frame_data(0)), CleanupConfig(min_cloud_px=2000))
    assert not expected.any()  # the cloud has 480 px
    qtbot.waitUntil(lambda: open_editor.preview is not None and np.array_equal(open_editor.preview, expected))


def test_the_preview_follows_the_frame(
    qtbot: QtBot, panel: AutoMaskPanel, open_editor: MaskEditor, session: Session
) -> None:
    tick(qtbot, panel)
    qtbot.waitUntil(lambda: open_editor.preview is not None)
    session.go_to(6)
    wanted = automask(frame_data(6))
    qtbot.waitUntil(lambda: open_editor.preview is not None and np.array_equal(open_editor.preview, wanted))
    tick(qtbot, panel)
    assert open_editor.preview is None


def test_every_method_has_its_form_and_says_what_it_does(
    qtbot: QtBot, panel: AutoMaskPanel, open_editor: MaskEditor
) -> None:
    tick(qtbot, panel)
    for i, spec in enumerate(AUTO_MASKS):
        panel.method.setFocus()
        qtbot.keyClick(panel.method, Qt.Key.Key_Home)
        for _ in range(i):
            qtbot.keyClick(panel.method, Qt.Key.Key_Down)
        assert panel.about.text() == spec.help
        wanted = automask(frame_data(0), spec.name)
        qtbot.waitUntil(lambda w=wanted: np.array_equal(open_editor.preview, w))  # type: ignore[misc]
    assert "always splits" in AUTO_MASKS[0].help


def test_a_frame_without_contrast_is_told_in_a_sentence(
    qtbot: QtBot, panel: AutoMaskPanel, session: Session, frame_loader: FrameLoader, open_editor: MaskEditor
) -> None:

    assert session.night is not None
    path = session.night.frames[9].path
    fits.PrimaryHDU(np.full(SHAPE, 7000, np.uint16), fits.getheader(path)).writeto(path, overwrite=True)
    session.go_to(9)
    qtbot.waitUntil(lambda: open_editor.document is not None and open_editor.document.stem == "A09")
    tick(qtbot, panel)
    qtbot.waitUntil(lambda: panel.fraction.property("tone") == "bad")
    assert open_editor.preview is None


def test_without_a_night_the_next_step_is_told(
    qtbot: QtBot, mask_editor: MaskEditor, frame_loader: FrameLoader, session: Session
) -> None:
    panel = AutoMaskPanel(mask_editor, frame_loader, session)
    qtbot.addWidget(panel)
    assert not panel.apply.isEnabled() and "Open a night" in panel.fraction.text()
