"""Class tables of foreign label pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cirrus_core.datasets.label_table import STANDARD, read_label_table
from cirrus_core.errors import DataError
from cirrus_core.masks.labels import UNSURE


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "classes.toml"
    path.write_text(text)
    return path


def test_clear_and_cloud_keep_their_labels_whatever_the_order(tmp_path: Path) -> None:
    found = read_label_table(table(tmp_path, 'ignore = [0]\n[classes]\n255 = "cloud"\n100 = "clear"\n'))
    assert found.names == ("clear", "cloud")
    picture = np.array([[0, 100], [255, 255]])
    assert found.translate(picture, name="x").tolist() == [[UNSURE, 0], [1, 1]]


def test_several_values_may_mean_one_class(tmp_path: Path) -> None:
    text = '[classes]\n0 = "clear"\n126 = "thin"\n255 = "thick"\n254 = "thick"\n'
    found = read_label_table(table(tmp_path, text))
    assert found.names == ("clear", "thin", "thick")
    assert found.translate(np.array([[0, 126, 254, 255]]), name="x").tolist() == [[0, 1, 2, 2]]


def test_a_value_that_means_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="frame7 holds values that mean nothing here: 7"):
        STANDARD.translate(np.array([[0, 1, 7, 255]]), name="frame7")


@pytest.mark.parametrize(
    "text",
    [
        "nonsense =",
        "ignore = [0]",
        '[classes]\n1 = "cloud"\n',
        '[classes]\ndark = "cloud"\n0 = "clear"',
        'ignore = [1]\n[classes]\n1 = "cloud"\n0 = "clear"',
        "classes = 3",
    ],
)
def test_what_is_no_table_is_refused_with_an_example(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match="class table") as caught:
        read_label_table(table(tmp_path, text))
    assert "[classes]" in caught.value.hint


def test_a_missing_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_label_table(tmp_path / "classes.toml")
