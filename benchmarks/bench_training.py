"""What one step of training and one frame of scoring cost, at the default grid and network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from pytest_benchmark.fixture import BenchmarkFixture

from cirrus_core.datasets.augment import augment
from cirrus_core.datasets.augment_config import AugmentConfig
from cirrus_core.datasets.normalise import apply
from cirrus_core.datasets.normalise_config import Normalisation, NormalisationKind
from cirrus_core.models.build import build_model
from cirrus_core.progress import SilentContext
from cirrus_core.training.batches import TensorData
from cirrus_core.training.config import TrainConfig
from cirrus_core.training.metrics import Scorer
from cirrus_core.training.trainer import Trainer

GRID = (128, 160)
N = 16


@pytest.fixture(scope="module")
def data() -> TensorData:
    rng = torch.Generator().manual_seed(0)
    images = torch.randn(N, 1, *GRID, generator=rng)
    return TensorData(images, (images[:, 0] > 0).to(torch.uint8), torch.ones(N))


def test_augment_16_frames(benchmark: BenchmarkFixture, data: TensorData) -> None:
    generator = torch.Generator().manual_seed(0)
    benchmark(augment, data.images, data.labels, AugmentConfig(), generator)


@pytest.mark.parametrize("kind", ["frame", "zscale", "dataset"])
def test_normalise_one_frame(benchmark: BenchmarkFixture, kind: NormalisationKind) -> None:
    frame = np.random.default_rng(0).normal(1000, 50, (1, 1, *GRID)).astype(np.float32)
    benchmark(apply, frame, Normalisation(kind=kind))


def test_one_epoch_of_16_frames_and_16_copies(benchmark: BenchmarkFixture, data: TensorData) -> None:
    config = TrainConfig(batch_size=8, aug_batch_size=8, threads=2, device="cpu")
    torch.set_num_threads(2)
    net = build_model("unet", {}, bands=1, outputs=1)
    empty = data.take(torch.arange(0))
    trainer = Trainer(net, data, empty, config=config, augment=AugmentConfig(), device=torch.device("cpu"))
    benchmark.pedantic(trainer.run_epoch, args=(SilentContext(),), rounds=5, warmup_rounds=1)


def test_score_one_frame(benchmark: BenchmarkFixture) -> None:
    rng = np.random.default_rng(0)
    truth: Any = rng.integers(0, 2, (512, 640), dtype=np.uint8)
    probability = rng.random((512, 640), dtype=np.float32)
    benchmark(Scorer().add, truth, (probability > 0.5).astype(np.uint8), probability)
