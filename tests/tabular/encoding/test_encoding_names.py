"""Names of encodings: Python's and the web's."""

from __future__ import annotations

import codecs
from encodings.aliases import aliases

import pytest

from bpadmin.tabular.encoding.guess import ENCODINGS
from bpadmin.tabular.encoding.names import WEB_NAMES, encoding_named
from bpadmin.tabular.types import TabularError

NO_TEXT = {"base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec"}
ON_WINDOWS = {"mbcs"}


@pytest.mark.parametrize(
    "said, name",
    [
        ("latin-1", "cp1252"), ("ISO-8859-1", "cp1252"), ("windows-1250", "cp1250"), ("macintosh", "mac-roman"),
        ("x-mac-roman", "mac-roman"), ("IBM850", "cp850"), ("437", "cp437"), ("dos-874", "cp874"), ("x-sjis", "cp932"),
        ("gbk", "gb18030"), ("ks_c_5601-1987", "cp949"), ("UTF8", "utf-8"), ("utf-8-sig", "utf-8"),
        (" cp1257 ", "cp1257"),        ("cp037", "cp037"), ("latin2", "iso8859-2"), ("x-cp1251", "cp1251"),
        ("iso-2022-jp", "iso2022_jp_ext"),
    ],
)  # fmt: skip
def test_each_name_means_its_encoding(said: str, name: str) -> None:
    assert encoding_named(said) == name


def test_every_name_of_python_and_of_the_web_is_taken_and_can_be_read() -> None:
    # One alias of Python has capitals, which its own look-up never finds.
    names = {alias for alias, codec in aliases.items() if codec not in NO_TEXT | ON_WINDOWS and alias.islower()}
    names |= {alias for alias in aliases if alias.isdecimal()} | set(WEB_NAMES)
    for name in names | set(ENCODINGS):
        assert codecs.getincrementaldecoder(encoding_named(name))


@pytest.mark.parametrize("said", ["klingon", "rot13", "hex", "idna", "a\0b", ""])
def test_what_is_no_encoding_is_refused_with_those_there_are(said: str) -> None:
    with pytest.raises(TabularError, match="cp1250, cp1251"):
        encoding_named(said)
