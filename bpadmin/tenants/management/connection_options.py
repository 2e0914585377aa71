"""What `tenant_add` and `tenant_change` share: an option for each connection field, and the test at the end."""

from __future__ import annotations

import getpass
from argparse import BooleanOptionalAction
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from bpadmin.platforms import REGISTRY
from bpadmin.platforms.base import ConnectionField
from bpadmin.platforms.info import PlatformInfo
from bpadmin.platforms.types import KEEP, Keep
from bpadmin.tenants.management.base import FAILED, OK, CommandRefused, PlainCommand, Result, secret_read
from bpadmin.tenants.models import Tenant
from bpadmin.tenants.routes import RouteWanted
from bpadmin.tenants.services import tenant_test


def add_connection_options(parser: CommandParser) -> None:
    """Add the connection options of every platform, each with the platforms that have it, and --no-test."""
    for option, (field, platforms) in _options().items():
        note = f"{field.label} ({', '.join(platforms)})"
        if field.is_secret:
            note += "; - reads standard input"
        choices = [value for value, _ in field.choices] or None
        parser.add_argument(option, metavar=None if choices else _metavar(field), choices=choices, help=note)
    parser.add_argument("--no-test", action="store_true", help="do not try the connection")


def add_reading_options(parser: CommandParser) -> None:
    """Add how hard the tenant may be asked for its campaigns and lists."""
    parser.add_argument(
        "--reads-a-minute",
        type=int,
        metavar="N",
        help="requests a minute for reading campaigns and lists, 10 to 6,000; half as many while nobody looks",
    )
    parser.add_argument(
        "--reads-at-a-time", type=int, metavar="N", help="requests at a time of the first reading, 1 to 16"
    )


def add_silence_options(parser: CommandParser) -> None:
    """Add how silence about a request whose answer was lost is judged."""
    parser.add_argument(
        "--quiet-seconds", type=int, help="how long a request whose answer was lost is left alone, 1 to 86,400"
    )
    parser.add_argument(
        "--resends-after-quiet",
        action=BooleanOptionalAction,
        default=None,
        help="lists without a key: send rows again whose answer was lost when the list has not grown by the end of the "
        "quiet time, instead of asking; a platform that needs longer than that once has them twice then. Logged under "
        "your name",
    )


def add_route_options(parser: CommandParser) -> None:
    """Add how the server is reached where that is not as for all others."""
    parser.add_argument("--proxy", metavar="URL", help="outbound proxy, such as http://name@host:3128; empty: none")
    parser.add_argument("--proxy-password-file", metavar="FILE|-", help="its password; - reads standard input")
    parser.add_argument(
        "--certificates-file",
        metavar="FILE",
        help="authorities in PEM that are trusted for this tenant beside the usual ones; empty: none",
    )


def add_ending_option(parser: CommandParser) -> None:
    """Add the day on which the secret ends."""
    parser.add_argument(
        "--secret-ends-on", metavar="DATE", help="the day on which the secret ends, as 2027-03-31; empty: not known"
    )


def ending_given(options: dict[str, Any]) -> date | Keep | None:
    """Return the day that was said, KEEP for none said. Raises CommandRefused."""
    said = options["secret_ends_on"]
    if not said:
        return KEEP if said is None else None
    try:
        return date.fromisoformat(said)
    except ValueError as exc:
        raise CommandRefused(f"--secret-ends-on {said} is no day. Write it like 2027-03-31.") from exc


def route_given(options: dict[str, Any]) -> RouteWanted:
    """Return what was said about the way to the server. Raises CommandRefused for a file that cannot be read."""
    password, certificates = options["proxy_password_file"], options["certificates_file"]
    if certificates:
        try:
            certificates = Path(certificates).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as exc:
            raise CommandRefused(f"The certificates cannot be read from {certificates}: {exc}") from exc
    password = None if password is None else secret_read(password, "--proxy-password-file")
    return RouteWanted(proxy=options["proxy"], proxy_password=password, certificates=certificates)


def silence_actor(options: dict[str, Any]) -> str:
    """Name who acts: by their own name where they decide that rows may be sent again."""
    return f"{getpass.getuser()} (shell)"[:150] if options["resends_after_quiet"] else "shell"


def connection_given(info: PlatformInfo, options: dict[str, Any]) -> dict[str, str]:
    """Return the platform's connection fields that were said, secrets read. Raises CommandRefused for another's."""
    ours = {option_of(field): field for field in info.fields}
    credentials = {}
    for option in _options():
        given = options[option.removeprefix("--").replace("-", "_")]
        if given is None:
            continue
        if option not in ours:
            raise CommandRefused(f"{info.label} has no {option}. It has: {', '.join(ours)}.")
        field = ours[option]
        credentials[field.name] = secret_read(given, option) if field.is_secret else given
    return credentials


def option_of(field: ConnectionField) -> str:
    """Name the option of a field; a secret is never typed on the line, where others can read it."""
    return f"--{field.name.replace('_', '-')}{'-file' if field.is_secret else ''}"


def tested(command: PlainCommand, tenant: Tenant, *, is_wanted: bool) -> Result:
    """Test the connection where that is wanted, tell what came of it, and give the command's end."""
    data: dict[str, Any] = {"tenant": tenant.slug, "url": tenant.base_url, "tested": is_wanted}
    if not is_wanted:
        return Result(data)
    report = tenant_test(tenant)
    for line in (report.headline, *report.details):
        command.say(line)
    if not report.ok:
        command.say(
            f"{tenant.slug} stays as it is: correct its connection with manage.py tenant_change {tenant.slug}, or on "
            "its settings page."
        )
    data |= {"ok": report.ok, "headline": report.headline, "missing_privileges": list(report.missing_privileges)}
    return Result(data, OK if report.ok else FAILED)


def _metavar(field: ConnectionField) -> str:
    return "FILE|-" if field.is_secret else field.name.upper()


def _options() -> dict[str, tuple[ConnectionField, list[str]]]:
    """Return the options of all platforms, each once, with the platforms that have it."""
    found: dict[str, tuple[ConnectionField, list[str]]] = {}
    for info in REGISTRY.values():
        for field in info.fields:
            found.setdefault(option_of(field), (field, []))[1].append(info.key)
    return found
