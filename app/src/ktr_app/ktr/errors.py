"""Everything that can be wrong with a .ktr file, one class each."""

from __future__ import annotations


class KtrError(Exception):
    """A file that is not a transformation KTR can read: what, where and how to fix it.

    Args:
        what: the fault, in one sentence.
        fix: what the author of the file can do about it.
        line: line of the file, counted from 1, where it is known.
    """

    def __init__(self, what: str, *, fix: str, line: int | None = None) -> None:
        self.what = what
        self.fix = fix
        self.line = line
        where = f" (line {line})" if line else ""
        super().__init__(f"{what}{where}. {fix}")


class TooLargeError(KtrError):
    """The file is larger than the limit set by KTR_MAX_KTR_BYTES."""


class EmptyFileError(KtrError):
    """The file holds nothing."""


class WrongEncodingError(KtrError):
    """The bytes are not in the encoding that the file declares."""


class ForbiddenXmlError(KtrError):
    """A document type or an entity: no transformation needs one, attacks do."""


class MalformedXmlError(KtrError):
    """The XML is truncated or broken, or nested beyond any real file."""


class NotATransformationError(KtrError):
    """Well-formed XML of another kind."""


class UnnamedStepError(KtrError):
    """A step without a name or a type."""


class DuplicateStepError(KtrError):
    """Two steps share a name, so a hop could mean either."""


class UnknownHopError(KtrError):
    """A hop starts or ends at a step that is not there."""


class CycleError(KtrError):
    """Rows would run in a circle."""
