"""``cirrus automask`` on real files: what it writes, refuses and tells."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from cirrus_core.cli.main import main
from cirrus_core.frames.frame import pixel_checksum
from cirrus_core.frames.io.read import read_frame
from cirrus_core.frames.rebin import block_mean
from cirrus_core.masks.auto.config import ThresholdConfig
from cirrus_core.masks.auto.table import automask
from cirrus_core.masks.cleanup import CleanupConfig
from cirrus_core.masks.labels import MaskSource, Provenance
from cirrus_core.masks.store import mask_name, read_mask, write_mask


@pytest.fixture
def night(tmp_path: Path) -> Path:
    folder = tmp_path / "night"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(3):
        adu = (600 + rng.normal(0, 9, (24, 32))).astype(np.int16)
        adu[5 : 10 + i, 8:20] += 300
        header = fits.Header({"DATE-OBS": f"2026-03-04T0{i}:00:00", "CRPIX1": 16.5, "PXSIZE": 17})
        fits.PrimaryHDU(adu, header).writeto(folder / f"f{i}.fits")
    return folder


def test_masks_are_those_of_the_library(night: Path, tmp_path: Path) -> None:
    assert main(["automask", str(night), "--out", str(tmp_path / "out")]) == 0
    for i in range(3):
        frame = read_frame(night / f"f{i}.fits")
        stored = read_mask(tmp_path / "out" / f"f{i}.mask.fits.gz")
        np.testing.assert_array_equal(stored.labels, automask(frame.data))
        assert stored.provenance is not None
        assert (stored.provenance.source, stored.provenance.method) == ("auto", "otsu-log")
        assert stored.provenance.frame_sum == frame.checksum
        assert stored.header["DATE-OBS"] == f"2026-03-04T0{i}:00:00"


def test_factor_bins_the_frame_and_its_header(night: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["automask", str(night / "f0.fits"), "--out", str(out), "--factor", "4", "--plain"]) == 0
    stored = read_mask(out / "f0.mask.fits")
    binned = block_mean(read_frame(night / "f0.fits").data, 4)
    np.testing.assert_array_equal(stored.labels, automask(binned))
    assert stored.header["CRPIX1"] == 4.5 and stored.header["PXSIZE"] == 68
    # The mask belongs to the file that `cirrus bin` writes.
    assert main(["bin", str(night / "f0.fits"), "--out", str(tmp_path / "bin"), "--factor", "4"]) == 0
    assert stored.provenance is not None
    assert stored.provenance.frame_sum == pixel_checksum(read_frame(tmp_path / "bin" / "f0.fits").data)


def test_method_and_cleaning_options(night: Path, tmp_path: Path) -> None:
    arguments = ["automask", str(night), "--out", str(tmp_path), "--method", "threshold", "--level", "615"]
    assert main([*arguments, "--min-cloud-px", "5", "--max-hole-px", "3"]) == 0
    adu = read_frame(night / "f1.fits").data
    expected = automask(
        adu, "threshold", ThresholdConfig(level=615), CleanupConfig(min_cloud_px=5, max_hole_px=3)
    )
    np.testing.assert_array_equal(read_mask(tmp_path / "f1.mask.fits.gz").labels, expected)
    assert (expected != automask(adu, "threshold", ThresholdConfig(level=615))).any()


def test_frames_without_a_mask_are_listed_and_the_rest_is_done(
    night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fits.PrimaryHDU(np.full((24, 32), 7, np.int16)).writeto(night / "flat.fits")
    fits.PrimaryHDU(np.full((24, 32), np.nan, np.float32)).writeto(night / "blank.fits")
    fits.PrimaryHDU(np.arange(4, dtype=np.int16).reshape(2, 2)).writeto(night / "tiny.fits")
    (night / "cut.fits").write_bytes((night / "f0.fits").read_bytes()[:3000])
    out = tmp_path / "out"
    assert main(["automask", str(night), "--out", str(out), "--factor", "4", "--json"]) == 1
    captured = capsys.readouterr()
    report = json.loads(captured.out)
    assert report["n_written"] == 3 and len(list(out.iterdir())) == 3
    assert {Path(item["path"]).name for item in report["rejected"]} == {
        "flat.fits",
        "blank.fits",
        "tiny.fits",
        "cut.fits",
    }
    assert all(item["reason"] and item["hint"] for item in report["rejected"])
    assert "4 files got no mask" in captured.err and "Traceback" not in captured.err


@pytest.mark.parametrize("plain", [False, True], ids=["gz", "plain"])
@pytest.mark.parametrize("source", ["manual", "simulation"])
def test_hand_work_and_exact_truth_are_never_overwritten(
    night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], source: MaskSource, plain: bool
) -> None:
    truth = np.full((24, 32), 1, np.uint8)
    path = tmp_path / mask_name("f1", plain)
    provenance = Provenance(source, "brush", "Ada", datetime.now(UTC), "")
    # A file that may be replaced, in the other form, does not open the way to this one.
    other = Provenance("auto", "otsu-log", "", datetime.now(UTC), "")
    write_mask(tmp_path / mask_name("f1", not plain), truth, header=None, provenance=other)
    write_mask(path, truth, header=None, provenance=provenance)
    before = path.read_bytes()
    assert main(["automask", str(night), "--out", str(tmp_path), *(["--plain"] if plain else [])]) == 1
    assert path.read_bytes() == before
    assert "not overwritten" in capsys.readouterr().err
    assert read_mask(tmp_path / mask_name("f2", plain)).provenance is not None
    path.unlink()
    assert main(["automask", str(night), "--out", str(tmp_path)]) == 0, "its own masks it makes anew"


@pytest.mark.parametrize(
    "wrong",
    [
        ["--method", "magic"],
        ["--level", "700"],
        ["--contrast", "7"],
        ["--factor", "0"],
        ["--min-cloud-px", "-1"],
    ],
)
def test_wrong_usage(night: Path, tmp_path: Path, wrong: list[str]) -> None:
    assert main(["automask", str(night), "--out", str(tmp_path / "out"), *wrong]) == 2
    assert not (tmp_path / "out").exists()


def test_folder_that_cannot_be_written(
    night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["automask", str(night), "--out", str(tmp_path / "file" / "out")]) == 1
    said = capsys.readouterr().err
    assert said.count("could not be saved") == 1 and "hint" in said


@pytest.mark.real
def test_published_masks_from_the_command_line(shared_data: Path, tmp_path: Path) -> None:
    source = shared_data / "lwiriseg"
    assert main(["automask", str(source / "DS12_Train_000*.fits.gz"), "--out", str(tmp_path)]) == 0
    paths = sorted(tmp_path.iterdir())
    assert len(paths) == 9
    for path in paths:
        with fits.open(source / path.name.replace(".mask", "")) as hdus:
            np.testing.assert_array_equal(read_mask(path).labels, hdus[1].data.squeeze())
