"""Build the bundled model again: simulate nights, train on them and on lwiriseg, score, write the folder.

    OMP_NUM_THREADS=2 python resources/build_default_model.py ../shared/data/lwiriseg [--work FOLDER]

About a quarter of an hour on two cores. Simulated nights are kept in --work and made only once. The model is
scored on nights and frames that it was not trained on, each kind of truth by itself; then
``resources/models/default`` is written: card, weights, curves.

The two sources contradict each other where a sky is clear or overcast all over: the published masks come from
a threshold of each frame and always split it in two; the simulation says what is there. The network sees from
noise and structure which case it has before it, so both are learned together.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray
from scipy.ndimage import affine_transform

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))  # the scores are those of the benchmark

from quality_simulated import (  # noqa: E402
    model_method,
    night_config,
    otsu_log,
    score,
    scores_by_kind,
    simulated,
    table,
    unseen_nights,
)

from cirrus_core.cli.console import ConsoleContext  # noqa: E402
from cirrus_core.datasets.arrays import load_arrays  # noqa: E402
from cirrus_core.datasets.augment_config import AugmentConfig  # noqa: E402
from cirrus_core.datasets.manifest import Manifest, Sample  # noqa: E402
from cirrus_core.datasets.sources import collect, make_manifest  # noqa: E402
from cirrus_core.datasets.split import Split, grouped_folds, near_duplicate_groups, thumbnails  # noqa: E402
from cirrus_core.frames.frame import pixel_checksum  # noqa: E402
from cirrus_core.frames.io.fits import read_fits  # noqa: E402
from cirrus_core.frames.io.read import read_frame  # noqa: E402
from cirrus_core.frames.night import Night  # noqa: E402
from cirrus_core.frames.rebin import block_mean  # noqa: E402
from cirrus_core.inference.predictor import Predictor  # noqa: E402
from cirrus_core.masks.labels import CLEAR, CLOUD, Provenance  # noqa: E402
from cirrus_core.masks.store import mask_name, write_mask  # noqa: E402
from cirrus_core.models.card import DataSource, ModelCard, Score  # noqa: E402
from cirrus_core.models.model_store import bundled_models, write_card  # noqa: E402
from cirrus_core.progress import TaskContext  # noqa: E402
from cirrus_core.simulate.clouds import CloudKind  # noqa: E402
from cirrus_core.simulate.lwir_sky import SimulateSkyConfig  # noqa: E402
from cirrus_core.training.config import TrainConfig  # noqa: E402
from cirrus_core.training.loop import train_segment  # noqa: E402

NIGHTS: dict[CloudKind, int] = {"none": 104, "cirrus": 192, "cumulus": 120, "overcast": 64}
"""Nights of each kind to train on; every eighth decides which weights are kept instead."""

NIGHT_FRAMES = 1
"""One frame of each night: those of one night share camera, weather and clouds."""

FIRST_SEED = 1001
GRID = (128, 160)
TRAIN = TrainConfig(epochs=40, batch_size=16, aug_batch_size=16, threads=2, device="cpu", seed=1)
# Only flips: the published masks depend on a frame's whole range of values, so a frame must not be cut.
FLIPS = AugmentConfig(rotation=0, shear=0, zoom=1, shift=0, flip=True)
REAL_WEIGHT = 8.0
"""Weight of a real frame in the loss: there are eight simulated ones for each."""

BACKGROUND_ADU = 10.0
THRESHOLD = SimulateSkyConfig().cloud_emissivity

SIMULATED = "simulated nights"
REAL = "lwiriseg"
REAL_SOURCE = (
    "Sommer, Kabalan & Brunet, IRIS-CloudDeep, published with Atmos. Meas. Tech. 18, 2083 (2025); "
    "masks by the automatic method otsu-log, not by hand"
)
NOTES = (
    "Trained on simulated nights with exact truth (emissivity from 0.1 on is cloud) and on published frames "
    "of a long-wave infrared camera (8-14 um) with masks of an algorithm, CC-BY-4.0. Figures against "
    "'simulation' say how well clouds are found in simulated frames, figures against 'algorithm' how well "
    "the published masks are imitated. There are no hand-labelled long-wave frames to score against. On a "
    "frame that is clear or overcast all over the two kinds of truth disagree: the algorithm always splits."
)
KEPT_FIGURES = ("accuracy", "precision", "recall", "f1", "iou", "iou_clear", "bce", "auc", "n_pixels")


def training_nights(folder: Path) -> tuple[list[Path], list[Path]]:
    """Simulated nights to learn from, and to choose the weights by."""
    seed = FIRST_SEED
    train: list[Path] = []
    validation: list[Path] = []
    for kind, n in NIGHTS.items():
        configs = {f"{kind}-{seed + i}": night_config(kind, seed + i, frames=NIGHT_FRAMES) for i in range(n)}
        for i, night in enumerate(simulated(folder, configs)):
            (validation if i % 8 == 7 else train).append(night)
        seed += n
    return train, validation


def varied(night: Path, folder: Path) -> Path:
    """Copies of a simulated night as cameras on other mounts and with other optics see it, on the grid.

    Each frame is turned by any angle, enlarged, and gets a smooth background: the simulated horizon is always
    below, real cameras turn with a telescope, and their housing shines unevenly. The truth stays exact: it is
    taken from the emissivity, moved in the same way.
    """
    out = folder / f"{night.name}-varied"
    for ref in Night.scan(night).frames:
        frame = read_frame(ref)
        target = out / f"{ref.stem}.fits"
        if (out / mask_name(ref.stem)).is_file():
            continue
        rng = np.random.default_rng([ref.index, *night.name.encode()])
        emissivity = read_fits(night / f"{ref.stem}.emis.fits.gz").data
        matrix, shift = _turned(rng, frame.shape)
        seen, emitted = (
            block_mean(affine_transform(np.float32(data), matrix, shift, order=1, mode="mirror"), 4)
            for data in (frame.data, emissivity)
        )
        pixels = seen + _background(rng, seen.shape)
        out.mkdir(parents=True, exist_ok=True)
        fits.writeto(target, pixels, frame.header, overwrite=True)
        labels = np.where(emitted >= THRESHOLD, np.uint8(CLOUD), np.uint8(CLEAR))
        write_mask(
            out / mask_name(ref.stem),
            labels,
            header=frame.header,
            provenance=Provenance(
                "simulation", f"emissivity>={THRESHOLD}", "", ref.time, pixel_checksum(pixels)
            ),
        )
    return out


def _turned(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Matrix and offset that turn about the centre and enlarge by 1 to 1.6."""
    angle, zoom = rng.uniform(0, 2 * np.pi), rng.uniform(1.0, 1.6)
    cos, sin = np.cos(angle) / zoom, np.sin(angle) / zoom
    matrix = np.array([[cos, -sin], [sin, cos]])
    centre = (np.array(shape) - 1) / 2
    return matrix, centre - matrix @ centre


