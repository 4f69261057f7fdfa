"""Mask and probability files: what is written, what is read back, what is refused, what survives."""

from __future__ import annotations

import gzip
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from cirrus_core.errors import MaskError
from cirrus_core.masks.labels import ClassTable, LabelClass, Provenance
from cirrus_core.masks.store import (
    find_mask,
    find_prob,
    mask_name,
    prob_name,
    read_mask,
    read_prob,
    require_match,
    write_mask,
    write_prob,
)

WHEN = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
MANUAL = Provenance("manual", "brush", "Ada", WHEN, "0123456789abcdef")
MODEL = Provenance("model", "unet-a-rather-long-name-" + 55 * "x", "CIRRUS", WHEN, "0123456789abcdef")


@pytest.fixture
def labels() -> NDArray[np.uint8]:
    return np.random.default_rng(1).choice(np.array([0, 1, 2, 255], np.uint8), (37, 53))


@pytest.fixture
def frame_header() -> fits.Header:
    hdu = fits.PrimaryHDU(np.arange(12, dtype=np.uint16).reshape(3, 4))
    for key, value in {
        "BUNIT": "adu",
        "DATAMAX": 11,
        "OBSERVER": "x",
        "CRPIX1": 80.5,
        "EQUINOX": 2000.0,
    }.items():
        hdu.header[key] = value
    hdu.header["LONGTEXT"] = ("much " * 30).strip()
    hdu.header["HIERARCH ESO TEL ALT"] = 45.5
    hdu.header["DATE-OBS"] = "2026-03-04T01:02:03.5"
    hdu.header["DATE"] = "1999-01-01"
    hdu.header["MSKMETH"] = "stale"
    hdu.header.add_history("dark subtracted")
    hdu.add_checksum()
    return hdu.header


@pytest.mark.parametrize("plain", [False, True])
def test_mask_round_trip(
    tmp_path: Path, labels: NDArray[np.uint8], frame_header: fits.Header, plain: bool
) -> None:
    path = tmp_path / mask_name("A", plain)
    assert path.name == ("A.mask.fits" if plain else "A.mask.fits.gz")
    write_mask(path, labels, header=frame_header, provenance=MANUAL)
    stored = read_mask(path)
    np.testing.assert_array_equal(stored.labels, labels)
    assert stored.labels.dtype == np.uint8
    assert stored.provenance == MANUAL
    assert (path.read_bytes()[:2] == b"\x1f\x8b") is not plain
    assert find_mask(tmp_path, "A") == path and find_mask(tmp_path, "B") is None


def test_file_is_standard_fits_with_valid_checksums(
    tmp_path: Path, labels: NDArray[np.uint8], frame_header: fits.Header
) -> None:
    """Read by astropy, whose checksum mismatch is a warning and so fails this test."""
    path = tmp_path / mask_name("A")
    write_mask(path, labels, header=frame_header, provenance=MODEL)
    with fits.open(path, checksum=True) as hdus:
        hdu = hdus["MASK"]
        hdu.verify("exception")
        assert len(hdus) == 1 and hdu.header["BITPIX"] == 8 and hdu.data.dtype == np.uint8
        assert "CHECKSUM" in hdu.header and "DATASUM" in hdu.header
        np.testing.assert_array_equal(hdu.data, labels)


def test_frame_header_is_carried_over_without_what_is_no_longer_true(
    tmp_path: Path, labels: NDArray[np.uint8], frame_header: fits.Header
) -> None:
    path = tmp_path / mask_name("A")
    write_mask(path, labels, header=frame_header, provenance=MODEL)
    header = read_mask(path).header
    for key in ("OBSERVER", "CRPIX1", "EQUINOX", "LONGTEXT", "ESO TEL ALT", "DATE-OBS"):
        assert header[key] == frame_header[key]
    assert list(header["HISTORY"]) == ["dark subtracted"]
    for key in ("BZERO", "BSCALE", "BUNIT", "DATAMAX", "MSKMETH"):
        assert key not in header
    assert (header["NAXIS1"], header["NAXIS2"]) == (53, 37)
    assert header["MSKSRC"] == "model" and header["MODELID"] == MODEL.method
    assert header["DATE"] == "2026-03-04T05:06:07" and header["EDITOR"] == "CIRRUS"
    assert header["FRAMESUM"] == MODEL.frame_sum and header["CIRRUSV"]
    assert (header["MSK000"], header["MSK001"], header["MSK255"]) == ("clear", "cloud", "unsure")


