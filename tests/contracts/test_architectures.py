"""What every architecture of the table must do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from cirrus_core.config import params_of
from cirrus_core.errors import UsageError
from cirrus_core.models.build import build_model, count_parameters
from cirrus_core.models.checkpoint import load_weights, save_weights
from cirrus_core.models.specs import ARCHITECTURES, arch_config, arch_spec

# Each architecture with its defaults, and with every setting moved away from its default.
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "unet": [
        {},
        {
            "widths": (4, 6, 8),
            "convs_per_block": 1,
            "norm": "none",
            "upsampling": "bilinear",
            "first_kernel": 7,
            "stem_stride": 1,
            "context": 0,
        },
        {"widths": (4, 8), "norm": "group", "stem_stride": 2, "context": 16},
        {"widths": (3,), "convs_per_block": 3, "stem_stride": 3},
    ]
}
CASES = [
    pytest.param(spec.name, settings, id=f"{spec.name}-{number}")
    for spec in ARCHITECTURES
    for number, settings in enumerate(VARIANTS[spec.name])
]
SIZES = [(128, 160), (64, 64), (127, 93), (33, 2), (5, 7), (1, 1)]


def build(name: str, settings: dict[str, Any], *, bands: int = 1, outputs: int = 1) -> torch.nn.Module:
    torch.manual_seed(3)
    return build_model(name, settings, bands=bands, outputs=outputs)


def test_names_are_unique_and_every_setting_is_explained() -> None:
    names = [spec.name for spec in ARCHITECTURES]
    assert len(set(names)) == len(names)
    for spec in ARCHITECTURES:
        assert spec.title and spec.help
        assert all(info.help for info in params_of(spec.config_cls))


def test_an_unknown_architecture_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match="no architecture 'nix'") as caught:
        arch_spec("nix")
    assert "unet" in caught.value.hint


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_a_misspelt_setting_is_refused(name: str, settings: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="wdths"):
        arch_config(name, {**settings, "wdths": 3})


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_settings_survive_the_card(name: str, settings: dict[str, Any]) -> None:
    config = arch_config(name, settings)
    assert arch_config(name, config.model_dump(mode="json")) == config


@pytest.mark.parametrize(("bands", "outputs"), [(1, 1), (3, 4)])
@pytest.mark.parametrize(("name", "settings"), CASES)
def test_any_size_of_picture_gives_logits_of_that_size(
    name: str, settings: dict[str, Any], bands: int, outputs: int
) -> None:
    net = build(name, settings, bands=bands, outputs=outputs).eval()
    for rows, columns in SIZES:
        with torch.inference_mode():
            logits = net(torch.randn(2, bands, rows, columns))
        assert logits.shape == (2, outputs, rows, columns)
        assert torch.isfinite(logits).all()


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_a_seed_gives_the_same_network_and_the_same_numbers(name: str, settings: dict[str, Any]) -> None:
    images = torch.randn(2, 1, 40, 52)
    first, second = (build(name, settings).eval()(images) for _ in range(2))
    assert torch.equal(first, second)


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_the_gradient_reaches_every_parameter(name: str, settings: dict[str, Any]) -> None:
    net = build(name, settings).train()
    images = torch.randn(4, 1, 48, 64)
    # A target that varies from pixel to pixel, so that no offset can satisfy it.
    loss = torch.nn.functional.binary_cross_entropy_with_logits(net(images), torch.rand(4, 1, 48, 64))
    loss.backward()
    unreached = [n for n, p in net.named_parameters() if p.grad is None or not torch.isfinite(p.grad).all()]
    assert unreached == []
    silent = [n for n, p in net.named_parameters() if p.grad is not None and not p.grad.abs().sum() > 0]
    assert silent == []


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_saved_and_loaded_weights_give_the_same_numbers(
    name: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    net = build(name, settings)
    net(torch.randn(2, 1, 32, 32))  # in training mode: moves the running statistics, if there are any
    sha256 = save_weights(net, tmp_path / "w.safetensors")
    torch.manual_seed(99)
    other = build_model(name, settings, bands=1, outputs=1)
    load_weights(other, tmp_path / "w.safetensors", sha256)
    images = torch.randn(1, 1, 41, 37)
    assert torch.equal(net.eval()(images), other.eval()(images))
    assert count_parameters(other) == count_parameters(net)
