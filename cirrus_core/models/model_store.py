"""Model folders: read, write, find and list them. Torch-free.

A model folder holds ``card.json`` and ``weights.safetensors``; folders are only ever added. The file
``current`` beside the folders of a project names the model in use.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from cirrus_core.errors import CirrusError, ModelError
from cirrus_core.files import write_text_atomic
from cirrus_core.models.card import ModelCard
from cirrus_core.models.specs import arch_config
from cirrus_core.settings import resources_dir

CARD_FILE = "card.json"
CURRENT_FILE = "current"
DEFAULT_MODEL = "default"
MODEL_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")
"""What a model may be called: the name is also a folder name, so no separators."""


def bundled_models() -> Path:
    """Folder of the models that come with CIRRUS."""
    return resources_dir() / "models"


def read_card(folder: Path) -> ModelCard:
    """Read and check the card of a model folder.

    Raises
    ------
    ModelError
        If there is no card, or it is damaged, or of a later version of CIRRUS.
    """
    path = folder / CARD_FILE
    try:
        card = ModelCard.model_validate(json.loads(path.read_text(encoding="utf-8")))
        arch_config(card.arch, card.arch_config)
    except FileNotFoundError as error:
        raise ModelError(
            f"{folder} is no model: it holds no {CARD_FILE}.", "Name a model folder or id."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise _damaged(folder, f"'{where}': {first['msg']}") from error
    except (OSError, ValueError, CirrusError) as error:
        raise _damaged(folder, str(error)) from error
    if card.format != 1:
        raise ModelError(
            f"The model card in {folder} has format {card.format}; this CIRRUS knows format 1.",
            "Update CIRRUS.",
        )
    return card


def _damaged(folder: Path, why: str) -> ModelError:
    return ModelError(
        f"The model card in {folder} is damaged: {why.rstrip('.')}.", "Copy the model folder again."
    )


def write_card(folder: Path, card: ModelCard) -> Path:
    """Write the card of a model folder; write the weights first, a folder with a card counts as complete."""
    path = folder / CARD_FILE
    write_text_atomic(path, card.model_dump_json(indent=2) + "\n")
    return path


def find_model(name_or_path: str | Path, project_models: Path | None = None) -> Path:
    """Find a model folder by id (in the project, then among the bundled ones) or by path.

    A path may be the folder or a file in it (``card.json``, ``model.onnx``).

    Raises
    ------
    ModelError
        If there is none; the hint lists the known ids.
    """
    name = str(name_or_path)
    if MODEL_ID.fullmatch(name):
        for place in (project_models, bundled_models()):
            if place is not None and (place / name / CARD_FILE).is_file():
                return place / name
    path = Path(name_or_path)
    folder = path.parent if path.is_file() else path
    if (folder / CARD_FILE).is_file():
        return folder
    known = ", ".join(card.id for card in list_models(project_models)) or "none"
    if path.is_file():
        raise ModelError(
            f"{path} cannot be used alone: no {CARD_FILE} lies beside it.",
            f"Name the model folder. Known models: {known}.",
        )
    raise ModelError(f"There is no model '{name}'.", f"Name a model folder or one of: {known}.")


def scan_models(project_models: Path | None = None) -> tuple[list[tuple[Path, ModelCard]], list[ModelError]]:
    """Read the cards of a project and of the bundled models, newest first, and what is wrong with others."""
    found: dict[str, tuple[Path, ModelCard]] = {}
    damaged = []
    for place in (project_models, bundled_models()):
        if place is None or not place.is_dir():
            continue
        for folder in sorted(place.iterdir()):
            if not (folder / CARD_FILE).is_file():
                continue
            try:
                found.setdefault(folder.name, (folder, read_card(folder)))
            except ModelError as error:
                damaged.append(error)
    return sorted(found.values(), key=lambda item: item[1].created, reverse=True), damaged


def list_models(project_models: Path | None = None) -> list[ModelCard]:
    """Cards of the usable models of a project and of the bundled ones, newest first."""
    return [card for _, card in scan_models(project_models)[0]]


def new_model_folder(models: Path, prefix: str, now: datetime | None = None) -> Path:
    """Make an empty folder ``<prefix>-<UTC time>`` for a new model; its name is the new id.

    Raises
    ------
    ModelError
        If `prefix` is not fit for a file name, or `models` cannot be written.
    """
    stamp = (now or datetime.now(UTC)).strftime("%Y%m%d-%H%M%S")
    if not MODEL_ID.fullmatch(f"{prefix}-{stamp}-99"):
        raise ModelError(
            f"'{prefix}' cannot name a model.", "Use small letters, digits, dots, dashes and underscores."
        )
    for ending in ("", *(f"-{n}" for n in range(2, 100))):
        folder = models / f"{prefix}-{stamp}{ending}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise ModelError(
                f"No model folder can be made in {models}: {error.strerror or error}.", "Is it writable?"
            ) from error
        return folder
    raise ModelError(f"{models} holds too many models of the same second.", "Try again.")


def current_model(models: Path) -> str:
    """Id of the model in use in a project; ``"default"`` when none was chosen or it has vanished."""
    path = models / CURRENT_FILE
    if not path.is_file():
        return DEFAULT_MODEL
    name = path.read_text(encoding="utf-8", errors="replace").strip()
    known = MODEL_ID.fullmatch(name) and any(
        (place / name / CARD_FILE).is_file() for place in (models, bundled_models())
    )
    return name if known else DEFAULT_MODEL


def set_current_model(models: Path, name: str) -> None:
    """Make model `name` the one in use; `ModelError` if there is no such model in the project or bundled."""
    if not MODEL_ID.fullmatch(name):
        raise ModelError(f"'{name}' is no model id.", "Choose one of the listed models.")
    find_model(name, models)
    write_text_atomic(models / CURRENT_FILE, name + "\n")
