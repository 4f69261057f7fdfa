"""One job as the window follows it: its folder, what is known of it, and its process while it runs."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from cirrus_core.jobs.events import Event, Progress, read_history, utc_now
from cirrus_core.jobs.folder import JobFolder, apply_event
from cirrus_core.jobs.launch import JobHandle
from cirrus_core.jobs.spec import JobRecord

Asked = Literal["", "stop", "cancel"]
_ENDED = ("finished", "failed", "cancelled")


class JobProcess:
    """A job of the list.

    `handle` is set while there is a process to follow; `asked` is what the user asked of it.
    """

    def __init__(self, folder: JobFolder, record: JobRecord) -> None:
        self.folder = folder
        self.record = record
        self.handle: JobHandle | None = None
        self.asked: Asked = ""
        self._first_progress: Progress | None = None

    @property
    def ended(self) -> bool:
        """True once nothing more will happen."""
        return self.record.state in _ENDED

    def follow(self, handle: JobHandle) -> None:
        """Follow the process of this job."""
        self.handle = handle
        self.record = self.record.model_copy(
            update={"state": "running", "started": self.record.started or utc_now().isoformat()}
        )

    def history(self) -> list[Event]:
        """All but progress that `poll` has returned so far, and what the job said before this window."""
        until = None if self.handle is None else self.handle.offset
        return read_history(self.folder.events_file, until)

    def poll(self) -> list[Event]:
        """What the job said since the last time; brings `record` up to date."""
        if self.handle is None:
            return []
        events = self.handle.poll()
        self.handle.tick()
        for event in events:
            self.record = apply_event(self.record, event)
            if isinstance(event, Progress):
                self._note_pace(event)
        if self.handle.over:
            self.handle = None
        return events

    def _note_pace(self, event: Progress) -> None:
        # Reading frames and training on them count their own steps: each has its own pace.
        first = self._first_progress
        if first is None or event.total != first.total or event.done < first.done:
            self._first_progress = event

    def ask(self, what: Literal["stop", "cancel"]) -> None:
        """Ask the running job to stop (keep the best) or to cancel."""
        if self.handle is None:
            return
        self.asked = what
        if what == "stop":
            self.handle.stop()
        else:
            self.handle.cancel()

    def elapsed_s(self) -> float | None:
        """Seconds since the start, until the end; None before it started."""
        if not self.record.started:
            return None
        ended = datetime.fromisoformat(self.record.ended) if self.record.ended else utc_now()
        return max(0.0, (ended - datetime.fromisoformat(self.record.started)).total_seconds())

    def remaining_s(self) -> float | None:
        """Seconds to go at the pace so far; None when there is no pace yet."""
        first = self._first_progress
        if first is None or self.record.state != "running" or self.record.done <= first.done:
            return None
        pace = (utc_now() - first.time).total_seconds() / (self.record.done - first.done)
        return pace * (self.record.total - self.record.done)
