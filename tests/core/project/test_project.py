"""The project folder: made, found, moved, damaged, refused."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from cirrus_core.errors import ProjectError
from cirrus_core.project.project import Project


def test_project_keeps_its_identity_when_it_moves(tmp_path: Path) -> None:
    first = Project.open(tmp_path / "OHP 2026")
    assert first.name == "OHP 2026" and first.id
    (tmp_path / "OHP 2026").rename(tmp_path / "moved")
    again = Project.open(tmp_path / "moved", create=False)
    assert (again.id, again.name) == (first.id, "OHP 2026")
    assert Project.open(tmp_path / "other").id != first.id


def test_folder_that_is_no_project(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="is no CIRRUS project") as caught:
        Project.open(tmp_path, create=False)
    assert caught.value.hint
    assert not list(tmp_path.iterdir())


def test_project_is_found_from_inside(tmp_path: Path) -> None:
    project = Project.open(tmp_path / "p")
    deep = tmp_path / "p" / "masks" / "n" / "manual"
    deep.mkdir(parents=True)
    for inside in (deep, tmp_path / "p", deep / "not-yet.fits"):
        found = Project.find(inside)
        assert found is not None and found.id == project.id
    assert Project.find(tmp_path) is None


def test_project_file_of_another_program_is_none_of_ours(tmp_path: Path) -> None:
    (tmp_path / "project.json").write_text('{"name": "a web page"}')
    assert Project.find(tmp_path) is None
    with pytest.raises(ProjectError, match="format None"):
        Project.open(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[1]", '"cirrus_project"', '{"cirrus_project": 99}'])
def test_damaged_or_newer_project_is_told_and_left_alone(tmp_path: Path, content: str) -> None:
    file = tmp_path / "project.json"
    file.write_text(content)
    with pytest.raises(ProjectError) as caught:
        Project.open(tmp_path)
    assert str(file) in caught.value.message and caught.value.hint
    assert file.read_text() == content


def test_project_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ProjectError, match="cannot be written"):
        Project.open(tmp_path / "file")
    with pytest.raises(ProjectError, match="cannot be written"):
        Project.open(Path("/proc/nowhere"))


def test_night_id_names_the_folder_and_tells_equal_names_apart(tmp_path: Path) -> None:
    project = Project.open(tmp_path / "p")
    one, two = (
        project.night_id(tmp_path / "a" / "2026-03-04"),
        project.night_id(tmp_path / "b" / "2026-03-04"),
    )
    assert one != two and one.startswith("2026-03-04-") and len(one) == len("2026-03-04-") + 8
    assert project.night_id(tmp_path / "a" / "." / "2026-03-04") == one
    for odd in ("..", "/", "nuit d'été à l'OHP", "x" * 300):
        night_id = project.night_id(tmp_path / odd)
        assert Path(night_id).name == night_id and len(night_id) < 100 and night_id.isascii()


def test_night_inside_the_project_keeps_its_id_when_the_project_moves(tmp_path: Path) -> None:
    project = Project.open(tmp_path / "p")
    night = tmp_path / "p" / "frames" / "n1"
    night.mkdir(parents=True)
    night_id = project.remember_night(night)
    assert project.nights() == {night_id: night}
    shutil.move(tmp_path / "p", tmp_path / "q")
    moved = Project.open(tmp_path / "q")
    assert moved.nights() == {night_id: tmp_path / "q" / "frames" / "n1"}
    assert moved.night_id(tmp_path / "q" / "frames" / "n1") == night_id


def test_nights_elsewhere_are_remembered_by_their_full_path(tmp_path: Path) -> None:
    project = Project.open(tmp_path / "p")
    (tmp_path / "n2").mkdir()
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "n2")
    night_id = project.remember_night(link)
    before = project.layout.nights_file.stat().st_mtime_ns
    assert project.remember_night(tmp_path / "n2") == night_id
    assert project.layout.nights_file.stat().st_mtime_ns == before, "nothing new, nothing written"
    assert Project.open(tmp_path / "p").nights() == {night_id: tmp_path / "n2"}
    assert json.loads(project.layout.nights_file.read_text())


def test_damaged_list_of_nights_is_told_and_not_overwritten(tmp_path: Path) -> None:
    project = Project.open(tmp_path / "p")
    project.layout.nights_file.write_text("{")
    with pytest.raises(ProjectError, match=r"nights\.json"):
        project.remember_night(tmp_path)
    assert project.layout.nights_file.read_text() == "{"


@pytest.mark.parametrize("name", ["../../outside", "/tmp/outside", "..", "a/b", ""])
def test_night_whose_name_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    project = Project.open(tmp_path / "p")
    project.layout.nights_file.write_text(json.dumps({name: "frames"}))
    with pytest.raises(ProjectError, match="cannot name a folder"):
        project.nights()


@pytest.mark.skipif(os.name == "nt", reason="permissions of another kind")
def test_unreadable_project_file_is_told(tmp_path: Path) -> None:
    project = Project.open(tmp_path)
    project.layout.project_file.chmod(0)
    user = os.geteuid()
    try:
        if user == 0:  # root may read everything
            os.seteuid(65534)
        with pytest.raises(ProjectError, match="cannot be read"):
            Project.find(tmp_path)
    finally:
        os.seteuid(user)
