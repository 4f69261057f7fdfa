"""The card keeps kinds of truth apart and trusts no text that comes from a file."""

from __future__ import annotations

import pytest
from PyQt6.QtGui import QTextDocument
from pytestqt.qtbot import QtBot

from cirrus_core.datasets.normalise_config import Normalisation
from cirrus_core.models.card import DataSource, ModelCard, Score
from cirrus_gui.theme import colours
from cirrus_gui.widgets.model_card import ModelCardView, card_html


@pytest.fixture
def card() -> ModelCard:
    return ModelCard(
        id="sky-1",
        title="Sky <b>1</b>",
        arch="unet",
        arch_config={},
        normalisation=Normalisation(),
        grid=(128, 160),
        n_parameters=120_500,
        weights_sha256="0" * 64,
        created="2026-11-21T02:00:00+00:00",
        data=(DataSource(name="lwiriseg <x>", truth="hand", n_frames=134, licence="CC-BY-4.0"),),
        scores=(
            Score(dataset="lwiriseg", truth="hand", split="test", n_frames=34, values={"iou": 0.957}),
            Score(dataset="simulated", truth="simulation", split="test", n_frames=60, values={"iou": 0.91}),
        ),
    )


def plain(html: str) -> str:
    document = QTextDocument()
    document.setHtml(html)
    return document.toPlainText()


def test_scores_are_grouped_by_truth(qtbot: QtBot, card: ModelCard) -> None:
    text = plain(card_html(card, colours("dark")))
    hand, simulated = text.index("drawn by hand"), text.index("simulated skies")
    assert hand < text.index("0.957") < simulated < text.index("0.910")
    assert "algorithm's masks" not in text
    assert "lwiriseg <x> (134 frames, masks by hand, CC-BY-4.0)" in text
    assert "128 × 160 px" in text


def test_a_model_without_scores_says_so(qtbot: QtBot, card: ModelCard) -> None:
    text = plain(card_html(card.model_copy(update={"scores": ()}), colours("dark")))
    assert "never scored" in text


def test_the_card_fits_a_narrow_panel(qtbot: QtBot, card: ModelCard) -> None:
    view = ModelCardView()
    qtbot.addWidget(view)
    view.show_card(card)
    assert view.minimumSizeHint().width() <= 260
    view.show_card(None)
    assert view.text() == ""
