"""Names of encodings as people, programs and web pages write them, and the encoding that is read for each."""

from __future__ import annotations

import codecs
from functools import cache

from bpadmin.tabular.encoding.guess import ENCODINGS
from bpadmin.tabular.types import TabularError

# Web pages call these so (https://encoding.spec.whatwg.org, "Names and labels"); Python does not know the names.
_WEB_ONLY = {
    "utf-8": "unicode-1-1-utf-8 unicode11utf8 unicode20utf8 x-unicode20utf8",
    "iso8859-2": "iso88592",
    "iso8859-3": "iso88593",
    "iso8859-4": "iso88594",
    "iso8859-5": "iso88595",
    "iso8859-6": "iso88596 csiso88596e csiso88596i iso-8859-6-e iso-8859-6-i",
    "iso8859-7": "iso88597 sun_eu_greek",
    "iso8859-8": "iso88598 csiso88598e iso-8859-8-e visual csiso88598i iso-8859-8-i logical",
    "iso8859-10": "iso885910",
    "iso8859-13": "iso885913",
    "iso8859-14": "iso885914",
    "iso8859-15": "iso885915 csisolatin9",
    "koi8-r": "koi koi8",
    "koi8-u": "koi8-ru",
    "mac-roman": "csmacintosh mac x-mac-roman",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "cp874": "windows-874 dos-874 iso885911",
    "cp1250": "x-cp1250",
    "cp1251": "x-cp1251",
    "cp1252": "x-cp1252 iso88591 ansi_x3.4-1968",
    "cp1253": "x-cp1253",
    "cp1254": "x-cp1254 iso88599",
    "cp1255": "x-cp1255",
    "cp1256": "x-cp1256",
    "cp1257": "x-cp1257",
    "cp1258": "x-cp1258",
    "gb18030": "chinese csgb2312 x-gbk gb_2312 gb_2312-80 csiso58gb231280",
    "big5hkscs": "cn-big5 x-x-big5",
    "euc-jp": "cseucpkdfmtjapanese x-euc-jp",
    "cp932": "windows-31j x-sjis ms932 ms_kanji",
    "cp949": "windows-949 cseuckr csksc56011987 ks_c_5601-1989 ksc_5601",
    "utf-16-be": "unicodefffe",
    "utf-16-le": "csunicode iso-10646-ucs-2 ucs-2 unicode unicodefeff",
}
WEB_NAMES = {name: encoding for encoding, names in _WEB_ONLY.items() for name in names.split()}
# Read as the larger page that extends them, as web browsers do.
EXTENDED = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "iso2022_jp": "iso2022_jp_ext",
    "utf-8-sig": "utf-8",
}
# Python's own ways to write texts in other texts; no file is in them.
NO_FILES = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs", "oem"})


def encoding_named(said: str) -> str:
    """Return the encoding that a name means, as it is kept in a dialect; TabularError with the names there are.

    Taken is every name that Python's `codecs.lookup` knows for a text, and every label of the web.
    """
    wanted = said.strip().lower()
    try:
        found = codecs.lookup(WEB_NAMES.get(wanted, wanted))
        is_text = getattr(found, "_is_text_encoding", True) and found.name not in NO_FILES
    except (LookupError, ValueError):
        is_text = False
    if not is_text:
        raise TabularError(f"The encoding “{said}” is not known here. Take one of {encoding_names()}.")
    name = EXTENDED.get(found.name, found.name)
    return _offered().get(codecs.lookup(name).name, name)


def encoding_names() -> str:
    """Name the encodings that are offered, for a sentence; every other name for one of them is taken as well."""
    return (
        f"{', '.join(ENCODINGS)}, or any other name that Python or web pages have for an encoding, such as latin-1, "
        "windows-1250 or shift_jis"
    )


def encoding_label(name: str) -> str:
    """Name an encoding for a person."""
    return ENCODINGS.get(name, name)


@cache
def _offered() -> dict[str, str]:
    return {codecs.lookup(name).name: name for name in ENCODINGS}