def test_cards_that_no_one_can_repair_do_not_spoil_the_mask(
    tmp_path: Path, labels: NDArray[np.uint8]
) -> None:
    raw = b"".join(
        line.ljust(80)
        for line in (
            b"SIMPLE  =                    T",
            b"GOOD    = 1",
            b"BAD KEY*= ???",
            b"ODD     = 'no end",
        )
    )
    path = tmp_path / mask_name("A")
    write_mask(path, labels, header=fits.Header.fromstring(raw), provenance=MANUAL)
    stored = read_mask(path)
    np.testing.assert_array_equal(stored.labels, labels)
    assert stored.header["GOOD"] == 1


def test_further_classes_and_foreign_letters(tmp_path: Path, labels: NDArray[np.uint8]) -> None:
    names = ("clear", "cirrus", "cumulus")
    table = tuple(LabelClass(value=v, name=n, colour="#000000") for v, n in enumerate(names))
    editor = Provenance("manual", "brush", "Zoë Åström 星\n", WHEN, "")
    path = tmp_path / mask_name("A")
    write_mask(path, labels, header=None, provenance=editor, classes=ClassTable(classes=table))
    stored = read_mask(path)
    assert stored.header["MSK002"] == "cumulus"
    assert stored.provenance is not None and stored.provenance.editor == "Zoe Astrom ??"


def test_same_mask_gives_the_same_bytes(tmp_path: Path, labels: NDArray[np.uint8]) -> None:
    paths = [tmp_path / name for name in ("A.mask.fits.gz", "B.mask.fits.gz")]
    for path in paths:
        write_mask(path, labels, header=None, provenance=MANUAL)
    assert paths[0].read_bytes() == paths[1].read_bytes()


