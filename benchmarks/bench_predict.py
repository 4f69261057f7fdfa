"""Frames per second of prediction against the published network as a torch module, alternating in one run.

``make bench`` runs it with the others; alone, with a table:

    python benchmarks/bench_predict.py [--rounds N] [--threads N] [--model M]

One round is: a batch through the published network [64, 128, 256, 512] (torch module, all cores), the same
batch through `Predictor` (normalisation and network), and whole nights through `predict_frames` (reading,
network, two compressed files per frame, timeline). So a busy machine slows all of them alike.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from astropy.io import fits
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from cirrus_core.frames.night import Night
from cirrus_core.inference.night_run import predict_frames
from cirrus_core.inference.predictor import Predictor
from cirrus_core.models.build import build_model
from cirrus_core.models.model_store import find_model
from cirrus_core.models.specs import S1_WIDTHS

GRID = (128, 160)
S1_BATCH = 4
NIGHT_FRAMES = {GRID: 240, (512, 640): 48}
START = datetime(2026, 1, 1, tzinfo=UTC)


def cloudy_frame(shape: tuple[int, int], seed: int) -> NDArray[np.int16]:
    """Soft clouds of several scales over a noisy sky, ADU."""
    rng = np.random.default_rng(seed)
    scale = shape[0] / 128
    soft = sum(gaussian_filter(rng.normal(size=shape), s * scale) * s * scale for s in (4, 12, 30))
    return (3000 + 400 * np.asarray(soft) + rng.normal(0, 15, shape)).astype(np.int16)


def write_night(folder: Path, shape: tuple[int, int]) -> Night:
    """Write frames of one size and scan them."""
    folder.mkdir(parents=True)
    pictures = [cloudy_frame(shape, seed) for seed in range(12)]
    for i in range(NIGHT_FRAMES[shape]):
        header = fits.Header()
        header["DATE-OBS"] = (START + timedelta(seconds=10 * i)).strftime("%Y-%m-%dT%H:%M:%S")
        fits.writeto(folder / f"f{i:04d}.fits", np.roll(pictures[i % 12], 7 * i, axis=1), header)
    return Night.scan(folder)


@dataclass
class Race:
    """The contestants, and the seconds per frame of each in every round."""

    folder: Path
    model: str = "default"
    threads: int | None = None
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        torch.manual_seed(0)
        self.cores = os.cpu_count() or 1
        settings = {"widths": S1_WIDTHS, "norm": "none", "context": 0, "stem_stride": 1}
        self.published = build_model("unet", settings, bands=1, outputs=1).eval()
        self.predictor = Predictor(find_model(self.model), threads=self.threads)
        self.predictor_threads = torch.get_num_threads()
        self.batch = [cloudy_frame(GRID, seed) for seed in range(16)]
        self.nights = {shape: write_night(self.folder / f"{shape[0]}", shape) for shape in NIGHT_FRAMES}

    def run_published(self) -> None:
        """The published network on a batch of frames on its grid."""
        images = torch.from_numpy(np.stack(self.batch[:S1_BATCH]).astype(np.float32))[:, None] / 2**14
        torch.set_num_threads(self.cores)
        with torch.inference_mode():
            torch.sigmoid(self.published(images))

    def run_predictor(self) -> None:
        """`Predictor` alone, with all cores in the network."""
        torch.set_num_threads(self.cores)
        self.predictor.predict(self.batch)

    def run_night(self, shape: tuple[int, int]) -> None:
        """Everything that `cirrus predict` does after loading torch and the model."""
        torch.set_num_threads(self.predictor_threads)
        with tempfile.TemporaryDirectory(dir=self.folder) as out:
            report = predict_frames(self.nights[shape].frames, self.predictor, Path(out))
            assert report.done == len(self.nights[shape].frames)

    def round(self) -> None:
        """Run everything once."""
        self._time("published network, torch module", S1_BATCH, self.run_published)
        self._time("Predictor, in memory", len(self.batch), self.run_predictor)
        for shape, night in self.nights.items():
            name = f"predict with files, {shape[0]} x {shape[1]}"
            self._time(name, len(night.frames), partial(self.run_night, shape))

    def _time(self, name: str, n_frames: int, run: Callable[[], None]) -> None:
        started = time.perf_counter()
        run()
        self.seconds.setdefault(name, []).append((time.perf_counter() - started) / n_frames)

    def table(self) -> str:
        """Medians over the rounds, and how many times the published network's rate."""
        reference = self.seconds["published network, torch module"]
        lines = [f"{self.cores} cores, model {self.predictor.card.id}, {len(reference)} rounds; medians"]
        for name, values in self.seconds.items():
            ratio = statistics.median(r / v for r, v in zip(reference, values, strict=True))
            lines.append(f"{name:36s} {1 / statistics.median(values):8.1f} frames/s {ratio:7.1f} x")
        return "\n".join(lines)


def test_predict_against_the_published_network(benchmark: Any, tmp_path: Path, capsys: Any) -> None:
    race = Race(tmp_path)
    race.round()
    race.seconds.clear()
    benchmark.pedantic(race.round, rounds=5)
    benchmark.extra_info["table"] = race.table()
    with capsys.disabled():
        print("\n" + race.table())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--threads", type=int, default=None, help="of the network while files are written")
    parser.add_argument("--model", default="default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        race = Race(Path(folder), options.model, options.threads)
        race.round()
        race.seconds.clear()
        for _ in range(options.rounds):
            race.round()
        print(race.table())


if __name__ == "__main__":
    main()
