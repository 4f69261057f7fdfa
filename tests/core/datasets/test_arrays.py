"""A mask teaches about its own frame only."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from cirrus_core.datasets.arrays import load_arrays
from cirrus_core.datasets.sources import collect
from cirrus_core.errors import DataError, MaskError
from cirrus_core.frames.frame import pixel_checksum
from cirrus_core.masks.labels import Provenance
from cirrus_core.masks.store import write_mask


def write_pair(folder: Path, frame: np.ndarray, mask: np.ndarray, frame_sum: str) -> None:
    fits.writeto(folder / "a.fits", frame)
    made = Provenance("manual", "", "me", datetime(2026, 1, 1, tzinfo=UTC), frame_sum)
    write_mask(folder / "a.mask.fits.gz", mask, header=None, provenance=made)


@pytest.fixture
def frame() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 4000, (32, 40)).astype(np.int16)


@pytest.mark.parametrize("known", [True, False])
def test_the_mask_of_this_frame_is_read(tmp_path: Path, frame: np.ndarray, known: bool) -> None:
    mask = (frame > 2000).astype(np.uint8)
    write_pair(tmp_path, frame, mask, pixel_checksum(frame) if known else "")
    arrays = load_arrays(collect([tmp_path]), (32, 40))
    np.testing.assert_array_equal(arrays.labels[0], mask)


def test_the_mask_of_another_frame_of_the_same_name_is_refused(tmp_path: Path, frame: np.ndarray) -> None:
    write_pair(tmp_path, frame, np.zeros((32, 40), np.uint8), pixel_checksum(frame + 1))
    with pytest.raises(MaskError, match="other pixels"):
        load_arrays(collect([tmp_path]), (32, 40))


def test_the_mask_of_another_size_is_refused(tmp_path: Path, frame: np.ndarray) -> None:
    write_pair(tmp_path, frame, np.zeros((16, 20), np.uint8), "")
    with pytest.raises((DataError, MaskError), match="16 x 20"):
        load_arrays(collect([tmp_path]), (32, 40))
