"""Real workers: how each way of ending is told, and what nothing can break."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from job_helpers import SCRIPT, child_pid, follow, is_gone, new_job, said, start

from cirrus_core.jobs.events import Failed, Finished, Metrics, Terminal, from_line
from cirrus_core.jobs.folder import JobFolder
from cirrus_core.jobs.launch import JobHandle


def last(heard: list[object]) -> object:
    assert sum(isinstance(event, Terminal) for event in heard) == 1
    return heard[-1]


def test_a_finished_job_leaves_its_result(tmp_path: Path) -> None:
    handle = start(tmp_path, "quick")
    heard = follow(handle)
    assert [event.type for event in heard] == ["started", "log", "progress", "artifact", "finished"]
    assert json.loads(handle.folder.result_file.read_text()) == {"result": {"answer": 42}}
    record = handle.folder.record()
    assert (record.state, record.result, record.done, record.total) == ("finished", {"answer": 42}, 3, 3)


def test_an_expected_error_is_a_sentence_with_a_hint(tmp_path: Path) -> None:
    end = last(follow(start(tmp_path, "sentence")))
    assert isinstance(end, Failed)
    assert (end.kind, end.message, end.hint, end.traceback) == (
        "expected",
        "a.fits is empty.",
        "Copy it again.",
        "",
    )


def test_out_of_memory_is_told_as_such(tmp_path: Path) -> None:
    end = last(follow(start(tmp_path, "memory")))
    assert isinstance(end, Failed) and end.kind == "memory"
    assert "memory" in end.message and "batch" in end.hint


def test_a_bug_carries_its_traceback(tmp_path: Path) -> None:
    end = last(follow(start(tmp_path, "bug")))
    assert isinstance(end, Failed) and end.kind == "bug"
    assert "ZeroDivisionError" in end.message and "1 / 0" in end.traceback


def test_a_killed_worker_is_reported_by_the_reader(tmp_path: Path) -> None:
    handle = start(tmp_path, "die")
    end = last(follow(handle))
    assert isinstance(end, Failed) and end.kind == "killed"
    assert "possibly out of memory" in end.message and "last words" in end.traceback
    assert handle.folder.record().message == end.message


def test_leaving_without_a_word_is_a_failure(tmp_path: Path) -> None:
    end = last(follow(start(tmp_path, "leave")))
    assert isinstance(end, Failed) and "exit code 7" in end.message


def test_a_full_disk_is_told_by_the_reader(tmp_path: Path) -> None:
    handle = start(tmp_path, "full_disk")
    end = last(follow(handle))
    assert isinstance(end, Failed) and end.kind == "killed"
    assert "too large for this disk" in end.message or "disk is full" in end.message
    assert handle.folder.record().message == end.message


def test_stop_keeps_the_best(tmp_path: Path) -> None:
    handle = start(tmp_path, "steps")
    heard = follow(handle, said("metrics"))
    handle.stop()
    end = last(heard + follow(handle))
    assert isinstance(end, Finished) and end.stopped and end.result["best"] < 600


def test_cancel_ends_without_result(tmp_path: Path) -> None:
    handle = start(tmp_path, "steps")
    follow(handle, said("metrics"))
    handle.cancel()
    assert follow(handle)[-1].type == "cancelled"
    assert handle.folder.record().state == "cancelled" and not handle.folder.result_file.exists()


def test_end_of_input_is_a_graceful_stop(tmp_path: Path) -> None:
    handle = start(tmp_path, "steps")
    follow(handle, said("metrics"))
    handle._hang_up()  # what the operating system does when the window dies
    end = follow(handle)[-1]
    assert isinstance(end, Finished) and end.stopped


def test_detached_work_goes_on_and_obeys_the_command_file(tmp_path: Path) -> None:
    first = start(tmp_path, "steps")
    follow(first, said("metrics"))
    first.detach()
    second = JobHandle.attach(JobFolder(first.folder.root))
    n_then = len(follow(second, said("metrics")))
    follow(second, lambda heard: len(heard) > n_then)
    second.stop()
    end = follow(second)[-1]
    assert isinstance(end, Finished) and end.stopped


def test_prints_cannot_break_the_stream_of_events(tmp_path: Path) -> None:
    folder = new_job(tmp_path, "noisy")
    done = subprocess.run(
        [*SCRIPT, str(folder.root)], input=b"", capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 0
    assert done.stdout == folder.events_file.read_bytes()
    assert [from_line(line).type for line in done.stdout.splitlines()] == ["started", "progress", "finished"]
    assert done.stderr.count(b"noise {") == 3 and b"from a child" in done.stderr


def test_a_reader_that_goes_away_does_not_stop_the_work(tmp_path: Path) -> None:
    folder = new_job(tmp_path, "quick")
    process = subprocess.Popen([*SCRIPT, str(folder.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    process.communicate(b"detach\n")
    assert process.returncode == 0 and folder.record().state == "finished"


def test_numbers_that_are_none_survive(tmp_path: Path) -> None:
    handle = start(tmp_path, "steps")
    heard = follow(handle, said("metrics"))
    handle.cancel()
    follow(handle)
    (first, *_) = [event for event in heard if isinstance(event, Metrics)]
    assert first.values["loss"] == 1.0 and first.values["bad"] != first.values["bad"]


@pytest.mark.parametrize("do", ["orphan", "orphan_and_die"])
def test_no_child_outlives_the_worker(tmp_path: Path, do: str) -> None:
    heard = follow(start(tmp_path, do))
    assert is_gone(child_pid(heard))


def test_a_job_runs_only_once(tmp_path: Path) -> None:
    handle = start(tmp_path, "quick")
    follow(handle)
    told = handle.folder.events_file.read_bytes()
    again = subprocess.run([*SCRIPT, str(handle.folder.root)], input=b"", capture_output=True, check=False)
    assert again.returncode == 1 and b"already run" in again.stderr
    assert handle.folder.events_file.read_bytes() == told
