"""What the camera makes of the sky: a Tau2-like microbolometer behind a 60 mm f/1.25 lens.

Levels are fitted to two real raw frames (clear sky about 610 ADU, thick low cloud about 1400 ADU) and the
noise to their high-frequency residuals (4.5 to 6 ADU within 4 x 4 pixels, columns about 1 ADU). The narcissus
effect (a blurred disc of 160 px radius, smoothed over 80 px, -2.5 %), the bad columns and the fixed pattern
follow the clear-sky simulator of IRIS-CloudDeep.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cirrus_core.simulate.clouds import fractal_field
from cirrus_core.simulate.radiance import Image, band_radiance

MAX_ADU = 2**14 - 1
GAIN_ADU = 32.0
"""ADU per W m-2 sr-1 in the band."""

OFFSET_ADU = 420.0
PIXEL_FOV_DEG = float(np.degrees(17e-6 / 60e-3))
NOISE_ADU = 2.2
"""Temporal noise of one frame: 50 mK at 300 K for f/1 becomes about 70 mK behind f/1.25."""

_PATTERN_ADU = 3.6
_COLUMN_ADU = 1.0
_COLUMN_NOISE_ADU = 0.6
_BAD_COLUMNS = 25
_BAD_PIXELS_FRAC = 1e-5
"""Few: the camera replaces the bad pixels it knows."""

_NARCISSUS = -0.025  # of a disc that the smoothing leaves a third of
_ROW_ADU = 0.6
_RESIDUE_ADU = 5.0
"""Smooth residue of the flat-field correction, as the real clear frame shows it."""

_DRIFT_ADU_PER_MIN = 1.2
FFC_INTERVAL_S = 180.0


@dataclass(frozen=True, slots=True)
class Camera:
    """The fixed properties of one camera on one night; all images (rows, columns) float32."""

    vignetting: Image
    narcissus: Image
    pattern: Image
    drift: Image
    hot: NDArray[np.bool_]
    hot_adu: Image

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.vignetting.shape
        return rows, columns

    def expose(
        self, radiance: Image, *, housing_k: float, since_ffc_s: float, rng: np.random.Generator
    ) -> NDArray[np.int16]:
        """One raw frame, int16 in 0..16383.

        Parameters
        ----------
        radiance : ndarray, (rows, columns)
            W m-2 sr-1 between 8 and 14 um.
        housing_k : float
            Temperature of lens and housing: what vignetting hides of the sky, it replaces by their light.
        since_ffc_s : float
            Seconds since the last flat-field event, which sets the slow drift back to nothing.
        """
        # The flat-field event is taken at the housing's temperature, so only differences vignette.
        house = float(band_radiance(housing_k))
        seen = house + (radiance - house) * self.vignetting
        adu = OFFSET_ADU + GAIN_ADU * seen
        adu *= 1.0 + self.narcissus
        adu += self.pattern + self.drift * np.float32(_DRIFT_ADU_PER_MIN * since_ffc_s / 60.0)
        adu += rng.standard_normal(self.shape, dtype=np.float32) * np.float32(NOISE_ADU)
        adu += rng.standard_normal(self.shape[1], dtype=np.float32) * np.float32(_COLUMN_NOISE_ADU)
        adu = np.where(self.hot, self.hot_adu, adu)
        frame: NDArray[np.int16] = np.clip(np.rint(adu), 0, MAX_ADU).astype(np.int16)
        return frame


def make_camera(rng: np.random.Generator, shape: tuple[int, int]) -> Camera:
    """Draw a camera: its patterns stay the same through a night."""
    rows, columns = shape
    y, x = np.ogrid[:rows, :columns]
    centre_row, centre_col = (rows - 1) / 2, (columns - 1) / 2
    scale = rows / 512  # small test frames see the same field through fewer pixels
    radius = np.hypot(y - centre_row, x - centre_col) / scale
    # cos^4 of the field angle, about 1.5 % at the corners of this narrow field.
    field_angle = np.radians(radius * PIXEL_FOV_DEG)
    disc = (radius < 160).astype(np.float32)
    pattern = rng.standard_normal(shape, dtype=np.float32) * _PATTERN_ADU
    pattern += rng.standard_normal(columns, dtype=np.float32) * _COLUMN_ADU
    pattern += rng.standard_normal((rows, 1), dtype=np.float32) * _ROW_ADU
    bad = rng.choice(columns, size=min(_BAD_COLUMNS, columns), replace=False)
    pattern[:, bad] += rng.uniform(-8.0, 8.0, bad.size).astype(np.float32)
    hot = rng.random(shape) < _BAD_PIXELS_FRAC
    size = 1 << (max(shape) - 1).bit_length()
    pattern += fractal_field(rng, size, slope=5.0)[:rows, :columns] * np.float32(_RESIDUE_ADU)
    return Camera(
        vignetting=(np.cos(field_angle) ** 4).astype(np.float32),
        narcissus=_NARCISSUS * ndimage.gaussian_filter(disc, 80 * scale),
        pattern=pattern,
        drift=fractal_field(rng, size, slope=4.0)[:rows, :columns],
        hot=hot,
        hot_adu=rng.uniform(0, 2500, shape).astype(np.float32),
    )
