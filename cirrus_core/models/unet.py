"""The U-Net: small enough for two processor cores, any frame size.

After Ronneberger, Fischer & Brox (2015), arXiv:1505.04597, with padded convolutions and nearest
up-sampling as in the published long-wave infrared segmenter (Sommer et al., AMT 18, 2083, 2025).
"""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn
from torch.nn import functional

from cirrus_core.models.blocks import ConvBlock, FrameContext, UpBlock
from cirrus_core.models.specs import UNetConfig


class UNet(nn.Module):
    """U-Net over any picture size; see `UNetConfig`."""

    def __init__(self, config: UNetConfig, *, bands: int, outputs: int) -> None:
        super().__init__()
        widths, n, norm = config.widths, config.convs_per_block, config.norm
        self.stride = config.stem_stride
        folded = self.stride**2
        self.first = ConvBlock(bands * folded, widths[0], n=n, norm=norm, first_kernel=config.first_kernel)
        self.down = nn.ModuleList(
            ConvBlock(above, below, n=n, norm=norm) for above, below in pairwise(widths)
        )
        self.up = nn.ModuleList(
            UpBlock(below, above, above, n=n, norm=norm, upsampling=config.upsampling)
            for above, below in reversed(list(pairwise(widths)))
        )
        # Odd sizes round up: no row is ever dropped, and a picture of one pixel still passes.
        self.pool = nn.MaxPool2d(2, ceil_mode=True)
        self.context = FrameContext(widths, config.context) if config.context else None
        self.head = nn.Conv2d(widths[0], outputs if self.stride == 1 else outputs * (bands + 1), 1)

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, bands, h, w) to logits (N, outputs, h, w)."""
        features: list[Tensor] = [self.first(self._fold(images))]
        for block in self.down:
            features.append(block(self.pool(features[-1])))
        if self.context is not None:
            features[0] = features[0] + self.context(features)
        deep = features.pop()
        for block in self.up:
            deep = block(deep, features.pop())
        answer: Tensor = self.head(deep)
        return answer if self.stride == 1 else self._unfold(answer, images)

    def _fold(self, images: Tensor) -> Tensor:
        if self.stride == 1:
            return images
        height, width = images.shape[-2:]
        below, right = -height % self.stride, -width % self.stride
        if below or right:
            images = functional.pad(images, (0, right, 0, below), mode="replicate")
        return functional.pixel_unshuffle(images, self.stride)

    def _unfold(self, answer: Tensor, images: Tensor) -> Tensor:
        """Full resolution again: a smooth gain and offset for the pixel values themselves.

        As in Gharbi et al. (2017), arXiv:1707.02880. Giving each pixel of a block its own output instead
        (sub-pixel convolution) draws chessboards into faint places.
        """
        n, bands, height, width = images.shape
        maps = functional.interpolate(answer, scale_factor=self.stride, mode="bilinear", align_corners=False)
        by_output = maps[..., :height, :width].reshape(n, -1, bands + 1, height, width)
        logits: Tensor = (by_output[:, :, :bands] * images[:, None]).sum(dim=2) + by_output[:, :, bands]
        return logits


def build_unet(config: UNetConfig, *, bands: int, outputs: int) -> nn.Module:
    """Build a U-Net, initialised after He et al. (2015), arXiv:1502.01852.

    PyTorch's own default lets the signal fade in a stack without normalisation.

    Parameters
    ----------
    config : UNetConfig
    bands : int
        Channels of the input.
    outputs : int
        Logits per pixel: 1 for clear or cloud.
    """
    net = UNet(config, bands=bands, outputs=outputs)
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            if module is net.head:
                nn.init.xavier_uniform_(module.weight)
            else:
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return net
