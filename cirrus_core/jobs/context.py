"""The worker's side of a job: what was asked of it, and how it tells what it does."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO

from cirrus_core.errors import Cancelled, JobError
from cirrus_core.jobs.events import (
    Artifact,
    CancelledEvent,
    Event,
    Failed,
    Finished,
    Log,
    Metrics,
    Progress,
    to_line,
)
from cirrus_core.progress import LogLevel

_PROGRESS_S = 0.1
"""Progress is told at most this often: nobody sees more, and the file stays small."""


class EventWriter:
    """Appends events to ``events.jsonl`` and repeats them on the real standard output.

    Safe to use from several threads. What comes after the terminal event is dropped, so that there is
    exactly one.

    Raises
    ------
    JobError
        If the job has run before: its events are not mixed with new ones.
    """

    def __init__(self, path: Path, *, stdout: BinaryIO | None) -> None:
        self._lock = threading.Lock()
        self._stdout = stdout
        self._over = False
        self._torn = b""
        try:
            self._file = path.open("xb", buffering=0)
        except FileExistsError as error:
            raise JobError("This job has already run.", "Start it again with 'Retry'.") from error

    def write(self, event: Event) -> None:
        """Append one event; a terminal one is also forced to disk.

        Raises
        ------
        OSError
            If the disk is full.
        """
        line = to_line(event)
        with self._lock:
            if self._over:
                return
            self._append(line)
            self._repeat(line)
            if isinstance(event, Finished | Failed | CancelledEvent):
                self._over = True
                os.fsync(self._file.fileno())
                self._file.close()

    def _append(self, line: bytes) -> None:
        # A disk that fills up may take half a line: the next one then begins with a newline.
        whole = self._torn + line
        written = self._file.write(whole) or 0
        self._torn = b"" if written == len(whole) else b"\n"
        if self._torn:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _repeat(self, line: bytes) -> None:
        if self._stdout is None:
            return
        try:
            self._stdout.write(line)
            self._stdout.flush()
        except BrokenPipeError:
            # Whoever listened has gone; the file goes on telling.
            self._stdout = None


class Requests:
    """What the user asked of a running job. Set by listeners, read by the work."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.cancel = threading.Event()

    def take(self, word: str) -> None:
        """Obey one word from outside; anything but "stop" and "cancel" is ignored."""
        if word == "stop":
            self.stop.set()
        elif word == "cancel":
            self.cancel.set()


class JobContext:
    """The `TaskContext` of a job: everything that is said becomes an event."""

    def __init__(self, writer: EventWriter, requests: Requests) -> None:
        self._writer = writer
        self._requests = requests
        self._last_progress_s = -_PROGRESS_S

    def progress(self, done: int, total: int, message: str = "") -> None:
        now = time.monotonic()
        if done < total and now - self._last_progress_s < _PROGRESS_S:
            return
        self._last_progress_s = now
        self._writer.write(Progress(done=done, total=total, message=message))

    def metrics(self, values: Mapping[str, float], *, step: int) -> None:
        self._writer.write(Metrics(step=step, values={k: float(v) for k, v in values.items()}))

    def log(self, message: str, level: LogLevel = "info") -> None:
        self._writer.write(Log(message=message, level=level))

    def artifact(self, kind: str, path: Path) -> None:
        self._writer.write(Artifact(kind=kind, path=str(path)))

    def stop_requested(self) -> bool:
        return self._requests.stop.is_set()

    def check_cancelled(self) -> None:
        if self._requests.cancel.is_set():
            raise Cancelled
