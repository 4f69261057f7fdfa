"""The curves of a training, fed with the events that a training sends."""

from __future__ import annotations

import math

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from cirrus_core.jobs.events import Metrics
from cirrus_gui.theme import apply_theme
from cirrus_gui.widgets.curve_plot import CurvePlot
from cirrus_gui.widgets.training_curves import TrainingCurves


def epoch(step: int, train: float, validation: float | None, iou: float = 0.5) -> Metrics:
    values = {"train_loss": train, "lr": 1e-3}
    if validation is not None:
        values |= {"val_loss": validation, "val_iou": iou, "val_iou_clear": iou / 2}
    return Metrics(step=step, values=values)


def test_the_best_epoch_is_the_one_of_the_lowest_validation_loss(qtbot: QtBot) -> None:
    curves = TrainingCurves()
    qtbot.addWidget(curves)
    for event in (epoch(1, 0.9, 0.8, 0.4), epoch(2, 0.5, 0.4, 0.7), epoch(3, 0.3, 0.6, 0.9)):
        curves.add(event)
    assert curves._loss.points("training") == [(1, 0.9), (2, 0.5), (3, 0.3)]
    assert curves._loss.points("validation") == [(1, 0.8), (2, 0.4), (3, 0.6)]
    assert curves._iou.points("clear") == [(1, 0.2), (2, 0.35), (3, 0.45)]
    assert curves._loss.best == curves._iou.best == 2
    assert curves.best_text() == "Best epoch 2: loss 0.4, IoU 0.700."


def test_without_validation_the_training_loss_decides(qtbot: QtBot) -> None:
    curves = TrainingCurves()
    qtbot.addWidget(curves)
    for event in (epoch(1, 0.9, None), epoch(2, 0.2, None), epoch(3, 0.3, None)):
        curves.add(event)
    assert curves._loss.best == 2 and curves.best_text() == "Best epoch 2: loss 0.2."


def test_another_job_begins_with_empty_curves(qtbot: QtBot) -> None:
    curves = TrainingCurves()
    qtbot.addWidget(curves)
    curves.add(epoch(1, 0.9, 0.8))
    curves.show_history([epoch(1, 0.3, 0.2)])
    assert curves._loss.points("training") == [(1, 0.3)]
    curves.show_history([])
    assert curves._loss.points("training") == [] and curves._loss.best is None and curves.isHidden()


def test_what_a_log_axis_cannot_show_is_a_gap(qtbot: QtBot) -> None:
    plot = CurvePlot("loss", ("training", "validation"), help="loss", log=True)
    qtbot.addWidget(plot)
    for step, value in enumerate((1.0, 0.0, math.nan, math.inf, 0.1)):
        plot.add("training", step, value)
    shown = np.array([value for _, value in plot.points("training")])
    assert np.isnan(shown).tolist() == [False, True, True, True, False]
    plot.show()
    plot.grab()


def test_curves_differ_in_style_and_colour_and_are_red_at_night(qtbot: QtBot, qapp: QApplication) -> None:
    plot = CurvePlot("loss", ("training", "validation"), help="loss")
    qtbot.addWidget(plot)
    for step in range(5):
        plot.add("training", step, 1.0 + step)
        plot.add("validation", step, 2.0 + step)
    plot.mark_best(2)
    plot.resize(260, 160)
    plot.show()
    pens = [curve.item.opts["pen"] for curve in plot._curves.values()]
    assert [pen.style() for pen in pens] == [Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine]
    assert pens[0].color() != pens[1].color()
    apply_theme(qapp, "red")
    qapp.processEvents()
    image = plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    raw = image.constBits().asarray(image.sizeInBytes())
    pixels = np.frombuffer(raw, np.uint8).reshape(image.height(), -1, 4)
    assert pixels[..., 2].max() > 200, "red curves are seen"
    assert pixels[..., :2].max() == 0, "nothing but red light"
    apply_theme(qapp, "dark")
