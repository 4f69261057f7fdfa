"""The tools for correcting a mask by hand: brush, eraser, label, undo."""

from __future__ import annotations

from typing import cast

from PyQt6.QtWidgets import QHBoxLayout

from cirrus_core.masks.labels import CLEAR, CLOUD, UNSURE
from cirrus_gui.state.brush_settings import MAX_RADIUS_PX, MIN_RADIUS_PX, ToolName
from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.state.view_state import ViewState
from cirrus_gui.widgets.choice_row import Choice, ChoiceRow
from cirrus_gui.widgets.icons import icon
from cirrus_gui.widgets.section import (
    FormGrid,
    PanelColumn,
    explain,
    heading,
    hint,
    push_button,
    row_of,
    set_tone,
    thin_line,
    tool_button,
    with_key,
)
from cirrus_gui.widgets.value_slider import ValueSlider

_LABELS = {"cloud": CLOUD, "clear": CLEAR, "unsure": UNSURE}
_MOUSE = (
    "Left button paints, right button erases, Shift + left erases for a moment. "
    "Alt + wheel changes the size, Space + drag moves the picture, Esc takes a stroke back."
)


class ToolsPanel(PanelColumn):
    """Everything here is also on the keyboard; the tooltips say which key."""

    def __init__(self, mask_editor: MaskEditor, view_state: ViewState) -> None:
        super().__init__("Mask tools")
        self._editor = mask_editor
        self._view = view_state
        self._make_controls()
        self._lay_out()
        self._connect()
        self._show_brush()
        self._show_history()
        self._show_overlay()

    def _make_controls(self) -> None:
        self.tool = ChoiceRow(
            "Tool",
            (
                Choice("brush", "Brush", with_key("Paint the label chosen below", "B"), "brush"),
                Choice("eraser", "Eraser", with_key("Paint clear sky; has its own size", "E"), "eraser"),
            ),
        )
        self.brush = _radius_slider("Brush radius")
        self.eraser = _radius_slider("Eraser radius")
        self.label = ChoiceRow(
            "Label",
            (
                Choice("cloud", "Cloud", with_key("Paint cloud", "1"), "cloud"),
                Choice("clear", "Clear", with_key("Paint clear sky", "2"), "clear"),
                Choice("unsure", "Unsure", with_key("Paint what nobody can decide", "3"), "unsure"),
            ),
        )
        self.swap = tool_button("swap", "Swap", with_key("Swap cloud and clear", "X"))
        self.hidden_note = hint(with_key("The mask is hidden: what you paint is not seen.", "V"))
        set_tone(self.hidden_note, "warn")
        self._make_history_buttons()

    def _make_history_buttons(self) -> None:
        self.undo = push_button("Undo", "")
        self.redo = push_button("Redo", "")
        self.undo.setIcon(icon("undo"))
        self.redo.setIcon(icon("redo"))
        self.all_clear = push_button("All clear", "Make the whole mask clear sky: one step to undo")
        self.all_cloud = push_button("All cloud", "Make the whole mask cloud: one step to undo")

    def _lay_out(self) -> None:
        column = self.column
        column.addWidget(self.tool)
        grid = FormGrid()
        grid.add_row("Brush", self.brush)
        grid.add_row("Eraser", self.eraser)
        column.addLayout(grid)
        column.addSpacing(4)
        head = QHBoxLayout()
        head.addWidget(heading("The brush paints"), 1)
        head.addWidget(self.swap)
        column.addLayout(head)
        column.addWidget(self.label)
        column.addSpacing(4)
        column.addWidget(thin_line())
        column.addLayout(row_of(self.undo, self.redo))
        column.addLayout(row_of(self.all_clear, self.all_cloud))
        column.addWidget(self.hidden_note)
        column.addWidget(hint(_MOUSE))
        column.addStretch(1)

    def _connect(self) -> None:
        editor, brush = self._editor, self._editor.brush
        self.tool.chosen.connect(lambda name: brush.set_tool(cast(ToolName, name)))
        self.brush.edited.connect(lambda px: brush.set_radius(px, erase=False))
        self.eraser.edited.connect(lambda px: brush.set_radius(px, erase=True))
        self.label.chosen.connect(lambda name: brush.set_label(_LABELS[name]))
        self.swap.clicked.connect(brush.swap_label)
        self.undo.clicked.connect(editor.undo)
        self.redo.clicked.connect(editor.redo)
        self.all_clear.clicked.connect(lambda: editor.fill(CLEAR, action="All clear"))
        self.all_cloud.clicked.connect(lambda: editor.fill(CLOUD, action="All cloud"))
        self._view.overlay_changed.connect(self._show_overlay)
        editor.brush_changed.connect(self._show_brush)
        editor.history_changed.connect(self._show_history)
        editor.document_changed.connect(self._show_history)

    def _show_brush(self) -> None:
        brush = self._editor.brush
        self.tool.show_value(brush.tool)
        self.brush.show_value(brush.brush_px)
        self.eraser.show_value(brush.eraser_px)
        self.label.show_value(next(name for name, value in _LABELS.items() if value == brush.label))

    def _show_overlay(self) -> None:
        self.hidden_note.setVisible(not self._view.overlay_visible)

    def _show_history(self) -> None:
        document = self._editor.document
        history = None if document is None else document.history
        undone = 0 if history is None else history.n_steps - history.position
        done = 0 if history is None else history.position
        self.undo.setText(f"Undo ({done})" if done else "Undo")
        self.redo.setText(f"Redo ({undone})" if undone else "Redo")
        self.undo.setEnabled(bool(done))
        self.redo.setEnabled(bool(undone))
        back = (history.undo_action if history is not None else None) or "nothing to take back"
        again = (history.redo_action if history is not None else None) or "nothing to bring back"
        explain(self.undo, "Undo", with_key(f"Take back: {back}", "Ctrl+Z"))
        explain(self.redo, "Redo", with_key(f"Bring back: {again}", "Ctrl+Shift+Z", "Ctrl+Y"))
        for button in (self.all_clear, self.all_cloud):
            button.setEnabled(document is not None)


def _radius_slider(name: str) -> ValueSlider:
    return ValueSlider(
        name,
        with_key(f"{name} in pixels of the frame; each step is 20 %", "[", "]", "Alt + wheel"),
        low=MIN_RADIUS_PX,
        high=MAX_RADIUS_PX,
        decimals=1,
        step=1.0,
        suffix=" px",
        log=True,
    )
