"""How likely a word is in the languages that people write: statistics of letters, of case, and of common signs.

`letters.txt` holds a line for each language. Of those with an alphabet: its letters, and for each letter (first of all
for the beginning of a word) how rare each letter (last of all the end of the word) is after it, in quarters of a
natural logarithm, a sign for each. Of Japanese, Korean and Chinese: their common signs, the most frequent first.
The figures are counts of letters in words of each language and in names of people and places.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

STEPS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
SIGNS = ("ja", "ko", "zh", "zh-tw")
# Natural logarithms of how likely something is.
STRANGE_LETTER, STRANGE_SIGN, RARE_SIGN = -11.0, -11.0, -14.0
# Letters of nations of whose languages there are no statistics: seldom in what we know, and no sign of a wrong reading.
OF_OTHER_NATIONS, STRANGE_ABROAD = frozenset("ђћљњџјѓќѕ"), -4.5
NO_SIGN, CONTROL, DRAWING, INSIDE_WORD, AT_WORD, ALONE = -14.0, -14.0, -12.0, -12.0, -9.0, -8.0
OTHER_SCRIPT, CAPITAL_INSIDE, SMALL_AMONG_CAPITALS, LIGATURE, USUAL_SIGN, JOINING_SIGN = (
    -9.0,
    -6.0,
    -4.0,
    -9.0,
    -5.0,
    -4.0,
)
CAPITAL_INSIDE_ELSEWHERE = -20.0
JOINING = frozenset("’‘–´\xa0·\u200c\u200d\u200e\u200f")
QUOTING = frozenset("—“”„«»…¿¡ºª、。・（）「」『』")
USUAL = frozenset("•°€£§©®™½")
_SCRIPTS = (
    (0x250, "latin"), (0x370, ""), (0x400, "greek"), (0x530, "cyrillic"), (0x590, ""), (0x600, "hebrew"),
    (0x700, "arabic"), (0xE00, ""), (0xE80, "thai"), (0x1E00, ""), (0x1F00, "latin"), (0x2000, "greek"),
    (0x3005, ""), (0x3008, "kana"), (0x3041, ""), (0x3100, "kana"), (0x4E00, ""), (0xA000, "han"),
    (0xAC00, ""), (0xD7A4, "hangul"),
)  # fmt: skip
_SCRIPT_OF = {"ru": "cyrillic", "uk": "cyrillic", "bg": "cyrillic", "el": "greek", "he": "hebrew", "ar": "arabic"}
_SCRIPT_OF |= {"th": "thai"}
_TOGETHER = frozenset({"kana", "han"})


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The statistics of one language that has an alphabet; `pairs` gives the logarithm for two letters on end."""

    language: str
    script: str
    pairs: Mapping[str, float]

    def weigh(self, word: str) -> float:
        """Return the logarithm of how likely a word in small letters is."""
        pairs, before, weight = self.pairs, "^", 0.0
        for letter in word:
            found = pairs.get(before + letter)
            weight += _strange(before, letter) if found is None else found
            before = letter
        found = pairs.get(before + "$")
        return weight + (_strange(before, "$") if found is None else found)


def _strange(before: str, letter: str) -> float:
    is_of_others = before in OF_OTHER_NATIONS or letter in OF_OTHER_NATIONS
    return STRANGE_ABROAD if is_of_others else STRANGE_LETTER


@cache
def alphabets() -> tuple[Alphabet, ...]:
    """Read the languages that have an alphabet."""
    found = []
    for language, (letters, steps) in _lines().items():
        if steps:
            width = len(letters) + 1
            costs = {
                before + after: -STEPS.index(steps[row * width + at]) / 4
                for row, before in enumerate(f"^{letters}")
                for at, after in enumerate(f"{letters}$")
            }
            found.append(Alphabet(language, script_of_language(language), costs))
    return tuple(found)


@cache
def common_signs() -> Mapping[str, Mapping[str, float]]:
    """Read how likely each common sign of Japanese, Korean and Chinese is, by language."""
    found = {}
    for language in SIGNS:
        signs = _lines()[language][0]
        total = sum(1 / (rank + 20) for rank in range(len(signs)))
        found[language] = {sign: math.log(0.9 / total / (rank + 20)) for rank, sign in enumerate(signs)}
    return found


@cache
def _lines() -> Mapping[str, tuple[str, str]]:
    text = (Path(__file__).parent / "letters.txt").read_text(encoding="utf-8")
    parts = [(*line.split(" "), "") for line in text.splitlines()]
    return {language: (letters, steps) for language, letters, steps, *_ in parts}


@cache
def languages() -> tuple[str, ...]:
    """Name all languages, in the order in which `weights` gives its figures."""
    return (*(alphabet.language for alphabet in alphabets()), *SIGNS)


