"""What the columns of a file of keys hold: recognised where it is certain, a question where it is not.

The files of registries say it by their form (area code and seven digits, a column of A and D), those of private ones by
their names. What is not certain is never taken on a guess: a second column of numbers, a column of days, a column of
codes is UNDECIDED until a person says what it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from bpadmin.jobs.kinds import JobKind
from bpadmin.platforms.types import FieldSpec, FieldType
from bpadmin.tabular.formula import unguard
from bpadmin.tabular.headers import is_nameless
from bpadmin.uploads.mapping.column_words import words_of
from bpadmin.uploads.mapping.suggestions import Suggestion
from dnc.keys.normalisation import COMMENT, KEY, KeyRules
from dnc.keys.one_number import ADDS, REMOVES, action_apart
from dnc.kinds import DNC_ADD, DNC_DELETE
from dnc.models import DncKind

AREA, EXCHANGE, ACTION, EXPIRES, SOURCE, PICK = "area", "exchange", "action", "expires", "source", "pick"
CHANGE = "change"
UNDECIDED = "?"
# What a column may hold, in words; the first is named by what the list holds.
LABELS = {
    KEY: "Number",
    AREA: "Area code, to stand before the number",
    EXCHANGE: "Exchange: the three digits behind the area code",
    COMMENT: "Comment",
    ACTION: "What is done: A adds, D removes",
    CHANGE: "Number with what is done beside it: A… adds, D… removes",
    EXPIRES: "Day on which the entry ends",
    SOURCE: "Source, kept before the comment",
    PICK: "Only some of its values are taken",
}
MORE_FIELDS = (
    *(FieldSpec(name, FieldType.ACCOUNT) for name in (AREA, EXCHANGE, ACTION, CHANGE, EXPIRES, SOURCE)),
    FieldSpec(PICK, skip=True),
)
# What a column says that tells rows apart whatever its name is: with some of these a row may not be meant.
_VERDICTS = frozenset([
    "true", "false", "t", "f", "yes", "no", "y", "n", "1", "0", "on", "off", "x", "c", "u", "ja", "nein", "nee", "j",
    "oui", "non", "o", "si", "sí", "sì", "sim", "não", "nao", "tak", "nie", "wahr", "falsch", "vrai", "faux", "ok",
    "good", "bad", "clean", "dirty", "match", "hit", "valid", "invalid", "active", "inactive", "in", "out",
    "block", "blocked", "unblock", "allow", "allowed", "clear", "found", "not found", "no_data", "no data", "unknown",
    "listed", "unlisted", "registered", "unregistered", "gesperrt", "frei", "opposition", "inscrit", "inscrito",
    "iscritto", "libre", "zastrzeżony", "wolny",
])  # fmt: skip
# Words that turn what a column says into the opposite; with both in it, a column of few values tells rows apart.
_NOT = ("not ", "not_", "no ", "non ", "pas ", "nicht ", "niet ", "nie ", "ne ", "não ", "nao ", "ikke ", "inte ", "un")
_FEW_VALUES = 8
_VALUES_SHOWN = 6
_CODE_LENGTH = 24
_LIKELY = 0.7
_AREA = re.compile(r"\(?[2-9]\d\d(?:\.0+)?\)?", re.ASCII)
_LOCAL = re.compile(r"\d{3}[- .]?\d{4}(?:\.0+)?", re.ASCII)
_WHOLE_US = re.compile(r"\+?1?[- .]?\(?[2-9]\d\d\)?[- .]?\d{3}[- .]?\d{4}", re.ASCII)
_LINE = re.compile(r"\d{4}", re.ASCII)
# What may be meant as one of these, with digits missing, and as a spreadsheet writes numbers.
_SHORT = re.compile(r"\(?\d{1,4}(?:\.0+)?\)?", re.ASCII)
_NEAR = re.compile(r"\d{2,4}[- .]?\d{2,5}(?:\.0+)?", re.ASCII)
# The same of other countries, where the column's name says what it is.
_AREA_ABROAD = re.compile(r"\(?0?\d{1,5}(?:\.0+)?\)?", re.ASCII)
_LOCAL_ABROAD = re.compile(r"\d(?:[-. /]?\d){3,8}(?:\.0+)?", re.ASCII)
_DECIMALS = re.compile(r"(?<=\d{6})\.0+\Z", re.ASCII)
_DAY = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:19|20)\d\d|(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d)"
    r"(?:[T ].*)?",
    re.ASCII,
)
_AREA_WORDS = frozenset(
    {
        "area", "areacode", "npa", "vorwahl", "indicatif", "regional", "ac", "ddd", "lada", "prefijo", "prefisso",
        "prefixo", "indicativo", "netnummer", "kengetal", "kierunkowy", "predvolba", "std",
    }
)  # fmt: skip
_ACTION_WORDS = frozenset({"action", "aktion", "change", "changetype", "chg", "operation", "op", "transaction", "add"})
_END_WORDS = frozenset(
    [
        "expire",
        "expires",
        "expiry",
        "expiration",
        "expireson",
        "end",
        "ends",
        "enddate",
        "until",
        "validuntil",
        "ablauf",
        "gueltig",
        "gultig",
        "bis",
        "fin",
        "caducidad",
        "vence",
        "scadenza",
        "validade",
        "vervalt",
        "wygasa",
    ]
)
_SOURCE_WORDS = frozenset(
    ["source", "quelle", "herkunft", "origin", "origine", "fuente", "fonte", "bron", "zrodlo", "registry", "register"]
)
_CODE_WORDS = frozenset(
    {
        "code", "status", "state", "result", "resultcode", "flag", "dnc", "match", "litigator", "reassigned",
        "disconnected", "disposition", "answer", "scrub", "type", "action", "change", "active", "list", "response",
        "outcome", "suppress", "suppressed", "tps", "ctps", "bloctel", "robinson",
        # Status and result as registries and scrubbing services elsewhere call them.
        "statut", "etat", "reponse", "resultat", "ergebnis", "sperre", "antwort", "esito", "stato", "risultato",
        "estado", "estatus", "resultado", "situacao", "situacion", "stan", "wynik", "stav", "vysledek", "allapot",
        "eredmeny", "durum", "sonuc", "uitslag", "resultaat", "utfall", "tulos", "rezultat", "статус", "результат",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Doubt:
    """A column of which a person has to say what it is: `words` say what it holds, `flags` what to say in a shell."""

    index: int
    words: str
    flags: str
    is_number: bool = False

    @property
    def for_shell(self) -> str:
        """Say it with the flags that settle it."""
        return f"{self.words} Say which is meant: {self.flags}."


@dataclass(frozen=True, slots=True)
class Columns:
    """What is suggested for each column, and what is open. `is_saved`: a person has said so of such a header before."""

    suggestions: tuple[Suggestion, ...]
    doubts: tuple[Doubt, ...] = ()
    is_saved: bool = False


@dataclass(frozen=True, slots=True)
class _Look:
    """What the first cells of a column are like."""

    index: int
    name: str
    values: tuple[str, ...]
    is_number: bool

    @property
    def words(self) -> frozenset[str]:
        found = words_of(self.name) if not is_nameless(self.name) else ()
        return frozenset((*found, "".join(found)))

    @property
    def is_day(self) -> bool:
        return bool(self.values) and all(map(_DAY.fullmatch, self.values))

    @property
    def is_area(self) -> bool:
        """Return whether it holds area codes; a few that are wrong are told row by row."""
        return self._are_mostly(_AREA) and all(map(_SHORT.fullmatch, self.values))

    @property
    def is_local(self) -> bool:
        """Return whether it holds numbers without their area codes; a few that are wrong are told row by row."""
        return self._are_mostly(_LOCAL) and all(map(_NEAR.fullmatch, self.values))

    @property
    def is_near_local(self) -> bool:
        """Return whether it holds numbers that are too short or too long by a digit or two to stand behind a code."""
        return bool(self.values) and all(map(_NEAR.fullmatch, self.values))

    @property
    def is_line(self) -> bool:
        """Return whether it holds the last four digits of numbers; a few that lost a zero are told row by row."""
        return self._are_mostly(_LINE) and all(map(_SHORT.fullmatch, self.values))

    @property
    def is_area_abroad(self) -> bool:
        """Return whether it is called an area code and may hold those of a country other than the US and Canada."""
        return bool(self.words & _AREA_WORDS) and bool(self.values) and all(map(_AREA_ABROAD.fullmatch, self.values))

    @property
    def is_local_abroad(self) -> bool:
        """Return whether it may hold numbers without area codes of such a country."""
        return self._are_mostly(_LOCAL_ABROAD) and not self.is_day

    def _are_mostly(self, pattern: re.Pattern[str]) -> bool:
        good = sum(1 for value in self.values if pattern.fullmatch(value))
        return bool(self.values) and good >= _LIKELY * len(self.values)

    @property
    def is_action(self) -> bool:
        """Return whether it says of each row that it is added or removed: by its values, and its name if it has one."""
        said = {value.casefold() for value in self.values}
        is_named = is_nameless(self.name) or bool(self.words & _ACTION_WORDS)
        return bool(said) and said <= ADDS | REMOVES and is_named and not self.words & {"result", "resultcode"}

    @property
    def is_change(self) -> bool:
        """Return whether each cell holds a number of the US or Canada with what is done before it or behind it.

        Of signs alone all stand on one side, and a minus is among them: a plus stands before numbers as well.
        """
        apart = [action_apart(value) for value in self.values]
        if not apart or not all(action and _WHOLE_US.fullmatch(number) for action, number in apart):
            return False
        signed = [value for value in self.values if not any(map(str.isalpha, value))]
        sides = {"".join(each[at] for each in signed) for at in (0, -1)}
        return not signed or any(not side.strip("+-") and "-" in side for side in sides)

    @property
    def is_code(self) -> bool:
        """Return whether its values may say of a row whether it is meant at all."""
        if not self.values or self.is_day or self.is_number or max(map(len, self.values)) > _CODE_LENGTH:
            return False
        said = {value.casefold() for value in self.values}
        is_short = max(map(len, self.values)) <= 2 and len(said) > 1 and is_nameless(self.name)
        is_verdict = said <= _VERDICTS | ADDS | REMOVES and (len(said) > 1 or said <= REMOVES)
        is_negated = len(said) <= _FEW_VALUES and any(f"{no}{value}" in said for value in said for no in _NOT)
        return bool(self.words & _CODE_WORDS) or is_short or is_verdict or is_negated

    @property
    def shown(self) -> str:
        return ", ".join(list(dict.fromkeys(self.values))[:_VALUES_SHOWN])


def kind_fields(kind: JobKind, fields: Sequence[FieldSpec]) -> tuple[FieldSpec, ...]:
    """Return what the columns of a job of this kind may hold, from the fields of its list's entries."""
    fits = {DNC_ADD: (AREA, EXCHANGE, ACTION, CHANGE, EXPIRES, SOURCE, PICK), DNC_DELETE: (AREA, EXCHANGE, PICK)}
    names = fits.get(kind, (AREA, EXCHANGE, EXPIRES, SOURCE, PICK))
    has_comment = any(spec.name == COMMENT for spec in fields)
    fields = fields[:1] if kind == DNC_DELETE else fields
    more = [spec for spec in MORE_FIELDS if spec.name in names and (spec.name != SOURCE or has_comment)]
    is_phone = fields[0].type is FieldType.PHONE
    return (*fields, *(spec for spec in more if spec.name not in (AREA, EXCHANGE, CHANGE) or is_phone))


