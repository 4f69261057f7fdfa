"""Opening nights, reading and stretching frames, changing grids."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from cirrus_core.frames.io.read import probe, read_frame
from cirrus_core.frames.night import Night
from cirrus_core.frames.night_index import NightIndex
from cirrus_core.frames.rebin import from_grid, to_grid
from cirrus_core.frames.stats import frame_stats
from cirrus_core.frames.stretch import StretchParams, find_cuts, stretch

Benchmark = Callable[..., Any]
NIGHT_FRAMES = 10_000
SHAPES = [(512, 640), (2048, 2048)]
TYPES = ["int16", "float32"]


@pytest.fixture(scope="module")
def long_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """10,000 small frames with headers like those of a Tau2 camera."""
    folder = tmp_path_factory.mktemp("night")
    data = np.zeros((16, 20), np.int16)
    names = ("FOCAL", "APERTURE", "PXSIZE", "LATOBS", "LONGOBS", "TS", "FPA-TEMP", "IN-TEMP", "AMB-TEMP")
    header = fits.Header({"CAMERA": "FLIR TAU2", **dict.fromkeys(names, 1.5), "DATE-OBS": "x" * 26})
    start = datetime(2023, 1, 23, 18)
    for i in range(NIGHT_FRAMES):
        header["DATE-OBS"] = (start + timedelta(seconds=3, microseconds=1) * i).isoformat()
        fits.PrimaryHDU(data, header).writeto(folder / f"frame_{i:05d}.fits")
    return folder


def test_open_night_of_10000_cold(benchmark: Benchmark, long_night: Path, tmp_path: Path) -> None:
    """Every header read; the files are in the system's cache."""
    index = tmp_path / "index.sqlite"

    def forget() -> None:
        index.unlink(missing_ok=True)

    def open_night() -> Night:
        with NightIndex(index) as opened:
            return Night.scan(long_night, index=opened)

    assert len(benchmark.pedantic(open_night, setup=forget, rounds=5)) == NIGHT_FRAMES  # type: ignore[attr-defined]


def test_open_night_of_10000_warm(benchmark: Benchmark, long_night: Path, tmp_path: Path) -> None:
    """From the index: one look at the folder."""

    def open_night() -> Night:
        with NightIndex(tmp_path / "index.sqlite") as opened:
            return Night.scan(long_night, index=opened)

    open_night()
    assert len(benchmark.pedantic(open_night, rounds=5)) == NIGHT_FRAMES  # type: ignore[attr-defined]


@pytest.fixture(
    scope="module", params=[(s, t) for s in SHAPES for t in TYPES], ids=lambda p: f"{p[0]}-{p[1]}"
)
def frame_file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    shape, kind = request.param
    path: Path = tmp_path_factory.mktemp("frame") / "a.fits"
    fits.writeto(path, np.random.default_rng(0).normal(6000, 500, shape).astype(kind))
    return path


def test_probe(benchmark: Benchmark, frame_file: Path) -> None:
    benchmark(probe, frame_file)


def test_read(benchmark: Benchmark, frame_file: Path) -> None:
    benchmark(read_frame, frame_file)


def test_read_with_astropy(benchmark: Benchmark, frame_file: Path) -> None:
    """For comparison: pixels in native byte order and the header."""

    def read() -> Any:
        with fits.open(frame_file, memmap=False) as hdus:
            data = hdus[0].data
            return data.astype(data.dtype.newbyteorder("=")), hdus[0].header

    benchmark(read)


def test_read_cut_and_stretch(benchmark: Benchmark, frame_file: Path) -> None:
    """All there is to do for a frame that is not cached, up to the picture."""
    params = StretchParams()

    def show() -> Any:
        data = read_frame(frame_file).data
        return stretch(data, params, find_cuts(data, params))

    benchmark(show)


def test_stretch(benchmark: Benchmark, frame_file: Path) -> None:
    params = StretchParams()
    data = read_frame(frame_file).data
    benchmark(stretch, data, params, find_cuts(data, params))


def test_stats(benchmark: Benchmark, frame_file: Path) -> None:
    benchmark(frame_stats, read_frame(frame_file).data)


def test_to_grid(benchmark: Benchmark, frame_file: Path) -> None:
    benchmark(to_grid, read_frame(frame_file).data, (128, 160))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_from_grid(benchmark: Benchmark, shape: tuple[int, int]) -> None:
    benchmark(from_grid, np.random.default_rng(0).uniform(0, 1, (128, 160)).astype(np.float32), shape)
