"""Fractal fields and cloud layers: power law, motion, evolution, coverage."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sky_drift import measured_shift

from cirrus_core.simulate.clouds import CloudKind, View, make_layer
from cirrus_core.simulate.fields import Shape, domain_px, moving_field

VIEW = View(altitude_deg=60.0, azimuth_deg=200.0, pixel_rad=0.0011)
DRAWN: tuple[CloudKind, ...] = ("cirrus", "cumulus", "overcast")


@pytest.mark.parametrize("slope", [3.0, 3.8])
def test_power_falls_with_the_stated_slope(slope: float) -> None:
    waves = np.abs(moving_field(np.random.default_rng(3), (512, 640), Shape(slope)).waves) ** 2
    n = len(waves)
    k = np.hypot(*np.meshgrid(np.fft.fftfreq(n) * n, np.fft.fftfreq(n) * n, indexing="ij"))
    bins = np.geomspace(12, n / 3, 9)
    mean_power = [waves[(k >= lo) & (k < hi)].mean() for lo, hi in itertools.pairwise(bins)]
    fitted = np.polyfit(np.log(np.sqrt(bins[:-1] * bins[1:])), np.log(mean_power), 1)[0]
    assert -fitted == pytest.approx(slope, abs=0.15)


def test_both_fields_are_standard_normal_and_independent_at_all_times() -> None:
    samples: list[list[np.ndarray]] = [[], []]
    for seed in range(60):
        field = moving_field(np.random.default_rng(seed), (32, 32), Shape(3.5), turnover_s=50.0)
        for values, part in zip(samples, field.at(37.0, (32, 32)), strict=True):
            values.append(part)
    first, second = (np.array(values) for values in samples)
    assert abs(first.mean()) < 0.2
    assert first.std() == pytest.approx(1.0, abs=0.1)
    assert second.std() == pytest.approx(1.0, abs=0.1)
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.15


@given(st.integers(-40, 40), st.integers(-40, 40))
def test_a_still_field_in_the_wind_is_moved_and_nothing_else(down: int, right: int) -> None:
    frame = (48, 64)
    field = moving_field(np.random.default_rng(5), frame, Shape(3.5), drift_px_s=(2.0 * down, 2.0 * right))
    still = type(field)(field.waves, np.zeros_like(field.turning), field.drift_px_s)
    side = domain_px(frame) - 2
    before, after = (still.at(t, (side, side))[0] for t in (0.0, 1.0))
    from_rows, to_rows = _overlap(side, 2 * down)
    from_cols, to_cols = _overlap(side, 2 * right)
    np.testing.assert_allclose(after[to_rows, to_cols], before[from_rows, from_cols], atol=2e-4)


def _overlap(size: int, shift: int) -> tuple[slice, slice]:
    """Where pixels that stay in view come from, and where they go."""
    kept = size - abs(shift)
    return slice(max(0, -shift), max(0, -shift) + kept), slice(max(0, shift), max(0, shift) + kept)


def test_a_cloud_that_comes_round_the_field_is_another_one() -> None:
    field = moving_field(np.random.default_rng(6), (96, 128), Shape(3.6), drift_px_s=(0.0, 10.0))
    period = domain_px((96, 128)) / 10.0
    now, soon, back = (field.at(t, (96, 128))[0].ravel() for t in (0.0, 0.02 * period, period))
    assert np.corrcoef(now, back)[0, 1] < 0.5
    shifted = field.at(0.02 * period, (96, 128))[0]
    still = field.at(0.0, (96, 128))[0]
    step = round(0.02 * period * 10.0)
    assert np.corrcoef(still[:, :-step].ravel(), shifted[:, step:].ravel())[0, 1] > 0.95
    assert not np.array_equal(now, soon)


@pytest.mark.parametrize("kind", DRAWN)
def test_layers_drift_as_wind_height_and_pointing_tell(kind: CloudKind) -> None:
    layer = make_layer(kind, np.random.default_rng(11), (256, 320), VIEW)
    # Independently: the layer's displacement in east-north-up, projected on the camera's two axes.
    azimuth, altitude, heading = np.radians([VIEW.azimuth_deg, VIEW.altitude_deg, layer.wind_to_deg])
    moved = layer.wind_m_s * np.array([np.sin(heading), np.cos(heading), 0.0])
    line = np.array(
        [np.cos(altitude) * np.sin(azimuth), np.cos(altitude) * np.cos(azimuth), np.sin(altitude)]
    )
    right = np.array([np.cos(azimuth), -np.sin(azimuth), 0.0])
    down = np.cross(line, right)
    down *= -np.sign(down[2])
    distance = 1000.0 * layer.base_km / np.sin(altitude)
    expected = np.array([moved @ down, moved @ right]) / distance / VIEW.pixel_rad
    np.testing.assert_allclose(layer.field.drift_px_s, expected, rtol=1e-9)

    time_s = 4.0 / np.hypot(*expected)
    first, second = (layer.field.at(t, (256, 320))[0] for t in (0.0, time_s))
    shift = measured_shift(first, second)
    np.testing.assert_allclose(shift, expected * time_s, atol=0.5)


@pytest.mark.parametrize("kind", DRAWN)
def test_emissivity_is_a_share_and_grows_with_the_amount(kind: CloudKind) -> None:
    layer = make_layer(kind, np.random.default_rng(4), (200, 200), VIEW)
    cover = []
    for amount in (0.0, 0.3, 0.7, 1.0):
        emissivity, height_km = layer.seen(10.0, (200, 200), amount=amount)
        assert emissivity.dtype == np.float32 and emissivity.shape == height_km.shape == (200, 200)
        assert emissivity.min() >= 0.0 and emissivity.max() <= 1.0
        cover.append(float((emissivity > 0).mean()))
    assert cover[0] == 0.0 and cover == sorted(cover) and cover[-1] > 0.0


def test_coverage_is_met_over_many_layers() -> None:
    asked, met = [], []
    for seed in range(80):
        layer = make_layer("cumulus", np.random.default_rng(seed), (64, 64), VIEW)
        asked.append(layer.coverage)
        met.append(float((layer.seen(0.0, (64, 64))[0] > 0).mean()))
    assert np.mean(met) == pytest.approx(np.mean(asked), abs=0.08)
    assert np.std(met) > 0.25, "frames range from few clouds to many"


def test_kinds_differ_as_they_do_in_the_sky() -> None:
    layers = {k: [make_layer(k, np.random.default_rng(s), (32, 32), VIEW) for s in range(10)] for k in DRAWN}
    thick = {k: np.mean([layer.seen(0.0, (32, 32))[0] for layer in chosen]) for k, chosen in layers.items()}
    assert thick["cirrus"] < thick["overcast"] and thick["overcast"] > 0.8
    assert min(layer.base_km for layer in layers["cirrus"]) > max(low.base_km for low in layers["cumulus"])
