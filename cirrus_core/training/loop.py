"""Training a segmenter: from a manifest to a model folder."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from cirrus_core.config import build
from cirrus_core.datasets.augment_config import AugmentConfig
from cirrus_core.datasets.manifest import Manifest
from cirrus_core.datasets.split import Split
from cirrus_core.errors import Cancelled, DataError, ModelError, UsageError
from cirrus_core.models.card import ModelCard
from cirrus_core.models.checkpoint import load_training_state, save_training_state
from cirrus_core.models.device import pick_device
from cirrus_core.models.model_store import CARD_FILE
from cirrus_core.progress import SilentContext, TaskContext
from cirrus_core.training.config import TrainConfig
from cirrus_core.training.previews import write_previews
from cirrus_core.training.result import write_model
from cirrus_core.training.setup import (
    NetworkPlan,
    Prepared,
    plan_network,
    prepare,
    set_threads,
)
from cirrus_core.training.trainer import Trainer

STATE_FILE = "training_state.safetensors"
"""Lies in the model folder while a training is unfinished."""


def train_segment(
    config: TrainConfig,
    manifest: Manifest,
    out: Path,
    *,
    arch_config: Mapping[str, Any] | None = None,
    augment: AugmentConfig | None = None,
    context: TaskContext | None = None,
    init: Path | None = None,
    resume: bool = False,
    split: Split | None = None,
    bands: tuple[int, ...] = (),
    title: str = "",
    previews: Path | None = None,
) -> ModelCard:
    """Train a network that marks clouds and write its model folder.

    Each epoch tells `context.metrics` the values of `training.curves.EpochRow`: train_loss, val_loss,
    val_accuracy, val_iou, val_iou_clear, lr. The weights with the lowest validation loss are kept.

    Parameters
    ----------
    config : TrainConfig
    manifest : Manifest
        Frames with truth.
    out : Path
        Model folder to write. It gets ``card.json`` last: a folder with a card is complete.
    arch_config : Mapping
        Settings of the architecture; absent ones take their defaults.
    augment : AugmentConfig
        How augmented copies are moved.
    context : TaskContext
        Listens, and may stop (the epoch is given up, the best so far is kept) or cancel.
    init : Path, optional
        Model folder to start from: its network, weights and normalisation are used.
    resume : bool
        Go on with the unfinished training in `out`, with its own settings; on the processor the result is
        the same, bit for bit, as without the interruption.
    split : Split, optional
        Frozen split; otherwise it is drawn by blocks of time.
    bands : tuple of int
        Bands of the frames to use; all, if empty.
    title : str
        Name for people; by default made from the number of frames.
    previews : Path, optional
        Folder for pictures of the validation and test frames with truth and prediction.

    Raises
    ------
    DataError, ModelError, UsageError
        If the frames, the start model or the settings do not fit, `out` is taken, or memory does not
        suffice.
    Cancelled
        If the user gave up; the last finished epoch can be resumed.
    """
    context = context or SilentContext()
    if not resume:
        _refuse_taken(out)
    state = _unfinished(out, manifest) if resume else None
    if state is not None:
        config, augment = build(TrainConfig, state["config"]), build(AugmentConfig, state["augment"])
        arch_config, bands = state["arch_config"], tuple(state["bands"])
        split = Split(*(tuple(part) for part in state["split"]))
        init = Path(state["init"]) if state["init"] else None
    augment = augment or AugmentConfig()
    set_threads(config.threads)
    plan = plan_network(config, arch_config or {}, init)
    prepared = prepare(
        config, manifest, normalisation=plan.normalisation, split=split, bands=bands, context=context
    )
    trainer = _trainer(config, augment, manifest, plan, prepared)
    if state is not None:
        trainer.restore(state["trainer"])
    settings = {
        "config": config.model_dump(mode="json"),
        "augment": augment.model_dump(mode="json"),
        "arch_config": dict(plan.arch_config),
        "bands": list(bands),
        "split": [list(prepared.split.train), list(prepared.split.validation), list(prepared.split.test)],
        "init": str(init) if init else "",
        "fingerprint": manifest.fingerprint,
    }
    started = time.monotonic()
    finished = _run(trainer, out / STATE_FILE, settings, context)
    if not trainer.rows:
        raise Cancelled("Stopped before the first epoch was finished: there is nothing to keep.")
    card = write_model(
        out, trainer, manifest, plan, prepared, title=title, seconds=time.monotonic() - started
    )
    if previews is not None:
        write_previews(previews, trainer, manifest, prepared)
        context.artifact("previews", previews)
    if finished:
        (out / STATE_FILE).unlink(missing_ok=True)
    context.artifact("model", out)
    return card


def _run(trainer: Trainer, state_file: Path, settings: dict[str, Any], context: TaskContext) -> bool:
    """Train epoch after epoch; False if the user asked to stop before the end."""
    while len(trainer.rows) < trainer.config.epochs and not trainer.should_stop_early():
        try:
            row = trainer.run_epoch(context)
        except (RuntimeError, MemoryError) as error:
            if not _is_out_of_memory(error):
                raise
            _shrink(trainer, context)
            continue
        if row is None:
            if trainer.rows:
                context.log(f"Stopped in epoch {len(trainer.rows) + 1}; the best weights so far are kept.")
            return False
        context.metrics(row.values(), step=row.epoch)
        save_training_state(state_file, {**settings, "trainer": trainer.state()})
    if len(trainer.rows) < trainer.config.epochs:
        context.log(
            f"Stopped early after epoch {len(trainer.rows)}: nothing better since epoch {trainer.best_epoch}."
        )
    return True


def _trainer(
    config: TrainConfig, augment: AugmentConfig, manifest: Manifest, plan: NetworkPlan, prepared: Prepared
) -> Trainer:
    return Trainer(
        plan.build(bands=prepared.arrays.images.shape[1], seed=config.seed),
        prepared.tensors(prepared.split.train, manifest),
        prepared.tensors(prepared.split.validation, manifest),
        config=config,
        augment=augment,
        device=pick_device(config.device),
    )


def _refuse_taken(out: Path) -> None:
    if (out / CARD_FILE).exists():
        raise UsageError(
            f"{out} holds a model already.", "A model is never overwritten: name another folder."
        )
    if (out / STATE_FILE).exists():
        raise UsageError(
            f"{out} holds a training that is not finished.", "Resume it, or name another folder."
        )


def _unfinished(out: Path, manifest: Manifest) -> dict[str, Any]:
    path = out / STATE_FILE
    if not path.is_file():
        raise ModelError(
            f"There is no unfinished training in {out}.",
            "Name the folder of a training that was interrupted.",
        )
    state = load_training_state(path)
    if state["fingerprint"] != manifest.fingerprint:
        raise DataError(
            f"The training in {out} was begun with other frames or masks.",
            "Resume it with the same ones, or start a new training from its model.",
        )
    return state


def _is_out_of_memory(error: BaseException) -> bool:
    # torch's allocator for the processor raises a plain RuntimeError.
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or "not enough memory" in str(error)


def _shrink(trainer: Trainer, context: TaskContext) -> None:
    if not trainer.halve_batches():
        raise ModelError(
            f"The memory does not suffice even for batches of {trainer.batch_size} frames.",
            "Choose a smaller batch size, grid or network.",
        )
    if trainer.device.type == "cuda":
        torch.cuda.empty_cache()
    context.log(f"Out of memory: going on with batches of {trainer.batch_size} frames.", "warning")
