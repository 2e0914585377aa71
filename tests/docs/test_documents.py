"""README.md and docs/*.md: what they tell people to type is run as it stands, or is named here with why it is not."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.compose.composefile import env_read
from bench.compose.stack import ComposeStack, Unavailable, postgres_programs
from tests.docs.documents import ROOT, Command, blocks_not_read, commands_of, documents
from tests.fixtures_sandbox import SandboxControl
from tests.stack import free_port, wait_until

FOUND = [command for path in documents() for command in commands_of(path)]
BY_BUILD = "the build runs it (.ci/run)"
HOUR = "it takes an hour; its recipe is read by make -n"
# Every command that is not run word for word: what is run in its place, or why nothing is.
PLAIN, COMPOSE, RECIPE, MANAGE, NOT = "plain", "compose", "recipe", "manage", "not run"


@dataclass(frozen=True)
class Row:
    """How a command is tried, and what of it differs from what is written."""

    how: str
    why: str = ""


ROWS: dict[str, Row] = {
    # In a plain folder, embedded.
    "make run": Row(PLAIN, "on free ports"),
    "printf %s": Row(PLAIN, "the tenant is the sandbox that `make run` started"),
    ".venv/bin/python manage.py list_upload": Row(PLAIN, "leads.csv has two rows"),
    "manage.py backup - | age": Row(COMPOSE, "the lines of the block are run"),
    "manage.py tenant_reencrypt": Row(MANAGE),
    "manage.py hold --release": Row(MANAGE),
    "manage.py method_table": Row(MANAGE),
    "manage.py person_break_glass": Row(NOT, "tests/tenants/sign_on tries it"),
    "manage.py status": Row(MANAGE),
    "manage.py restore": Row(MANAGE),
    "make fuzz": Row(RECIPE, HOUR),
    "make screenshots": Row(RECIPE, "it starts the whole product and a browser"),
    "make sbom": Row(RECIPE, "it needs uv"),
    "cat > .env": Row(COMPOSE, "as it stands, in an empty folder"),
    # By bench.compose in place of an engine.
    "docker compose up -d --build": Row(COMPOSE),
    "docker compose run --rm web python manage.py createsuperuser": Row(COMPOSE, "with the answers as variables"),
    "docker compose exec": Row(COMPOSE),
    "docker compose down": Row(COMPOSE),
    "docker volume rm": Row(COMPOSE),
    "age -d": Row(COMPOSE, "with a key made for it"),
    "docker compose up -d": Row(COMPOSE),
    "docker compose --profile demo": Row(COMPOSE, "`python -m bench.compose prove` starts it"),
    "docker compose --profile proxy": Row(NOT, "it fetches a certificate; tests/web/server has its Caddyfile"),
    "docker compose up -d --scale": Row(NOT, "more processes of one kind: tests/embedded run several workers"),
    # Of the project's own house.
    "make test TESTS=tests/lists": Row(RECIPE, BY_BUILD),
    "make test-slow": Row(RECIPE, BY_BUILD),
    "make help": Row(RECIPE, "it lists the others"),
    "make test": Row(RECIPE, BY_BUILD),
    "make lint": Row(RECIPE, BY_BUILD),
    "make chaos-short": Row(RECIPE, BY_BUILD),
    "make ci": Row(RECIPE, "it is what runs this"),
    "make chaos": Row(RECIPE, HOUR),
    "make mutate": Row(RECIPE, HOUR),
    "make image": Row(RECIPE, "it takes some minutes; its recipe is read by make -n"),
    "make parts": Row(RECIPE, "it takes ten minutes; its recipe is read by make -n"),
    "make bench": Row(RECIPE, HOUR),
    "make bench-short": Row(RECIPE, "it takes some minutes: tests/bench/test_speed.py runs its parts"),
    "make bench-against": Row(RECIPE, "it takes long: tests/bench/test_speed.py runs its parts"),
    "make lock": Row(RECIPE, "it would change the lock"),
    "make setup": Row(RECIPE, "`make run` begins with it"),
    "git pull": Row(NOT, "it asks a server; the rest of the line is run by itself"),
    "systemctl enable": Row(NOT, "it needs systemd and root; the units' commands are looked at by test_units"),
    "chown 10001": Row(NOT, "it needs a folder of the host"),
    "chown -R 10001": Row(NOT, "it needs a folder of the host; `bench.compose prove` gives the volume to the user"),
    "python -m bench.adapting": Row(NOT, "it plays some hundred jobs, for minutes"),
    "python .ci/architecture.py": Row(NOT, "it draws a page of the repository, which a gate looks at"),
    "python .ci/migrations_beside.py": Row(NOT, "it notes a release: tests/test_migrations_beside.py"),
    "manage.py backup": Row(MANAGE),
}


def row_of(command: Command) -> Row | None:
    """Find the row that says the most about a command."""
    fitting = [start for start in ROWS if command.text.startswith(start)]
    return ROWS[max(fitting, key=len)] if fitting else None


@pytest.mark.parametrize("command", FOUND, ids=lambda command: f"{command.place} {command.text[:40]}")
def test_every_command_is_known_with_how_it_is_tried(command: Command) -> None:
    row = row_of(command)
    assert row is not None, f"{command.place}: say in ROWS how this is tried: {command.text}"
    assert row.how != NOT or row.why


def test_every_row_is_of_a_command_that_is_told() -> None:
    assert [start for start in ROWS if not any(each.text.startswith(start) for each in FOUND)] == []


def test_every_block_is_read() -> None:
    odd = [line for path in documents() for line in blocks_not_read(path)]
    assert set(odd) == {
        "DRAFT -> PREPARING -> READY -> QUEUED <-> RUNNING -> SUCCEEDED | PARTIAL",
        "BPADMIN_S3_BUCKET=bpadmin-files",
        "BPADMIN_FEED_FOLDER=/srv/bpadmin/feeds",
    }


@pytest.mark.parametrize("text", [each.text for each in FOUND if (row := row_of(each)) and row.how == RECIPE])
def test_every_recipe_is_there(text: str) -> None:
    done = subprocess.run([*shlex.split(text), "-n"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("text", [each.text for each in FOUND if (row := row_of(each)) and row.how == MANAGE])
def test_every_command_in_a_sentence_takes_what_is_written(text: str) -> None:
    from django.core.management import get_commands, load_command_class

    name, *words = shlex.split(text.partition("|")[0])[1:]
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    parser.parse_args(words or (["FILE"] if name in ("backup", "restore") else []))


@pytest.mark.parametrize("unit", sorted((ROOT / "docs/deploy/systemd").glob("*.service")), ids=lambda path: path.name)
def test_units_start_the_commands_of_compose(unit: Path) -> None:
    """What a unit starts has the words of its service in docker-compose.yml, but for paths, ports and pool sizes."""
    from bench.chaos.operator_stack import compose_commands

    service = {"web": "web", "beat": "beat", "worker@": "worker"}[unit.stem.removeprefix("bpadmin-")]
    started = re.findall(r"(?m)^ExecStart=(.*)$", unit.read_text())[-1]
    differing = {"0.0.0.0", "/tmp/beat-schedule", "--access-log", "bulk", "bulk@%h", "4"}
    missing = [word for word in compose_commands()[service] if word not in started and word not in differing]
    assert missing == []


# ---- run for real


def told(start: str) -> str:
    """Return a command as it is written."""
    return next(each.text for each in FOUND if each.text.startswith(start))


def kept() -> dict[str, str]:
    """Return this process's environment without what would steer bpadmin."""
    steers = ("BPADMIN_", "DATABASE_", "REDIS_", "DJANGO_")
    return {name: value for name, value in os.environ.items() if not name.startswith(steers)}


