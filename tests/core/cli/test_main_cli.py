"""The frame of the command line: exit codes, sentences on stderr, lazy help."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from dataset_helpers import write_night

from cirrus_core.cli.main import COMMANDS, cirrus, main


def run_cirrus(*arguments: str, **kwargs: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cirrus_core.cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, **kwargs)  # type: ignore[call-overload,no-any-return]


def test_every_listed_command_loads_and_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for name in COMMANDS:
        assert main([name, "--help"]) == 0
        assert "Usage: cirrus " + name in capsys.readouterr().out


def test_unknown_command_is_wrong_usage() -> None:
    run = run_cirrus("clouds")
    assert run.returncode == 2
    assert "clouds" in run.stderr and "Traceback" not in run.stderr


def test_expected_error_is_a_sentence_and_a_hint(tmp_path: Path) -> None:
    run = run_cirrus("info", str(tmp_path))
    assert run.returncode == 1
    assert run.stderr.startswith("cirrus: ") and "hint: " in run.stderr
    assert "Traceback" not in run.stderr


def test_debug_may_stand_anywhere_and_shows_the_traceback(tmp_path: Path) -> None:
    run = run_cirrus("info", str(tmp_path), "--debug")
    assert run.returncode == 1
    assert "Traceback" in run.stderr and "hint: " in run.stderr


def test_window_without_a_display_is_refused_with_a_sentence(tmp_path: Path) -> None:
    clean = {
        k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    run = run_cirrus("open", str(tmp_path), env=clean)
    assert run.returncode == 1
    assert "no display" in run.stderr


def test_open_names_a_missing_path() -> None:
    run = run_cirrus("open", "no-such-night")
    assert run.returncode == 2
    assert "no-such-night" in run.stderr


def test_interrupt_ends_with_code_three_and_no_traceback(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "cirrus_core.cli.main", "simulate", "sky", "--out", str(tmp_path / "n")]
    process = subprocess.Popen([*command, "--frames", "500"], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob("n/*.fits")) and time.monotonic() < deadline:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "Traceback" not in errors
    assert not list(tmp_path.rglob("*.tmp")), "no half-written file stays"


@pytest.mark.skipif(os.name == "nt", reason="limits of a POSIX system")
def test_disk_that_takes_no_more_is_a_sentence_and_a_hint(tmp_path: Path) -> None:
    night = write_night(tmp_path / "night", 2)
    code = (
        "import resource, signal, sys; from cirrus_core.cli.main import main\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200))\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    scores = [
        "evaluate",
        "--truth",
        str(night),
        "--pred",
        str(night),
        "--json",
        str(tmp_path / "scores.json"),
    ]
    run = subprocess.run([sys.executable, "-c", code, *scores], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "cirrus: A file is too large" in run.stderr and "hint: Make room" in run.stderr
    assert "Traceback" not in run.stderr
    assert not list(tmp_path.glob("*scores*"))


def test_commands_are_listed_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in COMMANDS)
    assert cirrus.name == "cirrus"
