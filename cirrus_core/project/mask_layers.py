"""`MaskLayers`: the masks of one night, hand-made before predicted before automatic.

Each layer has its own folder, so no prediction and no automatic mask can take the place of hand work.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cirrus_core.errors import ProjectError
from cirrus_core.masks.store import StoredMask, find_mask, find_prob, mask_name, prob_name, read_mask
from cirrus_core.project.layout import ProjectLayout

Layer = Literal["manual", "pred", "auto"]


@dataclass(frozen=True, slots=True)
class MaskLayers:
    """Where the masks of one night are written and looked for."""

    layout: ProjectLayout
    night_id: str

    def manual_path(self, stem: str) -> Path:
        """Where the hand-made mask of a frame is written. Only the window does so."""
        return self.layout.manual(self.night_id) / mask_name(stem)

    def auto_path(self, stem: str) -> Path:
        """Where the automatic mask of a frame is written."""
        return self.layout.auto(self.night_id) / mask_name(stem)

    def pred_mask_path(self, stem: str, model_id: str) -> Path:
        """Where the mask predicted by a model is written."""
        return self._prediction(model_id) / mask_name(stem)

    def pred_prob_path(self, stem: str, model_id: str) -> Path:
        """Where the probability predicted by a model is written."""
        return self._prediction(model_id) / prob_name(stem)

    def find_manual(self, stem: str) -> Path | None:
        """The hand-made mask of a frame, compressed or plain; None when there is none."""
        return find_mask(self.layout.manual(self.night_id), stem)

    def find_auto(self, stem: str) -> Path | None:
        """The automatic mask of a frame; None when there is none."""
        return find_mask(self.layout.auto(self.night_id), stem)

    def find_pred(self, stem: str, model_id: str | None = None) -> Path | None:
        """The predicted mask of a frame: by `model_id`, else the newest one; None when there is none."""
        models = self.models_with(stem) if model_id is None else [model_id]
        return find_mask(self._prediction(models[0]), stem) if models else None

    def find_prob(self, stem: str, model_id: str | None = None) -> Path | None:
        """The predicted probability of a frame, chosen as in `find_pred`."""
        models = self.models_with(stem) if model_id is None else [model_id]
        return find_prob(self._prediction(models[0]), stem) if models else None

    def models_with(self, stem: str) -> list[str]:
        """Ids of the models that predicted this frame, the newest prediction first."""
        folder = self.layout.predictions(self.night_id)
        if not folder.is_dir():
            return []
        found = [(mask.stat().st_mtime_ns, f.name) for f in folder.iterdir() if (mask := find_mask(f, stem))]
        return [name for _, name in sorted(found, reverse=True)]

    def best(self, stem: str, model_id: str | None = None) -> tuple[Layer, Path] | None:
        """The mask to show for a frame and the layer it comes from: manual, else pred, else auto."""
        if path := self.find_manual(stem):
            return "manual", path
        if path := self.find_pred(stem, model_id):
            return "pred", path
        path = self.find_auto(stem)
        return ("auto", path) if path else None

    def load_best(self, stem: str, model_id: str | None = None) -> StoredMask | None:
        """Read the mask that `best` names; None when the frame has none.

        Raises
        ------
        MaskError
            If that file is damaged. No other layer is shown in its place: saving over it would destroy
            what could still be rescued.
        """
        found = self.best(stem, model_id)
        return read_mask(found[1]) if found else None

    def _prediction(self, model_id: str) -> Path:
        if not model_id or model_id in (".", "..") or "/" in model_id or "\\" in model_id:
            raise ProjectError(f"'{model_id}' cannot be the id of a model.", "Is its card damaged?")
        return self.layout.prediction(self.night_id, model_id)
