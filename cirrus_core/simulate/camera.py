"""What the camera makes of the sky: a Tau2-like microbolometer behind a 60 mm f/1.25 lens.

The camera has just looked at a uniform plate at the temperature of its housing (the external flat-field
event of the real frames), so what is left of its faults is what differs between plate and sky: vignetting
and unequal pixel gains show at a cold clear sky and vanish under low cloud. Gain and offset are chosen so
that the sky of `radiance` gives the levels of two real raw frames (clear 610 to 720 ADU, thick low cloud
about 1400 ADU at 0 to 5 deg C); patterns and noise follow the residuals of the same frames. The narcissus
effect (a disc of 160 px radius, smoothed over 80 px, -2.5 %) is that of IRIS-CloudDeep's clear-sky simulator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, signal

from cirrus_core.simulate.fields import still_field
from cirrus_core.simulate.radiance import Image, band_radiance

MAX_ADU = 2**14 - 1
GAIN_ADU = 40.0
"""ADU per W m-2 sr-1 in the band."""

OFFSET_ADU = 200.0
PIXEL_UM = 17.0
FOCAL_MM = 60.0
COLUMNS = 640
"""Of the detector; frames with fewer see the same field through larger pixels, as if binned."""

NETD_K = 0.080
"""Noise-equivalent temperature difference at 300 K: 50 mK at f/1 (data sheet) times 1.25 squared."""

FFC_INTERVAL_S = 180.0
_FFC_FRAMES = 16
_LENS_TRANSMISSION = 0.9
_EDGE_VIGNETTING = 0.015
"""Loss at the corners beyond cos^4: with it the corners of the real clear frame are met."""

_PIXEL_GAIN = 0.0027
_LINE_GAIN = 0.0009
_LINE_ADU = 0.8
_LINE_MEMORY = 0.65
"""Correlation of neighbouring columns (and rows) of the real pattern."""

_BAD_PIXELS_FRAC = 1e-4
_BAD_PIXEL_ADU = 35.0
_RESIDUE_ADU = 8.0
"""Smooth residue of the flat-field correction."""

_EDGE_ADU, _EDGE_PX = 18.0, 9.0
"""Glow of the last rows; that of the last columns is a third."""

_NARCISSUS = -0.025
_DRIFT_ADU_PER_K = 12.0


@dataclass(frozen=True, slots=True)
class Temperatures:
    """Of the housing with the lens, and of the detector, in K."""

    housing_k: float
    detector_k: float


@dataclass(frozen=True, slots=True)
class Camera:
    """The fixed properties of one camera on one night; all images (rows, columns) float32."""

    vignetting: Image
    gain: Image
    pattern: Image
    narcissus: Image
    drift: Image
    noise_adu: float

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.vignetting.shape
        return rows, columns

    def expose(
        self,
        radiance: Image,
        *,
        now: Temperatures,
        at_ffc: Temperatures,
        ffc_rng: np.random.Generator,
        rng: np.random.Generator,
    ) -> NDArray[np.int16]:
        """One raw frame, int16 in 0..16383.

        Parameters
        ----------
        radiance : ndarray, (rows, columns)
            W m-2 sr-1 between 8 and 14 um.
        now, at_ffc : Temperatures
            At the exposure and at the last flat-field event; the drift is nothing where they are equal.
        ffc_rng : numpy.random.Generator
            The flat-field event's own: the noise left in its mean of 16 frames stays until the next.
        rng : numpy.random.Generator
            The frame's own, for the temporal noise.
        """
        plate = np.float32(band_radiance(at_ffc.housing_k))
        adu = self.vignetting * (radiance - plate)
        adu *= self.gain
        adu += plate
        adu *= np.float32(GAIN_ADU)
        adu += np.float32(OFFSET_ADU)
        adu *= self.narcissus
        adu += self.pattern + self._drift(now, at_ffc)
        adu += ffc_rng.standard_normal(self.shape, dtype=np.float32) * np.float32(
            self.noise_adu / np.sqrt(_FFC_FRAMES)
        )
        adu += rng.standard_normal(self.shape, dtype=np.float32) * np.float32(self.noise_adu)
        frame: NDArray[np.int16] = np.clip(np.rint(adu), 0, MAX_ADU).astype(np.int16)
        return frame

    def _drift(self, now: Temperatures, at_ffc: Temperatures) -> Image:
        """What has changed since the flat-field event: the light of the lens, and the detector's offsets."""
        warmer = band_radiance(now.housing_k) - band_radiance(at_ffc.housing_k)
        lens = np.float32(GAIN_ADU * warmer) * (1 - np.float32(_LENS_TRANSMISSION) * self.vignetting)
        offsets: Image = lens + self.drift * np.float32(now.detector_k - at_ffc.detector_k)
        return offsets


