"""The line above the panes: night, frame, time, cloud fraction, state, and whether the mask is saved."""

from __future__ import annotations

import math

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QWidget

from cirrus_core.project.states import FrameState
from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.state.navigator import Navigator
from cirrus_gui.state.session import Session
from cirrus_gui.theme import colours_of
from cirrus_gui.widgets.section import explain, set_tone, tool_button, with_key
from cirrus_gui.widgets.state_mark import draw_state

_SAVE_WORDS = {
    "saved": ("saved", ""),
    "unsaved": ("unsaved", "warn"),
    "saving": ("saving…", ""),
    "failed": ("NOT SAVED", "bad"),
}
_NAME_CHARS = 22
"""As wide as a time."""

_ORIGIN_WORDS = {"model": "predicted mask", "auto": "automatic mask", "simulation": "simulated mask"}


class HeaderLine(QWidget):
    """Every figure has its place, so that nothing jumps from frame to frame."""

    def __init__(self, session: Session, editor: MaskEditor, navigator: Navigator) -> None:
        super().__init__()
        self._session = session
        self._editor = editor
        self._night = QLabel()
        self._night.setProperty("heading", True)
        self._number = _figure("00000 / 00000", "Frame", "Number of the frame in the night, from 1")
        self._time = _figure("0000-00-00 00:00:00 UTC", "Time", "Start of the exposure, UTC")
        self._cloud = _figure("cloud 0.00", "Cloud fraction", "Part of the known pixels that are cloud")
        self._mark = _StateMark()
        self._state = _figure("in progress", "State", "Verdict on this frame: G approves it")
        self._saved = _figure(
            "automatic mask", "Save state", with_key("Whether the mask is on disk", "Ctrl+S")
        )
        self._previous = tool_button("previous", "Previous frame", with_key("Previous frame", "Left", "A"))
        self._next = tool_button("next", "Next frame", with_key("Next frame", "Right", "D"))
        for button in (self._previous, self._next):
            button.setProperty("flat", True)
            button.setIconSize(QSize(14, 14))
        self._previous.clicked.connect(lambda: navigator.step(-1))
        self._next.clicked.connect(lambda: navigator.step(1))
        self._saved.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._lay_out()
        session.night_opened.connect(self._show_frame)
        session.current_changed.connect(self._show_frame)
        session.state_changed.connect(self._show_frame)
        editor.cloud_fraction_changed.connect(self._show_cloud)
        editor.save_state_changed.connect(self._show_saved)
        editor.document_changed.connect(self._show_saved)
        self._show_frame()
        self._show_cloud()
        self._show_saved()

    def _lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(10, 3, 10, 3)
        line.setSpacing(6)
        line.addWidget(self._night)
        line.addSpacing(14)
        for widget in (self._previous, self._number, self._next):
            line.addWidget(widget)
        line.addSpacing(10)
        line.addWidget(self._time)
        line.addSpacing(10)
        line.addWidget(self._cloud)
        line.addSpacing(10)
        line.addWidget(self._mark)
        line.addWidget(self._state)
        line.addStretch(1)
        line.addWidget(self._saved)

    def _show_frame(self, *_: object) -> None:
        night, ref = self._session.night, self._session.current_ref
        for button in (self._previous, self._next):
            button.setEnabled(ref is not None)
        if night is None or ref is None:
            return
        self._night.setText(night.name)
        self._night.setToolTip(str(night.folder))
        self._number.setText(f"{self._session.current + 1:04d} / {len(night.frames):04d}")
        # What no header knows is not shown: the time of a file is not that of the exposure. The name tells
        # the frame then; its end, because that is where names of a night differ.
        known = ref.time_source != "file time"
        name = ref.stem if len(ref.stem) <= _NAME_CHARS else "…" + ref.stem[1 - _NAME_CHARS :]
        self._time.setText(f"{ref.time:%Y-%m-%d %H:%M:%S} UTC" if known else name)
        source = f"Start of the exposure, UTC, from: {ref.time_source}" if known else "No header has its time"
        self._time.setToolTip(f"{ref.path.name}\n{source}")
        state = self._session.current_state
        self._mark.show_state(state)
        self._state.setText(state)

    def _show_cloud(self, *_: object) -> None:
        fraction = self._editor.cloud_fraction
        self._cloud.setText("cloud  ·" if math.isnan(fraction) else f"cloud {fraction:.2f}")

    def _show_saved(self, *_: object) -> None:
        document = self._editor.document
        words = _SAVE_WORDS.get(self._editor.save_state)
        if words is None:
            origin = "" if document is None or document.provenance is None else document.provenance.source
            words = (_ORIGIN_WORDS.get(origin, "no mask") if document is not None else "", "")
        if self._session.read_only is not None:
            words = ("look only", "warn")
        self._saved.setText(words[0])
        set_tone(self._saved, words[1])


class _StateMark(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self._state: FrameState = "new"
        self.setFixedSize(14, 14)
        explain(self, "State mark", "Shape of the state: ring new, half disc in progress, tick approved")

    def show_state(self, state: FrameState) -> None:
        self._state = state
        self.update()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        painter = QPainter(self)
        draw_state(painter, QRectF(self.rect()), self._state, colours_of(self))
        painter.end()


def _figure(widest: str, name: str, help: str) -> QLabel:
    label = QLabel()
    label.setMinimumWidth(label.fontMetrics().horizontalAdvance(widest))
    explain(label, name, help)
    return label
