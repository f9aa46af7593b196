"""The `ktr` command line."""

import json
import os
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from components.images import CATALOGUE, ImageSource
from ops import alerts, deployment, summary
from ops.browser import ensure_browser
from ops.console import console, elapsed, step
from ops.environment import prepare, prepare_pulumi, shell_script
from ops.errors import OpsError
from ops.go import ensure_go
from ops.interaction import AsJson, Stack, ask, errors_for_people, fail
from ops.monitoring_tools import ensure_monitoring_tools
from ops.paths import Paths
from ops.registry import resolve_digests, write_lock
from ops.release import commands
from ops.release.lock import require_unlocked

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Brings the KTR platform up and looks after it.\n\n"
    "Exit codes: 0 done, 1 failed (the message says why), 2 wrong usage.",
)
images_app = typer.Typer(no_args_is_help=True, help="The images that the platform pulls.")
app.add_typer(images_app, name="images")
app.add_typer(alerts.app, name="alerts")

ShowSecrets = Annotated[bool, typer.Option("--show-secrets", help="Print secrets in clear.")]


class Purpose(StrEnum):
    """What a machine is set up for."""

    UP = "up"
    TEST = "test"


@app.command(epilog="Examples: `ktr up` · `ktr up prod` · `ktr up staging --json | jq .outputs.urls`")
def up(stack: Stack = "dev", as_json: AsJson = False, show_secrets: ShowSecrets = False) -> None:
    """Deploy a stack: get what is missing, run Pulumi, say where it is and how to log in. Safe to repeat."""
    started = time.monotonic()
    with errors_for_people():
        paths = Paths.of()
        deployment.require_stack(stack, paths)
        environment = prepare(stack, paths)
        environment.apply()
        require_unlocked(environment.engine.client, stack)
        # A person at a terminal wants the password; a log or a program gets it only on request.
        out = Console(highlight=False)
        visible = show_secrets or (out.is_terminal and not as_json)
        deployed = deployment.up(stack, paths, show_secrets=visible)
    if as_json:
        print(json.dumps(summary.as_json(deployed), indent=2))
    else:
        summary.print_deployed(deployed, duration=elapsed(time.monotonic() - started), out=out)


