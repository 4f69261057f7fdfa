"""A small picture of a frame and its mask, to leaf through a night with any picture viewer. Torch-free."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cirrus_core.errors import MaskError
from cirrus_core.files import write_atomic
from cirrus_core.frames.grey import grey
from cirrus_core.frames.stretch import StretchParams, find_cuts, stretch
from cirrus_core.masks.labels import CLOUD, SKY_CLASSES
from cirrus_core.masks.raster import outline


def stretched_picture(data: NDArray[Any]) -> NDArray[np.uint8]:
    """Stretch a frame (H, W), or the mean of its bands (C, H, W), as the window does by default."""
    plane, params = grey(data), StretchParams()
    return stretch(plane, params, find_cuts(plane, params))


def write_preview(path: Path, picture: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    """Write the picture (H, W) with the outline of the clouds in colour as PNG; `MaskError` if it cannot."""
    colours = np.repeat(picture[..., np.newaxis], 3, axis=2)
    hexadecimal = next(c.colour for c in SKY_CLASSES.classes if c.value == CLOUD).removeprefix("#")
    colours[outline(labels == CLOUD)] = tuple(bytes.fromhex(hexadecimal))
    image = Image.fromarray(colours)
    try:
        write_atomic(path, lambda stream: image.save(stream, format="PNG"))
    except OSError as error:
        raise MaskError(
            f"The preview {path} cannot be written: {error.strerror or error}.", "Choose another folder."
        ) from error
