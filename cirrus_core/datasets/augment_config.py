"""How training frames are varied: the declaration, free of torch."""

from __future__ import annotations

from cirrus_core.config import Config, param


class AugmentConfig(Config):
    """Random geometry of one training frame; the defaults are those of the published long-wave network.

    A copy is rotated by up to +-`rotation`, sheared by up to +-`shear`, enlarged by 1 to `zoom`, shifted by
    up to `shift` of the frame and flipped. Pixels that come from outside the frame are never learned from.
    """

    rotation: float = param(45.0, help="largest rotation to either side", unit="deg", low=0.0, high=180.0)
    shear: float = param(0.2, help="largest shear to either side", low=0.0, high=1.0)
    zoom: float = param(1.8, help="largest enlargement", low=1.0, high=10.0)
    shift: float = param(0.1, help="largest shift, as a fraction of the frame", low=0.0, high=0.5)
    flip: bool = param(True, help="flip left-right and up-down at random")
