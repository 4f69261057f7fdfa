"""Messages to the user: a strip shows the last one, the log panel keeps them all. Never a modal box."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from PyQt6.QtCore import QObject, pyqtSignal

from cirrus_core.errors import CirrusError
from cirrus_core.progress import LogLevel


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence for the user, what can be done about it, and when it was said (aware UTC)."""

    level: LogLevel
    text: str
    hint: str
    time: datetime


class Notifier(QObject):
    """Where anyone may say something to the user.

    Signals
    -------
    message : Message
        Something was said. What was said before a listener existed is in `history`.
    """

    message = pyqtSignal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.history: list[Message] = []

    def info(self, text: str, hint: str = "") -> None:
        """Something happened as wished."""
        self._say("info", text, hint)

    def warning(self, text: str, hint: str = "") -> None:
        """Something is not as the user may think."""
        self._say("warning", text, hint)

    def error(self, problem: CirrusError | str, hint: str = "") -> None:
        """Something could not be done; an expected error brings its own hint."""
        if isinstance(problem, CirrusError):
            self._say("error", problem.message, problem.hint)
        else:
            self._say("error", problem, hint)

    def _say(self, level: LogLevel, text: str, hint: str) -> None:
        message = Message(level, text, hint, datetime.now(UTC))
        self.history.append(message)
        self.message.emit(message)
