from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session as Database
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient, WebSocketDenialResponse
from starlette.websockets import WebSocket, WebSocketDisconnect

from ktr_app.auth.guard import Guard
from ktr_app.auth.routes import AuthRoutes, safe_path
from ktr_app.auth.sessions import COOKIE, Sessions
from ktr_app.auth.throttle import PER_ACCOUNT
from ktr_app.cache import Cache
from ktr_app.downloads import download_routes
from ktr_app.models import AuditEntry, User
from ktr_app.services import Services

PASSWORD = "the admin_password"


@pytest.fixture
def client(parts: Services) -> Iterator[TestClient]:
    def page(_: Request) -> PlainTextResponse:
        return PlainTextResponse("a page")

    async def stream(socket: WebSocket) -> None:
        if "refuse" in socket.query_params:
            await socket.send_denial_response(PlainTextResponse("no", status_code=403))
            return
        await socket.accept(subprotocol=socket.headers.get("sec-websocket-protocol"))
        if await socket.receive_text() == "break":
            raise RuntimeError("the handler broke")
        await socket.close()

    routes = [
        *AuthRoutes(parts).routes(),
        *download_routes(parts.settings),
        WebSocketRoute("/_stcore/stream", stream),
        Route("/{path:path}", page),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(Guard, services=parts)])
    with TestClient(app, follow_redirects=False, base_url="https://ktr.example") as made:
        yield made


def csrf(client: TestClient, page: str = "/auth/login") -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', client.get(page).text)
    assert found
    return found.group(1)


def sign_in(client: TestClient, password: str = PASSWORD, user: str = "admin", **more: str) -> int:
    form = {"username": user, "password": password, "csrf": csrf(client), **more}
    return int(client.post("/auth/login", data=form).status_code)


def test_a_session_lives_until_it_is_ended(cache: Cache) -> None:
    sessions = Sessions(cache, seconds=60)
    token = sessions.start("ada")
    found = sessions.find(token)
    assert found is not None
    assert (found.user, sessions.count()) == ("ada", 1)
    sessions.end(token)
    assert (sessions.find(token), sessions.count()) == (None, 0)


def test_the_store_knows_no_token_and_only_its_own_keys(cache: Cache) -> None:
    token = Sessions(cache, seconds=60).start("ada")
    keys = [str(key) for key in cache.scan_iter()]
    assert all(key.startswith("ktr:") and token not in key for key in keys)


def test_a_visitor_is_sent_to_sign_in_and_back(client: TestClient) -> None:
    answer = client.get("/flow?id=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/auth/login?next=/flow%3Fid%3D1")
    answer = client.post(
        "/auth/login",
        data={"username": "admin", "password": PASSWORD, "csrf": csrf(client), "next": "/flow?id=1"},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/flow?id=1")
    assert client.get("/flow").text == "a page"


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(client: TestClient) -> None:
    answer = client.post(
        "/auth/login", data={"username": "admin", "password": PASSWORD, "csrf": csrf(client)}
    )
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith(COOKIE))
    assert {"httponly", "samesite=lax", "secure", "path=/"} <= {
        part.strip().lower() for part in cookie.split(";")
    }


