"""What each kind of job does: thin adapters from parameters to one function of the engine.

The engine is imported inside the functions, so that a worker says that it lives before it loads torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cirrus_core.config import build
from cirrus_core.errors import FrameError
from cirrus_core.jobs.folder import JobFolder
from cirrus_core.jobs.params import PredictParams, SimulateParams, TrainParams, TuneParams
from cirrus_core.progress import TaskContext

if TYPE_CHECKING:
    from cirrus_core.datasets.manifest import Manifest

JobFunction = Callable[[Mapping[str, Any], JobFolder, TaskContext], dict[str, Any]]
"""(parameters, job folder, context) -> result, which must go through JSON."""


def train_segment(params: Mapping[str, Any], folder: JobFolder, context: TaskContext) -> dict[str, Any]:
    """Train a network; the result names the model folder."""
    from cirrus_core.datasets.augment_config import AugmentConfig
    from cirrus_core.models.model_store import new_model_folder
    from cirrus_core.training.config import TrainConfig

    wanted = build(TrainParams, params, what="job")
    config = build(TrainConfig, wanted.train, what="training")
    augment = build(AugmentConfig, wanted.augment, what="augmentation")
    manifest = _training_frames(wanted, folder, context)
    # Loading torch takes seconds: only once the request makes sense.
    from cirrus_core.training.loop import train_segment as train

    out = new_model_folder(folder.project.models, config.arch)
    try:
        card = train(config, manifest, out, arch_config=wanted.arch_config, augment=augment, context=context)
    except BaseException:
        # What is there may be resumed; an empty folder only confuses.
        with suppress(OSError):
            out.rmdir()
        raise
    return {"model": str(out), "model_id": card.id, "frames": len(manifest)}


def tune_segment(params: Mapping[str, Any], folder: JobFolder, context: TaskContext) -> dict[str, Any]:
    """Search for the best training settings; the result names the study and what was found."""
    from cirrus_core.datasets.augment_config import AugmentConfig
    from cirrus_core.tuning.config import TuneConfig
    from cirrus_core.tuning.plan import make_plan

    wanted = build(TuneParams, params, what="job")
    config = build(TuneConfig, wanted.tune, what="search")
    augment = build(AugmentConfig, wanted.augment, what="augmentation")
    make_plan(config, train=wanted.train, network=wanted.arch_config, augment=augment, bands=())
    manifest = _training_frames(wanted, folder, context)
    from cirrus_core.tuning.study import tune_segment as tune

    out = folder.project.study(wanted.study)
    report = tune(
        config,
        manifest,
        out,
        train=wanted.train,
        arch_config=wanted.arch_config,
        augment=augment,
        context=context,
    )
    return {"study": str(out), "best": report.best, "trials": len(report.trials), "frames": len(manifest)}


def predict_night(params: Mapping[str, Any], folder: JobFolder, context: TaskContext) -> dict[str, Any]:
    """Predict all frames of a night; frames that cannot be used are listed in the result."""
    from cirrus_core.frames.night import Night
    from cirrus_core.frames.night_index import NightIndex
    from cirrus_core.models.model_store import find_model

    wanted = build(PredictParams, params, what="job")
    model = find_model(wanted.model, folder.project.models)
    with NightIndex() as index:
        night = Night.scan(Path(wanted.night), index=index, context=context)
    from cirrus_core.inference.night_run import predict_frames, start_at
    from cirrus_core.inference.predictor import Predictor

    predictor = Predictor(model)
    out = folder.project.prediction(wanted.night_id, predictor.card.id)
    refs = start_at(night.frames, wanted.first)
    report = predict_frames(refs, predictor, out, threshold=wanted.threshold, context=context)
    if report.failed and not report.done:
        first = report.failed[0]
        raise FrameError(f"No frame could be predicted. {first.path.name}: {first.reason}", first.hint)
    context.artifact("predictions", out)
    return {
        "model_id": predictor.card.id,
        "predictions": str(out),
        "frames": report.total,
        "predicted": report.done,
        "failed": [{"frame": frame.path.name, "reason": frame.reason} for frame in report.failed],
    }


def simulate_sky(params: Mapping[str, Any], folder: JobFolder, context: TaskContext) -> dict[str, Any]:
    """Simulate a night with exact truth."""
    wanted = build(SimulateParams, params, what="job")
    from cirrus_core.simulate.lwir_sky import SimulateSkyConfig, simulate_night

    config = build(SimulateSkyConfig, wanted.config, what="simulation")
    night = simulate_night(config, Path(wanted.out), context)
    context.artifact("night", night)
    return {"night": str(night)}


JOB_KINDS: Mapping[str, JobFunction] = {
    "train_segment": train_segment,
    "tune_segment": tune_segment,
    "predict_night": predict_night,
    "simulate_sky": simulate_sky,
}


def _training_frames(wanted: TrainParams, folder: JobFolder, context: TaskContext) -> Manifest:
    from cirrus_core.datasets.sources import collect
    from cirrus_core.jobs.corrected import corrected_frames

    if wanted.sources:
        manifest = collect(wanted.sources)
    else:
        manifest = corrected_frames(folder.project.root, folder.root / "masks", context)
    for skipped in manifest.skipped:
        context.log(f"{skipped.path.name} is left out: {skipped.reason}", "warning")
    context.log(f"{len(manifest)} frames with masks (fingerprint {manifest.fingerprint})")
    return manifest
