"""Cleaning a mask of specks and holes: a step of its own, after a method or a prediction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cirrus_core.config import Config, param
from cirrus_core.masks.labels import CLEAR, CLOUD, UNSURE
from cirrus_core.masks.raster import Labels


class CleanupConfig(Config):
    """What counts as a speck and as a hole; 0 leaves it."""

    min_cloud_px: int = param(
        0, help="smaller patches of cloud become clear", unit="px", low=0, high=1_000_000, tunable=True
    )
    max_hole_px: int = param(
        0, help="clear patches up to this size become cloud", unit="px", low=0, high=1_000_000, tunable=True
    )


def clean(labels: Labels, config: CleanupConfig) -> Labels:
    """Remove specks, then fill holes.

    Pixels belong to one patch when they share a side. Unsure pixels stay as they are and count neither
    as cloud nor as clear.

    Parameters
    ----------
    labels : ndarray of uint8, (H, W)

    Returns
    -------
    ndarray of uint8, (H, W)
        A new array.
    """
    cleaned = labels.copy()
    if config.min_cloud_px > 1:
        cloud = (labels != CLEAR) & (labels != UNSURE)
        cleaned[_small_patches(cloud, config.min_cloud_px - 1)] = CLEAR
    if config.max_hole_px > 0:
        cleaned[_small_patches(cleaned == CLEAR, config.max_hole_px)] = CLOUD
    return cleaned


def _small_patches(mask: NDArray[np.bool_], max_px: int) -> NDArray[np.bool_]:
    from scipy.ndimage import label  # slow to import, and cleaning is rare

    patches, _ = label(mask)
    small = np.bincount(patches.ravel()) <= max_px
    small[0] = False  # the background
    chosen: NDArray[np.bool_] = small[patches]
    return chosen
