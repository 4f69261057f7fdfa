"""How far clouds moved from one picture to the next, measured by phase correlation."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from skimage.registration import phase_cross_correlation


def measured_shift(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Rows and columns that the clouds moved. What enters or leaves at the edges is faded out."""

    def prepared(image: np.ndarray) -> np.ndarray:
        structure = ndimage.gaussian_filter(image, 1.5) - ndimage.gaussian_filter(image, 8.0)
        return structure * np.outer(*(np.hanning(n) for n in image.shape))

    shift, _, _ = phase_cross_correlation(
        prepared(second), prepared(first), upsample_factor=20, normalization=None
    )
    return np.asarray(shift)
