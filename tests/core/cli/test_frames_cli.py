"""`cirrus info` and `cirrus bin` as a person runs them."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from cirrus_core.cli.main import main
from cirrus_core.project.project import Project


@pytest.fixture
def night(tmp_path: Path) -> Path:
    """Three frames with a long pause, and a mask."""
    folder = tmp_path / "night"
    folder.mkdir()
    for i, time in enumerate(("18:00:00", "18:00:02", "19:00:00")):
        header = fits.Header({"DATE-OBS": f"2023-01-23T{time}", "PXSIZE": 17, "CAMERA": "TAU2"})
        fits.writeto(folder / f"f{i}.fits", np.arange(8 * 12, dtype=np.int16).reshape(8, 12) + i, header)
    (folder / "f0.mask.fits.gz").touch()
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, str, str]:
    code = main([str(a) for a in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def run_json(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, dict[str, Any]]:
    code, out, _ = run(capsys, *arguments, "--json")
    return code, json.loads(out)


def test_info_tells_frames_times_gaps_and_sizes(night: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "info", night)
    assert code == 0 and err == ""
    assert "3 frames" in out and "8 x 12 (3)" in out and "from DATE-OBS" in out
    assert "2023-01-23 18:00:00 to 2023-01-23 19:00:00 UTC" in out
    assert "gaps     none" in out


def test_info_lists_rejected_files_with_reasons_and_fails(
    night: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (night / "cut.fits").write_bytes((night / "f0.fits").read_bytes()[:2900])
    code, out, err = run(capsys, "info", night)
    assert code == 1 and "3 frames" in out
    assert "1 file could not be used" in err and "cut.fits is cut off" in err
    code, _, err = run(capsys, "--quiet", "info", night)
    assert code == 1 and "cut.fits" in err


def test_info_as_json(night: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (night / "empty.fits").touch()
    code, report = run_json(capsys, "info", night)
    assert code == 1
    assert (report["n_frames"], report["name"]) == (3, "night")
    assert report["shapes"] == [{"shape": [8, 12], "n_frames": 3}]
    assert [frame["stem"] for frame in report["frames"]] == ["f0", "f1", "f2"]
    assert report["frames"][0]["time"] == "2023-01-23T18:00:00+00:00"
    assert report["rejected"][0]["path"].endswith("empty.fits") and report["rejected"][0]["hint"]


def test_info_of_one_frame_measures_it(night: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, "info", night / "f0.fits")
    assert code == 0 and "int16, 0 to 95, median 47.5, 0 blank" in out
    fits.writeto(night / "blank.fits", np.full((3, 4), np.nan, np.float32))
    code, out, _ = run(capsys, "info", night / "blank.fits")
    assert code == 0 and "all 12 are blank" in out
    _, report = run_json(capsys, "info", night / "blank.fits")
    assert report["pixels"]["median"] is None and report["cadence_s"] is None


def test_info_finds_gaps(night: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for i in range(5):
        header = fits.Header({"DATE-OBS": f"2023-01-23T18:00:{4 + 2 * i:02d}"})
        fits.writeto(night / f"g{i}.fits", np.zeros((8, 12), np.int16), header)
    _, out, _ = run(capsys, "info", night)
    assert "gaps     1" in out and "59.8 min after g4" in out


def test_bin_by_factor_keeps_and_adapts_the_header(
    night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "binned"
    code, said, _ = run(capsys, "bin", night, "--out", out)
    assert code == 0 and "3 frames written" in said
    assert sorted(p.name for p in out.iterdir()) == ["f0.fits", "f1.fits", "f2.fits"]
    with fits.open(out / "f1.fits", checksum=True) as hdus:
        hdus.verify("exception")
        header, data = hdus[0].header, hdus[0].data
    expected = (np.arange(8 * 12).reshape(8, 12) + 1).reshape(2, 4, 3, 4).mean(axis=(1, 3))
    np.testing.assert_array_equal(data, expected)
    assert (header["BITPIX"], header["PXSIZE"], header["CAMERA"]) == (-32, 68, "TAU2")
    assert header["DATE-OBS"] == "2023-01-23T18:00:02" and "4 x 4" in str(header["HISTORY"])


def test_bin_to_a_shape(night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = run_json(capsys, "bin", f"{night}/f0*", "--out", tmp_path / "b", "--shape", "4x5")
    assert code == 0 and report["n_written"] == 1
    assert fits.getdata(report["written"][0]).shape == (4, 5)


def test_bin_does_the_rest_and_lists_the_bad_ones(
    night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    packed = (night / "f0.fits").read_bytes()
    (night / "damaged.fits.gz").write_bytes(gzip.compress(packed)[:-30])
    fits.writeto(night / "small.fits", np.zeros((2, 2), np.int16))
    (night / "empty.fits").touch()
    code, out, err = run(capsys, "bin", night, "--out", tmp_path / "b", "--factor", "4")
    assert code == 1 and "3 frames written" in out
    assert "3 files could not be used" in err
    for sentence in ("damaged.fits.gz cannot be read", "small.fits has 2 x 2 pixels", "empty.fits is empty"):
        assert sentence in err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--factor", "2", "--shape", "4x6"], "either a factor or a shape"),
        (["--shape", "4by6"], "is no size"),
        (["--shape", "0x6"], "is no size"),
        (["--factor", "0"], "0"),
    ],
)
def test_bin_wrong_usage(
    night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], sentence: str
) -> None:
    code, _, err = run(capsys, "bin", night, "--out", tmp_path / "b", *options)
    assert code == 2 and sentence in err
    assert not (tmp_path / "b").exists()


def test_bin_never_writes_over_the_frames(night: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (night / "f0.fits").read_bytes()
    code, _, err = run(capsys, "bin", night, "--out", night)
    assert code == 2 and "folder of the frames themselves" in err
    assert (night / "f0.fits").read_bytes() == before


def test_bin_into_a_place_that_cannot_be_written(
    night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    code, _, err = run(capsys, "bin", night, "--out", tmp_path / "file" / "b")
    assert code == 1 and "cannot be written" in err


def test_a_time_only_the_file_knew_is_kept(
    night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fits.writeto(night / "x.fits", np.zeros((8, 8), np.int16))
    os.utime(night / "x.fits", (1.6e9, 1.6e9))
    run(capsys, "bin", night / "x.fits", "--out", tmp_path / "b")
    _, report = run_json(capsys, "info", tmp_path / "b")
    assert report["first"] == "2020-09-13T12:26:40+00:00" and report["time_sources"] == ["DATE-OBS"]


def test_a_project_stands_for_its_nights(
    night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = Project.open(tmp_path / "project")
    other = tmp_path / "other"
    other.mkdir()
    (night / "f0.fits").rename(other / "g0.fits")
    for folder in (night, other, tmp_path / "gone"):
        project.remember_night(folder)
    _, report = run_json(capsys, "info", project.layout.root)
    assert [frame["stem"] for frame in report["frames"]] == ["g0", "f1", "f2"]
    out = tmp_path / "masks"
    assert run(capsys, "automask", project.layout.root, "--out", out)[0] == 0
    assert len(list(out.glob("*.mask.fits.gz"))) == 3


def test_neither_command_imports_torch(night: Path) -> None:
    code = (
        "import sys; from cirrus_core.cli.main import main; "
        f"assert main(['--quiet', 'info', {str(night)!r}]) == 0; "
        "assert not {'torch', 'optuna', 'PyQt6'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.real
def test_bin_the_real_frames(shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = run_json(capsys, "bin", shared_data / "tau2_raw", "--out", tmp_path, "--factor", "4")
    assert code == 0 and report["n_written"] == 2
    raw = fits.getdata(shared_data / "tau2_raw" / "cloud_sky_sample.fits").astype(np.float64)
    expected = raw.reshape(128, 4, 160, 4).mean(axis=(1, 3))
    np.testing.assert_array_equal(fits.getdata(tmp_path / "cloud_sky_sample.fits"), expected)


@pytest.mark.real
def test_every_real_frame_can_be_binned(
    shared_data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("fits_edge", "allsky_tudo", "allsky_mmt", "allsky_dasc"):
        _, report = run_json(
            capsys, "bin", shared_data / folder, "--out", tmp_path / folder, "--shape", "10x10"
        )
        assert report["n_written"] >= 2
        for path in report["written"]:
            with fits.open(path) as hdus:
                hdus.verify("exception")
                assert hdus[0].data.shape == (10, 10)
