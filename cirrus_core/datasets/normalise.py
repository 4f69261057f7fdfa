"""Turning pixel values into network input, the same way in training and in prediction."""

from __future__ import annotations

from typing import Any

import numpy as np
from astropy.visualization import ZScaleInterval
from numpy.typing import NDArray

from cirrus_core.datasets.normalise_config import Normalisation

_ZSCALE = ZScaleInterval(contrast=0.9)  # as the published automatic mask
_LOG_SCALE = np.float32(1000.0)
_MAD_TO_SIGMA = 1.4826  # ratio of standard deviation to median absolute deviation of a Gaussian


def apply(images: NDArray[Any], normalisation: Normalisation) -> NDArray[np.float32]:
    """Normalise frames.

    Parameters
    ----------
    images : ndarray, (N, C, H, W)
        Pixel values of any number type; NaN where there is no measurement.
    normalisation : Normalisation
        What to do; see there for the formulas.

    Returns
    -------
    ndarray, (N, C, H, W), float32
        Clipped values; pixels without measurement and frames without any contrast become 0.
    """
    values = np.asarray(images, dtype=np.float32)
    if normalisation.kind == "dataset":
        scaled = (values - np.float32(normalisation.mean)) / np.float32(max(normalisation.std, 1e-12))
        return _finish(scaled, normalisation.clip)
    by_frame = _robust if normalisation.kind == "frame" else _zscale_log
    frames = [_finish(by_frame(frame), normalisation.clip) for frame in values]
    return np.stack(frames) if frames else values


def fit(images: NDArray[Any], normalisation: Normalisation) -> Normalisation:
    """Take `mean` and `std` of kind "dataset" from training frames; other kinds need nothing."""
    if normalisation.kind != "dataset":
        return normalisation
    known = np.asarray(images, dtype=np.float64)
    known = known[np.isfinite(known)]
    if known.size == 0:
        return normalisation
    return normalisation.model_copy(update={"mean": float(known.mean()), "std": float(known.std()) or 1.0})


def _robust(frame: NDArray[np.float32]) -> NDArray[np.float32]:
    known = frame[np.isfinite(frame)]
    if known.size == 0:
        return np.zeros_like(frame)
    median = np.median(known)
    spread = _MAD_TO_SIGMA * np.median(np.abs(known - median))
    if spread == 0:  # over half of the pixels are equal: fall back to the plain standard deviation
        spread = known.std()
    if spread == 0:
        return np.zeros_like(frame)
    result: NDArray[np.float32] = (frame - median) / spread
    return result


def _zscale_log(frame: NDArray[np.float32]) -> NDArray[np.float32]:
    known = frame[np.isfinite(frame)]
    if known.size == 0 or known.min() == known.max():
        return np.zeros_like(frame)
    low, high = _ZSCALE.get_limits(known)
    u = (frame - np.float32(low)) / np.float32(max(high - low, np.finfo(np.float32).tiny))
    result: NDArray[np.float32] = np.sign(u) * np.log1p(_LOG_SCALE * np.abs(u)) / np.log1p(_LOG_SCALE)
    return result


def _finish(scaled: NDArray[np.float32], clip: float) -> NDArray[np.float32]:
    cut = np.clip(np.nan_to_num(scaled, nan=0.0, posinf=clip, neginf=-clip), -clip, clip)
    return cut.astype(np.float32, copy=False)
