"""Finding, reading and listing model folders."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from model_helpers import make_model

from cirrus_core.errors import ModelError
from cirrus_core.models.model_store import (
    CARD_FILE,
    CURRENT_FILE,
    current_model,
    find_model,
    list_models,
    new_model_folder,
    read_card,
    scan_models,
    set_current_model,
)


def test_a_card_comes_back_as_it_was_written(tmp_path: Path) -> None:
    card = make_model(tmp_path / "m1")
    assert read_card(tmp_path / "m1") == card


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "damaged"),
        ("[]", "damaged"),
        ("{", "damaged"),
        ('{"id": "m1"}', "'title'"),
    ],
)
def test_a_damaged_card_is_told(tmp_path: Path, text: str, why: str) -> None:
    make_model(tmp_path / "m1")
    (tmp_path / "m1" / CARD_FILE).write_text(text)
    with pytest.raises(ModelError, match=why) as caught:
        read_card(tmp_path / "m1")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("id", "../../etc", "'id'"),
        ("arch", "nix", "no architecture 'nix'"),
        ("arch_config", {"widths": []}, "widths"),
        ("arch_config", {"nix": 1}, "nix"),
        ("threshold", 7, "'threshold'"),
        ("format", 2, "Update CIRRUS"),
        ("weights_file", "/etc/passwd", "weights_file"),
    ],
)
def test_a_card_with_a_wrong_value_is_told(tmp_path: Path, field: str, value: object, why: str) -> None:
    make_model(tmp_path / "m1")
    path = tmp_path / "m1" / CARD_FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | {field: value}))
    with pytest.raises(ModelError) as caught:
        read_card(tmp_path / "m1")
    assert why in str(caught.value)


def test_models_are_found_by_id_by_folder_and_by_a_file_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "models" / "m1"
    make_model(folder)
    assert find_model("m1", tmp_path / "models") == folder
    assert find_model(folder) == folder
    assert find_model(str(folder / CARD_FILE)) == folder


def test_an_unknown_model_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    make_model(tmp_path / "m1")
    with pytest.raises(ModelError, match="no model 'm2'") as caught:
        find_model("m2", tmp_path)
    assert "m1" in caught.value.hint


def test_an_id_never_leaves_the_models_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_model(tmp_path / "outside")
    (tmp_path / "project" / "models").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project")
    # As a path from the current folder, "../outside" is right; as an id below "models" it would be
    # "../../outside", which must not be tried.
    with pytest.raises(ModelError):
        find_model("../../outside", tmp_path / "project" / "models")
    with pytest.raises(ModelError):
        set_current_model(tmp_path / "project" / "models", "../../outside")


def test_a_single_file_without_card_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.onnx"
    path.write_bytes(b"")
    with pytest.raises(ModelError, match="cannot be used alone"):
        find_model(path)


def test_the_list_is_newest_first_and_leaves_damaged_ones_out(tmp_path: Path) -> None:
    make_model(tmp_path / "old", created="2025-01-01T00:00:00+00:00")
    make_model(tmp_path / "new", created="2026-05-01T00:00:00+00:00")
    make_model(tmp_path / "broken")
    (tmp_path / "broken" / CARD_FILE).write_text("{")
    (tmp_path / "unfinished").mkdir()
    ids = [card.id for card in list_models(tmp_path)]
    assert [i for i in ids if i in ("old", "new", "broken", "unfinished")] == ["new", "old"]
    assert ["broken" in str(error) for error in scan_models(tmp_path)[1]] == [True]


def test_new_folders_never_meet_old_ones(tmp_path: Path) -> None:
    now = datetime(2026, 11, 21, 1, 2, 3, tzinfo=UTC)
    names = [new_model_folder(tmp_path, "unet", now).name for _ in range(3)]
    assert names == ["unet-20261121-010203", "unet-20261121-010203-2", "unet-20261121-010203-3"]


@pytest.mark.parametrize("prefix", ["../x", "", "A b", "x" * 80])
def test_a_prefix_must_be_a_name(tmp_path: Path, prefix: str) -> None:
    with pytest.raises(ModelError):
        new_model_folder(tmp_path / "models", prefix)
    assert not (tmp_path / "models").exists()


def test_the_current_model_is_remembered_and_falls_back(tmp_path: Path) -> None:
    make_model(tmp_path / "m1")
    assert current_model(tmp_path) == "default"
    set_current_model(tmp_path, "m1")
    assert current_model(tmp_path) == "m1"
    shutil.rmtree(tmp_path / "m1")
    assert current_model(tmp_path) == "default"
    (tmp_path / CURRENT_FILE).write_text("../../etc\n")
    assert current_model(tmp_path) == "default"


def test_a_model_that_is_not_there_cannot_become_current(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        set_current_model(tmp_path, "nix")


def test_the_window_can_list_models_without_torch() -> None:
    code = (
        "import sys, cirrus_core.models.model_store, cirrus_core.models.specs;"
        "import cirrus_core.inference.timeline;"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