def columns_recognise(
    *,
    kind: JobKind,
    rules: KeyRules,
    found: Sequence[Suggestion],
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    is_saved: bool = False,
) -> Columns:
    """Say what the columns hold: `found` is what their names suggest for key and comment.

    What a person has mapped so before stays so; anything that is not certain else is in doubt.
    """
    if is_saved:
        return Columns(tuple(found), is_saved=True)
    looks = [_look(at, name, rows, rules) for at, name in enumerate(header)]
    held: dict[int, tuple[str, str]] = {each.index: (each.field, each.why) for each in found if each.field}
    doubts: list[Doubt] = []
    if rules.kind is DncKind.INTERNAL:
        _join(looks, held, is_abroad=rules.home is not None and rules.home.code != "1")
    if kind == DNC_ADD and rules.kind is DncKind.INTERNAL:
        _changes(looks, held, doubts)
    if not doubts:
        _numbers(looks, held, doubts, rules)
    for look in looks if len(looks) > 1 else ():
        if look.index not in held and look.index not in {doubt.index for doubt in doubts}:
            _more(look, kind, held, doubts, looks)
    for doubt in doubts:
        held[doubt.index] = (UNDECIDED, doubt.words)
    return Columns(
        tuple(
            replace(each, field=held[each.index][0], why=held[each.index][1])
            if each.index in held
            else replace(each, field="", why="")
            for each in found
        ),
        tuple(sorted(doubts, key=lambda doubt: doubt.index)),
    )


