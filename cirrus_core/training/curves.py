"""The figures of one epoch."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class EpochRow:
    """Figures of one epoch; those of validation are NaN where there is none."""

    epoch: int
    train_loss: float
    val_loss: float
    val_accuracy: float
    val_iou: float
    val_iou_clear: float
    lr: float

    def values(self) -> dict[str, float]:
        """All defined figures but the number of the epoch."""
        return {k: v for k, v in asdict(self).items() if k != "epoch" and not math.isnan(v)}
