"""The container's health check: `python -m ktr_app.health` exits 1 unless the page server answers."""

from __future__ import annotations

import http.client
import os
import sys


def healthy(port: int, *, seconds: float = 3.0) -> bool:
    """Return whether `/_stcore/health` on this machine answers 200 in time."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if healthy(int(os.environ.get("KTR_PORT", "8501"))) else 1)
