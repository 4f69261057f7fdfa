"""Starting test jobs and following them to their end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from cirrus_core.jobs.events import Event, Log
from cirrus_core.jobs.folder import JobFolder
from cirrus_core.jobs.launch import JobHandle
from cirrus_core.jobs.spec import JobSpec

SCRIPT = (sys.executable, str(Path(__file__).with_name("job_script.py")))
PATIENCE_S = 60.0


def new_job(jobs_dir: Path, do: str) -> JobFolder:
    return JobFolder.create(jobs_dir, JobSpec(kind="simulate_sky", title=do, params={"do": do}))


def start(jobs_dir: Path, do: str, *, clock: Callable[[], float] = time.monotonic) -> JobHandle:
    return JobHandle.start(new_job(jobs_dir, do), command=SCRIPT, clock=clock)


def follow(handle: JobHandle, until: Callable[[list[Event]], bool] | None = None) -> list[Event]:
    """Poll as the window does until the job is over, or `until` says that enough was heard."""
    heard: list[Event] = []
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        heard += handle.poll()
        handle.tick()
        if handle.over or (until is not None and until(heard)):
            return heard
        time.sleep(0.02)
    raise AssertionError(f"nothing after {PATIENCE_S} s; heard {heard}")


def said(type_: str) -> Callable[[list[Event]], bool]:
    return lambda heard: any(event.type == type_ for event in heard)


def child_pid(heard: list[Event]) -> int:
    (line,) = [e.message for e in heard if isinstance(e, Log) and e.message.startswith("child")]
    return int(line.split()[1])


def is_gone(pid: int) -> bool:
    """True once the process is dead; a dead one may wait for a parent that never asks."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False
