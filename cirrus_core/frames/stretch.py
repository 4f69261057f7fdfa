"""How a frame is shown: which values are black and white, and the curve between them.

The stretch makes pictures of 8 bits; the data stay what they are. The formulas are those of Lupton et al.
(1999) for asinh and of astropy.visualization for the others, with astropy's default softening and its
log scale of 1000.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cirrus_core.config import Config, param
from cirrus_core.frames.stats import bit_patterns, extremes, percentiles, sample_values

StretchKind = Literal["asinh", "linear", "sqrt", "log"]
CutsKind = Literal["percentile", "zscale", "minmax", "manual"]
Scope = Literal["frame", "night"]
Cuts = tuple[float, float]

LOG_SCALE = 1000.0
NIGHT_SAMPLE_PX = 1 << 14
"""Pixels per frame that vote on the cuts of a night."""

_ZSCALE_SAMPLES = 1000
_BAND_PX = 1 << 16


class StretchParams(Config):
    """All that decides how a frame looks."""

    kind: StretchKind = param("asinh", help="Curve between black and white.")
    cuts: CutsKind = param("percentile", help="How black and white are found.")
    low_percentile: float = param(
        0.5, help="This share of the pixels is black.", unit="%", low=0.0, high=100.0
    )
    high_percentile: float = param(
        99.5, help="This share of the pixels is below white.", unit="%", low=0.0, high=100.0
    )
    low: float = param(0.0, help="Black, when the cuts are manual.", unit="ADU")
    high: float = param(1.0, help="White, when the cuts are manual.", unit="ADU")
    softening: float = param(
        0.1, help="Where asinh turns from linear to logarithmic.", low=1e-4, high=10.0, log=True
    )
    scope: Scope = param("frame", help="Cuts of each frame, or the same for the whole night.")


def find_cuts(data: NDArray[Any], params: StretchParams) -> Cuts:
    """Black and white of one frame, in its own unit.

    Blank pixels do not count. A frame without any value gives (0, 1).

    Parameters
    ----------
    data : ndarray, (H, W), any number type
    """
    if params.cuts == "manual":
        return params.low, params.high
    if params.cuts == "percentile":
        low, high = percentiles(data, (params.low_percentile, params.high_percentile))
    elif params.cuts == "minmax":
        low, high = extremes(data)
    else:
        low, high = _zscale(data)
    return (low, high) if np.isfinite(low) and np.isfinite(high) else (0.0, 1.0)


def night_cuts(frames: Iterable[NDArray[Any]], params: StretchParams) -> Cuts:
    """Black and white for all frames of a night, from an even sample of each frame given.

    A few dozen frames spread over the night are enough. With cuts "minmax" the extremes are exact.
    """
    if params.cuts == "manual":
        return params.low, params.high
    if params.cuts == "minmax":
        each = [cuts for cuts in map(extremes, frames) if np.isfinite(cuts[0])]
        return (min(c[0] for c in each), max(c[1] for c in each)) if each else (0.0, 1.0)
    samples = [sample_values(frame, NIGHT_SAMPLE_PX) for frame in frames]
    pooled = np.concatenate(samples)[np.newaxis] if samples else np.empty((1, 0))
    return find_cuts(pooled, params)


def stretch(data: NDArray[Any], params: StretchParams, cuts: Cuts) -> NDArray[np.uint8]:
    """Turn a frame into a picture of 8 bits.

    Parameters
    ----------
    data : ndarray, (H, W), any number type
    cuts : (float, float)
        Black and white; values outside are black or white, NaN is black. Where white is not above black
        (a constant frame) all at and below black is black and all above is white.

    Returns
    -------
    uint8 ndarray, (H, W)
    """
    if data.dtype.kind in "iu" and data.dtype.itemsize <= 2:
        table = _table(data.dtype.str, params.kind, params.softening, cuts)
        picture: NDArray[np.uint8] = np.take(table, bit_patterns(data))
        return picture
    picture = np.empty(data.shape, np.uint8)
    flat, out = np.ascontiguousarray(data).reshape(-1), picture.reshape(-1)
    # In bands that stay in the processor's cache.
    with np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, flat.size, _BAND_PX):
            band = slice(start, start + _BAND_PX)
            out[band] = _levels(flat[band], params.kind, params.softening, cuts)
    return picture


@lru_cache(maxsize=32)
def _table(dtype: str, kind: StretchKind, softening: float, cuts: Cuts) -> NDArray[np.uint8]:
    """Grey level of every possible value, indexed by the value's bit pattern."""
    number = np.dtype(dtype)
    patterns = np.arange(1 << (8 * number.itemsize), dtype=f"u{number.itemsize}")
    return _levels(patterns.view(number.newbyteorder("=")), kind, softening, cuts)


def _levels(values: NDArray[Any], kind: StretchKind, softening: float, cuts: Cuts) -> NDArray[np.uint8]:
    """The stretch by its definition."""
    low, high = cuts
    if not high > low:
        return np.where(values > low, np.uint8(255), np.uint8(0))
    # Doubles keep the difference of large close numbers; single precision is enough after it.
    precise = values.dtype.kind == "f" and values.dtype.itemsize <= 4
    shifted = values - np.float32(low) if precise else values.astype(np.float64) - low
    x = shifted.astype(np.float32, copy=False)
    x *= np.float32(1.0 / (high - low))
    np.clip(x, 0.0, 1.0, out=x)
    if kind == "asinh":
        x *= np.float32(1.0 / softening)
        np.arcsinh(x, out=x)
        top = float(np.arcsinh(1.0 / softening))
    elif kind == "log":
        x *= np.float32(LOG_SCALE)
        np.log1p(x, out=x)
        top = float(np.log1p(LOG_SCALE))
    else:
        if kind == "sqrt":
            np.sqrt(x, out=x)
        top = 1.0
    x *= np.float32(255.0 / top)
    x += np.float32(0.5)
    np.fmax(x, np.float32(0.0), out=x)  # NaN becomes 0
    return x.astype(np.uint8)


def _zscale(data: NDArray[Any]) -> Cuts:
    """IRAF's zscale by astropy, whose own thinning is done here before its slow look at every pixel."""
    from astropy.visualization import ZScaleInterval  # here, as it loads matplotlib

    flat = data.reshape(-1)
    if flat.dtype.kind == "f" and not np.isfinite(flat).all():
        flat = flat[np.isfinite(flat)]
    if flat.size == 0:
        return float("nan"), float("nan")
    step = int(max(1.0, flat.size / _ZSCALE_SAMPLES))
    low, high = ZScaleInterval(n_samples=_ZSCALE_SAMPLES).get_limits(flat[::step][:_ZSCALE_SAMPLES])
    return float(low), float(high)
