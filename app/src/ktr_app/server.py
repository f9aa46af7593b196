"""`ktr-app serve`: pages, sign-in, metrics and runs in one process.

Streamlit's ASGI application is mounted with our routes and guard under uvicorn, so that
sign-in is a real HTTP exchange with an HttpOnly cookie.
"""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit
import uvicorn
from starlette.middleware import Middleware
from streamlit import config
from streamlit.runtime.runtime_util import get_max_message_size_bytes

from ktr_app.auth.guard import Guard
from ktr_app.auth.routes import AuthRoutes
from ktr_app.downloads import download_routes
from ktr_app.logs import configure_logs, get_logger
from ktr_app.metrics_server import MetricsServer
from ktr_app.secret_file import keyed_hash
from ktr_app.services import Services, services
from ktr_app.settings import load_settings

SCRIPT = Path(__file__).parent / "ui" / "main.py"
GRACE_SECONDS = 10
"""How long open requests may take after SIGTERM; uvicorn closes WebSockets at once."""


def serve() -> int:
    """Serve until SIGTERM; return 0."""
    settings = load_settings()
    parts = services()
    app = make_app(parts)
    configure_logs(settings.ktr_log_level, version=settings.ktr_version, colour=settings.ktr_colour)
    metrics = MetricsServer(
        settings.ktr_metrics_port,
        parts.metrics.registry,
        parts.readiness.check,
        {"version": settings.ktr_version, "colour": settings.ktr_colour},
    )
    metrics.start()
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host="0.0.0.0",  # noqa: S104 - the proxy reaches it from another container
            port=settings.ktr_port,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=True,
            forwarded_allow_ips="*",
            ws="websockets-sansio",
            ws_max_size=get_max_message_size_bytes(),
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
    # uvicorn sends itself the signal again when it has shut down; unheeded, it would end us before the rest.
    signal.signal(signal.SIGTERM, lambda *_: None)
    get_logger("ktr.server").info("serving", port=settings.ktr_port, metrics_port=metrics.port)
    server.run()
    metrics.stop()
    get_logger("ktr.server").info("stopped")
    return 0 if server.started else 1


def make_app(parts: Services) -> streamlit.App:
    """Return the whole application."""
    _configure_streamlit(parts)

    @asynccontextmanager
    async def lifespan(_: streamlit.App) -> AsyncIterator[dict[str, Any]]:
        parts.manager.start()
        try:
            yield {}
        finally:
            parts.manager.stop()

    return streamlit.App(
        SCRIPT,
        routes=[*AuthRoutes(parts).routes(), *download_routes(parts.settings)],
        middleware=[Middleware(Guard, services=parts)],
        lifespan=lifespan,
    )


def _configure_streamlit(parts: Services) -> None:
    settings = parts.settings
    options: dict[str, object] = {
        "server.port": settings.ktr_port,
        "server.headless": True,
        "server.fileWatcherType": "none",
        "server.enableXsrfProtection": True,
        "server.cookieSecret": keyed_hash(settings.secret_key_file, "streamlit", "cookie"),
        "server.maxUploadSize": settings.ktr_max_upload_mb,
        "server.disconnectedSessionTTL": 120,
        "browser.gatherUsageStats": False,
        "client.showErrorDetails": "none",
        "client.toolbarMode": "minimal",
        "runner.fastReruns": True,
        "theme.base": "light",
        "theme.primaryColor": "#3454d1",
        "theme.backgroundColor": "#ffffff",
        "theme.secondaryBackgroundColor": "#f4f6fb",
        "theme.textColor": "#14213d",
        "theme.baseRadius": "0.6rem",
    }
    for name, value in options.items():
        config.set_option(name, value)
