"""`otsu-log` against the published masks and against its plain definition by astropy and scikit-image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.visualization import LogStretch, ZScaleInterval
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from skimage.filters import threshold_otsu

from cirrus_core.errors import MaskError
from cirrus_core.masks.auto.config import OtsuLogConfig
from cirrus_core.masks.auto.otsu_log import otsu_log
from cirrus_core.masks.auto.scale import to_unit
from cirrus_core.masks.auto.table import automask

DEFAULT = OtsuLogConfig()


def by_definition(data: NDArray[Any], config: OtsuLogConfig = DEFAULT) -> NDArray[np.bool_]:
    """The published recipe, word for word; `data` in ADU / 2**14, float64."""
    stretched = LogStretch(a=config.log_a)(ZScaleInterval(contrast=config.contrast)(data))
    return np.asarray(stretched > threshold_otsu(stretched))


def read(path: Path) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    with fits.open(path) as hdus:
        frame = hdus[0].data.squeeze().astype(np.float32)
        return frame, hdus[1].data.squeeze() == 1


@pytest.mark.real
def test_published_masks_bit_for_bit(shared_data: Path) -> None:
    paths = sorted((shared_data / "lwiriseg").glob("*.fits.gz"))
    assert len(paths) == 168
    for path in paths:
        unit, published = read(path)
        np.testing.assert_array_equal(automask(unit), published, err_msg=path.name)
        # The same frame in ADU: as `cirrus bin` gives it, and as sixteenths of ADU in integers.
        np.testing.assert_array_equal(automask(unit * np.float32(2**14)), published, err_msg=path.name)


@pytest.mark.real
@pytest.mark.parametrize("dtype", [np.int16, np.uint16, np.int32, ">i2", np.float32])
def test_raw_frames_agree_with_the_definition(shared_data: Path, dtype: Any) -> None:
    for path in sorted((shared_data / "tau2_raw").glob("*.fits")):
        adu = fits.getdata(path)
        expected = by_definition(adu / 2**14)
        np.testing.assert_array_equal(otsu_log(adu.astype(dtype), DEFAULT), expected, err_msg=path.name)


@given(
    adu=arrays(np.int16, st.tuples(st.integers(2, 40), st.integers(2, 40)), elements=st.integers(0, 16383)),
    contrast=st.floats(0.1, 1.0),
    log_a=st.floats(10.0, 1e6),
)
@settings(max_examples=150, deadline=None)
def test_integer_path_agrees_with_the_definition(
    adu: NDArray[np.int16], contrast: float, log_a: float
) -> None:
    config = OtsuLogConfig(contrast=contrast, log_a=log_a)
    compare(adu, adu / 2**14, config)
    compare(adu.astype(np.float64) / 2**14, adu / 2**14, config)


@given(
    unit=arrays(
        np.float32, st.tuples(st.integers(2, 40), st.integers(2, 40)), elements=st.floats(0, 1, width=32)
    )
)
@settings(max_examples=100, deadline=None)
def test_float_path_agrees_with_the_definition(unit: NDArray[np.float32]) -> None:
    compare(unit, unit.astype(np.float64), DEFAULT)


def compare(data: NDArray[Any], unit: NDArray[np.float64], config: OtsuLogConfig) -> None:
    stretched = LogStretch(a=config.log_a)(ZScaleInterval(contrast=config.contrast)(unit))
    if stretched.min() == stretched.max():
        with pytest.raises(MaskError):
            otsu_log(data, config)
    else:
        np.testing.assert_array_equal(otsu_log(data, config), by_definition(unit, config))


@pytest.mark.parametrize("seed", range(5))
def test_frames_larger_than_the_sample_agree_too(seed: int) -> None:
    rng = np.random.default_rng(seed)
    adu = (2000 + 900 * rng.random((130, 170)) ** 3 + rng.normal(0, 20, (130, 170))).astype(np.uint16)
    np.testing.assert_array_equal(otsu_log(adu, DEFAULT), by_definition(adu / 2**14))


def test_integers_of_a_wide_range_agree_too() -> None:
    adu = np.random.default_rng(0).integers(-(2**31), 2**31 - 1, (40, 50), dtype=np.int32)
    np.testing.assert_array_equal(otsu_log(adu, DEFAULT), by_definition(adu / 2**14))
    small = np.array([[-32768, 32767], [0, 5]], np.int16)
    np.testing.assert_array_equal(otsu_log(small, DEFAULT), by_definition(small / 2**14))


def test_blank_pixels_are_left_out_of_the_statistics() -> None:
    rng = np.random.default_rng(4)
    unit = rng.random((60, 70)).astype(np.float32)
    holes = unit.copy()
    holes[20:30, 10:50] = np.nan
    mask = otsu_log(holes, DEFAULT)
    valid = np.isfinite(holes)
    expected = by_definition(holes[valid].astype(np.float64))
    np.testing.assert_array_equal(mask[valid], expected)
    labels = automask(holes)
    assert (labels[~valid] == 255).all() and set(np.unique(labels[valid])) == {0, 1}


@pytest.mark.parametrize("data", [np.full((9, 9), 700, np.int16), np.full((9, 9), 0.3, np.float32)])
def test_constant_frame_is_refused_with_a_sentence(data: NDArray[Any]) -> None:
    with pytest.raises(MaskError, match="same brightness") as caught:
        automask(data)
    assert caught.value.hint


def test_scale_rule() -> None:
    np.testing.assert_array_equal(to_unit(np.array([[16384, 8192]], np.uint16)), [[1.0, 0.5]])
    np.testing.assert_array_equal(to_unit(np.array([[16384.0, np.nan]], np.float32)), [[1.0, np.nan]])
    np.testing.assert_array_equal(to_unit(np.array([[0.5, 1.0]], np.float32)), [[0.5, 1.0]])
    np.testing.assert_array_equal(to_unit(np.array([[0, 1]], np.uint8)), [[0.0, 1 / 16384]])
