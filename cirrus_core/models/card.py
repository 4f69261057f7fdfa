"""`ModelCard`: everything needed to rebuild a model and to know what to think of it. Torch-free."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from cirrus_core.config import Config
from cirrus_core.datasets.normalise_config import Normalisation
from cirrus_core.masks.labels import TruthKind


class DataSource(Config):
    """One set of frames a model was trained on."""

    name: str
    truth: TruthKind
    n_frames: int
    licence: str = ""
    source: str = ""


class Score(Config):
    """Figures taken on one set of frames, and against which kind of truth."""

    dataset: str
    truth: TruthKind
    split: str
    n_frames: int
    values: dict[str, float]


class ModelCard(Config):
    """The card beside the weights.

    `grid` is the (rows, columns) the network was trained at: other frames are brought there and the
    probability is brought back (see `inference.predictor`).
    """

    format: int = 1
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")
    title: str
    task: Literal["segment", "classify"] = "segment"
    arch: str
    arch_config: dict[str, Any]
    normalisation: Normalisation
    grid: tuple[int, int]
    bands: int = 1
    classes: tuple[str, ...] = ("clear", "cloud")
    threshold: float = Field(0.5, ge=0.0, le=1.0)
    n_parameters: int
    weights_sha256: str
    created: str
    parent: str | None = None
    data: tuple[DataSource, ...] = ()
    data_fingerprint: str = ""
    training: dict[str, Any] = Field(default_factory=dict)
    scores: tuple[Score, ...] = ()
    versions: dict[str, str] = Field(default_factory=dict)
    licence: str = "GPL-3.0-or-later"
    notes: str = ""
