"""The automatic mask: choose a method, clean as a step of its own, look at it live, apply."""

from __future__ import annotations

import math

from PyQt6.QtWidgets import QCheckBox, QLabel, QStackedWidget

from cirrus_core.config import build
from cirrus_core.errors import CirrusError, UsageError
from cirrus_core.frames.night import Night
from cirrus_core.masks.auto.table import AUTO_MASKS
from cirrus_core.masks.cleanup import CleanupConfig
from cirrus_gui.state.auto_mask import AutoMask, AutoMaskRequest, AutoMaskResult
from cirrus_gui.state.frame_loader import FrameLoader
from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.state.session import Session
from cirrus_gui.widgets.combo import Combo
from cirrus_gui.widgets.param_form import ParamForm
from cirrus_gui.widgets.section import (
    PanelColumn,
    explain,
    heading,
    hint,
    push_button,
    set_tone,
    thin_line,
    with_key,
)


class AutoMaskPanel(PanelColumn):
    """What is previewed is what is applied; applying is one step to undo."""

    def __init__(self, mask_editor: MaskEditor, frame_loader: FrameLoader, session: Session) -> None:
        super().__init__("Automatic mask")
        self._automask = AutoMask(mask_editor, frame_loader, self)
        self._make_controls()
        self._lay_out()
        self.method.activated.connect(self._on_method_chosen)
        for form in (*self._forms, self.cleaning):
            form.changed.connect(self._on_edited)
        self.preview.toggled.connect(self._automask.set_previewing)
        self.apply.clicked.connect(self._automask.apply)
        self._automask.previewing_changed.connect(self.preview.setChecked)
        self._automask.made.connect(self._on_made)
        self._automask.failed.connect(self._on_failed)
        self._automask.busy_changed.connect(self._on_busy_changed)
        session.night_opened.connect(self._on_night_opened)
        self._on_method_chosen(0)
        self._on_night_opened(session.night)

    def _make_controls(self) -> None:
        self.method = Combo("Method", "How the mask is made", [spec.title for spec in AUTO_MASKS])
        self._forms = [ParamForm(spec.config_cls) for spec in AUTO_MASKS]
        self._settings = QStackedWidget()
        for form in self._forms:
            self._settings.addWidget(form)
        self.about = hint("")
        self.cleaning = ParamForm(CleanupConfig)
        self.preview = QCheckBox("Live preview")
        explain(self.preview, "Live preview", with_key("Show the mask that would be applied", "Ctrl+L"))
        self.fraction = QLabel()
        explain(self.fraction, "Cloud fraction", "Part of the known pixels that this mask calls cloud")
        self.apply = push_button(
            "Apply to this frame",
            "Replace the mask by the automatic one: one step to undo",
            primary=True,
        )

    def _lay_out(self) -> None:
        column = self.column
        column.addWidget(self.method)
        column.addWidget(self.about)
        column.addWidget(self._settings)
        column.addSpacing(6)
        column.addWidget(thin_line())
        column.addWidget(heading("Then clean"))
        column.addWidget(self.cleaning)
        column.addSpacing(6)
        column.addWidget(thin_line())
        column.addWidget(self.preview)
        column.addWidget(self.fraction)
        column.addWidget(self.apply)
        column.addStretch(1)

    def _on_night_opened(self, night: Night | None) -> None:
        for widget in (self.preview, self.apply):
            widget.setEnabled(night is not None)
        self._say("" if night is not None else "Open a night first: drop a folder on the window.")

    def _on_method_chosen(self, i: int) -> None:
        self._settings.setCurrentIndex(i)
        self._settings.setMaximumHeight(self._forms[i].sizeHint().height())
        self.about.setText(AUTO_MASKS[i].help)
        self._on_edited()

    def _on_edited(self) -> None:
        i = self.method.currentIndex()
        spec = AUTO_MASKS[i]
        try:
            config = build(spec.config_cls, self._forms[i].checked_values())
            cleanup = build(CleanupConfig, self.cleaning.checked_values())
        except UsageError:
            return  # the form says at the field what is wrong; the last good request stands
        wanted = cleanup if cleanup != CleanupConfig() else None
        self._automask.set_request(AutoMaskRequest(spec.name, config, wanted))

    def _on_made(self, result: AutoMaskResult | None) -> None:
        if result is None:
            self._say("")
        elif math.isnan(result.cloud_fraction):
            self._say("every pixel is unsure")
        else:
            self._say(f"cloud fraction {result.cloud_fraction:.2f}")

    def _on_failed(self, error: CirrusError) -> None:
        self._say(str(error), tone="bad")

    def _on_busy_changed(self, busy: bool) -> None:
        if busy:
            self._say("…")

    def _say(self, text: str, tone: str = "") -> None:
        self.fraction.setWordWrap(bool(tone) or len(text) > 30)
        self.fraction.setText(text)
        set_tone(self.fraction, tone)
