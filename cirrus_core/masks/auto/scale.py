"""The one rule that puts any frame on the scale of ADU / 2**14."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FULL_SCALE_ADU = 2.0**14
"""The cameras the published frames come from give 14 bits."""


def is_unit_scaled(data: NDArray[Any]) -> bool:
    """True for float frames whose largest value is at most 1: they are ADU / 2**14 already."""
    return data.dtype.kind == "f" and float(np.nanmax(data)) <= 1.0


def to_unit(data: NDArray[Any]) -> NDArray[np.float64]:
    """Frame as float64 on the scale of ADU / 2**14.

    Integer frames, and float frames with values above 1 (binned or calibrated ones), are in ADU and are
    divided; float frames with no value above 1 are taken as they are. 2**14 is a power of two, so the
    division rounds nothing.
    """
    unit: NDArray[np.float64] = data.astype(np.float64)
    if not is_unit_scaled(data):
        unit /= FULL_SCALE_ADU
    return unit
