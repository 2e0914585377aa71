"""`make fuzz`: made-up bytes for everything that reads a stranger's, and odd parameters for every address.

Hypothesis makes the inputs and shrinks what it finds. A decoder may refuse (TabularError, PlatformError, UnicodeError;
of JSON ValueError); anything else is a fault, and the run tells the smallest input that shows it.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def decoders() -> dict[str, Callable[[bytes], Any]]:
    """Return each reader of outside bytes by name."""
    from bpadmin.platforms.http.lenient import json_loads
    from bpadmin.privacy.matching import Person
    from bpadmin.tabular.formula import guard, unguard
    from bpadmin.tabular.tables import look_at
    from bpadmin.web.proxies import forwarded_for

    person = Person.read(["+1 650 555 0100", "Ann O'Neil"])

    def guarded(data: bytes) -> None:
        cell = data.decode("utf-8", "replace")
        if unguard(guard(cell)) != cell:
            raise AssertionError("guard is not undone")

    def answered(data: bytes) -> None:
        with contextlib.suppress(ValueError):
            json_loads(data)

    return {
        "file": lambda data: look_at(io.BytesIO(data)),
        "answer": answered,
        "formula": guarded,
        "person": lambda data: person.is_in(data.decode("utf-8", "replace")),
        "proxy": lambda data: forwarded_for(data.decode("latin-1"), 1),
    }


def main() -> int:
    """Run; exit code 1 when something breaks that should have been refused."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="of all decoders together")
    parser.add_argument("--only", help="one decoder by name")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpadmin.settings")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    from bpadmin.platforms.errors import PlatformError
    from bpadmin.tabular.types import TabularError

    seeds = [b"PK\x03\x04", b"\x1f\x8b\x08", b"\xef\xbb\xbf", b"a;b\r\n", b'{"a": "', b"<?xml", b"\x00\xff", b"=1"]
    inputs = st.lists(st.one_of(st.binary(max_size=40), st.sampled_from(seeds), st.text(max_size=20).map(_encoded)))
    chosen = {name: read for name, read in decoders().items() if options.only in (None, name)}
    failed = 0
    for name, read in chosen.items():
        count = max(1, options.inputs // len(chosen))

        holds = _held(read, (TabularError, PlatformError, UnicodeError))
        holds = given(inputs.map(b"".join))(holds)
        holds = settings(max_examples=count, deadline=None, database=None, suppress_health_check=list(HealthCheck))(
            holds
        )
        try:
            holds()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told
            failed += 1
            print(f"{name}: {type(error).__name__}: {error}", *getattr(error, "__notes__", ()), sep="\n  ")
        else:
            print(f"{name}: {count:,} inputs, every one read or refused")
    return 1 if failed else 0


def _held(read: Callable[[bytes], Any], refusals: tuple[type[Exception], ...]) -> Callable[[bytes], None]:
    def holds(data: bytes) -> None:
        with contextlib.suppress(*refusals):
            read(data)

    return holds


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


if __name__ == "__main__":
    sys.exit(main())
