"""``cirrus demo``: a sample project from nothing, so that a newcomer sees the whole loop at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from cirrus_core.cli.console import Output, console_context
from cirrus_core.cli.open import has_display, run_window
from cirrus_core.errors import CirrusError
from cirrus_core.progress import TaskContext

SAMPLE_SEED = 20230123
SAMPLE_FRAMES = 60


@dataclass(frozen=True, slots=True)
class Sample:
    """Where the sample lies."""

    project: Path
    night: Path
    predictions: Path


def build_sample(root: Path, context: TaskContext, *, frames: int = SAMPLE_FRAMES) -> Sample:
    """Make the sample project below `root`: a simulated night and its prediction by the bundled model.

    What is complete already is kept, so that a second call is quick and no correction is lost.
    """
    from cirrus_core.frames.night import Night
    from cirrus_core.inference.night_run import predict_frames
    from cirrus_core.inference.predictor import Predictor
    from cirrus_core.models.model_store import find_model
    from cirrus_core.project.project import Project
    from cirrus_core.simulate.lwir_sky import SimulateSkyConfig, simulate_night

    project = Project.open(root)
    night_folder = root / "nights" / "sample"
    if not _is_complete(night_folder, frames):
        context.log(f"Simulating a night of {frames} frames in {night_folder}")
        simulate_night(SimulateSkyConfig(frames=frames, seed=SAMPLE_SEED), night_folder, context)
    night = Night.scan(night_folder)
    predictor = Predictor(find_model("default"))
    predictions = project.layout.prediction(project.night_id(night_folder), predictor.card.id)
    if len(list(predictions.glob("*.mask.fits.gz"))) < len(night.frames):
        context.log(f"Predicting it with the bundled model '{predictor.card.title}'")
        report = predict_frames(night.frames, predictor, predictions, context=context)
        if report.failed:
            raise CirrusError(
                f"{len(report.failed)} frames of the sample night could not be predicted.",
                f"Remove {root} and run the demo again.",
            )
    return Sample(project=root, night=night_folder, predictions=predictions)


def _is_complete(night_folder: Path, frames: int) -> bool:
    # The simulator writes night.json last.
    return (night_folder / "night.json").is_file() and len(
        list(night_folder.glob("*.mask.fits.gz"))
    ) >= frames


@click.command("demo")
@click.option(
    "--dir",
    "root",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the sample project. Default: CIRRUS-demo in your home folder.",
)
@click.option("--headless", is_flag=True, help="Stop before the window and print where everything is.")
@click.pass_obj
def demo_command(output: Output, root: Path | None, *, headless: bool) -> int:
    """Build the sample project (a simulated night), predict it with the bundled model, open the window.

    Without a display the picture of the window is rendered to a PNG instead.
    """
    root = root or Path.home() / "CIRRUS-demo"
    with console_context(output) as context:
        sample = build_sample(root, context)
    output.say(f"project      {sample.project}")
    output.say(f"night        {sample.night}")
    output.say(f"predictions  {sample.predictions}")
    if headless:
        return 0
    arguments = [str(sample.night), "--project", str(sample.project)]
    if has_display():
        return run_window(arguments)
    picture = root / "window.png"
    code = run_window([*arguments, "--screenshot", str(picture), "--size", "1366x768"], offscreen=True)
    output.say(f"There is no display here; this is how the window looks: {picture}")
    return code
