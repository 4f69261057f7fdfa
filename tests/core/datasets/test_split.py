"""No frame, and no near-duplicate of it, is on both sides of a split."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from cirrus_core.datasets.arrays import load_arrays
from cirrus_core.datasets.sources import collect
from cirrus_core.datasets.split import (
    NEAR_DUPLICATE,
    Split,
    grouped_folds,
    near_duplicate_groups,
    split_by_time,
    thumbnails,
)

groupings = st.lists(st.integers(0, 30), min_size=1, max_size=80).map(np.array)


def parts_of(split: Split) -> tuple[tuple[int, ...], ...]:
    return split.train, split.validation, split.test


def assert_grouped(split: Split, groups: np.ndarray) -> None:
    everything = [i for part in parts_of(split) for i in part]
    assert sorted(everything) == list(range(len(groups)))
    sides = [set(groups[list(part)].tolist()) for part in parts_of(split)]
    assert not sides[0] & sides[1] and not sides[0] & sides[2] and not sides[1] & sides[2]


@given(groupings, st.floats(0, 0.5), st.floats(0, 0.4), st.integers(0, 5))
def test_groups_are_never_cut(groups: np.ndarray, validation: float, test: float, seed: int) -> None:
    split = split_by_time(groups, validation=validation, test=test, seed=seed)
    assert_grouped(split, groups)
    assert split.train
    assert split == split_by_time(groups, validation=validation, test=test, seed=seed)
    if validation > 0 and len(set(groups.tolist())) > 1:
        assert split.validation


@given(groupings, st.integers(2, 6), st.integers(0, 5))
def test_folds_hold_every_frame_out_once(groups: np.ndarray, k: int, seed: int) -> None:
    folds = grouped_folds(groups, k=k, seed=seed)
    assert len(folds) == k
    assert sorted(i for fold in folds for i in fold.validation) == list(range(len(groups)))
    for fold in folds:
        assert_grouped(fold, groups)


def test_shares_come_out_about_as_wanted_and_in_blocks_of_time() -> None:
    split = split_by_time(np.arange(1000), validation=0.2, test=0.1, seed=3)
    assert len(split.validation) == 200
    assert len(split.test) == 100
    # 1000 frames are parted in blocks of 50 consecutive ones, so few neighbours are torn apart.
    torn = sum(np.count_nonzero(np.diff(part) > 1) for part in parts_of(split))
    assert torn < 20


def test_frames_of_one_scene_are_one_group_even_far_apart() -> None:
    rng = np.random.default_rng(0)
    scenes = [gaussian_filter(rng.normal(size=(64, 80)), 6) for _ in range(4)]
    order = [0, 1, 0, 2, 3, 1]
    images = np.stack([scenes[i] + rng.normal(0, 1e-3, (64, 80)) for i in order])[:, None]
    groups = near_duplicate_groups(thumbnails(images.astype(np.float32)))
    assert groups.tolist() == order


def test_a_chain_of_neighbours_is_one_group() -> None:
    # A cloud drifts by: each frame resembles the next, the first and the last do not resemble each other.
    wide = gaussian_filter(np.random.default_rng(1).normal(size=(32, 400)), 4)
    images = np.stack([wide[:, i : i + 80] for i in range(120)])[:, None].astype(np.float32)
    pictures = thumbnails(images)
    assert float(pictures[0] @ pictures[-1]) < NEAR_DUPLICATE
    assert set(near_duplicate_groups(pictures).tolist()) == {0}


def test_frames_within_two_seconds_are_one_group() -> None:
    pictures = thumbnails(np.random.default_rng(0).normal(size=(4, 1, 32, 40)).astype(np.float32))
    start = datetime(2024, 1, 1, tzinfo=UTC)
    times = [start, start + timedelta(seconds=1.5), None, start + timedelta(seconds=10)]
    assert near_duplicate_groups(pictures, times=times).tolist() == [0, 0, 1, 2]


def test_flat_and_blank_frames_have_thumbnails() -> None:
    images = np.full((2, 1, 32, 40), 7.0, np.float32)
    images[1] = np.nan
    assert np.array_equal(thumbnails(images), np.zeros((2, 32 * 40), np.float32))


def test_small_sets_still_train() -> None:
    assert split_by_time(np.array([0])) == Split((0,), ())
    two = split_by_time(np.array([0, 1]))
    assert len(two.train) == len(two.validation) == 1


@pytest.mark.real
def test_published_frames_have_few_near_duplicates(shared_data: Path) -> None:
    arrays = load_arrays(collect([shared_data / "lwiriseg"]), (128, 160))
    pictures = thumbnails(arrays.images)
    groups = near_duplicate_groups(pictures)
    sizes = np.bincount(groups)
    assert 130 <= len(sizes) <= 160
    assert sizes.max() <= 5
    alike = np.argwhere(np.triu(np.corrcoef(pictures) > NEAR_DUPLICATE, 1))
    assert len(alike) > 0
    assert all(groups[i] == groups[j] for i, j in alike)
