"""The stop ladder and the finding of running jobs, with real processes and a clock of our own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from job_helpers import SCRIPT, child_pid, follow, is_gone, new_job, said, start

from cirrus_core.errors import JobError
from cirrus_core.jobs.events import Failed, Started, append_event
from cirrus_core.jobs.folder import JobFolder, list_jobs
from cirrus_core.jobs.launch import ASK_S, TERMINATE_S, JobHandle
from cirrus_core.jobs.processes import WorkerId


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_worker_that_does_not_look_is_terminated_after_ten_seconds(tmp_path: Path) -> None:
    clock = Clock()
    handle = start(tmp_path, "deaf", clock=clock)
    follow(handle, said("progress"))
    handle.cancel()
    clock.now = ASK_S - 0.1
    handle.tick()
    time.sleep(0.3)
    assert not handle.poll() and not handle.over
    clock.now = ASK_S
    assert follow(handle)[-1].type == "cancelled"


def test_a_worker_that_ignores_signals_is_killed_with_its_children(tmp_path: Path) -> None:
    clock = Clock()
    handle = start(tmp_path, "stone_deaf", clock=clock)
    child = child_pid(follow(handle, said("log")))
    handle.cancel()
    for now in (ASK_S, ASK_S + TERMINATE_S - 0.1):
        clock.now = now
        handle.tick()
        time.sleep(0.2)
        assert not handle.over and psutil.pid_exists(child)
    clock.now = ASK_S + TERMINATE_S
    assert follow(handle)[-1].type == "cancelled"
    assert is_gone(child)
    assert handle.folder.record().state == "cancelled"


def test_stop_is_never_followed_by_force(tmp_path: Path) -> None:
    clock = Clock()
    handle = start(tmp_path, "deaf", clock=clock)
    follow(handle, said("progress"))
    handle.stop()
    clock.now = 1000.0
    handle.tick()
    time.sleep(0.3)
    assert not handle.over
    handle.cancel()
    clock.now += ASK_S
    assert follow(handle)[-1].type == "cancelled"


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_mean_cancel(tmp_path: Path, number: signal.Signals) -> None:
    handle = start(tmp_path, "steps")
    follow(handle, said("metrics"))
    worker = handle.folder.worker()
    assert worker is not None
    os.kill(worker.pid, number)
    assert follow(handle)[-1].type == "cancelled"


def test_work_that_nobody_pushes_ends_itself(tmp_path: Path) -> None:
    folder = new_job(tmp_path, "deaf_but_brief")
    process = subprocess.Popen([*SCRIPT, str(folder.root)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    follow(JobHandle(folder, worker=WorkerId.of(process.pid), process=None), said("progress"))
    process.communicate(b"cancel\n", timeout=60)
    assert process.returncode == 3
    assert folder.record().state == "cancelled"


def test_the_worker_leads_a_group_of_its_own(tmp_path: Path) -> None:
    handle = start(tmp_path, "steps")
    follow(handle, said("metrics"))
    worker = handle.folder.worker()
    assert worker is not None
    if sys.platform != "win32":
        assert os.getpgid(worker.pid) == worker.pid != os.getpgrp()
    handle.cancel()
    follow(handle)


def test_a_number_that_was_given_to_another_process_is_no_worker(tmp_path: Path) -> None:
    folder = new_job(tmp_path, "quick")
    me = WorkerId.of(os.getpid())
    append_event(folder.events_file, Started(pid=me.pid, create_time=me.create_time - 1000))
    assert folder.record().state == "failed"
    handle = JobHandle.attach(folder)
    (started, failed) = follow(handle)
    assert isinstance(started, Started) and isinstance(failed, Failed) and handle.over
    assert me.lives(), "the stranger is left alone"
    assert [event.type for event in folder.events()[0]] == ["started", "failed"]


def test_what_a_dead_worker_left_running_is_ended_when_it_is_found(tmp_path: Path) -> None:
    first = start(tmp_path, "orphan_and_die")
    process = first._process
    assert process is not None
    process.wait(60)
    child = child_pid(first.folder.events()[0])
    assert psutil.pid_exists(child)
    follow(JobHandle.attach(first.folder))
    assert is_gone(child)


def test_two_programs_cannot_run_the_same_job(tmp_path: Path) -> None:
    first = start(tmp_path, "steps")
    follow(first, said("metrics"))
    second = JobHandle.start(JobFolder(first.folder.root), command=SCRIPT)
    assert second._process is not None and second._process.wait(60) == 1
    follow(second, said("metrics"))
    second.stop()
    assert follow(second)[-1].type == follow(first)[-1].type == "finished"
    assert sum(event.type == "finished" for event in first.folder.events()[0]) == 1


def test_a_job_that_cannot_be_asked_is_told_and_cancelled_all_the_same(tmp_path: Path) -> None:
    clock = Clock()
    first = start(tmp_path, "steps")
    follow(first, said("metrics"))
    first.detach()
    found = JobHandle.attach(JobFolder(first.folder.root), clock=clock)
    found.folder.command_file.mkdir()  # nothing can be written there
    with pytest.raises(JobError, match="cannot be asked to stop"):
        found.stop()
    with pytest.raises(JobError, match="cannot be asked to cancel"):
        found.cancel()
    clock.now = ASK_S
    found.tick()
    assert follow(found)[-1].type == "cancelled"


def test_python_files_beside_the_frames_are_no_libraries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "psutil.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    end = follow(JobHandle.start(new_job(tmp_path / "jobs", "quick")))[-1]
    assert isinstance(end, Failed) and end.kind == "expected" and "in the job" in end.message


def test_a_program_that_cannot_be_started_is_told(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="cannot be started"):
        JobHandle.start(new_job(tmp_path, "quick"), command=(str(tmp_path / "no-such-program"),))


def test_an_end_on_a_full_disk_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1000))
    end = follow(start(tmp_path, "leave"))[-1]
    assert isinstance(end, Failed) and "disk is full" in end.message and "room" in end.hint


def test_jobs_are_listed_in_the_order_they_were_made(tmp_path: Path) -> None:
    made = [new_job(tmp_path, "quick") for _ in range(5)]
    (tmp_path / "not-a-job").mkdir()
    assert list_jobs(tmp_path) == made
    assert list_jobs(tmp_path / "nothing") == []
    assert [folder.record().state for folder in made] == ["queued"] * 5
