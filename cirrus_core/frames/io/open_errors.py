"""What can go wrong with any file that is opened as a frame, in sentences."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cirrus_core.errors import FrameError

COPY_AGAIN = "Copy it again from its source."


@contextmanager
def file_errors(path: Path) -> Iterator[None]:
    """Turn the errors of opening and reading `path` into `FrameError`."""
    try:
        yield
    except FileNotFoundError as error:
        raise FrameError(f"{path.name} is not there.", "Was it moved or renamed?") from error
    except IsADirectoryError as error:
        raise FrameError(f"{path.name} is a folder, not a frame.", "Open it as a night.") from error
    except PermissionError as error:
        raise FrameError(f"{path.name} may not be read.", "Check the file's permissions.") from error
    except (MemoryError, OverflowError) as error:
        raise FrameError(
            f"{path.name} is larger than the memory of this machine, going by its header.", COPY_AGAIN
        ) from error
    except (EOFError, zlib.error, OSError) as error:
        raise FrameError(f"{path.name} cannot be read: {error}.", COPY_AGAIN) from error


def empty_file(path: Path) -> FrameError:
    """The error for a file of 0 bytes."""
    return FrameError(f"{path.name} is empty (0 bytes).", COPY_AGAIN)


def senseless_header(path: Path) -> FrameError:
    """The error for a file that begins as it should and goes on as it should not."""
    return FrameError(f"{path.name} is damaged: its header makes no sense.", COPY_AGAIN)


def cut_off(path: Path, part: float) -> FrameError:
    """The error for a file of which only `part` (0 to 1) is there."""
    return FrameError(f"{path.name} is cut off: only {100 * part:.0f} % of it is there.", COPY_AGAIN)
