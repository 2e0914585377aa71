"""Ways of quoting that the csv module does not know: pairs of signs around cells, and quotes around whole lines."""

from __future__ import annotations

import re
from functools import cache

USUAL_DELIMITERS = ",;\t|"
# How typographic and other quotes open, and how they may close then.
PAIRS = {"“": "”", "„": "“”", "”": "”", "«": "»", "»": "«", "‹": "›", "`": "`", "＂": "＂", "「": "」"}
# Lines that show a habit, and the share of lines that have to have it.
SEVERAL, MOST = 2, 0.9


def straightened(text: str, opening: str, delimiters: str = USUAL_DELIMITERS) -> str:
    """Write quotes in pairs around whole cells as straight ones, those within such cells doubled."""
    if opening not in text:
        return text
    return _wrapped(opening, delimiters).sub(lambda found: '"' + found[1].replace('"', '""') + '"', text)


@cache
def _wrapped(opening: str, delimiters: str) -> re.Pattern[str]:
    left, right = re.escape(opening), re.escape(PAIRS[opening])
    part = f"[{re.escape(delimiters)}]"
    return re.compile(
        rf"(?:^|(?<={part})|(?<={part} )){left}([^{left}{right}\r\n]*)[{right}](?=[ ]*(?:{part}|\r|\n|\Z))",
        re.MULTILINE,
    )


def pair_guess(text: str) -> str:
    """Return the sign that opens quotes in pairs, "" where such signs are text like any other.

    They are quotes where they wrap the names of columns, or hold what would else part cells.
    """
    head, _, _ = text.lstrip("\r\n").partition("\n")
    for opening in PAIRS:
        if opening not in text:
            continue
        cells = [found[1] for found in _wrapped(opening, USUAL_DELIMITERS).finditer(text)]
        has_names = len(_wrapped(opening, USUAL_DELIMITERS).findall(head)) >= SEVERAL
        holds = any(sign in cell for cell in cells for sign in USUAL_DELIMITERS)
        if len(cells) >= SEVERAL and (has_names or holds):
            return opening
    return ""


def wraps_lines(text: str) -> bool:
    """Return whether each line is quoted as a whole, as some programs do with rows that they take for texts.

    The first one, with the names, may be without.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    below = lines[1:] if lines[1:] and not _is_whole(lines[0]) else lines
    whole = [line for line in below if _is_whole(line)]
    inside = sum(any(sign in line for sign in USUAL_DELIMITERS) for line in whole)
    return len(whole) >= SEVERAL and len(whole) >= MOST * len(below) and inside >= MOST * len(whole)


def unwrapped(text: str) -> str:
    """Take the quotes off lines that are quoted as wholes; others stay as they are."""
    if '"' not in text:
        return text
    return "".join(_unwrapped(line) for line in text.splitlines(keepends=True))


def _unwrapped(line: str) -> str:
    bare = line.rstrip("\r\n")
    if not _is_whole(bare):
        return line
    return bare.strip()[1:-1].replace('""', '"') + line[len(bare) :]


def _is_whole(line: str) -> bool:
    """Return whether a line is one quoted cell: quotes within it are doubled."""
    bare = line.strip()
    return len(bare) > 1 and bare[0] == '"' == bare[-1] and '"' not in bare[1:-1].replace('""', "")
