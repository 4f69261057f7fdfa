"""Themes: readable text by the WCAG formula, and nothing but red light in the red theme."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
import pytest
from numpy.typing import NDArray
from PyQt6.QtCore import QSize
from PyQt6.QtGui import QImage, QPalette
from PyQt6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGroupBox,
    QLineEdit,
    QListWidget,
    QMenu,
    QMenuBar,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QScrollBar,
    QSlider,
    QSpinBox,
    QTableWidget,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from cirrus_core.settings import resources_dir
from cirrus_gui.theme import (
    THEME_NAMES,
    ThemeName,
    apply_theme,
    colour_table,
    colours,
    colours_of,
    palette,
    style_sheet,
)
from cirrus_gui.widgets.icons import icon

# Text colour on background colour, as the style sheet combines them.
TEXT_PAIRS = [
    *((text, ground) for text in ("text",) for ground in ("window", "base", "raised", "hover", "selected")),
    *((text, ground) for text in ("dim", "good", "warn", "bad", "accent") for ground in ("window", "base")),
    ("on_accent", "accent"),
]


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def pixels(widget: QWidget) -> NDArray[np.uint8]:
    """What `widget` draws, (H, W, 3) red, green, blue."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    data = image.constBits()
    assert data is not None
    data.setsize(image.sizeInBytes())
    raw = np.frombuffer(data, np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    return raw[:, : image.width(), 2::-1].copy()


@pytest.fixture(autouse=True)
def dark_afterwards(qapp: QApplication) -> Iterator[None]:
    yield
    apply_theme(qapp, "dark")


def test_contrast_formula_gives_the_published_extremes() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", THEME_NAMES)
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_is_readable(name: ThemeName, text: str, ground: str) -> None:
    tokens = asdict(colours(name))
    assert contrast(tokens[text], tokens[ground]) >= 4.5


@pytest.mark.parametrize("name", THEME_NAMES)
def test_controls_are_told_from_the_window(name: ThemeName) -> None:
    """WCAG asks 3 for what identifies a control; quiet and disabled text stay legible too."""
    tokens = colours(name)
    assert contrast(tokens.accent, tokens.window) >= 3.0
    assert contrast(tokens.disabled, tokens.window) >= 2.0


def test_red_theme_has_no_green_and_no_blue_in_tokens_palette_and_style_sheet() -> None:
    tokens = colours("red")
    named = [v for k, v in asdict(tokens).items() if k != "name"] + re.findall(
        r"#[0-9a-fA-F]{3,8}", style_sheet(tokens)
    )
    assert all(re.fullmatch(r"#[0-9a-f]{2}0000", colour) for colour in named)
    made = palette(tokens)
    for group in (QPalette.ColorGroup.Active, QPalette.ColorGroup.Inactive, QPalette.ColorGroup.Disabled):
        for role in QPalette.ColorRole:
            if role in (QPalette.ColorRole.NoRole, QPalette.ColorRole.NColorRoles):
                continue
            colour = made.color(group, role)
            assert (colour.green(), colour.blue()) == (0, 0), f"{group} {role}"


@pytest.mark.parametrize("name", ["grey", "viridis"])
def test_colour_maps_are_red_in_the_red_theme_and_keep_their_order(name: str) -> None:
    table = colour_table(name, colours("red"))
    assert table.shape == (256, 3) and not table[:, 1:].any()
    brightness = table[:, 0].astype(int)
    # The maps themselves are rounded to 8 bits, hence one level of slack.
    assert (np.maximum.accumulate(brightness) - brightness <= 1).all()
    assert brightness[-1] > brightness[0] + 150
    assert np.array_equal(
        colour_table("grey", colours("dark")), np.repeat(np.arange(256)[:, None], 3, axis=1)
    )


def test_style_sheet_knows_every_token_it_names() -> None:
    names = set(re.findall(r"\$([a-z_]+)", (resources_dir() / "theme.qss").read_text(encoding="utf-8")))
    assert names <= set(asdict(colours("dark")))
    assert "$" not in style_sheet(colours("dark"))


@pytest.mark.parametrize("name", THEME_NAMES)
def test_widgets_learn_their_colours(qapp: QApplication, qtbot: QtBot, name: ThemeName) -> None:
    apply_theme(qapp, name)
    widget = QPushButton("button")
    qtbot.addWidget(widget)
    assert colours_of(widget) == colours(name)


def all_controls() -> QWidget:
    """One of everything the panels use, in several states."""
    page = QWidget()
    page.setProperty("panel", True)
    column = QVBoxLayout(page)
    checked, half, disabled = QCheckBox("checked"), QCheckBox("half"), QCheckBox("disabled")
    checked.setChecked(True)
    half.setTristate(True)
    half.setCheckState(half.checkState().PartiallyChecked)
    disabled.setDisabled(True)
    radio = QRadioButton("radio")
    radio.setChecked(True)
    slider = QSlider()
    slider.setOrientation(slider.orientation().Horizontal)
    slider.setValue(40)
    bar = QProgressBar()
    bar.setValue(60)
    combo = QComboBox()
    combo.addItems(["one", "two"])
    items = QListWidget()
    items.addItems(["one", "two", "three"])
    items.setCurrentRow(1)
    table = QTableWidget(2, 2)
    tabs = QTabWidget()
    tabs.addTab(QWidget(), "first")
    tabs.addTab(QWidget(), "second")
    tool = QToolButton()
    tool.setIcon(icon("brush"))
    primary = QPushButton("primary")
    primary.setProperty("primary", True)
    off = QPushButton("off")
    off.setDisabled(True)
    menus = QMenuBar()
    menus.addMenu(QMenu("File", menus))
    bar_v = QScrollBar()
    bar_v.setRange(0, 100)
    controls = [menus, checked, half, disabled, radio, slider, bar, combo, QSpinBox(), QDoubleSpinBox()]
    controls += [QLineEdit("text"), QPlainTextEdit("text"), QGroupBox("group"), items, table, tabs, tool]
    for widget in [*controls, QPushButton("button"), primary, off, bar_v]:
        column.addWidget(widget)
    return page


def test_nothing_but_red_light_is_drawn(qapp: QApplication, qtbot: QtBot) -> None:
    apply_theme(qapp, "red")
    page = all_controls()
    qtbot.addWidget(page)
    page.resize(QSize(420, 1100))
    page.show()
    drawn = pixels(page)
    assert drawn[..., 0].max() > 200
    assert not drawn[..., 1:].any()


@pytest.mark.parametrize("path", sorted((resources_dir() / "icons").glob("*.svg")), ids=lambda p: p.stem)
def test_icons_draw_something_in_the_colour_of_the_theme(qapp: QApplication, path: object) -> None:
    apply_theme(qapp, "red")
    image = icon(path.stem).pixmap(48, 48).toImage()  # type: ignore[attr-defined]
    inked = [
        image.pixelColor(x, y)
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() > 200
    ]
    assert len(inked) > 20
    assert all((c.red() > 250, c.green(), c.blue()) == (True, 0, 0) for c in inked)
