"""Augmentation: frames and labels move together, nothing is learned from outside the frame."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.ndimage import affine_transform

from cirrus_core.datasets.augment import augment, random_maps
from cirrus_core.datasets.augment_config import AugmentConfig
from cirrus_core.masks.labels import UNSURE

STILL = AugmentConfig(rotation=0, shear=0, zoom=1, shift=0, flip=False)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def ramp(n: int = 4, height: int = 24, width: int = 32) -> tuple[torch.Tensor, torch.Tensor]:
    images = torch.rand(n, 1, height, width, generator=generator(9))
    return images, (images[:, 0] > 0.5).to(torch.uint8)


def test_nothing_asked_nothing_done() -> None:
    images, labels = ramp()
    moved, found = augment(images, labels, STILL, generator())
    assert torch.allclose(moved, images, atol=1e-5)
    assert torch.equal(found, labels)


def test_flips_only_give_the_four_mirror_images() -> None:
    images, labels = ramp(n=40)
    moved, found = augment(images, labels, STILL.model_copy(update={"flip": True}), generator())
    kinds = set()
    for i in range(40):
        mirrors = {axes: torch.flip(images[i, 0], axes) for axes in ((), (0,), (1,), (0, 1))}
        matching = [
            axes for axes, mirror in mirrors.items() if torch.allclose(mirror, moved[i, 0], atol=1e-4)
        ]
        assert len(matching) == 1
        assert torch.equal(found[i], torch.flip(labels[i], matching[0]))
        kinds.add(matching[0])
    assert len(kinds) == 4


def test_labels_follow_the_picture() -> None:
    # A picture that is its own mask: after any motion the two still agree, but for pixels on the edge.
    _, labels = ramp(n=16)
    labels = torch.zeros_like(labels)
    labels[:, 6:16, 8:22] = 1
    moved, found = augment(labels[:, None].float(), labels, AugmentConfig(), generator(1))
    inside = (found != UNSURE) & ((moved[:, 0] < 0.01) | (moved[:, 0] > 0.99))
    assert inside.float().mean() > 0.6
    assert torch.equal((moved[:, 0] > 0.5)[inside], (found == 1)[inside])


def test_pixels_from_outside_are_unsure_and_unsure_stays_unsure() -> None:
    images = torch.ones(8, 1, 24, 32)
    labels = torch.ones(8, 24, 32, dtype=torch.uint8)
    labels[:, :4] = UNSURE
    moved, found = augment(images, labels, AugmentConfig(zoom=1), generator(2))
    assert set(found.unique().tolist()) == {1, UNSURE}
    assert (found[moved[:, 0] < 0.4] == UNSURE).all()


def test_the_same_seed_gives_the_same_frames() -> None:
    images, labels = ramp()
    first, second = (augment(images, labels, AugmentConfig(), generator(5)) for _ in range(2))
    assert torch.equal(first[0], second[0]) and torch.equal(first[1], second[1])
    assert not torch.equal(first[0], augment(images, labels, AugmentConfig(), generator(6))[0])


def test_rotation_is_one_in_pixels_on_a_frame_that_is_not_square() -> None:
    config = STILL.model_copy(update={"rotation": 45.0})
    height, width = 40, 80
    maps = random_maps(1, config, generator(3), aspect=width / height)
    image = np.zeros((height, width))
    image[10:30, 20:60] = np.random.default_rng(0).random((20, 40))
    moved, _ = augment(
        torch.from_numpy(image)[None, None].float(),
        torch.zeros(1, height, width, dtype=torch.uint8),
        config,
        generator(3),
    )
    # Independent: the same turn about the centre with scipy, where rows and columns have one scale.
    cos, sin = float(maps[0, 1, 1]), float(maps[0, 1, 0]) / (width / height)
    assert cos**2 + sin**2 == pytest.approx(1, abs=1e-5)
    matrix = np.array([[cos, sin], [-sin, cos]])
    centre = np.array([(height - 1) / 2, (width - 1) / 2])
    expected = affine_transform(image, matrix, offset=centre - matrix @ centre, order=1)
    assert np.allclose(moved[0, 0].numpy(), expected, atol=1e-3)


def test_the_ranges_are_those_asked_for() -> None:
    maps = random_maps(2000, AugmentConfig(flip=False), generator(), aspect=1.0)
    areas = 1 / torch.sqrt(torch.det(maps[:, :, :2]))
    assert areas.min() >= 0.999 and areas.max() <= 1.801
    assert areas.max() > 1.75
    assert maps[:, :, 2].abs().max() <= 0.2001
    assert maps[:, :, 2].abs().max() > 0.19
