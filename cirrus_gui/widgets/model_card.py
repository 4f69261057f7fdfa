"""What a model is, what it was trained on and how good it is; scores by kind of truth, never mixed."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from PyQt6.QtCore import QEvent, Qt
from PyQt6.QtWidgets import QLabel

from cirrus_core.masks.labels import TruthKind
from cirrus_core.models.card import DataSource, ModelCard, Score
from cirrus_gui.theme import Colours, colours_of
from cirrus_gui.widgets.section import explain

_TRUTH_WORDS: dict[TruthKind, str] = {
    "hand": "Against masks drawn by hand",
    "simulation": "Against simulated skies (exact)",
    "algorithm": "Against an algorithm's masks (imitation, not truth)",
}
_SHOWN = (("iou", "IoU"), ("iou_clear", "IoU clear"), ("accuracy", "accuracy"))


class ModelCardView(QLabel):
    """The card of the selected model in a few lines."""

    def __init__(self) -> None:
        super().__init__()
        explain(self, "Model card", "Scores are shares 0 to 1; IoU: overlap of predicted and true cloud")
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._card: ModelCard | None = None

    def show_card(self, card: ModelCard | None) -> None:
        """Show the card of another model, or nothing."""
        self._card = card
        self.setText("" if card is None else card_html(card, colours_of(self)))

    def changeEvent(self, a0: QEvent | None) -> None:
        super().changeEvent(a0)
        if a0 is not None and a0.type() == QEvent.Type.PaletteChange:
            self.show_card(self._card)


def card_html(card: ModelCard, tokens: Colours) -> str:
    """The card as rich text. Everything from the file is escaped: cards may come from anywhere."""
    quiet = f"<span style='color:{tokens.dim}'>"
    lines = [
        f"{quiet}{escape(card.id)}<br>made {escape(card.created[:10])}, {escape(card.arch)}, "
        f"{_thousands(card.n_parameters)} weights, {card.grid[0]} × {card.grid[1]} px</span>"
    ]
    if card.data:
        lines.append(f"{quiet}trained on</span> {'; '.join(_source(source) for source in card.data)}")
    text = "".join(f"<p style='margin:0 0 5px 0'>{line}</p>" for line in lines)
    for truth, words in _TRUTH_WORDS.items():
        scores = [score for score in card.scores if score.truth == truth]
        if scores:
            text += f"<p style='margin:7px 0 2px 0'>{quiet}{words}</span></p>{_score_table(scores, tokens)}"
    if not card.scores:
        text += f"<p>{quiet}never scored: look at a few frames before trusting it</span></p>"
    return text


def _source(source: DataSource) -> str:
    kind = {"hand": "by hand", "simulation": "simulated", "algorithm": "by an algorithm"}[source.truth]
    licence = f", {source.licence}" if source.licence else ""
    return escape(f"{source.name} ({source.n_frames} frames, masks {kind}{licence})")


def _score_table(scores: Sequence[Score], tokens: Colours) -> str:
    cell = f"<td width='{100 // len(_SHOWN)}%' style='color:{tokens.dim}'>"
    rows = [f"<tr>{''.join(f'{cell}{title}</td>' for _, title in _SHOWN)}</tr>"]
    for score in scores:
        name = escape(f"{score.dataset} {score.split}, {score.n_frames} frames")
        rows.append(f"<tr><td colspan='{len(_SHOWN)}'>{name}</td></tr>")
        rows.append(f"<tr>{''.join(f'<td>{_figure(score, key)}</td>' for key, _ in _SHOWN)}</tr>")
    return f"<table width='100%' cellspacing='0' cellpadding='0'>{''.join(rows)}</table>"


def _figure(score: Score, key: str) -> str:
    value = score.values.get(key)
    return "–" if value is None else f"{value:.3f}"


def _thousands(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")
