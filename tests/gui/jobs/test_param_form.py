"""Forms made from config models: widgets by kind, values, mistakes at the field."""

from __future__ import annotations

from typing import Literal

import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QWheelEvent
from PyQt6.QtWidgets import QApplication, QCheckBox, QComboBox, QDoubleSpinBox, QLabel, QLineEdit, QSpinBox
from pytestqt.qtbot import QtBot

from cirrus_core.config import Config, param, params_of
from cirrus_core.datasets.augment_config import AugmentConfig
from cirrus_core.errors import UsageError
from cirrus_core.models.specs import UNetConfig
from cirrus_core.training.config import TrainConfig
from cirrus_gui.widgets.param_form import ParamForm


class Everything(Config):
    """One parameter of each kind."""

    steps: int = param(3, help="how many steps", low=1, high=9)
    rate: float = param(1e-3, help="rate", low=1e-6, high=1.0, log=True)
    angle: float = param(45.0, help="largest angle", unit="deg", low=0.0, high=180.0)
    flip: bool = param(True, help="flip")
    loss: Literal["bce", "dice"] = param("bce", help="loss")
    widths: tuple[int, ...] = param((8, 16), help="widths", unit="px")
    name: str = param("x", help="name")


@pytest.fixture
def form(qtbot: QtBot) -> ParamForm:
    form = ParamForm(Everything)
    qtbot.addWidget(form)
    form.show()
    return form


def test_each_kind_has_its_widget(form: ParamForm) -> None:
    kinds = {
        "steps": QSpinBox,
        "rate": QLineEdit,
        "angle": QDoubleSpinBox,
        "flip": QCheckBox,
        "loss": QComboBox,
        "widths": QLineEdit,
        "name": QLineEdit,
    }
    for name, kind in kinds.items():
        assert isinstance(form.field(name), kind), name


def test_defaults_make_the_default_config(form: ParamForm) -> None:
    assert Everything(**form.checked_values()) == Everything()


@pytest.mark.parametrize("config_cls", [TrainConfig, UNetConfig, AugmentConfig])
def test_every_form_of_a_training_begins_with_the_defaults(qtbot: QtBot, config_cls: type[Config]) -> None:
    form = ParamForm(config_cls)
    qtbot.addWidget(form)
    assert config_cls(**form.checked_values()) == config_cls()


def test_typed_values_are_read(qtbot: QtBot, form: ParamForm) -> None:
    for name, text in (("rate", "2e-4"), ("widths", "4, 8,16"), ("steps", "7"), ("angle", "12.5")):
        field = form.field(name)
        field.selectAll()
        qtbot.keyClicks(field, text)
    form.field("loss").setCurrentText("dice")
    assert form.checked_values() == {
        "steps": 7,
        "rate": 2e-4,
        "angle": 12.5,
        "flip": True,
        "loss": "dice",
        "widths": [4, 8, 16],
        "name": "x",
    }


def test_a_mistake_is_told_at_its_field_and_goes_when_mended(qtbot: QtBot, form: ParamForm) -> None:
    rate = form.field("rate")
    rate.selectAll()
    qtbot.keyClicks(rate, "20")
    assert "less than or equal to 1" in form.error("rate") and form.error("steps") == ""
    shown = [label for label in form.findChildren(QLabel) if label.text() == form.error("rate")]
    assert shown and shown[0].isVisible()
    with pytest.raises(UsageError, match="'rate'"):
        form.checked_values()
    rate.selectAll()
    qtbot.keyClicks(rate, "0.5")
    assert form.error("rate") == "" and not shown[0].isVisible()


def test_reset_brings_the_defaults_back(qtbot: QtBot, form: ParamForm) -> None:
    form.set_values({"steps": 9, "rate": 0.5, "widths": (1, 2, 3), "flip": False, "loss": "dice"})
    assert form.checked_values()["widths"] == [1, 2, 3]
    form.reset()
    assert Everything(**form.checked_values()) == Everything()


def test_tooltips_tell_what_unit_and_bounds(form: ParamForm) -> None:
    assert form.field("angle").toolTip() == "Largest angle (deg), 0 to 180"
    for info in params_of(Everything):
        assert form.field(info.name).toolTip() and form.field(info.name).accessibleName()


def test_a_wheel_on_its_way_changes_nothing(qtbot: QtBot, form: ParamForm) -> None:
    for name in ("steps", "angle", "loss"):
        field = form.field(name)
        field.clearFocus()
        before = form.values()[name]
        centre = QPointF(field.rect().center())
        wheel = QWheelEvent(
            centre,
            field.mapToGlobal(centre),
            QPoint(),
            QPoint(0, 120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(field, wheel)
        assert form.values()[name] == before
