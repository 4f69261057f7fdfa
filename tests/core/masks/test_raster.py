"""Painting: exact shapes by their definition, clipping, and nothing outside the returned box."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.measure import label, points_in_poly
from skimage.segmentation import find_boundaries

from cirrus_core.masks.raster import MIN_RADIUS_PX, Box, outline, paint_disk, paint_polygon, paint_segment

SHAPE = (24, 31)
coordinate = st.floats(-20.0, 50.0, allow_nan=False)
point = st.tuples(coordinate, coordinate)
radius = st.floats(0.1, 25.0, allow_nan=False)


def blank() -> NDArray[np.uint8]:
    return np.zeros(SHAPE, np.uint8)


def distance_to_segment(p0: tuple[float, float], p1: tuple[float, float]) -> NDArray[np.float64]:
    """Distance of each pixel centre from the segment, by its definition."""
    grid = np.stack(np.mgrid[: SHAPE[0], : SHAPE[1]], axis=-1).astype(float)
    start, along = np.array(p0), np.subtract(p1, p0)
    length2 = float(along @ along)
    t = np.clip((grid - start) @ along / length2, 0.0, 1.0) if length2 > 0 else np.zeros(SHAPE)
    return np.asarray(np.linalg.norm(grid - start - t[..., None] * along, axis=-1))


def only_inside(labels: NDArray[np.uint8], box: Box | None) -> bool:
    rest = labels.copy()
    if box is not None:
        rest[box.slices] = 0
    return not rest.any()


@given(p0=point, p1=point, radius=radius)
@settings(max_examples=300, deadline=None)
def test_segment_is_all_pixels_within_the_radius(
    p0: tuple[float, float], p1: tuple[float, float], radius: float
) -> None:
    labels = blank()
    box = paint_segment(labels, p0, p1, radius, 1)
    distance = distance_to_segment(p0, p1)
    used = max(radius, MIN_RADIUS_PX)
    decided = np.abs(distance - used) > 1e-6  # on the rim itself rounding decides
    np.testing.assert_array_equal(labels[decided], (distance < used)[decided])
    assert only_inside(labels, box)
    if box is not None:
        assert 0 <= box.row0 < box.row1 <= SHAPE[0] and 0 <= box.col0 < box.col1 <= SHAPE[1]
        assert labels[box.slices].any(axis=1)[[0, -1]].all()
        assert labels[box.slices].any(axis=0)[[0, -1]].all()


@given(p0=point, p1=point, radius=st.floats(1.0, 12.0))
@settings(max_examples=100, deadline=None)
def test_segment_covers_the_disks_along_it(
    p0: tuple[float, float], p1: tuple[float, float], radius: float
) -> None:
    capsule, disks = blank(), blank()
    paint_segment(capsule, p0, p1, radius, 1)
    for t in np.linspace(0.0, 1.0, 101):
        row, col = (1 - t) * np.array(p0) + t * np.array(p1)
        paint_disk(disks, row, col, radius * (1 - 1e-9), 1)
    assert (capsule[disks == 1] == 1).all()
    # 101 disks of a 100-pixel path lie at most 1 px apart: what they leave out is a sliver at the rim.
    sliver = (capsule == 1) & (disks == 0)
    assert (distance_to_segment(p0, p1)[sliver] > np.sqrt(max(radius**2 - 0.5**2, 0.0)) - 1e-6).all()


@given(row=st.floats(0, SHAPE[0] - 1), col=st.floats(0, SHAPE[1] - 1), radius=st.floats(0.0, 0.7))
@settings(max_examples=100, deadline=None)
def test_smallest_brush_meets_the_pixel_under_the_cursor(row: float, col: float, radius: float) -> None:
    labels = blank()
    paint_disk(labels, row, col, radius, 1)
    nearest = np.unravel_index(np.argmin(distance_to_segment((row, col), (row, col))), SHAPE)
    assert labels[nearest] == 1
    assert labels.sum() <= 4


def test_pixel_brush_on_a_pixel_centre_paints_one_pixel() -> None:
    labels = blank()
    assert paint_disk(labels, 5, 7, 0.5, 1) == Box(5, 7, 6, 8)
    assert labels.sum() == 1


def test_disk_has_the_known_number_of_pixels() -> None:
    # Gauss circle problem, N(r) for r = 0 … 10 (OEIS A000328).
    for r, expected in enumerate([1, 5, 13, 29, 49, 81, 113, 149, 197, 253, 317]):
        labels = np.zeros((41, 41), np.uint8)
        paint_disk(labels, 20, 20, r, 1)
        assert int(labels.sum()) == expected


@given(points=st.lists(point, min_size=2, max_size=6))
@settings(max_examples=60, deadline=None)
def test_fast_strokes_have_no_gap(points: list[tuple[float, float]]) -> None:
    """However far apart the mouse reports are, the stroke inside the frame is one piece."""
    inside = [(min(max(r, 0), SHAPE[0] - 1), min(max(c, 0), SHAPE[1] - 1)) for r, c in points]
    labels = blank()
    for p0, p1 in pairwise(inside):
        paint_segment(labels, p0, p1, 0.5, 1)
    assert label(labels, connectivity=2).max() == 1


def test_shapes_outside_the_frame_touch_nothing() -> None:
    labels = blank()
    assert paint_disk(labels, -30, 5, 3, 1) is None
    assert paint_disk(labels, 5, 100, 3, 1) is None
    assert paint_segment(labels, (-9, -9), (-9, 90), 4, 1) is None
    assert paint_polygon(labels, [(-9, -9), (-9, 90), (-3, 90)], 1) is None
    assert paint_polygon(labels, [(1, 1), (9, 9)], 1) is None
    assert not labels.any()


@given(p0=point, p1=point, radius=radius, seed=st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_where_limits_the_paint(
    p0: tuple[float, float], p1: tuple[float, float], radius: float, seed: int
) -> None:
    where = np.random.default_rng(seed).random(SHAPE) < 0.5
    free, limited = blank(), blank()
    paint_segment(free, p0, p1, radius, 7)
    paint_segment(limited, p0, p1, radius, 7, where)
    np.testing.assert_array_equal(limited, np.where(where, free, 0))


@given(vertices=st.lists(point, min_size=3, max_size=9))
@settings(max_examples=200, deadline=None)
def test_polygon_follows_the_even_odd_rule(vertices: list[tuple[float, float]]) -> None:
    # Corners off the pixel centres: on an edge either answer is right.
    corners = np.floor(np.array(vertices)) + np.array([0.37, 0.61])
    labels = blank()
    box = paint_polygon(labels, corners, 1)
    grid = np.stack(np.mgrid[: SHAPE[0], : SHAPE[1]], axis=-1).reshape(-1, 2)
    expected = points_in_poly(grid, corners).reshape(SHAPE)
    undecided = _near_edges(corners)
    np.testing.assert_array_equal(labels[~undecided], expected[~undecided])
    assert only_inside(labels, box)


def _near_edges(corners: NDArray[np.float64]) -> NDArray[np.bool_]:
    near = np.zeros(SHAPE, bool)
    for a, b in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        near |= distance_to_segment((a[0], a[1]), (b[0], b[1])) < 1e-6
    return near


def test_polygons_that_share_an_edge_neither_overlap_nor_leave_a_gap() -> None:
    labels = blank()
    halves = [[(2, 3), (20, 3), (20, 28)], [(2, 3), (20, 28), (2, 28)]]
    for half in halves:
        single = blank()
        paint_polygon(single, half, 1)
        labels += single
    assert set(np.unique(labels)) == {0, 1}
    assert int(labels.sum()) == 18 * 25


def test_outline_is_the_inner_boundary() -> None:
    rng = np.random.default_rng(3)
    mask = np.zeros(SHAPE, bool)
    mask[1:-1, 1:-1] = rng.random((SHAPE[0] - 2, SHAPE[1] - 2)) < 0.6
    np.testing.assert_array_equal(outline(mask), find_boundaries(mask, connectivity=1, mode="inner"))


def test_full_mask_is_outlined_along_the_frame() -> None:
    edge = outline(np.ones((4, 5), bool))
    assert edge.sum() == 14 and not edge[1:3, 1:4].any()


@pytest.mark.parametrize("other", [None, Box(3, 3, 5, 9)])
def test_box_union(other: Box | None) -> None:
    box = Box(1, 4, 4, 6)
    assert box.union(other) == (box if other is None else Box(1, 3, 5, 9))
