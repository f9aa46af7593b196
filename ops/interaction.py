"""What the commands have in common: their arguments, questions, and errors for people."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer
from docker.errors import DockerException
from rich.markup import escape

from components.engine import EngineError
from components.traffic.errors import TrafficError
from ops.console import console
from ops.errors import OpsError

Stack = Annotated[str, typer.Argument(help="The part between the dots of Pulumi.STACK.yaml.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on stdout.")]


def ask(question: str, *, instead: str) -> None:
    """Go on only if a person agrees.

    Args:
        question: what is about to happen.
        instead: how to say so beforehand, for when nobody is there.

    Raises:
        OpsError: nobody is there to answer.
    """
    if not sys.stdin.isatty():
        raise OpsError(f"{question} Nobody is there to answer", fix=f"Say so beforehand: {instead}")
    typer.confirm(question, abort=True)


@contextmanager
def errors_for_people() -> Iterator[None]:
    """Turn errors into messages and exit codes."""
    try:
        yield
    except OpsError as error:
        fail(error)
    except (TrafficError, EngineError) as error:
        fail(OpsError(str(error)))
    except DockerException as error:
        fail(OpsError(f"the engine refuses: {error}"))
    except KeyboardInterrupt:
        console.print("[yellow]Interrupted.[/yellow]")
        raise typer.Exit(130) from None


def fail(error: OpsError) -> NoReturn:
    """Print an error and end with exit code 1."""
    console.print(f"\n[bold red]Error:[/bold red] {escape(error.what)}")
    if error.fix:
        console.print(f"[bold]Fix:[/bold] {escape(error.fix)}")
    if error.log:
        console.print(f"[dim]Full log: {error.log}[/dim]")
    raise typer.Exit(1)
