"""Courses of the learning rate, against torch's own and the published one."""

from __future__ import annotations

from typing import get_args

import pytest
import torch

from cirrus_core.training.config import ScheduleName
from cirrus_core.training.schedule import lr_factor


@pytest.mark.parametrize("schedule", get_args(ScheduleName))
def test_never_negative_and_never_above_the_highest(schedule: ScheduleName) -> None:
    factors = [lr_factor(schedule, epoch=e / 7, epochs=50) for e in range(350)]
    assert min(factors) >= 0 and max(factors) <= 1


def test_cosine_and_one_cycle_are_those_of_torch() -> None:
    n = 200
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n)
    for step in range(n):
        assert lr_factor("cosine", epoch=step / 10, epochs=20) == pytest.approx(cosine.get_last_lr()[0])
        optimizer.step()
        cosine.step()
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0, momentum=0.9)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, 1.0, total_steps=n + 1, div_factor=25, final_div_factor=40, pct_start=0.3
    )
    for step in range(n):
        assert lr_factor("one-cycle", epoch=step / 10, epochs=20) == pytest.approx(
            cycle.get_last_lr()[0], abs=0.02
        )
        optimizer.step()
        cycle.step()


def test_step_is_halved_every_ten_epochs() -> None:
    assert [lr_factor("step", epoch=e, epochs=100) for e in (0, 9.9, 10, 25)] == [1, 1, 0.5, 0.25]


def test_constant() -> None:
    assert lr_factor("constant", epoch=3, epochs=4) == 1
