"""The index: used only while it is true, rebuilt when broken, never in the way."""

from __future__ import annotations

import os
import sqlite3
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from cirrus_core.frames.night import Night
from cirrus_core.frames.night_index import NightIndex
from cirrus_core.settings import cache_dir


@pytest.fixture
def night_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "night"
    folder.mkdir()
    for i in range(5):
        write(folder / f"f{i}.fits", f"2023-01-23T18:00:0{i}.123456")
    return folder


def write(path: Path, date: str, shape: tuple[int, int] = (4, 6)) -> None:
    fits.writeto(path, np.zeros(shape, np.int16), fits.Header({"DATE-OBS": date}), overwrite=True)


def scan(folder: Path, index_path: Path) -> Night:
    with NightIndex(index_path) as index:
        assert index.usable
        return Night.scan(folder, index=index)


def known_names(index_path: Path) -> set[str]:
    db = sqlite3.connect(index_path)
    try:
        return {row[0] for row in db.execute("SELECT name FROM files")}
    finally:
        db.close()


def test_second_opening_equals_the_first_and_opens_no_file(night_folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index.sqlite"
    first = scan(night_folder, index)
    assert first == Night.scan(night_folder)
    # Contents replaced by nonsense of equal size and time: whoever opened a file would notice.
    for path in night_folder.iterdir():
        stat = path.stat()
        path.write_bytes(b"x" * stat.st_size)
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert scan(night_folder, index) == first


def test_changed_new_and_vanished_files_are_noticed(night_folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index.sqlite"
    before = scan(night_folder, index)
    write(night_folder / "f1.fits", "2023-01-23T19:00:00", (8, 8))
    write(night_folder / "f9.fits", "2023-01-23T17:00:00")
    (night_folder / "f3.fits").unlink()
    after = scan(night_folder, index)
    assert [ref.stem for ref in after.frames] == ["f9", "f0", "f2", "f4", "f1"]
    assert after.frames[-1].shape == (8, 8)
    assert after.frames[1].time == before.frames[0].time
    assert known_names(index) == {"f0.fits", "f1.fits", "f2.fits", "f4.fits", "f9.fits"}


def test_a_cured_file_is_seen_although_its_date_did_not_change(night_folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index.sqlite"
    good = (night_folder / "f0.fits").read_bytes()
    (night_folder / "f0.fits").write_bytes(b"y" * len(good))
    os.utime(night_folder / "f0.fits", ns=(0, 10**18))
    assert len(scan(night_folder, index).rejected) == 1
    (night_folder / "f0.fits").write_bytes(good)
    os.utime(night_folder / "f0.fits", ns=(0, 10**18))
    assert len(scan(night_folder, index)) == 5


def test_hdus_of_one_file_are_kept_apart(tmp_path: Path) -> None:
    index = tmp_path / "index.sqlite"
    path = tmp_path / "a.fits"
    fits.HDUList([fits.PrimaryHDU(np.zeros((2, 3))), fits.ImageHDU(np.zeros((5, 7)))]).writeto(path)
    for _ in range(2):
        assert scan(path, index).frames[0].shape == (2, 3)
        with NightIndex(index) as opened:
            assert Night.scan([Path(f"{path}[1]")], index=opened).frames[0].shape == (5, 7)


@pytest.mark.parametrize(
    "content", [b"", b"this is no database" * 100, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_broken_index_is_rebuilt(night_folder: Path, tmp_path: Path, content: bytes) -> None:
    index = tmp_path / "index.sqlite"
    index.write_bytes(content)
    assert len(scan(night_folder, index)) == 5
    assert len(known_names(index)) == 5


def test_an_index_broken_in_the_middle_is_rebuilt(night_folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index.sqlite"
    scan(night_folder, index)
    content = bytearray(index.read_bytes())
    content[4096:] = b"\xaa" * (len(content) - 4096)
    index.write_bytes(content)
    assert len(scan(night_folder, index)) == 5
    assert len(scan(night_folder, index)) == 5
    assert len(known_names(index)) == 5


def test_an_index_of_another_version_is_replaced(night_folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index.sqlite"
    db = sqlite3.connect(index)
    db.execute("CREATE TABLE files (something TEXT)")
    db.execute("PRAGMA user_version = 99")
    db.commit()
    db.close()
    assert len(scan(night_folder, index)) == 5 and len(known_names(index)) == 5


def test_no_place_for_an_index_is_no_obstacle(night_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with NightIndex(tmp_path / "file" / "index.sqlite") as index:
        assert not index.usable
        assert len(Night.scan(night_folder, index=index)) == 5


def test_an_index_locked_by_another_program_is_no_obstacle(night_folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite"
    with NightIndex(path) as index:
        other = sqlite3.connect(path)
        other.execute("BEGIN EXCLUSIVE")
        try:
            assert len(Night.scan(night_folder, index=index)) == 5
        finally:
            other.rollback()
            other.close()
    assert known_names(path) == set()


def test_default_place_is_the_cache_folder(night_folder: Path) -> None:
    with NightIndex() as index:
        Night.scan(night_folder, index=index)
    assert (cache_dir() / "frames.sqlite").is_file()


def test_times_survive_to_the_microsecond(night_folder: Path, tmp_path: Path) -> None:
    index = tmp_path / "index.sqlite"
    scan(night_folder, index)
    frames = scan(night_folder, index).frames
    assert frames[1].time - frames[0].time == timedelta(seconds=1)
    assert frames[0].time.microsecond == 123456
