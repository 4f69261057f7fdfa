"""The automatic mask methods: one table, read by the command line, the window and the tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cirrus_core.config import Config
from cirrus_core.errors import MaskError, UsageError
from cirrus_core.frames.grey import grey
from cirrus_core.masks.auto.config import OtsuLogConfig, ThresholdConfig
from cirrus_core.masks.cleanup import CleanupConfig, clean
from cirrus_core.masks.labels import CLEAR, CLOUD, UNSURE
from cirrus_core.masks.raster import Labels


@dataclass(frozen=True, slots=True)
class AutoMaskSpec:
    """One method.

    `builder` is ``"package.module:function"``, imported when first used. The function takes a frame
    (H, W) of any number type, without NaN unless it is a float frame, and the method's config, and
    returns a bool array (H, W), true where there is cloud.
    """

    name: str
    title: str
    help: str
    config_cls: type[Config]
    builder: str

    def load(self) -> Callable[[NDArray[Any], Any], NDArray[np.bool_]]:
        """Import the function."""
        module, _, function = self.builder.partition(":")
        loaded: Callable[[NDArray[Any], Any], NDArray[np.bool_]] = getattr(import_module(module), function)
        return loaded


AUTO_MASKS: tuple[AutoMaskSpec, ...] = (
    AutoMaskSpec(
        name="otsu-log",
        title="Otsu, log stretch",
        help="Otsu threshold of the log-stretched frame. It always splits, even clear skies.",
        config_cls=OtsuLogConfig,
        builder="cirrus_core.masks.auto.otsu_log:otsu_log",
    ),
    AutoMaskSpec(
        name="threshold",
        title="Fixed threshold",
        help="Everything brighter than a fixed value is cloud.",
        config_cls=ThresholdConfig,
        builder="cirrus_core.masks.auto.threshold:threshold",
    ),
)


def auto_mask_spec(name: str) -> AutoMaskSpec:
    """The method called `name`.

    Raises
    ------
    UsageError
        Listing the known names.
    """
    for spec in AUTO_MASKS:
        if spec.name == name:
            return spec
    known = ", ".join(spec.name for spec in AUTO_MASKS)
    raise UsageError(f"There is no automatic mask method '{name}'.", f"Known are: {known}.")


def automask(
    frame_data: NDArray[Any],
    method: str = "otsu-log",
    config: Config | None = None,
    cleanup: CleanupConfig | None = None,
) -> Labels:
    """Make a mask of a frame by a named method.

    Parameters
    ----------
    frame_data : ndarray, (H, W) or (C, H, W)
        In ADU, or ADU / 2**14 (see `auto.scale`); the mean of several bands is used. NaN pixels become
        'unsure'.
    method : str
        Name in `AUTO_MASKS`.
    config : Config, optional
        Of the method's `config_cls`; its defaults when not given.
    cleanup : CleanupConfig, optional
        Clean specks and holes afterwards; nothing is cleaned when not given.

    Returns
    -------
    ndarray of uint8, (H, W)
        0 clear, 1 cloud, 255 unsure.

    Raises
    ------
    UsageError
        If the method is unknown or `config` is another method's.
    MaskError
        If the frame has fewer than two different values, so that nothing can be told apart.
    """
    spec = auto_mask_spec(method)
    config = config or spec.config_cls()
    if not isinstance(config, spec.config_cls):
        raise UsageError(
            f"{type(config).__name__} is no configuration of the method '{method}'.",
            f"It takes a {spec.config_cls.__name__}.",
        )
    plane = grey(frame_data)
    blank = ~np.isfinite(plane) if plane.dtype.kind == "f" else None
    if blank is not None and blank.all():
        raise MaskError("The frame has no valid pixel, so no mask can be made of it.", "Exclude this frame.")
    labels: Labels = np.where(spec.load()(plane, config), np.uint8(CLOUD), np.uint8(CLEAR))
    if blank is not None and blank.any():
        labels[blank] = UNSURE
    return clean(labels, cleanup) if cleanup else labels
