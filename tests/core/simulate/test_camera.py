"""The camera: noise, flat-field events, and how levels follow from radiances."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from scipy import ndimage

from cirrus_core.simulate.camera import (
    GAIN_ADU,
    MAX_ADU,
    NETD_K,
    OFFSET_ADU,
    Camera,
    Temperatures,
    make_camera,
    noise_adu,
)
from cirrus_core.simulate.radiance import Image, band_radiance

COOL, WARM = Temperatures(278.0, 279.0), Temperatures(278.4, 279.5)


def exposure(
    camera: Camera, radiance: Image, *, now: Temperatures = COOL, ffc: int = 1, frame: int = 2
) -> np.ndarray:
    ffc_rng, rng = np.random.default_rng(ffc), np.random.default_rng(frame)
    return camera.expose(radiance, now=now, at_ffc=COOL, ffc_rng=ffc_rng, rng=rng).astype(np.float64)


@pytest.fixture(scope="module")
def camera() -> Camera:
    return make_camera(np.random.default_rng(1), (512, 640))


@pytest.fixture(scope="module")
def clear() -> Image:
    return np.full((512, 640), 12.0, np.float32)


def test_two_exposures_differ_by_the_netd(camera: Camera, clear: Image) -> None:
    # dL/dT between 8 and 14 um at 300 K, from Planck's law: 0.83 to 0.84 W m-2 sr-1 K-1.
    expected = NETD_K * 0.8375 * GAIN_ADU
    assert noise_adu(640) == pytest.approx(expected, rel=0.01)
    difference = exposure(camera, clear, frame=2) - exposure(camera, clear, frame=3)
    # Rounding to whole ADU adds a variance of 1/12 to each.
    assert difference.std() / np.sqrt(2) == pytest.approx(np.hypot(noise_adu(640), np.sqrt(1 / 12)), rel=0.01)


def test_fewer_larger_pixels_have_less_noise() -> None:
    assert noise_adu(160) == pytest.approx(noise_adu(640) / 4)


def test_a_flat_field_event_takes_the_drift_back(camera: Camera, clear: Image) -> None:
    fresh, drifted = exposure(camera, clear), exposure(camera, clear, now=WARM)
    assert np.mean(drifted - fresh) > 3.0
    assert np.std(drifted - fresh) > 0.5
    ffc_rng, rng = np.random.default_rng(1), np.random.default_rng(2)
    again = camera.expose(clear, now=WARM, at_ffc=WARM, ffc_rng=ffc_rng, rng=rng).astype(np.float64)
    # What is left is the other temperature of the plate, which only vignetting shows.
    assert abs(np.mean(again - fresh)) < 1.0 and np.std(again - fresh) < 0.5


def test_each_flat_field_event_leaves_the_noise_of_its_sixteen_frames(camera: Camera, clear: Image) -> None:
    difference = exposure(camera, clear, ffc=1) - exposure(camera, clear, ffc=2)
    left = np.sqrt(difference.var() / 2 - 1 / 12)
    assert left == pytest.approx(noise_adu(640) / 4, rel=0.05)


def test_the_level_is_linear_in_the_radiance(camera: Camera) -> None:
    flat = np.ones((512, 640), np.float32)
    low, high = (np.median(exposure(camera, flat * level)) for level in (10.0, 30.0))
    assert (high - low) / 20.0 == pytest.approx(GAIN_ADU, rel=0.03)
    assert low == pytest.approx(OFFSET_ADU + GAIN_ADU * 10.0, rel=0.05)


def test_vignetting_shows_at_a_cold_sky_and_not_at_the_temperature_of_the_plate(camera: Camera) -> None:
    def ring(image: np.ndarray) -> float:
        row, column = np.indices(image.shape)
        radius = np.hypot(row - 255.5, column - 319.5)
        return float(np.median(image[radius > 330]) - np.median(image[radius < 60]))

    lens = replace(camera, narcissus=np.ones_like(camera.narcissus))
    at_plate = np.full((512, 640), band_radiance(COOL.housing_k), np.float32)
    cold = np.full((512, 640), 10.0, np.float32)
    # cos^4 of 6.4 degrees alone hides 2.5 % of the difference between sky and plate.
    assert ring(exposure(lens, cold)) - ring(exposure(lens, at_plate)) > 0.02 * GAIN_ADU * 25.0


def test_levels_stay_within_14_bits(camera: Camera) -> None:
    for level in (0.0, 1e4):
        frame = exposure(camera, np.full((512, 640), level, np.float32))
        assert frame.min() >= 0 and frame.max() <= MAX_ADU == 16383


@pytest.mark.real
def test_noise_and_pattern_are_those_of_the_real_clear_frame(shared_data: Path, camera: Camera) -> None:
    def residuals(frame: np.ndarray) -> tuple[float, float, float]:
        rest = frame - ndimage.gaussian_filter(frame, 12)
        columns, rows = np.median(rest, axis=0), np.median(rest, axis=1)
        pixels = rest - columns - rows[:, np.newaxis]
        return float(np.median(np.abs(pixels)) * 1.4826), float(columns.std()), float(rows.std())

    real = residuals(fits.getdata(shared_data / "tau2_raw" / "clear_sky_sample.fits").astype(np.float64))
    simulated = residuals(exposure(camera, np.full((512, 640), 12.0, np.float32)))
    assert simulated[0] == pytest.approx(real[0], rel=0.15)
    assert simulated[1] == pytest.approx(real[1], rel=0.5)
    assert simulated[2] == pytest.approx(real[2], rel=0.5)
