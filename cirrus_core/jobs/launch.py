"""Start a worker, follow it, and end it: everything by being called now and then, never by waiting."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Literal

import psutil

from cirrus_core.errors import JobError
from cirrus_core.files import write_text_atomic
from cirrus_core.jobs.events import (
    CancelledEvent,
    Event,
    Failed,
    Finished,
    Started,
    append_event,
    read_events,
)
from cirrus_core.jobs.folder import GONE, GONE_HINT, JobFolder
from cirrus_core.jobs.processes import WorkerId

ASK_S = 10.0
"""A worker has this long to obey 'cancel' before it is terminated,"""
TERMINATE_S = 5.0
"""and then this long before it and all its children are killed."""

_SIGKILL = 9
_FULL_BYTES = 1_000_000
_WINDOWS_NEW_GROUP = 0x200

WORKER_COMMAND = (sys.executable, "-P", "-m", "cirrus_core.jobs.worker")
"""With ``-P`` no Python file that lies beside somebody's frames is taken for a library."""


class JobHandle:
    """One job that runs: read its events with `poll`, drive its end with `tick`.

    `stop` asks to keep the best and is never followed by force, since that would lose the best;
    `cancel` climbs the ladder: ask, `ASK_S`, terminate, `TERMINATE_S`, kill the whole group.
    `clock` tells seconds and may be replaced in tests.
    """

    def __init__(
        self,
        folder: JobFolder,
        *,
        worker: WorkerId | None,
        process: subprocess.Popen[bytes] | None,
        offset: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.folder = folder
        self._worker = worker
        self._process = process
        self._clock = clock
        self._offset = offset
        self._told_end = False
        self._cancelled = False
        self._ending_since: float | None = None
        self._rung: Literal["ask", "terminate", "kill"] = "ask"

    @classmethod
    def start(
        cls,
        folder: JobFolder,
        *,
        command: Sequence[str] = WORKER_COMMAND,
        clock: Callable[[], float] = time.monotonic,
    ) -> JobHandle:
        """Start the worker of a new job in a process group of its own.

        Raises
        ------
        JobError
            If no process can be started.
        """
        try:
            with folder.stderr_file.open("ab") as stderr:
                process = subprocess.Popen(
                    [*command, str(folder.root)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=stderr,
                    bufsize=0,
                    start_new_session=sys.platform != "win32",
                    creationflags=_WINDOWS_NEW_GROUP if sys.platform == "win32" else 0,
                )
        except OSError as error:
            raise JobError(
                f"The job cannot be started: {error.strerror or error}.",
                "Is the disk full, or are too many programs open?",
            ) from error
        try:
            worker = WorkerId.of(process.pid)
        except psutil.NoSuchProcess:
            worker = None
        return cls(folder, worker=worker, process=process, clock=clock)

    @classmethod
    def attach(
        cls, folder: JobFolder, *, offset: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> JobHandle:
        """Follow a job that an earlier window started; it may have ended meanwhile.

        `poll` begins at byte `offset` of the events, before which there must be no end.
        """
        return cls(folder, worker=folder.worker(), process=None, offset=offset, clock=clock)

    @property
    def offset(self) -> int:
        """Bytes of the events file that `poll` has told."""
        return self._offset

    @property
    def over(self) -> bool:
        """True once the end was told by `poll` and the process is gone."""
        return self._told_end and not self._lives()

    def poll(self, *, limit: int = 1000) -> list[Event]:
        """The next events, at most about `limit`; the last one of all is terminal.

        A worker that ended without a terminal event gets one here, and its children are ended.
        """
        # Looked at before reading: what it wrote before its end is then surely read.
        lives = self._lives()
        events, self._offset = read_events(self.folder.events_file, self._offset, limit=limit)
        for event in events:
            self._note(event)
        if not lives and not self._told_end and not events:
            events.append(self._last_word())
        return events

    def stop(self) -> None:
        """Ask to finish the batch and keep the best; `JobError` if nothing can be written for it to read."""
        self._say("stop")

    def cancel(self) -> None:
        """Ask to give up; `tick` sees to it that it happens, even after a `JobError` as from `stop`."""
        self._cancelled = True
        self._ending_since = self._ending_since or self._clock()
        self._say("cancel")

    def detach(self) -> None:
        """Let the job go on without this program; one that was found again does so anyway."""
        self._say_by_pipe("detach")
        self._hang_up()

    def tick(self) -> None:
        """Take the next step of the ladder when its time has come."""
        if self._ending_since is None or not self._lives() or self._worker is None:
            return
        waited = self._clock() - self._ending_since
        if waited >= ASK_S + TERMINATE_S:
            self._rung = "kill"
            self._worker.kill_group()
        elif waited >= ASK_S and self._rung == "ask":
            self._rung = "terminate"
            self._worker.terminate()

    def _note(self, event: Event) -> None:
        if isinstance(event, Started):
            # Usually the process started here; another one if some other program was quicker.
            self._worker = WorkerId(event.pid, event.create_time)
        if isinstance(event, Finished | Failed | CancelledEvent):
            self._told_end = True
            # A worker that has said its last word and hangs is ended like one that was cancelled.
            self._ending_since = self._ending_since or self._clock()

    def _lives(self) -> bool:
        if self._process is not None and self._process.poll() is None:
            return True
        return self._worker is not None and self._worker.lives()

    def _last_word(self) -> Event:
        if self._worker is not None:
            self._worker.kill_group()
        self._hang_up()
        event = CancelledEvent() if self._cancelled else self._obituary()
        # On a full or read-only disk `JobFolder.record` comes to the same end without it.
        with contextlib.suppress(OSError):
            append_event(self.folder.events_file, event)
        self._told_end = True
        return event

    def _obituary(self) -> Failed:
        printed = self.folder.last_printed()
        code = None if self._process is None else self._process.returncode
        if code is None:
            seen = self.folder.last_sign_of_life()
            return Failed(kind="killed", message=GONE, hint=GONE_HINT, traceback=printed, time=seen)
        if code == -_SIGKILL:
            message = "The job was killed: possibly out of memory."
            hint = "Use a smaller batch size or smaller frames, or close other programs, and try again."
        elif shutil.disk_usage(self.folder.root).free < _FULL_BYTES:
            message = "The disk is full: the job could not write any more."
            hint = "Make room and try again."
        elif code < 0:
            message = f"The job crashed ({signal.Signals(-code).name})."
            hint = "Please report it with the text below."
        else:
            last = printed.splitlines()[-1] if printed else "it printed nothing"
            message = f"The job ended without a word (exit code {code}): {last}"
            hint = "Please report it with the text below."
        return Failed(kind="killed", message=message, hint=hint, traceback=printed)

    def _say_by_pipe(self, word: str) -> bool:
        pipe = None if self._process is None else self._process.stdin
        if pipe is None or pipe.closed:
            return False
        try:
            pipe.write(word.encode() + b"\n")
        except BrokenPipeError:
            # It has just ended, as `poll` will tell, or another program's worker does the job.
            self._hang_up()
            return False
        return True

    def _say(self, word: str) -> None:
        if self._say_by_pipe(word):
            return
        try:
            write_text_atomic(self.folder.command_file, word)
        except OSError as error:
            raise JobError(
                f"The job cannot be asked to {word}: {error.strerror or error}.",
                "Is the disk full, or the project read-only?",
            ) from error

    def _hang_up(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
