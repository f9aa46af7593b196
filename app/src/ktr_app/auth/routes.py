"""`/auth/login` and `/auth/logout`: plain HTTP, because a Streamlit script cannot set a cookie."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from ktr_app.auth.csrf import COOKIE as CSRF_COOKIE
from ktr_app.auth.csrf import LIFE_SECONDS
from ktr_app.auth.pages import login_page, logout_page
from ktr_app.auth.sessions import COOKIE
from ktr_app.logs import get_logger
from ktr_app.secret_file import SecretError
from ktr_app.services import Services

MAX_FORM_BYTES = 16_384
_WRONG = "User name or password is not right."
_STALE = "This form has expired. Please try again."
_DOWN = "Signing in is not possible right now. Please try again in a minute."


def safe_path(target: str) -> str:
    """Return `target` if it is a path of this site, else `/`: no redirect leads elsewhere."""
    plain = target.startswith("/") and not target.startswith("//") and target.isprintable()
    return target if plain and "\\" not in target and not target.startswith("/auth/") else "/"


class AuthRoutes:
    """The endpoints, on the application's services."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._log = get_logger("ktr.auth")

    def routes(self) -> list[Route]:
        """Return what to mount."""
        return [
            Route("/auth/login", self.show_login, methods=["GET"]),
            Route("/auth/login", self.login, methods=["POST"]),
            Route("/auth/logout", self.show_logout, methods=["GET"]),
            Route("/auth/logout", self.logout, methods=["POST"]),
        ]

    async def show_login(self, request: Request) -> Response:
        """Answer the form."""
        return self._form(request, next_path=safe_path(request.query_params.get("next", "/")))

    async def login(self, request: Request) -> Response:
        """Check the form and begin a session."""
        if int(request.headers.get("content-length") or MAX_FORM_BYTES + 1) > MAX_FORM_BYTES:
            return Response(status_code=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        form = await request.form(max_files=0, max_fields=10)
        user, password = str(form.get("username", "")).strip(), str(form.get("password", ""))
        next_path = safe_path(str(form.get("next", "/")))
        if not self._csrf_valid(request, str(form.get("csrf", ""))):
            return self._form(request, next_path=next_path, fault=_STALE, status=HTTPStatus.FORBIDDEN)
        try:
            return await run_in_threadpool(self._sign_in, request, user, password, next_path)
        except (RedisError, SQLAlchemyError, SecretError) as error:
            self._log.error("sign-in not possible", reason=type(error).__name__)
            return self._form(
                request, next_path=next_path, fault=_DOWN, status=HTTPStatus.SERVICE_UNAVAILABLE
            )

    def _sign_in(self, request: Request, user: str, password: str, next_path: str) -> Response:
        services = self._services
        address = request.client.host if request.client else ""
        who = services.pseudonym(user)
        if wait := services.throttle.wait_seconds(address, user):
            self._log.warning("sign-in throttled", user=who)
            fault = f"Too many attempts. Please wait {max(wait // 60, 1)} minutes."
            response = self._form(
                request, next_path=next_path, fault=fault, status=HTTPStatus.TOO_MANY_REQUESTS
            )
            response.headers["Retry-After"] = str(wait)
            return response
        if not services.accounts.authenticate(user, password):
            services.throttle.failed(address, user)
            services.audit.add(who, "sign-in refused")
            self._log.warning("sign-in refused", user=who)
            return self._form(request, next_path=next_path, fault=_WRONG, status=HTTPStatus.UNAUTHORIZED)
        services.throttle.succeeded(address, user)
        token = services.sessions.start(user)
        services.audit.add(who, "signed in")
        self._log.info("signed in", user=who)
        response = RedirectResponse(next_path, status_code=HTTPStatus.SEE_OTHER)
        response.set_cookie(
            COOKIE, token, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/"
        )
        response.delete_cookie(CSRF_COOKIE, path="/auth")
        return response

    async def show_logout(self, request: Request) -> Response:
        """Answer the question."""
        nonce = self._nonce(request)
        page = logout_page(csrf=self._services.csrf.token(nonce), footer=self._services.footer)
        return self._with_nonce(request, HTMLResponse(page), nonce)

    async def logout(self, request: Request) -> Response:
        """End the session."""
        form = await request.form(max_files=0, max_fields=10)
        if not self._csrf_valid(request, str(form.get("csrf", ""))):
            return RedirectResponse("/auth/logout", status_code=HTTPStatus.SEE_OTHER)
        await run_in_threadpool(self._services.sessions.end, request.cookies.get(COOKIE))
        response = RedirectResponse("/auth/login", status_code=HTTPStatus.SEE_OTHER)
        response.delete_cookie(COOKIE, path="/")
        return response

    def _csrf_valid(self, request: Request, token: str) -> bool:
        return self._services.csrf.valid(request.cookies.get(CSRF_COOKIE, ""), token)

    def _nonce(self, request: Request) -> str:
        return request.cookies.get(CSRF_COOKIE) or self._services.csrf.new_nonce()

    def _form(
        self, request: Request, *, next_path: str, fault: str = "", status: HTTPStatus = HTTPStatus.OK
    ) -> Response:
        nonce = self._nonce(request)
        services = self._services
        page = login_page(
            csrf=services.csrf.token(nonce), next_path=next_path, footer=services.footer, fault=fault
        )
        return self._with_nonce(request, HTMLResponse(page, status_code=status), nonce)

    def _with_nonce(self, request: Request, response: Response, nonce: str) -> Response:
        response.set_cookie(
            CSRF_COOKIE,
            nonce,
            max_age=LIFE_SECONDS,
            httponly=True,
            samesite="strict",
            secure=request.url.scheme == "https",
            path="/auth",
        )
        response.headers["Cache-Control"] = "no-store"
        return response


def login_url(path: str) -> str:
    """Return where to sign in and come back to `path`."""
    return f"/auth/login?next={quote(safe_path(path))}"
