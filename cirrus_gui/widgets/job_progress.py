"""How far one job is, shown where it was started."""

from __future__ import annotations

from PyQt6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from cirrus_core.jobs.spec import JobRecord
from cirrus_core.jobs.words import duration_text, percent
from cirrus_gui.state.job_center import JobCenter
from cirrus_gui.widgets.section import push_button


class JobProgress(QWidget):
    """Bar, remaining time and the two ways to end a running job."""

    def __init__(self, job_center: JobCenter) -> None:
        super().__init__()
        self._center = job_center
        self._job_id = ""
        self._text = QLabel()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._stop = push_button("Stop", "End now and keep the best so far", name="Stop the job")
        self._cancel = push_button("Cancel", "Give the job up: no result", name="Cancel the job")
        self._stop.clicked.connect(lambda: self._center.stop(self._job_id))
        self._cancel.clicked.connect(lambda: self._center.cancel(self._job_id))
        self._lay_out(self._stop, self._cancel)

    def show_job(self, record: JobRecord | None) -> None:
        """Show how far a job is; nothing unless it runs or waits."""
        busy = record is not None and record.state in ("running", "queued")
        self.setVisible(busy)
        if record is None or not busy:
            return
        self._job_id = record.id
        share = percent(record)
        self._bar.setRange(0, 0 if share is None and record.state == "running" else 100)
        self._bar.setValue(share or 0)
        asked = self._center.asked(record.id)
        self._stop.setEnabled(record.state == "running" and not asked)
        self._cancel.setEnabled(asked != "cancel")
        remaining = self._center.remaining_s(record.id)
        left = "" if remaining is None else f", {duration_text(remaining)} left"
        status = "waiting for its turn" if record.state == "queued" else record.status or "starting"
        self._text.setText({"stop": "stopping", "cancel": "cancelling"}.get(asked, f"{status}{left}"))

    def _lay_out(self, stop: QPushButton, cancel: QPushButton) -> None:
        row = QHBoxLayout()
        row.addWidget(stop, 1)
        row.addWidget(cancel, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self._text)
        column.addWidget(self._bar)
        column.addLayout(row)
