"""Building blocks of the networks."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

NormKind = Literal["none", "batch", "group"]
UpsamplingKind = Literal["nearest", "bilinear"]

GROUPS = 8
"""Largest number of groups of a group norm; fewer where the width is not a multiple of it."""


def norm_layer(kind: NormKind, width: int) -> nn.Module | None:
    """Make a normalisation of `width` feature maps, or None."""
    if kind == "batch":
        return nn.BatchNorm2d(width)
    if kind == "group":
        groups = next(g for g in range(min(GROUPS, width), 0, -1) if width % g == 0)
        return nn.GroupNorm(groups, width)
    return None


class ConvBlock(nn.Sequential):
    """`n` times convolution, normalisation, ReLU: (N, inputs, h, w) -> (N, outputs, h, w)."""

    def __init__(
        self, inputs: int, outputs: int, *, n: int = 2, norm: NormKind = "none", first_kernel: int = 3
    ) -> None:
        layers: list[nn.Module] = []
        for i in range(n):
            side = first_kernel if i == 0 else 3
            layer = norm_layer(norm, outputs)
            # A normalisation has its own offset, so the convolution needs none.
            conv = nn.Conv2d(
                inputs if i == 0 else outputs, outputs, side, padding=side // 2, bias=layer is None
            )
            layers += [conv, *([layer] if layer is not None else []), nn.ReLU(inplace=True)]
        super().__init__(*layers)


class FrameContext(nn.Module):
    """An offset for the finest feature maps that depends on the frame as a whole.

    Where clear sky ends is a question of the frame's own range: convolutions see only a part of it. Mean
    and maximum of all feature maps of all resolutions go through two hidden layers (in the manner of
    squeeze-and-excitation, Hu et al. 2018, arXiv:1709.01507, but with an offset instead of a factor).
    """

    def __init__(self, widths: tuple[int, ...], hidden: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(2 * sum(widths), hidden),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, hidden),
            nn.ReLU(inplace=True),
            nn.Linear(hidden, widths[0]),
        )

    def forward(self, features: list[Tensor]) -> Tensor:
        """From feature maps (N, widths[i], h_i, w_i) to an offset (N, widths[0], 1, 1)."""
        means = [f.mean(dim=(2, 3)) for f in features]
        highest = [f.amax(dim=(2, 3)) for f in features]
        offset: Tensor = self.layers(torch.cat((*means, *highest), dim=1))
        return offset[:, :, None, None]


class UpBlock(nn.Module):
    """Doubles the resolution, joins the skip connection and convolves."""

    def __init__(
        self,
        inputs: int,
        skip: int,
        outputs: int,
        *,
        n: int = 2,
        norm: NormKind = "none",
        upsampling: UpsamplingKind = "nearest",
    ) -> None:
        super().__init__()
        self.upsampling = upsampling
        self.convs = ConvBlock(inputs + skip, outputs, n=n, norm=norm)

    def forward(self, deep: Tensor, skip: Tensor) -> Tensor:
        """Join `deep` (N, inputs, ceil(h/2), ceil(w/2)) and `skip` (N, skip, h, w): (N, outputs, h, w)."""
        if self.upsampling == "nearest":
            up = functional.interpolate(deep, scale_factor=2, mode="nearest")
        else:
            up = functional.interpolate(deep, scale_factor=2, mode="bilinear", align_corners=False)
        # Pooling rounds odd sizes up, so doubling may give one row or column too many.
        up = up[..., : skip.shape[-2], : skip.shape[-1]]
        result: Tensor = self.convs(torch.cat((skip, up), dim=1))
        return result
