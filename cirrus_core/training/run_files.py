"""The plain files of a training run beside card and weights: curves, metrics, split, plots."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from cirrus_core.datasets.manifest import Manifest
from cirrus_core.datasets.split import Split
from cirrus_core.files import write_text_atomic
from cirrus_core.training.curves import EpochRow

CURVES_FILE = "curves.csv"
METRICS_FILE = "metrics.json"
SPLIT_FILE = "split.json"


def write_curves(folder: Path, rows: Sequence[EpochRow]) -> Path:
    """Write ``curves.csv``: one line an epoch, empty where a figure is undefined."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([field.name for field in fields(EpochRow)])
    for row in rows:
        values = asdict(row).values()
        writer.writerow(["" if math.isnan(v) else v if isinstance(v, int) else f"{v:.6g}" for v in values])
    path = folder / CURVES_FILE
    write_text_atomic(path, text.getvalue())
    return path


def write_metrics(folder: Path, metrics: Mapping[str, Any]) -> Path:
    """Write ``metrics.json``."""
    path = folder / METRICS_FILE
    write_text_atomic(path, json.dumps(metrics, indent=2, allow_nan=False) + "\n")
    return path


def write_split(folder: Path, manifest: Manifest, split: Split) -> Path:
    """Write ``split.json``: which frames were learned from, and on which the scores were taken."""

    def listed(positions: Sequence[int]) -> list[dict[str, str]]:
        chosen = manifest.subset(positions).samples
        return [{"stem": s.stem, "checksum": s.checksum, "truth": s.truth} for s in chosen]

    parts = {part: listed(getattr(split, part)) for part in ("train", "validation", "test")}
    path = folder / SPLIT_FILE
    write_text_atomic(path, json.dumps({"fingerprint": manifest.fingerprint, **parts}, indent=1) + "\n")
    return path


def plot_curves(path: Path, rows: Sequence[EpochRow]) -> Path:
    """Draw loss and validation IoU over the epochs into a PNG."""
    from matplotlib.figure import Figure  # slow to import, and only needed here

    figure = Figure(figsize=(9, 3.6), dpi=120, layout="constrained")
    losses, overlaps = figure.subplots(1, 2)
    epochs = [row.epoch for row in rows]
    losses.plot(epochs, [row.train_loss for row in rows], label="training")
    losses.plot(epochs, [row.val_loss for row in rows], label="validation")
    losses.set(xlabel="epoch", ylabel="loss", yscale="log")
    overlaps.plot(epochs, [row.val_iou for row in rows], label="cloud")
    overlaps.plot(epochs, [row.val_iou_clear for row in rows], label="clear")
    overlaps.set(xlabel="epoch", ylabel="IoU on validation frames", ylim=(0, 1))
    for axes in (losses, overlaps):
        axes.legend()
        axes.grid(alpha=0.3)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path)
    return path
