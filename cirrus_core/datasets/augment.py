"""Random geometry on a batch of frames and their labels: one affine map per frame, sampled with torch."""

from __future__ import annotations

import math

import torch
from torch.nn import functional

from cirrus_core.datasets.augment_config import AugmentConfig
from cirrus_core.masks.labels import UNSURE


def augment(
    images: torch.Tensor, labels: torch.Tensor, config: AugmentConfig, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Move each frame and its labels by its own random affine map.

    Parameters
    ----------
    images : Tensor, (N, C, H, W), float
        Normalised frames, bilinearly sampled; what lies outside becomes 0, the level of the median.
    labels : Tensor, (N, H, W), uint8
        Sampled by the nearest pixel; what lies outside becomes `UNSURE`.
    config : AugmentConfig
        Ranges of the draw.
    generator : torch.Generator
        On the CPU, so that a seed gives the same frames on every device.
    """
    n, _, height, width = images.shape
    theta = random_maps(n, config, generator, aspect=width / height).to(images.device)
    grid = functional.affine_grid(theta, [n, 1, height, width], align_corners=False)
    moved = functional.grid_sample(images, grid, padding_mode="zeros", align_corners=False)
    # One more than the label, so that the zeros from outside can be told from class 0.
    shifted = (labels.to(images.dtype) + 1.0).unsqueeze(1)
    sampled = functional.grid_sample(shifted, grid, mode="nearest", padding_mode="zeros", align_corners=False)
    found = sampled.squeeze(1).round().to(torch.int64) - 1
    return moved, torch.where(found < 0, UNSURE, found).to(torch.uint8)


def random_maps(n: int, config: AugmentConfig, generator: torch.Generator, *, aspect: float) -> torch.Tensor:
    """(N, 2, 3) maps from output to input in the coordinates of `affine_grid` (-1 to 1 on both axes).

    `aspect` is width / height: rotation and shear are meant in pixels, where both axes have one scale.
    """

    def uniform(low: float, high: float) -> torch.Tensor:
        return low + (high - low) * torch.rand(n, generator=generator)

    angle = uniform(-math.radians(config.rotation), math.radians(config.rotation))
    shear = uniform(-config.shear, config.shear)
    zoom = uniform(1.0, config.zoom)
    shift = torch.stack([uniform(-config.shift, config.shift), uniform(-config.shift, config.shift)], dim=1)
    flips = torch.ones(n, 2)
    if config.flip:
        flips = 1.0 - 2.0 * torch.randint(0, 2, (n, 2), generator=generator).float()

    cos, sin = torch.cos(angle), torch.sin(angle)
    rotation = torch.stack([torch.stack([cos, -sin], 1), torch.stack([sin, cos], 1)], 1)
    one, zero = torch.ones(n), torch.zeros(n)
    shearing = torch.stack([torch.stack([one, shear], 1), torch.stack([zero, one], 1)], 1)
    matrix = (rotation @ shearing) * flips.unsqueeze(1) / zoom.view(n, 1, 1)
    # x counts half widths and y half heights: bring x to half heights, map, and back.
    matrix[:, 0, 1] /= aspect
    matrix[:, 1, 0] *= aspect
    return torch.cat([matrix, 2.0 * shift.unsqueeze(2)], dim=2)