def noise_adu(columns: int) -> float:
    """Temporal noise of one pixel in ADU; pixels that are larger because they are fewer have less."""
    per_kelvin = (band_radiance(300.5) - band_radiance(299.5)) * GAIN_ADU
    return float(NETD_K * per_kelvin * columns / COLUMNS)


def make_camera(rng: np.random.Generator, shape: tuple[int, int]) -> Camera:
    """Draw a camera for frames of (rows, columns): its patterns stay the same through a night."""
    scale = shape[1] / COLUMNS
    pattern = still_field(rng, shape, slope=4.5) * np.float32(_RESIDUE_ADU)
    pattern += _edges(shape, scale) + _lines(rng, shape) * np.float32(_LINE_ADU)
    bad = rng.random(shape) < _BAD_PIXELS_FRAC
    pattern[bad] += rng.normal(0.0, _BAD_PIXEL_ADU, int(bad.sum())).astype(np.float32)
    gain = 1 + _lines(rng, shape) * np.float32(_LINE_GAIN)
    gain += rng.standard_normal(shape, dtype=np.float32) * np.float32(_PIXEL_GAIN * scale)
    return Camera(
        vignetting=_vignetting(rng, shape, scale),
        gain=gain,
        pattern=pattern,
        narcissus=_narcissus(rng, shape, scale),
        drift=np.float32(_DRIFT_ADU_PER_K) * (1 + np.float32(0.3) * still_field(rng, shape, slope=4.0)),
        noise_adu=noise_adu(shape[1]),
    )


def _vignetting(rng: np.random.Generator, shape: tuple[int, int], scale: float) -> Image:
    # The optical axis hits the detector some pixels beside its centre.
    y, x = (np.arange(n) - (n - 1) / 2 - rng.normal(0.0, 30.0 * scale) for n in shape)
    angle = np.arctan(np.hypot(y[:, np.newaxis], x) / scale * PIXEL_UM / (FOCAL_MM * 1000.0))
    cut = 1.0 - _EDGE_VIGNETTING * (angle / angle.max()) ** 4
    seen: Image = (np.cos(angle) ** 4 * cut).astype(np.float32)
    return seen


def _narcissus(rng: np.random.Generator, shape: tuple[int, int], scale: float) -> Image:
    """Factor below 1 where the cold detector sees its own reflection, near the centre."""
    row, column = (n / 2 + rng.normal(0.0, 40.0 * scale) for n in shape)
    y, x = np.ogrid[: shape[0], : shape[1]]
    disc = (np.hypot(y - row, x - column) < 160 * scale).astype(np.float32)
    factor: Image = 1 + np.float32(_NARCISSUS) * ndimage.gaussian_filter(disc, 80 * scale)
    return factor


def _lines(rng: np.random.Generator, shape: tuple[int, int]) -> Image:
    """Columns plus rows, each of standard deviation 1 and alike to its neighbours."""
    step = np.sqrt(1 - _LINE_MEMORY**2)
    rows, columns = (
        signal.lfilter([step], [1, -_LINE_MEMORY], rng.standard_normal(n + 50))[50:] for n in shape
    )
    lines: Image = (rows[:, np.newaxis] + columns).astype(np.float32)
    return lines


def _edges(shape: tuple[int, int], scale: float) -> Image:
    rows, columns = (np.exp(-(n - 1 - np.arange(n)) / (_EDGE_PX * scale)) for n in shape)
    glow: Image = (_EDGE_ADU * (rows[:, np.newaxis] + columns / 3)).astype(np.float32)
    return glow
