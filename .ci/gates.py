"""Checks that no linter makes: `python .ci/gates.py`. Prints what is wrong and where; exit code 1 when something is."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from migrations_beside import migrations_run_beside_the_last_release

ROOT = Path(__file__).resolve().parent.parent
PUBLIC_HOSTS = {"pypi.org", "files.pythonhosted.org"}
REQUIREMENTS = ("bpadmin/embedded/requirements.txt", "bpadmin/embedded/requirements-dev.txt")
LONGEST_FILE = 600
FULLEST_FOLDER = 15
PAGES = re.compile(r"[._](views|forms)$")


def tracked(*patterns: str) -> list[Path]:
    """List the files git knows, by pattern; without git (an unpacked archive) those on disk."""
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).exists()]
    found = [path for pattern in patterns for path in ROOT.rglob(pattern)]
    return [path for path in found if not {".venv", "var"} & set(path.relative_to(ROOT).parts)]


def lock_is_public() -> Iterator[str]:
    """The lock names public hosts only, and the requirements no host at all: they install from any index."""
    for host in sorted(set(re.findall(r'https?://([^/"\s]+)', (ROOT / "uv.lock").read_text())) - PUBLIC_HOSTS):
        yield f"uv.lock names the host {host}; make it anew with: make lock"
    for name in REQUIREMENTS:
        for number, line in enumerate((ROOT / name).read_text().splitlines(), 1):
            if re.search(r"index-url|find-links|file:|https?:", line):
                yield f"{name}:{number} names a place to install from: {line.strip()}"


def requirements_match_the_lock() -> Iterator[str]:
    """What pip installs is what uv installs."""
    uv = shutil.which("uv")
    if uv is None:
        return
    for name, more in zip(REQUIREMENTS, (["--no-dev"], []), strict=True):
        export = [uv, "export", "-q", "--frozen", *more, "--no-header", "--no-annotate", "--format", "requirements-txt"]
        wanted = subprocess.run(export, cwd=ROOT, capture_output=True, text=True, check=True).stdout
        if wanted != (ROOT / name).read_text():
            yield f"{name} differs from uv.lock; make it anew with: make lock"


def templates_are_whole() -> Iterator[str]:
    """Every template parses, is in djade's form, and carries nothing that the Content-Security-Policy would refuse."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bpadmin.settings")
    sys.path.insert(0, str(ROOT))
    django.setup()
    from django.template import TemplateSyntaxError, engines

    engine = engines["django"]
    files = tracked("*.html")
    for path in files:
        text = path.read_text()
        place = path.relative_to(ROOT)
        try:
            engine.from_string(text)
        except TemplateSyntaxError as exc:
            yield f"{place} does not parse: {exc}"
        for number, line in enumerate(text.splitlines(), 1):
            if re.search(r"build_absolute_uri|(?:action|hx-(?:get|post|put|patch|delete))=\"(?:[a-z]+:|//)", line):
                yield f"{place}:{number} holds an absolute address, which is wrong behind a proxy: {line.strip()}"
            if re.search(r"<style|\sstyle=|\son[a-z]+=|hx-on|<script(?![^>]*\bsrc=)|https?://(?!www\.w3\.org)", line):
                yield f"{place}:{number} holds inline script or style, or something from elsewhere: {line.strip()}"
    if files:
        djade = [str(Path(sys.executable).parent / "djade"), "--check", "--target-version", "5.2", *map(str, files)]
        done = subprocess.run(djade, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            yield f"Templates are not in djade's form (make format):\n{done.stdout}{done.stderr}"


def files_are_short() -> Iterator[str]:
    """A file is split by noun before it reaches 600 lines."""
    for path in tracked("*.py", "*.html", "*.css", "*.js", "*.sh"):
        if "migrations" not in path.parts and (lines := len(path.read_text().splitlines())) > LONGEST_FILE:
            yield f"{path.relative_to(ROOT)} has {lines} lines; split it by noun below {LONGEST_FILE}"


def folders_are_rooms() -> Iterator[str]:
    """A folder holds at most 15 modules and is parted by noun before it has more; migrations and commands are lists."""
    folders = Counter(path.parent for path in tracked("*.py") if path.name != "__init__.py")
    for folder, count in sorted(folders.items()):
        if count > FULLEST_FOLDER and not {"migrations", "commands"} & set(folder.parts):
            yield f"{folder.relative_to(ROOT)} holds {count} modules; part it by noun, {FULLEST_FOLDER} at most"


def templates_mirror_the_code() -> Iterator[str]:
    """A folder of templates is named as the app or the package whose views render them."""
    for folder in sorted({path.parent.relative_to(ROOT / "templates") for path in tracked("templates/*.html")}):
        homes = [ROOT / folder, ROOT / "bpadmin" / folder]
        has_home = any(home.is_dir() or home.with_suffix(".py").is_file() for home in homes)
        if folder.parts and folder.parts[0] not in {"components", "errors", "registration"} and not has_home:
            yield f"templates/{folder} mirrors no package; name it as the code that renders it"


def pages_are_private() -> Iterator[str]:
    """An app never imports another app's views or forms; import-linter's wildcards cannot name `*_views`."""
    for path in tracked("bpadmin/*.py", "campaigns/*.py", "lists/*.py", "dnc/*.py"):
        parts = path.relative_to(ROOT).parts
        app = ".".join(parts[:2] if parts[0] == "bpadmin" else parts[:1])
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            else:
                continue
            for name in names:
                is_ours = name.startswith(("bpadmin.", "campaigns.", "lists.", "dnc."))
                if is_ours and PAGES.search(name) and not name.startswith(f"{app}."):
                    yield f"{path.relative_to(ROOT)}:{node.lineno} imports {name}, which belongs to another app"


def nothing_is_left_open() -> Iterator[str]:
    """No marks of unfinished work in what is shipped."""
    for path in tracked("bpadmin", "campaigns", "lists", "dnc", "static", "templates"):
        if path.suffix in {".py", ".html", ".js", ".css"}:
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if re.search(r"\b(TODO|FIXME|XXX)\b|raise NotImplementedError", line):
                    yield f"{path.relative_to(ROOT)}:{number} is left open: {line.strip()}"


def version_is_told_once() -> Iterator[str]:
    """The package, the code, the image's label and the list of changes speak of the same version."""
    told = re.search(r'^VERSION = "(.+)"$', (ROOT / "bpadmin/__init__.py").read_text(), re.MULTILINE)
    version = told[1] if told else "?"
    if f'\nversion = "{version}"\n' not in (ROOT / "pyproject.toml").read_text():
        yield f"pyproject.toml has another version than bpadmin/__init__.py ({version})"
    if f"\n## {version} (" not in (ROOT / "CHANGELOG.md").read_text():
        yield f"CHANGELOG.md says nothing about version {version}"
    if f'org.opencontainers.image.version="{version}"' not in (ROOT / "Dockerfile").read_text():
        yield f"The label org.opencontainers.image.version in Dockerfile names another version than {version}"


SECRETS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|^\s*(?:export )?(?:BPADMIN_\w*(?:KEY|KEY_FALLBACKS|SECRET|PASSWORD|TOKEN|DSN)|POSTGRES_PASSWORD|REDIS_PASSWORD)"
    r"(?:=|: )[^\s$<{]{8,}",
    re.MULTILINE,
)
SECRET_FILES = re.compile(r"(^|/)(\.env(\.(?!example$).*)?|.*\.(sqlite3|pem|key|p12)|secrets/.*)$")


