"""Mask and probability files: FITS with provenance, written whole or not at all.

A mask file that is damaged is never read as an empty mask: an empty view that saves itself would destroy
what could still be rescued.
"""

from __future__ import annotations

import errno
import gzip
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from cirrus_core import __version__
from cirrus_core.errors import MaskError
from cirrus_core.files import write_atomic
from cirrus_core.masks.fits_image import GZIP_LEVEL, Card, FitsImageError, decode_image, encode_image
from cirrus_core.masks.labels import SKY_CLASSES, UNSURE, ClassTable, MaskSource, Provenance
from cirrus_core.masks.raster import Labels

_MASK_ENDINGS = (".mask.fits.gz", ".mask.fits")
_PROB_ENDINGS = (".prob.fits.gz", ".prob.fits")


@dataclass(frozen=True, eq=False)
class StoredMask:
    """A mask as read from a file.

    `labels` is uint8 (H, W); `provenance` is None for files that CIRRUS did not write.
    """

    labels: Labels
    provenance: Provenance | None
    header: fits.Header


def mask_name(stem: str, plain: bool = False) -> str:
    """File name of the mask of a frame, compressed or `plain`."""
    return stem + _MASK_ENDINGS[1 if plain else 0]


def prob_name(stem: str) -> str:
    """File name of the probability of a frame."""
    return stem + _PROB_ENDINGS[0]


def find_mask(folder: Path, stem: str) -> Path | None:
    """The mask file of a frame in `folder`, compressed before plain; None when there is none."""
    return _find(folder, stem, _MASK_ENDINGS)


def find_prob(folder: Path, stem: str) -> Path | None:
    """The probability file of a frame in `folder`; None when there is none."""
    return _find(folder, stem, _PROB_ENDINGS)


def write_mask(
    path: Path,
    labels: Labels,
    *,
    header: fits.Header | None,
    provenance: Provenance,
    classes: ClassTable = SKY_CLASSES,
) -> None:
    """Write a mask as FITS, HDU ``MASK``, compressed when `path` ends in ``.gz``.

    Masks made by hand are forced to the disk (fsync) before the old file is replaced; what can be made
    again is not, which is ten times as quick.

    Parameters
    ----------
    path : Path
    labels : ndarray of uint8, (H, W)
    header : astropy.io.fits.Header or None
        The frame's header, carried over without the cards about its own pixels.
    provenance : Provenance
    classes : ClassTable
        Their names go into cards ``MSK000``, ``MSK001`` …

    Raises
    ------
    MaskError
        If the file cannot be written; the old file is then as it was.
    """
    names = {**{c.value: c.name for c in classes.classes}, UNSURE: "unsure"}
    meanings: list[Card] = [
        (f"MSK{v:03d}", _ascii(name), f"meaning of value {v}") for v, name in names.items()
    ]
    cards = [*meanings, *_provenance_cards(provenance)]
    _write(path, encode_image(labels, name="MASK", header=header, cards=cards), provenance)


def write_prob(
    path: Path,
    prob: NDArray[Any],
    *,
    header: fits.Header | None,
    provenance: Provenance,
    exact: bool = False,
) -> None:
    """Write a probability as FITS, HDU ``PROB``, compressed when `path` ends in ``.gz``.

    Parameters
    ----------
    prob : ndarray of float, (H, W) or (K, H, W)
        Probability of cloud, or of each of K classes, 0 to 1.
    exact : bool
        Store float32; else 8 scaled bits, at most 1/510 beside the truth.

    Raises
    ------
    MaskError
        If a value is not between 0 and 1, or the file cannot be written.
    """
    low, high = float(prob.min()), float(prob.max())
    if not (low >= 0.0 and high <= 1.0):
        raise MaskError(
            f"The probability for {path.name} is not between 0 and 1 everywhere.", "Does the model give NaN?"
        )
    cards = _provenance_cards(provenance)
    if exact:
        stored: NDArray[Any] = prob.astype(np.float32)
    else:
        stored = (prob * np.float32(255.0) + np.float32(0.5)).astype(np.uint8)
        cards = [("BZERO", 0.0, "probability = BZERO + BSCALE * value"), ("BSCALE", 1.0 / 255.0, ""), *cards]
    _write(path, encode_image(stored, name="PROB", header=header, cards=cards), provenance)