@app.command(epilog="Examples: `ktr down` · `ktr down staging --yes`")
def down(
    stack: Stack = "dev",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Remove a stack, and what interrupted deployments of it left. Protected data volumes stay, and are named."""
    with errors_for_people():
        paths = Paths.of()
        deployment.require_stack(stack, paths)
        if not yes:
            _ask_to_remove(f"Remove stack {stack} from this machine's engine?")
        environment = prepare_pulumi(stack, paths)
        environment.apply()
        require_unlocked(environment.engine.client, stack)
        removed = deployment.down(stack, paths, environment.engine, _agreed if yes else _ask_to_remove)
        kept = deployment.kept_volumes(stack, environment.engine)
    console.print(f"Stack [bold]{escape(stack)}[/bold]: {removed.summary}.")
    if removed.leftovers:
        console.print(f"Left by an interrupted deployment, removed as well: {escape(', '.join(removed.leftovers))}.")
    if removed.foreign:
        console.print(
            f"Left alone, made by another deployment of the same name: {escape(', '.join(removed.foreign))}. "
            "If its state is elsewhere, select that backend; if it is lost, `docker rm --force` removes them."
        )
    if kept:
        console.print(f"Kept: {', '.join(kept)}. `make up STACK={stack}` finds that data again.")


@app.command(epilog='Example: `eval "$(make -s env)"; pulumi preview --stack dev`')
def env(stack: Annotated[str, typer.Option(help="Stack whose registry and engine are meant.")] = "dev") -> None:
    """Print the exports for working with `pulumi`, `docker` and `pytest` by hand."""
    with errors_for_people():
        environment = prepare(stack, Paths.of())
    print(shell_script(environment.exports, environment.path_entries))


@app.command(epilog="Examples: `ktr outputs prod` · `ktr outputs dev --show-secrets` · `ktr outputs dev --json`")
def outputs(stack: Stack = "dev", as_json: AsJson = False, show_secrets: ShowSecrets = False) -> None:
    """Print what the last deployment exported."""
    with errors_for_people():
        paths = Paths.of()
        deployment.require_stack(stack, paths)
        prepare_pulumi(stack, paths).apply()
        found = deployment.outputs(stack, paths, show_secrets=show_secrets)
    if as_json:
        print(json.dumps(found, indent=2))
    else:
        summary.print_outputs(found, Console(highlight=False))


@app.command(epilog="Example: `ktr login prod`")
def login(stack: Stack = "dev") -> None:
    """Print the URL, user and password of a stack."""
    with errors_for_people():
        paths = Paths.of()
        deployment.require_stack(stack, paths)
        prepare_pulumi(stack, paths).apply()
        found = deployment.outputs(stack, paths, show_secrets=True)
    summary.print_login(found, Console(highlight=False))


@app.command()
def setup(
    purpose: Annotated[Purpose, typer.Option("--for", help="What the machine is to do.")] = Purpose.UP,
    stack: Annotated[str, typer.Option(help="Stack whose registry and engine are meant.")] = "dev",
) -> None:
    """Get what is missing (engine, Pulumi, images; for tests more programs) without deploying anything."""
    with errors_for_people():
        paths = Paths.of()
        prepare(stack, paths)
        if purpose is Purpose.TEST:
            with step("tools") as current:
                ensure_go(paths, current)
                ensure_monitoring_tools(paths, current)
            with step("browser") as current:
                ensure_browser(paths, current)


@app.command(
    # The first word that is no option begins the program: what follows is for the program.
    context_settings={"allow_interspersed_args": False, "ignore_unknown_options": True},
    epilog="Example: `ktr run pytest tests/e2e`",
)
def run(
    command: Annotated[list[str], typer.Argument(help="Program and arguments.")],
    stack: Annotated[str, typer.Option(help="Stack whose registry and engine are meant.")] = "dev",
) -> None:
    """Run a program in the environment that `ktr env` prints."""
    with errors_for_people():
        prepare(stack, Paths.of()).apply()
    try:
        os.execvp(command[0], command)  # noqa: S606 (no shell is wanted)
    except FileNotFoundError:
        fail(OpsError(f"there is no program {command[0]!r}"))


@images_app.command("list")
def images_list(
    stack: Annotated[str, typer.Option(help="Stack whose registry is meant.")] = "dev", as_json: AsJson = False
) -> None:
    """Show each image, and the reference that it is pulled by."""
    with errors_for_people():
        environment = prepare(stack, Paths.of())
    source = ImageSource.locked(environment.registry, environment.lock_file)
    references = {CATALOGUE[key].name: source.reference(key) for key in environment.image_keys}
    if as_json:
        print(json.dumps(references, indent=2))
        return
    width = max(map(len, references))
    for name, reference in references.items():
        print(f"{name:<{width}}  {reference}")


@images_app.command("lock", epilog="Example: `ktr images lock && git diff images.lock.json`")
def images_lock(
    stack: Annotated[str, typer.Option(help="Stack whose registry is meant.")] = "dev",
    output: Annotated[
        Path | None, typer.Option(help="File to write; images.lock.json of the checkout otherwise.")
    ] = None,
) -> None:
    """Write the digests that the images have now, so that every later deployment pulls the same bytes."""
    with errors_for_people():
        paths = Paths.of()
        environment = prepare(stack, paths)
        target = output or paths.checkout / "images.lock.json"
        with step("lock") as current:
            digests = resolve_digests(environment.registry, environment.image_keys, environment.engine, current)
            write_lock(target, environment.registry, digests)
            current.result = f"{len(digests)} digests of {environment.registry} in {target}"


def _ask_to_remove(question: str) -> None:
    ask(question, instead="--yes (make down YES=1)")


def _agreed(_: str) -> None:
    """In place of a question that has been answered beforehand."""


commands.add_to(app)


if __name__ == "__main__":
    app()
