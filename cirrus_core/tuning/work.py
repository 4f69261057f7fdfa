"""Working on a study: one training after the other, until there is enough or the user asks to stop."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import optuna

from cirrus_core.config import build
from cirrus_core.datasets.augment_config import AugmentConfig
from cirrus_core.datasets.manifest import Manifest
from cirrus_core.errors import Cancelled, ModelError
from cirrus_core.progress import LogLevel, TaskContext
from cirrus_core.tuning.plan import Plan, trial_settings
from cirrus_core.tuning.report import keep_best, model_folder, note_of
from cirrus_core.tuning.storage import open_storage, quiet_optuna
from cirrus_core.tuning.trials import counts, end, interrupt, make_pruner, next_trial


@dataclass(frozen=True, slots=True)
class Task:
    """Everything a worker needs; it also goes to worker processes.

    `limit` is a number of trials, `started` and `deadline` are seconds since 1970.
    """

    folder: Path
    storage: str
    study_name: str
    manifest: Manifest
    limit: int | None
    started: float
    deadline: float | None
    threads: int
    device: str


def load_study(task: Task) -> tuple[optuna.Study, Plan]:
    """The study and its plan, as a worker needs them."""
    quiet_optuna()
    study = optuna.load_study(study_name=task.study_name, storage=open_storage(task.folder, task.storage))
    plan = Plan.model_validate(study.user_attrs["plan"])
    study.pruner = make_pruner(plan)
    return study, plan


def work(task: Task, context: TaskContext, *, worker: int = 0) -> None:
    """Train trial after trial. A trial that runs when the user asks to stop is finished first.

    Raises
    ------
    Cancelled
        If the user gave up; the running trial is put back and tried again when the study is resumed.
    """
    study, plan = load_study(task)
    while not context.stop_requested() and not _is_late(task):
        context.check_cancelled()
        trial = next_trial(study, task.folder, plan, limit=task.limit, worker=worker)
        if trial is None:
            return
        run_trial(study, trial, plan, task, context)


def run_trial(study: optuna.Study, trial: optuna.Trial, plan: Plan, task: Task, context: TaskContext) -> None:
    """Train with the values of one trial and close it. Networks that diverge or are too large are told."""
    out = model_folder(task.folder, trial.number)
    shutil.rmtree(out, ignore_errors=True)
    listener = TrialContext(context, trial, task, epochs=plan.train["epochs"], done=_n_ended(study))
    try:
        _train(trial, plan, task, listener, out)
    except optuna.TrialPruned:
        end(study, trial, "pruned")
    except ModelError as error:
        trial.set_user_attr("error", error.message)
        end(study, trial, "failed")
    except BaseException as error:
        by_user = isinstance(error, Cancelled | KeyboardInterrupt)
        interrupt(study, study.get_trials(deepcopy=False)[trial.number], by_user=by_user)
        shutil.rmtree(out, ignore_errors=True)
        raise
    else:
        end(study, trial, "done", listener.score)
    best = keep_best(study, plan, task.folder)
    ended = study.get_trials(deepcopy=False)[trial.number]
    context.log(note_of(ended, best), "warning" if "error" in ended.user_attrs else "info")
    if listener.rows:
        scores = {"score": listener.score, "best": best.value if best else None}
        context.metrics({k: v for k, v in scores.items() if v is not None}, step=trial.number)


def _train(trial: optuna.Trial, plan: Plan, task: Task, listener: TrialContext, out: Path) -> None:
    from cirrus_core.training.config import TrainConfig
    from cirrus_core.training.loop import train_segment

    config, network = trial_settings(plan, plan.space.suggest(trial))
    computer = {"threads": task.threads, "device": task.device}
    card = train_segment(
        build(TrainConfig, config.model_dump() | computer),
        task.manifest,
        out,
        arch_config=network,
        augment=build(AugmentConfig, plan.augment),
        context=listener,
        split=plan.split_of(task.manifest),
        bands=plan.bands,
        title=f"Trial {trial.number} of the study {task.study_name}",
    )
    trial.set_user_attr("n_parameters", card.n_parameters)
    for score in card.scores:
        if score.split == "test":
            trial.set_user_attr(f"test ({score.truth})", score.values)


@dataclass(slots=True)
class TrialContext:
    """The `TaskContext` of one training: reports each epoch to the study, and breaks off what is poor."""

    outer: TaskContext
    trial: optuna.Trial
    task: Task
    epochs: int
    done: int
    rows: list[tuple[float, float]] = field(default_factory=list)

    @property
    def score(self) -> float:
        """The score of the epoch with the lowest validation loss, whose weights are kept."""
        return min(self.rows, key=lambda row: row[0])[1]

    def progress(self, done: int, total: int, message: str = "") -> None:
        self.outer.check_cancelled()
        text = f"trial {self.trial.number}, epoch {len(self.rows) + 1} of {self.epochs}"
        if self.task.limit is not None:
            self.outer.progress(min(self.done, self.task.limit), self.task.limit, text)
        elif self.task.deadline is not None:
            budget = self.task.deadline - self.task.started
            self.outer.progress(int(time.time() - self.task.started), int(budget) + 1, text)

    def metrics(self, values: Mapping[str, float], *, step: int) -> None:
        score = epoch_score(values)
        self.rows.append((values["val_loss"], score))
        self.trial.report(score, step)
        if step < self.epochs and self.trial.should_prune():
            raise optuna.TrialPruned

    def log(self, message: str, level: LogLevel = "info") -> None:
        if level != "info":
            self.outer.log(f"trial {self.trial.number}: {message}", level)

    def artifact(self, kind: str, path: Path) -> None: ...

    def stop_requested(self) -> bool:
        """Only the end of the budget cuts a training short; the best epoch so far then counts."""
        return bool(self.rows) and _is_late(self.task)

    def check_cancelled(self) -> None:
        self.outer.check_cancelled()


def epoch_score(values: Mapping[str, float]) -> float:
    """Mean of the validation IoU of cloud and of clear sky; one alone where the other is undefined."""
    known = [values[name] for name in ("val_iou", "val_iou_clear") if name in values]
    return sum(known) / len(known)


def _is_late(task: Task) -> bool:
    return task.deadline is not None and time.time() >= task.deadline


def _n_ended(study: optuna.Study) -> int:
    return sum(counts(trial) and trial.state.is_finished() for trial in study.get_trials(deepcopy=False))
