"""A small night on disk for the tests of the panels."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from astropy.io import fits
from pytestqt.qtbot import QtBot

from cirrus_core.masks.labels import Provenance
from cirrus_core.masks.store import write_mask, write_prob
from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.state.session import Session

SHAPE = (48, 64)
N_FRAMES = 12
GAP_BEFORE = 7
GAP_S = 1200


def frame_data(i: int) -> np.ndarray:
    """A cold sky with one warm cloud in the left part, 14-bit ADU; wider from frame to frame."""
    data = np.random.default_rng(i).normal(6800, 20, SHAPE)
    data[:, : 10 + i] += 600
    return data.astype(np.uint16)


def write_night(folder: Path) -> None:
    """Twelve frames, 30 s apart but for a gap, and two files that are no frames."""
    folder.mkdir()
    start = datetime(2026, 1, 23, 22, 0, 0, tzinfo=UTC)
    for i in range(N_FRAMES):
        time = start + timedelta(seconds=30 * i + (GAP_S if i >= GAP_BEFORE else 0))
        hdu = fits.PrimaryHDU(frame_data(i))
        hdu.header["DATE-OBS"] = f"{time:%Y-%m-%dT%H:%M:%S}"
        hdu.writeto(folder / f"A{i:02d}.fits")
    (folder / "empty.fits").write_bytes(b"")
    (folder / "torn.fits").write_bytes((folder / "A00.fits").read_bytes()[:1000])


def open_night(qtbot: QtBot, session: Session, folder: Path) -> None:
    """Open a night and wait until it is there."""
    with qtbot.waitSignal(session.night_opened, timeout=5000):
        session.open_night(folder)


def open_frame(qtbot: QtBot, session: Session, editor: MaskEditor, folder: Path) -> None:
    """Open a night and wait until the mask of its first frame can be edited."""
    session.open_night(folder)
    qtbot.waitUntil(lambda: editor.document is not None, timeout=5000)


def write_prediction(session: Session, stem: str, prob: np.ndarray, model_id: str) -> None:
    """Put a probability and its mask where a prediction job puts them, and announce them."""
    assert session.layers is not None
    provenance = Provenance("model", model_id, "test", datetime(2026, 1, 24, tzinfo=UTC), "")
    prob_path = session.layers.pred_prob_path(stem, model_id)
    write_prob(prob_path, prob, header=None, provenance=provenance)
    labels = (prob >= 0.5).astype(np.uint8)
    write_mask(session.layers.pred_mask_path(stem, model_id), labels, header=None, provenance=provenance)
    session.masks_changed.emit(-1)
