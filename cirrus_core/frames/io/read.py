"""One door to frames of any kind: a path, a path with an HDU (``night.fits[2]``), or a reference."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from cirrus_core.frames.frame import Frame, FrameRef
from cirrus_core.frames.io.readers import reader_of

_WITH_HDU = re.compile(r"(.+)\[(\d+)\]")


def parse_source(text: str | Path) -> tuple[Path, int | None]:
    """Split ``A.fits[2]`` into path and HDU; a file that is really named so is taken as it is."""
    path = Path(text)
    match = _WITH_HDU.fullmatch(str(text))
    if match is None or path.exists():
        return path, None
    return Path(match[1]), int(match[2])


def probe(path: Path) -> FrameRef:
    """What a frame is, without its pixels; `path` may name an HDU. Errors as `probe_file`."""
    return probe_file(*parse_source(path))


def probe_file(path: Path, hdu: int | None = None) -> FrameRef:
    """What a frame is, from headers alone, by the reader for its kind of file.

    Raises
    ------
    FrameError
        With a sentence and a hint, for everything that is no readable picture.
    """
    return reader_of(path).load_probe()(path, hdu)


def read_file(path: Path, hdu: int | None = None) -> Frame:
    """Read a frame by the reader for its kind of file; errors as `probe_file`."""
    return reader_of(path).load_read()(path, hdu)


def read_frame(source: Path | FrameRef) -> Frame:
    """Read a frame; `source` may name an HDU (of a TIFF: a page). Errors as `probe_file`.

    Read from a reference, the frame keeps the reference's place in the night.
    """
    if isinstance(source, FrameRef):
        frame = read_file(source.path, source.hdu)
        return replace(frame, ref=replace(frame.ref, index=source.index))
    return read_file(*parse_source(source))
