"""Value types of the settings: sizes, CPU shares, host names, versions."""

import ipaddress
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

_SIZE = re.compile(r"(?P<number>\d+)(?P<unit>[kmg])", re.IGNORECASE | re.ASCII)
_UNITS = {"k": 1024, "m": 1024**2, "g": 1024**3}
_HOST_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)", re.IGNORECASE | re.ASCII)
_REGISTRY = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:(?P<port>\d{1,5}))?(/[a-z0-9._-]+)*", re.ASCII)
_REPOSITORY_PATH = re.compile(r"[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*", re.ASCII)
_VERSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|sha256:[0-9a-f]{64}")
CONTENT_TAG = "src-"
"""What the tag of an image built from source begins with; a hash of what it was built from follows."""
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
        if value < smallest:
            raise ValueError(f"less than {low}")
        if value > largest:
            raise ValueError(f"more than {high}")
        return value

    return AfterValidator(check)


def _host_name(value: str) -> str:
    labels = value.split(".")
    if len(value) > 253 or not all(_HOST_LABEL.fullmatch(label) for label in labels):
        raise ValueError("labels of letters, digits and hyphens, joined by dots, without a scheme or a port")
    if labels[-1].isdigit():
        raise ValueError("a host name, not an IP address")
    return value.lower()


def _address(value: str) -> str:
    try:
        return str(ipaddress.IPv4Address(value))
    except ipaddress.AddressValueError as error:
        raise ValueError("four numbers from 0 to 255, joined by dots") from error


def _registry(value: str) -> str:
    if "://" in value:
        raise ValueError("the engine decides between http and https: leave the scheme out")
    match = _REGISTRY.fullmatch(value)
    if not match:
        raise ValueError("a host in lower case, with an optional port and path")
    if match["port"] and not 1 <= int(match["port"]) <= 65535:
        raise ValueError("the port must lie between 1 and 65535")
    return value


def _repository(value: str) -> str:
    first, slash, rest = value.partition("/")
    if "://" in value:
        raise ValueError("leave the scheme out")
    if "@" in value or ":" in (rest or first):
        raise ValueError("leave the tag or digest out: release.blue and release.green name it")
    has_host = slash and ("." in first or ":" in first or first == "localhost")
    if not _REPOSITORY_PATH.fullmatch(rest if has_host else value):
        raise ValueError("names of lower-case letters, digits, dots, hyphens and underscores, joined by slashes")
    if has_host:
        _registry(first)
    return value


def _version(value: str) -> str:
    if not _VERSION.fullmatch(value):
        raise ValueError(
            "a digest is `sha256:` and 64 hexadecimal digits"
            if ":" in value
            else "a tag has up to 128 letters, digits, dots, hyphens and underscores"
        )
    return value


def is_digest(version: str) -> bool:
    """Whether a version names an image by content."""
    return version.startswith(_DIGEST_PREFIX)


def is_content_tag(version: str) -> bool:
    """Whether a version names an image that was built from source on this engine."""
    return re.fullmatch(rf"{CONTENT_TAG}[0-9a-f]{{12}}", version) is not None


Size = Annotated[int, BeforeValidator(parse_size)]
HostName = Annotated[str, AfterValidator(_host_name)]
IPv4 = Annotated[str, AfterValidator(_address)]
Registry = Annotated[str, AfterValidator(_registry)]
Repository = Annotated[str, AfterValidator(_repository)]
Version = Annotated[str, AfterValidator(_version)]
Port = Annotated[int, Field(ge=1, le=65535)]
Cpus = Annotated[float, Field(ge=0.05, le=64)]
