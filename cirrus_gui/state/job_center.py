"""The background jobs of the project: queue, start, follow, stop, find again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from cirrus_core.errors import CirrusError, JobError
from cirrus_core.jobs.events import CancelledEvent, Event, Failed, append_event, whole_bytes
from cirrus_core.jobs.folder import JobFolder, apply_event, list_jobs
from cirrus_core.jobs.launch import WORKER_COMMAND, JobHandle
from cirrus_core.jobs.spec import JobRecord, JobSpec
from cirrus_core.project.layout import ProjectLayout
from cirrus_gui.state.job_process import Asked, JobProcess

TICK_MS = 200


class JobCenter(QObject):
    """All jobs of a project; one works at a time, the others wait their turn.

    Everything is read from the job folders, so that a restarted window finds its old jobs and follows
    those that still run.

    Signals
    -------
    jobs_changed
        A job came, or the record of one changed.
    job_event : str, Event
        A job that runs said something.
    job_ended : str, JobRecord
        A job ended while this window looked on.
    trouble : CirrusError
        A job of the project cannot be read, or cannot be told what to do.
    """

    jobs_changed = pyqtSignal()
    job_event = pyqtSignal(str, object)
    job_ended = pyqtSignal(str, object)
    trouble = pyqtSignal(object)

    def __init__(self, parent: QObject | None = None, *, command: Sequence[str] = WORKER_COMMAND) -> None:
        super().__init__(parent)
        self._command = command
        self._jobs: dict[str, JobProcess] = {}
        self._layout: ProjectLayout | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._on_tick)

    def set_project(self, layout: ProjectLayout | None) -> None:
        """Show the jobs of a project. Those of the project before go on by themselves."""
        if layout == self._layout:
            return
        self.close(keep_running=True)
        self._layout = layout
        for folder in [] if layout is None else list_jobs(layout.jobs):
            try:
                self._find_again(folder)
            except JobError as error:
                self.trouble.emit(error)
        self._start_next()
        self.jobs_changed.emit()

    def submit(self, spec: JobSpec) -> str:
        """Put a job in the queue and return its id.

        Raises
        ------
        JobError
            If no project is open or its folder cannot be written.
        """
        if self._layout is None:
            raise JobError("No project is open.", "Open a night first.")
        folder = JobFolder.create(self._layout.jobs, spec)
        self._jobs[folder.id] = JobProcess(folder, folder.told())
        self._start_next()
        self.jobs_changed.emit()
        return folder.id

    def stop(self, job_id: str) -> None:
        """Finish the batch and keep the best; a job that waits is cancelled."""
        self._ask(job_id, "stop")

    def cancel(self, job_id: str) -> None:
        """Give the job up: by asking, then by force."""
        self._ask(job_id, "cancel")

    def retry(self, job_id: str) -> str:
        """Submit the same work again and return the new job's id; `JobError` as for `submit`."""
        spec = self._job(job_id).record.spec
        return self.submit(spec.model_copy(update={"retry_of": job_id, "created": ""}))

    def records(self) -> list[JobRecord]:
        """What is known of every job, the newest first."""
        return [job.record for job in reversed(self._jobs.values())]

    def record(self, job_id: str) -> JobRecord:
        """What is known of one job."""
        return self._job(job_id).record

    def asked(self, job_id: str) -> Asked:
        """What the user has asked of the job so far."""
        return self._job(job_id).asked

    def elapsed_s(self, job_id: str) -> float | None:
        """Seconds that the job has taken so far, or took; None before it started."""
        return self._job(job_id).elapsed_s()

    def remaining_s(self, job_id: str) -> float | None:
        """Seconds to go at the pace so far; None when unknown."""
        return self._job(job_id).remaining_s()

    def folder(self, job_id: str) -> Path:
        """The job's folder."""
        return self._job(job_id).folder.root

    def history(self, job_id: str) -> list[Event]:
        """All but progress that the job has said so far; what comes next comes by `job_event`."""
        return self._job(job_id).history()

    def running(self) -> list[JobRecord]:
        """The jobs that run or wait."""
        return [job.record for job in self._jobs.values() if not job.ended]

    def close(self, *, keep_running: bool) -> None:
        """The window closes: let jobs go on without it, or cancel them and empty the queue.

        Jobs that wait are kept for the next window. Returns at once: a worker that ignores "cancel"
        ends itself after `listener.GIVE_UP_S`.
        """
        self._timer.stop()
        for job in self._jobs.values():
            if job.handle is not None and keep_running:
                job.handle.detach()
            elif job.handle is not None:
                self._ask_running(job, "cancel")
            elif not job.ended and not keep_running:
                self._end_unstarted(job, CancelledEvent())
        self._jobs.clear()
        self._layout = None
        self.jobs_changed.emit()  # who asks for a job from now on is told that there are none

    def _job(self, job_id: str) -> JobProcess:
        return self._jobs[job_id]

    def _find_again(self, folder: JobFolder) -> None:
        job = self._jobs[folder.id] = JobProcess(folder, folder.told())
        if job.record.state == "running":
            # An end that is written meanwhile is told again or polled, never lost. One whose process has
            # gone is told as failed at the first tick.
            offset = whole_bytes(folder.events_file)
            job.record = folder.told()
            if not job.ended:
                job.follow(JobHandle.attach(folder, offset=offset))
                self._timer.start()

    def _start_next(self) -> None:
        if any(job.handle is not None for job in self._jobs.values()):
            return
        waiting = next((job for job in self._jobs.values() if job.record.state == "queued"), None)
        if waiting is None:
            self._timer.stop()
            return
        try:
            waiting.follow(JobHandle.start(waiting.folder, command=self._command))
        except CirrusError as error:
            self._end_unstarted(waiting, Failed(kind="expected", message=error.message, hint=error.hint))
        self._timer.start()

    def _on_tick(self) -> None:
        changed = False
        for job_id, job in list(self._jobs.items()):
            if job.handle is None:
                continue
            had_ended = job.ended
            for event in job.poll():
                changed = True
                self.job_event.emit(job_id, event)
            if job.ended and not had_ended:
                self.job_ended.emit(job_id, job.record)
        n_before = self._n_running()
        self._start_next()
        if changed or self._n_running() != n_before:
            self.jobs_changed.emit()

    def _n_running(self) -> int:
        return sum(job.handle is not None for job in self._jobs.values())

    def _ask(self, job_id: str, what: Asked) -> None:
        job = self._job(job_id)
        if job.ended or not what:
            return
        if job.handle is None:
            self._end_unstarted(job, CancelledEvent())
        else:
            self._ask_running(job, what)
        self.jobs_changed.emit()

    def _ask_running(self, job: JobProcess, what: Literal["stop", "cancel"]) -> None:
        try:
            job.ask(what)
        except JobError as error:
            self.trouble.emit(error)

    def _end_unstarted(self, job: JobProcess, event: Event) -> None:
        try:
            append_event(job.folder.events_file, event)
        except OSError as error:
            problem = JobError(f"The job {job.folder.id} cannot be written: {error.strerror}.")
            self.trouble.emit(problem)
        job.record = apply_event(job.record, event)
        self.job_event.emit(job.folder.id, event)
        self.job_ended.emit(job.folder.id, job.record)
