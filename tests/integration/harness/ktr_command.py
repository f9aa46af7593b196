"""The `ktr` command of this checkout, at work on a deployment of the tests."""

import json
import os
import shutil
import subprocess
import sys
from typing import Any

from tests.integration.harness.deployment import NOT_SOURCES, Deployment
from tests.integration.harness.requirements import ROOT

COPIED = ("ops", "toolchain", "images")
"""What the command needs beside the program; it takes the folder above `ops` for its checkout."""


class KtrCommand:
    """Runs `ktr` on one deployment, as its operator would in their checkout."""

    def __init__(self, deployed: Deployment) -> None:
        self._deployed = deployed
        for name in COPIED:
            shutil.copytree(ROOT / name, deployed.program / name, ignore=NOT_SOURCES, dirs_exist_ok=True)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command; its output and errors come in one text."""
        return subprocess.Popen(
            [sys.executable, "-m", "ops.cli", *arguments],
            cwd=self._deployed.program,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        """Run a command to its end: exit code, and output with errors."""
        process = self.start(*arguments)
        output, _ = process.communicate()
        return process.returncode, output

    def json(self, *arguments: str) -> Any:
        """What a command prints with --json, whatever its exit code."""
        said = subprocess.run(
            [sys.executable, "-m", "ops.cli", *arguments, "--json"],
            cwd=self._deployed.program,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.stdout, said.stderr
        return json.loads(said.stdout)

    @property
    def _environment(self) -> dict[str, str]:
        return {
            **self._deployed.process_environment,
            "KTR_STATE_DIR": str(self._deployed.state),
            "PYTHONPATH": str(self._deployed.program),
            # The decision where images come from has been made for the tests.
            "KTR_REGISTRY": os.environ["KTR_REGISTRY"],
            "COLUMNS": "200",
        }
