"""What a training is asked to do; free of torch, so that forms and options can read it."""

from __future__ import annotations

from typing import Literal

from pydantic import field_validator

from cirrus_core.config import Config, param
from cirrus_core.datasets.normalise_config import NormalisationKind

ArchName = Literal["unet"]
LossName = Literal["bce", "dice", "bce+dice"]
OptimizerName = Literal["adam", "adamw"]
ScheduleName = Literal["cosine", "one-cycle", "step", "constant"]


class TrainConfig(Config):
    """Settings of one training of a segmenter."""

    arch: ArchName = param("unet", help="network architecture")
    loss: LossName = param("bce", help="what is made small", tunable=True)
    optimizer: OptimizerName = param("adamw", help="how weights follow the gradient")
    schedule: ScheduleName = param("one-cycle", help="course of the learning rate", tunable=True)
    lr: float = param(3e-3, help="highest learning rate", low=1e-6, high=1.0, log=True, tunable=True)
    weight_decay: float = param(1e-3, help="pull of the weights towards zero", low=0.0, high=1.0)
    epochs: int = param(
        60, help="passes over the training frames (several at once in a small set)", low=1, high=10_000
    )
    patience: int = param(
        0, help="stop after so many epochs without a better validation loss; 0: never", low=0, high=10_000
    )
    batch_size: int = param(8, help="frames in one step", low=1, high=4096, tunable=True)
    aug_batch_size: int = param(
        8, help="augmented copies added to each step; 0: none", low=0, high=4096, tunable=True
    )
    val_batch_size: int = param(32, help="frames at once in validation", low=1, high=4096)
    validation_fraction: float = param(0.2, help="share of frames kept for validation", low=0.0, high=0.9)
    test_fraction: float = param(0.1, help="share of frames kept for the final test", low=0.0, high=0.9)
    grid: tuple[int, int] = param((128, 160), help="rows and columns the frames are brought to", unit="px")
    normalisation: NormalisationKind = param("zscale", help="how pixel values become network input")
    seed: int = param(0, help="of split, weights, order and augmentation", low=0, high=2**31 - 1)
    device: Literal["auto", "cpu", "cuda"] = param("auto", help="where the arithmetic runs")
    threads: int = param(0, help="processor threads; 0: all cores but one", low=0, high=1024)

    @field_validator("grid")
    @classmethod
    def _sensible_grid(cls, grid: tuple[int, int]) -> tuple[int, int]:
        if not all(8 <= side <= 8192 for side in grid):
            raise ValueError("rows and columns between 8 and 8192 are needed")
        return grid
