"""Every loss of the table keeps the same promises."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
import torch
from scipy.special import expit

from cirrus_core.errors import UsageError
from cirrus_core.masks.labels import UNSURE
from cirrus_core.training.config import LossName
from cirrus_core.training.losses import LOSSES, LossSpec, loss_spec

each_loss = pytest.mark.parametrize("spec", LOSSES, ids=lambda s: s.name)


def example(n: int = 3) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    rng = torch.Generator().manual_seed(0)
    logits = torch.randn(n, 1, 6, 7, generator=rng)
    labels = torch.randint(0, 2, (n, 6, 7), generator=rng).to(torch.uint8)
    return logits, labels, torch.ones(n)


def perfect(labels: torch.Tensor) -> torch.Tensor:
    return (labels == 1).float().mul(40).sub(20).unsqueeze(1)


def test_the_table_and_the_setting_name_the_same_losses() -> None:
    assert tuple(spec.name for spec in LOSSES) == get_args(LossName)
    with pytest.raises(UsageError) as caught:
        loss_spec("hinge")
    assert "bce" in caught.value.hint


@each_loss
def test_texts_are_there(spec: LossSpec) -> None:
    assert spec.title and spec.help.endswith(".")
    assert loss_spec(spec.name) is spec


@each_loss
def test_zero_when_right_and_larger_the_more_is_wrong(spec: LossSpec) -> None:
    _, labels, weights = example()
    right = spec.function(perfect(labels), labels, weights)
    half = perfect(labels)
    half[:, :, :3] *= -1
    wrong = spec.function(-perfect(labels), labels, weights)
    assert right.ndim == 0
    assert right.item() == pytest.approx(0, abs=1e-4)
    assert right < spec.function(half, labels, weights) < wrong


@each_loss
def test_unsure_pixels_change_nothing(spec: LossSpec) -> None:
    logits, labels, weights = example()
    labels[:, 2:4] = UNSURE
    logits.requires_grad_(True)
    value = spec.function(logits, labels, weights)
    value.backward()
    assert logits.grad is not None
    assert not logits.grad[:, 0, 2:4].any()
    assert logits.grad[:, 0, :2].any()
    other = logits.detach().clone()
    other[:, 0, 2:4] = 99.0
    assert spec.function(other, labels, weights).item() == pytest.approx(value.item())


@each_loss
def test_nothing_known_is_no_error_and_no_gradient(spec: LossSpec) -> None:
    logits, labels, weights = example()
    logits.requires_grad_(True)
    value = spec.function(logits, torch.full_like(labels, UNSURE), weights)
    value.backward()
    assert value.item() == 0
    assert logits.grad is not None and not logits.grad.any()


@each_loss
def test_weights_count_frames(spec: LossSpec) -> None:
    logits, labels, _ = example()
    twice = spec.function(
        torch.cat([logits, logits[:1]]), torch.cat([labels, labels[:1]]), torch.ones(len(logits) + 1)
    )
    weighted = spec.function(logits, labels, torch.tensor([2.0, 1.0, 1.0]))
    assert weighted.item() == pytest.approx(twice.item(), rel=1e-5)
    alone = spec.function(logits, labels, torch.tensor([1.0, 0.0, 0.0]))
    assert alone.item() == pytest.approx(
        spec.function(logits[:1], labels[:1], torch.ones(1)).item(), rel=1e-5
    )


@each_loss
def test_the_gradient_is_that_of_the_value(spec: LossSpec) -> None:
    logits, labels, weights = example(2)
    assert torch.autograd.gradcheck(
        lambda x: spec.function(x, labels, weights.double()), logits.double().requires_grad_(True)
    )


def test_cross_entropy_by_hand() -> None:
    logits, labels, weights = example()
    p, t = expit(logits.squeeze(1).numpy().astype(np.float64)), labels.numpy()
    expected = -np.mean(np.where(t == 1, np.log(p), np.log(1 - p)))
    assert loss_spec("bce").function(logits, labels, weights).item() == pytest.approx(expected, rel=1e-5)


def test_dice_by_hand() -> None:
    logits, labels, weights = example()
    p, t = expit(logits.squeeze(1).numpy().astype(np.float64)), labels.numpy()
    each = [1 - (2 * (a * b).sum() + 1) / (a.sum() + b.sum() + 1) for a, b in zip(p, t, strict=True)]
    value = loss_spec("dice").function(logits, labels, weights).item()
    assert value == pytest.approx(np.mean(each), rel=1e-5)
