"""The steps of a Dockerfile, run one after the other in a folder that stands for the file system of each stage."""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# Steps of which a plain folder has another form, with what is done instead; a step that is changed is run again.
OF_AN_IMAGE = {
    "useradd": "the user is taken by its number, and its folder made, by `Image.owner_of`",
}
NOTED = ("VOLUME", "EXPOSE", "LABEL", "ARG", "SHELL")


class StepFailed(Exception):
    """A step did not work; the message holds the step and the end of what it printed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction: its word, what follows it with continued lines joined, and the number of its first line."""

    word: str
    text: str
    line: int


@dataclass
class Image:
    """What the last stage left: `root` stands for /, the rest is what a container would be started with."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "root"
    uid: int = 0
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)
    volumes: list[str] = field(default_factory=list)
    modes: dict[str, int] = field(default_factory=dict)


def steps_read(text: str) -> list[Step]:
    """Return the instructions of a Dockerfile. Raises ValueError for one that is none."""
    steps: list[Step] = []
    held, began = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        began = began or number
        held += line.rstrip("\\") if line.endswith("\\") else line
        if line.endswith("\\"):
            continue
        word, _, rest = held.strip().partition(" ")
        if not re.fullmatch("[A-Z]+", word):
            raise ValueError(f"Dockerfile:{began} is no instruction: {held[:80]}")
        steps.append(Step(word, rest.strip(), began))
        held, began = "", 0
    return steps


def files_for(source: Path) -> list[Path]:
    """Return what a build sees of a folder, as .dockerignore says: the last rule that fits decides."""
    rules = [line.strip() for line in (source / ".dockerignore").read_text().splitlines()]
    rules = [rule for rule in rules if rule and not rule.startswith("#")]
    seen = []
    for folder, below, names in os.walk(source):
        place = Path(folder).relative_to(source)
        below[:] = [name for name in below if not _is_ignored(place / name, rules) or place == Path()]
        below[:] = [name for name in below if name not in (".git", ".venv")]
        seen += [place / name for name in names if not _is_ignored(place / name, rules)]
    return seen


def _is_ignored(path: Path, rules: list[str]) -> bool:
    """Decide for a path and the folders above it, as docker does."""
    above = [path, *path.parents][:-1]
    ignored = False
    for rule in rules:
        wanted = rule.removeprefix("!").strip("/")
        tails = [wanted.removeprefix("**/")] if wanted.startswith("**/") else []
        if any(fnmatch.fnmatchcase(str(each), wanted) for each in above) or any(
            fnmatch.fnmatchcase(each.name, tail) for each in above for tail in tails
        ):
            ignored = not rule.startswith("!")
    return ignored


class Build:
    """Runs the steps: each stage has a folder for its root, and the last one's is the image's."""

    def __init__(self, source: Path, folder: Path, python: str) -> None:
        self.source, self.folder, self.python = source, folder, python
        self.stages: dict[str, Path] = {}
        self.image = Image(folder / "root")
        self.not_run: list[str] = []
        self.done: list[str] = []
        self.tools = folder / "tools"

    def run(self) -> Image:
        """Run every step. Raises StepFailed."""
        stage = ""
        for step in steps_read((self.source / "Dockerfile").read_text()):
            if step.word == "FROM":
                self._stage_end(stage)
                stage = _name_of(step)
                self._begin(step)
            elif step.word not in NOTED or step.word == "VOLUME":
                getattr(self, f"_{step.word.lower()}", self._unknown)(step)
            self.done.append(f"{step.line}: {step.word} {step.text[:70]}")
        return self.image

    def _unknown(self, step: Step) -> None:
        raise StepFailed(f"Dockerfile:{step.line}: {step.word} is not known here: teach bench/compose/dockerfile.py")

    def _begin(self, step: Step) -> None:
        """Make a new root, and a Python of the base image's version with pip on the path."""
        wanted = re.match(r"python:(\d+\.\d+)", step.text)
        if wanted is None:
            raise StepFailed(f"Dockerfile:{step.line}: no Python can be had for {step.text}")
        told = subprocess.run([self.python, "-V"], capture_output=True, text=True, check=True).stdout.split()[1]
        if not told.startswith(f"{wanted[1]}."):
            raise StepFailed(f"Dockerfile:{step.line} wants Python {wanted[1]}; {self.python} is {told}")
        self.image = Image(self.folder / "root")
        self.image.root.mkdir(parents=True)
        if not self.tools.exists():
            subprocess.run([self.python, "-m", "venv", str(self.tools)], check=True)
        self.image.environment["PATH"] = "$PATH"

    def _stage_end(self, stage: str) -> None:
        """Put a finished stage aside: the next one gets its paths, so that what is copied finds itself again."""
        if stage:
            self.stages[stage] = self.image.root.rename(self.folder / f"stage-{stage}")

    def place(self, path: str) -> Path:
        """Return where a path of the image lies."""
        return self.image.root / path.lstrip("/") if path.startswith("/") else self.place(self.image.workdir) / path

    def _workdir(self, step: Step) -> None:
        self.image.workdir = step.text
        self.place(step.text).mkdir(parents=True, exist_ok=True)

    def _env(self, step: Step) -> None:
        for pair in shlex.split(step.text):
            name, _, value = pair.partition("=")
            self.image.environment[name] = value  # $PATH stays: it is this machine's

    def _copy(self, step: Step) -> None:
        words = shlex.split(step.text)
        if words[0].startswith("--from="):
            taken = self.stages[words[0].partition("=")[2]] / words[1].lstrip("/")
            shutil.copytree(taken, self.place(words[2]), symlinks=True, dirs_exist_ok=True)
            return
        seen = files_for(self.source)
        *names, target = words
        for name in names:
            found = [path for path in seen if name == "." or str(path) == name]
            if not found:
                raise StepFailed(f"Dockerfile:{step.line}: .dockerignore keeps {name} out, or it is not there")
            for path in found:
                to = self.place(target) / path
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(self.source / path, to)

    def _run(self, step: Step) -> None:
        for word, why in OF_AN_IMAGE.items():
            if step.text.startswith(f"{word} "):
                self._owner(step)
                self.not_run.append(f"Dockerfile:{step.line} RUN {word} …: {why}")
                return
        text = re.sub(r"(?<![\w/.-])/(app|tmp)(?=[/\s]|$)", lambda found: str(self.place(found[0])), step.text)
        self.place("/tmp").mkdir(exist_ok=True)  # noqa: S108
        # uv takes the interpreter that the image's user may run as well.
        environment = {**self._clean(), **self.image.environment, "UV_PYTHON": self.python}
        path = environment["PATH"].replace("/app", str(self.place("/app")))
        environment["PATH"] = path.replace("$PATH", f"{self.tools / 'bin'}:{os.environ['PATH']}")
        done = subprocess.run(
            ["/bin/sh", "-c", text],
            cwd=self.place(self.image.workdir),
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise StepFailed(f"Dockerfile:{step.line}: RUN {step.text}\n{(done.stdout + done.stderr)[-2000:]}")

    def _clean(self) -> dict[str, str]:
        """Return this process's environment without what would steer bpadmin, uv or an activated Python."""
        steers = ("BPADMIN_", "DATABASE_URL", "REDIS_URL", "DJANGO_", "VIRTUAL_ENV", "UV_PROJECT", "PYTHON")
        return {name: value for name, value in os.environ.items() if not name.startswith(steers)}

    def _owner(self, step: Step) -> None:
        """Read who the user is, and which folders become theirs."""
        user = re.search(r"--uid (\d+)", step.text)
        self.image.uid = int(user[1]) if user else 0
        for mode, path in re.findall(r"install --directory [^&]*--mode (\d+) (\S+)", step.text):
            self.image.modes[path] = int(mode, 8)
            self.place(path).mkdir(mode=int(mode, 8), parents=True)

    def _user(self, step: Step) -> None:
        self.image.user = step.text

    def _volume(self, step: Step) -> None:
        self.image.volumes.append(step.text)

    def _stopsignal(self, step: Step) -> None:
        if step.text != "SIGTERM":
            self._unknown(step)

    def _cmd(self, step: Step) -> None:
        self.image.command = json.loads(step.text)

    def _healthcheck(self, step: Step) -> None:
        self.image.health = json.loads(step.text.partition("CMD ")[2])


def _name_of(step: Step) -> str:
    named = re.search(r"\bAS (\w+)", step.text)
    return named[1] if named else "image"


def pythons() -> Iterator[str]:
    """Yield the interpreters on PATH, each once."""
    seen = set()
    for folder in os.environ["PATH"].split(":"):
        for path in sorted(Path(folder).glob("python3.1[0-9]")):
            if path.resolve() not in seen:
                seen.add(path.resolve())
                yield str(path)
