"""What an empty window shows: where to drop a night, the nights opened last, and a sample to try."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QFrame, QLabel, QProgressBar, QVBoxLayout, QWidget

from cirrus_gui.widgets.section import heading, hint, push_button, with_key

_WIDTH_PX = 420


class StartPage(QWidget):
    """Signals
    -------
    open_wanted
        The user wants to choose a folder.
    night_chosen : Path
        One of the recent nights.
    sample_wanted
        The user wants the sample night.
    """

    open_wanted = pyqtSignal()
    night_chosen = pyqtSignal(object)
    sample_wanted = pyqtSignal()

    def __init__(self, recent: Sequence[Path]) -> None:
        super().__init__()
        title = QLabel("Drop a folder of frames here")
        font = title.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        title.setFont(font)
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._open = push_button(
            "Open a folder…", with_key("Choose a folder of frames", "Ctrl+O"), primary=True
        )
        self._open.clicked.connect(self.open_wanted)
        self._sample = push_button(
            "Try the sample night", "A simulated night of 60 frames; making it takes less than a minute"
        )
        self._sample.clicked.connect(self.sample_wanted)
        self._progress = QProgressBar()
        self._progress.setAccessibleName("Progress of the sample night")
        self._progress.hide()
        self._note = hint("")
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(2)
        self._lay_out(title)
        self.show_recent(recent)

    def show_recent(self, recent: Sequence[Path]) -> None:
        """List the nights opened last."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        if recent:
            self._recent.addWidget(heading("Recent nights"))
        for folder in recent:
            button = push_button(_short(folder), f"Open {folder}", name=f"Open {folder.name}")
            button.setFlat(True)
            button.setStyleSheet("text-align: left")
            button.clicked.connect(lambda _, folder=folder: self.night_chosen.emit(folder))
            self._recent.addWidget(button)

    def show_progress(self, done: int, total: int, what: str) -> None:
        """Show how far something is; `total` 0 ends it."""
        self._progress.setVisible(bool(what))
        self._progress.setRange(0, total)
        self._progress.setValue(done)
        self._note.setText(what)
        self._sample.setEnabled(not what)

    def _lay_out(self, title: QLabel) -> None:
        column = QVBoxLayout()
        column.setSpacing(10)
        column.addWidget(title)
        column.addWidget(_centred("A single frame or a project folder works as well."))
        column.addSpacing(8)
        column.addWidget(self._open)
        column.addWidget(self._sample)
        column.addWidget(self._progress)
        column.addWidget(self._note)
        column.addSpacing(8)
        column.addLayout(self._recent)
        box = QFrame()
        box.setMaximumWidth(_WIDTH_PX)
        box.setMinimumWidth(_WIDTH_PX)
        box.setLayout(column)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addWidget(box, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)


def _centred(text: str) -> QLabel:
    """Return a quiet sentence in the middle."""
    label = hint(text)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return label


def _short(folder: Path) -> str:
    """The folder's name and where it lies, with the home folder as ``~``."""
    place = folder.parent
    home = Path.home()
    where = f"~/{place.relative_to(home)}" if place.is_relative_to(home) else str(place)
    return f"{folder.name}    {where if len(where) < 48 else '…' + where[-46:]}"
