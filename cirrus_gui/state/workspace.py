"""All objects behind the window, made in their order and joined; the window and the tests start from here."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QObject, QThreadPool

from cirrus_gui.notify import Notifier
from cirrus_gui.state.autosave import Autosave
from cirrus_gui.state.frame_loader import FrameLoader
from cirrus_gui.state.job_center import JobCenter
from cirrus_gui.state.job_watch import JobWatch
from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.state.memory import WindowMemory
from cirrus_gui.state.navigator import Navigator
from cirrus_gui.state.sample_night import SampleNight
from cirrus_gui.state.session import Session
from cirrus_gui.state.view_state import ViewState


class Workspace(QObject):
    """The state of one window."""

    def __init__(self, *, project_root: Path | None = None, memory: WindowMemory | None = None) -> None:
        super().__init__()
        self.notifier = Notifier(self)
        self.memory = memory or WindowMemory()
        self.session = Session(self.notifier, self.memory, project_root=project_root, parent=self)
        self.view = ViewState(self)
        self.loader = FrameLoader(self.session, self.view, parent=self)
        self.editor = MaskEditor(self.session, self.loader, self.notifier, self)
        self.autosave = Autosave(self.session, self.loader, self.editor, self.notifier, self)
        self.navigator = Navigator(self.session, self.loader, self.editor, self.notifier, self)
        self.jobs = JobCenter(self)
        self.job_watch = JobWatch(self.session, self.jobs, self.notifier, self)
        self.sample = SampleNight(
            self.session, self.jobs, self.notifier, project_root=project_root, parent=self
        )

    def close(self, *, keep_jobs: bool) -> None:
        """Let go of everything; unsaved work was dealt with before. A second call does nothing more."""
        self.jobs.close(keep_running=keep_jobs)
        self.session.close()
        self.loader.wait()
        self.memory.flush()
        pool = QThreadPool.globalInstance()
        if pool is not None:
            pool.waitForDone()
