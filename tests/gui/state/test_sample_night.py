"""The sample night while it is made."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from cirrus_gui.state.sample_night import SampleNight
from cirrus_gui.state.workspace import Workspace


def test_the_jobs_may_go_while_the_sample_is_simulated(work: Workspace, tmp_path: Path, qtbot: QtBot) -> None:
    sample = SampleNight(work.session, work.jobs, work.notifier, project_root=tmp_path, n_frames=1)
    told: list[tuple[int, int]] = []
    sample.progressed.connect(lambda done, total: told.append((done, total)))
    sample.open()
    qtbot.waitUntil(lambda: bool(work.jobs.running()), timeout=5000)
    work.jobs.close(keep_running=False)
    assert work.jobs.records() == [] and told[-1] == (0, 0)
    sample.open()
    qtbot.waitUntil(lambda: bool(work.jobs.running()), timeout=5000)
