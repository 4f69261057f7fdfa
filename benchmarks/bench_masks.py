"""Automatic masks against their plain definition, brush moves, undo, and mask files.

pytest benchmarks/bench_masks.py --benchmark-only
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from astropy.visualization import LogStretch, ZScaleInterval
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.filters import threshold_otsu

from cirrus_core.masks.auto.table import automask
from cirrus_core.masks.document import MaskDocument
from cirrus_core.masks.labels import Provenance
from cirrus_core.masks.raster import paint_segment
from cirrus_core.masks.store import read_mask, read_prob, write_mask, write_prob

Benchmark = Callable[..., Any]
Frames = list[NDArray[Any]]
REAL = Path(__file__).resolve().parents[2] / "shared" / "data"
SHAPES = [(128, 160), (512, 640)]
N_STROKES = 100


def plain_otsu_log(frame: NDArray[Any]) -> NDArray[np.bool_]:
    """The published recipe as one writes it with astropy and scikit-image."""
    stretched = LogStretch(a=100_000)(ZScaleInterval(contrast=0.9)(frame.astype(np.float64) / 2**14))
    return np.asarray(stretched > threshold_otsu(stretched))


def cloudy_sky(shape: tuple[int, int], seed: int = 0) -> NDArray[np.float64]:
    """Smooth clouds over noise, in ADU of a 14-bit camera."""
    rng = np.random.default_rng(seed)
    clouds = gaussian_filter(rng.normal(size=shape), shape[0] / 20)
    return np.asarray(700 + 300 * np.clip(clouds / clouds.std(), 0, None) + rng.normal(0, 6, shape))


def binned_frames() -> Frames:
    """The published frames in ADU, as `cirrus bin` writes them; simulated ones where those are absent."""
    paths = sorted((REAL / "lwiriseg").glob("*.fits.gz"))
    if not paths:
        return [cloudy_sky((128, 160), seed).astype(np.float32) for seed in range(50)]
    return [fits.getdata(path, 0).squeeze().astype(np.float32) * np.float32(2**14) for path in paths]


def raw_frames() -> Frames:
    """Full frames of the camera, 512 x 640 int16."""
    paths = sorted((REAL / "tau2_raw").glob("*.fits"))
    if not paths:
        return [cloudy_sky((512, 640), seed).astype(np.int16) for seed in range(4)]
    return [fits.getdata(path).astype(np.int16) for path in paths]


@pytest.mark.parametrize("method", [automask, plain_otsu_log], ids=["cirrus", "plain"])
@pytest.mark.parametrize("frames", [binned_frames, raw_frames], ids=["128x160", "512x640"])
def test_otsu_log(benchmark: Benchmark, method: Callable[..., Any], frames: Callable[[], Frames]) -> None:
    """One mask; divide one by it for masks per second."""
    benchmark.group = f"otsu-log {frames.__name__}"  # type: ignore[attr-defined]
    given = cycle(frames())
    assert all(np.array_equal(automask(f) == 1, plain_otsu_log(f)) for f in frames())
    benchmark(lambda: method(next(given)))


@pytest.mark.parametrize("radius", [5, 50, 300])
def test_brush_move(benchmark: Benchmark, radius: int) -> None:
    """One mouse move of 40 px at 2048 x 2048."""
    benchmark.group = "brush move, 2048 x 2048"  # type: ignore[attr-defined]
    document = MaskDocument(np.zeros((2048, 2048), np.uint8), stem="f", frame_sum="")
    rng = np.random.default_rng(0)
    moves = cycle([(p := rng.uniform(300, 1700, 2), p + rng.normal(0, 28, 2)) for _ in range(500)])
    document.begin_stroke("brush")

    def move() -> None:
        p0, p1 = next(moves)
        document.paint(lambda labels: paint_segment(labels, tuple(p0), tuple(p1), radius, 1))

    benchmark(move)


@pytest.mark.parametrize("shape", [(512, 640), (2048, 2048)], ids=["512x640", "2048x2048"])
def test_undo_of_100_strokes(benchmark: Benchmark, shape: tuple[int, int]) -> None:
    """Press, 30 moves and release; the bytes kept for 100 such strokes are in `extra_info`."""
    benchmark.group = "whole stroke of 30 moves"  # type: ignore[attr-defined]
    rng = np.random.default_rng(1)

    def stroke(document: MaskDocument) -> None:
        path = rng.uniform(0, shape) + np.cumsum(rng.normal(0, 15, (31, 2)), axis=0)
        radius, value = rng.uniform(5, 40), int(rng.integers(0, 2))
        document.begin_stroke("brush")
        for p0, p1 in pairwise(path):
            document.paint(lambda labels, p0=p0, p1=p1: paint_segment(labels, p0, p1, radius, value))  # type: ignore[misc]
        document.end_stroke()

    document = MaskDocument((cloudy_sky(shape) > 900).astype(np.uint8), stem="f", frame_sum="")
    for _ in range(N_STROKES):
        stroke(document)
    benchmark.extra_info["undo_bytes"] = document.history.n_bytes  # type: ignore[attr-defined]
    print(f"\n{N_STROKES} strokes at {shape}: {document.history.n_bytes / 1024:.0f} KiB of undo")
    benchmark(lambda: stroke(document))


@pytest.mark.parametrize("shape", [(512, 640), (2048, 2048)], ids=["512x640", "2048x2048"])
def test_undo_step(benchmark: Benchmark, shape: tuple[int, int]) -> None:
    """Undo and redo of a whole new mask, the largest step there is."""
    benchmark.group = "undo and redo of a whole mask"  # type: ignore[attr-defined]
    document = MaskDocument(np.zeros(shape, np.uint8), stem="f", frame_sum="")
    document.replace((cloudy_sky(shape) > 900).astype(np.uint8), action="automatic mask")
    benchmark(lambda: (document.undo(), document.redo()))


@pytest.mark.parametrize("shape", SHAPES, ids=["128x160", "512x640"])
@pytest.mark.parametrize("what", ["mask by hand", "mask", "prob", "read mask", "read prob"])
def test_files(benchmark: Benchmark, shape: tuple[int, int], what: str, tmp_path: Path) -> None:
    """Compressed files with header and checksums; masks by hand are forced to the disk."""
    benchmark.group = f"files {shape[0]} x {shape[1]}"  # type: ignore[attr-defined]
    sky = cloudy_sky(shape)
    prob = (1 / (1 + np.exp(-(gaussian_filter(sky, 2) - 850) / 30))).astype(np.float32)
    labels = (prob > 0.5).astype(np.uint8)
    header = fits.Header({f"KEY{i}": i * 1.5 for i in range(30)})
    now = datetime.now(UTC)
    model, manual = Provenance("model", "m", "", now, ""), Provenance("manual", "", "", now, "")
    mask_path, prob_path = tmp_path / "a.mask.fits.gz", tmp_path / "a.prob.fits.gz"
    write_mask(mask_path, labels, header=header, provenance=model)
    write_prob(prob_path, prob, header=header, provenance=model)
    actions: dict[str, Callable[[], object]] = {
        "mask by hand": lambda: write_mask(mask_path, labels, header=header, provenance=manual),
        "mask": lambda: write_mask(mask_path, labels, header=header, provenance=model),
        "prob": lambda: write_prob(prob_path, prob, header=header, provenance=model),
        "read mask": lambda: read_mask(mask_path),
        "read prob": lambda: read_prob(prob_path),
    }
    benchmark.extra_info["bytes"] = (prob_path if "prob" in what else mask_path).stat().st_size  # type: ignore[attr-defined]
    benchmark(actions[what])
