"""What a study leaves behind: ``trials.csv``, ``best.json``, and the model folder of the best trial."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import optuna
from optuna.trial import FrozenTrial, TrialState

from cirrus_core.config import Config
from cirrus_core.files import write_text_atomic
from cirrus_core.tuning.plan import Plan, trial_settings
from cirrus_core.tuning.space import Owner
from cirrus_core.tuning.storage import folder_lock
from cirrus_core.tuning.trials import was_interrupted

TRIALS_FILE = "trials.csv"
BEST_FILE = "best.json"
MODELS_FOLDER = "models"
_WORDS = {TrialState.COMPLETE: "done", TrialState.PRUNED: "pruned", TrialState.RUNNING: "running"}


class TrialRow(Config):
    """One trial: `state` is done, pruned, failed, interrupted, running or waiting; `score` of the last epoch
    for one that was pruned."""

    number: int
    state: str
    score: float | None
    epochs: int
    seconds: float | None
    n_parameters: int | None
    params: dict[str, Any]
    error: str = ""


class StudyReport(Config):
    """The trials of a study, and the best one with its settings (None while no trial is done)."""

    study: str
    plan: Plan
    trials: tuple[TrialRow, ...]
    best: dict[str, Any] | None

    def count(self, state: str) -> int:
        """Number of trials in a state."""
        return sum(row.state == state for row in self.trials)


def model_folder(folder: Path, number: int) -> Path:
    """Where the training of a trial goes."""
    return folder / MODELS_FOLDER / f"trial-{number:04d}"


def study_report(study: optuna.Study, plan: Plan, folder: Path) -> StudyReport:
    """Read the trials of a study."""
    rows = tuple(row_of(trial) for trial in study.get_trials(deepcopy=False))
    best = best_trial(study)
    settings = None if best is None else best_settings(best, plan, folder)
    return StudyReport(study=study.study_name, plan=plan, trials=rows, best=settings)


def row_of(trial: FrozenTrial) -> TrialRow:
    """A trial as a person reads it."""
    state = "interrupted" if was_interrupted(trial) else _WORDS.get(trial.state, "waiting")
    if trial.state == TrialState.FAIL and state != "interrupted":
        state = "failed"
    return TrialRow(
        number=trial.number,
        state=state,
        score=trial.value if trial.state in (TrialState.COMPLETE, TrialState.PRUNED) else None,
        epochs=trial.last_step or 0,
        seconds=None if trial.duration is None else round(trial.duration.total_seconds(), 1),
        n_parameters=trial.user_attrs.get("n_parameters"),
        params=dict(trial.params),
        error=trial.user_attrs.get("error", ""),
    )


def note_of(trial: FrozenTrial, best: FrozenTrial | None) -> str:
    """One line for the log."""
    row = row_of(trial)
    score = "" if row.score is None else f", score {row.score:.4f}"
    star = " (the best so far)" if best is not None and best.number == row.number else ""
    values = ", ".join(f"{name} {_short(value)}" for name, value in row.params.items())
    error = f": {row.error}" if row.error else ""
    return f"trial {row.number} {row.state}{error}{score}{star}: {values}"


def best_trial(study: optuna.Study) -> FrozenTrial | None:
    """The done trial with the highest score; the earlier one of two equals."""
    done = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return max(done, key=lambda trial: (trial.value or 0.0, -trial.number), default=None)


def best_settings(trial: FrozenTrial, plan: Plan, folder: Path) -> dict[str, Any]:
    """Everything needed to train like the best trial; ``model`` is None where its folder is not here."""
    values: dict[Owner, dict[str, Any]] = {"train": {}, "network": {}}
    for dimension in plan.space.dimensions:
        values[dimension.owner][dimension.name] = dimension.decode(trial.params[dimension.name])
    train, network = trial_settings(plan, values)
    model = model_folder(folder, trial.number)
    return {
        "trial": trial.number,
        "score": trial.value,
        "score_is": plan.score,
        "params": dict(trial.params),
        "train": train.model_dump(mode="json", exclude={"threads", "device"}),
        "arch_config": network,
        "augment": plan.augment,
        "model": str(model.relative_to(folder)) if model.is_dir() else None,
        "test": {k: v for k, v in trial.user_attrs.items() if k.startswith("test ")},
    }


def keep_best(study: optuna.Study, plan: Plan, folder: Path) -> FrozenTrial | None:
    """Remove the models of all ended trials but the best one, and write ``best.json`` and ``trials.csv``."""
    with folder_lock(folder):
        trials = study.get_trials(deepcopy=False)
        best = best_trial(study)
        for path in (folder / MODELS_FOLDER).glob("trial-*"):
            found = re.fullmatch(r"trial-(\d{4,})", path.name)
            number = int(found[1]) if found else len(trials)
            if number < len(trials) and trials[number].state.is_finished() and trials[number] != best:
                shutil.rmtree(path)
        write_trials(folder, [row_of(trial) for trial in trials])
        if best is not None:
            text = json.dumps(best_settings(best, plan, folder), indent=2)
            write_text_atomic(folder / BEST_FILE, text + "\n")
        return best


def write_trials(folder: Path, rows: list[TrialRow]) -> Path:
    """Write ``trials.csv``: a line a trial, the varied settings as columns."""
    names = sorted({name for row in rows for name in row.params})
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    plain = ("number", "state", "score", "epochs", "seconds", "n_parameters")
    writer.writerow([*plain, *names, "error"])
    for row in rows:
        values = [getattr(row, name) for name in plain] + [row.params.get(name) for name in names]
        writer.writerow(["" if value is None else value for value in [*values, row.error]])
    path = folder / TRIALS_FILE
    write_text_atomic(path, text.getvalue())
    return path


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)
