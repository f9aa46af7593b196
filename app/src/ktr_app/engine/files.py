"""The data folder: the only place where a flow reads and writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


class OutsideError(ValueError):
    """A path leads out of the data folder."""


@dataclass(frozen=True, kw_only=True)
class DataFiles:
    """Paths of a flow, confined to `root`.

    A relative path starts at `root`. `..`, symbolic links and absolute paths are
    resolved first and refused when they end elsewhere.
    """

    root: Path
    written: list[Path] = field(default_factory=list)
    """Files that this run has written, relative to `root`."""

    def resolve(self, text: str) -> Path:
        """Return the real path that a flow means.

        Raises:
            OutsideError: it is empty or outside `root`.
        """
        name = text.strip().removeprefix("file://")
        if not name or "\0" in name:
            raise OutsideError("The file name is empty; name a file of the data folder, like orders.csv")
        root = self.root.resolve()
        path = (root / name.replace("\\", "/")).resolve()
        if path != root and not path.is_relative_to(root):
            raise OutsideError(
                f"{text!r} is outside the data folder; write it relative to that folder, like orders.csv"
            )
        return path

    def existing(self, text: str) -> Path:
        """Return the path of a file that is there.

        Raises:
            OutsideError: see `resolve`.
            FileNotFoundError: there is no such file.
        """
        path = self.resolve(text)
        if not path.is_file():
            raise FileNotFoundError(
                f"The data folder has no file {self.relative(path)!r}; upload it on the Files page"
            )
        return path

    def for_writing(self, text: str) -> Path:
        """Return where to write, its folder made, and remember it as output of the run."""
        path = self.resolve(text)
        path.parent.mkdir(parents=True, exist_ok=True)
        relative = path.relative_to(self.root.resolve())
        if relative not in self.written:
            self.written.append(relative)
        return path

    def relative(self, path: Path) -> str:
        """Return `path` as the user knows it."""
        return str(path.relative_to(self.root.resolve()))
