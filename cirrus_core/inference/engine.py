"""Running a network over batches as fast as the machine allows, with the same numbers every time."""

from __future__ import annotations

from typing import Any, Literal, cast

import numpy as np
import psutil
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from cirrus_core.errors import ModelError
from cirrus_core.models.device import pick_device

DeviceName = Literal["auto", "cpu", "cuda"]

CPU_BATCH = 16
"""Largest automatic batch on the CPU: larger ones are no faster (measured 1 to 32)."""
CUDA_BATCH = 128
MEMORY_SHARE = 0.25
"""Part of the free memory that the feature maps of a batch may take."""
_PROBE_SIDE_PX = 64


class Engine:
    """A network made ready for inference: batch norms folded away, channels last, no gradients.

    Folded and channels-last, torch is as fast as onnxruntime on the small networks that CIRRUS uses
    (`benchmarks/bench_predict.py`), so no second engine is needed.

    Parameters
    ----------
    network : torch.nn.Module
        Taken over and changed; logits (N, 1, h, w).
    device : {"auto", "cpu", "cuda"}
        "auto" takes CUDA where there is one.
    batch_size : int, optional
        Frames at once; None chooses by free memory.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        bands: int,
        device: DeviceName = "auto",
        batch_size: int | None = None,
    ) -> None:
        self.device = pick_device(device)
        self._batch_size = batch_size
        network.eval().requires_grad_(False)
        fold_batch_norms(network)
        self._bytes_per_pixel = feature_bytes_per_pixel(network, bands)
        # torch's stubs do not know that `to` takes the memory format alone.
        self._network = cast(Any, network).to(device=self.device, memory_format=torch.channels_last)

    def batch_size(self, shape: tuple[int, int]) -> int:
        """Frames of `shape` (rows, columns) that are run at once."""
        if self._batch_size is not None:
            return self._batch_size
        if self.device.type == "cuda":
            free, most = torch.cuda.mem_get_info(self.device)[0], CUDA_BATCH
        else:
            free, most = psutil.virtual_memory().available, CPU_BATCH
        fits = int(free * MEMORY_SHARE / max(self._bytes_per_pixel * shape[0] * shape[1], 1))
        return max(1, min(fits, most))

    def probabilities(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Map normalised images (N, C, h, w) to the probability of cloud (N, h, w), in [0, 1].

        Runs in batches; a batch that does not fit into memory is halved and run again.

        Raises
        ------
        ModelError
            If even a single frame does not fit into memory.
        """
        size = self.batch_size((images.shape[-2], images.shape[-1]))
        results = []
        start = 0
        while start < len(images):
            batch = images[start : start + size]
            try:
                results.append(self._run(batch))
            except (RuntimeError, MemoryError) as error:
                if not _is_out_of_memory(error):
                    raise
                if size == 1:
                    rows, columns = images.shape[-2:]
                    raise ModelError(
                        f"The network does not fit into memory at {rows} x {columns} pixels.",
                        "Close other programs, or use a smaller model.",
                    ) from error
                size = max(1, min(size, len(batch)) // 2)
                self._batch_size = size
                if self.device.type == "cuda":
                    torch.cuda.empty_cache()
                continue
            start += len(batch)
        return np.concatenate(results) if results else np.zeros((0, *images.shape[-2:]), np.float32)

    def _run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            tensor = torch.from_numpy(np.ascontiguousarray(batch)).to(self.device)
            logits = self._network(tensor.contiguous(memory_format=torch.channels_last))
            result: NDArray[np.float32] = torch.sigmoid(logits[:, 0]).float().cpu().numpy()
        return result


def fold_batch_norms(network: nn.Module) -> None:
    """Put each batch norm that directly follows a convolution into that convolution, in place.

    In evaluation a batch norm is a fixed scale and offset per feature map, so the result is the same.
    """
    for parent in network.modules():
        if not isinstance(parent, nn.Sequential):
            continue
        layers: list[nn.Module] = []
        for layer in parent:
            if isinstance(layer, nn.BatchNorm2d) and layers and isinstance(layers[-1], nn.Conv2d):
                layers[-1] = fuse_conv_bn_eval(layers[-1], layer)
            else:
                layers.append(layer)
        for index in reversed(range(len(parent))):
            del parent[index]
        parent.extend(layers)


def feature_bytes_per_pixel(network: nn.Module, bands: int) -> float:
    """Bytes of all feature maps of one frame per input pixel, an upper bound of what a forward pass holds."""
    total = 0

    def count(_module: nn.Module, _inputs: Any, output: Any) -> None:
        nonlocal total
        total += output.numel() * output.element_size()

    leaves = [m for m in network.modules() if not list(m.children())]
    hooks = [leaf.register_forward_hook(count) for leaf in leaves]
    try:
        with torch.inference_mode():
            network(torch.zeros(1, bands, _PROBE_SIDE_PX, _PROBE_SIDE_PX))
    finally:
        for hook in hooks:
            hook.remove()
    return total / _PROBE_SIDE_PX**2


def _is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    # torch's CPU allocator raises a plain RuntimeError.
    return any(words in str(error) for words in ("allocate memory", "not enough memory", "out of memory"))
