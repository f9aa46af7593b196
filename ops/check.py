"""`make check`: the linters, each by name, and those that are missing here said aloud."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from ops.console import console
from ops.paths import CHECKOUT

APP = CHECKOUT / "app"
TYPED = {"platform": ["."], "app": ["src", "tests"]}


@dataclass(frozen=True)
class Check:
    """A linter and what it is run on."""

    name: str
    command: list[str]
    folder: Path = CHECKOUT
    optional: bool = False
    """May be missing on a machine; CI has it."""


def main() -> int:
    """Run all checks; the exit code is the number of those that failed."""
    return sum(not _run(check) for check in checks(tracked_files()))


def tracked_files() -> list[Path]:
    """Files that are, or would be, in the repository."""
    command = ["git", "-C", str(CHECKOUT), "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [file for line in listed.splitlines() if (file := CHECKOUT / line).is_file()]


def checks(files: list[Path]) -> list[Check]:
    """What is run, over `files`."""
    scripts = [str(file) for file in files if is_shell(file)]
    dockerfiles = [str(file) for file in files if file.name.startswith("Dockerfile")]
    return [
        *_python_checks("platform", CHECKOUT),
        *_python_checks("app", APP),
        Check("shellcheck", ["shellcheck", *scripts], optional=True),
        Check("hadolint", ["hadolint", *dockerfiles], optional=True),
    ]


def _python_checks(name: str, folder: Path) -> list[Check]:
    """Each of the two projects has its own settings and environment."""
    tools = folder / ".venv" / "bin"
    return [
        Check(f"ruff check ({name})", [str(tools / "ruff"), "check", "."], folder),
        Check(f"ruff format ({name})", [str(tools / "ruff"), "format", "--check", "."], folder),
        Check(f"mypy --strict ({name})", [str(tools / "mypy"), "--strict", *TYPED[name]], folder),
    ]


def is_shell(file: Path) -> bool:
    """Whether a file is a shell script, by name or by its first line."""
    if file.suffix:
        return file.suffix == ".sh"
    with file.open("rb") as content:
        first = content.readline(80)
    return first.startswith(b"#!") and first.rstrip().endswith((b"/sh", b"bash"))


def _run(check: Check) -> bool:
    if check.optional and shutil.which(check.command[0]) is None:
        console.print(f"[yellow]![/yellow] {check.name}: not installed here, SKIPPED")
        return True
    done = subprocess.run(check.command, cwd=check.folder, capture_output=True, text=True, check=False)
    mark = "[red]✗[/red]" if done.returncode else "[green]✓[/green]"
    console.print(f"{mark} {check.name}")
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
