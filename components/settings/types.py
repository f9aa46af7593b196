"""Value types of the settings: sizes, CPU shares, host names, versions."""

import ipaddress
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

_SIZE = re.compile(r"(?P<number>\d+)(?P<unit>[kmg])", re.IGNORECASE)
_UNITS = {"k": 1024, "m": 1024**2, "g": 1024**3}
_HOST_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE)
_REGISTRY = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(/[a-z0-9._/-]+)?")
_VERSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|sha256:[0-9a-f]{64}")
_DIGEST_PREFIX = "sha256:"


def parse_size(value: Any) -> int:
    """Bytes of a size such as `512m`.

    Raises:
        ValueError: the value is not text, or not a whole number followed by k, m or g.
    """
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    if not match:
        raise ValueError("a size is a whole number followed by k, m or g")
    return int(match["number"]) * _UNITS[match["unit"].lower()]


def format_size(size: int) -> str:
    """The shortest text that `parse_size` reads back as `size` bytes."""
    for unit in ("g", "m"):
        if size % _UNITS[unit] == 0:
            return f"{size // _UNITS[unit]}{unit}"
    return f"{size // 1024}k"


def between(low: str, high: str) -> AfterValidator:
    """Bounds of a size, both written as sizes."""
    smallest, largest = parse_size(low), parse_size(high)

    def check(value: int) -> int:
        if not smallest <= value <= largest:
            raise ValueError(f"must lie between {low} and {high}")
        return value

    return AfterValidator(check)


def _host_name(value: str) -> str:
    labels = value.split(".")
    if len(value) > 253 or not all(_HOST_LABEL.fullmatch(label) for label in labels):
        raise ValueError("must be a host name: labels of letters, digits and hyphens, joined by dots")
    if labels[-1].isdigit():
        raise ValueError("must be a host name, not an IP address")
    return value.lower()


def _address(value: str) -> str:
    return str(ipaddress.IPv4Address(value))


def _registry(value: str) -> str:
    if "://" in value or not _REGISTRY.fullmatch(value):
        raise ValueError("must be a registry's host, with an optional port and path and without a scheme")
    return value


def _version(value: str) -> str:
    if not _VERSION.fullmatch(value):
        raise ValueError("must be `source`, `none`, a tag, or a digest `sha256:` with 64 hexadecimal digits")
    return value


def is_digest(version: str) -> bool:
    """Whether a version names an image by content."""
    return version.startswith(_DIGEST_PREFIX)


Size = Annotated[int, BeforeValidator(parse_size)]
HostName = Annotated[str, AfterValidator(_host_name)]
IPv4 = Annotated[str, AfterValidator(_address)]
Registry = Annotated[str, AfterValidator(_registry)]
Version = Annotated[str, AfterValidator(_version)]
Port = Annotated[int, Field(ge=1, le=65535)]
Cpus = Annotated[float, Field(ge=0.05, le=64)]
