"""What all trials of a study have in common. It is settled once, and kept with the study. Torch-free."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from cirrus_core.config import Config, build
from cirrus_core.datasets.augment_config import AugmentConfig
from cirrus_core.datasets.manifest import Manifest, Sample
from cirrus_core.datasets.split import Split
from cirrus_core.errors import DataError, UsageError
from cirrus_core.models.specs import UNetConfig
from cirrus_core.training.config import TrainConfig
from cirrus_core.tuning.config import PresetName, TuneConfig
from cirrus_core.tuning.space import Owner, SearchSpace, search_space

SCORE = "mean of val_iou and val_iou_clear at the epoch whose weights are kept"
"""What the search makes large. Not the validation loss: losses of different kinds cannot be compared."""

Part = Literal["train", "validation", "test"]


class Plan(Config):
    """The settings and the split of all trials; `train` and `network` are complete but for what is varied.

    `split` names frames by stem and checksum, so that it holds wherever they lie.
    """

    format: int = 1
    preset: PresetName
    train: dict[str, Any]
    network: dict[str, Any]
    augment: dict[str, Any]
    bands: tuple[int, ...]
    random_trials: int
    unpruned_trials: int
    unpruned_epochs: int
    sampler: str = "TPE, multivariate, constant liar"
    pruner: str = "median"
    score: str = SCORE
    fingerprint: str = ""
    split: dict[Part, tuple[str, ...]] = Field(default_factory=dict)

    @property
    def space(self) -> SearchSpace:
        """What is varied: of the preset, that which the user did not hold fast."""
        return search_space(self.preset).without({*self.train, *self.network})

    @property
    def seed(self) -> int:
        """Of split, weights and sampler."""
        return int(self.train["seed"])

    def with_split(self, manifest: Manifest, split: Split) -> Plan:
        """This plan, bound to the frames."""
        parts: dict[Part, tuple[int, ...]] = {
            "train": split.train,
            "validation": split.validation,
            "test": split.test,
        }
        names = {part: tuple(frame_name(manifest.samples[i]) for i in at) for part, at in parts.items()}
        return self.model_copy(update={"fingerprint": manifest.fingerprint, "split": names})

    def split_of(self, manifest: Manifest) -> Split:
        """The split as positions in `manifest`."""
        part_of = {name: part for part, names in self.split.items() for name in names}
        places: dict[Part, list[int]] = {"train": [], "validation": [], "test": []}
        for i, sample in enumerate(manifest.samples):
            places[part_of[frame_name(sample)]].append(i)
        return Split(*(tuple(places[part]) for part in ("train", "validation", "test")))

    def check_same(self, wanted: Plan, manifest: Manifest) -> None:
        """Refuse to go on with other frames or settings than the study was begun with.

        Raises
        ------
        DataError, UsageError
            Naming the first setting that differs.
        """
        if self.fingerprint != manifest.fingerprint:
            raise DataError(
                "The study in this folder was begun with other frames or masks.",
                "Go on with the same ones, or name another folder.",
            )
        for name in ("preset", "train", "network", "augment", "bands", *_SEARCH):
            mine, theirs = getattr(self, name), getattr(wanted, name)
            if mine == theirs:
                continue
            if isinstance(mine, dict):
                name = next(k for k in {**mine, **theirs} if mine.get(k) != theirs.get(k))
                mine, theirs = mine.get(name), theirs.get(name)
            raise UsageError(
                f"The study in this folder was begun with {name.replace('_', ' ')} {mine}, not {theirs}.",
                "Go on with the same settings, or name another folder.",
            )


_SEARCH = ("random_trials", "unpruned_trials", "unpruned_epochs")
_NOT_PLANNED = {"threads", "device"}
"""Settings of the computer rather than of the study: a resumed study may run on another one."""


def frame_name(sample: Sample) -> str:
    """Stem and checksum of a frame with its mask."""
    return f"{sample.stem} {sample.checksum}"


def make_plan(
    config: TuneConfig,
    *,
    train: Mapping[str, Any],
    network: Mapping[str, Any],
    augment: AugmentConfig,
    bands: tuple[int, ...],
) -> Plan:
    """The plan for settings that the user gave; what they leave open is the preset's, then the default.

    Raises
    ------
    UsageError
        If a setting is wrong, or nothing is left to vary or to end the search.
    """
    space = search_space(config.preset).without({*train, *network})
    if not space.dimensions:
        raise UsageError(
            f"Nothing is left of what the preset '{config.preset}' varies.",
            "Leave out a setting, or choose another preset.",
        )
    if not config.trials and not config.budget and space.limit is None:
        raise UsageError("Nothing says when the search ends.", "Give a number of trials or a budget of time.")
    whole = {
        "train": build(TrainConfig, {**space.fixed.get("train", {}), **train}, what="training"),
        "network": build(UNetConfig, {**space.fixed.get("network", {}), **network}, what="network"),
    }
    left_out = {*space.names, *_NOT_PLANNED}
    return Plan(
        preset=config.preset,
        train=whole["train"].model_dump(mode="json", exclude=left_out),
        network=whole["network"].model_dump(mode="json", exclude=left_out),
        augment=augment.model_dump(mode="json"),
        bands=bands,
        random_trials=config.random_trials,
        unpruned_trials=config.unpruned_trials,
        unpruned_epochs=config.unpruned_epochs,
    )


def trial_settings(
    plan: Plan, values: Mapping[Owner, Mapping[str, Any]]
) -> tuple[TrainConfig, dict[str, Any]]:
    """Training settings and network settings of one trial."""
    network = build(UNetConfig, {**plan.network, **values["network"]})
    return build(TrainConfig, {**plan.train, **values["train"]}), network.model_dump(mode="json")
