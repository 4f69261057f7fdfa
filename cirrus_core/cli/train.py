"""``cirrus train``: from frames with masks to a model folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cirrus_core.cli.console import Output, console_context
from cirrus_core.cli.gather import gathered
from cirrus_core.cli.options import config_options, given, json_option
from cirrus_core.config import build
from cirrus_core.datasets.augment_config import AugmentConfig
from cirrus_core.errors import UsageError
from cirrus_core.models.model_store import find_model
from cirrus_core.models.specs import UNetConfig
from cirrus_core.training.config import TrainConfig

if TYPE_CHECKING:
    from cirrus_core.models.card import ModelCard


@click.group("train")
def train_group() -> None:
    """Train a model on frames with masks."""


@train_group.command("segment")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--out", type=click.Path(path_type=Path, file_okay=False), help="Model folder to write.", metavar="DIR"
)
@click.option("--init", metavar="MODEL", help="Model id or folder to start from.")
@click.option("--scratch", is_flag=True, help="Start from random weights (this is the default).")
@click.option(
    "--resume",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Go on with the unfinished training in this folder, with its own settings.",
)
@click.option("--bands", metavar="0,1,2", help="Bands of the frames to use. Default: all.")
@click.option(
    "--classes",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Class table of label pictures. Default: classes.toml beside them.",
)
@click.option(
    "--truth",
    type=click.Choice(["hand", "algorithm", "simulation"]),
    help="Who made the masks. Default: their headers tell it.",
)
@click.option("--title", default="", help="Name of the model for people.")
@click.option("--evaluate", is_flag=True, help="Print the scores on the frames kept from training.")
@click.option(
    "--previews",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for a PNG per validation and test frame: frame, truth, prediction.",
)
@config_options(TrainConfig)
@config_options(UNetConfig)
@config_options(AugmentConfig)
@json_option
@click.pass_obj
def segment_command(
    output: Output | None,
    /,
    *,
    paths: Sequence[str],
    out: Path | None,
    init: str | None,
    scratch: bool,
    resume: Path | None,
    bands: str | None,
    classes: Path | None,
    truth: Any,
    title: str,
    evaluate: bool,
    previews: Path | None,
    as_json: bool,
    **values: Any,
) -> int:
    """Train a network that marks clouds on the frames with masks at PATH.

    A folder holds frames with their mask files, or frames that carry their mask as HDU MASK or second HDU,
    or the folders images and labels with classes.toml; a project gives its approved frames. Ctrl-C
    finishes early and keeps the best weights; pressed twice it gives up, and --resume goes on.
    """
    settings = [name for name, value in {**values, "bands": bands}.items() if value is not None]
    folder = _folder(out, init, resume, scratch=scratch, settings=settings)
    config = build(TrainConfig, given(values, TrainConfig))
    augment = build(AugmentConfig, given(values, AugmentConfig))
    chosen_bands = _bands(bands)
    # Loading torch takes seconds: only once the request makes sense.
    from cirrus_core.training.loop import train_segment

    screen = output or Output()
    with (
        console_context(output, stoppable=True) as context,
        gathered(paths, truth=truth, classes=classes, context=context) as manifest,
    ):
        card = train_segment(
            config,
            manifest,
            folder,
            arch_config=given(values, UNetConfig),
            augment=augment,
            context=context,
            init=find_model(init) if init else None,
            resume=resume is not None,
            bands=chosen_bands,
            title=title,
            previews=previews,
        )
    if as_json:
        screen.report(card.model_dump(mode="json"))
    else:
        _tell(screen, card, folder, scores=evaluate)
    return 0


def _folder(
    out: Path | None, init: str | None, resume: Path | None, *, scratch: bool, settings: Sequence[str]
) -> Path:
    """The model folder to write; `UsageError` for options that contradict each other."""
    if resume is not None:
        if out is not None or init is not None or scratch or settings:
            raise UsageError(
                "--resume goes on in its own folder with its own settings.",
                "Leave out --out, --init, --scratch, --bands and all settings of the training.",
            )
        return resume
    if out is None:
        raise UsageError("No model folder was named.", "Add --out DIR.")
    if init is not None and scratch:
        raise UsageError("--init and --scratch contradict each other.", "Leave one of them out.")
    of_network = [k for k in settings if k in UNetConfig.model_fields or k in ("arch", "normalisation")]
    if init is not None and of_network:
        raise UsageError(
            f"--init keeps the network of its model; {', '.join(of_network)} would have no effect.",
            "Leave that out, or train from scratch.",
        )
    return out


def _bands(text: str | None) -> tuple[int, ...]:
    if text is None:
        return ()
    try:
        bands = tuple(int(part) for part in text.split(","))
    except ValueError:
        bands = (-1,)
    if min(bands) < 0:
        raise UsageError(f"'{text}' is no list of bands.", "Write band numbers from 0, such as 0,1,2.")
    return bands


def _tell(screen: Output, card: ModelCard, folder: Path, *, scores: bool) -> None:
    how = card.training
    screen.say(
        f"model {card.id}: {card.n_parameters} parameters, {how['epochs']} epochs in {how['seconds']:.0f} s, "
        f"best after epoch {how['best_epoch']}"
    )
    for score in card.scores if scores else ():
        figures = "  ".join(f"{name} {value:.4f}" for name, value in score.values.items())
        screen.say(f"{score.split}, {score.n_frames} frames, against {score.truth} masks: {figures}")
    screen.say(f"model folder: {folder}")
