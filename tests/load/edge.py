"""The way to the edge that requests and sockets share."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass

import aiohttp

from tests.load.plan import Plan
from tests.load.report import NONE

SLOT, COLOUR, VERSION = "X-KTR-Slot", "X-KTR-Colour", "X-KTR-Version"
ID_HEADER = "X-Load-Id"
USER_AGENT = "ktr-load/1 "
"""What User-Agent begins with; the request's identity follows."""


@dataclass(frozen=True)
class Origin:
    """Who answered, as its headers say."""

    slot: str = NONE
    colour: str = NONE
    version: str = NONE

    @classmethod
    def of(cls, response: aiohttp.ClientResponse) -> "Origin":
        """Read the headers."""
        headers = response.headers
        return cls(headers.get(SLOT, NONE), headers.get(COLOUR, NONE), headers.get(VERSION, NONE))


def tls(plan: Plan) -> ssl.SSLContext | None:
    """How the edge's certificate is verified; None for plain HTTP."""
    if not plan.url.startswith("https:"):
        return None
    context = ssl.create_default_context(cafile=plan.ca_file)
    if not plan.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def single_connection_session(
    context: ssl.SSLContext | None, *, cookies: bool, tracing: Sequence[aiohttp.TraceConfig] = ()
) -> aiohttp.ClientSession:
    """A client with one connection, that sends each request once."""
    session = aiohttp.ClientSession(
        # Names are looked up once: a run is about one host.
        connector=aiohttp.TCPConnector(limit=1, ssl=context or True, ttl_dns_cache=None),
        cookie_jar=aiohttp.CookieJar(unsafe=True) if cookies else aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        auto_decompress=False,
        trace_configs=list(tracing),
    )
    # Else a GET on a kept connection that breaks is sent again, unseen; there is no public way to say so:
    # https://github.com/aio-libs/aiohttp/issues/10790
    session._retry_connection = False  # noqa: SLF001
    return session


def identified(identity: str) -> dict[str, str]:
    """Headers by which a request is known: the edge's access log has the second."""
    return {ID_HEADER: identity, "User-Agent": f"{USER_AGENT}{identity}"}
