"""The container's health check: exits 1 unless the process answers.

`python -m ktr_app.health` asks the page server, `python -m ktr_app.health worker` the worker.
"""

from __future__ import annotations

import http.client
import os
import sys
from collections.abc import Mapping, Sequence


def healthy(port: int, *, path: str = "/_stcore/health", seconds: float = 3.0) -> bool:
    """Return whether `path` on this machine answers 200 in time."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Ask what `arguments` name; return the exit code, 2 for a name that is none."""
    if arguments == ["worker"]:
        return int(not healthy(int(environment.get("KTR_METRICS_PORT", "9102")), path="/live"))
    if arguments not in ([], ["serve"]):
        sys.stderr.write(f"What is {' '.join(arguments)!r}? Ask for serve or worker.\n")
        return 2
    return int(not healthy(int(environment.get("KTR_PORT", "8501"))))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
