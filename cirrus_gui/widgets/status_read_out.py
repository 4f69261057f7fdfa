"""What lies under the cursor: row, column, ADU, probability, label and place on the sky."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QWidget

from cirrus_core.frames.sky_position import SkyPosition, position_at
from cirrus_core.masks.labels import SKY_CLASSES, UNSURE, ClassTable
from cirrus_gui.widgets.section import explain


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known about one pixel; None or ``""`` is not known, and is not shown.

    `value` is the data value in ADU, not that of the picture.
    """

    row: int
    col: int
    value: float | None = None
    probability: float | None = None
    label: str = ""
    position: str = ""


def read_pixel(
    row: int,
    col: int,
    *,
    data: NDArray[Any],
    header: fits.Header | None = None,
    labels: NDArray[np.uint8] | None = None,
    probability: NDArray[np.floating[Any]] | None = None,
    classes: ClassTable = SKY_CLASSES,
) -> Reading | None:
    """Read pixel (row, col) of a frame (H, W) or (C, H, W), its mask and its probability (H, W).

    Returns None outside the frame.
    """
    rows, columns = data.shape[-2:]
    if not (0 <= row < rows and 0 <= col < columns):
        return None
    value = float(np.mean(data[..., row, col]))
    place = position_at(header, row, col) if header is not None else None
    return Reading(
        row,
        col,
        value=value if np.isfinite(value) else None,
        probability=None if probability is None else float(probability[row, col]),
        label="" if labels is None else _label_name(int(labels[row, col]), classes),
        position="" if place is None else position_text(place),
    )


def _label_name(value: int, classes: ClassTable) -> str:
    if value == UNSURE:
        return "unsure"
    return next((c.name for c in classes.classes if c.value == value), str(value))


def position_text(place: SkyPosition) -> str:
    """Altitude and azimuth where known, else right ascension and declination to a second."""
    if place.alt_deg is not None and place.az_deg is not None:
        return f"alt {place.alt_deg:6.2f}° az {place.az_deg:6.2f}°"
    seconds = round(place.ra_deg / 15.0 * 3600.0) % 86400
    arcsec = round(abs(place.dec_deg) * 3600.0)
    sign = "-" if place.dec_deg < 0 else "+"
    return (
        f"RA {seconds // 3600:02d}h{seconds // 60 % 60:02d}m{seconds % 60:02d}s "
        f"Dec {sign}{arcsec // 3600:02d}°{arcsec // 60 % 60:02d}′{arcsec % 60:02d}″"
    )


class StatusReadOut(QWidget):
    """One line with a fixed place for every figure, so that nothing jumps as the cursor moves."""

    def __init__(self) -> None:
        super().__init__()
        self._row = _Figure("row", "0000", "Row under the cursor, from 0 at the first row of the file")
        self._col = _Figure("col", "0000", "Column under the cursor, from 0")
        self._value = _Figure("ADU", "00000.0", "Value of the data under the cursor, not of the picture")
        self._probability = _Figure("p", "0.00", "Probability of cloud by the model shown")
        self._label = _Figure("", "unsure", "Label of the mask under the cursor", spoken="label")
        self._position = _Figure(
            "",
            "RA 00h00m00s Dec +00°00′00″",
            "Place on the sky, by the frame's header",
            spoken="sky position",
        )
        line = QHBoxLayout(self)
        line.setContentsMargins(6, 0, 6, 0)
        line.setSpacing(12)
        for figure in self._figures:
            line.addWidget(figure)
        line.addStretch(1)
        self.show_reading(None)

    @property
    def _figures(self) -> tuple[_Figure, ...]:
        return (self._row, self._col, self._value, self._probability, self._label, self._position)

    @property
    def text(self) -> str:
        """All that is shown, as one line."""
        return "  ".join(f.shown for f in self._figures if f.shown)

    def show_reading(self, reading: Reading | None) -> None:
        """Show a pixel, or nothing when the cursor is off the frame."""
        if reading is None:
            for figure in self._figures:
                figure.show_text("")
            return
        self._row.show_text(str(reading.row))
        self._col.show_text(str(reading.col))
        self._value.show_text("" if reading.value is None else _written(reading.value))
        self._probability.show_text("" if reading.probability is None else f"{reading.probability:.2f}")
        self._label.show_text(reading.label)
        self._position.show_text(reading.position)


def _written(value: float) -> str:
    """Whole numbers as such, others with the digits that matter."""
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e7 else f"{value:.6g}"


class _Figure(QWidget):
    """A quiet name and its value in a place as wide as `widest`."""

    def __init__(self, name: str, widest: str, help: str, *, spoken: str = "") -> None:
        super().__init__()
        self._text = name
        self._name = QLabel()
        self._name.setProperty("quiet", True)
        self._value = QLabel()
        width = self.fontMetrics().horizontalAdvance
        self._name.setMinimumWidth(width(name))
        self._value.setMinimumWidth(width(widest) + 4)
        side = Qt.AlignmentFlag.AlignRight if name else Qt.AlignmentFlag.AlignLeft
        self._value.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        explain(self, spoken or name, help)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4 if name else 0)
        line.addWidget(self._name)
        line.addWidget(self._value)

    @property
    def shown(self) -> str:
        """Name and value, or ``""`` while nothing is known."""
        return f"{self._text} {self._value.text()}".strip() if self._value.text() else ""

    def show_text(self, text: str) -> None:
        """Show name and value, or neither; their place is kept."""
        if text != self._value.text():
            self._value.setText(text)
            self._name.setText(self._text if text else "")
