"""Specks and holes, against scikit-image's own functions."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from skimage.measure import label, regionprops

from cirrus_core.masks.cleanup import CleanupConfig, clean

masks = arrays(np.uint8, (20, 25), elements=st.sampled_from([0, 0, 1, 1, 2, 255]))


def sizes(mask: NDArray[np.bool_]) -> list[int]:
    return [int(region.area) for region in regionprops(label(mask, connectivity=1))]


@given(labels=masks, speck=st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_specks_go_and_nothing_else(labels: NDArray[np.uint8], speck: int) -> None:
    cloud = (labels == 1) | (labels == 2)
    cleaned = clean(labels, CleanupConfig(min_cloud_px=speck))
    after = (cleaned == 1) | (cleaned == 2)
    assert sorted(sizes(after)) == sorted(n for n in sizes(cloud) if n >= speck)
    changed = cleaned != labels
    assert (cleaned[changed] == 0).all() and cloud[changed].all()


@given(labels=masks, hole=st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_holes_are_filled_and_nothing_else(labels: NDArray[np.uint8], hole: int) -> None:
    cleaned = clean(labels, CleanupConfig(max_hole_px=hole))
    assert sorted(sizes(cleaned == 0)) == sorted(n for n in sizes(labels == 0) if n > hole)
    changed = cleaned != labels
    assert (cleaned[changed] == 1).all() and (labels[changed] == 0).all()


def test_specks_go_before_holes_are_filled() -> None:
    """A speck inside a hole must not keep the hole open, nor make it two."""
    labels = np.ones((9, 9), np.uint8)
    labels[2:7, 2:7] = 0
    labels[4, 4] = 1
    cleaned = clean(labels, CleanupConfig(min_cloud_px=2, max_hole_px=25))
    assert (cleaned == 1).all()
    assert labels[3, 3] == 0, "the mask given stays as it was"


def test_nothing_is_cleaned_by_default() -> None:
    labels = np.random.default_rng(0).integers(0, 2, (9, 9), np.uint8)
    np.testing.assert_array_equal(clean(labels, CleanupConfig()), labels)
