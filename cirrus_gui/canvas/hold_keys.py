"""Keys that do one thing when tapped and another while held, and typing that shortcuts must not steal."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PyQt6.QtCore import QEvent, QObject, Qt, QTimer
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

HOLD_S = 0.3
"""A key down for longer was held, not tapped."""

_PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
_TYPING = (*_PLAIN, Qt.KeyboardModifier.ShiftModifier)


@dataclass(frozen=True, slots=True)
class HoldKey:
    """What a key does: `press` at once, `release` with True when it had been held. `wanted` may refuse it."""

    press: Callable[[], None]
    release: Callable[[bool], None]
    wanted: Callable[[], bool] = lambda: True


class HoldKeys(QObject):
    """Watches the keys of one window; Enter in a field gives the keyboard back to `picture`."""

    def __init__(
        self, window: QWidget, app: QApplication, keys: Mapping[Qt.Key, HoldKey], picture: QWidget
    ) -> None:
        super().__init__(window)
        self._picture = picture
        self._window = window
        self._keys = dict(keys)
        self._down: dict[int, float] = {}
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if event is None or not isinstance(watched, QWidget):
            return False
        kind = event.type()
        if kind == QEvent.Type.WindowDeactivate and watched is self._window:
            self._release_all()
        elif isinstance(event, QKeyEvent) and watched.window() is self._window:
            if kind == QEvent.Type.ShortcutOverride:
                return self._keep_for_typing(watched, event)
            if kind == QEvent.Type.KeyPress:
                return self._press(watched, event)
            if kind == QEvent.Type.KeyRelease:
                return self._release(event)
        return False

    def _keep_for_typing(self, watched: QWidget, event: QKeyEvent) -> bool:
        # Qt keeps letters for a field being typed in, but gives away its arrows and paging keys.
        if is_typing(watched) and event.modifiers() in _TYPING and not _is_function_key(event.key()):
            event.accept()
            return True
        return False

    def _press(self, watched: QWidget, event: QKeyEvent) -> bool:
        key = event.key()
        if key in self._down:
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(watched, QLineEdit | QAbstractSpinBox):
            QTimer.singleShot(0, self._picture.setFocus)  # once the field has taken the value
            return False
        action = self._keys.get(Qt.Key(key)) if event.modifiers() in _PLAIN else None
        if action is None or event.isAutoRepeat() or is_typing(watched) or not action.wanted():
            return False
        self._down[key] = time.monotonic()
        action.press()
        return True

    def _release(self, event: QKeyEvent) -> bool:
        key = event.key()
        if key not in self._down:
            return False
        if not event.isAutoRepeat():
            self._end(key)
        return True

    def _release_all(self) -> None:
        for key in list(self._down):
            self._end(key)

    def _end(self, key: int) -> None:
        held = time.monotonic() - self._down.pop(key) >= HOLD_S
        self._keys[Qt.Key(key)].release(held)


def is_typing(widget: QWidget | None) -> bool:
    """True when keys pressed in `widget` are meant for its text."""
    if isinstance(widget, QPlainTextEdit | QTextEdit):
        return not widget.isReadOnly()
    if isinstance(widget, QComboBox):
        return widget.isEditable()
    return isinstance(widget, QLineEdit | QAbstractSpinBox)


def _is_function_key(key: int) -> bool:
    return Qt.Key.Key_F1 <= key <= Qt.Key.Key_F35 or key == Qt.Key.Key_Escape
