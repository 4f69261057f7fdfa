"""Batches of one epoch: every frame in random order, with augmented copies added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from cirrus_core.datasets.arrays import Arrays
from cirrus_core.datasets.augment import augment
from cirrus_core.datasets.augment_config import AugmentConfig
from cirrus_core.datasets.manifest import Manifest
from cirrus_core.datasets.normalise import apply
from cirrus_core.datasets.normalise_config import Normalisation

MIN_STEPS = 8
"""Least number of steps of one epoch: a handful of corrected frames must teach something, too."""


@dataclass(frozen=True, eq=False)
class TensorData:
    """Frames ready for the network.

    `images` (N, C, h, w) float32 normalised, `labels` (N, h, w) uint8, `weights` (N,) float32.
    """

    images: torch.Tensor
    labels: torch.Tensor
    weights: torch.Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, positions: torch.Tensor) -> TensorData:
        """The frames at `positions`, in that order."""
        return TensorData(self.images[positions], self.labels[positions], self.weights[positions])

    def to(self, device: torch.device) -> TensorData:
        """On another device, images in the memory order that convolutions are fastest with."""
        images = self.images.to(device).contiguous(memory_format=torch.channels_last)
        return TensorData(images, self.labels.to(device), self.weights.to(device))


def to_tensors(arrays: Arrays, manifest: Manifest, normalisation: Normalisation) -> TensorData:
    """Normalise arrays and put them into tensors."""
    weights = np.array([sample.weight for sample in manifest.samples], np.float32)
    return TensorData(
        torch.from_numpy(apply(arrays.images, normalisation)),
        torch.from_numpy(arrays.labels),
        torch.from_numpy(weights),
    )


def epoch_batches(
    data: TensorData,
    *,
    batch_size: int,
    aug_batch_size: int,
    config: AugmentConfig,
    generator: torch.Generator,
) -> Iterator[TensorData]:
    """Draw the batches of one epoch.

    Each holds up to `batch_size` frames as they are and, in the same proportion, up to `aug_batch_size`
    augmented copies of frames drawn from all of `data`. A small set is passed several times, until there
    are `MIN_STEPS`. All chance comes from `generator`.
    """
    for plain in _orders(len(data), batch_size, generator):
        batch = data.take(plain)
        copies = round(aug_batch_size * len(plain) / batch_size)
        if copies:
            drawn = data.take(torch.randint(len(data), (copies,), generator=generator))
            images, labels = augment(drawn.images, drawn.labels, config, generator)
            batch = TensorData(
                torch.cat([batch.images, images]),
                torch.cat([batch.labels, labels]),
                torch.cat([batch.weights, drawn.weights]),
            )
        yield batch


def _orders(n_frames: int, batch_size: int, generator: torch.Generator) -> Iterator[torch.Tensor]:
    for _ in range(_passes(n_frames, batch_size)):
        yield from torch.split(torch.randperm(n_frames, generator=generator), batch_size)


def n_batches(n_frames: int, batch_size: int) -> int:
    """Steps of one epoch."""
    return _passes(n_frames, batch_size) * -(-n_frames // batch_size)


def _passes(n_frames: int, batch_size: int) -> int:
    one_pass = -(-n_frames // batch_size)
    return -(-MIN_STEPS // one_pass)
