"""One door to frames of any kind: a path, a path with an HDU (``night.fits[2]``), or a reference."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from cirrus_core.frames.frame import Frame, FrameRef
from cirrus_core.frames.io.fits import probe_fits, read_fits

_WITH_HDU = re.compile(r"(.+)\[(\d+)\]")


def parse_source(text: str | Path) -> tuple[Path, int | None]:
    """Split ``A.fits[2]`` into path and HDU; a file that is really named so is taken as it is."""
    path = Path(text)
    match = _WITH_HDU.fullmatch(str(text))
    if match is None or path.exists():
        return path, None
    return Path(match[1]), int(match[2])


def probe(path: Path) -> FrameRef:
    """What a frame is, without its pixels; `path` may name an HDU. Errors as `probe_fits`."""
    file, hdu = parse_source(path)
    return probe_fits(file, hdu)


def read_frame(source: Path | FrameRef) -> Frame:
    """Read a frame; `source` may name an HDU. Errors as `read_fits`.

    Read from a reference, the frame keeps the reference's place in the night.
    """
    if isinstance(source, FrameRef):
        frame = read_fits(source.path, source.hdu)
        return replace(frame, ref=replace(frame.ref, index=source.index))
    file, hdu = parse_source(source)
    return read_fits(file, hdu)
