"""Class tables of foreign label pictures: which pixel value means what (``classes.toml``).

::

    ignore = [0]          # values nobody decided on: they become 'unsure'

    [classes]
    100 = "clear"
    255 = "cloud"
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cirrus_core.errors import DataError
from cirrus_core.masks.labels import SKY_CLASSES, UNSURE

CLASSES_FILE = "classes.toml"


@dataclass(frozen=True, slots=True)
class LabelTable:
    """What the values of label pictures mean.

    `names` are the classes in the order of their labels 0, 1, ...; `values` pairs each value in the files
    with its label (`UNSURE` for ignored ones).
    """

    names: tuple[str, ...]
    values: tuple[tuple[int, int], ...]

    def translate(self, picture: NDArray[np.integer], *, name: str) -> NDArray[np.uint8]:
        """Labels (H, W) uint8 of a label picture called `name`; `DataError` for a value not in the table."""
        known = dict(self.values)
        strange = sorted(set(np.unique(picture).tolist()) - set(known))
        if strange:
            listed = ", ".join(map(str, strange[:5]))
            raise DataError(
                f"The mask of {name} holds values that mean nothing here: {listed}.",
                f"Name every value of the label pictures in {CLASSES_FILE}.",
            )
        table = np.full(max(known) + 1, UNSURE, np.uint8)
        for value, label in known.items():
            table[value] = label
        labels: NDArray[np.uint8] = table[picture]
        return labels


STANDARD = LabelTable(SKY_CLASSES.names, ((0, 0), (1, 1), (UNSURE, UNSURE)))
"""The values of CIRRUS' own masks."""


def read_label_table(path: Path) -> LabelTable:
    """Read a ``classes.toml``.

    'clear' and 'cloud' get the labels 0 and 1 they have everywhere; other classes follow as listed.

    Raises
    ------
    DataError
        If the file cannot be read, or names no two classes, or a value twice.
    """
    hint = 'It needs a table [classes] with lines such as 255 = "cloud", and may have ignore = [0].'
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        classes = {int(value): str(name) for value, name in content["classes"].items()}
        ignored = [int(value) for value in content.get("ignore", [])]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"The class table {path} cannot be read: {error}.", hint) from error
    names = sorted(dict.fromkeys(classes.values()), key=_rank)
    if len(names) < 2 or set(classes) & set(ignored) or min([*classes, *ignored]) < 0:
        raise DataError(f"The class table {path} is not one: two classes or more are needed.", hint)
    labels = {value: names.index(name) for value, name in classes.items()}
    values = sorted({**labels, **dict.fromkeys(ignored, UNSURE)}.items())
    return LabelTable(tuple(names), tuple(values))


def _rank(name: str) -> int:
    return SKY_CLASSES.names.index(name) if name in SKY_CLASSES.names else len(SKY_CLASSES.names)
