"""What people read after a deployment and when they ask for the login."""

import io
from typing import Any

from rich.console import Console

from ops.summary import print_login

ACCOUNT = {"user": "admin", "password": "of-the-platform"}
GRAFANA = {"user": "admin", "password": "of-grafana"}


def login(outputs: dict[str, Any]) -> list[str]:
    out = Console(file=io.StringIO(), width=200)
    print_login(outputs, out)
    assert isinstance(out.file, io.StringIO)
    return [line.split()[-1] for line in out.file.getvalue().splitlines() if line]


def test_the_login_is_the_platforms() -> None:
    outputs = {"urls": {"application": "http://localhost:8080/"}, "login": ACCOUNT}
    assert login(outputs) == ["http://localhost:8080/", "admin", "of-the-platform"]


def test_the_login_is_grafanas_too_where_there_is_one() -> None:
    urls = {"application": "http://localhost:8080/", "grafana": "http://localhost:8080/grafana/"}
    said = login({"urls": urls, "login": {**ACCOUNT, "grafana": GRAFANA}})
    assert said[3:] == ["http://localhost:8080/grafana/", "admin", "of-grafana"]
