"""Which code page a text was written in that is not UTF-8: by how likely its words are as each would read them.

Candidates differ only in some bytes, so that only the words with such bytes count. What two candidates read alike
needs no decision between them; where the evidence is weak, the words are given as each reads them, and a person says.
"""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bpadmin.tabular.encoding import letters

WESTERN = ("de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "is", "ca", "en")
CENTRAL, BALTIC, CYRILLIC = ("pl", "cs", "sk", "hu", "ro", "sh", "sl"), ("lt", "lv", "et"), ("ru", "uk", "bg")
# How usual a code page is before anything is read (natural logarithm), and whose languages it is made for.
PAGES: Mapping[str, tuple[float, tuple[str, ...]]] = {
    "cp1252": (0.0, (*WESTERN, "et")),
    "cp1250": (-1.0, CENTRAL),
    "cp1251": (-1.0, CYRILLIC),
    "cp1253": (-1.0, ("el",)),
    "cp1254": (-1.0, ("tr",)),
    "cp1255": (-1.5, ("he",)),
    "cp1256": (-1.5, ("ar",)),
    "cp1257": (-1.0, BALTIC),
    "cp1258": (-2.0, ("vi",)),
    "cp874": (-1.5, ("th",)),
    "iso8859-2": (-2.0, CENTRAL),
    "iso8859-4": (-4.5, BALTIC),
    "iso8859-5": (-4.0, ("ru", "bg")),
    "iso8859-6": (-4.5, ("ar",)),
    "iso8859-7": (-3.0, ("el",)),
    "iso8859-13": (-3.0, BALTIC),
    "iso8859-15": (-3.0, (*WESTERN, "et")),
    # Its letters have the bytes of cp1250, where s and t have a cedilla: only other signs tell them apart.
    "iso8859-16": (-6.0, ("ro",)),
    "mac-roman": (-2.5, WESTERN),
    "mac-latin2": (-4.0, CENTRAL),
    "mac-cyrillic": (-4.0, CYRILLIC),
    "mac-greek": (-4.5, ("el",)),
    "mac-iceland": (-4.5, ("is",)),
    "mac-turkish": (-4.5, ("tr",)),
    "cp437": (-3.5, ("de", "fr", "es", "it", "en", "sv", "fi")),
    "cp720": (-4.5, ("ar",)),
    "cp737": (-4.0, ("el",)),
    "cp850": (-3.0, WESTERN),
    "cp852": (-3.0, CENTRAL),
    "cp775": (-4.0, BALTIC),
    "cp855": (-4.5, CYRILLIC),
    "cp857": (-4.0, ("tr",)),
    "cp860": (-4.5, ("pt",)),
    "cp861": (-4.5, ("is",)),
    "cp862": (-4.0, ("he",)),
    "cp866": (-3.0, CYRILLIC),
    "koi8-r": (-2.5, ("ru",)),
    "koi8-u": (-3.5, ("uk",)),
    "cp932": (-1.0, ("ja",)),
    "euc-jp": (-3.0, ("ja",)),
    "gb18030": (-1.0, ("zh",)),
    "big5hkscs": (-1.0, ("zh-tw",)),
    "cp949": (-1.0, ("ko",)),
}
DOUBLE_BYTE = frozenset({"cp932", "euc-jp", "gb18030", "big5hkscs", "cp949"})
FOREIGN_LANGUAGE = -9.0
# A text is mostly in one language, with a word of another now and then.
MAIN_SHARE, OTHER_SHARE = math.log(0.9), math.log(0.1)
# Words of few speakers, that would else explain any odd word elsewhere.
SELDOM_ABROAD = {"is": math.log(0.005)}
PLAIN_WEIGHT, PLAIN_MOST = 0.5, -12.0
# Differences of logarithms: below the first a person is asked; nothing that is further behind is looked at closely.
IN_DOUBT, HOPELESS, HOPELESS_A_WORD = 4.5, 40.0, 4.0
CONFIRMED, AT_HOME = 12.0, 3.0
# What a sign of words as people write them weighs at least, by script: below that a text was written in a code page
# that is none of these, and its reading is a guess, whatever the others are like. Scripts of many signs have seldom
# ones, and more nations write in Cyrillic letters than there are statistics of.
LEAST_A_SIGN = {"cyrillic": -6.1, **dict.fromkeys(("kana", "han", "hangul"), -6.5)}
LEAST_A_LETTER, WORDS_FOR_DOUBT = -3.4, 6
WORDS_WEIGHED, PLAIN_WEIGHED, WORDS_SHOWN, RIVALS = 240, 120, 3, 4


@dataclass(frozen=True, slots=True)
class Hints:
    """What is known before a file is read: languages of the place, and encodings that a person confirmed before."""

    languages: frozenset[str] = frozenset()
    confirmed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The best code page, the `rivals` that the evidence does not rule out, and raw words which they read otherwise."""

    encoding: str
    rivals: tuple[str, ...] = ()
    words: tuple[bytes, ...] = ()


def code_page(words: Mapping[bytes, int], plain: Mapping[bytes, int], hints: Hints | None = None) -> Verdict:
    """Judge by words with bytes above 127, and by plain words beside them, each with how often it comes."""
    hints = hints or Hints()
    raw = _telling(words)
    times = [1 + math.log(words[word]) for word in raw]
    readings = {name: [read_word(word, name) for word in raw] for name in PAGES}
    shapes = {
        name: sum(many * _shape(text) for many, text in zip(times, texts, strict=True))
        for name, texts in readings.items()
    }
    best_shape = max(shapes.values(), default=0.0)
    setting = _setting(plain, hints)
    scores = {
        name: _score(name, texts, times, setting)
        for name, texts in readings.items()
        if shapes[name] >= best_shape - HOPELESS - HOPELESS_A_WORD * sum(times)
    }
    ranked = sorted(scores, key=lambda name: -scores[name])
    behind = {name: scores[ranked[0]] - scores[name] for name in ranked}
    confirmed = [name for name in ranked if name in hints.confirmed and behind[name] < IN_DOUBT]
    first = (confirmed or ranked)[0]
    # Of those that read everything alike the most usual one is named, or the one that was confirmed.
    alike = [name for name in ranked if readings[name] == readings[first]]
    best = max(alike, key=lambda name: (name in confirmed, PAGES[name][0]))
    # What was confirmed is no longer asked about, unless this file speaks against it, though not clearly.
    asked = {name for name in confirmed or ranked if behind[name] < IN_DOUBT}
    asked |= {name for name in ranked if name in hints.confirmed and behind[name] < CONFIRMED}
    if best not in hints.confirmed and _is_strange(readings[best], times):
        hopeless = sorted(shapes.keys() - scores.keys(), key=lambda name: -shapes[name])
        ranked = [*ranked, *hopeless]
        asked |= set(ranked)
    rivals = _unlike([name for name in ranked if name in asked and readings[name] != readings[best]], readings)[:RIVALS]
    # Narrow kana are made of bytes that are letters elsewhere: they are never taken by themselves, and offered wherever
    # something is asked, or the best reading has holes in it.
    is_open = bool(rivals) or any("\ufffd" in text for text in readings[best])
    if is_open and best != "cp932" and "cp932" not in rivals and _is_narrow_kana(readings["cp932"]):
        rivals = [*rivals[: RIVALS - 1], "cp932"]
    differing = [
        word for at, word in enumerate(raw) if any(readings[name][at] != readings[best][at] for name in rivals)
    ]
    return Verdict(best, tuple(rivals), tuple(differing[:WORDS_SHOWN]))


def _telling(words: Mapping[bytes, int]) -> list[bytes]:
    """Choose the most frequent words, and one for each byte that none of them has: it may rule a page out."""
    ranked = sorted(words, key=lambda word: -words[word])
    chosen = ranked[:WORDS_WEIGHED]
    seen = set().union(*chosen)
    for word in ranked[WORDS_WEIGHED:]:
        if not seen.issuperset(word):
            seen.update(word)
            chosen.append(word)
    return chosen


def read_word(raw: bytes, encoding: str, errors: str = "replace") -> str:
    """Decode bytes as the reader of files does; what cannot be read is a replacement character."""
    return composed(raw.decode(encoding, errors), encoding)


def composed(text: str, encoding: str) -> str:
    """Put accents upon their letters, which Windows-1258 writes one after the other."""
    return unicodedata.normalize("NFC", text) if encoding == "cp1258" else text


def _is_narrow_kana(texts: Sequence[str]) -> bool:
    """Return whether words are Japanese, and narrow kana are among them, as banks and old programs write names."""
    signs = {sign for text in texts for sign in text if not sign.isascii()}
    narrow = {sign for sign in signs if "\uff61" <= sign <= "\uff9f"}
    return bool(narrow) and all(letters.script_of(sign) in {"kana", "han"} for sign in signs - narrow)


def _unlike(names: Sequence[str], readings: Mapping[str, Sequence[str]]) -> list[str]:
    """Keep one of those that read every word alike."""
    seen: dict[tuple[str, ...], str] = {}
    for name in names:
        seen.setdefault(tuple(readings[name]), name)
    return list(seen.values())


def _setting(plain: Mapping[bytes, int], hints: Hints) -> list[float]:
    """Weigh the languages by the plain words around and by the place."""
    names = letters.languages()
    found = [0.0] * len(names)
    for word, _ in sorted(plain.items(), key=lambda item: -item[1])[:PLAIN_WEIGHED]:
        for at, weight in enumerate(_weights(word.decode("ascii"))):
            found[at] += PLAIN_WEIGHT * weight
    most = max(found)
    home = [AT_HOME if name in hints.languages else 0.0 for name in names]
    return [max(weight - most, PLAIN_MOST) + more for weight, more in zip(found, home, strict=True)]


def _score(name: str, texts: Sequence[str], times: Sequence[float], setting: Sequence[float]) -> float:
    usual, native = PAGES[name]
    totals = [
        weight + (0.0 if language in native else FOREIGN_LANGUAGE)
        for weight, language in zip(setting, letters.languages(), strict=True)
    ]
    for text, many in zip(texts, times, strict=True):
        for at, weight in enumerate(_weights(text)):
            totals[at] += many * weight
    return usual + max(totals)


def _is_strange(texts: Sequence[str], times: Sequence[float]) -> bool:
    """Return whether words are like those of no language at all, though no code page reads them better."""
    if len(texts) < WORDS_FOR_DOUBT:
        return False
    totals = [0.0] * len(letters.languages())
    for text, many in zip(texts, times, strict=True):
        for at, weight in enumerate(_weights(text)):
            totals[at] += many * weight
    scripts = Counter(letters.script_of(sign) for text in texts for sign in text if not sign.isascii())
    least = LEAST_A_SIGN.get(scripts.most_common(1)[0][0], LEAST_A_LETTER)
    return max(totals) < least * sum(many * (len(text) + 1) for text, many in zip(texts, times, strict=True))


@lru_cache(maxsize=20_000)
def _shape(text: str) -> float:
    return letters.shape_of(text)[0]


@lru_cache(maxsize=20_000)
def _weights(text: str) -> tuple[float, ...]:
    """Return for each language how likely a word is in a text of that language, foreign words included."""
    found = letters.weights(text)
    abroad = [each + seldom for each, seldom in zip(found, _seldom(), strict=True)]
    most = max(abroad)
    other = most + math.log(sum(math.exp(each - most) for each in abroad) / len(abroad)) + OTHER_SHARE
    return tuple(max(MAIN_SHARE + each, other) for each in found)


@lru_cache(maxsize=1)
def _seldom() -> tuple[float, ...]:
    return tuple(SELDOM_ABROAD.get(name, 0.0) for name in letters.languages())
