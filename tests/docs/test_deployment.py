"""docker-compose.yml, .env.example and the systemd units know every setting that an operator may want to make."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from bench.compose.composefile import compose_read, env_read

ROOT = Path(__file__).resolve().parents[2]
TABLE = re.findall(r"(?m)^\| (`[^|]*) \|", (ROOT / "docs/configuration.md").read_text())
SETTINGS = [name for cell in TABLE for name in re.findall(r"`([A-Z][A-Z0-9_]+)`", cell)]
COMPOSE = ROOT / "docker-compose.yml"
EXAMPLE = (ROOT / ".env.example").read_text() if (ROOT / ".env.example").exists() else ""
# Settings that compose does not pass on, and why.
OF_THE_IMAGE = {
    "BPADMIN_DATA": "/data in the image",
    "BPADMIN_FILES": "beneath /data",
    "BPADMIN_STATIC": "collected into the image",
}
OF_MAKE_RUN = {"BPADMIN_BIND", "BPADMIN_PORT", "BPADMIN_DEMO", "BPADMIN_SANDBOX_PORT", "BPADMIN_DEBUG"}
SERVERS = {"DATABASE_URL", "REDIS_URL"}  # compose's own; their passwords come from .env
SECRETS = {
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "BPADMIN_SECRET_KEY",
    "BPADMIN_SECRET_KEY_FALLBACKS",
    "BPADMIN_ENCRYPTION_KEY",
    "BPADMIN_S3_SECRET",
    "BPADMIN_SENTRY_DSN",
    "BPADMIN_METRICS_TOKEN",
    "BPADMIN_OIDC_CLIENT_SECRET",
    "BPADMIN_OIDC_GROUPS",  # no secret, but long
    "BPADMIN_EMAIL_PASSWORD",
}
NEEDED = {"BPADMIN_HOSTS": "dial.example.com", "POSTGRES_PASSWORD": "p", "REDIS_PASSWORD": "r"}
APP_SERVICES = ("migrate", "web", "worker", "worker-interactive", "beat")
PASSED = sorted(set(SETTINGS) - set(OF_THE_IMAGE) - OF_MAKE_RUN)


def environment(**variables: str) -> dict[str, str]:
    """Return what the web gets with these variables in .env."""
    said: dict[str, str] = compose_read(COMPOSE, NEEDED | variables)["services"]["web"]["environment"]
    return said


def test_the_table_is_read() -> None:
    assert len(SETTINGS) > 60
    assert {"BPADMIN_S3_REGION", "BPADMIN_EMAIL_PORT"} <= set(SETTINGS)


@pytest.mark.parametrize("name", PASSED)
def test_compose_passes_every_setting(name: str) -> None:
    assert name in environment(), f"pass {name} on in docker-compose.yml, or name it above with the reason"


@pytest.mark.parametrize("name", sorted(set(PASSED) - SERVERS - {"BPADMIN_FEED_FOLDER", "BPADMIN_REPORT_FOLDER"}))
def test_compose_passes_what_is_said(name: str) -> None:
    assert environment(**{name: "7"})[name] == "7"


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_a_secret_may_lie_in_a_file(name: str) -> None:
    assert environment(**{f"{name}_FILE": "/run/secrets/one"})[f"{name}_FILE"] == "/run/secrets/one"


def test_compose_passes_no_setting_that_is_unknown() -> None:
    known = set(PASSED) | {f"{name}_FILE" for name in SECRETS} | {"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"}
    assert sorted(set(environment()) - known) == []


def test_all_services_of_ours_get_the_same() -> None:
    services = compose_read(COMPOSE, NEEDED | {"BPADMIN_FEED_FOLDER": "/srv/feeds"})["services"]
    for name in APP_SERVICES:
        assert services[name]["environment"] == services["web"]["environment"]
        assert services[name]["volumes"] == services["web"]["volumes"]


@pytest.mark.parametrize("name", sorted(yaml.safe_load(COMPOSE.read_text())["services"]))
def test_every_service_is_closed_in(name: str) -> None:
    service = compose_read(COMPOSE, NEEDED)["services"][name]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["logging"]["options"] == {"max-size": "20m", "max-file": "5"}
    assert set(service["networks"]) <= {"outside", "data"}
    assert service["mem_limit"]
    if name in (*APP_SERVICES, "sandbox"):
        assert (service["read_only"], service["cap_drop"], service["init"]) == (True, ["ALL"], True)
        assert [each.split(":")[0] for each in service["tmpfs"]] == ["/tmp"]
    if name in ("postgres", "redis"):
        assert service["networks"] == ["data"]
        assert "ports" not in service


@pytest.mark.parametrize(
    ("name", "inside", "rights"), [("BPADMIN_FEED_FOLDER", "/feeds", ":ro"), ("BPADMIN_REPORT_FOLDER", "/reports", "")]
)
def test_a_folder_of_the_machine_is_mounted_where_one_is_named(name: str, inside: str, rights: str) -> None:
    assert environment()[name] == ""
    assert environment(**{name: "/srv/there"})[name] == inside
    web = compose_read(COMPOSE, NEEDED | {name: "/srv/there"})["services"]["web"]
    assert f"/srv/there:{inside}{rights}" in web["volumes"]
    # With none named an empty volume lies there, and compose knows it.
    mounted = next(each for each in compose_read(COMPOSE, NEEDED)["services"]["web"]["volumes"] if f":{inside}" in each)
    assert mounted.split(":")[0] in yaml.safe_load(COMPOSE.read_text())["volumes"]


def test_the_example_names_what_compose_reads_and_nothing_else(tmp_path: Path) -> None:
    named = set(re.findall(r"(?m)^#? ?([A-Z][A-Z0-9_]+)=", EXAMPLE))
    read = set(re.findall(r"(?<!\$)\$\{(\w+)", COMPOSE.read_text()))
    files = {f"{name}_FILE" for name in SECRETS}
    assert sorted(read - files - named) == []
    assert sorted(named - read) == []
    # As it stands only what must be set is set, and no secret is in it.
    (tmp_path / ".env").write_text(EXAMPLE)
    said = env_read(tmp_path / ".env")
    assert {name for name, value in said.items() if not value} == (SECRETS & set(said))


def test_the_example_of_the_units_fits_their_folders() -> None:
    """What the units may write is what the settings name."""
    path = ROOT / "docs/deploy/systemd/bpadmin.env.example"
    said = env_read(path)
    named = set(re.findall(r"(?m)^#? ?([A-Z][A-Z0-9_]+)=", path.read_text()))
    assert {"DATABASE_URL", "REDIS_URL", "BPADMIN_SECRET_KEY", "BPADMIN_ENCRYPTION_KEY", "BPADMIN_HOSTS"} <= set(said)
    assert named <= set(SETTINGS)
    for unit in path.parent.glob("*.service"):
        writable = re.findall(r"(?m)^ReadWritePaths=(.*)$", unit.read_text())[0]
        assert said["BPADMIN_DATA"] == writable
        assert f"{writable}/reports" in path.read_text()


@pytest.mark.parametrize(("unit", "service"), [("web", "web"), ("worker@", "worker"), ("beat", "beat")])
def test_the_units_close_services_in_as_compose_does(unit: str, service: str) -> None:
    text = (ROOT / f"docs/deploy/systemd/bpadmin-{unit}.service").read_text()
    said = dict(line.split("=", 1) for line in text.splitlines() if re.match(r"[A-Z]\w+=", line))
    limit = compose_read(COMPOSE, NEEDED)["services"][service]["mem_limit"]
    assert said["MemoryMax"] == limit.upper()
    assert said["CapabilityBoundingSet"] == ""
    closed = ("NoNewPrivileges", "PrivateDevices", "PrivateTmp", "ProtectHome")
    assert {name: said[name] for name in closed} == dict.fromkeys(closed, "true")
    assert said["ProtectSystem"] == "strict"
    # A heap for each of a job's threads would keep what each of them ever needed.
    assert "Environment=MALLOC_ARENA_MAX=2" in text
    assert "MALLOC_ARENA_MAX=2" in (ROOT / "Dockerfile").read_text()
