"""The strip that tells something and goes away by itself; nothing moves under the pointer because of it."""

from __future__ import annotations

from PyQt6.QtCore import QAbstractAnimation, QEvent, QObject, QPropertyAnimation, QTimer
from PyQt6.QtWidgets import QFrame, QGraphicsOpacityEffect, QHBoxLayout, QLabel, QWidget

from cirrus_core.progress import LogLevel
from cirrus_gui.notify import Message, Notifier
from cirrus_gui.widgets.section import push_button, set_tone

_SHOWN_MS: dict[LogLevel, int] = {"info": 5_000, "warning": 9_000, "error": 15_000}
_TONES: dict[LogLevel, str] = {"info": "", "warning": "warn", "error": "bad"}
_FADE_MS = 600
_MARGIN_PX = 12
_ABOVE_STATUS_PX = 36


class MessageStrip(QFrame):
    """Lies over the lower edge of `host`; a click on the cross, or time, takes it away."""

    def __init__(self, notifier: Notifier, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self.setObjectName("messageStrip")
        self.setAutoFillBackground(True)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setAccessibleName("Message")
        self._hint = QLabel()
        self._hint.setWordWrap(True)
        self._hint.setProperty("quiet", True)
        close = push_button("×", "Take this message away; the log keeps it", name="Close the message")
        close.setFlat(True)
        close.setFixedWidth(28)
        close.clicked.connect(self.hide)
        line = QHBoxLayout(self)
        line.setContentsMargins(12, 6, 6, 6)
        line.setSpacing(12)
        line.addWidget(self._text, 3)
        line.addWidget(self._hint, 2)
        line.addWidget(close)
        self._effect = QGraphicsOpacityEffect(self)
        self.setGraphicsEffect(self._effect)
        self._fade = QPropertyAnimation(self._effect, b"opacity", self)
        self._fade.setDuration(_FADE_MS)
        self._fade.setEndValue(0.0)
        self._fade.finished.connect(self.hide)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._fade.start)
        host.installEventFilter(self)
        self.hide()
        notifier.message.connect(self.show_message)

    def show_message(self, message: Message) -> None:
        """Tell something; it replaces what was told before."""
        if self._fade.state() == QAbstractAnimation.State.Running:
            self._fade.stop()
        self._effect.setOpacity(1.0)
        self._text.setText(message.text)
        set_tone(self._text, _TONES[message.level])
        self._hint.setText(message.hint)
        self._hint.setVisible(bool(message.hint))
        self._timer.start(_SHOWN_MS[message.level])
        self.show()
        self._place()
        self.raise_()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        if watched is self._host and event is not None and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        width = min(self._host.width() - 2 * _MARGIN_PX, 900)
        layout = self.layout()
        height = layout.totalHeightForWidth(width) if layout is not None else self.sizeHint().height()
        left = (self._host.width() - width) // 2
        self.setGeometry(left, self._host.height() - height - _ABOVE_STATUS_PX, width, height)
