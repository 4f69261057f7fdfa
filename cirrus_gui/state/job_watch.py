"""What the rest of the window must know of jobs: new predictions, and how each job ended."""

from __future__ import annotations

import time

from PyQt6.QtCore import QObject

from cirrus_core.jobs.events import Event
from cirrus_core.jobs.spec import JobRecord
from cirrus_core.jobs.words import outcome
from cirrus_gui.notify import Notifier
from cirrus_gui.state.job_center import JobCenter
from cirrus_gui.state.session import Session

LOOK_AGAIN_S = 1.0
"""While a night is predicted its masks are looked for this often: the frame on screen comes first."""


class JobWatch(QObject):
    """Joins the job center to the session and to the user."""

    def __init__(
        self, session: Session, job_center: JobCenter, notifier: Notifier, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = job_center
        self._notifier = notifier
        self._last_look_s = 0.0
        session.night_opened.connect(self._on_night_opened)
        job_center.job_event.connect(self._on_event)
        job_center.job_ended.connect(self._on_ended)
        job_center.trouble.connect(notifier.error)

    def _on_night_opened(self) -> None:
        project = self._session.project
        self._jobs.set_project(None if project is None else project.layout)

    def _on_event(self, job_id: str, event: Event) -> None:
        now = time.monotonic()
        if event.type != "progress" or now - self._last_look_s < LOOK_AGAIN_S:
            return
        if self._jobs.record(job_id).spec.kind == "predict_night":
            self._last_look_s = now
            self._session.masks_changed.emit(-1)

    def _on_ended(self, job_id: str, record: JobRecord) -> None:
        if record.spec.kind == "predict_night":
            self._session.masks_changed.emit(-1)
        title, told = record.spec.title, outcome(record)
        if record.state == "failed":
            self._notifier.error(f"{title}: {record.message or 'failed'}", record.hint)
        elif record.state == "cancelled":
            self._notifier.info(f"{title}: cancelled.")
        elif told:
            self._notifier.warning(f"{title}: finished. {told}", _next_step(record))
        else:
            self._notifier.info(f"{title}: finished.", _next_step(record))


def _next_step(record: JobRecord) -> str:
    if record.spec.kind != "train_segment":
        return ""
    return "Ctrl+M shows the model: let it predict this night."