@given(
    prob=arrays(
        np.float32,
        array_shapes(min_dims=2, max_dims=3, min_side=2, max_side=9),
        elements=st.floats(0, 1, width=32),
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_probability_is_kept_to_half_a_step(tmp_path: Path, prob: NDArray[np.float32]) -> None:
    path = tmp_path / prob_name("A")
    write_prob(path, prob, header=None, provenance=MODEL)
    stored = read_prob(path)
    assert stored.dtype == np.float32 and stored.shape == prob.shape
    assert stored.min() >= 0.0 and stored.max() <= 1.0
    assert np.abs(stored.astype(float) - prob).max() <= 1 / 510 + 1e-7  # + float32 rounding
    np.testing.assert_array_equal(stored[(prob == 0) | (prob == 1)], prob[(prob == 0) | (prob == 1)])
    write_prob(path, prob, header=None, provenance=MODEL, exact=True)
    np.testing.assert_array_equal(read_prob(path), prob)


def test_probability_file_means_the_same_to_astropy(tmp_path: Path, frame_header: fits.Header) -> None:
    prob = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    path = tmp_path / prob_name("A")
    write_prob(path, prob, header=frame_header, provenance=MODEL)
    with fits.open(path, checksum=True) as hdus:
        assert hdus["PROB"].header["BITPIX"] == 8
        np.testing.assert_allclose(hdus["PROB"].data, prob, atol=1 / 510)
    assert find_prob(tmp_path, "A") == path


@pytest.mark.parametrize("bad", [np.nan, -0.01, 1.01])
def test_values_that_are_no_probability_are_refused(tmp_path: Path, bad: float) -> None:
    prob = np.full((4, 4), 0.5, np.float32)
    prob[1, 1] = bad
    with pytest.raises(MaskError, match="not between 0 and 1"):
        write_prob(tmp_path / prob_name("A"), prob, header=None, provenance=MODEL)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("plain", [False, True])
@given(data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_never_opens_as_a_mask(
    tmp_path: Path, labels: NDArray[np.uint8], plain: bool, data: st.DataObject
) -> None:
    """One changed byte, or the end missing, anywhere: an error, or at the least the very same mask."""
    path = tmp_path / mask_name("A", plain)
    write_mask(path, labels, header=None, provenance=MANUAL)
    whole = path.read_bytes()
    place = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        path.write_bytes(whole[:place])
    else:
        flipped = whole[place] ^ data.draw(st.integers(1, 255))
        path.write_bytes(whole[:place] + bytes([flipped]) + whole[place + 1 :])
    try:
        stored = read_mask(path)
    except MaskError as error:
        assert path.name in error.message and error.hint
    else:
        np.testing.assert_array_equal(stored.labels, labels)


@pytest.mark.parametrize(
    "content",
    [b"", b"not FITS at all", b"\x1f\x8b\x08", gzip.compress(b"no", mtime=0), b"SIMPLE  = T" + bytes(5000)],
)
def test_rubbish_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "A.mask.fits.gz"
    path.write_bytes(content)
    with pytest.raises(MaskError, match=r"A\.mask\.fits\.gz cannot be read") as caught:
        read_mask(path)
    assert str(path) in caught.value.hint
    assert path.read_bytes() == content


def test_missing_file_is_told() -> None:
    with pytest.raises(MaskError, match="No such file"):
        read_mask(Path("/nowhere/A.mask.fits.gz"))


def test_masks_of_other_programs_are_read(tmp_path: Path, labels: NDArray[np.uint8]) -> None:
    path = tmp_path / "A.mask.fits"
    fits.PrimaryHDU((labels == 1).astype(np.float32)[..., None]).writeto(path)
    stored = read_mask(path)
    np.testing.assert_array_equal(stored.labels, labels == 1)
    assert stored.provenance is None
    fits.HDUList([fits.PrimaryHDU(labels * 0.5), fits.ImageHDU(labels, name="MASK")]).writeto(
        path, overwrite=True
    )
    np.testing.assert_array_equal(read_mask(path).labels, labels)


@pytest.mark.parametrize("value", [0.5, np.nan, -1.0, 256.0])
def test_values_that_are_no_labels_are_refused(tmp_path: Path, value: float) -> None:
    path = tmp_path / "A.mask.fits"
    fits.PrimaryHDU(np.full((3, 3), value)).writeto(path)
    with pytest.raises(MaskError, match="no labels"):
        read_mask(path)


def test_cube_and_table_are_no_mask(tmp_path: Path) -> None:
    path = tmp_path / "A.mask.fits"
    fits.PrimaryHDU(np.zeros((3, 4, 5), np.uint8)).writeto(path)
    with pytest.raises(MaskError, match="3 axes"):
        read_mask(path)
    fits.PrimaryHDU().writeto(path, overwrite=True)
    with pytest.raises(MaskError, match="holds no image"):
        read_mask(path)


def test_mask_of_another_frame_is_recognised(tmp_path: Path, labels: NDArray[np.uint8]) -> None:
    path = tmp_path / mask_name("A")
    write_mask(path, labels, header=None, provenance=MANUAL)
    stored = read_mask(path)
    require_match(stored, path=path, shape=(37, 53), frame_sum=MANUAL.frame_sum)
    with pytest.raises(MaskError, match="37 x 53 pixels, its frame is 512 x 640"):
        require_match(stored, path=path, shape=(512, 640), frame_sum=MANUAL.frame_sum)
    with pytest.raises(MaskError, match="other pixels"):
        require_match(stored, path=path, shape=(37, 53), frame_sum="fedcba9876543210")


WRITE_BIG = """
import sys, numpy as np
from datetime import datetime, UTC
from pathlib import Path
from cirrus_core.errors import MaskError
from cirrus_core.masks.labels import Provenance
from cirrus_core.masks.store import write_mask
noise = np.random.default_rng(0).integers(0, 2, (1500, 1500), np.uint8)
manual = Provenance("manual", "", "", datetime.now(UTC), "")
try:
    write_mask(Path(sys.argv[1]), noise, header=None, provenance=manual)
except MaskError as error:
    print(error.message, "|", error.hint)
"""


def write_big(path: Path, preexec: object = None) -> str:
    run = subprocess.run(
        [sys.executable, "-c", WRITE_BIG, str(path)],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=preexec,  # type: ignore[arg-type]
    )
    return run.stdout


def assert_old_mask_survived(path: Path, labels: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(read_mask(path).labels, labels)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def test_file_too_large_keeps_the_old_mask(tmp_path: Path, labels: NDArray[np.uint8]) -> None:
    path = tmp_path / mask_name("A")
    write_mask(path, labels, header=None, provenance=MANUAL)
    said = write_big(path, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)))
    assert "could not be saved" in said and "Make room" in said
    assert_old_mask_survived(path, labels)


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_full_disk_keeps_the_old_mask(tiny_disk: Path, labels: NDArray[np.uint8]) -> None:
    path = tiny_disk / mask_name("A")
    write_mask(path, labels, header=None, provenance=MANUAL)
    said = write_big(path)
    assert "No space left on device" in said and "Make room" in said
    assert_old_mask_survived(path, labels)


def test_read_only_disk_is_told(tiny_disk: Path, labels: NDArray[np.uint8]) -> None:
    path = tiny_disk / mask_name("A")
    write_mask(path, labels, header=None, provenance=MANUAL)
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    with pytest.raises(MaskError, match="could not be saved") as caught:
        write_mask(path, 1 - labels, header=None, provenance=MANUAL)
    assert "Nothing may be written" in caught.value.hint
    assert_old_mask_survived(path, labels)
