"""`Project`: a folder with the masks, states, models and jobs of many nights."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cirrus_core.errors import ProjectError
from cirrus_core.files import write_text_atomic
from cirrus_core.project.layout import NIGHT_ID, PROJECT_FILE, ProjectLayout

FORMAT = 1
_KEY = "cirrus_project"


@dataclass(frozen=True, slots=True)
class Project:
    """An open project folder.

    Attributes
    ----------
    layout : ProjectLayout
        Every path inside.
    id : str
        Made once; stays when the folder is moved or renamed.
    name : str
        For titles; the folder's name at first.
    """

    layout: ProjectLayout
    id: str
    name: str

    @classmethod
    def open(cls, root: Path, *, create: bool = True) -> Project:
        """Open the project in folder `root`, or make it one.

        Raises
        ------
        ProjectError
            If the folder is no project and `create` is false, cannot be written when it must be made, or
            its ``project.json`` is damaged or of a newer CIRRUS.
        """
        layout = ProjectLayout(root.expanduser().resolve())
        if not layout.project_file.exists():
            if not create:
                raise ProjectError(
                    f"{root} is no CIRRUS project.", f"A project folder holds a {PROJECT_FILE}."
                )
            _create(layout)
        values = _read(layout.project_file)
        if values.get(_KEY) != FORMAT:
            raise ProjectError(
                f"{layout.project_file} has format {values.get(_KEY)}; this CIRRUS reads format {FORMAT}.",
                "Update CIRRUS, or choose another project folder.",
            )
        return cls(layout, str(values.get("id", "")), str(values.get("name") or layout.root.name))

    @classmethod
    def find(cls, path: Path) -> Project | None:
        """The project whose folder contains `path` (or is it); None when there is none.

        Raises
        ------
        ProjectError
            If there is one, but damaged.
        """
        place = path.expanduser().resolve()
        for folder in (place, *place.parents):
            file = folder / PROJECT_FILE
            if _is_ours(file):
                return cls.open(folder, create=False)
        return None

    def night_id(self, night_folder: Path) -> str:
        """Name of a night inside the project: its folder's name and 8 hex digits of the folder's path.

        The path counts from the project's folder when the night lies inside, so that a project that is
        moved with its frames still knows them.
        """
        folder = night_folder.expanduser().resolve()
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", folder.name).strip(".-")[:60] or "night"
        digest = hashlib.sha256(self._portable(folder).encode("utf-8", "surrogateescape"))
        return f"{name}-{digest.hexdigest()[:8]}"

    def remember_night(self, night_folder: Path) -> str:
        """Note where the frames of a night lie; return its `night_id`.

        Raises
        ------
        ProjectError
            If ``nights.json`` is damaged or cannot be written.
        """
        night_id = self.night_id(night_folder)
        place = self._portable(night_folder.expanduser().resolve())
        known = self._known_nights()
        if known.get(night_id) != place:
            text = json.dumps({**known, night_id: place}, indent=1, sort_keys=True)
            _write(self.layout.nights_file, text)
        return night_id

    def nights(self) -> dict[str, Path]:
        """Folder of the frames of each remembered night, by `night_id`; the folder may be gone by now."""
        return {night_id: self.layout.root / place for night_id, place in self._known_nights().items()}

    def _known_nights(self) -> dict[str, str]:
        file = self.layout.nights_file
        known = {k: str(v) for k, v in _read(file).items()} if file.exists() else {}
        for night_id in known:
            if not re.fullmatch(NIGHT_ID, night_id):
                raise ProjectError(
                    f"{file} calls a night '{night_id}', which cannot name a folder.",
                    "Restore it from a copy.",
                )
        return known

    def _portable(self, folder: Path) -> str:
        root = self.layout.root
        return (folder.relative_to(root) if folder.is_relative_to(root) else folder).as_posix()


def _is_ours(file: Path) -> bool:
    """Other programs have a ``project.json`` too; only ours has the key."""
    try:
        return file.is_file() and _KEY in file.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise ProjectError(f"{file} cannot be read: {error.strerror}.", "Allow reading it.") from error


def _create(layout: ProjectLayout) -> None:
    values = {
        _KEY: FORMAT,
        "id": secrets.token_hex(8),
        "name": layout.root.name,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    _write(layout.project_file, json.dumps(values, indent=1))


def _write(path: Path, text: str) -> None:
    try:
        write_text_atomic(path, text + "\n")
    except OSError as error:
        raise ProjectError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Allow writing there, make room, or choose another project folder.",
        ) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ProjectError(f"{path} cannot be read: {error}.", "Restore it from a copy.") from error
    if not isinstance(values, dict):
        raise ProjectError(f"{path} does not hold what it should.", "Restore it from a copy.")
    return values
