"""The folder of an evaluation: figures, a table per frame, plots."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np

from cirrus_core.files import write_text_atomic
from cirrus_core.training.evaluate import Evaluation
from cirrus_core.training.run_files import write_metrics

PER_FRAME_FILE = "per_frame.csv"


def write_report(folder: Path, evaluation: Evaluation) -> None:
    """Write ``metrics.json``, ``per_frame.csv``, ``per_frame.png`` and, with probabilities, ``roc.png``."""
    write_metrics(folder, evaluation.report())
    write_per_frame(folder / PER_FRAME_FILE, evaluation)
    _plot_per_frame(folder / "per_frame.png", evaluation)
    if evaluation.pooled.scored_probability:
        _plot_roc(folder / "roc.png", evaluation)


def write_per_frame(path: Path, evaluation: Evaluation) -> Path:
    """Write one line a frame as CSV, empty where a figure is undefined."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(evaluation.per_frame[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(evaluation.per_frame)
    write_text_atomic(path, text.getvalue())
    return path


def _plot_per_frame(path: Path, evaluation: Evaluation) -> None:
    from matplotlib.figure import Figure  # slow to import, and only needed here

    figure = Figure(figsize=(9, 3.6), dpi=120, layout="constrained")
    axes = figure.subplots()
    for name, label in (("iou", "cloud"), ("iou_clear", "clear")):
        values = [np.nan if f[name] is None else f[name] for f in evaluation.per_frame]
        axes.plot(values, ".", label=label)
    axes.set(xlabel="frame", ylabel="IoU", ylim=(0, 1.02))
    axes.legend()
    axes.grid(alpha=0.3)
    figure.savefig(path)


def _plot_roc(path: Path, evaluation: Evaluation) -> None:
    from matplotlib.figure import Figure

    histogram = evaluation.pooled.histogram
    figure = Figure(figsize=(4.2, 4), dpi=120, layout="constrained")
    axes = figure.subplots()
    rates = []
    for counts in (histogram.negative, histogram.positive):
        above = np.concatenate([[0], np.cumsum(counts[::-1])])
        rates.append(above / max(int(counts.sum()), 1))
    axes.plot(*rates)
    axes.plot([0, 1], [0, 1], ":", color="grey")
    axes.set(
        xlabel="clear called cloud", ylabel="cloud found", title=f"AUC {histogram.auc() or float('nan'):.4f}"
    )
    axes.grid(alpha=0.3)
    figure.savefig(path)