def read_mask(path: Path) -> StoredMask:
    """Read a mask: HDU ``MASK``, else the first image of the file.

    Raises
    ------
    MaskError
        If the file is missing, damaged, cut off, or its values are no labels 0 to 255.
    """
    data, header = _read(path, "MASK")
    if data.ndim != 2:
        raise MaskError(
            f"{path.name} holds an array of {data.ndim} axes, not one mask.", "Is it the right file?"
        )
    # NaN is unequal to itself and so no label either.
    if data.dtype != np.uint8 and not np.array_equal(data, np.clip(np.rint(data), 0, 255)):
        raise MaskError(f"{path.name} holds values that are no labels 0 to 255.", "Is it a probability?")
    return StoredMask(data.astype(np.uint8, copy=False), _read_provenance(header), header)


def read_prob(path: Path) -> NDArray[np.float32]:
    """Read a probability as float32, (H, W) or (K, H, W), 0 to 1.

    Raises
    ------
    MaskError
        If the file is missing, damaged or cut off.
    """
    data, _ = _read(path, "PROB")
    prob: NDArray[np.float32] = np.clip(data.astype(np.float32), 0.0, 1.0)
    return prob


def require_match(stored: StoredMask, *, path: Path, shape: tuple[int, int], frame_sum: str) -> None:
    """Make sure that a mask belongs to a frame of this shape and this `pixel_checksum`.

    A mask that carries no checksum of its frame is accepted by its shape.

    Raises
    ------
    MaskError
        If it is the mask of another frame.
    """
    if stored.labels.shape != shape:
        rows, columns = stored.labels.shape
        raise MaskError(
            f"{path.name} is {rows} x {columns} pixels, its frame is {shape[0]} x {shape[1]}.",
            "It belongs to another frame, or the frame was binned since; it was left as it is.",
        )
    known = stored.provenance.frame_sum if stored.provenance else ""
    if known and known != frame_sum:
        raise MaskError(
            f"{path.name} was made from other pixels than those of its frame (checksum {known}).",
            "Another frame has the same name, or the frame has changed; the mask was left as it is.",
        )


def _find(folder: Path, stem: str, endings: tuple[str, ...]) -> Path | None:
    paths = (folder / (stem + ending) for ending in endings)
    return next((path for path in paths if path.is_file()), None)


def _read(path: Path, name: str) -> tuple[NDArray[Any], fits.Header]:
    try:
        return decode_image(path.read_bytes(), name)
    except FitsImageError as error:
        raise MaskError(
            f"{path.name} cannot be read: {error}.",
            f"It was left as it is; restore it from a copy, or move it away: {path}",
        ) from error
    except OSError as error:
        raise MaskError(
            f"{path.name} cannot be read: {error.strerror or error}.", f"Look at {path}"
        ) from error


def _write(path: Path, image: bytes, provenance: Provenance) -> None:
    if path.suffix == ".gz":
        # No time stamp: the same mask gives the same bytes.
        image = gzip.compress(image, GZIP_LEVEL, mtime=0)
    try:
        write_atomic(path, lambda stream: stream.write(image), sync=provenance.source == "manual")
    except OSError as error:
        raise MaskError(
            f"{path.name} could not be saved: {error.strerror or error}.", _write_hint(error, path)
        ) from error


def _write_hint(error: OSError, path: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return f"Make room on the disk of {path.parent}; what was saved before is untouched."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"Nothing may be written in {path.parent}; allow it or choose another project folder."
    return f"What was saved before in {path.parent} is untouched."


def _provenance_cards(provenance: Provenance) -> list[Card]:
    method = "MODELID" if provenance.source == "model" else "MSKMETH"
    return [
        ("CIRRUSV", __version__, "CIRRUS version that wrote this file"),
        ("MSKSRC", provenance.source, "manual, auto, model or simulation"),
        (method, _ascii(provenance.method), "automatic method or model"),
        ("EDITOR", _ascii(provenance.editor), "who made it"),
        ("DATE", provenance.date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"), "UTC, when it was made"),
        ("FRAMESUM", provenance.frame_sum, "checksum of the frame's pixels"),
    ]


def _read_provenance(header: fits.Header) -> Provenance | None:
    source = str(header.get("MSKSRC", "")).strip()
    if source not in get_args(MaskSource):
        return None
    try:
        date = datetime.fromisoformat(str(header.get("DATE", ""))).replace(tzinfo=UTC)
    except ValueError:
        date = datetime.fromtimestamp(0, UTC)
    return Provenance(
        source=source,  # type: ignore[arg-type]
        method=str(header.get("MODELID" if source == "model" else "MSKMETH", "")),
        editor=str(header.get("EDITOR", "")),
        date=date,
        frame_sum=str(header.get("FRAMESUM", "")),
    )


def _ascii(text: str) -> str:
    """FITS cards are printable ASCII: accents are dropped, other signs become '?'."""
    letters = (c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return "".join(c if " " <= c <= "~" else "?" for c in letters)
