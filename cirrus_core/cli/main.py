"""``cirrus``: the one program; every command is a thin shell over a function of the engine.

Commands are named here by import string and loaded when called, so that ``cirrus --help`` is instant.
"""

from __future__ import annotations

import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass

import click

from cirrus_core import __version__
from cirrus_core.cli.console import Output
from cirrus_core.errors import Cancelled, CirrusError
from cirrus_core.files import disk_error


@dataclass(frozen=True, slots=True)
class LazyCommand:
    """A command that is imported when it runs."""

    target: str
    help: str


COMMANDS: dict[str, LazyCommand] = {
    "open": LazyCommand("cirrus_core.cli.open:open_command", "The window, on a night, a file or a project."),
    "demo": LazyCommand("cirrus_core.cli.demo:demo_command", "Build the sample project and show it."),
    "info": LazyCommand("cirrus_core.cli.frames:info_command", "What is there: frames, times, gaps, shapes."),
    "bin": LazyCommand("cirrus_core.cli.frames:bin_command", "Block mean of frames, header kept."),
    "automask": LazyCommand("cirrus_core.cli.masks:automask_command", "Masks by an automatic method."),
    "predict": LazyCommand("cirrus_core.cli.predict:predict_command", "Probability and mask per frame."),
    "train": LazyCommand("cirrus_core.cli.train:train_group", "Train a model on frames with masks."),
    "tune": LazyCommand("cirrus_core.cli.tune:tune_group", "Search for the best training settings."),
    "evaluate": LazyCommand(
        "cirrus_core.cli.evaluate:evaluate_command", "Score masks or a model against truth."
    ),
    "simulate": LazyCommand("cirrus_core.cli.simulate:simulate_group", "Frames with exact truth."),
}


class LazyGroup(click.Group):
    """A click group that lists its commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module_name, attribute = entry.target.split(":")
        command = getattr(importlib.import_module(module_name), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


@click.group(
    cls=LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="cirrus")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.option("--quiet", is_flag=True, help="Say nothing but errors and what --json asks for.")
@click.pass_context
def cirrus(ctx: click.Context, *, debug: bool, quiet: bool) -> None:
    """Cloud masks for sky images: look at a night, correct masks, train, predict again."""
    ctx.obj = Output(quiet=quiet)
    if ctx.invoked_subcommand is None:
        window = cirrus.get_command(ctx, "open")
        assert window is not None
        ctx.invoke(window)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code: 0 done, 1 failed, 2 wrong usage, 3 cancelled."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in arguments
    arguments = _global_flags_first(arguments)
    try:
        result = cirrus.main(arguments, prog_name="cirrus", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.exceptions.Abort:
        return _tell(Cancelled(), debug=debug)
    except click.ClickException as error:
        error.show()
        return 2
    except KeyboardInterrupt:
        return _tell(Cancelled(), debug=debug)
    except CirrusError as error:
        return _tell(error, debug=debug)
    except BrokenPipeError:
        # The reader of our output has gone (`| head`): point stdout elsewhere so that exit stays silent.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        told = disk_error(error)
        if told is None:
            raise
        return _tell(told, debug=debug)


def _global_flags_first(arguments: list[str]) -> list[str]:
    """Let ``--debug`` and ``--quiet`` stand anywhere on the line."""
    if "--" in arguments:
        cut = arguments.index("--")
        return _global_flags_first(arguments[:cut]) + arguments[cut:]
    flags = [a for a in arguments if a in ("--debug", "--quiet")]
    return flags + [a for a in arguments if a not in ("--debug", "--quiet")]


def _tell(error: CirrusError, *, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    click.echo(f"cirrus: {error.message}", err=True)
    if error.hint:
        click.echo(f"  hint: {error.hint}", err=True)
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
