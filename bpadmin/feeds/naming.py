"""Names of a feed's files: a pattern with the parts of a day and wildcards, and names of files still being written."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

PARTS = {"YYYY": "%Y", "YY": "%y", "MM": "%m", "DD": "%d"}
PART = re.compile(r"\{([^{}]*)\}")
LONGEST_NAME = 255
# As programs name what they are still writing.
TEMPORARY = re.compile(r"^[.~]|(\.(tmp|temp|part|partial|filepart|crdownload|swp|lock|inprogress|writing)|~)$", re.I)


class PatternRefused(ValueError):
    """A pattern makes no sense; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The names that a pattern means on a day; `exact` is the name where there is but one, else ""."""

    pattern: str

    @property
    def exact(self) -> str:
        """Return the one name that is meant, "" where there are wildcards."""
        return "" if re.search(r"[*?\[]", self.pattern) else self.pattern

    def fits(self, name: str) -> bool:
        """Return whether a file of this name is meant, whatever its case; one that is being written is none."""
        is_meant = fnmatch.fnmatchcase(name.casefold(), self.pattern.casefold())
        return is_meant and not is_temporary(name)


def is_temporary(name: str) -> bool:
    """Return whether a file is named as one that is not complete, such as .leads.csv or leads.csv.part."""
    return TEMPORARY.search(name) is not None


def name_fault(name: str) -> str:
    """Return what no name of a file can do, such as “hold a slash”, that this one does; "" where it is one."""
    if len(name) > LONGEST_NAME:
        return f"have more than {LONGEST_NAME} characters"
    if name in ("", ".", "..") or "/" in name or "\\" in name:
        return "be one of folders"
    if any(unicodedata.category(sign) in ("Cc", "Cs") for sign in name):
        return "hold control characters or bytes that are no text"
    return ""


def pattern_check(text: str) -> str:
    """Return a pattern as it is stored. Raises PatternRefused."""
    pattern = text.strip()
    if not pattern:
        raise PatternRefused("Say how the files are named, such as leads_{YYYY}-{MM}-{DD}.csv.")
    if "/" in pattern or "\\" in pattern or "\0" in pattern:
        raise PatternRefused("The pattern is of the name alone; the folder is said with the source.")
    if strange := [part for part in PART.findall(pattern) if part not in PARTS]:
        raise PatternRefused(f"{{{strange[0]}}} is no part of a day. There are {{YYYY}}, {{YY}}, {{MM}} and {{DD}}.")
    if re.search(r"[{}]", PART.sub("", pattern)):
        raise PatternRefused("A curly bracket stands alone. The parts of a day are {YYYY}, {YY}, {MM} and {DD}.")
    if is_temporary(pattern):
        raise PatternRefused("Files that are named like this are still being written, and never taken.")
    return pattern


def wanted_on(pattern: str, day: date) -> Wanted:
    """Return the names that a pattern means on a day."""
    return Wanted(PART.sub(lambda found: day.strftime(PARTS[found[1]]), pattern))
