"""`tune_segment`: search for the settings with which a network marks clouds best."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import optuna

from cirrus_core.config import build
from cirrus_core.datasets.augment_config import AugmentConfig
from cirrus_core.datasets.manifest import Manifest
from cirrus_core.datasets.split import Split
from cirrus_core.errors import CirrusError, DataError, UsageError
from cirrus_core.progress import SilentContext, TaskContext
from cirrus_core.training.config import TrainConfig
from cirrus_core.tuning.config import TuneConfig
from cirrus_core.tuning.plan import Plan, make_plan
from cirrus_core.tuning.pool import work_in_processes
from cirrus_core.tuning.report import BEST_FILE, MODELS_FOLDER, StudyReport, keep_best, study_report
from cirrus_core.tuning.storage import JOURNAL_FILE, folder_lock, open_storage, quiet_optuna, repair_journal
from cirrus_core.tuning.trials import release_orphans
from cirrus_core.tuning.work import Task, work


def tune_segment(
    config: TuneConfig,
    manifest: Manifest,
    out: Path,
    *,
    train: Mapping[str, Any] | None = None,
    arch_config: Mapping[str, Any] | None = None,
    augment: AugmentConfig | None = None,
    bands: tuple[int, ...] = (),
    context: TaskContext | None = None,
) -> StudyReport:
    """Begin the study in folder `out`, or go on with it, and write the best settings and the best model.

    Each trial is a training on the same split, which is drawn once and kept with the study. Its score,
    `plan.SCORE`, is reported after every epoch, so that poor trials are broken off (median pruner). The
    sampler is TPE; its seed is that of the training. `context.metrics` tells score and best score of each
    trial. When the user asks to stop, the running trial is finished; when the budget ends, it is cut short
    and its best epoch counts.

    Parameters
    ----------
    config : TuneConfig
    manifest : Manifest
        Frames with truth.
    out : Path
        Study folder: journal, ``trials.csv``, ``best.json`` and ``models/`` with the best model.
    train, arch_config : Mapping
        Settings of training and network that are held fast; absent ones are the preset's or the default.
    augment : AugmentConfig
        How augmented copies are moved.
    bands : tuple of int
        Bands of the frames to use; all, if empty.

    Raises
    ------
    UsageError, DataError
        If settings or frames do not fit, or not those the study was begun with.
    CirrusError
        If no trial could be finished.
    Cancelled
        If the user gave up; the study can be resumed.
    """
    context = context or SilentContext()
    train = dict(train or {})
    plan = make_plan(
        config, train=train, network=arch_config or {}, augment=augment or AugmentConfig(), bands=bands
    )
    started = time.time()
    quiet_optuna()
    study = _open(out, config.storage, context)
    plan = _settle(study, plan, manifest, out, context)
    base = build(TrainConfig, {k: v for k, v in train.items() if k in ("threads", "device")})
    task = Task(
        folder=out,
        storage=config.storage,
        study_name=study.study_name,
        manifest=manifest,
        limit=_limit(config, plan),
        started=started,
        deadline=None if config.budget_s is None else started + config.budget_s,
        threads=base.threads or (_threads_each(config.workers) if config.workers > 1 else 0),
        device=base.device,
    )
    try:
        if config.workers > 1:
            work_in_processes(task, context, workers=config.workers)
        else:
            work(task, context)
    finally:
        keep_best(study, plan, out)
    report = study_report(study, plan, out)
    if report.best is None:
        raise CirrusError("No trial could be finished.", _why(report))
    context.artifact("best settings", out / BEST_FILE)
    if report.best["model"]:
        context.artifact("best model", out / report.best["model"])
    return report


def read_study(out: Path, storage: str = "") -> StudyReport:
    """The trials of the study in folder `out`, which may be running.

    Raises
    ------
    UsageError
        If there is no study.
    """
    quiet_optuna()
    try:
        if not storage and not (out / JOURNAL_FILE).is_file():
            raise KeyError(out)
        study = optuna.load_study(study_name=_name(out), storage=open_storage(out, storage))
        plan = Plan.model_validate(study.user_attrs["plan"])
    except KeyError as error:
        raise UsageError(f"There is no study in {out}.", "Name the folder of a study.") from error
    return study_report(study, plan, out)


def _open(out: Path, storage: str, context: TaskContext) -> optuna.Study:
    if not storage and not (out / JOURNAL_FILE).exists() and any((out / MODELS_FOLDER).glob("*")):
        raise UsageError(f"{out} holds models but no study.", "Name another folder for the study.")
    out.mkdir(parents=True, exist_ok=True)
    dropped = repair_journal(out / JOURNAL_FILE)
    if dropped:
        context.log(f"{dropped} damaged lines of the journal were left out.", "warning")
    with folder_lock(out):
        return optuna.create_study(
            study_name=_name(out),
            storage=open_storage(out, storage),
            direction="maximize",
            load_if_exists=True,
        )


def _settle(study: optuna.Study, wanted: Plan, manifest: Manifest, out: Path, context: TaskContext) -> Plan:
    """The plan kept with the study; a new study takes `wanted` and draws the split."""
    with folder_lock(out):
        if "plan" in study.user_attrs:
            plan = Plan.model_validate(study.user_attrs["plan"])
            plan.check_same(wanted, manifest)
            for number in release_orphans(study):
                context.log(f"Trial {number} was interrupted; its settings are tried again.", "warning")
            return plan
        plan = wanted.with_split(manifest, _draw_split(wanted, manifest, context))
        for point in plan.space.first:
            study.enqueue_trial(dict(point))
        study.set_user_attr("plan", plan.model_dump(mode="json"))
        return plan


def _draw_split(plan: Plan, manifest: Manifest, context: TaskContext) -> Split:
    from cirrus_core.training.setup import prepare

    config = build(TrainConfig, plan.train)
    prepared = prepare(config, manifest, normalisation=None, split=None, bands=plan.bands, context=context)
    if not prepared.split.validation:
        raise DataError(
            "No frames are left for validation, and trials are compared on those.",
            "Make the share for validation larger, or give more frames.",
        )
    return prepared.split


def _limit(config: TuneConfig, plan: Plan) -> int | None:
    limits = [n for n in (config.trials or None, plan.space.limit) if n is not None]
    return min(limits, default=None)


def _threads_each(workers: int) -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // workers)


def _why(report: StudyReport) -> str:
    errors = [row.error for row in report.trials if row.error]
    return errors[0] if errors else "Give it more time."


def _name(out: Path) -> str:
    """Several computers that share a database meet in the study of the same folder name."""
    return out.resolve().name
