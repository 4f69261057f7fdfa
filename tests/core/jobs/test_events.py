"""Events on disk: torn lines, foreign lines, offsets, and what a record makes of them."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from job_helpers import new_job

from cirrus_core.errors import JobError
from cirrus_core.jobs.context import EventWriter, JobContext, Requests
from cirrus_core.jobs.events import (
    Artifact,
    CancelledEvent,
    Event,
    Failed,
    Finished,
    Log,
    Metrics,
    Progress,
    Started,
    append_event,
    from_line,
    read_events,
    read_history,
    to_line,
    whole_bytes,
)
from cirrus_core.jobs.folder import JobFolder, apply_event
from cirrus_core.jobs.spec import JobRecord, JobSpec
from cirrus_core.jobs.words import duration_text, log_line, percent

NOON = datetime(2026, 1, 23, 12, 0, 0, tzinfo=UTC)
STARTED = Started(time=NOON, pid=1, create_time=2.5)
EVENTS: list[Event] = [
    STARTED,
    Progress(time=NOON, done=1, total=4, message="épôque ☁"),
    Metrics(time=NOON, step=1, values={"loss": 0.5}),
    Log(time=NOON, message='a "line"\nwith a break'),
    Artifact(time=NOON, kind="model", path="/models/a b"),
    Failed(time=NOON, kind="bug", message="x", traceback="Traceback\n  y"),
    CancelledEvent(time=NOON),
    Finished(time=NOON, result={"n": 3}, stopped=True),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_an_event_is_one_line_of_json(event: Event) -> None:
    line = to_line(event)
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    plain = json.loads(line)
    assert (plain["v"], plain["type"], plain["time"]) == (1, event.type, "2026-01-23T12:00:00Z")
    assert from_line(line) == event


@given(cuts=st.lists(st.integers(0, 1000), max_size=12))
def test_a_reader_that_comes_at_any_moment_reads_every_event_once(cuts: list[int]) -> None:
    whole = b"".join(to_line(event) for event in EVENTS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        heard: list[Event] = []
        offset = 0
        for end in [*sorted(cuts), len(whole)]:
            path.write_bytes(whole[:end])
            events, offset = read_events(path, offset)
            heard += events
        assert heard == EVENTS and offset == len(whole)


def test_a_limit_leaves_the_rest_for_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"".join(to_line(event) for event in EVENTS))
    first, offset = read_events(path, limit=3)
    rest, end = read_events(path, offset)
    assert first + rest == EVENTS and end == path.stat().st_size


def test_the_history_leaves_progress_out_and_ends_where_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    tricky = Log(message='says "type":"progress" itself')
    lines = [to_line(event) for event in (*EVENTS, tricky)]
    path.write_bytes(b"".join(lines) + b'{"v":1')
    assert read_history(path) == [event for event in (*EVENTS, tricky) if event.type != "progress"]
    assert read_history(path, len(lines[0] + lines[1])) == EVENTS[:1]
    assert whole_bytes(path) == sum(map(len, lines))
    assert read_history(tmp_path / "nothing") == [] and whole_bytes(tmp_path / "nothing") == 0


def test_foreign_lines_are_told_and_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(to_line(STARTED) + b'noise {"v":1\n\n{"v":1,"type":"dance"}\n' + to_line(EVENTS[1]))
    events, _ = read_events(path)
    assert [event.type for event in events] == ["started", "log", "log", "progress"]
    assert isinstance(events[1], Log) and events[1].level == "warning"


def test_an_end_is_appended_on_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(to_line(STARTED) + b'{"v":1,"type":"pro')
    append_event(path, EVENTS[5])
    events, _ = read_events(path)
    assert [event.type for event in events] == ["started", "log", "failed"]


def test_a_writer_says_one_last_word(tmp_path: Path) -> None:
    writer = EventWriter(tmp_path / "events.jsonl", stdout=None)
    for event in (STARTED, Finished(), CancelledEvent(), Log(message="too late")):
        writer.write(event)
    assert [event.type for event in read_events(tmp_path / "events.jsonl")[0]] == ["started", "finished"]


def test_progress_is_told_now_and_then_but_its_end_always(tmp_path: Path) -> None:
    context = JobContext(EventWriter(tmp_path / "events.jsonl", stdout=None), Requests())
    for done in range(10_001):
        context.progress(done, 10_000, "reading")
    told = [event.done for event in read_events(tmp_path / "events.jsonl")[0] if isinstance(event, Progress)]
    assert told[0] == 0 and told[-1] == 10_000 and len(told) < 200


def test_a_record_follows_the_events() -> None:
    record = JobRecord(id="a", spec=JobSpec(kind="simulate_sky", title="a"), state="queued")
    for event in (STARTED, EVENTS[1], EVENTS[2]):
        record = apply_event(record, event)
    assert (record.state, record.pid, record.done, record.total) == ("running", 1, 1, 4)
    assert percent(record) == 25
    ended = apply_event(record, Failed(time=NOON + timedelta(seconds=5), kind="bug", message="m", hint="h"))
    assert (ended.state, ended.message, ended.hint) == ("failed", "m", "h")
    assert apply_event(ended, Finished()) is ended


@pytest.mark.parametrize("text", ["", "{", "[]", '{"kind": "dance", "title": "x"}'])
def test_a_damaged_job_file_is_a_sentence(tmp_path: Path, text: str) -> None:
    folder = new_job(tmp_path, "quick")
    folder.job_file.write_text(text)
    with pytest.raises(JobError, match=folder.id):
        folder.record()


def test_a_read_only_project_takes_no_job(tmp_path: Path) -> None:
    (tmp_path / "jobs").write_text("a file where the folder should be")
    with pytest.raises(JobError, match="cannot be written") as error:
        new_job(tmp_path / "jobs", "quick")
    assert error.value.hint


def test_the_last_progress_is_found_behind_a_long_tail(tmp_path: Path) -> None:
    folder = new_job(tmp_path, "quick")
    with folder.events_file.open("wb") as stream:
        stream.write(to_line(STARTED) + to_line(Progress(done=7, total=9)))
        for step in range(1000):
            stream.write(to_line(Log(message=f"line {step}")))
        stream.write(to_line(Finished(result={"a": 1})) + b'{"torn')
    record = JobFolder(folder.root).record()
    assert (record.state, record.done, record.total, record.result) == ("finished", 7, 9, {"a": 1})


def test_words() -> None:
    assert [duration_text(s) for s in (0.2, 59.4, 61, 3600, 9000)] == [
        "0 s",
        "59 s",
        "1 min 1 s",
        "1 h 0 min",
        "2 h 30 min",
    ]
    assert log_line(EVENTS[1]) is None
    assert log_line(EVENTS[2]) == "12:00:00  1: loss 0.5"
    assert log_line(EVENTS[5]) == "12:00:00  failed: x\nTraceback\n  y"