def weights(text: str) -> tuple[float, ...]:
    """Return for each language the logarithm of how likely a text (mostly one word) is: its letters, case and signs."""
    shape, words = shape_of(text)
    found = [shape] * len(languages())
    for word in words:
        script = script_of(word[0])
        for at, weight in enumerate(_word_weights(word.replace("İ", "i").lower().replace("ς", "σ"), script)):
            found[at] += weight
    return tuple(found)


def _word_weights(word: str, script: str) -> list[float]:
    strange = STRANGE_LETTER * (len(word) + 1)
    found = [each.weigh(word) if each.script == script else strange for each in alphabets()]
    if script in {"kana", "han", "hangul"}:
        return [*found, *(_signs_weight(word, signs) for signs in common_signs().values())]
    return [*found, *[strange] * len(SIGNS)]


def _signs_weight(word: str, signs: Mapping[str, float]) -> float:
    return sum(signs.get(sign) or (STRANGE_SIGN if _is_of_first_level(sign) else RARE_SIGN) for sign in word)


@cache
def _is_of_first_level(sign: str) -> bool:
    """Return whether a sign is among the more common half of the tables by which computers write it."""
    for encoding, first, last in (
        ("cp932", 0x82, 0x97),
        ("gb2312", 0xB0, 0xD7),
        ("big5", 0xA4, 0xC6),
        ("euc_kr", 0xB0, 0xC8),
    ):
        try:
            lead = sign.encode(encoding)[0]
        except UnicodeEncodeError:
            continue
        if first <= lead <= last:
            return True
    return False


def script_of_language(language: str) -> str:
    """Name the script of a language that has an alphabet."""
    return _SCRIPT_OF.get(language, "latin")


def script_of(sign: str) -> str:
    """Name the script of a letter, "" for those that are none of ours."""
    code = ord(sign)
    return next((script for end, script in _SCRIPTS if code < end), "")


def shape_of(text: str) -> tuple[float, list[str]]:
    """Weigh what is not letters, and letters that stand oddly (capitals in a word, two scripts); give the words."""
    weight, words, word = 0.0, [], ""
    for at, sign in enumerate(text):
        if _is_letter(sign):
            weight += _letter_weight(word, sign)
            if word and _is_apart(word[-1], sign):
                words.append(word)
                word = ""
            word += sign
            continue
        if word:
            words.append(word)
            word = ""
        if not sign.isascii():
            before, after = text[at - 1 : at], text[at + 1 : at + 2]
            weight += _sign_weight(sign, bool(before) and _is_letter(before), bool(after) and _is_letter(after))
    if word:
        words.append(word)
    return weight, words


def _is_letter(sign: str) -> bool:
    return (sign.isalpha() and sign not in "ºª") or "\u0e31" <= sign <= "\u0e4e" or unicodedata.category(sign) == "Mn"


def _is_apart(before: str, sign: str) -> bool:
    return script_of(before) != script_of(sign) and unicodedata.category(sign) != "Mn"


def _letter_weight(word: str, sign: str) -> float:
    """Weigh how odd it is that a letter goes on a word."""
    weight = 0.0
    if (sign in "ﬁﬂˆˇıƒ" and sign != "ı") or 0xFF61 <= ord(sign) <= 0xFFDC:
        weight += LIGATURE
    if script_of(sign) == "":
        weight += STRANGE_SIGN
    if not word:
        return weight
    before = word[-1]
    if _is_apart(before, sign) and not {script_of(before), script_of(sign)} <= _TOGETHER:
        weight += OTHER_SCRIPT
    if sign.isupper() and before.islower() and not (sign.isascii() and before.isascii()):
        weight += CAPITAL_INSIDE if script_of(sign) == "latin" else CAPITAL_INSIDE_ELSEWHERE
    if sign.islower() and word[-2:].isupper() and len(word) > 1 and not (sign.isascii() and before.isascii()):
        weight += SMALL_AMONG_CAPITALS
    return weight


def _sign_weight(sign: str, after_letter: bool, before_letter: bool) -> float:
    code = ord(sign)
    if code == 0xFFFD:
        return NO_SIGN
    if code < 0xA0 or 0xE000 <= code <= 0xF8FF:
        return CONTROL
    if 0x2500 <= code < 0x25A0:
        return DRAWING
    if after_letter and before_letter:
        return JOINING_SIGN if sign in JOINING else INSIDE_WORD
    if sign in JOINING:
        return AT_WORD if before_letter and sign != "\xa0" else USUAL_SIGN
    if after_letter or before_letter:
        return USUAL_SIGN if sign in QUOTING else AT_WORD
    return USUAL_SIGN if sign in QUOTING or sign in USUAL else ALONE
