"""`python -m bench.compose`: the image and the compose file in a plain folder, where no container engine is.

prove                        build, start, upload, stop half-way, go on, stop; a table, exit code 1 on any fault
--folder F up -d [--build] [--profile P] [SERVICE…]
--folder F run|exec SERVICE COMMAND…
--folder F stop [SERVICE…] | down
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from bench.compose.composefile import VariableMissing
from bench.compose.dockerfile import StepFailed
from bench.compose.prove import prove
from bench.compose.stack import ComposeStack, Trouble, Unavailable

ROOT = Path(__file__).resolve().parents[2]
NOT_FOR_US = {"-d", "--detach", "-T", "--rm", "--no-TTY"}


def compose(folder: Path, env_file: Path, words: list[str]) -> int:
    """Do what `docker compose WORDS` does; options that mean nothing in a folder are passed over."""
    parser = argparse.ArgumentParser(prog="docker compose")
    parser.add_argument("--profile", action="append", default=[])
    parser.add_argument("verb", choices=["up", "run", "exec", "stop", "down", "build"])
    if words[:2] == ["volume", "rm"]:
        for name in words[2:]:
            shutil.rmtree(folder / "volumes" / name.removeprefix("bpadmin_"), ignore_errors=True)
        return 0
    options, rest = parser.parse_known_args(words)
    words = words[words.index(options.verb) + 1 :]
    stack = ComposeStack(ROOT, folder, env_file)
    if options.verb in ("run", "exec"):
        while words[0] in NOT_FOR_US:
            words.pop(0)
        if options.verb == "run":  # what it needs is started first
            stack.up(*stack.needed_by(words[0]))
        return stack.run(words[0], words[1:]).returncode
    if "--scale" in rest:
        at = words.index("--scale")
        del words[at : at + 2]  # one process of each kind: more of them are more machines
    names = [word for word in words if not word.startswith("-")]
    if options.verb == "up":
        for name, seconds in stack.up(*names, profiles=tuple(options.profile), build="--build" in words).items():
            print(f"{name}: {seconds} s", file=sys.stderr)
    elif options.verb == "stop":
        stack.stop(*names)
    elif options.verb == "build":
        stack.build()
    else:
        stack.stop()  # volumes stay, as compose's do
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    # As an engine has it: services of other users go through folders that are made for them.
    os.umask(0o022)
    parser = argparse.ArgumentParser(prog="python -m bench.compose", description=__doc__)
    parser.add_argument("--folder", type=Path, help="where the project lies (prove: a temporary folder)")
    parser.add_argument("--env-file", type=Path, default=Path(".env"))
    parser.add_argument("words", nargs=argparse.REMAINDER)
    options = parser.parse_args(arguments)
    try:
        if options.words[:1] == ["prove"]:
            folder = options.folder or Path(tempfile.mkdtemp(prefix="bpcompose"))
            return prove(ROOT, folder)
        return compose(options.folder, options.env_file.resolve(), options.words)
    except Unavailable as missing:
        print(f"Skipped: {missing}")
        return 0 if options.words[:1] == ["prove"] else 1
    except (Trouble, StepFailed, VariableMissing) as trouble:
        print(trouble, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
