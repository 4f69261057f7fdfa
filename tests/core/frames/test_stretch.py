"""The stretch against astropy's, and what must never go wrong in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from astropy.visualization import AsinhStretch, LinearStretch, LogStretch, SqrtStretch, ZScaleInterval
from hypothesis import given
from hypothesis import strategies as st

from cirrus_core.config import build
from cirrus_core.errors import UsageError
from cirrus_core.frames.stretch import StretchParams, find_cuts, night_cuts, stretch

THEIRS = {
    "asinh": AsinhStretch(0.1),
    "linear": LinearStretch(),
    "sqrt": SqrtStretch(),
    "log": LogStretch(1000.0),
}
KINDS = list(THEIRS)


def sky(dtype: str, shape: tuple[int, int] = (60, 80)) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(5)
    return (6000 + 400 * np.linspace(0, 1, shape[1]) + rng.normal(0, 30, shape)).astype(dtype)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["int16", "uint16", "int32", "float32", "float64", ">i2", ">f4"])
def test_levels_equal_astropy_within_one(kind: str, dtype: str) -> None:
    params = StretchParams(kind=kind)  # type: ignore[arg-type]
    data = sky(dtype)
    low, high = find_cuts(data, params)
    ours = stretch(data, params, (low, high))
    scaled = np.clip((data.astype(np.float64) - low) / (high - low), 0, 1)
    theirs = np.rint(255 * THEIRS[kind](scaled))
    assert ours.dtype == np.uint8 and ours.shape == data.shape
    assert np.abs(ours - theirs).max() <= 1
    assert (ours != theirs).mean() < 0.01


@pytest.mark.parametrize("kind", KINDS)
def test_black_white_and_order(kind: str) -> None:
    params = StretchParams(kind=kind)  # type: ignore[arg-type]
    for dtype in ("uint8", "int16", "float32"):
        picture = stretch(np.arange(100, dtype=dtype)[np.newaxis], params, (20.0, 80.0))[0]
        assert (picture[:21] == 0).all() and (picture[80:] == 255).all()
        assert (np.diff(picture.astype(int)) >= 0).all()


@given(st.sampled_from(KINDS), st.floats(-1e4, 1e4), st.floats(1e-3, 1e5))
def test_integers_and_floats_look_alike(kind: str, low: float, width: float) -> None:
    params = StretchParams(kind=kind)  # type: ignore[arg-type]
    data = np.arange(-32768, 32768, 37, dtype=np.int16)[np.newaxis]
    as_float = stretch(data.astype(np.float32), params, (low, low + width))
    difference = stretch(data, params, (low, low + width)).astype(int) - as_float
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cuts", ["percentile", "zscale", "minmax"])
@pytest.mark.parametrize("dtype", ["int16", "float32"])
def test_constant_and_blank_frames_do_no_harm(kind: str, cuts: str, dtype: str) -> None:
    params = StretchParams(kind=kind, cuts=cuts)  # type: ignore[arg-type]
    constant = np.full((10, 12), 7, dtype)
    picture = stretch(constant, params, find_cuts(constant, params))
    assert len(np.unique(picture)) == 1
    if dtype == "float32":
        blank = np.full((10, 12), np.nan, dtype)
        assert find_cuts(blank, params) == (0.0, 1.0)
        assert (stretch(blank, params, (0.0, 1.0)) == 0).all()


def test_nan_is_black_and_infinite_is_the_end_of_the_scale() -> None:
    data = np.array([[np.nan, -np.inf, np.inf, 0.5, 3e38, -3e38]], np.float32)
    for kind in KINDS:
        picture = stretch(data, StretchParams(kind=kind), (-1.0, 1.0))  # type: ignore[arg-type]
        assert picture[0, [0, 1, 2, 4, 5]].tolist() == [0, 0, 255, 255, 0]


@pytest.mark.parametrize("dtype", ["int16", "uint16", "float32", "float64"])
def test_zscale_is_astropys(dtype: str) -> None:
    data = sky(dtype, (512, 640))
    assert find_cuts(data, StretchParams(cuts="zscale")) == pytest.approx(ZScaleInterval().get_limits(data))
    if dtype.startswith("f"):
        data[::7, ::5] = np.nan
        assert find_cuts(data, StretchParams(cuts="zscale")) == pytest.approx(
            ZScaleInterval().get_limits(data)
        )


def test_percentile_minmax_and_manual_cuts() -> None:
    data = sky("float32")
    data[0, 0] = np.nan
    assert find_cuts(data, StretchParams(low_percentile=1, high_percentile=99)) == pytest.approx(
        np.nanpercentile(data, (1, 99))
    )
    assert find_cuts(data, StretchParams(cuts="minmax")) == (np.nanmin(data), np.nanmax(data))
    assert find_cuts(data, StretchParams(cuts="manual", low=3, high=4)) == (3, 4)


def test_cuts_of_a_night_cover_all_its_frames() -> None:
    frames = [sky("int16") + np.int16(step) for step in (0, 500, 1000)]
    pooled = np.concatenate(frames)
    low, high = night_cuts(frames, StretchParams())
    assert (low, high) == pytest.approx(np.percentile(pooled, (0.5, 99.5)), abs=2)
    assert night_cuts(frames, StretchParams(cuts="minmax")) == (pooled.min(), pooled.max())
    assert night_cuts(frames, StretchParams(cuts="manual", low=1, high=2)) == (1, 2)
    blank = np.full((3, 3), np.nan, np.float32)
    for cuts in ("percentile", "zscale", "minmax"):
        params = StretchParams(cuts=cuts)  # type: ignore[arg-type]
        assert night_cuts([], params) == night_cuts([blank], params) == (0.0, 1.0)
        assert night_cuts([blank, *frames], params)[1] > 6000


def test_smaller_softening_brings_up_the_faint_end() -> None:
    data = sky("int16")
    means = [stretch(data, StretchParams(softening=s), (5900.0, 9000.0)).mean() for s in (1.0, 0.1, 0.01)]
    assert means == sorted(means)


def test_a_stretch_that_is_none_is_refused() -> None:
    for wrong in ({"kind": "cubic"}, {"softening": 0.0}, {"low_percentile": -1.0}):
        with pytest.raises(UsageError):
            build(StretchParams, wrong)
