"""A form made from a config model: one row per parameter, mistakes told beside the field."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QWidget

from cirrus_core.config import Config, build, params_of
from cirrus_core.errors import UsageError
from cirrus_gui.widgets.param_fields import ParamField, make_field, tooltip_of
from cirrus_gui.widgets.section import set_tone


class ParamForm(QWidget):
    """Rows for the parameters `names` of a config model, or for all.

    A row is titled by `titles`, else by the parameter's name in words. Several forms may
    show one config model in parts: each gives its own values.

    Signals
    -------
    changed
        A value was edited.
    """

    changed = pyqtSignal()

    def __init__(
        self,
        config_cls: type[Config],
        *,
        names: Sequence[str] | None = None,
        titles: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._config_cls = config_cls
        self._titles = titles or {}
        self._fields: dict[str, ParamField] = {}
        self._errors: dict[str, QLabel] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(0, 3)
        self._grid.setColumnStretch(1, 2)
        infos = {info.name: info for info in params_of(config_cls)}
        for name in infos if names is None else names:
            field = make_field(infos[name], self._on_edited)
            self._fields[name] = field
            self._add_row(field)

    def values(self) -> dict[str, Any]:
        """What the fields hold, not yet checked."""
        return {name: field.read() for name, field in self._fields.items()}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Show other values; those of parameters without a row are passed over."""
        for name, value in values.items():
            if name in self._fields:
                self._fields[name].show(value)

    def reset(self) -> None:
        """Show the defaults."""
        self.set_values({name: field.info.default for name, field in self._fields.items()})

    def checked_values(self, other: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The values as the config model takes them, together with `other` fields of the same model.

        Raises
        ------
        UsageError
            If a value is wrong; what is wrong is then shown at its field, too.
        """
        values = {**(other or {}), **self.values()}
        try:
            config = build(self._config_cls, values)
        except UsageError as error:
            self._show_errors(error.__cause__)
            raise
        self._show_errors(None)
        return {name: config.model_dump(mode="json")[name] for name in self._fields}

    def field(self, name: str) -> QWidget:
        """The input of a parameter."""
        return self._fields[name].widget

    def error(self, name: str) -> str:
        """What is wrong with a parameter, as shown at its field, or ``""``."""
        return self._errors[name].text()

    def _add_row(self, field: ParamField) -> None:
        row = 2 * len(self._errors)
        title = self._titles.get(field.info.name, field.info.title)
        label = QLabel(title)
        field.widget.setAccessibleName(title)
        label.setWordWrap(True)
        label.setToolTip(tooltip_of(field.info))
        label.setBuddy(field.widget)
        error = QLabel()
        error.setWordWrap(True)
        error.hide()
        set_tone(error, "bad")
        field.widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._errors[field.info.name] = error
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(field.widget, row, 1)
        self._grid.addWidget(error, row + 1, 0, 1, 2)

    def _on_edited(self) -> None:
        # What is still missing elsewhere is not this form's business: only its own fields are marked.
        try:
            build(self._config_cls, self.values())
            self._show_errors(None)
        except UsageError as error:
            self._show_errors(error.__cause__)
        self.changed.emit()

    def _show_errors(self, cause: BaseException | None) -> None:
        told = cause.errors() if isinstance(cause, ValidationError) else []
        wrong = {str(error["loc"][0]): error["msg"] for error in reversed(told) if error["loc"]}
        for name, label in self._errors.items():
            label.setText(wrong.get(name, ""))
            label.setVisible(name in wrong)
