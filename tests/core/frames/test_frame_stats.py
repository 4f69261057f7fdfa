"""Statistics against numpy on all pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats as scipy_stats

from cirrus_core.frames.stats import (
    MAX_SAMPLE_PX,
    extremes,
    frame_stats,
    percentiles,
    sample_values,
    value_counts,
)

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12)
SMALL_INTEGERS = st.sampled_from(["int8", "uint8", "int16", "uint16"]).flatmap(
    lambda d: hnp.arrays(d, SHAPES)
)


@given(SMALL_INTEGERS, st.lists(st.floats(0, 100), min_size=1, max_size=4))
def test_percentiles_by_counting_equal_numpy(data: np.ndarray[Any, Any], percents: list[float]) -> None:
    found = percentiles(data, tuple(percents))
    np.testing.assert_allclose(found, np.percentile(data.astype(np.float64), percents), rtol=1e-9, atol=1e-9)


@given(SMALL_INTEGERS)
def test_figures_of_integer_frames_are_exact(data: np.ndarray[Any, Any]) -> None:
    found = frame_stats(data)
    assert (found.low, found.high) == (data.min(), data.max())
    assert found.median == np.median(data)
    assert found.mad == scipy_stats.median_abs_deviation(data, axis=None)
    assert found.n_blank == 0 and found.histogram.counts.sum() == data.size
    assert found.constant == (data.min() == data.max())


@pytest.mark.parametrize("dtype", ["float32", "float64", "int32", ">f4", ">i2"])
def test_figures_of_other_frames(dtype: str) -> None:
    data = np.random.default_rng(3).normal(5000, 300, (64, 80)).astype(dtype)
    found = frame_stats(data)
    plain = data.astype(np.float64)
    assert (found.low, found.high) == (plain.min(), plain.max())
    assert found.median == pytest.approx(np.median(plain), rel=1e-7)
    assert found.mad == pytest.approx(scipy_stats.median_abs_deviation(plain, axis=None), rel=1e-5)
    counts, edges = found.histogram.counts, found.histogram.edges
    assert counts.sum() == data.size and len(edges) == len(counts) + 1
    peak = edges[int(counts.argmax())]
    assert 4000 < peak < 6000


def test_histogram_of_integers_counts_whole_values_per_bin() -> None:
    data = np.arange(2000, dtype=np.int16).reshape(40, 50) - 500
    histogram = frame_stats(data).histogram
    widths = np.diff(histogram.edges)
    assert np.all(widths == widths[0]) and widths[0] == round(widths[0])
    assert set(histogram.counts[:-1]) == {int(widths[0])}
    assert histogram.edges[0] == -500.5


def test_blank_pixels_do_not_count() -> None:
    data = np.array([[1, 2, np.nan], [np.inf, 3, 4]], np.float32)
    found = frame_stats(data)
    assert (found.low, found.high, found.median, found.n_blank) == (1, 4, 2.5, 2)
    assert extremes(data) == (1, 4)
    assert not found.all_blank


def test_a_frame_of_blanks_says_so() -> None:
    found = frame_stats(np.full((4, 5), np.nan, np.float32))
    assert found.all_blank and found.n_blank == 20 and np.isnan(found.low)
    assert found.histogram.counts.sum() == 0


@pytest.mark.parametrize("dtype", ["int16", "float32", "int32"])
def test_a_constant_frame(dtype: str) -> None:
    found = frame_stats(np.full((4, 5), 7, dtype))
    assert found.constant and (found.median, found.mad) == (7, 0)
    assert found.histogram.counts.sum() == 20


def test_large_float_frames_are_sampled_evenly() -> None:
    rows, columns = 1200, 1100
    data = np.add.outer(np.linspace(0, 1, rows), np.linspace(0, 1, columns)).astype(np.float32)
    data[0, 0] = np.nan
    sample = sample_values(data)
    assert sample.size <= MAX_SAMPLE_PX and np.isfinite(sample).all()
    exact = np.nanpercentile(data, (0.5, 50, 99.5))
    np.testing.assert_allclose(percentiles(data, (0.5, 50, 99.5)), exact, atol=2e-3)
    assert frame_stats(data).n_blank == 1


def test_only_small_integers_are_counted() -> None:
    assert value_counts(np.zeros((2, 2), np.float32)) is None
    assert value_counts(np.zeros((2, 2), np.int32)) is None
    assert value_counts(np.zeros((0, 2), np.int16)) is None
