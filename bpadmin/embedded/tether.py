"""Run a command that ends when its supervisor ends: `python tether.py SUPERVISOR_PID COMMAND…`.

The supervisor cannot stop its children when it is itself killed with SIGKILL; the kernel can. On Linux the process
asks to be sent SIGTERM at its parent's death and becomes the command, so it costs nothing afterwards. Elsewhere it
stays as the command's parent and watches its standard input, a pipe that closes with the supervisor.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import NoReturn

PR_SET_PDEATHSIG = 1


def die_with_parent(signum: int = signal.SIGTERM) -> bool:
    """Ask the kernel for `signum` when the parent dies; False where the kernel has no such thing."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    return bool(ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signum), 0, 0, 0) == 0)


def watch(command: list[str]) -> int:
    """Run the command below this process, pass SIGTERM on, and send it SIGTERM when standard input closes."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda _signum, _frame: child.terminate())
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def wait_for_the_end() -> None:
        while os.read(0, 4096):
            pass
        child.terminate()

    threading.Thread(target=wait_for_the_end, daemon=True).start()
    return child.wait()


def main(argv: list[str]) -> NoReturn:
    """Tie this process to its supervisor, then become (or watch) the command."""
    supervisor, command = int(argv[0]), argv[1:]
    if not die_with_parent():
        sys.exit(watch(command))
    if os.getppid() != supervisor:  # it died before the tie was made
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 (the supervisor's own command line)


if __name__ == "__main__":
    main(sys.argv[1:])
