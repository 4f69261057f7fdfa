"""Number fields, sliders, choices, folds: announce what the user did, and only that."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QApplication, QLabel, QSlider
from pytestqt.qtbot import QtBot

from cirrus_gui.widgets.choice_row import Choice, ChoiceRow
from cirrus_gui.widgets.number_field import NumberField
from cirrus_gui.widgets.section import Fold, PanelColumn, with_key
from cirrus_gui.widgets.value_slider import ValueSlider


def typed(qtbot: QtBot, field: NumberField, text: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def wheel(widget: QSlider) -> None:
    """One notch of the wheel over a widget that does not have the focus."""
    event = QWheelEvent(
        QPointF(5, 5),
        widget.mapToGlobal(QPointF(5, 5)),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def test_number_field_announces_typing_and_gives_the_keyboard_back(qtbot: QtBot) -> None:
    field = NumberField("Low cut", "black", low=-1e6, high=1e6, decimals=1)
    qtbot.addWidget(field)
    field.show()
    qtbot.waitExposed(field)
    seen: list[float] = []
    field.edited.connect(seen.append)
    field.show_value(12.0)
    assert seen == []
    typed(qtbot, field, "7012.5")
    assert seen == [7012.5]
    assert not field.hasFocus()


@pytest.mark.parametrize(("log", "middle"), [(False, 5.005), (True, 0.316)])
def test_value_slider_scales(qtbot: QtBot, log: bool, middle: float) -> None:
    slider = ValueSlider("Softening", "", low=0.01, high=10.0, decimals=3, log=log)
    qtbot.addWidget(slider)
    bar = slider.findChild(QSlider)
    assert bar is not None
    seen: list[float] = []
    slider.edited.connect(seen.append)
    slider.show_value(1.0)
    assert (slider.value, seen) == (1.0, [])
    bar.setValue(bar.maximum() // 2)
    assert seen == [pytest.approx(middle, abs=1e-3)]


def test_typing_moves_the_slider(qtbot: QtBot) -> None:
    slider = ValueSlider("Threshold", "", low=0.0, high=1.0)
    qtbot.addWidget(slider)
    bar, field = slider.findChild(QSlider), slider.findChild(NumberField)
    assert bar is not None and field is not None
    typed(qtbot, field, "0.25")
    assert bar.value() == bar.maximum() // 4


def test_the_wheel_moves_no_slider_in_passing(qtbot: QtBot) -> None:
    slider = ValueSlider("Opacity", "", low=0.0, high=1.0)
    qtbot.addWidget(slider)
    slider.show_value(0.5)
    bar = slider.findChild(QSlider)
    assert bar is not None
    wheel(bar)
    assert slider.value == 0.5


def test_choices_are_exclusive_and_announced_when_clicked(qtbot: QtBot) -> None:
    row = ChoiceRow("Label", [Choice("cloud", "Cloud", "paint it"), Choice("clear", "Clear", "paint it")])
    qtbot.addWidget(row)
    seen: list[str] = []
    row.chosen.connect(seen.append)
    row.show_value("cloud")
    assert (row.value, seen) == ("cloud", [])
    qtbot.mouseClick(row.button("clear"), Qt.MouseButton.LeftButton)
    assert (row.value, seen) == ("clear", ["clear"])


def test_fold_opens_by_mouse_and_by_space(qtbot: QtBot) -> None:
    content = QLabel("three files")
    fold = Fold("3 files not opened", content)
    qtbot.addWidget(fold)
    fold.show()
    assert not content.isVisible()
    qtbot.mouseClick(fold.head, Qt.MouseButton.LeftButton)
    assert content.isVisible() and fold.is_open
    fold.head.setFocus()
    qtbot.keyClick(fold.head, Qt.Key.Key_Space)
    assert not content.isVisible()


def test_keys_are_written_at_the_end_of_the_tooltip() -> None:
    assert with_key("Fit", "Z", "double-click") == "Fit  [Z, double-click]"
    assert with_key("Undo", "Ctrl+Z") == "Undo  [Ctrl+Z]"
    assert with_key("No key") == "No key"


def test_a_low_column_scrolls(qtbot: QtBot) -> None:
    column = PanelColumn("Display")
    for i in range(60):
        column.column.addWidget(QLabel(f"line {i}"))
    qtbot.addWidget(column)
    column.resize(280, 300)
    column.show()
    bar = column.verticalScrollBar()
    assert bar is not None and bar.maximum() > 0
    assert column.sizeHint().width() <= 280
