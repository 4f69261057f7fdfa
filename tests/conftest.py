"""Fixtures for all tests: isolated user folders, the real frames where they are present."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


@pytest.fixture(autouse=True)
def isolated_user_folders(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the projects and caches of the person who runs it."""
    home = tmp_path_factory.mktemp("user")
    (home / "config").mkdir()  # astropy warns when the named folder is not there
    monkeypatch.setenv("CIRRUS_PROJECT", str(home / "project"))
    monkeypatch.setenv("CIRRUS_CACHE", str(home / "cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))


@pytest.fixture
def shared_data() -> Path:
    """Folder with the real frames, or a skip that says so."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"real frames are not present at {SHARED_DATA}")
    return SHARED_DATA
