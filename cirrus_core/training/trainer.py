"""One network in training: steps, validation, and the state from which it goes on bit for bit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from cirrus_core.datasets.augment_config import AugmentConfig
from cirrus_core.errors import ModelError
from cirrus_core.models.checkpoint import cpu_copy
from cirrus_core.progress import TaskContext
from cirrus_core.training.batches import TensorData, epoch_batches, n_batches
from cirrus_core.training.config import TrainConfig
from cirrus_core.training.curves import EpochRow
from cirrus_core.training.losses import loss_spec
from cirrus_core.training.metrics import Confusion
from cirrus_core.training.schedule import lr_factor


class Trainer:
    """Trains a network on data in memory.

    Parameters
    ----------
    net : nn.Module
        (N, C, h, w) -> logits (N, 1, h, w).
    train, validation : TensorData
        `validation` may be empty: then the training loss decides which weights are best.
    """

    def __init__(
        self,
        net: nn.Module,
        train: TensorData,
        validation: TensorData,
        *,
        config: TrainConfig,
        augment: AugmentConfig,
        device: torch.device,
    ) -> None:
        # Module.to has no overload for memory_format alone, hence the ignore.
        self.net = net.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.train, self.validation = train, validation
        self.config, self.augment, self.device = config, augment, device
        self.batch_size = config.batch_size
        kind = torch.optim.Adam if config.optimizer == "adam" else torch.optim.AdamW
        self.optimizer = kind(self.net.parameters(), lr=config.lr, weight_decay=config.weight_decay)
        self.loss = loss_spec(config.loss).function
        self.generator = torch.Generator().manual_seed(config.seed)
        self.rows: list[EpochRow] = []
        self.best_weights = cpu_copy(self.net)
        self.best_loss, self.best_epoch = math.inf, 0

    def run_epoch(self, context: TaskContext) -> EpochRow | None:
        """Train one epoch and validate; None if the user asked to stop before its end.

        Raises
        ------
        Cancelled
            When the user gave up.
        ModelError
            When the loss is no number any more.
        """
        train_loss = self._train_epoch(context)
        if train_loss is None:
            return None
        epoch = len(self.rows) + 1
        val_loss, counts = self.validate() if len(self.validation) else (math.nan, Confusion())
        scores = {k: math.nan if v is None else v for k, v in counts.scores().items()}
        lr = self.optimizer.param_groups[0]["lr"]
        row = EpochRow(
            epoch, train_loss, val_loss, scores["accuracy"], scores["iou"], scores["iou_clear"], lr
        )
        self.rows.append(row)
        deciding = val_loss if len(self.validation) else train_loss
        if deciding < self.best_loss:
            self.best_loss, self.best_epoch = deciding, epoch
            self.best_weights = cpu_copy(self.net)
        return row

    def _train_epoch(self, context: TaskContext) -> float | None:
        self.net.train()
        done, steps = len(self.rows), n_batches(len(self.train), self.batch_size)
        total, weight = 0.0, 0
        batches = epoch_batches(
            self.train,
            batch_size=self.batch_size,
            aug_batch_size=round(self.config.aug_batch_size * self.batch_size / self.config.batch_size),
            config=self.augment,
            generator=self.generator,
        )
        for step, batch in enumerate(batches):
            context.check_cancelled()
            if context.stop_requested():
                return None
            factor = lr_factor(self.config.schedule, epoch=done + step / steps, epochs=self.config.epochs)
            loss = self._step(batch.to(self.device), lr=self.config.lr * factor)
            total, weight = total + loss * len(batch), weight + len(batch)
            context.progress(
                done * steps + step + 1,
                self.config.epochs * steps,
                f"epoch {done + 1} of {self.config.epochs}",
            )
        return total / weight

    def _step(self, batch: TensorData, *, lr: float) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.net(batch.images), batch.labels, batch.weights)
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        value = loss.item()
        if not math.isfinite(value):
            raise ModelError(
                f"The training diverged in epoch {len(self.rows) + 1}: its loss is no number any more.",
                "Choose a lower learning rate.",
            )
        return value

    def validate(self) -> tuple[float, Confusion]:
        """Loss and confusion over the validation frames."""
        self.net.eval()
        counts, total = Confusion(), 0.0
        with torch.inference_mode():
            for positions in torch.split(torch.arange(len(self.validation)), self.config.val_batch_size):
                batch = self.validation.take(positions).to(self.device)
                logits = self.net(batch.images)
                total += self.loss(logits, batch.labels, batch.weights).item() * len(batch)
                predicted = (logits.squeeze(1) > 0).to(torch.uint8)
                counts.add(batch.labels.cpu().numpy(), predicted.cpu().numpy())
        return total / len(self.validation), counts

    def predict(self, data: TensorData) -> NDArray[np.float32]:
        """Probability of cloud (N, h, w) on the network's own grid."""
        self.net.eval()
        parts = []
        with torch.inference_mode():
            for positions in torch.split(torch.arange(len(data)), self.config.val_batch_size):
                batch = data.take(positions).to(self.device)
                parts.append(torch.sigmoid(self.net(batch.images)[:, 0]).cpu().numpy())
        return np.concatenate(parts)

    def should_stop_early(self) -> bool:
        """True when `patience` epochs have brought nothing better."""
        return 0 < self.config.patience <= len(self.rows) - self.best_epoch

    def halve_batches(self) -> bool:
        """Use half the batch from now on; False if that has been done before or cannot be done."""
        if self.batch_size < self.config.batch_size or self.batch_size < 2:
            return False
        self.batch_size //= 2
        return True

    def state(self) -> dict[str, Any]:
        """Everything that the next epoch depends on."""
        return {
            "model": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "generator": self.generator.get_state(),
            "batch_size": self.batch_size,
            "rows": [asdict(row) for row in self.rows],
            "best_weights": self.best_weights,
            "best_loss": self.best_loss,
            "best_epoch": self.best_epoch,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go back to a `state`."""
        self.net.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.generator.set_state(state["generator"])
        self.batch_size = state["batch_size"]
        self.rows = [EpochRow(**row) for row in state["rows"]]
        self.best_weights = dict(state["best_weights"])
        self.best_loss, self.best_epoch = state["best_loss"], state["best_epoch"]
