"""Painting on label arrays: disk, capsule (a moved disk) and polygon, and the outline of a mask.

Coordinates are (row, col) with pixel centres at integers. Every shape is filled row by row from its exact
left and right end, so a stroke touches only the pixels it paints, whatever the size of the frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, hypot

import numpy as np
from numpy.typing import ArrayLike, NDArray

Labels = NDArray[np.uint8]
Point = tuple[float, float]

MIN_RADIUS_PX = 0.70711
"""Just over half a pixel's diagonal: the smallest brush still meets the pixel under the cursor, and a
stroke has no gap."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of pixels, rows `row0` to `row1` and columns `col0` to `col1`, ends not included."""

    row0: int
    col0: int
    row1: int
    col1: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index of the rectangle in an array."""
        return slice(self.row0, self.row1), slice(self.col0, self.col1)

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.row1 - self.row0, self.col1 - self.col0

    def union(self, other: Box | None) -> Box:
        """The smallest box around both."""
        if other is None:
            return self
        return Box(
            min(self.row0, other.row0),
            min(self.col0, other.col0),
            max(self.row1, other.row1),
            max(self.col1, other.col1),
        )


def paint_disk(
    labels: Labels,
    row: float,
    col: float,
    radius: float,
    value: int,
    where: NDArray[np.bool_] | None = None,
) -> Box | None:
    """Set all pixels whose centre lies within `radius` pixels of (row, col); see `paint_segment`."""
    return paint_segment(labels, (row, col), (row, col), radius, value, where)


def paint_segment(
    labels: Labels,
    p0: Point,
    p1: Point,
    radius: float,
    value: int,
    where: NDArray[np.bool_] | None = None,
) -> Box | None:
    """Set all pixels whose centre lies within `radius` pixels of the segment from `p0` to `p1`.

    Parameters
    ----------
    labels : ndarray of uint8, (H, W)
        Changed in place.
    p0, p1 : (row, col)
        Ends of the segment in pixels; they may lie outside the frame.
    radius : float
        In pixels; at least `MIN_RADIUS_PX` is used.
    value : int
        The label to set.
    where : ndarray of bool, (H, W), optional
        Only pixels where this is true are set.

    Returns
    -------
    Box or None
        The touched rectangle inside the frame; None when the shape lies outside.
    """
    radius = max(radius, MIN_RADIUS_PX)
    n_rows, n_cols = labels.shape
    first = max(ceil(min(p0[0], p1[0]) - radius), 0)
    last = min(floor(max(p0[0], p1[0]) + radius), n_rows - 1)
    if first > last:
        return None
    rows = np.arange(first, last + 1, dtype=np.float64)
    right = _right_end(rows, p0, p1, radius)
    left = -_right_end(rows, (p0[0], -p0[1]), (p1[0], -p1[1]), radius)
    starts = np.clip(np.ceil(left), 0, n_cols).astype(np.intp)
    stops = np.clip(np.floor(right) + 1, 0, n_cols).astype(np.intp)
    return _fill_spans(labels, first, starts, stops, value, where)


def _right_end(rows: NDArray[np.float64], p0: Point, p1: Point, radius: float) -> NDArray[np.float64]:
    """Largest column that the capsule around p0-p1 reaches in each row.

    A disk whose centre moves along the segment, at p0 + t (dr, dc), reaches column
    ``c(t) = col0 + t dc + sqrt(radius^2 - u^2)`` in a row at distance ``u = row - row0 - t dr``. c is
    concave in t; its derivative vanishes where ``u = -radius sign(dr) dc / length``, and the best t is
    that one, held inside the t for which the disk meets the row at all.
    """
    (row0, col0), (row1, col1) = p0, p1
    dr, dc = row1 - row0, col1 - col0
    if abs(dr) < 1e-9:  # along a row, to far below a pixel
        t = np.full(rows.shape, 1.0 if dc > 0 else 0.0)
    else:
        u_best = -radius * np.sign(dr) * dc / hypot(dr, dc)
        reach = np.sort(np.stack([(rows - row0 - radius) / dr, (rows - row0 + radius) / dr]), axis=0)
        t = np.clip((rows - row0 - u_best) / dr, np.maximum(reach[0], 0.0), np.minimum(reach[1], 1.0))
    u = rows - row0 - t * dr
    # The clip takes away only rounding: no row here is farther than the radius.
    end: NDArray[np.float64] = col0 + t * dc + np.sqrt(np.clip(radius * radius - u * u, 0.0, None))
    return end


def _fill_spans(
    labels: Labels,
    first_row: int,
    starts: NDArray[np.intp],
    stops: NDArray[np.intp],
    value: int,
    where: NDArray[np.bool_] | None,
) -> Box | None:
    filled = starts < stops
    if not filled.any():
        return None
    # A loop over rows beats a distance field: 0.2 us a row, nothing for the pixels around the shape.
    for row, (start, stop) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True), first_row):
        if start >= stop:
            continue
        if where is None:
            labels[row, start:stop] = value
        else:
            np.copyto(labels[row, start:stop], np.uint8(value), where=where[row, start:stop])
    rows = np.flatnonzero(filled)
    return Box(
        first_row + int(rows[0]),
        int(starts[filled].min()),
        first_row + int(rows[-1]) + 1,
        int(stops[filled].max()),
    )


def paint_polygon(labels: Labels, vertices: ArrayLike, value: int) -> Box | None:
    """Set all pixels whose centre lies inside a closed polygon (even-odd rule).

    Parameters
    ----------
    labels : ndarray of uint8, (H, W)
        Changed in place.
    vertices : array of float, (N, 2)
        (row, col) of the corners in pixels; the last is joined to the first.
    value : int
        The label to set.

    Returns
    -------
    Box or None
        The touched rectangle inside the frame; None when no pixel centre lies inside.
    """
    corners = np.asarray(vertices, dtype=np.float64).reshape(-1, 2)
    box = _clipped_bounds(corners, labels.shape)
    if box is None:
        return None
    # Each edge toggles, in every row it crosses, all pixels to the right of the crossing.
    toggles = np.zeros((box.shape[0], box.shape[1] + 1), dtype=np.uint8)
    for (row0, col0), (row1, col1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        # Half-open in rows, so that a corner on a row centre is counted once.
        first = max(ceil(min(row0, row1)), box.row0)
        stop = min(ceil(max(row0, row1)), box.row1)
        if first >= stop:
            continue
        rows = np.arange(first, stop)
        crossing = col0 + (rows - row0) / (row1 - row0) * (col1 - col0)
        columns = np.clip(np.ceil(crossing) - box.col0, 0, box.shape[1]).astype(np.intp)
        toggles[rows - box.row0, columns] ^= 1
    inside = np.bitwise_xor.accumulate(toggles[:, :-1], axis=1).astype(bool)
    if not inside.any():
        return None
    labels[box.slices][inside] = value
    return box


def _clipped_bounds(corners: NDArray[np.float64], shape: tuple[int, ...]) -> Box | None:
    if len(corners) < 3:
        return None
    low, high = corners.min(axis=0), corners.max(axis=0)
    box = Box(
        max(ceil(low[0]), 0),
        max(ceil(low[1]), 0),
        min(floor(high[0]) + 1, shape[0]),
        min(floor(high[1]) + 1, shape[1]),
    )
    return box if box.row0 < box.row1 and box.col0 < box.col1 else None


def outline(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels of a mask that have a side in common with a pixel outside it.

    Outside the frame nothing is set, so a mask that fills the frame is outlined along its border.

    Parameters
    ----------
    mask : ndarray of bool, (H, W)

    Returns
    -------
    ndarray of bool, (H, W)
    """
    padded = np.pad(mask, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return mask & ~inner
