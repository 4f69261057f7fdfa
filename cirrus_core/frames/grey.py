"""One plane of a frame in colour."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def grey(data: NDArray[Any]) -> NDArray[Any]:
    """The frame as one plane (H, W), wherever a single value per pixel is shown, measured or thresholded.

    Bands count equally: the weights of Rec. 601 belong to the eye and to red, green and blue, while the
    bands of a camera may be anything. Without a value in one band a pixel has none.

    Parameters
    ----------
    data : ndarray, (H, W) or (C, H, W)
        One plane is returned as it is.

    Returns
    -------
    ndarray, (H, W)
        The mean in float32, or in float64 where the bands need it.
    """
    if data.ndim == 2:
        return data
    mean: NDArray[Any] = data.mean(axis=0, dtype=np.result_type(data.dtype, np.float32))
    return mean
