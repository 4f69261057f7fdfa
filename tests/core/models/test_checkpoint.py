"""Weights and training states on disk."""

from __future__ import annotations

import hashlib
import pickle
import string
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from cirrus_core.errors import ModelError
from cirrus_core.models.build import build_model
from cirrus_core.models.checkpoint import (
    cpu_copy,
    load_training_state,
    load_weights,
    save_training_state,
    save_weights,
)


def net(widths: tuple[int, ...] = (4, 8)) -> nn.Module:
    return build_model("unet", {"widths": widths}, bands=1, outputs=1)


def test_the_checksum_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    assert save_weights(net(), path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        load_weights(net(), tmp_path / "nix.safetensors")


def test_one_changed_byte_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    sha256 = save_weights(net(), path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match="not those that the model card describes"):
        load_weights(net(), path, sha256)


@pytest.mark.parametrize("keep", [0, 5, 200, -10])
def test_a_cut_off_file_is_told(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(net(), path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelError, match="damaged"):
        load_weights(net(), path)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    save_weights(net((4, 8)), path)
    with pytest.raises(ModelError, match="another network"):
        load_weights(net((4, 8, 16)), path)


def test_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    witness = tmp_path / "ran"

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.touch, (witness,)

    path = tmp_path / "w.safetensors"
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(ModelError):
        load_weights(net(), path)
    with pytest.raises(ModelError):
        load_training_state(path)
    assert not witness.exists()


def test_cpu_copy_does_not_follow_the_training() -> None:
    module = net()
    copy = cpu_copy(module)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(1.0)
    assert not any(torch.equal(copy[n], p) for n, p in module.named_parameters())


def test_training_goes_on_bit_for_bit_after_a_saved_state(tmp_path: Path) -> None:
    def steps(module: nn.Module, optimizer: torch.optim.Optimizer, n: int, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        for _ in range(n):
            optimizer.zero_grad()
            module(torch.randn(2, 1, 16, 16, generator=generator)).square().mean().backward()
            optimizer.step()

    torch.manual_seed(0)
    first = net()
    optimizer = torch.optim.AdamW(first.parameters(), lr=1e-2)
    steps(first, optimizer, 3, seed=1)
    path = tmp_path / "state.safetensors"
    save_training_state(
        path, {"model": first.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "best": None}
    )
    steps(first, optimizer, 3, seed=2)

    state = load_training_state(path)
    second = net()
    second.load_state_dict(state["model"])
    resumed = torch.optim.AdamW(second.parameters(), lr=1.0)
    resumed.load_state_dict(state["optimizer"])
    steps(second, resumed, 3, seed=2)

    assert (state["epoch"], state["best"]) == (3, None)
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name


keys = st.text(string.ascii_letters, max_size=8) | st.integers(-5, 1000)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.text(max_size=10)
    | st.lists(st.floats(-5, 5), max_size=4).map(lambda v: torch.tensor(v, dtype=torch.float64))
)
trees = st.recursive(
    leaves,
    lambda t: st.lists(t, max_size=3) | st.tuples(t, t) | st.dictionaries(keys, t, max_size=3),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(state=st.dictionaries(st.text(string.ascii_letters, max_size=8), trees, max_size=4))
def test_any_state_comes_back_as_it_was(
    state: dict[str, Any], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("state") / "s.safetensors"
    save_training_state(path, state)
    assert same(load_training_state(path), state)


def same(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return isinstance(b, torch.Tensor) and a.dtype == b.dtype and torch.equal(a, b)
    if type(a) is not type(b):
        return False
    if isinstance(a, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


def test_what_no_file_can_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="set"):
        save_training_state(tmp_path / "s", {"a": {1, 2}})
    assert not (tmp_path / "s").exists()


def test_weights_are_no_training_state(tmp_path: Path) -> None:
    save_weights(net(), tmp_path / "w.safetensors")
    with pytest.raises(ModelError, match="holds no training state"):
        load_training_state(tmp_path / "w.safetensors")
