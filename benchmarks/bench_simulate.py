"""How long a simulated night takes, and its parts: one layer of cloud, one exposure. Frames of 512 x 640."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
from pytest_benchmark.fixture import BenchmarkFixture

from cirrus_core.simulate.camera import make_camera
from cirrus_core.simulate.lwir_sky import SimulateSkyConfig, simulate_night
from cirrus_core.simulate.sky import camera_temperatures, look, make_episode


def test_simulate_a_night_of_sixty_frames(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """With emissivity and mask files; the aim is under 20 s on two cores."""
    folders = (tmp_path / str(i) for i in itertools.count())
    benchmark.pedantic(lambda: simulate_night(SimulateSkyConfig(frames=60), next(folders)), rounds=2)


def test_look_at_a_cumulus_sky(benchmark: BenchmarkFixture) -> None:
    config = SimulateSkyConfig(clouds="cumulus")
    episode = make_episode(config, 0)
    benchmark(look, config, episode, 3)


def test_expose_a_frame(benchmark: BenchmarkFixture) -> None:
    config = SimulateSkyConfig()
    camera = make_camera(config.rng("camera"), config.shape)
    radiance = np.full(config.shape, 12.0, np.float32)
    at = camera_temperatures(config, 0.0)
    ffc_rng, rng = config.rng("flat field"), config.rng("frame")
    benchmark(lambda: camera.expose(radiance, now=at, at_ffc=at, ffc_rng=ffc_rng, rng=rng))
