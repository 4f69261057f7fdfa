"""What a finished training leaves behind: weights, scores and card."""

from __future__ import annotations

import platform
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from cirrus_core.datasets.manifest import Manifest
from cirrus_core.masks.labels import TruthKind
from cirrus_core.models.build import count_parameters
from cirrus_core.models.card import DataSource, ModelCard, Score
from cirrus_core.models.checkpoint import WEIGHTS_FILE, save_weights
from cirrus_core.models.model_store import write_card
from cirrus_core.training.batches import TensorData
from cirrus_core.training.metrics import Scorer
from cirrus_core.training.run_files import plot_curves, write_curves, write_metrics, write_split
from cirrus_core.training.setup import NetworkPlan, Prepared
from cirrus_core.training.trainer import Trainer


def write_model(
    out: Path,
    trainer: Trainer,
    manifest: Manifest,
    plan: NetworkPlan,
    prepared: Prepared,
    *,
    title: str,
    seconds: float,
) -> ModelCard:
    """Write the model folder with the best weights; the card comes last and makes it complete."""
    trainer.net.load_state_dict(trainer.best_weights)
    scores = _scores(trainer, manifest, prepared)
    sha256 = save_weights(trainer.net, out / WEIGHTS_FILE)
    write_split(out, manifest, prepared.split)
    write_curves(out, trainer.rows)
    plot_curves(out / "curves.png", trainer.rows)
    write_metrics(out, {f"{s.split} ({s.truth})": s.model_dump() for s in scores})
    card = ModelCard(
        id=model_id(out),
        title=title or f"Trained on {len(prepared.split.train)} frames",
        arch=plan.arch,
        arch_config=dict(plan.arch_config),
        normalisation=prepared.normalisation,
        grid=prepared.grid,
        bands=prepared.arrays.images.shape[1],
        classes=manifest.classes,
        threshold=0.5,
        n_parameters=count_parameters(trainer.net),
        weights_sha256=sha256,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        parent=plan.parent.id if plan.parent else None,
        data=data_sources(manifest),
        data_fingerprint=manifest.fingerprint,
        training=_how(trainer, prepared, seconds),
        scores=tuple(scores),
        versions={name: version(name) for name in ("cirrus-sky", "torch", "numpy")}
        | {"python": platform.python_version()},
    )
    write_card(out, card)
    return card


def model_id(folder: Path) -> str:
    """The folder's name as an id: small letters, digits and ``._-``."""
    name = re.sub(r"[^a-z0-9._-]+", "-", folder.resolve().name.lower()).strip("-._")
    return name[:80] or "model"


def data_sources(manifest: Manifest) -> tuple[DataSource, ...]:
    """How many frames come from which folder, by kind of truth."""
    counts = Counter((Path(s.night).name, s.truth) for s in manifest.samples)
    return tuple(
        DataSource(name=name, truth=truth, n_frames=n) for (name, truth), n in sorted(counts.items())
    )


def _how(trainer: Trainer, prepared: Prepared, seconds: float) -> dict[str, Any]:
    return {
        "config": trainer.config.model_dump(mode="json"),
        "augment": trainer.augment.model_dump(mode="json"),
        "epochs": len(trainer.rows),
        "best_epoch": trainer.best_epoch,
        "seconds": round(seconds, 1),
        "n_train": len(prepared.split.train),
        "n_validation": len(prepared.split.validation),
        "n_test": len(prepared.split.test),
    }


def _scores(trainer: Trainer, manifest: Manifest, prepared: Prepared) -> list[Score]:
    """Scores on validation and test frames, each kind of truth by itself."""
    scores = []
    for split in ("validation", "test"):
        positions: tuple[int, ...] = getattr(prepared.split, split)
        for truth in manifest.truth_kinds:
            chosen = tuple(i for i in positions if manifest.samples[i].truth == truth)
            if chosen:
                data = prepared.tensors(chosen, manifest)
                scores.append(_score(trainer, data, manifest, chosen, truth=truth, split=split))
    return scores


def _score(
    trainer: Trainer,
    data: TensorData,
    manifest: Manifest,
    positions: Sequence[int],
    *,
    truth: TruthKind,
    split: str,
) -> Score:
    scorer = Scorer(manifest.classes)
    probabilities = trainer.predict(data)
    for labels, probability in zip(data.labels.numpy(), probabilities, strict=True):
        scorer.add(labels, (probability > 0.5).astype(np.uint8), probability)
    values = {k: float(v) for k, v in scorer.result().items() if isinstance(v, float)}
    nights = sorted({Path(manifest.samples[i].night).name for i in positions})
    return Score(dataset=", ".join(nights), truth=truth, split=split, n_frames=len(positions), values=values)
