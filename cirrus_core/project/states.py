"""`FrameStates`: how far each frame of a night has been reviewed, on disk at every moment."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, Literal, get_args

from cirrus_core.errors import ProjectError
from cirrus_core.files import write_text_atomic

FrameState = Literal["new", "in progress", "approved", "flagged", "bad", "excluded"]
"""Only approved frames train. 'bad' is a frame of no use, 'excluded' one that is not to be trained on."""

FORMAT = 1


class FrameStates:
    """States of the frames of one night by stem; frames never touched are 'new'.

    Parameters
    ----------
    path : Path
        JSON file, made with the first change. A file that cannot be understood is set aside as
        ``<name>.broken`` and `problem` tells so; states that are known are kept.

    Raises
    ------
    ProjectError
        If the file exists and cannot be opened or set aside.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._states: dict[str, FrameState] = {}
        self.problem: ProjectError | None = None
        if path.exists():
            self._load()

    def get(self, stem: str) -> FrameState:
        """State of a frame."""
        return self._states.get(stem, "new")

    def set(self, stem: str, state: FrameState) -> None:
        """Change the state of a frame; it is on disk when this returns.

        Raises
        ------
        ProjectError
            If it cannot be saved; the state is then unchanged.
        """
        if self.get(stem) == state:
            return
        states = {**self._states, stem: state}
        self._save(states)
        self._states = states

    def counts(self) -> dict[FrameState, int]:
        """Number of frames in each state, of those that were ever given one."""
        counted = Counter(self._states.values())
        return {state: counted[state] for state in get_args(FrameState)}

    def stems(self, state: FrameState) -> tuple[str, ...]:
        """Stems of the frames that were given this state, in alphabetical order."""
        return tuple(sorted(stem for stem, known in self._states.items() if known == state))

    def _save(self, states: dict[str, FrameState]) -> None:
        text = json.dumps({"format": FORMAT, "states": states}, indent=1, sort_keys=True)
        try:
            write_text_atomic(self._path, text + "\n")
        except OSError as error:
            raise ProjectError(
                f"The frame states could not be saved: {error.strerror or error}.",
                f"Make room in {self._path.parent} or allow writing there.",
            ) from error

    def _load(self) -> None:
        try:
            text = self._path.read_bytes()
        except OSError as error:
            raise ProjectError(
                f"The frame states in {self._path} cannot be read: {error.strerror}.",
                "Allow reading the file, or choose another project folder.",
            ) from error
        entries = _parse(text)
        known = get_args(FrameState)
        self._states = {s: v for s, v in (entries or {}).items() if isinstance(v, str) and v in known}  # type: ignore[misc]
        if entries is None or len(self._states) < len(entries):
            self._set_aside(lost=None if entries is None else len(entries) - len(self._states))

    def _set_aside(self, *, lost: int | None) -> None:
        aside = self._path.with_name(self._path.name + ".broken")
        number = 1
        while aside.exists():
            number += 1
            aside = self._path.with_name(f"{self._path.name}.broken{number}")
        try:
            self._path.rename(aside)
        except OSError as error:
            raise ProjectError(
                f"The frame states in {self._path} are damaged and the file cannot be set aside: "
                f"{error.strerror}.",
                "Move the file away by hand.",
            ) from error
        if self._states:
            self._save(self._states)
        what = "cannot be understood" if lost is None else f"hold {lost} states that are not known"
        self.problem = ProjectError(
            f"The frame states of this night {what}; the file was set aside as {aside.name}.",
            f"{len(self._states)} states were kept. Restore the file from a copy in {aside.parent}.",
        )


def _parse(text: bytes) -> dict[str, Any] | None:
    try:
        values = json.loads(text.decode("utf-8"))
    except ValueError:
        return None
    entries = values.get("states") if isinstance(values, dict) else None
    return entries if isinstance(entries, dict) else None
