"""Several processes on one study, killed ones, and ctrl-C: through the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import psutil
import pytest
from tuning_world import command, tiny_night, tune, wait_until

from cirrus_core.cli.main import main
from cirrus_core.tuning.study import read_study

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")]


@pytest.fixture
def night(tmp_path: Path) -> Path:
    return tiny_night(tmp_path / "night")


def records(out: Path) -> list[dict[str, Any]]:
    """What the journal holds so far; its last line may be in the midst of being written."""
    path = out / "journal.log"
    lines = path.read_text().splitlines(keepends=True) if path.is_file() else []
    return [json.loads(line) for line in lines if line.endswith("\n")]


def owners(out: Path) -> dict[int, int]:
    """Process of each trial that was taken."""
    found = [r for r in records(out) if "owner" in r.get("user_attr", {})]
    return {r["trial_id"]: r["user_attr"]["owner"]["pid"] for r in found}


def in_training(out: Path) -> list[int]:
    """Trials that have reported an epoch."""
    return [r["trial_id"] for r in records(out) if "intermediate_value" in r]


def test_two_workers_share_a_study_and_a_killed_one_is_replaced(night: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    work = subprocess.Popen(
        command(night, out, "--trials", "3", "--workers", "2", "--epochs", "10", "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: bool(in_training(out)))
    victim = owners(out)[in_training(out)[0]]
    assert victim != work.pid, "workers are processes of their own"
    os.kill(victim, signal.SIGKILL)
    told, said = work.communicate(timeout=120)
    assert work.returncode == 0, said
    assert "was killed" in said and "Traceback" not in said
    trials = json.loads(told)["trials"]
    ended = [t for t in trials if t["state"] in ("done", "pruned")]
    (lost,) = [t for t in trials if t["state"] == "interrupted"]
    assert len(trials) == 4 and len(ended) == len({t["params"]["lr"] for t in ended}) == 3
    assert lost["params"]["lr"] in [t["params"]["lr"] for t in ended], "its settings were tried again"
    assert len({*owners(out).values()}) >= 2
    assert not psutil.pid_exists(victim)


def test_a_killed_run_is_resumed_and_its_trial_closed(night: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    work = subprocess.Popen(
        command(night, out, "--trials", "2", "--epochs", "2000"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: bool(in_training(out)))
    work.kill()
    work.wait()
    assert [row.state for row in read_study(out).trials] == ["running"]
    report = tune(night, out, budget="1s", train={"epochs": 2000})
    assert report.trials[0].state == "interrupted"
    assert report.trials[1].params["lr"] == 3e-3, "the default settings, once more"
    assert report.trials[1].state == "done"


def test_ctrl_c_finishes_the_trial_and_twice_gives_up(night: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    work = subprocess.Popen(
        command(night, out, "--trials", "9", "--epochs", "2000", "--workers", "2"),
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    wait_until(lambda: bool(in_training(out)))
    os.killpg(work.pid, signal.SIGINT)  # as a terminal does: to the workers, too
    assert work.stderr is not None
    for line in work.stderr:
        if "Finishing early" in line:
            break
    os.killpg(work.pid, signal.SIGINT)
    said = work.communicate(timeout=60)[1]
    assert work.returncode == 3, said
    assert "Traceback" not in said
    assert {row.state for row in read_study(out).trials} <= {"interrupted", "waiting"}


def test_ctrl_c_once_keeps_what_was_found(night: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    work = subprocess.Popen(
        command(night, out, "--trials", "500"), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    wait_until(lambda: bool(in_training(out)))
    work.send_signal(signal.SIGINT)
    told, said = work.communicate(timeout=60)
    assert work.returncode == 0, said
    assert "best: trial 0" in told and "interrupted" not in told
    assert (out / "best.json").is_file()


def test_wrong_usage_is_told_before_any_work(
    night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for more, words in (
        ([], "Nothing says when the search ends"),
        (["--budget", "soon"], "no length of time"),
        (["--trials", "1", "--preset", "s1-widths", "--widths", "4,8"], "Nothing is left"),
        (["--trials", "1", "--first-kernel", "4"], "odd"),
    ):
        assert main(["tune", "segment", str(night), "--out", str(tmp_path / "study"), *more]) == 2
        said = capsys.readouterr().err
        assert words in said and "Traceback" not in said
    assert not (tmp_path / "study").exists()
