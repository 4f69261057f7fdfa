"""The frames of the night: list, states, gaps, and what could not be read and why."""

from __future__ import annotations

from collections.abc import Mapping

from PyQt6.QtCore import QModelIndex
from PyQt6.QtWidgets import QListWidget, QListWidgetItem, QStackedLayout, QVBoxLayout, QWidget

from cirrus_core.frames.night import Night, Rejected
from cirrus_core.project.states import FrameState
from cirrus_gui.panels.frame_view import FrameView
from cirrus_gui.qtmodels.frame_table import FrameTable
from cirrus_gui.state.session import Session
from cirrus_gui.widgets.section import Fold, explain, hint, with_key

_ORDER: tuple[FrameState, ...] = ("approved", "in progress", "flagged", "bad", "excluded")


class FramesPanel(QWidget):
    """A click goes to the frame; the row of the frame on screen follows."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._following = False
        self.model = FrameTable(session, self)
        self.view = FrameView(self.model)
        self.summary = hint("")
        explain(self.summary, "States of the frames", "How many frames are in which state")
        self.rejected_list = QListWidget()
        explain(self.rejected_list, "Files not opened", "Files of the folder that are no frames, and why")
        self.rejected_list.setWordWrap(True)
        self.rejected = Fold("", self.rejected_list)
        self._lay_out()
        selection = self.view.selectionModel()
        assert selection is not None
        selection.currentRowChanged.connect(self._on_row_changed)
        session.night_opened.connect(self._on_night_opened)
        session.current_changed.connect(self._follow)
        session.state_changed.connect(self._show_summary)
        self._on_night_opened(session.night)

    def _lay_out(self) -> None:
        self.setMinimumWidth(190)
        self.empty = hint(
            with_key("No night is open. Drop a folder of frames on the window, or open one.", "Ctrl+O")
        )
        self.empty.setContentsMargins(10, 10, 10, 10)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self.summary.setContentsMargins(8, 6, 8, 0)
        column.addWidget(self.summary)
        column.addWidget(self.view, 1)
        column.addWidget(self.rejected)
        self.rejected_list.setMaximumHeight(150)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(content)

    def _on_night_opened(self, night: Night | None) -> None:
        self._stack.setCurrentIndex(0 if night is None else 1)
        if night is None:
            return
        self._show_rejected(night.rejected)
        self._show_summary()
        self._follow(self._session.current)

    def _show_rejected(self, rejected: tuple[Rejected, ...]) -> None:
        self.rejected.setVisible(bool(rejected))
        self.rejected.set_title(f"{len(rejected)} {'file' if len(rejected) == 1 else 'files'} not opened")
        self.rejected_list.clear()
        for item in rejected:
            line = QListWidgetItem(_in_words(item))
            line.setToolTip(f"{item.path}\n{item.reason}\n{item.hint}".strip())
            self.rejected_list.addItem(line)

    def _show_summary(self) -> None:
        night, states = self._session.night, self._session.states
        if night is not None and states is not None:
            self.summary.setText(state_summary(states.counts(), len(night)))

    def _follow(self, row: int) -> None:
        self._following = True
        self.view.follow(row)
        self._following = False

    def _on_row_changed(self, current: QModelIndex, previous: QModelIndex) -> None:
        if self._following or not current.isValid():
            return
        self._session.go_to(current.row())
        # Leaving a frame may be refused while its mask cannot be saved.
        if self._session.current != current.row():
            self._follow(self._session.current)


def state_summary(counts: Mapping[FrameState, int], n_frames: int) -> str:
    """How many frames are in which state: ``12 approved · 3 flagged · 45 new``."""
    touched = {state: counts.get(state, 0) for state in _ORDER}
    said = [f"{n}\u00a0{state}".replace(" ", "\u00a0") for state, n in touched.items() if n]
    n_new = n_frames - sum(touched.values())
    return " · ".join([*said, f"{n_new}\u00a0new"] if n_new > 0 else said)


def _in_words(item: Rejected) -> str:
    """Name and reason; most reasons begin with the name."""
    return item.reason if item.path.name in item.reason else f"{item.path.name}: {item.reason}"
