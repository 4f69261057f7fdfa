"""The learning rate over a training, as a function of how far it has come: nothing to save or restore."""

from __future__ import annotations

import math

from cirrus_core.training.config import ScheduleName

_WARM_UP = 0.3
_START = 0.04
_END = 1e-3
_HALVING_EPOCHS = 10


def lr_factor(schedule: ScheduleName, *, epoch: float, epochs: int) -> float:
    """Factor on the highest learning rate after `epoch` (with fractions) of `epochs`.

    cosine
        From 1 to 0 on half a cosine (Loshchilov & Hutter 2017, arXiv:1608.03983, without restarts).
    one-cycle
        Up from 0.04 over the first 30 %, then down to 0.001 (Smith & Topin 2018, arXiv:1708.07120, with the
        cosine flanks of PyTorch's `OneCycleLR`).
    step
        Halved every 10 epochs, as the published long-wave network.
    constant
        Always 1.
    """
    done = min(max(epoch / epochs, 0.0), 1.0)
    if schedule == "cosine":
        return 0.5 * (1.0 + math.cos(math.pi * done))
    if schedule == "one-cycle":
        if done < _WARM_UP:
            return _ease(_START, 1.0, done / _WARM_UP)
        return _ease(1.0, _END, (done - _WARM_UP) / (1.0 - _WARM_UP))
    if schedule == "step":
        return 0.5 ** int(epoch // _HALVING_EPOCHS)
    return 1.0


def _ease(start: float, end: float, part: float) -> float:
    return end + (start - end) * 0.5 * (1.0 + math.cos(math.pi * part))
