"""Frame states: on disk at once, tolerant of damage, never silently emptied."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cirrus_core.errors import ProjectError
from cirrus_core.project.states import FrameState, FrameStates

STATES = st.sampled_from(["new", "in progress", "approved", "flagged", "bad", "excluded"])


@given(changes=st.lists(st.tuples(st.text(min_size=1, max_size=9), STATES), max_size=20))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_change_is_on_disk_at_once(
    tmp_path_factory: pytest.TempPathFactory, changes: list[tuple[str, FrameState]]
) -> None:
    path = tmp_path_factory.mktemp("p") / "states" / "n.json"
    states, expected = FrameStates(path), dict[str, FrameState]()
    for stem, state in changes:
        states.set(stem, state)
        expected[stem] = state
        assert FrameStates(path).get(stem) == state
    again = FrameStates(path)
    assert {stem: again.get(stem) for stem in expected} == expected
    assert again.problem is None
    assert again.stems("approved") == tuple(sorted(s for s, v in expected.items() if v == "approved"))


def test_counts_and_default(tmp_path: Path) -> None:
    states = FrameStates(tmp_path / "n.json")
    assert states.get("A") == "new" and not (tmp_path / "n.json").exists()
    states.set("A", "approved")
    states.set("B", "approved")
    states.set("C", "bad")
    assert states.counts() == {
        "new": 0,
        "in progress": 0,
        "approved": 2,
        "flagged": 0,
        "bad": 1,
        "excluded": 0,
    }


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]", b'{"states": 5}', b'{"format": 1}'])
def test_file_that_cannot_be_understood_is_set_aside_and_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "n.json"
    path.write_bytes(content)
    states = FrameStates(path)
    assert isinstance(states.problem, ProjectError)
    assert "n.json.broken" in states.problem.message and states.problem.hint
    assert (tmp_path / "n.json.broken").read_bytes() == content
    states.set("A", "approved")
    path.write_bytes(b"again")
    FrameStates(path)
    assert (tmp_path / "n.json.broken").read_bytes() == content, "an older one is kept"
    assert (tmp_path / "n.json.broken2").read_bytes() == b"again"


def test_known_states_survive_beside_unknown_ones(tmp_path: Path) -> None:
    path = tmp_path / "n.json"
    content = json.dumps({"format": 1, "states": {"A": "approved", "B": "superb", "C": 3}})
    path.write_text(content)
    states = FrameStates(path)
    assert states.get("A") == "approved" and states.get("B") == "new"
    assert states.problem is not None and "2 states" in states.problem.message
    assert (tmp_path / "n.json.broken").read_text() == content
    again = FrameStates(path)
    assert again.get("A") == "approved" and again.problem is None, "what was kept is on disk already"


def test_failed_save_leaves_the_state_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    states = FrameStates(tmp_path / "file" / "n.json")
    with pytest.raises(ProjectError, match="could not be saved") as caught:
        states.set("A", "approved")
    assert caught.value.hint and states.get("A") == "new"
