"""The background jobs: what runs, how far, what it says, and how to end it."""

from __future__ import annotations

from PyQt6.QtCore import QItemSelectionModel, Qt, QUrl
from PyQt6.QtGui import QDesktopServices, QPainter, QTextCursor
from PyQt6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListView,
    QPlainTextEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from cirrus_core.errors import CirrusError
from cirrus_core.jobs.events import Event
from cirrus_core.jobs.spec import JobRecord
from cirrus_core.jobs.words import log_line, outcome
from cirrus_gui.qtmodels.job_table import JobDelegate, JobTable
from cirrus_gui.state.job_center import JobCenter
from cirrus_gui.widgets.section import explain, push_button, set_tone, tool_button

_MAX_LINES = 5000
_EMPTY = "No jobs yet.\nTraining and prediction\nappear here."


class JobsPanel(QWidget):
    """List of jobs, the log of the selected one, and the buttons that act on it."""

    def __init__(self, job_center: JobCenter) -> None:
        super().__init__()
        self._center = job_center
        self._shown_id = ""
        self._table = JobTable(job_center, self)
        self._list = _JobList()
        self._list.setModel(self._table)
        self._list.setItemDelegate(JobDelegate(self._list))
        self._log = QPlainTextEdit()
        self._log.setReadOnly(True)
        self._log.setMaximumBlockCount(_MAX_LINES)
        explain(self._log, "Log of the job", "What the selected job says, with the time in UTC")
        self._failure = QLabel()
        self._failure.setWordWrap(True)
        self._failure.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._make_buttons()
        self._lay_out()
        selection = self._list.selectionModel()
        assert selection is not None
        selection.currentChanged.connect(self._on_selected)
        self._table.rowsInserted.connect(self._select_first)
        self._table.modelReset.connect(self._select_first)
        job_center.jobs_changed.connect(self._on_jobs_changed)
        job_center.job_event.connect(self._on_job_event)
        self._select_first()
        self._on_jobs_changed()

    @property
    def selected(self) -> JobRecord | None:
        """The job whose log is shown."""
        row = self._table.row_of(self._shown_id)
        return None if row is None else self._center.record(self._shown_id)

    def select(self, job_id: str) -> None:
        """Show a job."""
        row = self._table.row_of(job_id)
        if row is not None:
            self._list.setCurrentIndex(self._table.index(row))

    def _make_buttons(self) -> None:
        self._stop = push_button(
            "Stop", "Finish the step, keep the best so far and end", name="Stop and keep the best"
        )
        self._cancel = push_button("Cancel", "Give the job up: it leaves no result", name="Cancel the job")
        self._retry = push_button("Retry", "Do the same work again", name="Retry the job")
        self._open = tool_button("open", "Open folder", "Show the job's folder in the file manager")
        self._stop.clicked.connect(lambda: self._center.stop(self._shown_id))
        self._cancel.clicked.connect(lambda: self._center.cancel(self._shown_id))
        self._retry.clicked.connect(self._on_retry)
        self._open.clicked.connect(self._on_open)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        for button in (self._stop, self._cancel, self._retry):
            buttons.addWidget(button, 1)
        buttons.addWidget(self._open)
        below = QWidget()
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(6)
        column.addLayout(buttons)
        column.addWidget(self._failure)
        column.addWidget(self._log, 1)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self._list)
        splitter.addWidget(below)
        splitter.setStretchFactor(1, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(8, 6, 8, 8)
        outer.addWidget(splitter)

    def _select_first(self) -> None:
        # The newest job is what the user has just asked for.
        if self._table.rowCount():
            index = self._table.index(0)
            selection = self._list.selectionModel()
            assert selection is not None
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self._on_selected()
        else:
            self._show_job("")

    def _on_selected(self) -> None:
        index = self._list.currentIndex()
        record = self._center.records()[index.row()] if index.isValid() else None
        self._show_job(record.id if record is not None else "")

    def _show_job(self, job_id: str) -> None:
        if job_id == self._shown_id:
            return
        self._shown_id = job_id
        self._log.clear()
        if job_id:
            lines = [line for event in self._center.history(job_id) if (line := log_line(event))]
            self._log.setPlainText("\n".join(lines[-_MAX_LINES:]))
            self._log.moveCursor(QTextCursor.MoveOperation.End)
        self._on_jobs_changed()

    def _on_jobs_changed(self) -> None:
        record = self.selected
        running = record is not None and record.state in ("running", "queued")
        asked = self._center.asked(record.id) if record is not None else ""
        self._stop.setEnabled(record is not None and record.state == "running" and not asked)
        self._cancel.setEnabled(running and asked != "cancel")
        self._retry.setEnabled(record is not None and not running)
        self._open.setEnabled(record is not None)
        self._log.setPlaceholderText("" if record is None else "It has not said anything yet.")
        self._show_outcome(record)

    def _show_outcome(self, record: JobRecord | None) -> None:
        sentence = "" if record is None else outcome(record)
        self._failure.setText(sentence)
        self._failure.setVisible(bool(sentence))
        set_tone(self._failure, "bad" if record is not None and record.state == "failed" else "")

    def _on_job_event(self, job_id: str, event: Event) -> None:
        line = log_line(event)
        if job_id == self._shown_id and line is not None:
            self._log.appendPlainText(line)

    def _on_retry(self) -> None:
        try:
            self._center.retry(self._shown_id)
        except CirrusError as error:
            self._center.trouble.emit(error)

    def _on_open(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._center.folder(self._shown_id))))


class _JobList(QListView):
    """The list; says what it is for while it is empty."""

    def __init__(self) -> None:
        super().__init__()
        explain(self, "Jobs", "Background jobs of this project, newest first")
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setMinimumHeight(110)

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)  # type: ignore[arg-type]
        model = self.model()
        viewport = self.viewport()
        if viewport is None or (model is not None and model.rowCount()):
            return
        painter = QPainter(viewport)
        painter.setPen(self.palette().placeholderText().color())
        painter.drawText(viewport.rect(), Qt.AlignmentFlag.AlignCenter, _EMPTY)
        painter.end()
