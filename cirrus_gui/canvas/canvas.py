"""The canvas: frame, mask over the frame, and probability, side by side, with one zoom, pan and cursor."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QEvent, QSizeF, Qt, pyqtSignal
from PyQt6.QtWidgets import QApplication, QHBoxLayout, QWidget

from cirrus_core.errors import CirrusError
from cirrus_core.masks.raster import Box
from cirrus_gui.canvas.camera import Camera
from cirrus_gui.canvas.hold_keys import is_typing
from cirrus_gui.canvas.overlay import OverlayLook, Pixels, draw_labels, draw_outline
from cirrus_gui.canvas.pane import Pane
from cirrus_gui.canvas.pointer import Pointer
from cirrus_gui.state.frame_loader import FrameLoader, LoadedFrame
from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.state.session import Session
from cirrus_gui.state.view_state import PaneName, ViewState
from cirrus_gui.theme import colour_table, colours_of

_HELP: dict[PaneName, tuple[str, str]] = {
    "frame": ("frame", "The stretched frame"),
    "mask": ("mask over frame", "The mask over the frame: paint here with the left button"),
    "probability": ("probability of cloud", "What the model predicts, viridis: dark 0, yellow 1"),
}
_NO_PREDICTION = "No prediction of this frame yet.\n“Predict this night” in the Models panel makes one."


class SkyCanvas(QWidget):
    """Shows what the state objects hold and hands the pointer to the tools.

    Signals
    -------
    cursor_moved : (float, float) or None
        (row, col) under the pointer, None when it is over no pane.
    """

    cursor_moved = pyqtSignal(object)

    def __init__(
        self, session: Session, frame_loader: FrameLoader, editor: MaskEditor, view_state: ViewState
    ) -> None:
        super().__init__()
        self._session = session
        self._loader = frame_loader
        self._editor = editor
        self._view = view_state
        self.camera = Camera(self)
        self.pointer = Pointer(self.camera, editor, self)
        self._place: tuple[float, float] | None = None
        self._under: Pane | None = None
        self.panes = {name: Pane(*_HELP[name]) for name in _HELP}
        self._mask = self.panes["mask"].add_overlay(self._draw_mask)
        self._outlines = [self.panes[n].add_overlay(self._draw_prediction) for n in ("mask", "probability")]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(1)
        for pane in self.panes.values():
            row.addWidget(pane, 1)
        self._connect_panes()
        self._connect_state()
        self._show_panes()
        self._on_prediction_changed()

    def set_hand(self, on: bool) -> None:
        """Space is held: dragging pans."""
        self.pointer.hand = on
        self._show_shape()

    # Wiring

    def _connect_panes(self) -> None:
        for pane in self.panes.values():
            pane.mouse.connect(lambda event, pane=pane: self._on_mouse(pane, event))
            pane.wheel.connect(self.pointer.on_wheel)
            pane.left.connect(self._on_left)
            pane.resized.connect(self._on_resized)
        self.camera.changed.connect(self._on_camera_changed)
        self.pointer.moved.connect(self._on_moved)
        self.pointer.gripping.connect(lambda _: self._show_shape())

    def _connect_state(self) -> None:
        self._session.night_opened.connect(self._on_prediction_changed)
        self._loader.frame_ready.connect(self._on_frame_ready)
        self._loader.frame_failed.connect(self._on_frame_failed)
        self._editor.document_changed.connect(self._on_document_changed)
        self._editor.preview_changed.connect(self._show_mask)
        self._editor.mask_changed.connect(self._on_mask_changed)
        self._editor.prediction_changed.connect(self._on_prediction_changed)
        self._editor.brush_changed.connect(self._show_cursor)
        self._view.overlay_changed.connect(self._on_overlay_changed)
        self._view.panes_changed.connect(self._show_panes)
        self._view.colours_changed.connect(self._on_colours_changed)

    # Pictures

    def _on_frame_ready(self, loaded: LoadedFrame) -> None:
        self.camera.set_shape(loaded.frame.shape)
        table = colour_table(self._view.colour_map, colours_of(self))
        note = "Every pixel of this frame is blank." if loaded.stats.all_blank else ""
        for name in ("frame", "mask"):
            self.panes[name].set_picture(loaded.image, table)
        self.panes["frame"].set_note(note)
        document = self._editor.document
        if document is None or document.stem != loaded.ref.stem:
            self._mask.set_array(None)

    def _on_frame_failed(self, index: int, error: CirrusError) -> None:
        for pane in self.panes.values():
            pane.set_picture(None, colour_table("grey", colours_of(self)))
        self.panes["frame"].set_note(f"{error.message}\n{error.hint}".strip())
        self._mask.set_array(None)

    def _on_document_changed(self) -> None:
        loaded = self._loader.loaded
        # While the next frame is on its way the old picture keeps its mask: no flicker between the two.
        if self._editor.document is not None or loaded is None or loaded.ref.index == self._session.current:
            self._show_mask()

    def _show_mask(self) -> None:
        document = self._editor.document
        labels = None if document is None else document.labels
        self._mask.set_array(self._editor.preview if self._editor.preview is not None else labels)

    def _on_mask_changed(self, box: Box) -> None:
        self._mask.update_box(box)

    def _on_prediction_changed(self, *_: object) -> None:
        prediction, pane = self._editor.prediction, self.panes["probability"]
        picture = None if prediction is None else prediction.image
        pane.set_picture(picture, colour_table("viridis", colours_of(self)))
        pane.set_note(_NO_PREDICTION if prediction is None and self._session.night is not None else "")
        for item in self._outlines:
            item.set_array(None if prediction is None else prediction.prob)

    def _on_overlay_changed(self) -> None:
        self._mask.update()
        for item in self._outlines:
            item.setVisible(self._view.prediction_outline)

    def _on_colours_changed(self) -> None:
        if self._loader.loaded is not None:
            self._on_frame_ready(self._loader.loaded)
        self._on_prediction_changed()
        self._on_document_changed()

    def _draw_mask(self, labels: NDArray[Any], x0: int, y0: int, border_px: int) -> Pixels:
        look = OverlayLook(self._view.overlay_style, self._view.overlay_opacity, colours_of(self), border_px)
        return draw_labels(labels, look, x0=x0, y0=y0)

    def _draw_prediction(self, prob: NDArray[Any], x0: int, y0: int, border_px: int) -> Pixels:
        return draw_outline(
            prob >= np.float32(self._editor.threshold), colours_of(self).prediction, border_px
        )

    # Camera and pointer

    def _on_camera_changed(self) -> None:
        transform = self.camera.transform()
        for pane in self.panes.values():
            pane.set_camera(transform)
        self._show_cursor()

    def _on_resized(self, size: QSizeF) -> None:
        shown = [pane for pane in self.panes.values() if not pane.isHidden()]
        if shown:
            # Panes may differ by a pixel; one camera serves them all.
            self.camera.set_view(QSizeF(shown[0].size()))

    def _on_mouse(self, pane: Pane, event: Any) -> None:
        self._under = pane
        focus = QApplication.focusWidget()
        if is_typing(focus) and focus is not None and focus.window() is self.window():
            # Who comes back to the picture is done typing: the keys are the tools' again.
            pane.setFocus()
        self.pointer.on_mouse(event)

    def _on_moved(self, row: float, col: float) -> None:
        self._place = (row, col)
        self._show_cursor()
        self.cursor_moved.emit(self._place)

    def _on_left(self) -> None:
        if not self.pointer.dragging:
            self._place, self._under = None, None
            self._show_cursor()
            self.cursor_moved.emit(None)

    def _show_cursor(self) -> None:
        radius = 0.0 if self.pointer.hand or self._editor.document is None else self._editor.brush.radius_px()
        for pane in self.panes.values():
            if self._place is None:
                pane.cursor_item.setVisible(False)
            else:
                pane.cursor_item.show_at(*self._place, radius_px=radius, cross=pane is not self._under)

    def _show_shape(self) -> None:
        """The mouse pointer: a hand while it pans, else a cross."""
        shape = Qt.CursorShape.CrossCursor
        if self.pointer.hand:
            shape = (
                Qt.CursorShape.ClosedHandCursor if self.pointer.dragging else Qt.CursorShape.OpenHandCursor
            )
        for pane in self.panes.values():
            viewport = pane.viewport()
            if viewport is not None:
                viewport.setCursor(shape)
        self._show_cursor()

    def _show_panes(self) -> None:
        for name, pane in self.panes.items():
            pane.setVisible(name in self._view.panes)
        self._show_shape()

    def changeEvent(self, event: QEvent | None) -> None:
        super().changeEvent(event)
        if event is not None and event.type() == QEvent.Type.PaletteChange and hasattr(self, "_outlines"):
            self._on_colours_changed()
