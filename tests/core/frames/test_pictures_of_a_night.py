"""Which files of a folder make its night, and what is done with frames in colour."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from click.testing import CliRunner
from PIL import Image

from cirrus_core.cli.console import Output
from cirrus_core.cli.frames import bin_command, info_command
from cirrus_core.cli.masks import automask_command
from cirrus_core.datasets.arrays import read_sample
from cirrus_core.datasets.sources import collect
from cirrus_core.errors import FrameError
from cirrus_core.frames.folder import require_part_of_night
from cirrus_core.frames.night import Night, expand_paths
from cirrus_core.masks.auto.table import automask
from cirrus_core.masks.store import read_mask

COLOUR = np.random.default_rng(3).integers(0, 256, (24, 30, 3), dtype=np.uint8)


def save_fits(path: Path) -> None:
    fits.PrimaryHDU(np.arange(720, dtype=np.int16).reshape(24, 30)).writeto(path)


def save_picture(path: Path) -> None:
    Image.fromarray(COLOUR).save(path)


def test_pictures_beside_fits_frames_are_counted_and_not_taken(tmp_path: Path) -> None:
    save_fits(tmp_path / "b.fits")
    for name in ("a.png", "b.png", "timeline.jpg"):
        save_picture(tmp_path / name)
    night = Night.scan(tmp_path)
    assert [ref.path.name for ref in night.frames] == ["b.fits"]
    assert night.n_passed_over == 3 and not night.rejected
    assert [p.name for p in expand_paths([str(tmp_path / "*")])] == ["b.fits"]
    assert [p.name for p in expand_paths([str(tmp_path / "*.png")])] == ["a.png", "b.png"]


def test_masks_beside_pictures_do_not_make_a_fits_night(tmp_path: Path) -> None:
    save_picture(tmp_path / "a.png")
    save_picture(tmp_path / "b.JPG")
    save_fits(tmp_path / "a.mask.fits")
    save_picture(tmp_path / "b.mask.png")
    night = Night.scan(tmp_path)
    assert [ref.path.name for ref in night.frames] == ["a.png", "b.JPG"] and night.n_passed_over == 0
    assert {ref.n_bands for ref in night.frames} == {3}


def test_pictures_of_one_name_are_not_mixed_up(tmp_path: Path) -> None:
    save_picture(tmp_path / "a.jpg")
    save_picture(tmp_path / "a.png")
    night = Night.scan(tmp_path)
    assert [ref.path.name for ref in night.frames] == ["a.jpg"]
    assert "same name" in night.rejected[0].reason


def test_a_picture_named_by_itself_is_taken(tmp_path: Path) -> None:
    save_fits(tmp_path / "b.fits")
    save_picture(tmp_path / "a.png")
    assert [ref.path.name for ref in Night.scan(tmp_path / "a.png").frames] == ["a.png"]
    with pytest.raises(FrameError, match="lies among FITS frames") as refused:
        require_part_of_night(tmp_path / "a.png")
    assert "folder of its own" in refused.value.hint
    require_part_of_night(tmp_path / "b.fits")
    (tmp_path / "b.fits").unlink()
    require_part_of_night(tmp_path / "a.png")


def test_info_tells_bands_notes_and_what_is_not_taken(tmp_path: Path) -> None:
    Image.fromarray(np.dstack([COLOUR, COLOUR[..., 0]])).save(tmp_path / "a.png")
    said = CliRunner().invoke(info_command, [str(tmp_path)], obj=Output(), standalone_mode=False)
    assert "bands    3" in said.output and "transparency (alpha)" in said.output
    save_fits(tmp_path / "b.fits")
    said = CliRunner().invoke(info_command, [str(tmp_path)], obj=Output(), standalone_mode=False)
    assert "1 picture not taken" in said.output
    told = CliRunner().invoke(info_command, [str(tmp_path), "--json"], obj=Output(), standalone_mode=False)
    report = json.loads(told.stdout)
    assert report["n_passed_over"] == 1 and report["frames"][0]["n_bands"] == 1


def test_bin_refuses_colour_and_takes_grey(tmp_path: Path) -> None:
    night = tmp_path / "night"
    night.mkdir()
    save_picture(night / "a.png")
    Image.fromarray(COLOUR[..., 1].astype(np.uint16) * 100).save(night / "cam_20230102_030405.png")
    out = tmp_path / "out"
    arguments = [str(night), "--out", str(out), "--factor", "2"]
    run = CliRunner().invoke(bin_command, arguments, obj=Output(), standalone_mode=False)
    assert run.return_value == 1 and "has 3 bands" in run.stderr
    binned = fits.getdata(out / "cam_20230102_030405.fits")
    expected = COLOUR[..., 1].astype(float).reshape(12, 2, 15, 2).mean(axis=(1, 3)) * 100
    np.testing.assert_allclose(binned, expected, rtol=1e-6)


@pytest.mark.parametrize("factor", [1, 2])
def test_automask_thresholds_the_mean_of_the_bands(tmp_path: Path, factor: int) -> None:
    night = tmp_path / "night"
    night.mkdir()
    save_picture(night / "a.png")
    arguments = [str(night), "--out", str(tmp_path), "--factor", str(factor)]
    run = CliRunner().invoke(automask_command, arguments, obj=Output(), standalone_mode=False)
    assert run.return_value == 0, run.output
    mean = COLOUR.mean(axis=2).reshape(24 // factor, factor, 30 // factor, factor).mean(axis=(1, 3))
    stored = read_mask(tmp_path / "a.mask.fits.gz")
    np.testing.assert_array_equal(stored.labels, automask(mean.astype(np.float32)))


def test_pictures_with_masks_beside_them_are_a_data_set(tmp_path: Path) -> None:
    night = tmp_path / "night"
    night.mkdir()
    save_picture(night / "a.png")
    CliRunner().invoke(
        automask_command, [str(night), "--out", str(night)], obj=Output(), standalone_mode=False
    )
    (sample,) = collect([night]).samples
    pixels, labels = read_sample(sample)
    np.testing.assert_array_equal(pixels, np.moveaxis(COLOUR, -1, 0))
    assert labels.shape == (24, 30) and set(np.unique(labels)) == {0, 1}