def shell(text: str, folder: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Type a command in a folder."""
    command = ["/bin/bash", "-o", "pipefail", "-c", text]
    done = subprocess.run(command, cwd=folder, env=kept() | more, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{text}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}"
    return done


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_first_commands_of_the_readme_work_in_an_empty_folder(tmp_path: Path) -> None:
    """A fresh copy sets itself up, runs with its demo tenant, and does what the examples say."""
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    copy = tmp_path / "bpadmin"
    for name in listing.stdout.splitlines():
        if not name.startswith("tests/") and (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    ports = {"BPADMIN_PORT": str(free_port()), "BPADMIN_SANDBOX_PORT": str(free_port())}
    console = tmp_path / "console.txt"
    words = shlex.split(told("make run"))
    with console.open("wb") as output:
        running = subprocess.Popen(
            words, cwd=copy, env=kept() | ports, stdout=output, stderr=output, start_new_session=True
        )
    try:
        ready = "Ctrl-C stops everything"
        wait_until(lambda: ready in console.read_text() or running.poll() is not None, within=400, what="make run")
        assert running.poll() is None, console.read_text()
        sandbox = SandboxControl(f"http://127.0.0.1:{ports['BPADMIN_SANDBOX_PORT']}")
        settings = {"BPADMIN_ALLOW_PRIVATE_TENANTS": "1", "SECRET": "sandbox-secret"}
        add = told("printf %s").replace("https://acme.brightpattern.com", sandbox.url)
        shell(add.replace("--client-id api", "--client-id sandbox"), copy, **settings)
        fields = [{"name": "Account", "type": "OTHER", "key": True}, {"name": "Phone", "type": "PHONE"}]
        list_id = sandbox.create_list("Spring renewals", fields)
        (copy / "leads.csv").write_text("Account,Phone\nA1,16505550101\nA2,16505550102\n")
        said = shell(told(".venv/bin/python manage.py list_upload"), copy, **settings)
        assert json.loads(said.stdout.splitlines()[-1])
        assert {record["Account"] for record in sandbox.dump(list_id)} == {"A1", "A2"}
    finally:
        os.killpg(running.pid, signal.SIGINT)
        running.wait(60)
    assert "Stopped." in console.read_text()


@pytest.fixture
def work() -> Iterator[Path]:
    """An empty folder in which `docker` does compose's words in a plain folder beside it."""
    for missing in [name for name in ("age", "redis-server", "pg_dump") if not shutil.which(name)]:
        pytest.skip(f"no {missing}, so compose's lines are not run: apt install age redis-server postgresql")
    try:
        postgres_programs()
    except Unavailable as reason:
        pytest.skip(str(reason))
    # Not below pytest's folder: the services' users go through this one.
    folder = Path(tempfile.mkdtemp(prefix="bpdocs"))
    folder.chmod(0o755)
    for name in ("bin", "work"):
        (folder / name).mkdir()
    said = f'--folder {folder / "project"} --env-file {folder / "work/.env"} "$@"'
    docker = folder / "bin" / "docker"
    docker.write_text(
        f'#!/bin/sh\n[ "$1" = compose ] && shift\ncd {ROOT} && exec {sys.executable} -m bench.compose {said}\n'
    )
    docker.chmod(0o755)
    try:
        yield folder / "work"
    finally:
        if (folder / "work/.env").exists():
            ComposeStack(ROOT, folder / "project", folder / "work/.env").down()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_lines_for_compose_install_save_and_restore(work: Path) -> None:
    path = {"PATH": f"{work.parent / 'bin'}:{os.environ['PATH']}"}
    shell(told("cat > .env"), work)
    assert all(env_read(work / ".env").values())
    shell(told("docker compose up -d --build"), work, **path)
    answered = "env DJANGO_SUPERUSER_PASSWORD=a-long-password python manage.py"
    create = told("docker compose run --rm web python manage.py createsuperuser").replace("python manage.py", answered)
    create += " --no-input --username olga --email olga@example.com"
    shell(create, work, **path)
    made = subprocess.run(["age-keygen", "-o", "key.txt"], cwd=work, capture_output=True, text=True, check=True)
    for line in [each.text for each in FOUND if each.place.startswith("operations.md:")]:
        row = row_of(Command(line, ""))
        if row and row.how == COMPOSE:
            shell(line.replace("RECIPIENT", made.stderr.split()[-1]), work, **path)
    assert (work / "bpadmin.dump").stat().st_size > 1000
    assert (work / "files.tar").stat().st_size > 0
    # The person of before is there again, and nothing is sent.
    again = shell(f"{create} || true", work, **path)
    assert "already taken" in again.stdout + again.stderr
    status = shell("docker compose exec -T web python manage.py status || true", work, **path)
    assert "Nothing is sent" in status.stdout
