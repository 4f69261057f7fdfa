"""How long a simulated night takes: 12 frames of 512 x 640 with truth."""

from __future__ import annotations

from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture

from cirrus_core.simulate.lwir_sky import SimulateSkyConfig, simulate_night


def test_simulate_twelve_frames(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    benchmark.pedantic(simulate_night, (SimulateSkyConfig(frames=12), tmp_path), rounds=3)
