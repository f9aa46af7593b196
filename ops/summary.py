"""What `ktr up` and `ktr down` tell at the end."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from ops.deployment import Deployed

HIDDEN = "[secret]"
"""What Pulumi prints in place of a secret."""


def print_deployed(deployed: Deployed, *, duration: str, out: Console) -> None:
    """The panel after a deployment: where it is, how to log in, what to know, what next."""
    facts = Table.grid(padding=(0, 2))
    urls, login = deployed.outputs.get("urls", {}), deployed.outputs.get("login", {})
    facts.add_row("Application", Text(urls.get("application", "not published"), style="bold cyan"))
    facts.add_row("User", Text(login.get("user", "")))
    password = login.get("password", "")
    hidden = f"hidden; make login STACK={deployed.stack} shows it"
    facts.add_row("Password", Text(hidden if password == HIDDEN else password))
    if active := deployed.outputs.get("release", {}).get("active"):
        facts.add_row("Live slot", active)
    if dashboards := urls.get("grafana"):
        facts.add_row("Dashboards", Text(dashboards, style="cyan"))
    warnings = [Text(f"Warning: {warning}", style="yellow") for warning in deployed.outputs.get("warnings") or []]
    following = Table.grid(padding=(0, 2))
    following.add_row(Text("Next", style="bold"), f"make login STACK={deployed.stack}", "prints the login again")
    following.add_row("", f"make down STACK={deployed.stack}", "removes the stack; its settings say what data stays")
    following.add_row("", 'eval "$(make -s env)"', f"for work by hand: pulumi preview --stack {deployed.stack}")
    parts: Sequence[Any] = (facts, *([Text(""), *warnings] if warnings else []), Text(""), following)
    title = f"stack {deployed.stack} is up: {deployed.summary}, {duration}"
    out.print(Panel(Group(*parts), title=title, title_align="left", border_style="green", expand=False))


def print_login(outputs: Mapping[str, Any], out: Console) -> None:
    """Where and how to log in, to the platform and to its dashboards."""
    urls, login = outputs.get("urls", {}), outputs.get("login", {})
    _print_account(urls.get("application"), login, out)
    if dashboards := urls.get("grafana"):
        out.print()
        _print_account(dashboards, login.get("grafana", {}), out)


def _print_account(url: str | None, account: Mapping[str, Any], out: Console) -> None:
    for label, value in (("URL", url), ("User", account.get("user")), ("Password", account.get("password"))):
        out.print(f"{label:<9} {value}", markup=False, soft_wrap=True)


def print_outputs(outputs: Mapping[str, Any], out: Console) -> None:
    """All outputs as an indented tree."""
    for line in yaml.safe_dump(dict(outputs), sort_keys=False, allow_unicode=True, width=200).splitlines():
        out.print(line, markup=False, soft_wrap=True)


def as_json(deployed: Deployed) -> dict[str, Any]:
    """The same for programs."""
    return {"stack": deployed.stack, "summary": deployed.summary, "outputs": deployed.outputs}