def _background(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float32]:
    """A smooth surface of second order, ADU, of the size that real clear frames show."""
    y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in shape), indexing="ij")
    terms = np.stack([x, y, x * x, x * y, y * y])
    return np.tensordot(rng.normal(0.0, BACKGROUND_ADU, len(terms)), terms, axes=1).astype(np.float32)


def part_real(folder: Path) -> tuple[list[Sample], list[Sample], list[Sample]]:
    """Real frames for training, validation and test; near-duplicates stay together."""
    manifest = collect([folder])
    groups = near_duplicate_groups(thumbnails(load_arrays(manifest, GRID).images))
    folds = grouped_folds(groups, k=5)
    held_out = folds[0].validation
    rest = np.array(folds[0].train)
    inner = grouped_folds(groups[rest], k=8)[0]

    def chosen(positions: Iterable[int]) -> list[Sample]:
        return [manifest.samples[i] for i in positions]

    return (
        chosen(rest[list(inner.train)].tolist()),
        chosen(rest[list(inner.validation)].tolist()),
        chosen(held_out),
    )


def data_set(
    train_nights: list[Path], validation_nights: list[Path], train: list[Sample], validation: list[Sample]
) -> tuple[Manifest, Split]:
    """One manifest of everything, and who is for training and who for validation."""
    weighted = [replace(sample, weight=REAL_WEIGHT) for sample in (*train, *validation)]
    manifest = make_manifest([*collect([*train_nights, *validation_nights]).samples, *weighted])
    judges = {str(night) for night in validation_nights}
    judging_frames = {sample.frame_path for sample in validation}
    positions: tuple[list[int], list[int]] = ([], [])
    for i, sample in enumerate(manifest.samples):
        positions[sample.night in judges or sample.frame_path in judging_frames].append(i)
    return manifest, Split(tuple(positions[0]), tuple(positions[1]))


