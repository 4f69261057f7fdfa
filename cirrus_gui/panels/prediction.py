"""What a model says about the frame on screen, and taking it over."""

from __future__ import annotations

from PyQt6.QtWidgets import QVBoxLayout, QWidget

from cirrus_gui.state.mask_editor import MaskEditor
from cirrus_gui.widgets.section import FormGrid, explain, heading, hint, push_button, with_key
from cirrus_gui.widgets.value_slider import ValueSlider


class PredictionBox(QWidget):
    """Threshold on the probability, live; accepting is one step to undo."""

    def __init__(self, mask_editor: MaskEditor) -> None:
        super().__init__()
        self._editor = mask_editor
        self.origin = hint("")
        explain(self.origin, "Origin of the prediction", "Which model said so, and when")
        self.threshold = ValueSlider(
            "Threshold", "Pixels with this probability or more become cloud", low=0.0, high=1.0, step=0.05
        )
        self.accept = push_button(
            "Accept prediction",
            with_key("Take the predicted mask for this frame: one step to undo", "Shift+P"),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(heading("Prediction of this frame"))
        column.addWidget(self.origin)
        grid = FormGrid()
        grid.add_row("Threshold", self.threshold)
        column.addLayout(grid)
        column.addWidget(self.accept)
        self.threshold.edited.connect(mask_editor.set_threshold)
        self.accept.clicked.connect(lambda: mask_editor.accept_prediction())
        mask_editor.document_changed.connect(self._show)
        mask_editor.prediction_changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        prediction = self._editor.prediction
        self.threshold.setEnabled(prediction is not None)
        self.accept.setEnabled(prediction is not None and self._editor.document is not None)
        self.threshold.show_value(self._editor.threshold)
        if prediction is None:
            self.origin.setText("None yet. 'Predict this night' makes one for every frame.")
        else:
            self.origin.setText(f"by {prediction.model_id}, {prediction.date:%Y-%m-%d %H:%M} UTC")
