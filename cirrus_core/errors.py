"""The expected errors of CIRRUS: each carries a sentence and a hint for the person at the screen.

Everything that is not a `CirrusError` is a bug and is shown as one.
"""

from __future__ import annotations


class CirrusError(Exception):
    """An expected error, told to the user without a traceback.

    Parameters
    ----------
    message : str
        One sentence: what went wrong, with the name of the file or value concerned.
    hint : str
        One sentence: what the user can do about it.
    """

    exit_code: int = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(CirrusError):
    """The request itself is wrong: an unknown name, options that contradict each other."""

    exit_code = 2


class Cancelled(CirrusError):
    """The user cancelled the work; nothing is wrong."""

    exit_code = 3

    def __init__(self, message: str = "Cancelled.", hint: str = "") -> None:
        super().__init__(message, hint)


class FrameError(CirrusError):
    """A frame cannot be read, or is not a usable picture of the sky."""


class MaskError(CirrusError):
    """A mask cannot be read or saved, or does not belong to the frame."""


class ProjectError(CirrusError):
    """A project folder is damaged, read-only or in use."""


class DataError(CirrusError):
    """A data set cannot be built: no truth, no frames, nothing left after a rule."""


class ModelError(CirrusError):
    """A model folder is damaged or the model does not fit the frames."""


class JobError(CirrusError):
    """A background job cannot be started, found or read."""
