"""The mask as it lies over the frame, computed for the pixels of the screen alone.

Fill, border and hatching cost the same at 128 x 160 as at 8192 x 8192 and stay crisp at any zoom; a brush
move costs the screen rectangle it touches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cirrus_core.masks.labels import CLEAR, UNSURE
from cirrus_gui.state.view_state import OverlayStyle
from cirrus_gui.theme import Colours

Pixels = NDArray[np.uint32]
"""Premultiplied ARGB, (h, w)."""

_HATCH_PERIOD_PX = 6


@dataclass(frozen=True, slots=True)
class OverlayLook:
    """How labels are drawn. `border_px` is the width of outlines in device pixels."""

    style: OverlayStyle
    opacity: float
    colours: Colours
    border_px: int


def draw_labels(labels: NDArray[np.uint8], look: OverlayLook, *, x0: int, y0: int) -> Pixels:
    """Draw labels sampled at device pixels.

    Parameters
    ----------
    labels : ndarray of uint8, (h + 2b, w + 2b)
        One label per device pixel, with a margin of b = `look.border_px` on every side.
    x0, y0 : int
        Device pixel of the first one inside the margin: hatching is anchored to the screen.

    Returns
    -------
    ndarray of uint32, (h, w)
    """
    b = look.border_px
    inside = labels[b:-b, b:-b]
    if look.style == "hidden":
        return np.zeros(inside.shape, np.uint32)
    cloud = np.logical_and(labels != CLEAR, labels != UNSURE)
    edge = border(cloud, b)
    line = _argb(look.colours.cloud, 0.9)
    if look.style == "outline":
        pixels = np.where(edge, line, np.uint32(0))
    else:
        fill = _argb(look.colours.cloud, look.opacity)
        pixels = np.where(edge, line, np.where(cloud[b:-b, b:-b], fill, np.uint32(0)))
    unsure = inside == UNSURE
    if unsure.any():
        hatch = _hatch(inside.shape, x0, y0, b)
        pixels[unsure & hatch] = _argb(look.colours.unsure, 0.8)
    return pixels


def draw_outline(mask: NDArray[np.bool_], colour: str, width: int) -> Pixels:
    """Draw the border of a mask given with a margin of `width`, as `draw_labels` takes it."""
    return np.where(border(mask, width), _argb(colour, 0.95), np.uint32(0))


def border(mask: NDArray[np.bool_], width: int) -> NDArray[np.bool_]:
    """Pixels of a mask within `width` of its outside, without the margin of `width` it came with."""
    inner = mask
    for _ in range(width):
        core = inner[1:-1, 1:-1]
        inner = core & inner[:-2, 1:-1] & inner[2:, 1:-1] & inner[1:-1, :-2] & inner[1:-1, 2:]
    found: NDArray[np.bool_] = mask[width:-width, width:-width] & ~inner
    return found


def _hatch(shape: tuple[int, ...], x0: int, y0: int, width: int) -> NDArray[np.bool_]:
    period = _HATCH_PERIOD_PX * width
    diagonal = np.arange(y0, y0 + shape[0])[:, None] + np.arange(x0, x0 + shape[1])[None, :]
    return diagonal % period < 2 * width


def _argb(colour: str, opacity: float) -> np.uint32:
    rgb = int(colour.lstrip("#"), 16)
    alpha = round(255 * opacity)
    red, green, blue = (round(((rgb >> shift) & 255) * opacity) for shift in (16, 8, 0))
    return np.uint32(alpha << 24 | red << 16 | green << 8 | blue)