def _look(at: int, name: str, rows: Sequence[Sequence[str]], rules: KeyRules) -> _Look:
    values = tuple(unguard(cell, True) for row in rows if at < len(row) and (cell := row[at].strip()))
    whole = [_DECIMALS.sub("", value) for value in values]
    good = sum(1 for key in rules.normal(whole) if key) if values else 0
    is_number = bool(values) and good / len(values) >= _LIKELY and not all(map(_DAY.fullmatch, values))
    return _Look(at, name, values, is_number)


def _join(looks: Sequence[_Look], held: dict[int, tuple[str, str]], *, is_abroad: bool) -> None:
    """Take area code and number from two columns next to one another, as the registries write them.

    `is_abroad`: the numbers are of a country that was named, and not of the US or Canada.
    """
    for left, middle, right in zip(looks, looks[1:], looks[2:], strict=False):
        if not is_abroad and left.is_area and middle.is_area and right.is_line:
            for at in [at for at, (name, _) in held.items() if name == KEY]:
                del held[at]
            held[left.index] = AREA, "Area codes, joined with the two columns beside them"
            held[middle.index] = EXCHANGE, "Exchanges, joined with the columns on both sides"
            held[right.index] = KEY, "The last four digits, behind area code and exchange"
            return
    for left, right in pairwise(looks):
        is_named = bool(left.words & _AREA_WORDS) or is_nameless(left.name)
        # Two columns of nothing else are what the registries write, even if none of the numbers is whole.
        is_local = right.is_local or (len(looks) == 2 and right.is_near_local and not right.is_day)
        is_pair = left.is_area_abroad and right.is_local_abroad if is_abroad else left.is_area and is_local and is_named
        if is_pair:
            for at in [at for at, (name, _) in held.items() if name == KEY]:
                del held[at]
            held[left.index] = AREA, "Area codes, joined with the numbers beside them"
            held[right.index] = KEY, "Numbers behind the area code beside them"
            return