def scores(
    predictor: Predictor, work: Path, real_test: list[Sample], context: TaskContext
) -> tuple[Score, ...]:
    """Figures on what the model has not seen, each kind of truth by itself; told beside otsu-log's."""
    nights = unseen_nights(work)
    rows = scores_by_kind(nights, model_method(predictor))
    context.log(table(rows, "model, simulated"))
    context.log(table(scores_by_kind(nights, otsu_log), "otsu-log, simulated"))
    real = score(real_test, model_method(predictor)).result()
    context.log(table({REAL: real}, "model, imitation"))
    results = [_score(f"{SIMULATED}: {kind}", "simulation", values) for kind, values in rows.items()]
    return (*results, _score(REAL, "algorithm", real))


def _score(dataset: str, truth: Any, values: dict[str, Any]) -> Score:
    kept = {name: round(float(values[name]), 5) for name in KEPT_FIGURES if values.get(name) is not None}
    return Score(dataset=dataset, truth=truth, split="test", n_frames=values["n_frames"], values=kept)


def sources(manifest: Manifest) -> tuple[DataSource, ...]:
    """What the model was trained on, with licences."""
    n_real = sum(sample.truth == "algorithm" for sample in manifest.samples)
    last_seed = FIRST_SEED + sum(NIGHTS.values()) - 1
    return (
        DataSource(
            name=SIMULATED,
            truth="simulation",
            n_frames=len(manifest) - n_real,
            licence="GPL-3.0-or-later",
            source=f"cirrus simulate sky, seeds {FIRST_SEED} to {last_seed}, and turned copies",
        ),
        DataSource(name=REAL, truth="algorithm", n_frames=n_real, licence="CC-BY-4.0", source=REAL_SOURCE),
    )


def build(lwiriseg: Path, work: Path, out: Path) -> ModelCard:
    """Simulate, train, score and write the model folder `out`."""
    context = ConsoleContext()
    context.log(f"Simulating {sum(NIGHTS.values())} nights in {work}")
    train_nights, validation_nights = (
        [*nights, *(varied(night, work) for night in nights)] for nights in training_nights(work)
    )
    train, validation, test = part_real(lwiriseg)
    manifest, split = data_set(train_nights, validation_nights, train, validation)
    context.log(f"Training on {len(split.train)} frames, choosing by {len(split.validation)}")
    made = work / "made" / out.name
    shutil.rmtree(made, ignore_errors=True)
    card = train_segment(
        TRAIN, manifest, made, augment=FLIPS, split=split, context=context, title="Long-wave infrared sky"
    )
    predictor = Predictor(made, device="cpu", threads=TRAIN.threads)
    final = card.model_copy(
        update={"data": sources(manifest), "scores": scores(predictor, work, test, context), "notes": NOTES}
    )
    out.mkdir(parents=True, exist_ok=True)
    for name in ("weights.safetensors", "curves.csv", "curves.png"):
        shutil.copyfile(made / name, out / name)
    write_card(out, final)
    context.log(f"Written to {out}")
    return final


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lwiriseg", type=Path, help="folder with the published frames")
    parser.add_argument("--work", type=Path, help="where simulated nights are kept (0.5 GB)")
    parser.add_argument("--out", type=Path, default=bundled_models() / "default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        build(options.lwiriseg, options.work or Path(scratch), options.out)


if __name__ == "__main__":
    main()
