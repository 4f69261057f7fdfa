"""The parameters of each kind of job, and how to ask for one. Torch-free: the window uses it too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from cirrus_core.config import Config
from cirrus_core.jobs.spec import JobSpec
from cirrus_core.project.layout import NIGHT_ID


class TrainParams(Config):
    """Train a network that marks clouds; the model becomes a new folder in the job's project.

    Frames come from `sources` (files and folders with truth), or, without any, from the corrected frames
    of the project. `train`, `arch_config` and `augment` are values of the config models of training,
    architecture and augmentation.
    """

    sources: tuple[str, ...] = ()
    train: dict[str, Any] = Field(default_factory=dict)
    arch_config: dict[str, Any] = Field(default_factory=dict)
    augment: dict[str, Any] = Field(default_factory=dict)


class TuneParams(TrainParams):
    """Search for the best training settings, in the study of this name in the job's project.

    A study that is there is gone on with. `train` and `arch_config` are held fast; `tune` holds values of
    `TuneConfig`.
    """

    study: str = Field(pattern=NIGHT_ID)
    tune: dict[str, Any] = Field(default_factory=dict)


class PredictParams(Config):
    """Predict the frames of a night into the job's project, beginning with the one named `first` (its stem).

    `model` is a model folder or id; `threshold` None takes the model's own.
    """

    night: str
    night_id: str = Field(pattern=NIGHT_ID)
    model: str
    first: str = ""
    threshold: float | None = Field(None, ge=0.0, le=1.0)


class SimulateParams(Config):
    """Simulate a night into folder `out`; `config` holds values of `SimulateSkyConfig`."""

    out: str
    config: dict[str, Any] = Field(default_factory=dict)


def train_job(params: TrainParams, *, title: str) -> JobSpec:
    """Ask for a training."""
    return JobSpec(kind="train_segment", title=title, params=params.model_dump(mode="json"))


def tune_job(params: TuneParams) -> JobSpec:
    """Ask for a search."""
    title = f"Search settings: {params.study}"
    return JobSpec(kind="tune_segment", title=title, params=params.model_dump(mode="json"))


def predict_job(params: PredictParams) -> JobSpec:
    """Ask for the prediction of a night."""
    title = f"Predict {Path(params.night).name} with {Path(params.model).name}"
    return JobSpec(kind="predict_night", title=title, params=params.model_dump(mode="json"))


def simulate_job(params: SimulateParams) -> JobSpec:
    """Ask for a simulated night."""
    title = f"Simulate {Path(params.out).name}"
    return JobSpec(kind="simulate_sky", title=title, params=params.model_dump(mode="json"))
