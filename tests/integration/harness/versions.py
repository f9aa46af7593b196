"""Versions of the application: images made of the one built from source, some with a fault put in."""

import io
import secrets
import tarfile
from enum import StrEnum

from components.app_image import REPOSITORY
from components.settings.types import CONTENT_TAG
from tests.integration.harness.engine_view import EngineView
from tests.integration.harness.removal import VERSION_LABEL

DOCKERFILE = """
FROM {base}
LABEL {label}={nonce}
COPY sitecustomize.py /opt/fault/
ENV PYTHONPATH=/opt/fault
"""


class Fault(StrEnum):
    """What is wrong with a version: Python that runs before `ktr-app serve` begins."""

    NONE = ""
    FAILS_FOR_SOME = """
import random
from ktr_app.auth import guard

async def __call__(self, scope, receive, send, call=guard.Guard.__call__):
    agents = [value for name, value in scope.get("headers", ()) if name == b"user-agent"]
    if scope["type"] == "http" and not any(agent.startswith(b"curl") for agent in agents) and random.random() < 0.05:
        await send({"type": "http.response.start", "status": 500, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
    else:
        await call(self, scope, receive, send)

guard.Guard.__call__ = __call__
"""
    """Answers 500 to 5 % of the clients' requests, and to none of the platform's own checks."""
    NEVER_READY = """
from ktr_app import readiness

readiness.Readiness.check = lambda self: {"database": "failed: on purpose", "migrations": "unknown", "cache": "ok"}
"""
    ENDS_AT_ONCE = """
raise SystemExit("this version cannot start")
"""


class Versions:
    """Makes versions of the application on one engine, and removes them at the end."""

    def __init__(self, view: EngineView, base: str) -> None:
        self._view = view
        self._base = f"{REPOSITORY}:{base}"
        self._made: list[str] = []

    def make(self, fault: Fault = Fault.NONE) -> str:
        """A new version: a content tag of an image that differs from all others."""
        nonce = secrets.token_hex(6)
        version = f"{CONTENT_TAG}{nonce}"
        script = f'import sys\nif "serve" in sys.orig_argv:\n{_indented(fault)}\n    pass\n'
        context = _context(
            {
                "Dockerfile": DOCKERFILE.format(base=self._base, label=VERSION_LABEL, nonce=nonce),
                "sitecustomize.py": script,
            }
        )
        self._view.client.images.build(fileobj=context, custom_context=True, tag=f"{REPOSITORY}:{version}", rm=True)
        self._made.append(version)
        return version

    def remove(self) -> None:
        """Remove every version that was made; call it when no container runs one."""
        for version in self._made:
            self._view.client.images.remove(f"{REPOSITORY}:{version}", force=True)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())


def _context(files: dict[str, str]) -> io.BytesIO:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content.encode()), 0o644
            tar.addfile(member, io.BytesIO(content.encode()))
    buffer.seek(0)
    return buffer
