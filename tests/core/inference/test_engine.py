"""The engine: folding, batches, running out of memory."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cirrus_core.errors import ModelError, UsageError
from cirrus_core.inference.engine import Engine, feature_bytes_per_pixel, fold_batch_norms
from cirrus_core.models.build import build_model
from cirrus_core.models.device import pick_device

IMAGES = np.random.default_rng(0).normal(size=(7, 1, 30, 44)).astype(np.float32)


def trained_net(norm: str = "batch") -> nn.Module:
    """A network whose running statistics are not those of the start."""
    torch.manual_seed(0)
    net = build_model("unet", {"widths": (4, 8, 8), "norm": norm}, bands=1, outputs=1)
    for _ in range(5):
        net(torch.randn(4, 1, 32, 32) * 3 + 1)
    return net.eval()


@pytest.mark.parametrize("norm", ["none", "batch", "group"])
def test_probabilities_are_the_sigmoid_of_the_plain_network(norm: str) -> None:
    net = trained_net(norm)
    with torch.inference_mode():
        expected = torch.sigmoid(net(torch.from_numpy(IMAGES))[:, 0]).numpy()
    got = Engine(net, bands=1, device="cpu").probabilities(IMAGES)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, atol=2e-5)


def test_folding_leaves_no_batch_norm() -> None:
    net = trained_net()
    assert any(isinstance(m, nn.BatchNorm2d) for m in net.modules())
    fold_batch_norms(net)
    assert not any(isinstance(m, nn.BatchNorm2d) for m in net.modules())


def test_the_batch_size_does_not_change_the_result() -> None:
    results = [
        Engine(trained_net(), bands=1, device="cpu", batch_size=n).probabilities(IMAGES)
        for n in (1, 3, 7, 100)
    ]
    for result in results[1:]:
        np.testing.assert_allclose(result, results[0], atol=1e-6)


def test_no_frames_give_no_probabilities() -> None:
    assert Engine(trained_net(), bands=1, device="cpu").probabilities(IMAGES[:0]).shape == (0, 30, 44)


class Hungry(nn.Module):
    """Has room for a few frames only, as a graphics card would."""

    def __init__(self, room: int, error: type[RuntimeError] = torch.OutOfMemoryError) -> None:
        super().__init__()
        self.room, self.error = room, error
        self.sizes: list[int] = []

    def forward(self, images: Tensor) -> Tensor:
        self.sizes.append(len(images))
        if len(images) > self.room:
            raise self.error("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")
        return images


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError])
def test_a_batch_that_does_not_fit_is_halved(error: type[RuntimeError]) -> None:
    net = Hungry(room=2, error=error)
    engine = Engine(net, bands=1, device="cpu", batch_size=7)
    result = engine.probabilities(IMAGES)
    np.testing.assert_allclose(result, 1 / (1 + np.exp(-IMAGES[:, 0])), atol=1e-6)
    # The first entry is the look at the feature maps of one frame; then 7 and 3 fail, 1 fits.
    assert net.sizes[1:4] == [7, 3, 1]
    net.sizes.clear()
    engine.probabilities(IMAGES)
    assert max(net.sizes) <= 2, "what did not fit once is not tried again"


def test_a_single_frame_that_does_not_fit_is_told() -> None:
    net = Hungry(room=10)
    engine = Engine(net, bands=1, device="cpu", batch_size=4)
    net.room = 0
    with pytest.raises(ModelError, match="does not fit into memory at 30 x 44"):
        engine.probabilities(IMAGES)


def test_another_error_is_not_taken_for_lack_of_memory() -> None:
    engine = Engine(build_model("unet", {}, bands=2, outputs=1), bands=2, device="cpu")
    with pytest.raises(RuntimeError, match="channels"):
        engine.probabilities(IMAGES)


def test_feature_maps_are_counted() -> None:
    net = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.Conv2d(6, 1, 1))
    assert feature_bytes_per_pixel(net, 1) == 4 * (6 + 6 + 1)


def test_the_automatic_batch_shrinks_with_the_frame() -> None:
    engine = Engine(trained_net(), bands=1, device="cpu")
    assert engine.batch_size((128, 160)) >= 1
    assert engine.batch_size((200_000, 200_000)) == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_that_is_not_there_is_refused() -> None:
    assert pick_device("auto").type == "cpu"
    with pytest.raises(UsageError, match="no usable CUDA"):
        pick_device("cuda")
