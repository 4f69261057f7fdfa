"""Which files of a folder make a night."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cirrus_core.errors import FrameError
from cirrus_core.frames.frame import is_product_name
from cirrus_core.frames.io.readers import FITS, FRAME_SUFFIXES

_REFUSED_SUFFIXES = (".fits.z", ".fit.z", ".fts.z")
_FITS_SUFFIXES = FITS.suffixes + _REFUSED_SUFFIXES


def looks_like_frame(name: str) -> bool:
    """True for names of frames, and of FITS files in a packing that is refused with a reason."""
    return (
        name.lower().endswith(FRAME_SUFFIXES + _REFUSED_SUFFIXES)
        and not name.startswith(".")
        and not is_product_name(name)
    )


def frame_names(names: Iterable[str]) -> tuple[list[str], int]:
    """The names of a folder that make its night, sorted, and how many pictures are passed over.

    Where there are FITS frames, pictures beside them are previews and plots: they make a night only by
    themselves.
    """
    frames = sorted(name for name in names if looks_like_frame(name))
    fits = [name for name in frames if name.lower().endswith(_FITS_SUFFIXES)]
    return (fits, len(frames) - len(fits)) if fits else (frames, 0)


def require_part_of_night(path: Path) -> None:
    """Refuse a picture among FITS frames: opened by itself it would share masks with the frame of its name.

    Raises
    ------
    FrameError
    """
    if path.name.lower().endswith(_FITS_SUFFIXES) or not looks_like_frame(path.name):
        return
    try:
        chosen, _ = frame_names(entry.name for entry in path.parent.iterdir())
    except OSError:
        return  # a folder that cannot be listed is told when its night is opened
    if path.name not in chosen:
        raise FrameError(
            f"{path.name} lies among FITS frames, and only those make the night.",
            "Copy the picture to a folder of its own.",
        )
