"""What settings may be, for Hypothesis: valid ones, and any junk that a stack file may hold."""

import json
import string
from typing import Any

from hypothesis import strategies as st

from components.settings import EdgeSettings, PostgresSettings, StackSettings
from components.settings.types import format_size

MEBIBYTE = 1024**2
LOWER = string.ascii_lowercase + string.digits

stacks = st.from_regex(r"[a-z][a-z0-9-]{0,30}[a-z0-9]", fullmatch=True)
labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
domains = st.lists(labels, min_size=1, max_size=4).map(".".join).filter(lambda name: not name.split(".")[-1].isdigit())
ports = st.integers(1, 65535)
cpus = st.floats(0.05, 64, allow_nan=False)
passwords = st.text(string.ascii_letters + string.digits, min_size=25, max_size=25)


def sizes(low: int, high: int) -> st.SearchStrategy[str]:
    """Sizes between two numbers of MiB, as texts."""
    return st.integers(low, high).map(lambda size: format_size(size * MEBIBYTE))


@st.composite
def edge_settings(draw: st.DrawFn) -> EdgeSettings:
    """Valid settings of the edge."""
    mode = draw(st.sampled_from(["off", "self-signed"]))
    http, https = draw(st.lists(ports, min_size=2, max_size=2, unique=True))
    values = {
        "domain": draw(domains),
        "address": str(draw(st.ip_addresses(v=4))),
        "httpPort": http,
        "httpsPort": None if mode == "off" else https,
        "tls": {"mode": mode},
        "uploadLimit": draw(sizes(1, 1024)),
        "requestsPerSecond": draw(st.integers(1, 10_000)),
        "connectionsPerClient": draw(st.integers(1, 10_000)),
        "idleTimeout": draw(st.integers(60, 86_400)),
        "memory": draw(sizes(32, 4096)),
        "cpus": draw(cpus),
    }
    return StackSettings.load("test", {"edge": json.dumps(values)}, {}).edge


@st.composite
def postgres_settings(draw: st.DrawFn) -> PostgresSettings:
    """Valid settings of the database: enough memory for its connections."""
    connections = draw(st.integers(20, 2000))
    least = max(256, -(-connections * 32 // 5))
    memory = draw(st.integers(least, 256 * 1024))
    values = {"memory": format_size(memory * MEBIBYTE), "cpus": draw(cpus), "maxConnections": connections}
    return StackSettings.load("test", {"postgres": json.dumps(values)}, {}).postgres


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def section_names() -> list[str]:
    """The sections that a stack file may have."""
    return sorted(set(StackSettings.model_fields) - {"stack", "lock_file", "hold", "registry"})


def keys_of(section: str) -> list[str]:
    """The keys of a section."""
    fields = type(StackSettings.model_fields[section].default).model_fields
    return sorted(field.alias or name for name, field in fields.items())


known_section = st.sampled_from(section_names()).flatmap(
    lambda name: st.tuples(
        st.just(name), st.dictionaries(st.sampled_from(keys_of(name)) | st.text(max_size=10), json_values, max_size=4)
    )
)
any_entry = known_section.map(lambda item: (item[0], json.dumps(item[1]))) | st.tuples(
    st.text(max_size=12) | st.sampled_from([*section_names(), "registry", "stack", "lock_file", "hold"]),
    json_values.map(json.dumps) | st.text(max_size=20),
)
any_config = st.lists(any_entry, max_size=5).map(dict)
