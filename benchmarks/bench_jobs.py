"""What jobs cost the window: opening a project with many of them, and following one that runs."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PyQt6.QtCore import QCoreApplication

from cirrus_core.jobs.events import Finished, Metrics, Progress, Started, read_events, read_history, to_line
from cirrus_core.jobs.folder import JobFolder
from cirrus_core.jobs.launch import JobHandle
from cirrus_core.jobs.spec import JobSpec
from cirrus_core.project.layout import ProjectLayout
from cirrus_gui.state.job_center import JobCenter

Benchmark = Callable[..., Any]
N_JOBS = 300
N_STEPS = 3000


@pytest.fixture(scope="module")
def old_project(tmp_path_factory: pytest.TempPathFactory) -> ProjectLayout:
    """300 finished trainings of 60 epochs, 3,000 progress events each."""
    layout = ProjectLayout(tmp_path_factory.mktemp("project"))
    told = [to_line(Started(pid=1, create_time=1.0))]
    for step in range(N_STEPS):
        told.append(to_line(Progress(done=step, total=N_STEPS, message="epoch")))
        if step % 50 == 0:
            told.append(to_line(Metrics(step=step, values={"train_loss": 0.1, "val_loss": 0.2})))
    told.append(to_line(Finished(result={"model": "x"})))
    for i in range(N_JOBS):
        folder = JobFolder.create(layout.jobs, JobSpec(kind="train_segment", title=f"job {i}"))
        folder.events_file.write_bytes(b"".join(told))
    return layout


def test_open_a_project_with_300_jobs(benchmark: Benchmark, old_project: ProjectLayout) -> None:
    app = QCoreApplication.instance() or QCoreApplication(sys.argv[:1])
    assert app is not None
    benchmark(lambda: JobCenter().set_project(old_project))


def test_log_and_curves_of_a_long_job(benchmark: Benchmark, old_project: ProjectLayout) -> None:
    path = next(old_project.jobs.iterdir()) / "events.jsonl"
    assert len(benchmark(read_history, path)) == N_STEPS // 50 + 2


def test_one_tick_with_1000_new_events(benchmark: Benchmark, old_project: ProjectLayout) -> None:
    path = next(old_project.jobs.iterdir()) / "events.jsonl"
    benchmark(read_events, path, limit=1000)


def test_from_start_to_first_event(benchmark: Benchmark, tmp_path: Path) -> None:
    """A worker says that it lives before it loads anything heavy."""

    def first_event() -> None:
        spec = JobSpec(kind="simulate_sky", title="wrong on purpose", params={"flavour": 1})
        handle = JobHandle.start(JobFolder.create(tmp_path, spec))
        while not handle.poll():
            time.sleep(0.005)
        while not handle.over:
            handle.poll()
            time.sleep(0.005)

    benchmark.pedantic(first_event, rounds=5)
