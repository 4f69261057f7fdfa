"""A model and `otsu-log` against the exact truth of simulated nights that no model has seen.

    python benchmarks/quality_simulated.py [--model default] [--nights FOLDER] [--json FILE]

Four nights of each kind of cloud, each with its own camera, weather and pointing; the seeds are set apart
(`TEST_SEEDS`), and the bundled model's card names those it was trained on. Scores are pooled over all pixels
of a kind, at full size, 512 x 640. The nights are kept in --nights and made only once.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cirrus_core.datasets.manifest import Sample
from cirrus_core.datasets.sources import collect
from cirrus_core.datasets.truth import read_labels
from cirrus_core.frames.io.fits import read_fits
from cirrus_core.inference.predictor import Predictor
from cirrus_core.masks.auto.table import automask
from cirrus_core.models.model_store import find_model
from cirrus_core.simulate.clouds import KINDS, CloudKind
from cirrus_core.simulate.lwir_sky import SimulateSkyConfig, simulate_night
from cirrus_core.training.evaluate import Prediction, from_probability
from cirrus_core.training.metrics import Scorer

TEST_SEEDS: dict[CloudKind, tuple[int, ...]] = {
    kind: tuple(range(9001 + 10 * i, 9005 + 10 * i)) for i, kind in enumerate(KINDS)
}
NIGHT_FRAMES = 12
COLUMNS = ("accuracy", "precision", "recall", "iou", "iou_clear")

Method = Callable[[NDArray[Any]], Prediction]


def night_config(kind: CloudKind, seed: int, *, frames: int = NIGHT_FRAMES) -> SimulateSkyConfig:
    """A night with weather, pointing and pace drawn from its seed."""
    rng = np.random.default_rng([seed, 20260101])
    return SimulateSkyConfig(
        frames=frames,
        seed=seed,
        clouds=kind,
        interval_s=round(float(rng.uniform(10, 90)), 1),
        altitude_deg=round(float(rng.uniform(30, 85)), 1),
        ground_c=round(float(rng.uniform(-10, 20)), 1),
        precipitable_water_cm=round(float(np.exp(rng.uniform(np.log(0.3), np.log(3.0)))), 2),
    )


def simulated(folder: Path, configs: Mapping[str, SimulateSkyConfig]) -> list[Path]:
    """Make the nights named in `configs` below `folder`, those that are not there yet."""
    nights = []
    for name, config in configs.items():
        night = folder / name
        record = night / "night.json"  # written last
        if not record.is_file() or json.loads(record.read_text())["config"] != config.model_dump():
            simulate_night(config, night)
        nights.append(night)
    return nights


def unseen_nights(folder: Path) -> dict[CloudKind, list[Path]]:
    """The nights that scores are taken on, by kind of cloud."""
    return {
        kind: simulated(folder, {f"test-{kind}-{seed}": night_config(kind, seed) for seed in seeds})
        for kind, seeds in TEST_SEEDS.items()
    }


def model_method(predictor: Predictor) -> Method:
    """Masks by a model, at its own threshold."""
    return lambda frame: from_probability(predictor.predict([frame])[0], threshold=predictor.card.threshold)


def otsu_log(frame: NDArray[Any]) -> Prediction:
    """Masks by the automatic method."""
    return Prediction(automask(frame, "otsu-log"))


def score(samples: Iterable[Sample], method: Method) -> Scorer:
    """Pool the scores of a method over samples, at the frames' own size."""
    scorer = Scorer()
    for sample in samples:
        prediction = method(read_fits(sample.frame_path, sample.hdu).data)
        scorer.add(read_labels(sample), prediction.labels, prediction.probability)
    return scorer


def scores_by_kind(nights: Mapping[CloudKind, list[Path]], method: Method) -> dict[str, dict[str, Any]]:
    """Figures for each kind of cloud, and for all together under ``"all"``."""
    samples = {kind: collect(folders).samples for kind, folders in nights.items()}
    rows = {str(kind): score(chosen, method).result() for kind, chosen in samples.items()}
    everything = [sample for chosen in samples.values() for sample in chosen]
    return {**rows, "all": score(everything, method).result()}


def table(rows: Mapping[str, Mapping[str, Any]], title: str) -> str:
    """The figures as text; '-' where a figure is undefined (no such pixels)."""
    lines = [f"{title:22s} frames " + " ".join(f"{name:>10s}" for name in COLUMNS)]
    for kind, values in rows.items():
        figures = ("-" if values[name] is None else f"{values[name]:.4f}" for name in COLUMNS)
        lines.append(f"  {kind:20s} {values['n_frames']:6d} " + " ".join(f"{f:>10s}" for f in figures))
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default="default")
    parser.add_argument("--nights", type=Path, help="where the test nights are kept")
    parser.add_argument("--json", type=Path, help="write all figures there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        nights = unseen_nights(options.nights or Path(scratch))
        predictor = Predictor(find_model(options.model))
        results = {
            f"model {predictor.card.id}": scores_by_kind(nights, model_method(predictor)),
            "otsu-log": scores_by_kind(nights, otsu_log),
        }
    for name, rows in results.items():
        print(table(rows, name))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
