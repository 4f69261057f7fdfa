"""Weights and training states on disk: safetensors, never pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load as load_tensors
from safetensors.torch import save as dump_tensors
from torch import Tensor, nn

from cirrus_core.errors import ModelError
from cirrus_core.files import write_atomic

WEIGHTS_FILE = "weights.safetensors"
STATE_FORMAT = "cirrus-training-state-1"


def save_weights(module: nn.Module, path: Path) -> str:
    """Write all weights and running statistics of `module`; return the file's SHA-256 for the card."""
    content = dump_tensors({k: v.detach().cpu().contiguous() for k, v in module.state_dict().items()})
    write_atomic(path, lambda stream: stream.write(content))
    return hashlib.sha256(content).hexdigest()


def load_weights(module: nn.Module, path: Path, sha256: str | None = None) -> None:
    """Load weights into `module`.

    Raises
    ------
    ModelError
        If the file is absent, damaged, not the one whose `sha256` the card names, or of another network.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(
            f"The weights {path} cannot be read: {error.strerror or error}.", "Is the model folder complete?"
        ) from error
    if sha256 is not None and hashlib.sha256(content).hexdigest() != sha256:
        raise ModelError(
            f"The weights {path} are not those that the model card describes.",
            "The file was damaged or exchanged; copy the model folder again.",
        )
    try:
        module.load_state_dict(load_tensors(content), strict=True)
    except (SafetensorError, ValueError) as error:
        raise ModelError(
            f"The weights {path} are damaged: {error}.", "Copy the model folder again."
        ) from error
    except RuntimeError as error:
        raise ModelError(
            f"The weights {path} belong to another network than the model card describes.",
            "Card and weights must come from the same training.",
        ) from error


def save_training_state(path: Path, state: Mapping[str, Any]) -> None:
    """Write a nested state (tensors, numbers, texts, None in dicts, lists and tuples) in one file.

    Made for ``{"model": module.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, ...}``:
    the tensors become a safetensors file and the rest its JSON metadata.
    """
    tensors: dict[str, Tensor] = {}
    tree = _pack(dict(state), tensors)
    content = dump_tensors(tensors, metadata={"format": STATE_FORMAT, "tree": json.dumps(tree)})
    write_atomic(path, lambda stream: stream.write(content))


def load_training_state(path: Path) -> dict[str, Any]:
    """Read what `save_training_state` wrote, with the tensors on the CPU.

    Raises
    ------
    ModelError
        If the file is absent, damaged or no training state.
    """
    try:
        with safe_open(path, framework="pt") as stored:
            metadata = stored.metadata() or {}
            if metadata.get("format") != STATE_FORMAT:
                raise ValueError("it holds no training state")
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
        state = _unpack(json.loads(metadata["tree"]), tensors)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"Training cannot be resumed from {path}: {error}.", "Start it again without resuming."
        ) from error
    assert isinstance(state, dict)
    return state


# JSON knows neither tuples nor integer keys (an optimizer's state has both), so each container says
# what it is: {"dict": [[key, value], ...]}, {"list": [...]}, {"tuple": [...]}, {"tensor": name}.


def _pack(value: Any, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, Tensor):
        name = f"t{len(tensors)}"
        tensors[name] = value.detach().cpu().contiguous().clone()
        return {"tensor": name}
    if isinstance(value, Mapping):
        return {"dict": [[key, _pack(item, tensors)] for key, item in value.items()]}
    if isinstance(value, (list, tuple)):
        kind = "tuple" if isinstance(value, tuple) else "list"
        return {kind: [_pack(item, tensors) for item in value]}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise TypeError(f"A training state cannot hold {type(value).__name__}.")


def _unpack(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "dict":
        return {key: _unpack(item, tensors) for key, item in content}
    items = [_unpack(item, tensors) for item in content]
    return tuple(items) if kind == "tuple" else items


def cpu_copy(module: nn.Module) -> dict[str, Tensor]:
    """Copy the weights to the CPU, e.g. the best so far; later training steps do not change the copy."""
    with torch.no_grad():
        return {name: value.detach().cpu().clone() for name, value in module.state_dict().items()}
