"""The table of architectures and their settings. Torch-free: forms, options and cards read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import field_validator

from cirrus_core.config import Config, build, param
from cirrus_core.errors import UsageError

S1_WIDTHS = (64, 128, 256, 512)
"""Default widths of the published long-wave infrared segmenter that CIRRUS grows out of."""


class UNetConfig(Config):
    """Shape of a U-Net; one entry of `widths` is one resolution, the last is the bottom.

    The published network is ``UNetConfig(widths=S1_WIDTHS, norm="none", context=0, stem_stride=1)``.
    The default is far smaller: clouds are soft, large structures, and `predict` has to keep up with a
    camera. Folding blocks of 2 x 2 pixels made training 4 times as quick and the held-out IoU of clear sky
    better (0.89 against 0.83 on one fold of the published frames); blocks of 4 x 4 lose edges (0.77).
    """

    widths: tuple[int, ...] = param((8, 16, 32, 64), help="feature maps at each resolution, finest first")
    convs_per_block: int = param(2, help="3x3 convolutions at each resolution", low=1, high=4, tunable=True)
    norm: Literal["none", "batch", "group"] = param(
        "batch", help="normalisation after each convolution", tunable=True
    )
    upsampling: Literal["nearest", "bilinear"] = param(
        "nearest", help="how the decoder doubles the resolution", tunable=True
    )
    first_kernel: int = param(
        3, help="side of the first convolution, odd", unit="px", low=1, high=15, tunable=True
    )
    context: int = param(
        64,
        help="hidden units that look at the frame as a whole and set the level of clear sky; 0: none",
        low=0,
        high=1024,
    )
    stem_stride: int = param(
        2,
        help="side of the pixel blocks that are folded into feature maps before the network",
        unit="px",
        low=1,
        high=4,
    )

    @field_validator("widths")
    @classmethod
    def _sensible_widths(cls, widths: tuple[int, ...]) -> tuple[int, ...]:
        if not 1 <= len(widths) <= 8 or not all(1 <= w <= 2048 for w in widths):
            raise ValueError("1 to 8 widths between 1 and 2048 are needed")
        return widths

    @field_validator("first_kernel")
    @classmethod
    def _odd(cls, side: int) -> int:
        if side % 2 == 0:
            raise ValueError("an odd number is needed, so that the picture keeps its size")
        return side


@dataclass(frozen=True, slots=True)
class ArchSpec:
    """One architecture: how it is called, its settings, and where its builder is.

    `builder` is ``"package.module:function"`` and is imported only when a network is built; the function
    takes ``(config, *, bands, outputs)`` and returns a module (N, bands, h, w) -> logits (N, outputs, h, w).
    """

    name: str
    title: str
    help: str
    config_cls: type[Config]
    builder: str


ARCHITECTURES: tuple[ArchSpec, ...] = (
    ArchSpec(
        name="unet",
        title="U-Net",
        help="Encoder and decoder with skip connections; the widths set its depth and size.",
        config_cls=UNetConfig,
        builder="cirrus_core.models.unet:build_unet",
    ),
)


def arch_spec(name: str) -> ArchSpec:
    """Find an architecture by name.

    Raises
    ------
    UsageError
        If there is none of that name; the hint lists the known ones.
    """
    for spec in ARCHITECTURES:
        if spec.name == name:
            return spec
    known = ", ".join(spec.name for spec in ARCHITECTURES)
    raise UsageError(f"There is no architecture '{name}'.", f"Known are: {known}.")


def arch_config(name: str, values: Mapping[str, Any]) -> Config:
    """Make the settings of architecture `name` from untrusted values; `UsageError` when they are wrong."""
    return build(arch_spec(name).config_cls, values, what=f"settings of '{name}'")
