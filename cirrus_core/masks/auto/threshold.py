"""Automatic mask `threshold`: everything brighter than one value in ADU is cloud."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cirrus_core.masks.auto.config import ThresholdConfig
from cirrus_core.masks.auto.scale import FULL_SCALE_ADU, is_unit_scaled


def threshold(data: NDArray[Any], config: ThresholdConfig) -> NDArray[np.bool_]:
    """True where the frame (H, W) is strictly brighter than the level; NaN is not."""
    level = config.level / FULL_SCALE_ADU if is_unit_scaled(data) else config.level
    return np.asarray(data > level)
