"""Brush and eraser: left paints, right erases, Shift turns the one into the other."""

from __future__ import annotations

from cirrus_core.masks.labels import CLEAR, UNSURE
from cirrus_gui.state.brush_settings import BrushSettings
from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.tools.base import PointerEvent


class BrushTool:
    """Paints on the mask while a button is down; the whole drag is one step to undo."""

    def __init__(self, editor: MaskEditor) -> None:
        self._editor = editor
        self._drawing = False

    def erases(self, event: PointerEvent) -> bool:
        """True when a drag that begins so erases."""
        return event.button == "right" or event.shift or self._editor.brush.erasing

    def press(self, event: PointerEvent) -> None:
        """Start a stroke, with a dot where the pointer is."""
        self._drawing = self._editor.begin_stroke(self.erases(event))
        self.move(event)

    def move(self, event: PointerEvent) -> None:
        """Draw on to the pointer."""
        if self._drawing:
            self._editor.paint_to(event.row, event.col)

    def release(self, event: PointerEvent) -> None:
        """Close the stroke."""
        if self._drawing:
            self._drawing = False
            self._editor.paint_to(event.row, event.col)
            self._editor.end_stroke()

    def cancel(self) -> bool:
        """Take the stroke back; the button may stay down, nothing more is drawn."""
        was_drawing, self._drawing = self._drawing, False
        return was_drawing and self._editor.abort_stroke()


def brush_hint(brush: BrushSettings) -> str:
    """What the tool in the hand does now, with its keys, for the status bar."""
    size = f"{brush.radius_px():.3g} px"
    if brush.erasing:
        return f"Eraser {size}: left erases · B brush · [ ] size · Space-drag pans"
    what = {CLEAR: "clear", UNSURE: "unsure"}.get(brush.label, "cloud")
    return f"Brush {size}: left paints {what}, right erases · [ ] size · X swaps · Space-drag pans"