def no_secret_is_tracked() -> Iterator[str]:
    """Neither a file that holds secrets nor a text that looks like one is in the repository."""
    for path in tracked():
        name = path.relative_to(ROOT).as_posix()
        if SECRET_FILES.search(name):
            yield f"{name} is a file that holds secrets: take it out of git, and name it in .gitignore"
        elif path.is_file() and SECRETS.search(path.read_bytes().decode("utf-8", "replace")):
            yield f"{name} holds what looks like a secret: replace that secret, then take it out"


def image_holds_what_runs() -> Iterator[str]:
    """What is copied into the image is named, so that a file that appears beside it (.env) stays outside."""
    lines = [line.strip() for line in (ROOT / ".dockerignore").read_text().splitlines()]
    rules = [line for line in lines if line and not line.startswith("#")]
    if not rules or rules[0] != "*":
        yield ".dockerignore must begin with *, and then name what belongs into the image"
    for rule in rules[1:]:
        if rule.startswith("!") and not tracked(rule[1:]):
            yield f".dockerignore lets in {rule[1:]}, which git does not know"


PAPERS = {
    ".github/workflows/*.yml": "vendor.github-workflows",
    ".github/dependabot.yml": "vendor.dependabot",
    ".gitlab-ci.yml": "vendor.gitlab-ci",
    "docker-compose.yml": "vendor.compose-spec",
}


def picture_is_todays() -> Iterator[str]:
    """The picture in docs/architecture.md is drawn from today's imports."""
    done = subprocess.run([sys.executable, ".ci/architecture.py", "--check"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        yield done.stderr.strip()


def papers_fit_their_schemas() -> Iterator[str]:
    """The files that others read are what they take: GitHub, GitLab, the dependency bot, compose."""
    checker = str(Path(sys.executable).parent / "check-jsonschema")
    for pattern, schema in PAPERS.items():
        files = [str(path) for path in sorted(ROOT.glob(pattern))]
        if not files:
            yield f"{pattern} is missing"
            continue
        done = subprocess.run([checker, "--builtin-schema", schema, *files], cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            yield f"{pattern} does not fit {schema}:\n{done.stdout}{done.stderr}"


def builds_call_the_same() -> Iterator[str]:
    """Both build servers run .ci/run and nothing that it does not know, on the Python of the image."""
    import yaml

    jobs = {
        ".gitlab-ci.yml": lambda told: told["ci"]["script"],
        ".github/workflows/ci.yml": lambda told: [step.get("run", "") for step in told["jobs"]["ci"]["steps"]],
    }
    for name, lines in jobs.items():
        text = (ROOT / name).read_text()
        if "bash .ci/run" not in lines(yaml.safe_load(text)):
            yield f"{name} does not call .ci/run"
        image = re.search(r"^FROM python:(\d+\.\d+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
        if image and not re.search(rf'python(-version)?:[ "]*{re.escape(image[1])}', text):
            yield f"{name} runs another Python than the image ({image[1]})"
    for path in sorted((ROOT / ".ci").glob("*")):
        if path.suffix == "" and path.is_file() and not os.access(path, os.X_OK):
            yield f"{path.relative_to(ROOT)} cannot be executed"


def main() -> int:
    """Run all gates."""
    gates = [
        lock_is_public,
        requirements_match_the_lock,
        templates_are_whole,
        files_are_short,
        folders_are_rooms,
        templates_mirror_the_code,
        pages_are_private,
        nothing_is_left_open,
        version_is_told_once,
        no_secret_is_tracked,
        image_holds_what_runs,
        migrations_run_beside_the_last_release,
        picture_is_todays,
        papers_fit_their_schemas,
        builds_call_the_same,
    ]
    wrong = [line for gate in gates for line in gate()]
    print("\n".join(wrong) or f"{len(gates)} gates passed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
