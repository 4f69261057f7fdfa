"""The sample night: simulated once in the background, opened when it is there."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from cirrus_core.errors import CirrusError
from cirrus_core.jobs.params import SimulateParams, simulate_job
from cirrus_core.jobs.spec import JobRecord
from cirrus_core.project.project import Project
from cirrus_core.settings import default_project_dir
from cirrus_gui.background import run_in_background
from cirrus_gui.notify import Notifier
from cirrus_gui.state.job_center import JobCenter
from cirrus_gui.state.session import Session

N_FRAMES = 60


class SampleNight(QObject):
    """Makes the sample night for somebody who has no frames at hand.

    Signals
    -------
    progressed : int, int
        Frames simulated, frames in all; (0, 0) when it is over.
    """

    progressed = pyqtSignal(int, int)

    def __init__(
        self,
        session: Session,
        job_center: JobCenter,
        notifier: Notifier,
        *,
        project_root: Path | None = None,
        n_frames: int = N_FRAMES,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = job_center
        self._notifier = notifier
        self._root = project_root
        self._n_frames = n_frames
        self._job_id = ""
        job_center.jobs_changed.connect(self._on_jobs_changed)
        job_center.job_ended.connect(self._on_ended)

    @property
    def folder(self) -> Path:
        """Where the sample night lies."""
        return (self._root or default_project_dir()) / "nights" / "sample"

    def open(self) -> None:
        """Open the sample night; it is simulated first if it is not there."""
        if self._job_id:
            return
        # The simulator writes night.json last.
        if (self.folder / "night.json").is_file():
            self._session.open_night(self.folder)
            return
        root = self._root or default_project_dir()
        run_in_background(lambda: Project.open(root), self._simulate, self._notifier.error)

    def _simulate(self, project: Project) -> None:
        self._jobs.set_project(project.layout)
        params = SimulateParams(out=str(self.folder), config={"frames": self._n_frames})
        try:
            self._job_id = self._jobs.submit(simulate_job(params))
        except CirrusError as error:
            self._notifier.error(error)

    def _on_jobs_changed(self) -> None:
        if not self._job_id:
            return
        record = next((record for record in self._jobs.records() if record.id == self._job_id), None)
        if record is None:
            # Another project was opened: the simulation goes on by itself.
            self._job_id = ""
            self.progressed.emit(0, 0)
        else:
            self.progressed.emit(record.done, record.total)

    def _on_ended(self, job_id: str, record: JobRecord) -> None:
        if job_id != self._job_id:
            return
        self._job_id = ""
        self.progressed.emit(0, 0)
        if record.state == "finished":
            self._session.open_night(self.folder)
