"""Everything that is decided before the first step: data, split, normalisation, network, device."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from cirrus_core.datasets.arrays import Arrays, load_arrays, read_sample
from cirrus_core.datasets.grid import grid_shape
from cirrus_core.datasets.manifest import Manifest
from cirrus_core.datasets.normalise import fit
from cirrus_core.datasets.normalise_config import Normalisation
from cirrus_core.datasets.split import Split, near_duplicate_groups, split_by_time, thumbnails
from cirrus_core.errors import DataError, ModelError
from cirrus_core.models.build import build_model
from cirrus_core.models.card import ModelCard
from cirrus_core.models.checkpoint import WEIGHTS_FILE, load_weights
from cirrus_core.models.model_store import read_card
from cirrus_core.models.specs import arch_config
from cirrus_core.progress import TaskContext
from cirrus_core.training.batches import TensorData, to_tensors
from cirrus_core.training.config import TrainConfig


@dataclass(frozen=True, eq=False)
class Prepared:
    """Data on the grid, parted."""

    arrays: Arrays
    grid: tuple[int, int]
    split: Split
    normalisation: Normalisation

    def tensors(self, positions: tuple[int, ...], manifest: Manifest) -> TensorData:
        """One part, ready for the network."""
        chosen = np.array(positions, dtype=np.int64)
        part = Arrays(self.arrays.images[chosen], self.arrays.labels[chosen])
        return to_tensors(part, manifest.subset(positions), self.normalisation)


@dataclass(frozen=True, eq=False)
class NetworkPlan:
    """Which network, and from which weights it starts."""

    arch: str
    arch_config: Mapping[str, Any]
    normalisation: Normalisation | None = None
    parent: ModelCard | None = None
    parent_folder: Path | None = None

    def build(self, *, bands: int, seed: int) -> nn.Module:
        """Make the network; the same seed gives the same weights."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            net = build_model(self.arch, self.arch_config, bands=bands, outputs=1)
        if self.parent is not None and self.parent_folder is not None:
            if self.parent.bands != bands:
                raise ModelError(
                    f"The model '{self.parent.id}' takes {self.parent.bands} bands, the frames have {bands}.",
                    "Start from another model, or from scratch.",
                )
            load_weights(net, self.parent_folder / WEIGHTS_FILE, self.parent.weights_sha256)
        return net


def plan_network(config: TrainConfig, values: Mapping[str, Any], init: Path | None) -> NetworkPlan:
    """The configured network, or that of the model folder `init` with its weights and normalisation."""
    if init is None:
        # All settings, not only the given ones: defaults may change, and the card must still fit.
        return NetworkPlan(config.arch, arch_config(config.arch, values).model_dump(mode="json"))
    card = read_card(init)
    return NetworkPlan(card.arch, card.arch_config, card.normalisation, card, init)


def prepare(
    config: TrainConfig,
    manifest: Manifest,
    *,
    normalisation: Normalisation | None,
    split: Split | None,
    bands: tuple[int, ...],
    context: TaskContext,
) -> Prepared:
    """Read the frames, part them and settle the normalisation.

    Raises
    ------
    DataError
        If there are more than two classes, or nothing to train on.
    """
    if len(manifest.classes) != 2:
        raise DataError(
            f"The masks have {len(manifest.classes)} classes; this network tells two apart.",
            "Give a class table with two classes and the rest under ignore.",
        )
    first, _ = read_sample(manifest.samples[0], bands=bands)
    grid = grid_shape((first.shape[1], first.shape[2]), config.grid)
    arrays = load_arrays(manifest, grid, bands=bands, context=context)
    parts = split or draw_split(config, manifest, arrays)
    if not parts.train:
        raise DataError("No frame is left to train on.", "Make validation and test smaller.")
    if not parts.validation:
        context.log(
            "There are no frames for validation: the training loss decides which weights are kept.", "warning"
        )
    wanted = normalisation or Normalisation(kind=config.normalisation)
    fitted = wanted if normalisation else fit(arrays.images[list(parts.train)], wanted)
    return Prepared(arrays, grid, parts, fitted)


def draw_split(config: TrainConfig, manifest: Manifest, arrays: Arrays) -> Split:
    """Part by blocks of time, near-duplicates together."""
    groups = near_duplicate_groups(thumbnails(arrays.images), times=[s.time for s in manifest.samples])
    return split_by_time(
        groups, validation=config.validation_fraction, test=config.test_fraction, seed=config.seed
    )


def set_threads(wanted: int) -> None:
    """Limit torch to `wanted` threads; 0 leaves one core to the window (it then stays smooth)."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    torch.set_num_threads(wanted or max(1, cores - 1))
