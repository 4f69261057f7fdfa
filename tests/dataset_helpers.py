"""Small real nights on disk: FITS frames with warm clouds, and their masks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from cirrus_core.frames.frame import pixel_checksum
from cirrus_core.masks.labels import MaskSource, Provenance
from cirrus_core.masks.store import mask_name, write_mask

START = datetime(2024, 3, 1, 20, 0, tzinfo=UTC)


def cloudy_frame(seed: int, shape: tuple[int, int] = (32, 40)) -> tuple[NDArray[np.int16], NDArray[np.uint8]]:
    """A frame in ADU and its mask: smooth blobs 300 ADU warmer than the sky."""
    rng = np.random.default_rng(seed)
    field = gaussian_filter(rng.normal(size=shape), 4)
    labels = (field > np.quantile(field, rng.uniform(0.2, 0.8))).astype(np.uint8)
    frame = 900 + 300.0 * labels + rng.normal(0, 10, shape)
    return frame.astype(np.int16), labels


def write_night(
    folder: Path,
    n: int,
    *,
    shape: tuple[int, int] = (32, 40),
    seed: int = 0,
    source: MaskSource = "manual",
    cadence_s: float = 60.0,
) -> Path:
    """Write `n` frames ``f000.fits`` ... with mask files beside them."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(n):
        frame, labels = cloudy_frame(seed + i, shape)
        time = START + timedelta(seconds=cadence_s * i)
        header = fits.Header({"DATE-OBS": time.strftime("%Y-%m-%dT%H:%M:%S.%f")})
        stem = f"f{i:03d}"
        fits.PrimaryHDU(frame, header).writeto(folder / f"{stem}.fits")
        provenance = Provenance(source, "test", "tester", START, pixel_checksum(frame))
        write_mask(folder / mask_name(stem), labels, header=None, provenance=provenance)
    return folder
