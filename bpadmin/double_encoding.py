"""Text that was encoded twice: UTF-8 that some program took for another code page and wrote as UTF-8 once more.

`Müller` becomes `MÃ¼ller` by that. Only runs of signs are undone that are the bytes of one letter, and of letters and
signs that people write, so that the rest of a cell, and cells that are right, stay as they are.
"""

from __future__ import annotations

import re
from functools import cache

# Code pages that UTF-8 is taken for, the likeliest first, and how many letters in a row prove it: in some of them a
# letter's bytes are letters that do stand side by side.
_PAGES = {"cp1252": 1, "cp1250": 1, "mac-roman": 1, "cp850": 1, "cp437": 1, "cp1251": 2, "cp1254": 1}
_LEADS, _MORE = range(0xC2, 0xF5), range(0x80, 0xC0)
# Letters of Latin, Greek and Cyrillic, signs of Windows' code pages, marks of bytes, lost characters, and pictures.
_WRITTEN = re.compile(
    "[\u00a0-\u024f\u0386-\u03ce\u0401-\u045f\u0490\u0491\u1e00-\u1eff\u2010-\u2044\u20ac\u2116\u2122\ufeff\ufffd"
    "\U0001f300-\U0001faff]+|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]{2,}"
)


@cache
def _page(name: str) -> tuple[dict[int, int], re.Pattern[str]]:
    """Return the byte of each sign of a code page, and a pattern of signs that may be letters of UTF-8."""
    bytes_of: dict[str, int] = {}
    for byte in range(0x80, 0x100):
        # What a page leaves open is passed on as a control character.
        bytes_of[bytes([byte]).decode(name, "ignore") or chr(byte)] = byte
    leads = "".join(re.escape(sign) for sign, byte in bytes_of.items() if byte in _LEADS)
    more = "".join(re.escape(sign) for sign, byte in bytes_of.items() if byte in _MORE)
    return {ord(sign): byte for sign, byte in bytes_of.items()}, re.compile(f"(?:[{leads}][{more}]{{1,3}})+")


@cache
def _any_page() -> re.Pattern[str]:
    return re.compile("|".join(_page(name)[1].pattern for name in _PAGES))


def may_be_double(text: str) -> bool:
    """Return whether a text is worth a look at each of its cells; quick where no signs beyond ASCII are neighbours."""
    if text.isascii() or b"??" not in text.encode("ascii", "replace"):
        return False
    return _any_page().search(text) is not None


def mended(text: str) -> str:
    """Return a text as it was before it was encoded the second time; what was not stays as it is."""
    if not may_be_double(text):
        return text
    best, most = text, 0
    for name, least in _PAGES.items():
        found, count = _undone(text, name, least)
        if count > most:
            best, most = found, count
    return best


def _undone(text: str, name: str, least: int) -> tuple[str, int]:
    bytes_of, pattern = _page(name)
    count = 0

    def letters(found: re.Match[str]) -> str:
        nonlocal count
        try:
            made = bytes(bytes_of[ord(sign)] for sign in found[0]).decode()
        except UnicodeDecodeError:
            return found[0]
        if len(made) < least or not _WRITTEN.fullmatch(made):
            return found[0]
        count += len(made)
        return made

    return pattern.sub(letters, text), count
