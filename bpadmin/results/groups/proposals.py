"""The group that a disposition's name speaks for, before anybody has looked at it."""

from __future__ import annotations

import re

from bpadmin.results.models import DispositionGroup as Group

# The first that fits. The names of the platforms' own come first; sources: Bright Pattern's help, "Pre-defined
# Dispositions"; the codes of Conpeek's call history; result codes as call centres name them.
_PROPOSALS: tuple[tuple[Group, str], ...] = (
    (Group.DO_NOT_CALL, r"do.?not.?call|\bdnc\b|add(ed)? to dnc|opt.?out|robinson|nicht.*anrufen"),
    (Group.MACHINE, r"machine|voice.?mail|mailbox|\bam\b|fax|modem|anrufbeantworter"),
    (Group.NO_AGENT, r"^no agent|no_user_response|^abandon"),
    (
        Group.BAD_NUMBER,
        r"wrong.?n|bad number|invalid|disconnected|out of service|not.in.service|unallocated|unobtainable|sit tone"
        r"|no numbers? left|falsche",
    ),
    (
        Group.NO_ANSWER,
        r"no.?(answer|response|contact_response|reply)|busy|unreachable|not reached|ring|nicht erreicht|besetzt"
        r"|no_contact_response|call.?failed|network|timeout",
    ),
    (Group.REFUSED, r"refus|not interested|declin|rejected by|kein interesse|no sale|uninterested"),
    (
        Group.SUCCESS,
        r"\bsale|sold|success|appointment|approved|agreed|accept|paid|promise|completed survey|interested|done\b|termin"
        r"|verkauf",
    ),
    (Group.RIGHT_PARTY, r"right.?party|contacted|spoke|reached|erreicht"),
    (Group.CONTACT, r"call.?back|recall|later|transfer|hangup|hung up|third party|language|wieder"),
)
_COMPILED = tuple((group, re.compile(pattern, re.IGNORECASE)) for group, pattern in _PROPOSALS)


# What the dialler decided without a call: a match is no request of the person's.
_DECISIONS = re.compile(r"match|quota|filtered|calling hours", re.IGNORECASE)


def group_proposed(name: str) -> str:
    """Return the group that a name speaks for, "" where it says nothing."""
    if _DECISIONS.search(name):
        return Group.NONE.value
    return next((group.value for group, pattern in _COMPILED if pattern.search(name)), Group.NONE.value)
