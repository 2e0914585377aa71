"""Running the sandbox: in this process, or as a process of its own that ends with the one that started it."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bpadmin.sandbox.http.application import Sandbox
from bpadmin.sandbox.http.wire import WireServer
from bpadmin.sandbox.keeping import Keeper
from bpadmin.sandbox.seeding import SIZES

DEFAULT_PORT = 8771
DEFAULT_THREADS = 256
PARENT_CHECK_SECONDS = 0.5
# Requests of many records keep the interpreter busy; a watcher that asks every few milliseconds must come in between.
SWITCH_SECONDS = 0.001


@dataclass(slots=True)
class Handle:
    """A sandbox in a process of its own. Its standard input is its lifeline: it ends when that is closed."""

    url: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End the process and wait for it."""
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_in_process(port: int = 0, *, seed: str = "") -> Handle:
    """Start a sandbox as a process of its own on 127.0.0.1 (port 0: a free one) and wait until it listens."""
    command = [sys.executable, "-m", "bpadmin.sandbox", "--port", str(port), "--follow-parent"]
    if seed:
        command += ["--seed", seed]
    root = Path(__file__).resolve().parents[3]
    process = subprocess.Popen(command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None  # noqa: S101 - asked for above
    line = process.stdout.readline().decode().strip()
    if not line:
        process.wait()
        raise RuntimeError(f"the sandbox tenant did not start (exit code {process.returncode}); see its messages above")
    process.stdout.close()
    return Handle(line, process)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `python -m bpadmin.sandbox` and of the management command."""
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: this machine alone)"
    )
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port to listen on; 0 takes a free one")
    parser.add_argument(
        "--seed", choices=sorted(SIZES), default="", help="what to fill the tenant with (default: nothing)"
    )
    parser.add_argument("--threads", type=int, default=DEFAULT_THREADS, help="most connections served at once")
    parser.add_argument(
        "--keep", default="", metavar="FOLDER", help="keep what the tenant holds there; --seed fills it the first time"
    )
    parser.add_argument(
        "--newer-dnc", action="store_true", help="offer the Do Not Call methods that came after v3.0 as well"
    )
    parser.add_argument(
        "--follow-parent", action="store_true", help="end when standard input is closed or the parent process ends"
    )


def serve(
    *, host: str, port: int, seed: str, threads: int, follow_parent: bool, keep: str = "", newer_dnc: bool = False
) -> None:
    """Serve a tenant until interrupted; the first line on standard output is its address."""
    sandbox = Sandbox(Keeper(Path(keep)) if keep else None, newer_dnc=newer_dnc)
    if not sandbox.restore():
        sandbox.scene.reset(seed)
        sandbox.keep()
    sys.setswitchinterval(SWITCH_SECONDS)
    server = WireServer(sandbox, host, port, threads=threads)
    print(server.url, flush=True)
    if follow_parent:
        _follow_parent()
    with contextlib.suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        server.serve_forever()
    server.close()
    sandbox.keep()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from a command line."""
    parser = argparse.ArgumentParser(prog="python -m bpadmin.sandbox", description="A simulated Bright Pattern tenant.")
    add_arguments(parser)
    options = parser.parse_args(arguments)
    serve(**vars(options))


def _follow_parent() -> None:
    """End this process with its parent: at once when the lifeline closes, soon when another process holds it open."""
    parent = os.getppid()

    def watch_lifeline() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        os._exit(0)

    def watch_parent() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_CHECK_SECONDS)
        os._exit(0)

    for watch in (watch_lifeline, watch_parent):
        threading.Thread(target=watch, daemon=True).start()
