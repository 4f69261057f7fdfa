"""What a prediction leaves per frame: reading the frame, and its probability and mask file. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from cirrus_core import __version__
from cirrus_core.errors import MaskError
from cirrus_core.frames.frame import FrameRef
from cirrus_core.frames.io.read import read_frame
from cirrus_core.frames.rebin import from_grid
from cirrus_core.inference.prepare import prepare_frame
from cirrus_core.inference.preview import stretched_picture, write_preview
from cirrus_core.masks.labels import CLEAR, CLOUD, UNSURE, Provenance, cloud_fraction
from cirrus_core.masks.store import mask_name, prob_name, read_mask, read_prob, write_mask, write_prob
from cirrus_core.models.card import ModelCard

_STORED_STEP = 1.0 / 255.0  # one step of the 8-bit probability file


@dataclass(frozen=True, slots=True)
class PredictionTask:
    """What every frame of one run has in common."""

    card: ModelCard
    out: Path
    threshold: float
    exact: bool = False
    previews: Path | None = None

    def provenance(self, frame_sum: str) -> Provenance:
        """Who made a prediction: the model, and exactly which weights."""
        return Provenance(
            source="model",
            method=self.card.id,
            editor=f"CIRRUS {__version__}, weights {self.card.weights_sha256[:12]}",
            date=datetime.now(UTC),
            frame_sum=frame_sum,
        )


@dataclass(frozen=True, eq=False, slots=True)
class OpenFrame:
    """A frame between being read and its files being written.

    `image` is (C, h, w) float32, ready for the network; `blank` (H, W) marks pixels without a value, None
    where every pixel has one; `picture` is the stretched frame (H, W) where a preview is wanted.
    """

    ref: FrameRef
    header: fits.Header
    frame_sum: str
    shape: tuple[int, int]
    image: NDArray[np.float32]
    blank: NDArray[np.bool_] | None
    picture: NDArray[np.uint8] | None


@dataclass(frozen=True, slots=True)
class Done:
    """A frame whose files are written, or were there before (`reused`).

    `cloud_fraction` is the share of cloud in the pixels that are known, NaN when none is.
    """

    ref: FrameRef
    cloud_fraction: float
    reused: bool = False


def open_frame(ref: FrameRef, task: PredictionTask) -> OpenFrame | Done:
    """Read a frame and prepare it for the network, unless this very prediction lies there already.

    Raises
    ------
    FrameError
        If the frame cannot be read or shows nothing.
    ModelError
        If it has another number of bands than the model.
    """
    frame = read_frame(ref)
    preview_missing = task.previews is not None and not (task.previews / f"{ref.stem}.png").is_file()
    stored = None if preview_missing else _stored_fraction(ref.stem, frame.checksum, task)
    if stored is not None:
        return Done(ref, stored, reused=True)
    image = prepare_frame(frame.data, task.card)
    picture = stretched_picture(frame.data) if task.previews else None
    blank = _blank_pixels(frame.data)
    return OpenFrame(ref, frame.header, frame.checksum, frame.shape, image, blank, picture)


def write_products(opened: OpenFrame, prob: NDArray[np.float32], task: PredictionTask) -> Done:
    """Write ``<stem>.prob.fits.gz`` and then ``<stem>.mask.fits.gz`` of a frame.

    Parameters
    ----------
    opened : OpenFrame
    prob : ndarray, (h, w), float32
        Probability of cloud on the model's grid.
    task : PredictionTask

    Raises
    ------
    MaskError
        If a file cannot be written.
    """
    full = from_grid(prob, opened.shape)
    provenance = task.provenance(opened.frame_sum)
    stem = opened.ref.stem
    write_prob(
        task.out / prob_name(stem), full, header=opened.header, provenance=provenance, exact=task.exact
    )
    labels = labels_from(full, task.threshold, opened.blank)
    # The mask comes last: where it is, the probability is too.
    write_mask(task.out / mask_name(stem), labels, header=opened.header, provenance=provenance)
    if task.previews is not None and opened.picture is not None:
        write_preview(task.previews / f"{stem}.png", opened.picture, labels)
    return Done(opened.ref, cloud_fraction(labels))


def labels_from(
    prob: NDArray[np.float32], threshold: float, blank: NDArray[np.bool_] | None = None
) -> NDArray[np.uint8]:
    """Mask from a probability: cloud from `threshold` on, unsure where the frame has no value."""
    labels = np.where(prob >= threshold, np.uint8(CLOUD), np.uint8(CLEAR))
    if blank is not None:
        labels[blank] = UNSURE
    return labels


def _blank_pixels(data: NDArray[Any]) -> NDArray[np.bool_] | None:
    if data.dtype.kind != "f":
        return None
    blank: NDArray[np.bool_] = ~np.isfinite(data if data.ndim == 2 else data.sum(axis=0))
    return blank if blank.any() else None


def _stored_fraction(stem: str, frame_sum: str, task: PredictionTask) -> float | None:
    """Cloud fraction of files from an earlier run of the same model, frame and threshold, else None."""
    mask_path, prob_path = task.out / mask_name(stem), task.out / prob_name(stem)
    if not (mask_path.is_file() and prob_path.is_file()):
        return None
    try:
        stored, prob = read_mask(mask_path), read_prob(prob_path)
    except MaskError:
        return None  # A damaged prediction is made again.
    now, then = task.provenance(frame_sum), stored.provenance
    if then is None or (then.source, then.method, then.editor, then.frame_sum) != (
        now.source,
        now.method,
        now.editor,
        now.frame_sum,
    ):
        return None
    cloud, clear = prob[stored.labels == CLOUD], prob[stored.labels == CLEAR]
    same_threshold = bool(
        (cloud >= task.threshold - _STORED_STEP).all() and (clear < task.threshold + _STORED_STEP).all()
    )
    return cloud_fraction(stored.labels) if same_threshold else None
