"""The platform's own exporters: programs that lie in this package and run in a plain Python image."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pulumi

from components.fingerprint import fingerprint
from components.monitoring.exporter import ExporterArgs, by_bash
from components.monitoring.parts import Parts
from components.workload import MEBIBYTE, Mount

FOLDER = Path(__file__).with_name("exporters")
PACKAGE_DIR = "/opt/exporters"
OWN_PORTS = {"edge": 9113, "engine": 9114}


def own_files() -> dict[str, str]:
    """The programs, by file name."""
    return {file.name: file.read_text(encoding="utf-8") for file in sorted(FOLDER.glob("*.py"))}


def own_exporter(  # noqa: PLR0913 (all but the first two by name)
    parts: Parts,
    program: str,
    *,
    environment: Mapping[str, str],
    networks: Sequence[pulumi.Input[str]],
    mounts: Sequence[Mount] = (),
    needs: Sequence[pulumi.Resource] = (),
) -> ExporterArgs:
    """How to run one of the programs."""
    port = OWN_PORTS[program]
    return ExporterArgs(
        runtime=parts.runtime,
        image=parts.images["python"],
        networks=networks,
        health=by_bash(port, "/healthz"),
        command=["python", "-B", "-m", f"exporters.{program}"],
        environment={"PORT": str(port), "PYTHONPATH": str(Path(PACKAGE_DIR).parent), **environment},
        mounts=[parts.files.mount("programs", PACKAGE_DIR), *mounts],
        memory=64 * MEBIBYTE,
        files=fingerprint(own_files()),
        needs=[parts.files.loader, *needs],
    )
