"""Everything the window can be told to do: one table gives menus, shortcuts and the sheet of keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QMainWindow, QMenu

from cirrus_gui.dialogs.shortcuts import KeyLine


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """One action.

    `keys` are Qt key sequences, the first is shown in the menu.
    A `hold` action is driven by `HoldKeys`, which tells a tap from a hold.
    """

    id: str
    menu: str
    text: str
    keys: tuple[str, ...]
    help: str
    hold: bool = False
    separator: bool = False


def _a(
    id: str, menu: str, text: str, keys: str, help: str, *, hold: bool = False, line: bool = False
) -> ActionSpec:
    return ActionSpec(id, menu, text, tuple(keys.split()), help, hold, line)


ACTIONS: tuple[ActionSpec, ...] = (
    _a("open_folder", "File", "Open folder…", "Ctrl+O", "Open a night: a folder of frames"),
    _a("open_file", "File", "Open frame…", "Ctrl+Shift+O", "Open one frame; its folder opens with it"),
    _a(
        "save_now",
        "File",
        "Save mask now",
        "Ctrl+S",
        "Masks save themselves; this does it at once",
        line=True,
    ),
    _a("copy_view", "File", "Copy view", "Ctrl+C", "Copy the panes as a picture"),
    _a("quit", "File", "Quit", "Ctrl+Q", "Save and close the window", line=True),
    _a("undo", "Mask", "Undo", "Ctrl+Z", "Take back the last step"),
    _a("redo", "Mask", "Redo", "Ctrl+Shift+Z Ctrl+Y", "Bring back the step last undone"),
    _a("cancel", "Mask", "Abort stroke", "Esc", "Take back the stroke being drawn"),
    _a(
        "brush",
        "Mask",
        "Brush",
        "B",
        "Take the brush; hold for as long as the key is down",
        hold=True,
        line=True,
    ),
    _a("eraser", "Mask", "Eraser", "E", "Take the eraser; hold for as long as the key is down", hold=True),
    _a("smaller", "Mask", "Smaller", "[ ,", "Make the tool 20 % smaller"),
    _a("larger", "Mask", "Larger", "] .", "Make the tool 20 % larger"),
    _a("swap", "Mask", "Swap cloud and clear", "X", "Paint clear instead of cloud, and back"),
    _a("label_cloud", "Mask", "Paint cloud", "1", "The brush paints cloud"),
    _a("label_clear", "Mask", "Paint clear", "2", "The brush paints clear sky"),
    _a("label_unsure", "Mask", "Paint unsure", "3", "The brush paints what nobody can decide"),
    _a(
        "preview_automask",
        "Mask",
        "Preview automatic mask",
        "Ctrl+L",
        "Show the automatic mask live",
        line=True,
    ),
    _a(
        "accept_prediction",
        "Mask",
        "Accept prediction",
        "Shift+P",
        "Take the predicted mask over, one step to undo",
    ),
    _a("previous", "Frame", "Previous frame", "Left A", "Go one frame back"),
    _a("next", "Frame", "Next frame", "Right D", "Go one frame on"),
    _a("back_10", "Frame", "Ten back", "PgUp", "Go ten frames back"),
    _a("on_10", "Frame", "Ten on", "PgDown", "Go ten frames on"),
    _a("first", "Frame", "First frame", "Home", "Go to the first frame"),
    _a("last", "Frame", "Last frame", "End", "Go to the last frame"),
    _a(
        "next_unreviewed",
        "Frame",
        "Next without verdict",
        "Ctrl+Shift+D",
        "Go to the next frame not reviewed",
        line=True,
    ),
    _a(
        "previous_unreviewed",
        "Frame",
        "Previous without verdict",
        "Ctrl+Shift+A",
        "Go back to a frame not reviewed",
    ),
    _a("approve", "Frame", "Approve", "G", "The mask is right: it may train", line=True),
    _a(
        "approve_and_next",
        "Frame",
        "Approve and next",
        "Ctrl+Return Ctrl+Enter",
        "Approve and go one frame on",
    ),
    _a("flag", "Frame", "Flag", "Shift+F", "Look at it again later"),
    _a("mark_bad", "Frame", "Mark bad", "Shift+B", "A spoilt frame: never used"),
    _a("exclude", "Frame", "Leave out of training", "", "A good frame that is not to be trained on"),
    _a("mark_new", "Frame", "Take verdict back", "", "Make the frame new again"),
    _a("fit", "View", "Fit", "Z", "Show the whole frame (double-click does it too)"),
    _a("actual_size", "View", "100 %", "Shift+Z", "One pixel of the frame is one of the screen"),
    _a("zoom_in", "View", "Zoom in", "+ =", "Zoom in at the middle"),
    _a("zoom_out", "View", "Zoom out", "-", "Zoom out at the middle"),
    _a("overlay", "View", "Mask overlay", "V", "Hide or show the mask; hold to peek", hold=True, line=True),
    _a("outline", "View", "Mask as outline", "O", "Outline or fill; hold to peek", hold=True),
    _a("prediction_outline", "View", "Outline of the prediction", "P", "Blue line around predicted cloud"),
    _a("auto_cuts", "View", "Auto stretch", "C", "Cuts from this frame", line=True),
    _a("lock_cuts", "View", "Lock stretch to night", "Shift+C", "The same cuts for the whole night"),
    _a(
        "fold_panels", "View", "Side panels", "F9", "Fold the side panels away, or bring them back", line=True
    ),
    _a("only_panes", "View", "Only the panes", "F11", "Hide everything but the panes"),
    _a("theme_dark", "Theme", "Dark", "", "For dark rooms"),
    _a("theme_light", "Theme", "Light", "", "For the day"),
    _a("theme_red", "Theme", "Red (night vision)", "", "Nothing but red light leaves the screen"),
    _a("show_training", "Jobs", "Train…", "Ctrl+T", "Train on the corrected frames"),
    _a("show_models", "Jobs", "Models and prediction…", "Ctrl+M", "Predict this night"),
    _a("show_jobs", "Jobs", "Jobs…", "Ctrl+J", "What runs in the background"),
    _a("show_log", "Jobs", "Messages…", "", "All that was said since the window opened"),
    _a("show_keys", "Help", "Keys and mouse", "F1", "The sheet of keys"),
    _a("about", "Help", "About CIRRUS", "", "Version and licence"),
)

MOUSE: tuple[KeyLine, ...] = (
    KeyLine("Mouse", "Paint", ("Left drag",)),
    KeyLine("Mouse", "Erase", ("Right drag", "Shift + left drag")),
    KeyLine("Mouse", "Pan", ("Space + drag", "Middle drag")),
    KeyLine("Mouse", "Zoom at the pointer", ("Wheel",)),
    KeyLine("Mouse", "Size of brush or eraser", ("Alt + wheel", "Shift + wheel")),
    KeyLine("Mouse", "Go through the frames", ("Ctrl + wheel",)),
    KeyLine("Mouse", "Fit", ("Double-click",)),
)


def key_lines() -> list[KeyLine]:
    """The sheet of keys."""
    return [*MOUSE, *(KeyLine(spec.menu, spec.text, spec.keys) for spec in ACTIONS if spec.keys)]


def add_actions(
    window: QMainWindow, handlers: Mapping[str, Callable[[], object]]
) -> tuple[dict[str, QAction], dict[str, QMenu]]:
    """Make the actions of the table, by id, and the menus that hold them, by title.

    Raises
    ------
    KeyError
        If an action has no handler: a mistake in the program.
    """
    bar = window.menuBar()
    assert bar is not None
    actions: dict[str, QAction] = {}
    menus: dict[str, QMenu] = {}
    for spec in ACTIONS:
        if spec.menu not in menus:
            menu = QMenu(spec.menu, window)
            (menus["View"] if spec.menu == "Theme" else bar).addMenu(menu)
            menus[spec.menu] = menu
        if spec.separator:
            menus[spec.menu].addSeparator()
        actions[spec.id] = _make(spec, handlers[spec.id], window)
        menus[spec.menu].addAction(actions[spec.id])
        window.addAction(actions[spec.id])
    return actions, menus


def _make(spec: ActionSpec, handler: Callable[[], object], window: QMainWindow) -> QAction:
    # A hold key is shown in the menu but not taken by Qt, which knows no release.
    text = f"{spec.text}\t{spec.keys[0]}" if spec.hold else spec.text
    action = QAction(text, window)
    if not spec.hold:
        action.setShortcuts([QKeySequence(key) for key in spec.keys])
    action.setToolTip(spec.help)
    action.setStatusTip(spec.help)
    # Stepping may repeat while a key is held; nothing else should.
    action.setAutoRepeat(spec.id in _REPEATING)
    action.triggered.connect(lambda: handler())
    return action


_REPEATING = (
    *("previous", "next", "back_10", "on_10"),
    *("smaller", "larger", "undo", "redo", "zoom_in", "zoom_out"),
)
