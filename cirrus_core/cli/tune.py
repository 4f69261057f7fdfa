"""``cirrus tune``: the search for the best training settings."""

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
from cirrus_core.models.specs import UNetConfig
from cirrus_core.training.config import TrainConfig
from cirrus_core.tuning.config import TuneConfig
from cirrus_core.tuning.plan import make_plan

if TYPE_CHECKING:
    from cirrus_core.tuning.report import StudyReport


@click.group("tune")
def tune_group() -> None:
    """Search for the settings with which a training succeeds best."""


@tune_group.command("segment")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the study; one that is there is gone on with.",
    metavar="DIR",
)
@click.option(
    "--classes",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Class table of label pictures. Default: classes.toml beside them.",
)
@config_options(TuneConfig)
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
    out: Path,
    classes: Path | None,
    as_json: bool,
    **values: Any,
) -> int:
    """Search for the settings with which a network marks the clouds at PATH best.

    PATH is as for `train segment`. Settings that are given are held fast; the preset names those that are
    varied. The folder then holds best.json, trials.csv and the model of the best trial. Ctrl-C ends the
    search after the running training; pressed twice it ends at once. The same command goes on with the study.
    """
    config = build(TuneConfig, given(values, TuneConfig))
    augment = build(AugmentConfig, given(values, AugmentConfig))
    train, network = given(values, TrainConfig), given(values, UNetConfig)
    # Wrong settings are told before frames are read and torch is loaded, which takes seconds.
    make_plan(config, train=train, network=network, augment=augment, bands=())
    from cirrus_core.tuning.study import tune_segment

    screen = output or Output()
    with (
        console_context(output, stoppable=True) as context,
        gathered(paths, truth=None, classes=classes, context=context) as manifest,
    ):
        report = tune_segment(
            config, manifest, out, train=train, arch_config=network, augment=augment, context=context
        )
    if as_json:
        screen.report(report.model_dump(mode="json"))
    else:
        _tell(screen, report, out)
    return 0


def _tell(screen: Output, report: StudyReport, out: Path) -> None:
    states = ("done", "pruned", "failed", "interrupted", "running")
    counted = ", ".join(f"{report.count(state)} {state}" for state in states if report.count(state))
    screen.say(f"study {report.study}: {counted}")
    best = report.best
    if best is None:
        return
    values = ", ".join(f"{name} {value}" for name, value in best["params"].items())
    screen.say(f"best: trial {best['trial']}, score {best['score']:.4f} with {values}")
    for row in sorted(report.trials, key=lambda row: -(row.score or 0.0))[:10]:
        if row.score is not None:
            screen.say(f"{row.number:5d}  {row.state:8s} {row.score:.4f}  {row.epochs:4d} epochs")
    screen.say(f"study folder: {out}")
