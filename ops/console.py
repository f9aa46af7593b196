"""What a person sees: steps with what is going on and for how long, on stderr; results are for stdout."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn

HEARTBEAT = 15.0
"""Seconds between two signs of life where nothing can be redrawn (a log file, CI)."""

console = Console(stderr=True, highlight=False, soft_wrap=True)


def elapsed(seconds: float) -> str:
    """A duration for people: `0.4 s`, `42 s`, `3 min 07 s`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


class Step:
    """One named piece of work; its `detail` says what is going on, its `result` what came of it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.detail = ""
        self.result = ""
        self.warning = False
        self._started = time.monotonic()

    @property
    def duration(self) -> str:
        """Time since the start."""
        return elapsed(time.monotonic() - self._started)

    def line(self, mark: str, text: str) -> str:
        """The step as one line of Rich markup."""
        return f"{mark} [bold]{self.name:<9}[/bold] {escape(text)} [dim]{self.duration}[/dim]"


@contextmanager
def step(name: str) -> Iterator[Step]:
    """Show a piece of work while it is done, and afterwards as one line."""
    current = Step(name)
    stop = threading.Event()
    show = _redraw if console.is_terminal else _report
    display = threading.Thread(target=show, args=(current, stop), daemon=True)
    display.start()
    mark = "[red]✗[/red]"
    try:
        yield current
        mark = "[yellow]![/yellow]" if current.warning else "[green]✓[/green]"
    finally:
        stop.set()
        display.join()
        failed = "red" in mark
        console.print(current.line(mark, current.detail if failed else current.result or current.detail))


def _redraw(current: Step, stop: threading.Event) -> None:
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("")
        while not stop.wait(0.1):
            progress.update(task, description=current.line("", current.detail).lstrip())


def _report(current: Step, stop: threading.Event) -> None:
    while not stop.wait(HEARTBEAT):
        console.print(current.line("…", current.detail or "still working"))
