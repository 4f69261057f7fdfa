"""Normalisation: the stated formulas, whatever the frame's unit, and no surprise on odd frames."""

from __future__ import annotations

import numpy as np
import pytest
from astropy.visualization import ZScaleInterval
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import median_abs_deviation

from cirrus_core.datasets.normalise import apply, fit
from cirrus_core.datasets.normalise_config import Normalisation, NormalisationKind

BY_FRAME: tuple[NormalisationKind, ...] = ("frame", "zscale")


@pytest.fixture
def images() -> np.ndarray:
    return np.random.default_rng(0).normal(1000, 30, (3, 2, 24, 30)).astype(np.float32)


def test_by_frame_is_median_and_mad(images: np.ndarray) -> None:
    spread = median_abs_deviation(images, axis=(1, 2, 3), scale=1 / 1.4826)[:, None, None, None]
    expected = (images - np.median(images, axis=(1, 2, 3), keepdims=True)) / spread
    assert np.allclose(apply(images, Normalisation(kind="frame")), np.clip(expected, -6, 6), atol=1e-4)


def test_zscale_is_astropys_interval_and_a_signed_logarithm(images: np.ndarray) -> None:
    low, high = ZScaleInterval(contrast=0.9).get_limits(images[0])
    u = (images[0].astype(np.float64) - low) / (high - low)
    expected = np.sign(u) * np.log10(1 + 1000 * abs(u)) / np.log10(1001)
    assert np.allclose(apply(images, Normalisation(kind="zscale"))[0], expected, atol=1e-3)


def test_by_data_set_uses_the_fitted_figures(images: np.ndarray) -> None:
    fitted = fit(images, Normalisation(kind="dataset"))
    assert fitted.mean == pytest.approx(images.mean(), rel=1e-6)
    assert fitted.std == pytest.approx(images.std(), rel=1e-5)
    once = apply(images, fitted)
    assert once.mean() == pytest.approx(0, abs=1e-3)
    assert np.array_equal(apply(images[:1], fitted), once[:1])


def test_nothing_to_fit_by_frame(images: np.ndarray) -> None:
    assert fit(images, Normalisation(kind="frame")) == Normalisation(kind="frame")


@pytest.mark.parametrize("kind", BY_FRAME)
@given(scale=st.floats(0.01, 100), offset=st.floats(-1e4, 1e4))
def test_unit_and_zero_point_do_not_matter(kind: NormalisationKind, scale: float, offset: float) -> None:
    frame = np.random.default_rng(1).normal(0, 100, (1, 1, 20, 20))
    plain, moved = (apply(f, Normalisation(kind=kind)) for f in (frame, frame * scale + offset))
    # Around the dark end the logarithm enlarges the rounding of float32; everywhere else they agree.
    assert np.mean(np.abs(plain - moved) < 0.02) > 0.99


@pytest.mark.parametrize("kind", ["frame", "zscale", "dataset"])
def test_odd_frames_stay_finite(kind: NormalisationKind) -> None:
    config = Normalisation(kind=kind, clip=6)
    blank, flat = np.full((1, 1, 8, 8), np.nan), np.full((1, 1, 8, 8), 5.0)
    holes = np.random.default_rng(0).normal(size=(1, 1, 8, 8))
    holes[0, 0, :3] = np.nan
    holes[0, 0, 4] = np.inf
    for frame in (blank, flat, holes):
        result = apply(frame, config)
        assert result.dtype == np.float32
        assert np.isfinite(result).all()
        assert np.abs(result).max() <= 6
    assert not apply(blank, config).any()
    assert (apply(holes, config)[0, 0, :3] == 0).all()
    assert apply(np.empty((0, 1, 8, 8)), config).shape == (0, 1, 8, 8)


def test_mostly_equal_pixels_still_give_contrast() -> None:
    frame = np.zeros((1, 1, 10, 10))
    frame[0, 0, 0] = 100.0
    assert apply(frame, Normalisation(kind="frame"))[0, 0, 0].min() > 1
