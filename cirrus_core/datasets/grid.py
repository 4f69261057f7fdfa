"""Which (rows, columns) a frame gets in front of a network."""

from __future__ import annotations

import math


def grid_shape(shape: tuple[int, int], grid: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns for a frame of `shape`, with its aspect ratio and about the pixel count of `grid`.

    So clouds keep their form and have one size for every camera: 512 x 640 -> 128 x 160 exactly, and also
    640 x 512 -> 160 x 128, 512 x 512 -> 143 x 143, 64 x 80 -> 128 x 160.
    """
    reduction = math.sqrt(shape[0] * shape[1] / (grid[0] * grid[1]))
    return max(1, round(shape[0] / reduction)), max(1, round(shape[1] / reduction))
