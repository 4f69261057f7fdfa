"""Which device networks run on, for training and prediction alike."""

from __future__ import annotations

import torch

from cirrus_core.errors import UsageError


def pick_device(name: str) -> torch.device:
    """The device called "auto", "cpu" or "cuda"; auto takes CUDA where there is one.

    Raises
    ------
    UsageError
        If CUDA is asked for and there is none.
    """
    if name == "cuda" and not torch.cuda.is_available():
        raise UsageError("There is no usable CUDA device here.", "Use --device auto or cpu.")
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(name)
