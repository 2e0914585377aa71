"""Every regular expression of the house, with how it is asked, and texts that would make one go back and forth."""

from __future__ import annotations

import ast
import importlib
import re
import re._constants as parts
import re._parser as parser
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("bpadmin", "campaigns", "lists", "dnc")
# Neither the sandbox nor the start-up sees a stranger's bytes.
APART = ("sandbox", "embedded", "migrations", "management")
METHODS = ("search", "match", "fullmatch", "sub", "finditer", "findall", "split")
# Tables of patterns that are asked by `match`.
MATCHED = ("_FAKES",)
# What goes back and forth over texts of these many characters takes sixteen times as long for the second.
SCREENS = (1024, 4096)
STEEP = 7.0
# Less than this many seconds says nothing.
MEASURABLE = 0.0005
LONG = 0.02
LONGEST = 2**20
ONE_SIGN = (parts.LITERAL, parts.NOT_LITERAL, parts.IN, parts.ANY)
LINEAR, CLEARLY_LINEAR = 3.0, 2.5


def keeps_places(pattern: re.Pattern[Any]) -> bool:
    """Tell whether the pattern repeats a group without end and may come back to each of its turns.

    For every turn the engine keeps a place, so that a megabyte of text takes many megabytes of memory. One sign or a
    class of signs is counted instead, and what is possessive (`++`, `*+`) never comes back.
    """

    def found(items: Any) -> bool:
        for code, value in items:
            inner: Any = ()
            if code in (parts.MAX_REPEAT, parts.MIN_REPEAT):
                inner = [value[2]]
                if value[1] is parts.MAXREPEAT and not (len(value[2]) == 1 and value[2][0][0] in ONE_SIGN):
                    return True
            elif code is parts.POSSESSIVE_REPEAT:
                inner = [value[2]]
            elif code is parts.BRANCH:
                inner = value[1]
            elif code is parts.SUBPATTERN:
                inner = [value[3]]
            elif code in (parts.ASSERT, parts.ASSERT_NOT):
                inner = [value[1]]
            elif code is parts.ATOMIC_GROUP:
                inner = [value]
            if any(found(each) for each in inner):
                return True
        return False

    return found(_parsed(pattern))


def _parsed(pattern: re.Pattern[Any]) -> Any:
    if isinstance(pattern.pattern, str):
        return parser.parse(pattern.pattern, pattern.flags)
    return parser.parse(pattern.pattern.decode("latin-1"), pattern.flags & ~re.UNICODE)


@dataclass(frozen=True)
class Asked:
    """A pattern and the method it is asked by."""

    where: str
    pattern: re.Pattern[Any]
    method: str

    def ask(self, text: Any) -> None:
        """Ask it as the code does, to the end."""
        if self.method == "sub":
            self.pattern.sub("" if isinstance(text, str) else b"", text)
        elif self.method == "finditer":
            for _ in self.pattern.finditer(text):
                pass
        else:
            getattr(self.pattern, self.method)(text)


