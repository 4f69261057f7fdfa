"""The job center with real workers: queue, ends, retry, and windows that come and go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from job_helpers import PATIENCE_S, SCRIPT
from pytestqt.qtbot import QtBot

from cirrus_core.errors import JobError
from cirrus_core.jobs.events import Finished
from cirrus_core.jobs.folder import JobFolder
from cirrus_core.jobs.spec import JobRecord, JobSpec
from cirrus_core.project.layout import ProjectLayout
from cirrus_gui.state.job_center import JobCenter

PATIENCE_MS = int(1000 * PATIENCE_S)


def spec(do: str) -> JobSpec:
    return JobSpec(kind="simulate_sky", title=do, params={"do": do})


def wait_for(qtbot: QtBot, center: JobCenter, job_id: str, state: str) -> JobRecord:
    qtbot.waitUntil(lambda: center.record(job_id).state == state, timeout=PATIENCE_MS)
    return center.record(job_id)


def wait_for_steps(qtbot: QtBot, center: JobCenter, job_id: str) -> None:
    qtbot.waitUntil(lambda: center.record(job_id).total > 0, timeout=PATIENCE_MS)


@pytest.fixture
def layout(tmp_path: Path) -> ProjectLayout:
    return ProjectLayout(tmp_path / "project")


@pytest.fixture
def center(qtbot: QtBot, layout: ProjectLayout) -> Iterator[JobCenter]:
    center = JobCenter(command=SCRIPT)
    center.set_project(layout)
    yield center
    center.close(keep_running=False)


def test_a_job_is_followed_to_its_end(qtbot: QtBot, center: JobCenter) -> None:
    heard = []
    center.job_event.connect(lambda job_id, event: heard.append((job_id, event.type)))
    with qtbot.waitSignal(center.job_ended, timeout=PATIENCE_MS) as ended:
        job_id = center.submit(spec("quick"))
    assert ended.args[0] == job_id and ended.args[1].result == {"answer": 42}
    assert [kind for _, kind in heard] == ["started", "log", "progress", "artifact", "finished"]
    assert center.record(job_id).state == "finished" and center.running() == []


def test_a_failure_keeps_its_sentence_and_hint(qtbot: QtBot, center: JobCenter) -> None:
    record = wait_for(qtbot, center, center.submit(spec("sentence")), "failed")
    assert (record.message, record.hint) == ("a.fits is empty.", "Copy it again.")


def test_jobs_take_turns(qtbot: QtBot, center: JobCenter) -> None:
    first, second = center.submit(spec("steps")), center.submit(spec("quick"))
    wait_for_steps(qtbot, center, first)
    assert center.record(second).state == "queued"
    center.stop(first)
    wait_for(qtbot, center, first, "finished")
    wait_for(qtbot, center, second, "finished")


def test_a_waiting_job_can_be_cancelled_and_never_starts(qtbot: QtBot, center: JobCenter) -> None:
    first, second = center.submit(spec("steps")), center.submit(spec("quick"))
    center.cancel(second)
    assert center.record(second).state == "cancelled"
    center.cancel(first)
    wait_for(qtbot, center, first, "cancelled")
    assert JobFolder(center.folder(second)).record().state == "cancelled"


def test_retry_does_the_same_work_again(qtbot: QtBot, center: JobCenter) -> None:
    first = center.submit(spec("quick"))
    wait_for(qtbot, center, first, "finished")
    again = wait_for(qtbot, center, center.retry(first), "finished")
    assert again.id != first and again.spec.retry_of == first and again.spec.params == {"do": "quick"}


def test_a_job_outlives_its_window_and_the_next_one_finds_it(
    qtbot: QtBot, center: JobCenter, layout: ProjectLayout
) -> None:
    job_id = center.submit(spec("steps"))
    wait_for_steps(qtbot, center, job_id)
    center.close(keep_running=True)

    later = JobCenter(command=SCRIPT)
    later.set_project(layout)
    assert later.record(job_id).state == "running"
    done = later.record(job_id).done
    qtbot.waitUntil(lambda: later.record(job_id).done > done, timeout=PATIENCE_MS)
    later.stop(job_id)
    assert wait_for(qtbot, later, job_id, "finished").result["best"] > done
    last = later.history(job_id)[-1]
    assert isinstance(last, Finished) and last.stopped


def test_a_window_may_end_its_jobs_when_it_closes(
    qtbot: QtBot, center: JobCenter, layout: ProjectLayout
) -> None:
    running, waiting = center.submit(spec("steps")), center.submit(spec("quick"))
    wait_for_steps(qtbot, center, running)
    center.close(keep_running=False)
    folder = JobFolder(layout.jobs / running)
    qtbot.waitUntil(lambda: folder.record().state == "cancelled", timeout=PATIENCE_MS)
    assert JobFolder(layout.jobs / waiting).record().state == "cancelled"


def test_a_job_that_died_meanwhile_is_told_as_failed(
    qtbot: QtBot, center: JobCenter, layout: ProjectLayout
) -> None:
    job_id = center.submit(spec("steps"))
    wait_for_steps(qtbot, center, job_id)
    worker = JobFolder(layout.jobs / job_id).worker()
    assert worker is not None
    center.close(keep_running=True)
    worker.kill_group()
    qtbot.waitUntil(lambda: not worker.lives(), timeout=PATIENCE_MS)

    later = JobCenter(command=SCRIPT)
    later.set_project(layout)
    record = wait_for(qtbot, later, job_id, "failed")
    assert "without a word" in record.message and record.hint


def test_a_damaged_job_hides_no_other(qtbot: QtBot, center: JobCenter, layout: ProjectLayout) -> None:
    good, damaged = center.submit(spec("quick")), center.submit(spec("quick"))
    wait_for(qtbot, center, damaged, "finished")
    center.close(keep_running=True)
    JobFolder(layout.jobs / damaged).job_file.write_text('{"kind": "train_')

    later = JobCenter(command=SCRIPT)
    with qtbot.waitSignal(later.trouble) as trouble:
        later.set_project(layout)
    assert isinstance(trouble.args[0], JobError) and damaged in trouble.args[0].message
    assert [record.id for record in later.records()] == [good]


def test_without_a_project_there_are_no_jobs(qtbot: QtBot) -> None:
    with pytest.raises(JobError, match="No project is open"):
        JobCenter(command=SCRIPT).submit(spec("quick"))
