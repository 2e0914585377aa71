"""The sandbox as a process: it listens, and it ends with the one that started it."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from bpadmin.sandbox.http.server import start_in_process
from tests.fixtures_sandbox import SandboxControl

ROOT = Path(__file__).resolve().parents[2]


def _is_alive(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/__sandbox__/", timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def test_it_starts_on_a_free_port_and_stops() -> None:
    handle = start_in_process(seed="small")
    assert _is_alive(handle.url)

    handle.stop()

    assert not _is_alive(handle.url)
    assert handle.process.returncode == 0


def test_it_ends_when_its_parent_is_killed() -> None:
    code = (
        "import os, signal\n"
        "from bpadmin.sandbox.http.server import start_in_process\n"
        "handle = start_in_process()\n"
        "print(handle.url, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    parent = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    url = parent.stdout.strip()
    assert url.startswith("http://127.0.0.1:")

    for _ in range(100):
        if not _is_alive(url):
            return
    pytest.fail("the sandbox process outlived its parent")


def test_a_port_in_use_is_told() -> None:
    handle = start_in_process()
    port = int(handle.url.rpartition(":")[2])

    with pytest.raises(RuntimeError, match="did not start"):
        start_in_process(port)

    handle.stop()


@pytest.mark.slow
def test_the_management_command_serves() -> None:
    command = [sys.executable, "manage.py", "sandbox", "--port", "0", "--seed", "small", "--follow-parent"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdin is not None

    assert _is_alive(process.stdout.readline().strip())

    process.stdin.close()
    assert process.wait(10) == 0
    process.stdout.close()


def test_the_newer_methods_may_be_switched_on_for_good() -> None:
    command = [sys.executable, "-m", "bpadmin.sandbox", "--port", "0", "--newer-dnc", "--follow-parent"]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    sandbox = SandboxControl(process.stdout.readline().strip())

    assert sandbox.options()["newer_dnc"] is True
    sandbox.reset()
    assert sandbox.options()["newer_dnc"] is True

    process.communicate()


def test_it_needs_no_django_app_and_no_platform() -> None:
    sources = [path for path in (ROOT / "bpadmin/sandbox").rglob("*.py") if path.name != "apps.py"]
    assert len(sources) > 30

    for path in sources:
        text = path.read_text(encoding="utf-8")
        assert "bpadmin.platforms" not in text.replace("`bpadmin.platforms`", ""), path
        if "management" not in path.parts:
            assert "django" not in text.replace("Django", ""), path
