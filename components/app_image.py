"""The application's image, built from source."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_docker as docker
from docker.utils import exclude_paths

from components.fingerprint import fingerprint
from components.settings import BuildSettings, Certificates
from components.settings.types import CONTENT_TAG

CONTEXT = Path("app")
REPOSITORY = "ktr-platform/app"
HOST_CERTIFICATES = (Path("/usr/local/share/ca-certificates"), Path("/etc/pki/ca-trust/source/anchors"))
"""Where administrators of Debian's and Red Hat's families put authorities of their own."""


@dataclass(frozen=True, kw_only=True)
class AppImageArgs:
    """What the build starts from."""

    base: str
    """Reference of the Python image."""
    build: BuildSettings


class AppImage(pulumi.ComponentResource):
    """The production stage of `app/Dockerfile`, tagged by everything that it is built from."""

    def __init__(self, name: str, args: AppImageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("ktr:index:AppImage", name, None, opts)
        certificates = extra_certificates(args.build)
        self.version = f"{CONTENT_TAG}{build_hash(CONTEXT, args.base, certificates)}"
        image = docker.RemoteImage(
            f"{name}-build",
            name=f"{REPOSITORY}:{self.version}",
            build=docker.RemoteImageBuildArgs(
                context=str(CONTEXT),
                dockerfile="Dockerfile",
                target="production",
                build_args={"PYTHON_IMAGE": args.base, "EXTRA_CA_CERTIFICATES": certificates},
            ),
            triggers={"inputs": self.version},
            keep_locally=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.image_id: pulumi.Output[str] = image.image_id
        self.register_outputs({"imageId": self.image_id})


def build_hash(context: Path, base: str, certificates: str) -> str:
    """A tag that is the same, on any machine, for builds from the same inputs, and another one otherwise."""
    return fingerprint({"context": context_hash(context), "base": base, "certificates": certificates})


def context_hash(context: Path) -> str:
    """A fingerprint of the files that the engine gets to see: names, modes and content, less what is ignored."""
    ignore_file = context / ".dockerignore"
    patterns = ignore_file.read_text(encoding="utf-8").splitlines() if ignore_file.is_file() else []
    ignored = [line.strip() for line in patterns if line.strip() and not line.startswith("#")]
    found = hashlib.sha256()
    for relative in sorted(exclude_paths(str(context), ignored)):
        path = context / relative
        if path.is_file():
            mode = path.stat().st_mode & 0o111
            found.update(f"{relative}\0{mode:o}\0".encode())
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def extra_certificates(build: BuildSettings) -> str:
    """PEM certificates that the build has to trust besides the usual ones; empty for none."""
    match build.extra_ca_certificates:
        case Certificates.NONE:
            return ""
        case Certificates.AUTO:
            files = [file for folder in HOST_CERTIFICATES for file in sorted(folder.glob("**/*.crt"))]
        case file:
            files = [file]
    return "".join(file.read_text(encoding="ascii").strip() + "\n" for file in files)
