"""Predicting many frames: files per frame, a timeline, and nothing lost when it is interrupted."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from cirrus_core.errors import FrameError, MaskError, ModelError
from cirrus_core.frames.frame import FrameRef
from cirrus_core.inference.predictor import Predictor
from cirrus_core.inference.products import Done, OpenFrame, PredictionTask, open_frame, write_products
from cirrus_core.inference.timeline import TIMELINE_FILE, TimelineRow, read_timeline, write_timeline
from cirrus_core.masks.store import mask_name
from cirrus_core.progress import SilentContext, TaskContext

_TIMELINE_S = 5.0
"""The timeline is written at most this often during a run; it is written again at the end in any case."""


@dataclass(frozen=True, slots=True)
class FailedFrame:
    """A frame without a prediction, and why."""

    ref: FrameRef
    reason: str
    hint: str

    @property
    def path(self) -> Path:
        """Where the frame lies."""
        return self.ref.path


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run has done.

    `done` frames have their files now, `reused` of them had them before; a run that was stopped early
    has `done` + ``len(failed)`` below `total`.
    """

    total: int
    done: int
    reused: int
    failed: tuple[FailedFrame, ...]
    timeline: Path
    seconds: float


def start_at(refs: Sequence[FrameRef], stem: str) -> list[FrameRef]:
    """Order frames so that the one named `stem` comes first, then its successors, then those before it."""
    place = next((i for i, ref in enumerate(refs) if ref.stem == stem), 0)
    return [*refs[place:], *refs[:place]]


def predict_frames(
    refs: Sequence[FrameRef],
    predictor: Predictor,
    out: Path,
    *,
    threshold: float | None = None,
    context: TaskContext | None = None,
    exact: bool = False,
    previews: Path | None = None,
) -> RunReport:
    """Predict frames in the order given and write their files to `out`.

    Each frame gets ``<stem>.prob.fits.gz`` and ``<stem>.mask.fits.gz``, and a row in ``timeline.csv``.
    A frame that cannot be used is a warning and a gap in the timeline. Frames whose files are there
    already, by the same weights, threshold and pixels, are not run again. Asked to stop, the run
    returns early; cancelled, it raises. In both cases all files are whole and the timeline is true.

    Parameters
    ----------
    refs : sequence of FrameRef
        Sizes may differ.
    predictor : Predictor
    out : Path
        Folder for the files; never that of manual masks.
    threshold : float, optional
        Probability from which a pixel is cloud; None takes the model's.
    context : TaskContext, optional
    exact : bool
        Store probabilities as float32 instead of 8 bits.
    previews : Path, optional
        Folder for a PNG per frame: the stretched frame with the outline of the mask.

    Raises
    ------
    ModelError
        If no frame has the number of bands that the model needs.
    MaskError
        If `out` cannot be written.
    Cancelled
    """
    started = time.monotonic()
    context = context or SilentContext()
    card = predictor.card
    if refs and all(ref.n_bands != card.bands for ref in refs):
        raise ModelError(
            f"The model '{card.id}' needs frames with {card.bands} band(s), these have {refs[0].n_bands}.",
            "Choose a model that was trained on such frames.",
        )
    task = PredictionTask(
        card=card,
        out=out,
        threshold=card.threshold if threshold is None else threshold,
        exact=exact,
        previews=previews,
    )
    book = _Book(out / TIMELINE_FILE, total=len(refs), context=context)
    try:
        for outcome in _outcomes(refs, predictor, task, context):
            book.enter(outcome)
    finally:
        book.save()
    return RunReport(
        total=len(refs),
        done=book.done,
        reused=book.reused,
        failed=tuple(book.failed),
        timeline=book.path,
        seconds=time.monotonic() - started,
    )


def _outcomes(
    refs: Sequence[FrameRef], predictor: Predictor, task: PredictionTask, context: TaskContext
) -> Iterator[Done | FailedFrame]:
    """Run the network here while one thread reads the frames ahead and writes the files behind.

    One thread, not several: FITS headers silence warnings, which Python does for all threads at once.
    """
    waiting = iter(refs)
    opening: deque[tuple[FrameRef, Future[OpenFrame | Done]]] = deque()
    writing: deque[Future[Done]] = deque()
    batch: list[OpenFrame] = []
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="frames") as files:
        try:
            while not context.stop_requested():
                context.check_cancelled()
                size = predictor.batch_size
                for ref in islice(waiting, 2 * size - len(opening)):
                    opening.append((ref, files.submit(open_frame, ref, task)))
                if not opening:
                    break
                while opening and len(batch) < size:
                    outcome = _opened(*opening.popleft())
                    if isinstance(outcome, OpenFrame):
                        batch.append(outcome)
                    else:
                        yield outcome
                if not batch:
                    continue
                probs = predictor.predict_prepared([opened.image for opened in batch])
                writing.extend(
                    files.submit(write_products, opened, prob, task)
                    for opened, prob in zip(batch, probs, strict=True)
                )
                batch = []
                while writing and (writing[0].done() or len(writing) > 2 * size):
                    yield writing.popleft().result()
            while writing:
                yield writing.popleft().result()
        finally:
            # Files being written are finished; what waits is dropped.
            files.shutdown(wait=True, cancel_futures=True)


def _opened(ref: FrameRef, future: Future[OpenFrame | Done]) -> OpenFrame | Done | FailedFrame:
    try:
        return future.result()
    except (FrameError, ModelError) as error:
        return FailedFrame(ref, error.message, error.hint)


@dataclass
class _Book:
    """Counts what has happened and keeps the timeline on disk."""

    path: Path
    total: int
    context: TaskContext
    done: int = 0
    reused: int = 0
    failed: list[FailedFrame] = field(default_factory=list)
    rows: dict[str, TimelineRow] = field(init=False)
    _saved_at: float = field(init=False, default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.rows = read_timeline(self.path)

    def enter(self, outcome: Done | FailedFrame) -> None:
        """Take note of one frame."""
        ref = outcome.ref
        if isinstance(outcome, FailedFrame):
            self.failed.append(outcome)
            self.context.log(f"{ref.path.name}: {outcome.reason} {outcome.hint}".strip(), "warning")
            row = TimelineRow(ref.time, ref.stem, float("nan"), "", str(ref.path), outcome.reason)
        else:
            self.done += 1
            self.reused += outcome.reused
            row = TimelineRow(ref.time, ref.stem, outcome.cloud_fraction, mask_name(ref.stem), str(ref.path))
        self.rows[ref.stem] = row
        self.context.progress(self.done + len(self.failed), self.total, "predicted")
        if time.monotonic() - self._saved_at > _TIMELINE_S:
            self.save()

    def save(self) -> None:
        """Write the timeline."""
        try:
            write_timeline(self.path, self.rows)
        except OSError as error:
            raise MaskError(
                f"{self.path} cannot be written: {error.strerror or error}.",
                "Is there room, and may you write?",
            ) from error
        self._saved_at = time.monotonic()
