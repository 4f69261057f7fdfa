"""Files are whole or as they were: never half written."""

from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from cirrus_core.files import write_atomic, write_text_atomic


def test_a_failing_writer_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "mask.fits"
    write_text_atomic(path, "old")

    def fail(stream: BinaryIO) -> None:
        stream.write(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_atomic(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_size_limit_of_the_system_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    path.write_text("old")
    code = (
        "import resource, signal, sys; from pathlib import Path; from cirrus_core.files import write_atomic\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "write_atomic(Path(sys.argv[1]), lambda s: s.write(bytes(100_000)))\n"
    )
    run = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert run.returncode != 0 and "OSError" in run.stderr
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["big.bin"]


def test_new_files_follow_the_umask(tmp_path: Path) -> None:
    plain, ours = tmp_path / "plain", tmp_path / "ours"
    plain.write_text("x")
    write_text_atomic(ours, "x")
    assert stat.S_IMODE(ours.stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_missing_folders_are_made(tmp_path: Path) -> None:
    write_text_atomic(tmp_path / "a" / "b" / "c.txt", "ä")
    assert (tmp_path / "a" / "b" / "c.txt").read_text(encoding="utf-8") == "ä"
