"""The looks of the window: every colour in one table, three themes, one function that applies them.

Widgets never name a colour; they ask `colours_of(widget)`. In the red theme every token has green and
blue at zero, so that nothing but red light leaves the screen.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from string import Template
from typing import Any, Literal, get_args

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPainterPath, QPalette, QPen, QPolygonF
from PyQt6.QtWidgets import QApplication, QProxyStyle, QStyle, QStyleOption, QWidget

from cirrus_core.settings import resources_dir

ThemeName = Literal["dark", "light", "red"]
THEME_NAMES: tuple[ThemeName, ...] = get_args(ThemeName)


@dataclass(frozen=True, slots=True)
class Colours:
    """All colours of one theme, as ``#rrggbb``.

    `cloud` to `difference` lie over frames and mean the same everywhere (Okabe-Ito set); `good`, `warn`
    and `bad` are also used for text; `dim` is quiet text.
    """

    name: ThemeName
    window: str
    base: str
    raised: str
    hover: str
    selected: str
    line: str
    canvas: str
    text: str
    dim: str
    disabled: str
    accent: str
    on_accent: str
    good: str
    warn: str
    bad: str
    cloud: str
    thin: str
    unsure: str
    prediction: str
    difference: str


_OVERLAYS = {
    "cloud": "#e69f00",
    "thin": "#f0e442",
    "unsure": "#999999",
    "prediction": "#56b4e9",
    "difference": "#cc79a7",
}

_DARK = Colours(
    name="dark",
    window="#1d1f21",
    base="#151718",
    raised="#2a2d30",
    hover="#34383c",
    selected="#2b3f3d",
    line="#3b3f43",
    canvas="#0c0d0e",
    text="#dfe2e4",
    dim="#a2a9ae",
    disabled="#666c71",
    accent="#4dbfad",
    on_accent="#0a1413",
    good="#4cc38a",
    warn="#f0c33c",
    bad="#ff8a5c",
    **_OVERLAYS,
)

_LIGHT = Colours(
    name="light",
    window="#f4f5f6",
    base="#ffffff",
    raised="#e6e8ea",
    hover="#dadde0",
    selected="#d3e9e5",
    line="#c3c8cc",
    canvas="#d9dcde",
    text="#1b1e20",
    dim="#53595e",
    disabled="#9aa1a6",
    accent="#0b6b60",
    on_accent="#ffffff",
    good="#116b45",
    warn="#7a5200",
    bad="#a83a00",
    **_OVERLAYS,
)

# Pure red reaches a contrast of 5.25 on black, so text has little room below full red.
_RED = Colours(
    name="red",
    window="#0a0000",
    base="#000000",
    raised="#1c0000",
    hover="#260000",
    selected="#280000",
    line="#5c0000",
    canvas="#000000",
    text="#ff0000",
    dim="#f00000",
    disabled="#8c0000",
    accent="#ff0000",
    on_accent="#000000",
    good="#ff0000",
    warn="#ff0000",
    bad="#ff0000",
    cloud="#c80000",
    thin="#960000",
    unsure="#640000",
    prediction="#ff0000",
    difference="#e60000",
)

_THEMES: dict[ThemeName, Colours] = {"dark": _DARK, "light": _LIGHT, "red": _RED}
_BY_LINK = {c.accent: c for c in _THEMES.values()}


def colours(name: ThemeName) -> Colours:
    """Return the colours of a theme."""
    return _THEMES[name]


def colours_of(widget: QWidget) -> Colours:
    """Return the colours of the theme that `widget` is shown in (dark before any was applied)."""
    return _BY_LINK.get(widget.palette().color(QPalette.ColorRole.Link).name(), _DARK)


def apply_theme(app: QApplication, name: ThemeName) -> None:
    """Give the whole application, and new pyqtgraph plots, the looks of theme `name`."""
    tokens = _THEMES[name]
    hints = app.styleHints()
    if hints is not None and hasattr(hints, "setColorScheme"):  # Qt 6.8
        hints.setColorScheme(Qt.ColorScheme.Light if name == "light" else Qt.ColorScheme.Dark)
    app.setStyle(_Style())
    app.setPalette(palette(tokens))
    app.setStyleSheet(style_sheet(tokens))
    pg.setConfigOptions(background=tokens.base, foreground=tokens.dim)


def style_sheet(tokens: Colours) -> str:
    """Return the Qt style sheet: ``resources/theme.qss`` with the tokens filled in."""
    template = (resources_dir() / "theme.qss").read_text(encoding="utf-8")
    return Template(template).substitute(asdict(tokens))


def palette(tokens: Colours) -> QPalette:
    """Return the Qt palette: every role of every group is set, so no system colour shines through."""
    role = QPalette.ColorRole
    by_role = {
        role.Window: tokens.window,
        role.WindowText: tokens.text,
        role.Base: tokens.base,
        role.AlternateBase: tokens.window,
        role.ToolTipBase: tokens.raised,
        role.ToolTipText: tokens.text,
        role.PlaceholderText: tokens.dim,
        role.Text: tokens.text,
        role.Button: tokens.raised,
        role.ButtonText: tokens.text,
        role.BrightText: tokens.accent,
        role.Light: tokens.line,
        role.Midlight: tokens.hover,
        role.Mid: tokens.line,
        role.Dark: tokens.line,
        role.Shadow: tokens.canvas,
        role.Highlight: tokens.accent,
        role.HighlightedText: tokens.on_accent,
        role.Link: tokens.accent,
        role.LinkVisited: tokens.accent,
    }
    if hasattr(role, "Accent"):  # Qt 6.6
        by_role[role.Accent] = tokens.accent
    result = QPalette()
    groups = QPalette.ColorGroup
    for key, colour in by_role.items():
        for group in (groups.Active, groups.Inactive, groups.Disabled):
            result.setColor(group, key, QColor(colour))
    for key in (role.WindowText, role.Text, role.ButtonText, role.PlaceholderText):
        result.setColor(groups.Disabled, key, QColor(tokens.disabled))
    result.setColor(groups.Disabled, role.Highlight, QColor(tokens.line))
    return result


def colour_table(name: str, tokens: Colours) -> NDArray[np.uint8]:
    """Return a colour map for pictures, (256, 3) uint8.

    `name` is ``"grey"`` or a pyqtgraph map such as ``"viridis"``. In the red theme the brightness of
    the map (Rec. 709 luma) goes to the red channel alone.
    """
    ramp = np.arange(256, dtype=np.uint8)
    if name == "grey":
        table = np.repeat(ramp[:, None], 3, axis=1)
    else:
        table = pg.colormap.get(name).getLookupTable(0.0, 1.0, 256)[:, :3].astype(np.uint8)
    if tokens.name != "red":
        return table
    red = np.zeros((256, 3), dtype=np.uint8)
    red[:, 0] = np.rint(table @ np.array([0.2126, 0.7152, 0.0722])).astype(np.uint8)
    return red


class _Style(QProxyStyle):
    """Fusion with check boxes, radio buttons and arrows drawn in the palette's own colours.

    Fusion mixes white into these, which a red night theme cannot have.
    """

    def __init__(self) -> None:
        super().__init__("Fusion")

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption | None,
        painter: QPainter | None,
        widget: QWidget | None = None,
    ) -> None:
        draw = _PRIMITIVES.get(element)
        if draw is None or option is None or painter is None:
            super().drawPrimitive(element, option, painter, widget)
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw(painter, option)
        painter.restore()

    def pixelMetric(
        self,
        metric: QStyle.PixelMetric,
        option: QStyleOption | None = None,
        widget: QWidget | None = None,
    ) -> int:
        if metric in (
            QStyle.PixelMetric.PM_IndicatorWidth,
            QStyle.PixelMetric.PM_IndicatorHeight,
            QStyle.PixelMetric.PM_ExclusiveIndicatorWidth,
            QStyle.PixelMetric.PM_ExclusiveIndicatorHeight,
        ):
            return 14
        return super().pixelMetric(metric, option, widget)


def _indicator_colours(option: QStyleOption) -> tuple[QColor, QColor, QColor]:
    """Border, fill and mark of a check box or radio button."""
    on = bool(option.state & QStyle.StateFlag.State_On)
    role = QPalette.ColorRole
    enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
    group = QPalette.ColorGroup.Active if enabled else QPalette.ColorGroup.Disabled
    fill = option.palette.color(group, role.Highlight if on else role.Base)
    focus = bool(option.state & QStyle.StateFlag.State_HasFocus)
    border = role.Highlight if (on or focus) and enabled else role.PlaceholderText
    return option.palette.color(group, border), fill, option.palette.color(group, role.HighlightedText)


def _draw_check_box(painter: QPainter, option: QStyleOption) -> None:
    border, fill, mark = _indicator_colours(option)
    box = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setPen(QPen(border, 1.0))
    painter.setBrush(fill)
    painter.drawRoundedRect(box, 2.0, 2.0)
    painter.setPen(QPen(mark, 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    w, h, x, y = box.width(), box.height(), box.x(), box.y()
    if option.state & QStyle.StateFlag.State_On:
        tick = QPainterPath(QPointF(x + 0.22 * w, y + 0.52 * h))
        tick.lineTo(x + 0.42 * w, y + 0.72 * h)
        tick.lineTo(x + 0.78 * w, y + 0.30 * h)
        painter.drawPath(tick)
    elif option.state & QStyle.StateFlag.State_NoChange:
        painter.setPen(QPen(border, 2.0))
        painter.drawLine(QPointF(x + 0.25 * w, y + 0.5 * h), QPointF(x + 0.75 * w, y + 0.5 * h))


def _draw_radio(painter: QPainter, option: QStyleOption) -> None:
    border, fill, mark = _indicator_colours(option)
    ring = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5)
    painter.setPen(QPen(border, 1.0))
    painter.setBrush(fill)
    painter.drawEllipse(ring)
    if option.state & QStyle.StateFlag.State_On:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mark)
        painter.drawEllipse(ring.center(), 0.2 * ring.width(), 0.2 * ring.height())


def _arrow(points: tuple[tuple[float, float], ...]) -> Any:
    """Return a drawer of a chevron through three points given in units of its half size."""

    def draw(painter: QPainter, option: QStyleOption) -> None:
        enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
        group = QPalette.ColorGroup.Active if enabled else QPalette.ColorGroup.Disabled
        rect = QRectF(option.rect)
        size = min(4.0, 0.45 * min(rect.width(), rect.height()))
        centre = rect.center()
        painter.setPen(QPen(option.palette.color(group, QPalette.ColorRole.ButtonText), 1.3))
        painter.drawPolyline(QPolygonF([centre + size * QPointF(x, y) for x, y in points]))

    return draw


_DOWN, _UP = ((-1.0, -0.5), (0.0, 0.5), (1.0, -0.5)), ((-1.0, 0.5), (0.0, -0.5), (1.0, 0.5))
_LEFT, _RIGHT = ((0.5, -1.0), (-0.5, 0.0), (0.5, 1.0)), ((-0.5, -1.0), (0.5, 0.0), (-0.5, 1.0))
_ELEMENT = QStyle.PrimitiveElement
_PRIMITIVES: dict[QStyle.PrimitiveElement, Any] = {
    _ELEMENT.PE_IndicatorCheckBox: _draw_check_box,
    _ELEMENT.PE_IndicatorItemViewItemCheck: _draw_check_box,
    _ELEMENT.PE_IndicatorRadioButton: _draw_radio,
    _ELEMENT.PE_IndicatorArrowDown: _arrow(_DOWN),
    _ELEMENT.PE_IndicatorArrowUp: _arrow(_UP),
    _ELEMENT.PE_IndicatorArrowLeft: _arrow(_LEFT),
    _ELEMENT.PE_IndicatorArrowRight: _arrow(_RIGHT),
}
