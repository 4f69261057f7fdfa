"""The folder of a job: the one truth that window, command line and tests read.

::

    job.json        the JobSpec, written once
    events.jsonl    what the job said (see `events`); written by the worker
    stderr.log      everything that was printed
    result.json     result of a finished job
    command         "stop" or "cancel", for a worker whose window has gone
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cirrus_core.config import read_json
from cirrus_core.errors import JobError, UsageError
from cirrus_core.files import write_text_atomic
from cirrus_core.jobs.events import (
    CancelledEvent,
    Event,
    Failed,
    Finished,
    Progress,
    Started,
    from_line,
    read_events,
    utc_now,
)
from cirrus_core.jobs.processes import WorkerId
from cirrus_core.jobs.spec import JobRecord, JobSpec
from cirrus_core.project.layout import ProjectLayout

_TAIL_BYTES = (4096, 256 * 1024)
"""How much of the end of the events is searched: first little, then, without success, much."""
_PRINTED_BYTES = 4096
GONE = "The job ended without a word: it was killed, or the computer was switched off."
GONE_HINT = "Try it again; if it happens again, look at stderr.log in the job's folder."


@dataclass(frozen=True, slots=True)
class JobFolder:
    """One job on disk; nothing is read before it is asked for."""

    root: Path

    @classmethod
    def create(cls, jobs_dir: Path, spec: JobSpec) -> JobFolder:
        """Make the folder of a new job below `jobs_dir` and write its ``job.json``.

        Raises
        ------
        JobError
            If the folder cannot be written.
        """
        now = utc_now()
        job_id = f"{now:%Y%m%d-%H%M%S-%f}-{spec.kind}-{secrets.token_hex(2)}"
        folder = cls(jobs_dir / job_id)
        dated = spec.model_copy(update={"created": spec.created or now.isoformat()})
        try:
            folder.root.mkdir(parents=True)
            write_text_atomic(folder.job_file, dated.model_dump_json(indent=2) + "\n")
        except OSError as error:
            raise JobError(
                f"The job cannot be written below {jobs_dir}: {error.strerror or error}.",
                "Is the disk full, or the project read-only?",
            ) from error
        return folder

    @property
    def id(self) -> str:
        return self.root.name

    @property
    def project(self) -> ProjectLayout:
        """The project that the job lies in, and writes to: never one that a file names."""
        return ProjectLayout(self.root.resolve().parents[1])

    @property
    def job_file(self) -> Path:
        return self.root / "job.json"

    @property
    def events_file(self) -> Path:
        return self.root / "events.jsonl"

    @property
    def stderr_file(self) -> Path:
        return self.root / "stderr.log"

    @property
    def result_file(self) -> Path:
        return self.root / "result.json"

    @property
    def command_file(self) -> Path:
        return self.root / "command"

    def spec(self) -> JobSpec:
        """What the job was asked to do.

        Raises
        ------
        JobError
            If ``job.json`` is missing or damaged.
        """
        try:
            return read_json(JobSpec, self.job_file, what="job")
        except UsageError as error:
            raise JobError(f"The job {self.id} cannot be read: {error.message}", error.hint) from error

    def events(self, offset: int = 0) -> tuple[list[Event], int]:
        """The events after byte `offset`, and the offset to go on from."""
        return read_events(self.events_file, offset)

    def told(self) -> JobRecord:
        """The state of the job as its events tell it: "running" until they tell an end.

        Only the first and last events are parsed, so that a window with hundreds of old jobs opens
        at once.

        Raises
        ------
        JobError
            If ``job.json`` is missing or damaged.
        """
        record = JobRecord(id=self.id, spec=self.spec(), state="queued")
        for event in self._telling_events():
            record = apply_event(record, event)
        return record

    def record(self) -> JobRecord:
        """The state of the job: as `told`, but "failed" when its process has gone without a word."""
        record = self.told()
        if record.state != "running" or self._worker_lives():
            return record
        ended = self.last_sign_of_life().isoformat()
        return record.model_copy(
            update={"state": "failed", "message": GONE, "hint": GONE_HINT, "ended": ended}
        )

    def worker(self) -> WorkerId | None:
        """Process that works on the job, or worked on it; None before it started."""
        first = self._first_event()
        return WorkerId(first.pid, first.create_time) if isinstance(first, Started) else None

    def last_sign_of_life(self) -> datetime:
        """When something was written last, UTC."""
        newest = max(path.stat().st_mtime for path in (self.job_file, self.events_file) if path.exists())
        return datetime.fromtimestamp(newest, UTC)

    def last_printed(self) -> str:
        """The last lines that the worker printed."""
        printed, is_whole = _tail(self.stderr_file, _PRINTED_BYTES)
        text = printed.decode("utf-8", "replace")
        return (text if is_whole else text.partition("\n")[2]).strip()

    def _worker_lives(self) -> bool:
        worker = self.worker()
        return worker is not None and worker.lives()

    def _first_event(self) -> Event | None:
        try:
            with self.events_file.open("rb") as stream:
                line = stream.readline()
        except FileNotFoundError:
            return None
        return from_line(line) if line.endswith(b"\n") else None

    def _telling_events(self) -> Iterator[Event]:
        """The first event, the last progress and the terminal event."""
        for n_bytes in _TAIL_BYTES:
            progress, terminal = self._end_of_events(n_bytes)
            if progress is not None:
                break
        told = (self._first_event(), progress, terminal)
        yield from (event for event in told if event is not None)

    def _end_of_events(self, n_bytes: int) -> tuple[Event | None, Event | None]:
        """The last progress and the terminal event among the last bytes, if they are there."""
        terminal: Event | None = None
        for line in reversed(_last_lines(self.events_file, n_bytes)):
            event = from_line(line)
            if isinstance(event, Finished | Failed | CancelledEvent):
                terminal = event
            elif isinstance(event, Progress):
                return event, terminal
        return None, terminal


def _last_lines(path: Path, n_bytes: int) -> list[bytes]:
    """The complete lines among the last bytes of a file."""
    tail, is_whole = _tail(path, n_bytes)
    lines = tail.split(b"\n")[:-1]
    return [line for line in (lines if is_whole else lines[1:]) if line.strip()]


def _tail(path: Path, n_bytes: int) -> tuple[bytes, bool]:
    """The last bytes of a file, and whether they are all of it; nothing of a missing file."""
    try:
        with path.open("rb") as stream:
            start = max(0, stream.seek(0, os.SEEK_END) - n_bytes)
            stream.seek(start)
            return stream.read(), start == 0
    except FileNotFoundError:
        return b"", True


def apply_event(record: JobRecord, event: Event) -> JobRecord:
    """The record after one more event. Nothing comes after a terminal event."""
    if record.state in ("finished", "failed", "cancelled"):
        return record
    update: dict[str, object] = {}
    match event:
        case Started():
            update = {"state": "running", "pid": event.pid, "started": event.time.isoformat()}
        case Progress():
            update = {"done": event.done, "total": event.total, "status": event.message}
        case Finished():
            update = {"state": "finished", "result": event.result, "ended": event.time.isoformat()}
            if event.stopped:
                update["message"] = "Stopped early; the best so far was kept."
        case Failed():
            update = {
                "state": "failed",
                "message": event.message,
                "hint": event.hint,
                "traceback": event.traceback,
                "ended": event.time.isoformat(),
            }
        case CancelledEvent():
            update = {"state": "cancelled", "ended": event.time.isoformat()}
        case _:
            return record
    return record.model_copy(update=update)


def list_jobs(jobs_dir: Path) -> list[JobFolder]:
    """The jobs below a folder, oldest first; a missing folder has none."""
    if not jobs_dir.is_dir():
        return []
    folders = [JobFolder(path) for path in sorted(jobs_dir.iterdir()) if path.is_dir()]
    return [folder for folder in folders if folder.job_file.is_file()]
