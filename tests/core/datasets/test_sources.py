"""Every layout of truth is found, its kind told apart, and what is missing is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from dataset_helpers import cloudy_frame, write_night
from PIL import Image

from cirrus_core.datasets.arrays import labels_to_grid, load_arrays, read_sample
from cirrus_core.datasets.manifest import Manifest
from cirrus_core.datasets.sources import collect
from cirrus_core.errors import CirrusError, DataError, MaskError
from cirrus_core.masks.labels import UNSURE, MaskSource, TruthKind


def write_embedded(path: Path, *, name: str = "", mask: np.ndarray | None = None, **cards: str) -> np.ndarray:
    frame, labels = cloudy_frame(3)
    mask = labels if mask is None else mask
    hdu = fits.ImageHDU(mask, name=name)
    hdu.header.update(cards)
    fits.HDUList([fits.PrimaryHDU(frame), hdu]).writeto(path)
    return mask


@pytest.mark.parametrize(
    ("source", "kind"),
    [("manual", "hand"), ("auto", "algorithm"), ("model", "algorithm"), ("simulation", "simulation")],
)
def test_mask_files_beside_frames(tmp_path: Path, source: MaskSource, kind: TruthKind) -> None:
    manifest = collect([write_night(tmp_path / "night", 3, source=source)])
    assert [s.stem for s in manifest.samples] == ["f000", "f001", "f002"]
    assert manifest.truth_kinds == (kind,)
    pixels, labels = read_sample(manifest.samples[1])
    frame, truth = cloudy_frame(1)
    assert np.array_equal(pixels, frame[np.newaxis])
    assert np.array_equal(labels, truth)


def test_the_published_layout_counts_as_made_by_an_algorithm(tmp_path: Path) -> None:
    frame, labels = cloudy_frame(0)
    hdus = [fits.PrimaryHDU(frame[..., np.newaxis] / np.float32(2**14))]
    hdus += [fits.ImageHDU(a[..., np.newaxis].astype(np.float32)) for a in (labels, labels * 0.9)]
    fits.HDUList(hdus).writeto(tmp_path / "A.fits.gz")
    manifest = collect([tmp_path])
    assert manifest.truth_kinds == ("algorithm",)
    assert manifest.samples[0].stem == "A"
    pixels, found = read_sample(manifest.samples[0])
    assert pixels.shape == (1, *labels.shape)
    assert np.array_equal(found, labels)


def test_an_hdu_named_mask_is_found_and_its_card_believed(tmp_path: Path) -> None:
    write_embedded(tmp_path / "a.fits", name="MASK")
    write_embedded(tmp_path / "b.fits", name="MASK", MSKSRC="simulation")
    assert [s.truth for s in collect([tmp_path]).samples] == ["hand", "simulation"]


def test_the_kind_of_truth_may_be_overridden(tmp_path: Path) -> None:
    manifest = collect([write_night(tmp_path, 2, source="auto")], truth="hand")
    assert manifest.truth_kinds == ("hand",)


def test_pictures_with_a_class_table(tmp_path: Path) -> None:
    for name in ("images", "labels"):
        (tmp_path / name).mkdir()
    rng = np.random.default_rng(0)
    colours = rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)
    marks = rng.choice(np.array([0, 100, 255], np.uint8), (20, 30))
    Image.fromarray(colours).save(tmp_path / "images" / "x.png")
    Image.fromarray(colours).save(tmp_path / "images" / "unlabelled.png")
    Image.fromarray(marks).save(tmp_path / "labels" / "x.png")
    (tmp_path / "classes.toml").write_text('ignore = [0]\n[classes]\n255 = "cloud"\n100 = "clear"\n')
    manifest = collect([tmp_path])
    assert [s.path.name for s in manifest.skipped] == ["unlabelled.png"]
    assert manifest.truth_kinds == ("hand",)
    pixels, labels = read_sample(manifest.samples[0])
    assert np.array_equal(pixels, np.moveaxis(colours, -1, 0))
    assert np.array_equal(labels, np.select([marks == 0, marks == 255], [UNSURE, 1], 0))
    only_red, _ = read_sample(manifest.samples[0], bands=(0,))
    assert np.array_equal(only_red[0], colours[..., 0])
    with pytest.raises(DataError, match="band 5 was asked for"):
        read_sample(manifest.samples[0], bands=(5,))


def test_files_and_globs(tmp_path: Path) -> None:
    write_night(tmp_path, 4)
    assert len(collect([tmp_path / "f001.fits"])) == 1
    assert len(collect([str(tmp_path / "f00[12].fits")])) == 2
    assert len(collect([tmp_path, tmp_path / "f001.fits"])) == 4


def test_order_is_time_not_name(tmp_path: Path) -> None:
    write_night(tmp_path, 3, cadence_s=-60)
    assert [s.stem for s in collect([tmp_path]).samples] == ["f002", "f001", "f000"]


def test_frames_without_masks_are_named_and_nothing_at_all_is_an_error(tmp_path: Path) -> None:
    write_night(tmp_path, 2)
    fits.PrimaryHDU(np.ones((32, 40), np.int16)).writeto(tmp_path / "bare.fits")
    (tmp_path / "broken.fits").write_bytes(b"SIMPLE  = no")
    manifest = collect([tmp_path])
    assert sorted(s.path.name for s in manifest.skipped) == ["bare.fits", "broken.fits"]
    with pytest.raises(DataError, match="No frame with a mask"):
        collect([tmp_path / "bare.fits"])
    with pytest.raises(CirrusError):
        collect([tmp_path / "absent"])


def test_a_second_hdu_that_is_no_mask_is_refused_when_read(tmp_path: Path) -> None:
    write_embedded(tmp_path / "a.fits", mask=np.random.default_rng(0).normal(size=(32, 40)))
    manifest = collect([tmp_path])
    with pytest.raises(DataError, match="holds no mask"):
        load_arrays(manifest, (32, 40))


def test_a_mask_of_another_size_is_refused(tmp_path: Path) -> None:
    write_night(tmp_path, 1)
    fits.PrimaryHDU(np.ones((64, 80), np.int16)).writeto(tmp_path / "f000.fits", overwrite=True)
    with pytest.raises(MaskError, match="32 x 40 pixels, its frame is 64 x 80"):
        load_arrays(collect([tmp_path]), (32, 40))


def test_the_fingerprint_knows_content_not_order(tmp_path: Path) -> None:
    manifest = collect([write_night(tmp_path / "a", 4)])
    assert manifest.fingerprint == Manifest(manifest.samples[::-1]).fingerprint
    assert manifest.fingerprint != manifest.subset([0, 1, 2]).fingerprint
    changed = collect([write_night(tmp_path / "b", 4, seed=1)])
    assert manifest.fingerprint != changed.fingerprint
    assert manifest.fingerprint == collect([write_night(tmp_path / "c", 4)]).fingerprint


def test_labels_go_to_a_coarser_grid_by_majority() -> None:
    labels = np.array([[0, 0, 1, 1, 255, 255], [0, 1, 0, 1, 255, 1]], np.uint8)
    assert labels_to_grid(labels, (1, 3), n_classes=2).tolist() == [[0, 1, UNSURE]]
    tie = np.array([[0, 1], [1, 0]], np.uint8)
    assert labels_to_grid(tie, (1, 1), n_classes=2).tolist() == [[1]]


@pytest.mark.real
def test_all_published_frames_have_truth(shared_data: Path) -> None:
    manifest = collect([shared_data / "lwiriseg"])
    assert len(manifest) == 168
    assert manifest.truth_kinds == ("algorithm",)
    arrays = load_arrays(manifest.subset(range(5)), (128, 160))
    assert arrays.images.shape == (5, 1, 128, 160)
    with fits.open(shared_data / "lwiriseg" / "DS12_Train_0001.fits.gz") as hdus:
        assert np.array_equal(arrays.labels[0], hdus[1].data[..., 0])


@pytest.mark.real
def test_whole_sky_photographs_with_a_class_table(shared_data: Path, tmp_path: Path) -> None:
    table = tmp_path / "classes.toml"
    table.write_text('ignore = [0]\n[classes]\n100 = "clear"\n255 = "cloud"\n')
    manifest = collect([shared_data / "wsiseg"], classes=table)
    assert len(manifest) == 200
    pixels, labels = read_sample(manifest.samples[0])
    assert pixels.shape == (3, 450, 480)
    assert set(np.unique(labels)) <= {0, 1, UNSURE}
