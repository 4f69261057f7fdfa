"""All panels: narrow enough, nothing nameless, nothing but red in the red theme, by keyboard alone."""

from __future__ import annotations

import numpy as np
import pytest
from panel_helpers import SHAPE, write_prediction
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from cirrus_gui.notify import Notifier
from cirrus_gui.panels.automask import AutoMaskPanel
from cirrus_gui.panels.display import DisplayPanel
from cirrus_gui.panels.frames import FramesPanel
from cirrus_gui.panels.log import LogPanel
from cirrus_gui.panels.models import ModelsPanel
from cirrus_gui.panels.tools import ToolsPanel
from cirrus_gui.state.frame_loader import FrameLoader
from cirrus_gui.state.job_center import JobCenter
from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.state.session import Session
from cirrus_gui.state.view_state import ViewState
from cirrus_gui.theme import apply_theme
from cirrus_gui.widgets.section import PANEL_WIDTH_PX, PanelColumn

SCROLL_BAR_PX = 9


@pytest.fixture
def panels(
    qtbot: QtBot,
    open_editor: MaskEditor,
    session: Session,
    frame_loader: FrameLoader,
    view_state: ViewState,
    job_center: JobCenter,
    notifier: Notifier,
) -> list[QWidget]:
    notifier.warning("Two files are no frames.", "See the fold below the list.")
    write_prediction(session, "A00", np.full(SHAPE, 0.7, np.float32), "some-model")
    qtbot.waitUntil(lambda: open_editor.prediction is not None)
    session.set_state("flagged", 1)
    made: list[QWidget] = [
        FramesPanel(session),
        DisplayPanel(view_state, frame_loader),
        ToolsPanel(open_editor, view_state),
        AutoMaskPanel(open_editor, frame_loader, session),
        ModelsPanel(session, open_editor, job_center),
        LogPanel(notifier),
    ]
    for panel in made:
        qtbot.addWidget(panel)
        panel.resize(PANEL_WIDTH_PX, 640)
        panel.show()
    return made


def test_panels_fit_their_width(panels: list[QWidget]) -> None:
    for panel in panels:
        content = panel.widget() if isinstance(panel, PanelColumn) else panel
        assert content is not None
        assert content.minimumSizeHint().width() <= PANEL_WIDTH_PX - SCROLL_BAR_PX, type(panel).__name__


def test_every_control_says_what_it_is_and_what_it_does(panels: list[QWidget]) -> None:
    for panel in panels:
        for child in panel.findChildren(QWidget):
            inner = child.objectName().startswith("qt_")
            if inner or child.focusPolicy() == Qt.FocusPolicy.NoFocus or not child.isVisibleTo(panel):
                continue
            told = child.accessibleName() and (child.toolTip() or child.parent() is panel)
            assert told, f"{type(panel).__name__}: {type(child).__name__} {child.accessibleName()!r}"


def test_tab_reaches_the_controls_from_top_to_bottom(qtbot: QtBot, panels: list[QWidget]) -> None:
    for panel in panels[1:5]:
        reached = [
            child
            for child in tab_chain(panel)
            if child.isVisibleTo(panel)
            and child.isEnabled()
            and child.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        tops = [child.mapTo(panel, child.rect().center()).y() for child in reached]
        assert len(reached) >= 3
        assert tops == sorted(tops), f"{type(panel).__name__}: {[c.accessibleName() for c in reached]}"


def tab_chain(panel: QWidget) -> list[QWidget]:
    """Widgets inside `panel` in the order of the Tab key."""
    chain, widget = [], panel.nextInFocusChain()
    while widget is not None and widget is not panel:
        if panel.isAncestorOf(widget) and not widget.objectName().startswith("qt_"):
            chain.append(widget)
        widget = widget.nextInFocusChain()
    return chain


def test_red_panels_emit_nothing_but_red(qapp: QApplication, qtbot: QtBot, panels: list[QWidget]) -> None:
    apply_theme(qapp, "red")
    for panel in panels:
        image = panel.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        data = image.constBits()
        assert data is not None
        data.setsize(image.sizeInBytes())
        raw = np.frombuffer(data, np.uint8).reshape(image.height(), -1, 4)
        assert raw[..., 2].max() > 200, type(panel).__name__
        assert not raw[..., :2].any(), type(panel).__name__


def test_pictures_of_panels_change_with_the_theme(
    qapp: QApplication, qtbot: QtBot, panels: list[QWidget]
) -> None:
    for panel in panels:
        seen = set()
        for name in ("dark", "light", "red"):
            apply_theme(qapp, name)  # type: ignore[arg-type]
            image = panel.grab().toImage()
            seen.add(image.pixelColor(image.width() - 2, image.height() - 2).name())
        assert len(seen) == 3, type(panel).__name__
