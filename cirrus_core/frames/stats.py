"""What the pixels of a frame say at a glance: range, median, spread, histogram.

Frames of 8 and 16 bits are counted value by value in one `bincount`; every percentile follows exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAX_SAMPLE_PX = 1 << 19
"""Float frames above this size (a 512 x 640 frame is below it) are judged by an even grid of pixels."""

HISTOGRAM_BINS = 512


@dataclass(frozen=True, eq=False)
class Histogram:
    """Pixel counts per bin: `counts` int64 (n,), `edges` float64 (n + 1,) in units of the frame."""

    counts: NDArray[np.int64]
    edges: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class FrameStats:
    """Figures of one frame in its own unit; NaN when every pixel is blank.

    `low` and `high` are the extremes, `mad` is the median absolute deviation from the median (not scaled to
    a standard deviation), `n_blank` counts pixels that are NaN or infinite.
    """

    low: float
    high: float
    median: float
    mad: float
    n_blank: int
    histogram: Histogram

    @property
    def all_blank(self) -> bool:
        """True when no pixel has a value."""
        return bool(np.isnan(self.median))

    @property
    def constant(self) -> bool:
        """True when all pixels have one value."""
        return self.low == self.high


@dataclass(frozen=True, eq=False)
class ValueCounts:
    """How often each whole number occurs: ``counts[i]`` pixels have the value ``first + i``."""

    first: int
    counts: NDArray[np.int64]

    def percentiles(self, percents: tuple[float, ...]) -> tuple[float, ...]:
        """Percentiles with linear interpolation, equal to `numpy.percentile` on the pixels."""
        below = np.cumsum(self.counts)
        last = int(below[-1]) - 1
        found = []
        for percent in percents:
            rank = percent / 100 * last
            left = int(rank)
            ranks = (left, min(left + 1, last))
            lower, upper = (int(v) + self.first for v in np.searchsorted(below, ranks, side="right"))
            found.append(lower + (upper - lower) * (rank - left))
        return tuple(found)


def bit_patterns(data: NDArray[Any]) -> NDArray[Any]:
    """Integers as unsigned numbers with the same bits, to index tables with."""
    native = np.ascontiguousarray(data, dtype=data.dtype.newbyteorder("="))
    patterns: NDArray[Any] = native.view(f"u{data.dtype.itemsize}")
    return patterns


def value_counts(data: NDArray[Any]) -> ValueCounts | None:
    """Count the values of an 8 or 16 bit frame; None for other number types and for no pixels."""
    if data.dtype.kind not in "iu" or data.dtype.itemsize > 2 or data.size == 0:
        return None
    size = 1 << (8 * data.dtype.itemsize)
    plain = bit_patterns(data).ravel()
    counts = np.bincount(plain, minlength=size)
    shift = 0
    if data.dtype.kind == "i":  # bit patterns of negative numbers come last
        counts, shift = np.roll(counts, size // 2), size // 2
    used = np.flatnonzero(counts)
    return ValueCounts(int(used[0]) - shift, counts[used[0] : used[-1] + 1])


def sample_values(data: NDArray[Any], max_px: int = MAX_SAMPLE_PX) -> NDArray[Any]:
    """Finite values of a frame, 1-D; of large frames every k-th row and column."""
    step = int(np.ceil(np.sqrt(max(data.size / max_px, 1.0))))
    values = data[..., ::step, ::step].ravel()
    if values.dtype.kind == "f":
        finite = np.isfinite(values)
        if not finite.all():
            values = values[finite]
    return values


def percentiles(data: NDArray[Any], percents: tuple[float, ...]) -> tuple[float, ...]:
    """Percentiles of the finite pixels; NaN when there are none."""
    counted = value_counts(data)
    if counted is not None:
        return counted.percentiles(percents)
    values = sample_values(data)
    if values.size == 0:
        return (float("nan"),) * len(percents)
    return tuple(float(v) for v in np.percentile(values, percents))


def extremes(data: NDArray[Any]) -> tuple[float, float]:
    """Smallest and largest finite value of all pixels; NaN when there are none."""
    if data.size == 0:
        return float("nan"), float("nan")
    low, high = float(data.min()), float(data.max())
    if np.isfinite(low) and np.isfinite(high):
        return low, high
    finite = data[np.isfinite(data)]
    return (float(finite.min()), float(finite.max())) if finite.size else (float("nan"), float("nan"))


def frame_stats(data: NDArray[Any]) -> FrameStats:
    """Measure a frame.

    Parameters
    ----------
    data : ndarray, (H, W), any number type

    Returns
    -------
    FrameStats
        Exact for 8 and 16 bit frames and for all frames up to `MAX_SAMPLE_PX`; above, median, MAD and
        histogram of float frames come from an even grid of pixels. The extremes are always exact.
    """
    counted = value_counts(data)
    if counted is not None:
        return _stats_of_counts(counted)
    low, high = extremes(data)
    n_blank = int(data.size - np.isfinite(data).sum()) if data.dtype.kind == "f" else 0
    if np.isnan(low):
        nan = float("nan")
        return FrameStats(nan, nan, nan, nan, n_blank, Histogram(np.zeros(1, np.int64), np.array([0.0, 1.0])))
    values = sample_values(data)
    values = values if values.size else np.array([low, high])
    median = float(np.median(values))
    mad = float(np.median(np.abs(values - values.dtype.type(median))))
    counts, edges = np.histogram(values, HISTOGRAM_BINS, range=(low, high if high > low else low + 1.0))
    return FrameStats(low, high, median, mad, n_blank, Histogram(counts, edges.astype(np.float64)))


def _stats_of_counts(counted: ValueCounts) -> FrameStats:
    low, high = counted.first, counted.first + len(counted.counts) - 1
    (median,) = counted.percentiles((50.0,))
    distances = np.abs(np.arange(low, high + 1) - median) * 2  # halves at most: whole after doubling
    folded = ValueCounts(0, np.bincount(distances.astype(np.int64), weights=counted.counts).astype(np.int64))
    (mad,) = folded.percentiles((50.0,))
    return FrameStats(float(low), float(high), median, mad / 2, 0, _histogram_of_counts(counted))


def _histogram_of_counts(counted: ValueCounts) -> Histogram:
    """Bins of a whole number of values each, so that no bin looks emptier than its neighbour by chance."""
    width = -(-len(counted.counts) // HISTOGRAM_BINS)
    n_bins = -(-len(counted.counts) // width)
    padded = np.zeros(n_bins * width, np.int64)
    padded[: len(counted.counts)] = counted.counts
    edges = counted.first - 0.5 + width * np.arange(n_bins + 1, dtype=np.float64)
    return Histogram(padded.reshape(n_bins, width).sum(axis=1), edges)
