"""The structure of a FITS file read from its header blocks alone.

Written instead of opening files with astropy because a night has thousands of frames and each needs only
a few cards, and because a bad card must not keep a good picture from opening. Structure as in the FITS
standard 4.0, sections 3 and 4.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

BLOCK_BYTES = 2880
CARD_CHARS = 80
MAX_HEADER_BLOCKS = 1000
"""36,000 cards: longer 'headers' are data without an END card."""

_KEYWORD = re.compile(r"[A-Z0-9_-]*")
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[EDed][+-]?\d+)?"
# Not what Python takes for numbers: that would be 'nan' and '1_000' too.
_WHOLE, _REAL = re.compile(r"[+-]?\d+"), re.compile(_NUMBER)
_COMPLEX = re.compile(rf"\(\s*{_NUMBER}\s*,\s*{_NUMBER}\s*\)")

CardValue = str | int | float | bool
Cards = Mapping[str, CardValue]


class NotFitsError(ValueError):
    """The bytes are no FITS file, or the header has no end."""


@dataclass(frozen=True, slots=True)
class HduHeader:
    """Header of one HDU and where its data lie.

    `text` holds the cards without END, 80 characters each, malformed cards left out. `cards` holds the
    first value of each keyword.
    """

    index: int
    text: str
    cards: Cards
    data_offset: int

    @property
    def is_compressed(self) -> bool:
        """True for a tile-compressed image, which is stored as a table."""
        return self.cards.get("ZIMAGE") is True

    @property
    def is_image(self) -> bool:
        """True when the HDU holds an array, compressed or not."""
        if self.index == 0:
            return self.cards.get("GROUPS") is not True
        return self.is_compressed or str(self.cards.get("XTENSION", "")).strip() in ("IMAGE", "IUEIMAGE")

    @property
    def bitpix(self) -> int:
        """FITS number type of the image."""
        return _integer(self.cards, "ZBITPIX" if self.is_compressed else "BITPIX")

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the image in numpy's order, slowest axis first."""
        return _axes(self.cards, prefix="Z" if self.is_compressed else "")

    @property
    def data_bytes(self) -> int:
        """Bytes of the data unit as stored, without the padding to full blocks."""
        axes = _axes(self.cards)
        if self.cards.get("GROUPS") is True and axes and axes[-1] == 0:
            axes = axes[:-1]
        if not axes:
            return 0
        elements = _integer(self.cards, "PCOUNT", 0) + math.prod(axes)
        return abs(_integer(self.cards, "BITPIX")) // 8 * _integer(self.cards, "GCOUNT", 1) * elements

    @property
    def next_offset(self) -> int:
        """Where the next HDU begins."""
        return self.data_offset + -(-self.data_bytes // BLOCK_BYTES) * BLOCK_BYTES


def iter_hdus(stream: BinaryIO) -> Iterator[HduHeader]:
    """Walk the HDUs of an open FITS file without reading data.

    Raises
    ------
    NotFitsError
        If the file does not begin like FITS or a header never ends.
    """
    offset = 0
    index = 0
    while True:
        stream.seek(offset)
        raw = _read_header(stream, first=b"SIMPLE  " if index == 0 else b"XTENSION")
        if raw is None:
            return
        text, cards = parse_cards(raw)
        hdu = HduHeader(index, text, cards, stream.tell())
        yield hdu
        offset = hdu.next_offset
        index += 1


def _read_header(stream: BinaryIO, *, first: bytes) -> bytes | None:
    """Raw cards up to END; None at the end of the file or where no further HDU begins."""
    blocks: list[bytes] = []
    while len(blocks) < MAX_HEADER_BLOCKS:
        block = stream.read(BLOCK_BYTES)
        if not blocks and not block.startswith(first):
            if first == b"XTENSION":
                return None
            raise NotFitsError("it does not begin like a FITS file")
        for start in range(0, len(block), CARD_CHARS):
            if block[start : start + 8] == b"END     ":
                blocks.append(block[:start])
                return b"".join(blocks)
        if len(block) < BLOCK_BYTES:
            raise NotFitsError("its header breaks off before the END card")
        blocks.append(block)
    raise NotFitsError("its header has no END card")


def parse_cards(raw: bytes) -> tuple[str, dict[str, CardValue]]:
    """Text of the well-formed cards, and the first value of each keyword."""
    text = raw.decode("latin-1")
    if not (text.isascii() and text.isprintable()):
        text = "".join(c if " " <= c <= "~" else "?" for c in text)
    cards: dict[str, CardValue] = {}
    good = []
    for start in range(0, len(text), CARD_CHARS):
        card = text[start : start + CARD_CHARS]
        keyword = card[:8].rstrip().upper()
        if not _KEYWORD.fullmatch(keyword):
            continue
        if card[8:9] == "=" and keyword not in ("HISTORY", "COMMENT", "CONTINUE", ""):
            try:
                value = _value(card[9:])
            except ValueError:
                continue
            if value is not None:
                cards.setdefault(keyword, value)
        good.append(card[:8].upper() + card[8:])
    return "".join(good), cards


def _value(field: str) -> CardValue | None:
    """Value of a card from what follows the equals sign; None when it has none. ValueError: malformed."""
    field = field.strip()
    if field.startswith("'"):
        return _string(field)
    token = field.split("/", 1)[0].strip()
    if token in ("T", "F"):
        return token == "T"
    if _WHOLE.fullmatch(token):
        return int(token)
    if _REAL.fullmatch(token):
        return float(token.upper().replace("D", "E"))
    if not token or _COMPLEX.match(field):
        return None
    raise ValueError("no value of the standard")


def _string(field: str) -> str:
    end = field.find("'", 1)
    while end != -1 and field[end + 1 : end + 2] == "'":
        end = field.find("'", end + 2)
    if end == -1:
        raise ValueError("unclosed string")
    return field[1:end].replace("''", "'").rstrip()


def _axes(cards: Cards, *, prefix: str = "") -> tuple[int, ...]:
    count = _integer(cards, f"{prefix}NAXIS", 0)
    if not 0 <= count <= 999:
        raise NotFitsError(f"its {prefix}NAXIS card is {count}")
    return tuple(_integer(cards, f"{prefix}NAXIS{axis}") for axis in range(count, 0, -1))


def _integer(cards: Cards, keyword: str, default: int | None = None) -> int:
    value = cards.get(keyword, default)
    if isinstance(value, bool) or not isinstance(value, int) or (value < 0 and "BITPIX" not in keyword):
        raise NotFitsError(f"its card {keyword} is missing or is no count")
    return value
