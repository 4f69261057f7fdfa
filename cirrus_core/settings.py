"""Where the user's own files live: projects, caches, and the models that come with CIRRUS."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs


def default_project_dir() -> Path:
    """Project used when none is named: ``~/CIRRUS``, or ``$CIRRUS_PROJECT``."""
    named = os.environ.get("CIRRUS_PROJECT")
    return Path(named) if named else Path.home() / "CIRRUS"


def cache_dir() -> Path:
    """Folder for what can be made again (night indexes): ``$CIRRUS_CACHE`` or the user's cache folder."""
    named = os.environ.get("CIRRUS_CACHE")
    return Path(named) if named else Path(platformdirs.user_cache_dir("cirrus"))


def resources_dir() -> Path:
    """Folder with icons and bundled models, in a checkout and in an installed wheel."""
    package = Path(__file__).parent
    installed = package / "_resources"
    return installed if installed.is_dir() else package.parent / "resources"
