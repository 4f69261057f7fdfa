"""Other grids: means against plain loops, headers against astropy's WCS, positions against theory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.wcs import WCS
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from skimage.measure import block_reduce

from cirrus_core.errors import UsageError
from cirrus_core.frames.rebin import bin_header, block_mean, from_grid, to_grid


@pytest.mark.parametrize("dtype", ["uint8", "int16", "uint16", "int32", "float32", "float64", ">i2"])
@pytest.mark.parametrize("factor", [1, 2, 4, (3, 5)])
def test_block_mean_equals_scikit_image(dtype: str, factor: int | tuple[int, int]) -> None:
    data = np.random.default_rng(0).uniform(0, 200, (60, 120)).astype(dtype)
    blocks = (factor, factor) if isinstance(factor, int) else factor
    expected = block_reduce(data.astype(np.float64), blocks, np.mean)
    found = block_mean(data, factor)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, expected.astype(np.float32))


def test_block_mean_of_a_stack_equals_each_frame() -> None:
    stack = np.random.default_rng(0).uniform(0, 1, (3, 8, 12))
    np.testing.assert_array_equal(block_mean(stack, 4), np.stack([block_mean(frame, 4) for frame in stack]))


def test_incomplete_blocks_are_left_out_and_blanks_do_not_count() -> None:
    data = np.arange(35, dtype=np.float32).reshape(5, 7)
    assert block_mean(data, 2).shape == (2, 3)
    data[0, 0] = np.nan
    data[2:4, 2:4] = np.nan
    found = block_mean(data, 2)
    assert found[0, 0] == pytest.approx(np.mean([1, 7, 8]))
    assert np.isnan(found[1, 1]) and np.isfinite(np.delete(found.ravel(), 4)).all()


@pytest.mark.parametrize("factor", [0, 6])
def test_blocks_that_do_not_fit_are_refused(factor: int) -> None:
    with pytest.raises(UsageError):
        block_mean(np.zeros((5, 7)), factor)


def wcs_header(kind: str) -> fits.Header:
    header = fits.Header(
        {
            "NAXIS": 2, "NAXIS1": 640, "NAXIS2": 512, "CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN",
            "CRVAL1": 120.0, "CRVAL2": 40.0, "CRPIX1": 300.25, "CRPIX2": 200.5,
        }
    )  # fmt: skip
    if kind == "cd":
        header.update({"CD1_1": -0.01, "CD1_2": 0.002, "CD2_1": 0.0021, "CD2_2": 0.0101})
    elif kind == "pc":
        header.update(
            {"CDELT1": -0.01, "CDELT2": 0.01, "PC1_1": 0.9, "PC1_2": -0.4, "PC2_1": 0.4, "PC2_2": 0.9}
        )
    elif kind == "crota":
        header.update({"CDELT1": -0.01, "CDELT2": 0.012, "CROTA2": 20.0})
    else:
        header.update({"CD1_1": -0.01, "CD1_2": 0.0, "CD2_1": 0.0, "CD2_2": 0.01})
        header["CTYPE1"], header["CTYPE2"] = "RA---TAN-SIP", "DEC--TAN-SIP"
        header.update(
            {"A_ORDER": 2, "B_ORDER": 2, "A_2_0": 1e-6, "A_1_1": -2e-6, "B_0_2": 3e-6, "B_1_1": 1e-6}
        )
    return header


@pytest.mark.parametrize("kind", ["cd", "pc", "crota", "sip"])
@pytest.mark.parametrize("factors", [4, (4, 4), (2, 5), (512 / 128, 640 / 150)])
def test_binned_wcs_points_to_the_same_sky(kind: str, factors: int | tuple[float, float]) -> None:
    header = wcs_header(kind)
    binned = bin_header(header, factors)
    by_row, by_column = (factors, factors) if isinstance(factors, int) else factors
    rows, columns = np.array([0.0, 17.0, 99.0]), np.array([3.0, 60.0, 120.0])
    old_rows, old_columns = (rows + 0.5) * by_row - 0.5, (columns + 0.5) * by_column - 0.5
    expected = WCS(header).all_pix2world(old_columns, old_rows, 0)
    np.testing.assert_allclose(WCS(binned).all_pix2world(columns, rows, 0), expected, atol=1e-9)


def test_cards_about_pixels_are_scaled_or_left_out() -> None:
    header = fits.Header(
        {"PXSIZE": 17, "XBINNING": 1, "YBINNING": 2, "BZERO": 32768, "DATASEC": "[1:9,1:9]", "TS": 5}
    )
    binned = bin_header(header, (3.0, 4.0))
    assert (binned["PXSIZE"], binned["XBINNING"], binned["YBINNING"], binned["TS"]) == (68, 4, 6, 5)
    assert "BZERO" not in binned and "DATASEC" not in binned
    assert "3 x 4" in str(binned["HISTORY"])
    assert header["PXSIZE"] == 17 and "HISTORY" not in header


@pytest.mark.parametrize("shape", [(128, 160), (64, 80), (100, 150), (33, 47), (600, 700), (128, 700)])
@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_any_grid_keeps_a_constant_and_a_slope(shape: tuple[int, int], dtype: str) -> None:
    height, width = 512, 640
    assert np.all(to_grid(np.full((height, width), 7, dtype), shape) == pytest.approx(7))
    slope = np.broadcast_to(np.arange(width, dtype=np.float32), (height, width))
    found = to_grid(slope, shape)
    expected = (np.arange(shape[1]) + 0.5) * width / shape[1] - 0.5
    assert found.shape == shape and found.dtype == np.float32
    # Pixels are steps, not points of a line: a cut through one is off by an eighth of a step at most.
    np.testing.assert_allclose(found[:, 1:-1], np.broadcast_to(expected, shape)[:, 1:-1], atol=0.126)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 30), st.integers(1, 30), st.integers(0, 99))
def test_coarser_grids_are_area_means(height: int, width: int, rows: int, columns: int, seed: int) -> None:
    rows, columns = min(rows, height), min(columns, width)
    data = np.random.default_rng(seed).uniform(0, 1, (height, width))
    # Each old pixel as rows x columns equal parts makes every new pixel a whole number of parts.
    parts = np.kron(data, np.ones((rows, columns)))
    expected = parts.reshape(rows, height, columns, width).mean(axis=(1, 3))
    found = to_grid(data, (rows, columns))
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.mean() == pytest.approx(data.mean(), abs=1e-5)


def test_blank_pixels_spoil_nothing_but_their_own_place() -> None:
    data = np.ones((50, 70), np.float32)
    data[:10, :14] = np.nan
    data[30, 30] = np.nan
    for shape in ((10, 14), (15, 20), (60, 80)):
        found = to_grid(data, shape)
        assert np.isnan(found[0, 0]) and np.nanmax(np.abs(found - 1)) < 1e-6
        assert np.isnan(found).mean() < 0.06


@pytest.mark.parametrize("shape", [(512, 640), (500, 641), (128, 160), (1024, 160)])
def test_back_from_the_grid_is_bilinear_between_pixel_centres(shape: tuple[int, int]) -> None:
    prob = np.random.default_rng(2).uniform(0, 1, (128, 160)).astype(np.float32)
    rows = (np.arange(shape[0]) + 0.5) * 128 / shape[0] - 0.5
    columns = (np.arange(shape[1]) + 0.5) * 160 / shape[1] - 0.5
    expected = ndimage.map_coordinates(
        prob, np.meshgrid(rows, columns, indexing="ij"), order=1, mode="nearest"
    )
    found = from_grid(prob, shape)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert found.min() >= prob.min() - 1e-6 and found.max() <= prob.max() + 1e-6


def test_a_batch_equals_its_frames() -> None:
    batch = np.random.default_rng(2).uniform(0, 1, (3, 20, 30)).astype(np.float32)
    for function, shape in ((from_grid, (45, 61)), (to_grid, (7, 11))):
        np.testing.assert_array_equal(
            function(batch, shape), np.stack([function(one, shape) for one in batch])
        )


@given(st.integers(4, 40), st.integers(4, 40), st.floats(0.2, 0.8), st.floats(0.2, 0.8))
def test_a_cloud_stays_where_it_was(rows: int, columns: int, y: float, x: float) -> None:
    """To the grid and back moves the centre of a spot by less than a tenth of a grid pixel."""
    shape = (rows * 5, columns * 5)
    row, column = np.mgrid[: shape[0], : shape[1]]
    width = 7.0
    spot = np.exp(-((row - y * shape[0]) ** 2 + (column - x * shape[1]) ** 2) / (2 * width**2))
    back = from_grid(to_grid(spot, (rows, columns)), shape)
    reach = min(y, 1 - y) * shape[0] > 4 * width and min(x, 1 - x) * shape[1] > 4 * width
    if reach:
        assert np.abs(np.array(centre(back)) - np.array(centre(spot))).max() < 0.5


def centre(picture: np.ndarray[Any, Any]) -> tuple[float, ...]:
    return tuple(float(v) for v in ndimage.center_of_mass(picture))
