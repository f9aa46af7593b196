"""`/files/PATH`: a file of the data folder, streamed to whoever is signed in."""

from __future__ import annotations

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from ktr_app.engine.files import DataFiles
from ktr_app.settings import Settings


def download_routes(settings: Settings) -> list[Route]:
    """Return the route; the guard in front of it asks for a session."""
    files = DataFiles(root=settings.ktr_data_dir)

    def download(request: Request) -> Response:
        try:
            path = files.existing(request.path_params["path"])
        except (OSError, ValueError):
            return PlainTextResponse("There is no such file.", status_code=HTTPStatus.NOT_FOUND)
        return FileResponse(path, filename=path.name, media_type="application/octet-stream")

    return [Route("/files/{path:path}", download, methods=["GET"])]
