"""What the window remembers from one day to the next: recent nights, layout, choices."""

from __future__ import annotations

import hashlib
from pathlib import Path

import platformdirs
from PyQt6.QtCore import QByteArray, QSettings

_MAX_RECENT = 8


class WindowMemory:
    """A small file in the user's configuration folder; nothing in it is needed to read a project."""

    def __init__(self, path: Path | None = None) -> None:
        file = path or Path(platformdirs.user_config_dir("cirrus")) / "window.ini"
        self._settings = QSettings(str(file), QSettings.Format.IniFormat)

    def recent_nights(self) -> list[Path]:
        """Night folders opened last, the newest first; some may be gone by now."""
        return [Path(text) for text in self._strings("recent")]

    def remember_night(self, folder: Path, project: Path | None = None) -> None:
        """Put a night at the head of the recent ones, and note the project that keeps its masks."""
        others = [text for text in self._strings("recent") if text != str(folder)]
        self._settings.setValue("recent", [str(folder), *others][:_MAX_RECENT])
        if project is not None:
            self.set_text(_project_key(folder), str(project))

    def project_of(self, path: Path) -> Path | None:
        """The project in which a night, or the night of a frame, was open last."""
        noted = self.text(_project_key(path)) or self.text(_project_key(path.parent))
        return Path(noted) if noted else None

    def last_stem(self, night_id: str) -> str:
        """Frame of a night that was on screen when it was left, or ``""``."""
        return self.text(f"frames/{night_id}")

    def remember_stem(self, night_id: str, stem: str) -> None:
        """Note the frame to begin with next time."""
        self.set_text(f"frames/{night_id}", stem)

    def text(self, key: str, default: str = "") -> str:
        """A remembered word."""
        value = self._settings.value(key, default)
        return value if isinstance(value, str) else default

    def set_text(self, key: str, value: str) -> None:
        """Remember a word."""
        self._settings.setValue(key, value)

    def layout(self, key: str) -> QByteArray:
        """A remembered arrangement of windows, empty at first."""
        value = self._settings.value(key)
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_layout(self, key: str, value: QByteArray) -> None:
        """Remember an arrangement of windows."""
        self._settings.setValue(key, value)

    def flush(self) -> None:
        """Write to disk now."""
        self._settings.sync()

    def _strings(self, key: str) -> list[str]:
        value = self._settings.value(key, [])
        # Qt gives a list of one back as a plain string.
        return [value] if isinstance(value, str) else [str(v) for v in value or []]


def _project_key(folder: Path) -> str:
    # Settings take a slash for a group, so a path cannot be a key itself.
    return f"projects/{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}"
