"""Where things live: the checkout, the state that must be kept, the cache that may be lost."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

CHECKOUT = Path(__file__).resolve().parent.parent
APPLICATION = "ktr-platform"


@dataclass(frozen=True)
class Paths:
    """The directories of one user; two checkouts on one machine share state and cache, so address the same platform."""

    checkout: Path
    state: Path
    """Passphrase, Pulumi's file backend, copies of stack files, image lock: to lose it is to lose the keys."""
    cache: Path
    """Toolchain and downloads; made anew when missing."""

    @classmethod
    def of(cls, environment: Mapping[str, str] = os.environ, checkout: Path = CHECKOUT) -> Self:
        """Resolve KTR_STATE_DIR and KTR_CACHE_DIR, else the XDG base directories."""
        home = Path(environment.get("HOME") or Path.home())
        state = environment.get("KTR_STATE_DIR") or (
            Path(environment.get("XDG_STATE_HOME") or home / ".local" / "state") / APPLICATION
        )
        cache = environment.get("KTR_CACHE_DIR") or (
            Path(environment.get("XDG_CACHE_HOME") or home / ".cache") / APPLICATION
        )
        return cls(checkout=checkout, state=Path(state).absolute(), cache=Path(cache).absolute())

    @property
    def passphrase(self) -> Path:
        """File with the passphrase that encrypts the stacks' secrets."""
        return self.state / "passphrase"

    @property
    def images_lock(self) -> Path:
        """Digests of the stand-ins in the local registry."""
        return self.state / "images.lock.json"

    @property
    def registry_decisions(self) -> Path:
        """Which registry has been settled on."""
        return self.state / "registry.json"

    @property
    def toolchain(self) -> Path:
        """Pulumi, downloaded or built, laid out as a PULUMI_HOME: `bin/` and `plugins/`."""
        return self.cache / "toolchain"

    @property
    def logs(self) -> Path:
        """Full output of long steps."""
        return self.state / "logs"

    @property
    def virtual_environment(self) -> Path:
        """The environment that `toolchain/venv.sh` makes."""
        return self.checkout / ".venv"

    def prepare(self, environment: Mapping[str, str] = os.environ) -> None:
        """Create the directories and, once, the passphrase (or keep the one of PULUMI_CONFIG_PASSPHRASE)."""
        for directory in (self.state, self.logs):
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.cache.mkdir(parents=True, exist_ok=True)
        if not self.passphrase.exists():
            write_private(self.passphrase, environment.get("PULUMI_CONFIG_PASSPHRASE") or secrets.token_urlsafe(32))


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path` atomically, readable by the owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    temporary.replace(path)
