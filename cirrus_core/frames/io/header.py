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

_MAX_BYTES = 1 << 62
_COMMENTARY = ("COMMENT", "HISTORY", "")
_KEYWORD = re.compile(r"[A-Z0-9_-]+")
_HIERARCH = re.compile(r"HIERARCH +[A-Za-z0-9_-][A-Za-z0-9_ -]*= *(.*)")
_STRING = re.compile(r"'((?:[^']|'')*)' *(?:/.*)?")
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
        return self.cards.get("ZIMAGE") is True and self.cards.get("XTENSION") == "BINTABLE"

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
        if offset > _MAX_BYTES:
            raise NotFitsError("the sizes in its header are absurd")
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
    """Text of the well-formed cards, and the first value of each keyword.

    Cards that astropy would refuse to write again are left out: masks and binned frames carry them on.
    """
    text = raw.decode("latin-1")
    if not (text.isascii() and text.isprintable()):
        text = "".join(c if " " <= c <= "~" else "?" for c in text)
    cards: dict[str, CardValue] = {}
    good: list[str] = []
    kept = False
    for start in range(0, len(text), CARD_CHARS):
        card = text[start : start + CARD_CHARS]
        keyword = card[:8].rstrip().upper()
        if card[8:9] == "=" and card[9:10] != " " and keyword not in _COMMENTARY:
            card = f"{card[:9]} {card[9:-1]}"  # the standard wants a space there
        try:
            value = _card_value(keyword, card, after_kept=kept)
        except ValueError:
            kept = False
            continue
        kept = True
        good.append(f"{keyword:8}{card[8:]}")
        if value is not None:
            cards.setdefault(keyword, value)
    return "".join(good), cards


def _card_value(keyword: str, card: str, *, after_kept: bool) -> CardValue | None:
    """Value of a card of the standard's form, None for commentary; ValueError: malformed."""
    if keyword in _COMMENTARY:
        return None
    if keyword == "HIERARCH":  # the ESO convention, whose long names nothing here asks for
        if (match := _HIERARCH.fullmatch(card)) is None:
            raise ValueError("no HIERARCH card")
        _value(match[1])
        return None
    if keyword == "CONTINUE":
        if not after_kept:
            raise ValueError("nothing to continue")
        _string(card[8:].strip())
        return None
    if card[8:9] != "=" or not _KEYWORD.fullmatch(keyword):
        raise ValueError("no value card")
    value = _value(card[9:])
    if keyword == "EXTNAME" and not isinstance(value, str):
        raise ValueError("no name")
    return value


def _value(field: str) -> CardValue | None:
    """Value from what follows the equals sign; None when undefined or complex; ValueError: malformed."""
    field = field.strip()
    if field.startswith("'"):
        return _string(field)
    token = field.split("/", 1)[0].strip()
    if token in ("T", "F"):
        return token == "T"
    if _WHOLE.fullmatch(token):
        return int(token)
    if _REAL.fullmatch(token):
        number = float(token.upper().replace("D", "E"))
        if math.isinf(number):
            raise ValueError("no double can hold it")
        return number
    if not token or _COMPLEX.fullmatch(token):
        return None
    raise ValueError("no value of the standard")


def _string(field: str) -> str:
    match = _STRING.fullmatch(field)
    if match is None:
        raise ValueError("no string of the standard")
    return match[1].replace("''", "'").rstrip()


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