def _numbers(looks: Sequence[_Look], held: dict[int, tuple[str, str]], doubts: list[Doubt], rules: KeyRules) -> None:
    """Find the column of the keys; several that may be it are in doubt, whatever their names are."""
    if any(name == AREA for name, _ in held.values()):
        return
    likely = [look for look in looks if look.is_number]
    if rules.kind is DncKind.INTERNAL and len(likely) > 1:
        for at in [at for at, (name, _) in held.items() if name == KEY]:
            del held[at]
        names = " and ".join(f"“{look.name}”" for look in likely)
        flags = " or ".join(f"--key-column {_flag(look)}" for look in likely)
        words = f"{names} hold numbers, and one of them is meant."
        doubts.append(Doubt(likely[0].index, words, flags, is_number=True))
        doubts += [Doubt(look.index, "", "", is_number=True) for look in likely[1:]]
    elif not any(name == KEY for name, _ in held.values()) and len(likely) == 1:
        held[likely[0].index] = KEY, "Its values look like it"


def _changes(looks: Sequence[_Look], held: dict[int, tuple[str, str]], doubts: list[Doubt]) -> None:
    """Ask of a column in which each number has A or D beside it, where no other column holds the numbers.

    It is parted by a person's word alone: a letter may as well belong to the number's list, and a plus to the number.
    """
    found = [look for look in looks if look.is_change]
    if len(found) != 1 or any(look.is_number and look not in found for look in looks):
        return
    for at in [at for at, (name, _) in held.items() if name == KEY]:
        del held[at]
    look = found[0]
    words = f"Each number of “{look.name}” has beside it what may say that it is added or removed ({look.shown})."
    way = f"--map {_flag(look)}={CHANGE} to add and remove so, else put the numbers into a column of their own"
    doubts.append(Doubt(look.index, words, way))


def _more(
    look: _Look, kind: JobKind, held: dict[int, tuple[str, str]], doubts: list[Doubt], looks: Sequence[_Look]
) -> None:
    taken = {name for name, _ in held.values()}
    is_change = any(other.is_action for other in looks)
    if look.is_action and kind == DNC_ADD and ACTION not in taken:
        held[look.index] = ACTION, f"A change list: it holds {look.shown}"
    elif look.words & _END_WORDS or (look.is_day and not is_change):
        ways = f"--map {_flag(look)}={EXPIRES} or --map {_flag(look)}= to leave it out"
        what = "days" if look.is_day else "what may be days on which entries end"
        shown = f" ({look.shown})" if look.shown else ""
        doubts.append(Doubt(look.index, f"The column “{look.name}” holds {what}{shown}, not used yet.", ways))
    elif look.is_code or look.is_action:
        ways = f"--take {_flag(look)}=VALUE,… for the rows to take, or --map {_flag(look)}= to leave the column out"
        if kind == DNC_ADD:
            ways += f", or --map {_flag(look)}={ACTION} where it says what to add and what to remove"
        words = f"The column “{look.name}” holds {look.shown}, which may be a status or result code of each row."
        doubts.append(Doubt(look.index, words, ways))
    elif look.words & _SOURCE_WORDS and SOURCE not in taken and kind != DNC_DELETE:
        held[look.index] = SOURCE, f"“{look.name}” often means where an entry came from"


def _flag(look: _Look) -> str:
    """Name a column as the command line takes it."""
    name = str(look.index + 1) if is_nameless(look.name) else look.name
    return f'"{name}"' if " " in name else name


def columns_told(header: Sequence[str], mapping: Mapping[str, str], take: Sequence[str] = ()) -> list[str]:
    """Say of each column of a file what it is taken for, in a line each."""
    lines = []
    for at, name in enumerate(header):
        field = mapping.get(str(at), "")
        words = LABELS.get(field, "").lower() if field else "not used, left out"
        if field == PICK:
            words = f"only rows with {', '.join(take)} are taken"
        lines.append(f"{name or f'Column {at + 1}'} → {field or 'nothing'}: {words}")
    return lines
