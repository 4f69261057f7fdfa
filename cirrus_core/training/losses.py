"""Losses by name. All ignore pixels labelled 'unsure' and weigh whole frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn import functional

from cirrus_core.errors import UsageError
from cirrus_core.masks.labels import CLOUD, UNSURE

LossFunction = Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
"""(logits (N, 1, h, w), labels (N, h, w) uint8, weights (N,)) -> scalar."""


@dataclass(frozen=True, slots=True)
class LossSpec:
    """One loss: how it is called and its function."""

    name: str
    title: str
    help: str
    function: LossFunction


def bce(logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Mean binary cross-entropy over all known pixels, each weighted with its frame."""
    known = (labels != UNSURE).to(logits.dtype) * weights.view(-1, 1, 1)
    truth = (labels == CLOUD).to(logits.dtype)
    each = functional.binary_cross_entropy_with_logits(logits.squeeze(1), truth, reduction="none")
    return (each * known).sum() / known.sum().clamp_min(1e-12)


def dice(logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """1 - soft Dice of cloud, taken frame by frame and averaged with the weights.

    Milletari, Navab & Ahmadi (2016), arXiv:1606.04797; one pixel is added above and below, so that a frame
    without any cloud is no division by zero.
    """
    known = (labels != UNSURE).to(logits.dtype)
    truth = (labels == CLOUD).to(logits.dtype)
    probability = torch.sigmoid(logits.squeeze(1)) * known
    common = (probability * truth).sum(dim=(1, 2))
    sizes = probability.sum(dim=(1, 2)) + truth.sum(dim=(1, 2))
    each = 1.0 - (2.0 * common + 1.0) / (sizes + 1.0)
    counted = weights * known.amax(dim=(1, 2))  # a frame of nothing but 'unsure' does not count
    return (each * counted).sum() / counted.sum().clamp_min(1e-12)


def bce_dice(logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Mean of `bce` and `dice`."""
    return 0.5 * (bce(logits, labels, weights) + dice(logits, labels, weights))


LOSSES: tuple[LossSpec, ...] = (
    LossSpec("bce", "Cross-entropy", "Every pixel counts alike; probabilities come out calibrated.", bce),
    LossSpec("dice", "Dice", "Overlap of cloud areas; small clouds count as much as large ones.", dice),
    LossSpec("bce+dice", "Cross-entropy and Dice", "The mean of both.", bce_dice),
)


def loss_spec(name: str) -> LossSpec:
    """Find a loss by name; `UsageError` listing the known ones when there is none."""
    for spec in LOSSES:
        if spec.name == name:
            return spec
    known = ", ".join(spec.name for spec in LOSSES)
    raise UsageError(f"There is no loss '{name}'.", f"Known are: {known}.")
