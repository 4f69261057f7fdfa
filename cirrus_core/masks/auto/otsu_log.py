"""Automatic mask `otsu-log`: Otsu threshold of the log-stretched zscale interval.

This is the method of the published masks of long-wave infrared frames (Sommer, Kabalan, Brunet, AMT 18,
2083, 2025): the frame in units of 2**14 ADU, astropy's ``ZScaleInterval(contrast=0.9)``, then its
``LogStretch(a=100000)``, Otsu's threshold (scikit-image, 256 bins), cloud strictly above it; everything
in float64. `otsu_log` gives the same bits, only sooner.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from astropy.visualization import LogStretch, ManualInterval, ZScaleInterval
from numpy.typing import NDArray

from cirrus_core.errors import MaskError
from cirrus_core.masks.auto.config import OtsuLogConfig
from cirrus_core.masks.auto.scale import FULL_SCALE_ADU, to_unit

_N_BINS = 256
_N_SAMPLES = 1000
"""Pixels that the zscale interval looks at (astropy's default)."""

_MAX_LUT = 1 << 17
"""Integer frames with a wider range of values are handled as floats."""


def otsu_log(data: NDArray[Any], config: OtsuLogConfig) -> NDArray[np.bool_]:
    """Cloud mask of a frame.

    Parameters
    ----------
    data : ndarray, (H, W)
        See `scale.to_unit` for the units. NaN pixels are left out and get False.

    Returns
    -------
    ndarray of bool, (H, W)

    Raises
    ------
    MaskError
        If all pixels have one value after the stretch: there is nothing to split.
    """
    if data.dtype.kind in "iu":
        low, high = int(data.min()), int(data.max())
        if high - low < _MAX_LUT:
            return _split_integers(data, low, high, config)
    return _split_floats(to_unit(data), config)


def _split_integers(data: NDArray[Any], low: int, high: int, config: OtsuLogConfig) -> NDArray[np.bool_]:
    """The same arithmetic on the few thousand values that occur instead of on every pixel."""
    # Subtracted in a wide type: an int16 frame may span more than int16 holds.
    offset = np.subtract(data, low, dtype=np.intp)
    n_pixels = np.bincount(offset.ravel())
    values = np.arange(low, high + 1, dtype=np.float64) / FULL_SCALE_ADU
    sample = _sample(data.ravel()) / FULL_SCALE_ADU
    stretched = _stretch(values, sample, config)
    mask: NDArray[np.bool_] = np.take(stretched > _otsu_level(stretched, n_pixels), offset)
    return mask


def _split_floats(unit: NDArray[np.float64], config: OtsuLogConfig) -> NDArray[np.bool_]:
    valid = np.isfinite(unit)
    values = unit if valid.all() else unit[valid]
    stretched = _stretch(values, _sample(values.ravel()), config)
    bright = stretched > _otsu_level(stretched, None)
    if values is unit:
        return np.asarray(bright)
    mask = np.zeros(unit.shape, dtype=np.bool_)
    mask[valid] = bright
    return mask


def _sample(values: NDArray[Any]) -> NDArray[np.float64]:
    """The pixels that the zscale interval would take from all of them."""
    stride = int(max(1.0, values.size / _N_SAMPLES))
    return values[::stride][:_N_SAMPLES].astype(np.float64)


def _stretch(
    values: NDArray[np.float64], sample: NDArray[np.float64], config: OtsuLogConfig
) -> NDArray[np.float64]:
    low, high = ZScaleInterval(contrast=config.contrast).get_limits(sample)
    scaled = ManualInterval(low, high)(values)
    stretched: NDArray[np.float64] = LogStretch(a=config.log_a)(scaled, out=scaled)
    return stretched


def _otsu_level(stretched: NDArray[np.float64], n_pixels: NDArray[np.intp] | None) -> float:
    """Otsu's threshold (IEEE Trans. SMC 9, 62, 1979) of values of which the n-th occurs `n_pixels[n]` times.

    It maximises the variance between the two classes over the centres of 256 bins. Counts are summed in
    float32 because scikit-image does so, and the published masks come from there.
    """
    if stretched.min() == stretched.max():
        raise MaskError(
            "All pixels of the frame have the same brightness, so no cloud can be told from clear sky.",
            "Exclude the frame, or paint its mask by hand.",
        )
    counts, edges = np.histogram(stretched, bins=_N_BINS, weights=n_pixels)
    counts = counts.astype(np.float32)
    centres = (edges[:-1] + edges[1:]) / 2.0
    n_below = np.cumsum(counts)
    n_above = np.cumsum(counts[::-1])[::-1]
    mean_below = np.cumsum(counts * centres) / n_below
    mean_above = (np.cumsum((counts * centres)[::-1]) / n_above[::-1])[::-1]
    between = n_below[:-1] * n_above[1:] * (mean_below[:-1] - mean_above[1:]) ** 2
    return float(centres[np.argmax(between)])
