"""The frames of the night as a table model: number, time, state, cloud fraction, masks."""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Any

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from cirrus_core.frames.frame import FrameRef
from cirrus_core.frames.night import Night
from cirrus_core.project.states import FrameState
from cirrus_gui.qtmodels.mask_facts import MaskReader
from cirrus_gui.state.session import Session

STATE_ROLE = Qt.ItemDataRole.UserRole + 1
"""The frame's state, in every column."""
GAP_ROLE = Qt.ItemDataRole.UserRole + 2
"""Seconds missing before this frame, or 0."""
CURRENT_ROLE = Qt.ItemDataRole.UserRole + 3
"""True for the frame on screen."""


class Column(IntEnum):
    """The columns in their order."""

    NUMBER = 0
    TIME = 1
    STATE = 2
    CLOUD = 3
    MASKS = 4


STATE_HELP: dict[FrameState, str] = {
    "new": "not looked at yet",
    "in progress": "mask begun, not approved",
    "approved": "mask is right: used for training",
    "flagged": "to be looked at again",
    "bad": "spoilt frame: never used",
    "excluded": "left out of training",
}
_NOT_KNOWN = "–"
_HEADINGS = {
    Column.NUMBER: ("#", "Number of the frame in the night, from 1"),
    Column.TIME: ("UTC", "Start of the exposure, UTC"),
    Column.STATE: ("", "State: ring new, half disc in progress, tick approved, flag flagged, cross bad"),
    Column.CLOUD: ("cloud", "Cloud fraction of the best mask: by hand, else predicted, else automatic"),
    Column.MASKS: ("MPA", "Masks there are: M by hand, P predicted, A automatic"),
}
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_CENTRE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter


class FrameTable(QAbstractTableModel):
    """Reads from the session only what is in view, so 10,000 frames cost no more than 30."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._night: Night | None = None
        self._gap_s: dict[int, float] = {}
        self._facts = MaskReader(self)
        self._facts.found.connect(self._on_facts_found)
        session.night_opened.connect(self._on_night_opened)
        session.current_changed.connect(self._on_current_changed)
        session.state_changed.connect(self._on_state_changed)
        session.masks_changed.connect(self._on_masks_changed)
        self._current = -1
        if session.night is not None:
            self._on_night_opened(session.night)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if self._night is None or parent.isValid() else len(self._night.frames)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(Column)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation != Qt.Orientation.Horizontal:
            return None
        text, help = _HEADINGS[Column(section)]
        answers = {Qt.ItemDataRole.DisplayRole: text, Qt.ItemDataRole.ToolTipRole: help}
        return answers.get(Qt.ItemDataRole(role))

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if self._night is None or not index.isValid():
            return None
        row, column = index.row(), Column(index.column())
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _CENTRE if column in (Column.STATE, Column.MASKS) else _RIGHT
        if role == STATE_ROLE:
            return self._state(row)
        if role == GAP_ROLE:
            return self._gap_s.get(row, 0.0)
        if role == CURRENT_ROLE:
            return row == self._current
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tooltip(row)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._state(row) if column == Column.STATE else self._text(row, column)
        return None

    def _ref(self, row: int) -> FrameRef:
        assert self._night is not None
        return self._night.frames[row]

    def _state(self, row: int) -> FrameState:
        states = self._session.states
        return "new" if states is None else states.get(self._ref(row).stem)

    def _text(self, row: int, column: Column) -> str:
        if column == Column.NUMBER:
            return f"{row + 1:04d}"
        if column == Column.TIME:
            ref = self._ref(row)
            return _NOT_KNOWN if ref.time_source == "file time" else f"{ref.time:%H:%M:%S}"
        facts = self._facts.get(self._ref(row).stem) if column in (Column.CLOUD, Column.MASKS) else None
        if facts is None:
            return ""
        if column == Column.MASKS:
            return facts.marks
        return "" if math.isnan(facts.cloud_fraction) else f"{facts.cloud_fraction:.2f}"

    def _tooltip(self, row: int) -> str:
        ref = self._ref(row)
        source: str = ref.time_source
        if source == "file time":
            source += ", the header has none"
        time = f"{ref.time:%Y-%m-%d %H:%M:%S} UTC ({source})"
        state = self._state(row)
        lines = [ref.path.name, time, f"{state}: {STATE_HELP[state]}"]
        if row in self._gap_s:
            lines.append(f"{gap_text(self._gap_s[row])} without frames before this one")
        return "\n".join(lines)

    def _on_night_opened(self, night: Night) -> None:
        self.beginResetModel()
        self._night = night
        self._gap_s = {gap.after_index + 1: gap.seconds for gap in night.gaps}
        self._facts.set_layers(self._session.layers)
        self._current = self._session.current
        self.endResetModel()

    def _on_current_changed(self, row: int) -> None:
        before, self._current = self._current, row
        for changed in {before, row} - {-1}:
            self._refresh(changed)

    def _on_state_changed(self, row: int) -> None:
        self._refresh(row)

    def _on_masks_changed(self, row: int) -> None:
        if row < 0:
            self._facts.recheck()
        elif row < self.rowCount():
            self._facts.recheck(self._ref(row).stem)
        self._refresh(row)

    def _on_facts_found(self, stem: str) -> None:
        row = None if self._night is None else self._night.index_of(stem)
        if row is not None:
            self._refresh(row)

    def _refresh(self, row: int) -> None:
        """Redraw one row, or all for a row of -1."""
        last = self.rowCount() - 1
        if last < 0 or row > last:
            return
        first, last = (0, last) if row < 0 else (row, row)
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(Column) - 1))


def gap_text(seconds: float) -> str:
    """A gap in words: ``12 min``, ``1 h 05 min``, ``40 s``."""
    minutes = round(seconds / 60)
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
