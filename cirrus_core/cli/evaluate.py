"""``cirrus evaluate``: masks, probabilities or a model against truth."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cirrus_core.cli.console import Output, console_context
from cirrus_core.cli.gather import gathered
from cirrus_core.errors import UsageError
from cirrus_core.files import write_text_atomic
from cirrus_core.models.model_store import find_model

if TYPE_CHECKING:
    from cirrus_core.datasets.manifest import Sample
    from cirrus_core.training.evaluate import Evaluation, Prediction, PredictionSource

_WORDS = {
    "hand": "made by hand",
    "algorithm": "made by an algorithm: agreement shows imitation, not truth",
    "simulation": "exact, simulated",
}
_SHOWN = ("accuracy", "precision", "recall", "f1", "iou", "iou_clear", "error_rate", "bce", "auc", "macro_f1")


@click.command("evaluate")
@click.option("--truth", "truths", metavar="PATH", multiple=True, required=True, help="Frames with truth.")
@click.option("--pred", "preds", metavar="PATH", multiple=True, help="Folder or files with predictions.")
@click.option("--model", metavar="M", help="Model id or folder that predicts now.")
@click.option(
    "--truth-kind",
    type=click.Choice(["hand", "algorithm", "simulation"]),
    help="Who made the true masks. Default: their headers tell it.",
)
@click.option(
    "--classes",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Class table of label pictures. Default: classes.toml beside them.",
)
@click.option("--threshold", type=click.FloatRange(0, 1), help="Cloud from this probability on.")
@click.option(
    "--json", "json_file", metavar="FILE", help="Write all figures there ('-': stdout).", type=click.Path()
)
@click.option(
    "--report",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for figures, a table per frame and plots.",
)
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--threads", type=click.IntRange(1), help="Processor threads of the network.")
@click.pass_obj
def evaluate_command(
    output: Output | None,
    *,
    truths: Sequence[str],
    preds: Sequence[str],
    model: str | None,
    truth_kind: Any,
    classes: Path | None,
    threshold: float | None,
    json_file: str | None,
    report: Path | None,
    device: Any,
    threads: int | None,
) -> int:
    """Score predictions against truth, per frame and pooled over all pixels that are not 'unsure'.

    Truth and prediction are paired by name. The kind of truth is always told: agreement with masks that
    an algorithm made proves imitation only.
    """
    if bool(preds) == (model is not None):
        raise UsageError("Either predictions or a model are scored.", "Give --pred PATH or --model M.")
    folder = find_model(model) if model is not None else None
    from cirrus_core.training.evaluate import evaluate, stored_predictions
    from cirrus_core.training.report import write_report

    with (
        console_context(output) as context,
        gathered(truths, truth=truth_kind, classes=classes, context=context) as manifest,
    ):
        source: PredictionSource = (
            stored_predictions(preds, threshold=0.5 if threshold is None else threshold)
            if folder is None
            else _model_predictions(folder, threshold, device=device, threads=threads)
        )
        result = evaluate(manifest, source, context=context)
    values = result.report()
    if report is not None:
        write_report(report, result)
    if json_file == "-":
        (output or Output()).report(values)
    else:
        if json_file is not None:
            write_text_atomic(Path(json_file), json.dumps(values, indent=2, allow_nan=False) + "\n")
        _tell(output or Output(), result)
    for stem, reason in result.missing:
        click.echo(f"  not scored: {stem}: {reason}", err=True)
    return 1 if result.missing else 0


def _model_predictions(
    folder: Path, threshold: float | None, *, device: Any, threads: int | None
) -> PredictionSource:
    from cirrus_core.datasets.arrays import read_pixels
    from cirrus_core.inference.predictor import Predictor
    from cirrus_core.training.evaluate import from_probability

    predictor = Predictor(folder, device=device, threads=threads)
    limit = predictor.card.threshold if threshold is None else threshold

    def predict(sample: Sample) -> Prediction:
        return from_probability(predictor.predict([read_pixels(sample)])[0], threshold=limit)

    return predict


def _tell(screen: Output, result: Evaluation) -> None:
    parts = [(kind, scorer.result()) for kind, scorer in sorted(result.by_truth.items())]
    for kind, values in parts:
        screen.say(f"{values['n_frames']} frames, {values['n_pixels']} pixels, truth {_WORDS[kind]}")
        for name in _SHOWN:
            if name in values:
                screen.say(f"  {name:10s} {_number(values[name])}")
        for name, figures in values.get("per_class", {}).items():
            text = "  ".join(f"{key} {_number(value)}" for key, value in figures.items())
            screen.say(f"  {name}: {text}")
    if len(parts) > 1:
        screen.say("Figures against different kinds of truth do not compare; --json also holds them pooled.")


def _number(value: float | int | None) -> str:
    if value is None:
        return "undefined"
    return f"{value}" if isinstance(value, int) else f"{value:.4f}"
