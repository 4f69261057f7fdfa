"""From a name and settings to a network."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from torch import nn

from cirrus_core.models.specs import arch_config, arch_spec


def build_model(arch: str, settings: Mapping[str, Any], *, bands: int, outputs: int) -> nn.Module:
    """Build a network with random weights (seed torch before, if they must repeat).

    Parameters
    ----------
    arch : str
        Name in `specs.ARCHITECTURES`.
    settings : Mapping
        Values of its config; absent ones take their defaults.
    bands, outputs : int
        Channels of the input and logits per pixel.

    Returns
    -------
    torch.nn.Module
        (N, bands, h, w) float32 -> logits (N, outputs, h, w) for any h and w.

    Raises
    ------
    UsageError
        If the architecture is unknown or a setting is wrong.
    """
    module_name, _, function = arch_spec(arch).builder.partition(":")
    network = getattr(import_module(module_name), function)(
        arch_config(arch, settings), bands=bands, outputs=outputs
    )
    assert isinstance(network, nn.Module)
    return network


def count_parameters(module: nn.Module) -> int:
    """Number of trainable numbers in a network."""
    return sum(p.numel() for p in module.parameters() if p.requires_grad)