def patterns_asked() -> Iterator[Asked]:
    """Find every pattern with a name in the code, and every one that is written where it is asked."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not any(name in path.parts for name in APART):
                yield from _asked_in(path)


def _asked_in(path: Path) -> Iterator[Asked]:
    source = path.read_text()
    if "import re\n" not in source:
        return
    name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    module = importlib.import_module(name)
    seen = set()
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS):
            continue
        of = node.func.value
        if isinstance(of, ast.Name) and of.id == "re" and node.args and isinstance(node.args[0], ast.Constant):
            flags = eval(ast.unparse(node.args[-1]), {"re": re}) if "re." in ast.unparse(node.args[-1]) else 0
            found: Any = re.compile(node.args[0].value, flags)
            label = f"{name}:{node.lineno}"
        elif isinstance(of, ast.Name) and isinstance(getattr(module, of.id, None), re.Pattern):
            found, label = getattr(module, of.id), f"{name}.{of.id}"
        else:
            continue
        if (label, node.func.attr) not in seen:
            seen.add((label, node.func.attr))
            yield Asked(label, found, node.func.attr)
    # What stands in tables is asked of each in turn.
    for label, value in vars(module).items():
        kept = value.values() if isinstance(value, dict) else value if isinstance(value, tuple | list) else ()
        for each in kept:
            for one in each if isinstance(each, tuple) else (each,):
                if isinstance(one, re.Pattern):
                    yield Asked(f"{name}.{label}", one, "match" if label in MATCHED else "search")


def signs_of(pattern: re.Pattern[Any]) -> list[str]:
    """Return characters that the pattern takes: its literals, one of each of its classes, and one that is none."""
    found: dict[str, None] = {}
    words: dict[str, None] = {}

    def walk(items: Any) -> None:
        run = ""
        for code, value in [*items, (None, None)]:
            run, before = (run + chr(value), "") if code is parts.LITERAL else ("", run)
            if len(before) > 1:
                words[before] = None
            if code in (parts.LITERAL, parts.NOT_LITERAL):
                found[chr(value)] = None
            elif code is parts.RANGE:
                found[chr(value[0])] = None
            elif code is parts.CATEGORY:
                found[{"DIGIT": "1", "SPACE": " ", "WORD": "a"}.get(str(value).rsplit("_", 1)[-1], "a")] = None
            elif code is parts.IN:
                walk(value)
            elif code is parts.BRANCH:
                for branch in value[1]:
                    walk(branch)
            elif code in (parts.MAX_REPEAT, parts.MIN_REPEAT, parts.POSSESSIVE_REPEAT):
                walk(value[2])
            elif code is parts.SUBPATTERN:
                walk(value[3])
            elif code in (parts.ASSERT, parts.ASSERT_NOT):
                walk(value[1])
            elif code is parts.ATOMIC_GROUP:
                walk(value)

    walk(_parsed(pattern))
    return [*list(words)[:6], *list(found)[:14], "a", "1", " ", "\x00"]


def hostile(pattern: re.Pattern[Any]) -> Iterator[Callable[[int], Any]]:
    """Give makers of texts of a length: one or two of its signs again and again, behind a beginning, before an end."""
    signs = list(dict.fromkeys(signs_of(pattern)))
    middles = [*signs, *("".join(pair) for pair in product(signs, signs) if pair[0] != pair[1])]
    begins = ["", *signs[:4]]
    is_text = isinstance(pattern.pattern, str)
    for middle in middles:
        for begin in begins if len(middle) == 1 else begins[:2]:

            def make(length: int, begin: str = begin, middle: str = middle) -> Any:
                text = begin + middle * (length // len(middle)) + "\x00"
                return text if is_text else text.encode("latin-1", "replace")

            yield make


def seconds(ask: Callable[[Any], object], text: Any, times: int = 1) -> float:
    """Measure the CPU's time of the best of some tries."""
    best = float("inf")
    for _ in range(times):
        began = time.process_time()
        ask(text)
        best = min(best, time.process_time() - began)
    return best


def is_suspicious(ask: Callable[[Any], object], make: Callable[[int], Any]) -> bool:
    """Tell whether four times the text takes much longer than four times as long, by one short look."""
    shorter = seconds(ask, make(SCREENS[0]))
    return shorter > LONG or max(shorter * STEEP, MEASURABLE) < seconds(ask, make(SCREENS[1]))


def growth(ask: Callable[[Any], object], make: Callable[[int], Any]) -> float:
    """Return how many times longer twice the text takes, at a length that can be measured.

    Where a first look is suspicious the mean of the last four doublings counts: a step where memory comes in larger
    pieces stands in one of them, going back and forth in each.
    """
    length = 256
    while (before := seconds(ask, make(length))) < LONG and length < LONGEST:
        length *= 2
    # Others have the processor too: of a reading that is linear one try in five shows it.
    ratios: list[float] = []
    while len(ratios) < 5 and (not ratios or ratios[-1] >= CLEARLY_LINEAR):
        before = seconds(ask, make(length), 5)
        ratios.append(seconds(ask, make(2 * length), 5) / max(before, 1e-6))
    if min(ratios) < CLEARLY_LINEAR:
        return min(ratios)
    shortest = seconds(ask, make(length // 8), 5)
    return float((seconds(ask, make(2 * length), 5) / max(shortest, 1e-6)) ** 0.25)
