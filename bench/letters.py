"""Make `bpadmin/tabular/letters.txt` anew: `python -m bench.letters DIRECTORY > bpadmin/tabular/letters.txt`.

The directory holds a file for each language, such as `pl.txt`: a word on each line, common words and names of people
and places, those that come oftener on several lines. Some 25,000 words tell enough of a language that has an alphabet.
What stands in the repository was counted over frequency lists of each language and names as test data has them.
"""

from __future__ import annotations

import math
import sys
import unicodedata
from collections import Counter
from pathlib import Path

from bpadmin.tabular.encoding.letters import SIGNS, STEPS, script_of, script_of_language

RARE, SMOOTHING, SIGNS_KEPT = 0.00003, 8.0, 900


def alphabet_line(language: str, words: list[str]) -> str:
    """Return the line of a language with an alphabet: how rare each letter is after each other."""
    script = script_of_language(language)
    singles: Counter[str] = Counter()
    pairs: Counter[str] = Counter()
    for word in words:
        small = word.replace("İ", "i").lower().replace("ς", "σ")
        if small and all(script_of(sign) == script for sign in small):
            singles.update(f"{small}$")
            pairs.update(map("".join, zip(f"^{small}", f"{small}$", strict=True)))
    total = singles.total()
    letters = "".join(sign for sign, count in singles.most_common() if count / total > RARE and sign != "$")
    before = {first: sum(pairs[first + second] for second in singles) for first in f"^{letters}"}
    steps = [
        _step((pairs[first + second] + SMOOTHING * singles[second] / total) / (before[first] + SMOOTHING))
        for first in f"^{letters}"
        for second in f"{letters}$"
    ]
    return f"{language} {letters} {''.join(steps)}"


def signs_line(language: str, words: list[str]) -> str:
    """Return the line of a language that is written in signs: the most frequent of them."""
    counts = Counter(sign for word in words for sign in word if unicodedata.category(sign) == "Lo")
    return f"{language} {''.join(sign for sign, _ in counts.most_common(SIGNS_KEPT))}"


def _step(share: float) -> str:
    return STEPS[min(len(STEPS) - 1, max(0, round(-math.log(share) * 4)))]


if __name__ == "__main__":
    for path in sorted(Path(sys.argv[1]).glob("*.txt")):
        lines = path.read_text(encoding="utf-8").split()
        print(signs_line(path.stem, lines) if path.stem in SIGNS else alphabet_line(path.stem, lines))
