"""The values of a mask and what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cirrus_core.config import Config

CLEAR = 0
CLOUD = 1
UNSURE = 255
"""Pixels nobody can decide: never trained on, never scored."""

MaskSource = Literal["manual", "auto", "model", "simulation"]
TruthKind = Literal["hand", "algorithm", "simulation"]
"""Against what a score was taken. Agreement with an algorithm's mask proves imitation, not truth."""

TRUTH_KINDS: dict[str, TruthKind] = {
    "manual": "hand",
    "auto": "algorithm",
    "model": "algorithm",
    "simulation": "simulation",
}
"""The kind of truth that a mask from each `MaskSource` is."""


class LabelClass(Config):
    """One class of a mask: its value in the file, its name and its colour (``#rrggbb``)."""

    value: int
    name: str
    colour: str


class ClassTable(Config):
    """The classes of a project, without 'unsure', which every project has."""

    classes: tuple[LabelClass, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Class names in the order of their values."""
        return tuple(c.name for c in self.classes)


SKY_CLASSES = ClassTable(
    classes=(
        LabelClass(value=CLEAR, name="clear", colour="#000000"),
        # Okabe-Ito orange: told from blue outlines by colour-blind eyes and in grey.
        LabelClass(value=CLOUD, name="cloud", colour="#e69f00"),
    )
)


def cloud_fraction(labels: NDArray[np.uint8]) -> float:
    """Share of cloudy pixels (any class but clear) among the known ones; nan when none is known."""
    unsure = int(np.count_nonzero(labels == UNSURE))
    clear = int(np.count_nonzero(labels == CLEAR))
    known = labels.size - unsure
    return (known - clear) / known if known else float("nan")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who or what made a mask, from which frame, and when.

    `method` names the automatic method, or the model id when `source` is "model". `frame_sum` is the
    frame's `pixel_checksum`.
    """

    source: MaskSource
    method: str
    editor: str
    date: datetime
    frame_sum: str
