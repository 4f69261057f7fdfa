"""Nights from real files in real folders: order, gaps, sizes, what is refused and why."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from cirrus_core.errors import Cancelled, FrameError
from cirrus_core.frames.night import Gap, Night, expand_paths
from cirrus_core.progress import MemoryContext

START = datetime(2023, 1, 23, 18, 0, 0, tzinfo=UTC)


def write_frame(path: Path, after_s: float = 0.0, shape: tuple[int, int] = (6, 8)) -> Path:
    header = fits.Header({"DATE-OBS": (START + timedelta(seconds=after_s)).strftime("%Y-%m-%dT%H:%M:%S.%f")})
    fits.writeto(path, np.zeros(shape, np.int16), header)
    return path


def stems(night: Night) -> list[str]:
    return [ref.stem for ref in night.frames]


def test_frames_are_ordered_by_time_then_name(tmp_path: Path) -> None:
    for name, after in (("c", 0.0), ("b", 20.0), ("a", 10.0), ("d", 20.0)):
        write_frame(tmp_path / f"{name}.fits", after)
    night = Night.scan(tmp_path)
    assert stems(night) == ["c", "a", "b", "d"]
    assert [ref.index for ref in night.frames] == [0, 1, 2, 3]
    assert night.name == tmp_path.name and night.folder == tmp_path.resolve()
    assert night.index_of("b") == 2 and night.index_of("z") is None
    assert night.cadence_s == 10.0


def test_gaps_are_long_pauses_not_shutter_calibrations(tmp_path: Path) -> None:
    for i, after in enumerate([0, 2, 4, 10, 12, 14, 614, 616, 618]):
        write_frame(tmp_path / f"{i}.fits", after)
    night = Night.scan(tmp_path)
    assert night.cadence_s == 2.0
    assert night.gaps == (Gap(after_index=5, seconds=600.0),)


def test_single_frame_has_no_cadence(tmp_path: Path) -> None:
    write_frame(tmp_path / "a.fits")
    night = Night.scan(tmp_path / "a.fits")
    assert len(night) == 1 and np.isnan(night.cadence_s) and night.gaps == ()


def test_products_hidden_files_and_other_kinds_are_passed_over(tmp_path: Path) -> None:
    write_frame(tmp_path / "a.fits")
    for name in ("a.mask.fits.gz", "a.prob.fits.gz", "a.emis.fits.gz", "a.mask.fits", ".b.fits", "notes.txt"):
        shutil.copy(tmp_path / "a.fits", tmp_path / name)
    (tmp_path / "dir.fits").mkdir()
    night = Night.scan(tmp_path)
    assert stems(night) == ["a"] and night.rejected == ()


def test_a_product_named_alone_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mask.fits.gz").touch()
    with pytest.raises(FrameError, match="mask or a probability"):
        Night.scan(tmp_path / "a.mask.fits.gz")


def test_bad_files_are_rejected_with_reasons_and_the_rest_is_kept(tmp_path: Path) -> None:
    write_frame(tmp_path / "good.fits")
    (tmp_path / "empty.fits").touch()
    (tmp_path / "cut.fits").write_bytes((tmp_path / "good.fits").read_bytes()[:2900])
    fits.writeto(tmp_path / "cube.fits", np.zeros((3, 4, 5), np.int16))
    fits.writeto(tmp_path / "row.fits", np.zeros(9, np.int16))
    (tmp_path / "old.fits.Z").write_bytes(b"\x1f\x9d\x90")
    night = Night.scan(tmp_path)
    assert stems(night) == ["good"]
    reasons = {item.path.name: item.reason for item in night.rejected}
    assert list(reasons) == ["cube.fits", "cut.fits", "empty.fits", "old.fits.Z", "row.fits"]
    for name, word in (("cube", "cube"), ("cut", "cut off"), ("empty", "empty"), ("row", "row of numbers")):
        assert word in reasons[f"{name}.fits"]
    assert all(item.hint for item in night.rejected)


def test_equal_stems_are_rejected_as_their_masks_would_be_mixed_up(tmp_path: Path) -> None:
    write_frame(tmp_path / "a.fits")
    write_frame(tmp_path / "a.fits.gz")
    night = Night.scan(tmp_path)
    assert [ref.path.name for ref in night.frames] == ["a.fits"]
    assert night.rejected[0].path.name == "a.fits.gz" and "same name as a.fits" in night.rejected[0].reason


def test_mixed_sizes_are_all_kept_and_told(tmp_path: Path) -> None:
    for i, shape in enumerate([(6, 8), (6, 8), (3, 4)]):
        write_frame(tmp_path / f"{i}.fits", i, shape)
    night = Night.scan(tmp_path)
    assert night.shapes == {(6, 8): 2, (3, 4): 1}
    assert next(iter(night.shapes)) == (6, 8)


@pytest.mark.parametrize(
    ("prepare", "sentence", "hint"),
    [
        (lambda folder: None, "is empty", "FITS"),
        (lambda folder: (folder / "a.txt").touch(), "No frames", ".fits.gz"),
        (lambda folder: [(folder / "n1").mkdir(), (folder / "n1" / "a.fits").touch()], "sub-folders", "n1"),
        (lambda folder: (folder / "a.fits").touch(), r"a\.fits is empty", "Copy it again"),
        (
            lambda folder: [(folder / f"{i}.fits").touch() for i in "ab"],
            "None of the 2 files",
            "Copy it again",
        ),
    ],
)
def test_folders_without_frames_get_a_sentence(tmp_path: Path, prepare, sentence: str, hint: str) -> None:  # type: ignore[no-untyped-def]
    folder = tmp_path / "night"
    folder.mkdir()
    prepare(folder)
    with pytest.raises(FrameError, match=sentence) as refused:
        Night.scan(folder)
    assert hint in refused.value.hint


def test_missing_folder_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FrameError, match="not there"):
        Night.scan(tmp_path / "gone")
    with pytest.raises(FrameError, match="No frames were named"):
        Night.scan([])


def test_a_list_of_files_and_folders_is_one_night(tmp_path: Path) -> None:
    for folder, name, after in (("x", "a", 5), ("y", "b", 1), ("y", "c", 9)):
        (tmp_path / folder).mkdir(exist_ok=True)
        write_frame(tmp_path / folder / f"{name}.fits", after)
    night = Night.scan([tmp_path / "x", tmp_path / "y" / "b.fits", tmp_path / "y"])
    assert stems(night) == ["b", "a", "c"]
    assert night.folder == tmp_path.resolve() and night.rejected == ()


def test_paths_are_absolute_however_they_were_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_frame(tmp_path / "a.fits")
    monkeypatch.chdir(tmp_path)
    for source in (Path(), Path("a.fits")):
        assert Night.scan(source).frames[0].path == tmp_path.resolve() / "a.fits"


def test_scan_reads_no_pixels(tmp_path: Path) -> None:
    """A sparse file of many gigabytes is scanned as fast as any."""
    header = fits.Header({"SIMPLE": True, "BITPIX": 16, "NAXIS": 2, "NAXIS1": 100_000, "NAXIS2": 100_000})
    with (tmp_path / "huge.fits").open("wb") as stream:
        stream.write(header.tostring().encode("ascii"))
        stream.truncate(2880 + 2 * 10**10)
    assert Night.scan(tmp_path).frames[0].shape == (100_000, 100_000)


def test_progress_is_told_and_cancelling_works(tmp_path: Path) -> None:
    for i in range(120):
        write_frame(tmp_path / f"{i:03d}.fits", i)
    context = MemoryContext()
    Night.scan(tmp_path, context=context)
    assert context.steps[-1][:2] == (120, 120)
    context.cancel = True
    with pytest.raises(Cancelled):
        Night.scan(tmp_path, context=context)


def test_file_times_order_by_the_second_then_by_name(tmp_path: Path) -> None:
    for i, name in enumerate("cab"):
        fits.writeto(tmp_path / f"{name}.fits", np.zeros((2, 2), np.int16))
        os.utime(tmp_path / f"{name}.fits", ns=(0, 1_600_000_000_000_000_000 + i))
    os.utime(tmp_path / "a.fits", (0, 1_600_000_060))
    night = Night.scan(tmp_path)
    assert stems(night) == ["b", "c", "a"]
    assert {ref.time_source for ref in night.frames} == {"file time"}


def test_typed_paths_are_files_folders_patterns_and_hdus(tmp_path: Path) -> None:
    for name in ("b.fits", "a.fits"):
        write_frame(tmp_path / name)
    (tmp_path / "readme.txt").touch()
    assert expand_paths([str(tmp_path)]) == [tmp_path]
    assert expand_paths([f"{tmp_path}/*"]) == [tmp_path / "a.fits", tmp_path / "b.fits"]
    assert expand_paths([f"{tmp_path}/a.fits[0]"]) == [tmp_path / "a.fits[0]"]
    assert expand_paths([f"{tmp_path}/[b]*.fits"]) == [tmp_path / "b.fits"]
    for pattern, sentence in (("nothing*", "is not there"), ("*.txt", "no frame")):
        with pytest.raises(FrameError, match=sentence):
            expand_paths([f"{tmp_path}/{pattern}"])


@pytest.mark.real
def test_the_consecutive_near_infrared_night(shared_data: Path) -> None:
    night = Night.scan(shared_data / "allsky_seq_trexnir")
    assert len(night) == 30 and night.cadence_s == 6.0 and night.gaps == ()
    assert night.shapes == {(256, 256): 30}


@pytest.mark.real
def test_the_published_result_files_open_as_a_night(shared_data: Path) -> None:
    night = Night.scan(shared_data / "lwiriseg")
    assert len(night) == 168 and night.shapes == {(128, 160): 168}
    assert {ref.hdu for ref in night.frames} == {0} and night.rejected == ()
    assert stems(night) == sorted(stems(night))
