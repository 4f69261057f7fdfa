"""The rules of the house that a reader cannot check by eye."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("cirrus_core", "cirrus_gui")
MAX_LINES = 400


def sources() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def modules_after(statement: str) -> set[str]:
    """Names in ``sys.modules`` of a new process after `statement`."""
    code = f"{statement}\nimport sys\nprint(' '.join(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(run.stdout.split())


def imported_names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def test_the_window_starts_without_torch_and_optuna() -> None:
    loaded = modules_after("import cirrus_gui.app")
    assert "PyQt6.QtWidgets" in loaded
    assert not loaded & {"torch", "optuna", "cirrus_core.jobs.worker", "cirrus_core.jobs.kinds"}


def test_help_is_instant_because_nothing_heavy_is_imported() -> None:
    loaded = modules_after("from cirrus_core.cli.main import main\nmain(['--help'])")
    assert "cirrus_core.cli.main" in loaded
    assert not loaded & {"torch", "astropy", "skimage", "PyQt6", "optuna", "matplotlib"}


def test_import_contracts_hold() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([str(linter), "--no-cache"], capture_output=True, text=True, cwd=ROOT, check=False)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_files_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_unpickled_and_nothing_left_undone(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert not {"pickle", "dill", "joblib", "shelve", "marshal"} & set(imported_names(tree))
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert "torch.load" not in calls and "torch.save" not in calls
    assert "allow_pickle=True" not in text
    assert not any(word in text for word in ("TODO", "FIXME", "XXX", "NotImplementedError", "processEvents"))


@pytest.mark.parametrize("package", PACKAGES)
def test_package_files_hold_a_docstring_and_no_re_exports(package: str) -> None:
    for path in (ROOT / package).rglob("__init__.py"):
        body = ast.parse(path.read_text(encoding="utf-8")).body
        assert body and ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path
        if path.parent.name not in PACKAGES:
            assert len(body) == 1, f"{path} holds more than its docstring"


def test_the_ignore_lists_are_empty() -> None:
    config = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "ignore_imports" not in config
    assert '"torch>=2.6,<2.14"' in config


def test_test_files_have_names_of_their_own() -> None:
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names)), "pytest takes files of one name for the same module"
