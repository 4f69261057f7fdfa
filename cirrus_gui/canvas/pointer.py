"""The pointer over the panes: Qt's mouse events become `PointerEvent`s for the tool that is in use."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, QPointF, Qt, pyqtSignal
from PyQt6.QtGui import QMouseEvent, QWheelEvent
from PyQt6.QtWidgets import QApplication

from cirrus_gui.canvas.camera import Camera
from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.tools.base import Button, Phase, PointerEvent, Tool
from cirrus_gui.tools.brush import BrushTool
from cirrus_gui.tools.pan import PanTool

_WHEEL_NOTCH = 120
_ZOOM_PER_NOTCH = 1.25
_BUTTONS: dict[Qt.MouseButton, Button] = {
    Qt.MouseButton.LeftButton: "left",
    Qt.MouseButton.MiddleButton: "middle",
    Qt.MouseButton.RightButton: "right",
}
_PHASES: dict[QEvent.Type, Phase] = {
    QEvent.Type.MouseButtonPress: "press",
    QEvent.Type.MouseButtonDblClick: "press",
    QEvent.Type.MouseMove: "move",
    QEvent.Type.MouseButtonRelease: "release",
}


class Pointer(QObject):
    """Chooses the tool at each press; the choice holds until the release.

    Signals
    -------
    moved : float, float
        The pointer is over this (row, col).
    scrubbed : int
        Ctrl and the wheel: frames to go.
    gripping : bool
        A drag that pans began or ended.
    """

    moved = pyqtSignal(float, float)
    scrubbed = pyqtSignal(int)
    gripping = pyqtSignal(bool)

    def __init__(self, camera: Camera, editor: MaskEditor, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._camera = camera
        self._editor = editor
        self._brush = BrushTool(editor)
        self._pan = PanTool(camera)
        self._tool: Tool | None = None
        self._last = PointerEvent(0.0, 0.0, "none", "release")
        self._button = Qt.MouseButton.NoButton
        self._wheel_rest = 0
        self._before_press: int | None = None
        self._second_press: tuple[QPointF, PointerEvent] | None = None
        self.hand = False
        """Space is held: dragging pans."""

    @property
    def dragging(self) -> bool:
        """True while a button is down."""
        return self._tool is not None

    def cancel(self) -> bool:
        """Esc: take back what the drag has done; False when there is nothing to take back."""
        return self._tool is not None and self._tool.cancel()

    def on_mouse(self, event: QMouseEvent) -> None:
        """Take a mouse event of a pane."""
        event.accept()
        phase = _PHASES[event.type()]
        pointer = self._read(event, phase)
        if event.type() == QEvent.Type.MouseButtonDblClick and pointer.button == "left" and not pointer.shift:
            self._second_press = event.position(), pointer
            return
        self.moved.emit(pointer.row, pointer.col)
        if self._second_press is not None:
            self._end_double_click(event, *self._second_press)
        if phase == "press" and self._tool is None:
            self._begin(event.button(), pointer)
        elif phase == "move" and self._tool is not None:
            if event.buttons() & self._button:
                self._last = pointer
                self._tool.move(pointer)
            else:
                # The release went elsewhere, as to a dialog that came up: the drag ended where it was seen.
                self._let_go(self._last)
        elif phase == "release" and self._tool is not None and event.button() == self._button:
            self._let_go(pointer)

    def on_wheel(self, event: QWheelEvent) -> None:
        """Zoom at the pointer; with Ctrl go through the frames; with Alt or Shift size the brush."""
        event.accept()
        # Qt turns the wheel sideways while Alt is held, except on a Mac: both axes are read.
        delta = event.angleDelta().y() or event.angleDelta().x()
        notches = delta / _WHEEL_NOTCH
        keys = event.modifiers()
        if keys & Qt.KeyboardModifier.ControlModifier:
            self._scrub(delta)
        elif keys & (Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier):
            self._editor.brush.grow(notches)
        else:
            row, col = self._camera.to_frame(event.position())
            self._camera.zoom_at(row, col, _ZOOM_PER_NOTCH**notches)
            self.moved.emit(row, col)

    def _scrub(self, delta: int) -> None:
        self._wheel_rest += delta
        steps = int(self._wheel_rest / _WHEEL_NOTCH)
        self._wheel_rest -= steps * _WHEEL_NOTCH
        if steps:
            # One frame a notch, however fast the wheel spins: none is jumped over unseen.
            self.scrubbed.emit(-1 if steps > 0 else 1)

    def _end_double_click(self, event: QMouseEvent, at: QPointF, press: PointerEvent) -> None:
        """Let go in its place, a double-click fits; drawn away, it was a dot and then a stroke."""
        if not event.buttons() & Qt.MouseButton.LeftButton:
            self._second_press = None
            self._take_back_dab()
            self._camera.fit()
        elif (event.position() - at).manhattanLength() >= QApplication.startDragDistance():
            self._second_press = None
            self._begin(Qt.MouseButton.LeftButton, press)

    def _begin(self, button: Qt.MouseButton, pointer: PointerEvent) -> None:
        pans = pointer.button == "middle" or (self.hand and pointer.button == "left")
        self._tool = self._pan if pans else self._brush
        self._button = button
        self._last = pointer
        self._before_press = self._revision()
        if pans:
            self.gripping.emit(True)
        self._tool.press(pointer)

    def _let_go(self, pointer: PointerEvent) -> None:
        tool, self._tool = self._tool, None
        if tool is not None:
            tool.release(pointer)
            self.gripping.emit(False)

    def _take_back_dab(self) -> None:
        """The first click of a double-click has painted a dot that nobody wanted."""
        if self._before_press is not None and self._revision() != self._before_press:
            self._editor.retract()
        self._before_press = None

    def _revision(self) -> int | None:
        document = self._editor.document
        return None if document is None else document.history.revision

    def _read(self, event: QMouseEvent, phase: Phase) -> PointerEvent:
        row, col = self._camera.to_frame(event.position())
        keys = event.modifiers()
        return PointerEvent(
            row,
            col,
            _BUTTONS.get(event.button() if phase == "press" else self._button, "none"),
            phase,
            shift=bool(keys & Qt.KeyboardModifier.ShiftModifier),
            ctrl=bool(keys & Qt.KeyboardModifier.ControlModifier),
            alt=bool(keys & Qt.KeyboardModifier.AltModifier),
        )