@pytest.mark.parametrize("path", ["/_stcore/upload_file/a/b", "/media/x", "/files/x", "/component/x"])
def test_parts_of_pages_are_refused_without_a_session(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 401


def test_health_and_static_files_are_open_and_every_answer_names_its_version(client: TestClient) -> None:
    answer = client.get("/_stcore/health")
    assert answer.status_code == 200
    assert (answer.headers["x-ktr-version"], answer.headers["x-ktr-colour"]) == ("9.8.7", "green")


def test_the_websocket_handshake_names_its_version_too(client: TestClient) -> None:
    with client.websocket_connect("/_stcore/stream", subprotocols=["streamlit"]) as socket:
        headers = Headers(raw=list(socket.extra_headers or []))
        assert socket.accepted_subprotocol == "streamlit"
        socket.send_text("end")
    assert (headers["x-ktr-version"], headers["x-ktr-colour"]) == ("9.8.7", "green")


def test_a_refused_handshake_names_its_version_and_is_not_counted(
    client: TestClient, parts: Services
) -> None:
    with (
        pytest.raises(WebSocketDenialResponse) as refused,
        client.websocket_connect("/_stcore/stream?refuse=1"),
    ):
        pass
    assert refused.value.headers["x-ktr-version"] == "9.8.7"
    assert websockets_open(parts) == 0


def websockets_open(parts: Services) -> float | None:
    return parts.metrics.registry.get_sample_value("ktr_websockets_open")


def test_open_websockets_are_counted_until_they_end(client: TestClient, parts: Services) -> None:
    assert websockets_open(parts) == 0
    with client.websocket_connect("/_stcore/stream") as first:
        with client.websocket_connect("/_stcore/stream") as second:
            assert websockets_open(parts) == 2
            second.send_text("end")
            with pytest.raises(WebSocketDisconnect):
                second.receive_text()
        assert websockets_open(parts) == 1
        first.send_text("end")
    assert websockets_open(parts) == 0


def test_a_websocket_whose_handler_breaks_is_no_longer_counted(client: TestClient, parts: Services) -> None:
    socket = client.websocket_connect("/_stcore/stream")
    with pytest.raises(RuntimeError, match="the handler broke"), socket:
        socket.send_text("break")
    assert websockets_open(parts) == 0


def test_a_form_without_our_token_is_refused(client: TestClient) -> None:
    client.get("/auth/login")
    form = {"username": "admin", "password": PASSWORD, "csrf": "1.x"}
    assert client.post("/auth/login", data=form).status_code == 403


def test_a_token_of_another_browser_is_refused(client: TestClient) -> None:
    stolen = csrf(client)
    client.cookies.clear()
    client.get("/auth/login")
    form = {"username": "admin", "password": PASSWORD, "csrf": stolen}
    assert client.post("/auth/login", data=form).status_code == 403


def test_failures_are_limited_and_the_right_password_must_wait_too(client: TestClient) -> None:
    assert [sign_in(client, "wrong") for _ in range(PER_ACCOUNT)] == [401] * PER_ACCOUNT
    assert sign_in(client) == 429
    assert sign_in(client, user="somebody") == 401


def test_users_of_the_database_sign_in_while_active(client: TestClient, engine: Engine) -> None:
    with Database(engine) as database, database.begin():
        hashed = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("pw")
        database.add(User(name="ada", password_hash=hashed))
        database.add(User(name="bo", password_hash=hashed, active=False))
    assert [sign_in(client, "pw", name) for name in ("bo", "nobody", "ada")] == [401, 401, 303]


def test_a_rotated_password_counts_at_once(client: TestClient, parts: Services) -> None:
    parts.settings.admin_password_file.write_text("new")
    assert [sign_in(client), sign_in(client, "new")] == [401, 303]


def test_signing_out_ends_the_session(client: TestClient, parts: Services) -> None:
    sign_in(client)
    token = client.cookies[COOKIE]
    answer = client.post("/auth/logout", data={"csrf": csrf(client, "/auth/logout")})
    assert answer.headers["location"] == "/auth/login"
    assert parts.sessions.find(token) is None


def test_signing_out_needs_the_form(client: TestClient, parts: Services) -> None:
    sign_in(client)
    client.post("/auth/logout", data={"csrf": ""})
    assert parts.sessions.find(client.cookies[COOKIE]) is not None


def test_the_audit_knows_pseudonyms_only(client: TestClient, engine: Engine) -> None:
    sign_in(client)
    with Database(engine) as database:
        entry = database.scalars(select(AuditEntry)).one()
    assert entry.action == "signed in"
    assert entry.actor.startswith("u-")
    assert "admin" not in entry.actor


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil", "/a\nb", "", "/auth/logout"]
)
def test_no_redirect_leaves_the_site(target: str) -> None:
    assert safe_path(target) == "/"


def test_a_file_is_given_to_who_is_signed_in_and_no_other_file(client: TestClient, parts: Services) -> None:
    (parts.settings.ktr_data_dir / "r.csv").write_text("a;b")
    sign_in(client)
    assert client.get("/files/r.csv").text == "a;b"
    assert client.get("/files/%2e%2e/secrets/secret_key").status_code == 404
