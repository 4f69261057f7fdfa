"""Tools panel: buttons and editor say the same, whoever changed what."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from cirrus_core.masks.labels import CLEAR, CLOUD, UNSURE
from cirrus_gui.panels.tools import ToolsPanel
from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.state.view_state import ViewState

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(qtbot: QtBot, open_editor: MaskEditor, view_state: ViewState) -> ToolsPanel:
    panel = ToolsPanel(open_editor, view_state)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def paint(editor: MaskEditor, row: float, col: float) -> None:
    assert editor.begin_stroke(erase=False)
    editor.paint_to(row, col)
    editor.end_stroke()


def labels(editor: MaskEditor) -> np.ndarray:
    assert editor.document is not None
    return editor.document.labels


def test_tool_and_label_buttons_set_the_brush(
    qtbot: QtBot, panel: ToolsPanel, open_editor: MaskEditor
) -> None:
    qtbot.mouseClick(panel.tool.button("eraser"), LEFT)
    assert open_editor.brush.tool == "eraser"
    qtbot.mouseClick(panel.label.button("unsure"), LEFT)
    assert open_editor.brush.label == UNSURE
    qtbot.mouseClick(panel.swap, LEFT)
    assert (open_editor.brush.label, panel.label.value) == (CLOUD, "cloud")
    qtbot.mouseClick(panel.swap, LEFT)
    assert (open_editor.brush.label, panel.label.value) == (CLEAR, "clear")


def test_sizes_of_brush_and_eraser_are_apart(
    qtbot: QtBot, panel: ToolsPanel, open_editor: MaskEditor
) -> None:
    eraser = open_editor.brush.eraser_px
    open_editor.brush.grow(1)
    assert panel.brush.value == pytest.approx(1.2 * 12.0, abs=0.05)
    assert panel.eraser.value == eraser
    panel.eraser.edited.emit(40.0)
    assert (open_editor.brush.brush_px, open_editor.brush.eraser_px) == (pytest.approx(14.4), 40.0)


def test_undo_and_redo_count_and_name_their_steps(
    qtbot: QtBot, panel: ToolsPanel, open_editor: MaskEditor
) -> None:
    assert not panel.undo.isEnabled() and panel.undo.text() == "Undo"
    paint(open_editor, 10, 10)
    paint(open_editor, 40, 50)
    assert panel.undo.text() == "Undo (2)" and "Take back: Paint" in panel.undo.toolTip()
    two = labels(open_editor).copy()
    qtbot.mouseClick(panel.undo, LEFT)
    qtbot.mouseClick(panel.undo, LEFT)
    assert not labels(open_editor).any()
    assert (panel.undo.isEnabled(), panel.redo.text()) == (False, "Redo (2)")
    qtbot.mouseClick(panel.redo, LEFT)
    qtbot.mouseClick(panel.redo, LEFT)
    assert np.array_equal(labels(open_editor), two)
    assert not panel.redo.isEnabled()


def test_all_cloud_and_all_clear_are_one_step_each(
    qtbot: QtBot, panel: ToolsPanel, open_editor: MaskEditor
) -> None:
    qtbot.mouseClick(panel.all_cloud, LEFT)
    assert (labels(open_editor) == CLOUD).all()
    qtbot.mouseClick(panel.all_clear, LEFT)
    assert (labels(open_editor) == CLEAR).all()
    assert panel.undo.text() == "Undo (2)"
    qtbot.mouseClick(panel.undo, LEFT)
    assert (labels(open_editor) == CLOUD).all()


def test_a_hidden_mask_is_told(panel: ToolsPanel, view_state: ViewState) -> None:
    assert not panel.hidden_note.isVisible()
    view_state.set_overlay_visible(False)
    assert panel.hidden_note.isVisible()


def test_without_a_frame_nothing_can_be_undone_or_filled(
    qtbot: QtBot, mask_editor: MaskEditor, view_state: ViewState
) -> None:
    panel = ToolsPanel(mask_editor, view_state)
    qtbot.addWidget(panel)
    for button in (panel.undo, panel.redo, panel.all_clear, panel.all_cloud):
        assert not button.isEnabled()


def test_a_click_leaves_the_keyboard_with_the_picture(qtbot: QtBot, panel: ToolsPanel) -> None:
    qtbot.mouseClick(panel.tool.button("eraser"), LEFT)
    assert not panel.tool.button("eraser").hasFocus()
