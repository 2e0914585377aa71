"""What the image and the compose file must do, shown on the processes that they start."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from bench.chaos.browser import Browser, NotShown, job_of
from bench.chaos.scene import csv_of
from bench.chaos.store import Store
from bench.chaos.tenants import CREDENTIALS, Tenant
from bench.chaos.waiting import Timeout, family_of, wait_until
from bench.compose.dockerfile import StepFailed
from bench.compose.stack import IS_ROOT, ComposeStack, Trouble, env_made

ROWS = 20_000
USER, PASSWORD = "operator", "a-long-password-of-the-operator"
FIELDS = [
    {"name": "id", "type": "OTHER", "key": True, "searchable": True},
    {"name": "phone", "type": "PHONE", "phoneType": "OTHER"},
    {"name": "name", "type": "OTHER"},
]


def prove(source: Path, folder: Path) -> int:
    """Show everything, print a line for each; 1 when something is not as it must be."""
    began = time.monotonic()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)  # the users of the services go through it
    env_file = env_made(folder / "settings", source / "README.md", BPADMIN_TLS="0", BPADMIN_ALLOW_PRIVATE_TENANTS="1")
    stack = ComposeStack(source, folder / "project", env_file)
    wrong = 0
    try:
        for what, said, is_well in _lines(stack):
            print(f"  {'ok    ' if is_well else 'WRONG '} {what:34} {said}", flush=True)
            wrong += not is_well
    except (Trouble, StepFailed, Timeout, NotShown) as trouble:
        print(f"  WRONG  {trouble}")
        wrong += 1
    finally:
        stack.down()
        shutil.rmtree(folder, ignore_errors=True)
    print(
        f"{'The image and the compose file hold' if not wrong else f'{wrong} faults'}, {time.monotonic() - began:.0f} s"
    )
    return 1 if wrong else 0


Line = tuple[str, str, bool]


def _lines(stack: ComposeStack) -> Iterator[Line]:
    began = time.monotonic()
    built = stack.build()
    yield "Dockerfile", f"{len(built.done)} steps in {time.monotonic() - began:.0f} s", True
    for line in built.not_run:
        yield "  not run as it stands", line, True
    image = built.image
    user = f"user {image.uid}" if IS_ROOT else f"this user instead of {image.uid} (only root can be somebody else)"
    yield "runs as", user, image.uid == 10001 and image.user != "root"
    written = _written_since(image.root / "app", 0)
    for name, seconds in stack.up(profiles=("demo",)).items():
        yield f"{name} is up and healthy", f"{seconds} s", True
    yield from _broker_is_guarded(stack)
    yield from _code_is_closed(stack)
    yield from _upload(stack)
    yield from _memory(stack)
    yield from _versions(stack)
    for name, (seconds, code) in stack.stop().items():
        yield f"{name} ends", f"{seconds} s of {stack.grace_of(name):.0f}, exit code {code}", code in (0, None)
    after = _written_since(image.root / "app", 0)
    yield "nothing was written beside the code", f"{len(after)} files", after == written


def _written_since(folder: Path, moment: float) -> dict[str, float]:
    return {str(path): path.lstat().st_mtime for path in folder.rglob("*") if path.lstat().st_mtime > moment}


def _broker_is_guarded(stack: ComposeStack) -> Iterator[Line]:
    ask = ["redis-cli", "-p", str(stack.port("redis")), "--user", "bpadmin"]
    for words in (["flushall"], ["config", "get", "requirepass"], ["shutdown"], ["keys", "*"]):
        said = stack.exec("redis", [*ask, *words]).stdout.strip()
        yield f"redis refuses {words[0]}", said[:60], said.startswith("NOPERM")
    # Without a word about who asks: not as the user whose password the check has.
    bare = stack.exec("redis", ["env", "-u", "REDISCLI_AUTH", *ask[:3], "ping"]).stdout.strip()
    yield "redis refuses strangers", bare[:60], bare.startswith("NOAUTH")


def _code_is_closed(stack: ComposeStack) -> Iterator[Line]:
    done = stack.exec("web", ["/bin/sh", "-c", f"touch {stack.folder_of('web', '/app')}/bpadmin/new && echo written"])
    yield "the code cannot be written", (done.stdout or done.stderr).strip()[-60:], not done.stdout
    done = stack.exec("web", ["python", "-c", "import os; print(os.getuid(), open('/proc/self/status').read())"])
    status = dict(line.split(":\t", 1) for line in done.stdout.splitlines() if ":\t" in line)
    if IS_ROOT:
        is_bare = int(status["CapEff"], 16) == int(status["CapBnd"], 16) == 0 and status["NoNewPrivs"] == "1"
        yield (
            "no capability, no new privileges",
            f"CapEff {status['CapEff']}, NoNewPrivs {status['NoNewPrivs']}",
            is_bare,
        )


def _upload(stack: ComposeStack) -> Iterator[Line]:
    """Connect the demo's tenant, send a file, stop the worker half-way as a deploy does, and go on."""
    command = ["python", "manage.py", "createsuperuser", "--no-input", "--username", USER, "--email", "o@example.com"]
    made = stack.run("web", command, capture=True, DJANGO_SUPERUSER_PASSWORD=PASSWORD)
    yield "a superuser by command", made.stdout.strip()[-60:] or made.stderr[-200:], made.returncode == 0
    dialler = Tenant(stack.folder)
    dialler.url = f"http://127.0.0.1:{stack.port('sandbox')}"
    browser = Browser(f"http://127.0.0.1:{stack.port('web')}", "acme")
    # People come by the name in BPADMIN_HOSTS, whatever the machine is called inside.
    browser.session.headers["Host"] = "dial.example.com"
    sign_in = browser.open("/").form(control="password")
    if sign_in is None:
        raise Trouble(f"no page to sign in: {stack.log('web').read_text()[-1500:]}")
    browser.submit(sign_in, {"username": USER, "password": PASSWORD})
    form = browser.open("/tenants/connect/?platform=brightpattern").form(button="Connect")
    if form is None:
        raise Trouble("no form to connect a tenant: the sign-in did not work")
    said = {"base_url": dialler.url, "name": "Acme", "slug": "acme", "lanes": 2, "chunk_size": 500}
    page = browser.submit(form, said | {f"connect_{name}": value for name, value in CREDENTIALS.items()})
    yield "the demo's tenant is connected", page.url.rpartition("/t")[2], "/t/acme/" in page.url
    people = [{"id": f"P{n}", "phone": f"49301{n:07d}", "name": f"Person {n}"} for n in range(ROWS)]
    list_id = dialler.list_make("Compose", FIELDS)
    page = browser.file_send(f"lists/{list_id}/upload/", csv_of(people))
    job = job_of(page)
    page = browser.check_done(browser.columns_send(page, FIELDS), job)
    dialler.latency(0.2)
    browser.confirm(page, typed="Compose")
    wait_until(lambda: len(dialler.records(list_id)) > ROWS // 5, "a share of the rows is sent", 60)
    for name, (seconds, code) in stack.stop("worker", "beat").items():
        yield f"{name} ends half-way", f"{seconds} s of {stack.grace_of(name):.0f}, exit code {code}", code == 0
    left = len(dialler.records(list_id))
    yield "the worker was stopped half-way", f"{left:,} of {ROWS:,} rows", left < ROWS
    dialler.latency(0)
    stack.up("worker", "beat")
    said = stack.environment("web")
    url = said["DATABASE_URL"].replace("bpadmin@", f"bpadmin:{said['POSTGRES_PASSWORD']}@")
    store = Store(postgres=url)
    wait_until(lambda: store.job(job).is_final, "the job ends", 120)
    store.close()
    held = Counter(record["id"] for record in dialler.records(list_id))
    yield "every row once", f"{len(held):,} of {ROWS:,}", held == Counter(row["id"] for row in people)


def _memory(stack: ComposeStack) -> Iterator[Line]:
    """Compare what each service holds now with its limit."""
    for name in stack.pids:
        limit = stack.service(name).get("mem_limit")
        if limit:
            used = sum(_megabytes(pid) for pid in family_of(stack.pids[name]))
            most = int(limit.rstrip("gm")) * (1024 if limit.endswith("g") else 1)
            yield f"memory of {name}", f"{used} MB of {most}", used < most / 2


def _megabytes(pid: int) -> int:
    """Return a process's share of memory (shared pages divided among those that share them)."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("Pss:")), 0)


def _versions(stack: ComposeStack) -> Iterator[Line]:
    done: subprocess.CompletedProcess[str] = stack.run("web", ["python", "manage.py", "status"], capture=True)
    yield "manage.py status", done.stdout.splitlines()[0] if done.stdout else done.stderr[-200:], done.returncode == 0
