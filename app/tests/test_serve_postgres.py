"""The served application as a process, where the environment names a Postgres; skipped otherwise."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from psycopg.conninfo import make_conninfo
from websockets.sync.client import ClientConnection, connect

from ktr_app.health import main as health
from ktr_app.migrate import upgrade
from tests.database import APP, SERVER, engine_of, platform_database
from tests.processes import Processes, redis_server

pytestmark = pytest.mark.skipif(not SERVER, reason="KTR_TEST_POSTGRES names no server")


@pytest.fixture
def served(environment: Path) -> Iterator[Processes]:
    with platform_database() as address, redis_server() as port:
        upgrade(engine_of(address))
        app = make_conninfo(address, user=APP, password="the database_password")
        made = Processes(app, port, environment)
        try:
            made.start("1", "serve")
            deadline = time.monotonic() + 40
            while health([], {"KTR_PORT": str(made.pages["1"])}):
                assert time.monotonic() < deadline, made.log("1")
                time.sleep(0.1)
            yield made
        finally:
            made.close()


def stream(served: Processes) -> ClientConnection:
    return connect(f"ws://127.0.0.1:{served.pages['1']}/_stcore/stream", proxy=None)


def signed_in(served: Processes) -> httpx.Client:
    client = httpx.Client(base_url=f"http://127.0.0.1:{served.pages['1']}", trust_env=False, timeout=20)
    token = re.search(r'name="csrf" value="([^"]+)"', client.get("/auth/login").text)
    assert token
    form = {"username": "admin", "password": "the admin_password", "csrf": token.group(1)}
    answer = client.post("/auth/login", data=form)
    # The cookies are for HTTPS only; the proxy in front of the application ends it.
    client.headers["Cookie"] = "; ".join(
        cookie.split(";")[0] for cookie in answer.headers.get_list("set-cookie")
    )
    assert answer.status_code == 303
    return client


def test_the_handshake_of_the_real_server_names_its_version(served: Processes) -> None:
    with stream(served) as socket:
        assert socket.response is not None
        assert socket.response.headers["X-KTR-Version"] == "1"
        assert socket.response.headers["X-KTR-Colour"] == "green"
        metrics = httpx.get(f"http://127.0.0.1:{served.ports['1']}/metrics", trust_env=False).text
        assert "ktr_websockets_open 1.0" in metrics


def test_open_websockets_do_not_hold_up_the_end(served: Processes) -> None:
    with stream(served), stream(served), stream(served):
        started = time.monotonic()
        assert served.end("1", signal.SIGTERM) == 0
        assert time.monotonic() - started < 4
    assert '"stopped"' in served.log("1")


def test_a_request_under_way_is_answered_to_its_end(served: Processes, environment: Path) -> None:
    size = 64 * 2**20
    with (environment.parent / "data" / "large.bin").open("wb") as file:
        file.truncate(size)
    with closing(signed_in(served)) as client, ThreadPoolExecutor(1) as pool:
        with client.stream("GET", "/files/large.bin", headers={"Accept-Encoding": "identity"}) as answer:
            assert answer.status_code == 200
            parts = answer.iter_raw(2**20)
            received = len(next(parts))
            ended = pool.submit(served.end, "1", signal.SIGTERM)
            time.sleep(3)
            assert not ended.done()
            received += sum(len(part) for part in parts)
        assert received == size
        assert ended.result(20) == 0
