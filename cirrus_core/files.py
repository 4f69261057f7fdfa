"""Writing files so that nothing is ever half written: temp file, fsync, replace."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from cirrus_core.errors import CirrusError

_DISK_ERRORS = {
    errno.ENOSPC: "The disk is full",
    errno.EDQUOT: "Your disk quota is used up",
    errno.EFBIG: "A file is too large for this disk",
    errno.EROFS: "The disk is read-only",
    errno.EACCES: "Permission denied",
}


def write_atomic(path: Path, write: Callable[[BinaryIO], object], *, sync: bool = True) -> None:
    """Write `path` through a temporary file in the same folder.

    `write` fills an open binary file. On any failure the old file stays as it was and the temporary
    file is removed. With `sync` the file also survives a power cut; many small files that can be made
    again are several times quicker without.

    Raises
    ------
    OSError
        If the folder cannot be written or the disk is full.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not tempfile: its files are private (0600), and people share project folders.
    temp = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temp.open("xb") as stream:
            write(stream)
            stream.flush()
            if sync:
                os.fsync(stream.fileno())
        temp.replace(path)
    except BaseException:
        temp.unlink(missing_ok=True)
        raise
    if sync:
        _sync_folder(path.parent)


def write_text_atomic(path: Path, text: str) -> None:
    """Write a UTF-8 text file as `write_atomic` does."""
    write_atomic(path, lambda stream: stream.write(text.encode("utf-8")))


def disk_error(error: OSError) -> CirrusError | None:
    """Tell a full, read-only or closed disk in a sentence; None for an error of any other kind."""
    if error.errno not in _DISK_ERRORS:
        return None
    where = f": {error.filename}" if error.filename else ""
    return CirrusError(
        f"{_DISK_ERRORS[error.errno]}{where}.", "Make room or choose another folder, and try again."
    )


def _sync_folder(folder: Path) -> None:
    # The rename itself must survive a power cut; Windows cannot open folders.
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
