"""``cirrus predict``: probability and mask for every frame, and a timeline."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cirrus_core.cli.console import Output, console_context
from cirrus_core.cli.nights import rejected_report, scan
from cirrus_core.cli.options import json_option
from cirrus_core.errors import Cancelled
from cirrus_core.frames.night import Rejected
from cirrus_core.models.model_store import DEFAULT_MODEL, find_model
from cirrus_core.project.layout import ProjectLayout
from cirrus_core.project.project import Project
from cirrus_core.settings import default_project_dir

if TYPE_CHECKING:
    from cirrus_core.inference.night_run import RunReport


@click.command("predict")
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option(
    "--model", default=DEFAULT_MODEL, show_default=True, help="Model id, or a model folder.", metavar="M"
)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for masks, probabilities and timeline.",
)
@click.option("--batch-size", type=click.IntRange(1), help="Frames at once. Default: as memory allows.")
@click.option("--threshold", type=click.FloatRange(0, 1), help="Cloud from this probability on.")
@click.option("--exact", is_flag=True, help="Store probabilities as 32-bit floats instead of 8 bits.")
@click.option(
    "--previews",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for a PNG per frame, with the clouds outlined.",
)
@click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True, help="Where."
)
@click.option("--threads", type=click.IntRange(1), help="Processor threads of the network.")
@json_option
@click.pass_obj
def predict_command(
    output: Output | None,
    *,
    paths: Sequence[str],
    model: str,
    out: Path,
    batch_size: int | None,
    threshold: float | None,
    exact: bool,
    previews: Path | None,
    device: Any,
    threads: int | None,
    as_json: bool,
) -> int:
    """Predict where clouds are in the frames at PATH (files, folders, globs, projects; sizes may differ).

    Each frame gets a probability and a mask file in the folder of --out, and a row in timeline.csv there.
    Frames that this model has done before are not run again.
    """
    folder = find_model(model, _project_models(Path(paths[0])))
    with console_context(output, stoppable=True) as context:
        night = scan(paths, context)
        # Loading torch takes seconds: only once it is clear that there is work.
        from cirrus_core.inference.night_run import predict_frames
        from cirrus_core.inference.predictor import Predictor

        predictor = Predictor(folder, device=device, batch_size=batch_size, threads=threads)
        report = predict_frames(
            night.frames,
            predictor,
            out,
            threshold=threshold,
            context=context,
            exact=exact,
            previews=previews,
        )
    bad = [*night.rejected, *(Rejected(f.path, f.reason, f.hint) for f in report.failed)]
    screen = output or Output()
    if as_json:
        screen.report(_as_json(report, bad, model=predictor.card.id, out=out))
    else:
        _tell(screen, report, bad, out=out)
    if report.done + len(report.failed) < report.total:
        raise Cancelled(
            f"Stopped after {report.done} of {report.total} frames.", "Run the same command again to go on."
        )
    return 1 if bad else 0


def _project_models(path: Path) -> Path:
    """Where model ids are looked up: the project that holds the frames, else the user's own."""
    project = Project.find(path)
    return (project.layout if project else ProjectLayout(default_project_dir())).models


def _tell(screen: Output, report: RunReport, bad: Sequence[Rejected], *, out: Path) -> None:
    rate = f", {report.done / report.seconds:.0f} frames/s" if report.seconds > 0 and report.done else ""
    again = f" ({report.reused} were there already)" if report.reused else ""
    screen.say(f"{report.done} of {report.total} frames predicted{again} in {report.seconds:.1f} s{rate}")
    screen.say(f"masks and probabilities: {out}")
    screen.say(f"timeline: {report.timeline}")
    if bad:
        click.echo(f"{len(bad)} not predicted:", err=True)
    for item in bad:
        click.echo(f"  {item.path}: {item.reason} {item.hint}".rstrip(), err=True)


def _as_json(report: RunReport, bad: Sequence[Rejected], *, model: str, out: Path) -> dict[str, Any]:
    return {
        "model": model,
        "out": str(out),
        "timeline": str(report.timeline),
        "n_frames": report.total,
        "n_predicted": report.done,
        "n_reused": report.reused,
        "seconds": round(report.seconds, 3),
        "failed": [rejected_report(item) for item in bad],
    }
