"""Running other programs, with their output in a log file and their last line on the screen."""

import os
import subprocess
import time
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from ops.console import Step
from ops.errors import OpsError

TAIL = 15


def run_logged(  # noqa: PLR0913 (all but the command by name)
    command: Sequence[str | Path],
    *,
    step: Step,
    log: Path,
    doing: str,
    env: Mapping[str, str] | None = None,
    fix: str = "",
) -> None:
    """Run `command`, append what it says to `log` and show its progress in `step`.

    Raises:
        OpsError: it failed; carries the last lines.
    """
    step.detail = doing
    log.parent.mkdir(parents=True, exist_ok=True)
    tail: deque[str] = deque(maxlen=TAIL)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"\n== {time.strftime('%F %T')} {' '.join(map(str, command))}\n")
        file.flush()
        with subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env=None if env is None else {**os.environ, **env},
        ) as process:
            for line in process.stdout or ():
                file.write(line)
                if line.strip():
                    tail.append(line.rstrip())
                    step.detail = f"{doing}: {line.strip()[:80]}"
    step.detail = doing
    if process.returncode:
        raise OpsError(f"{doing} failed (exit code {process.returncode}):\n" + "\n".join(tail), fix=fix, log=log)
