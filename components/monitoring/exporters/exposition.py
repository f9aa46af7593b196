"""Metrics in Prometheus's text format, and the small server that answers with them."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})

Labels = tuple[tuple[str, str], ...]


def labels(**values: str) -> Labels:
    """Labels in their order."""
    return tuple(sorted(values.items()))


@dataclass
class Metric:
    """A counter or gauge with its values by labels."""

    name: str
    kind: str
    """`counter` or `gauge`."""
    help: str
    values: dict[Labels, float] = field(default_factory=dict)

    def add(self, amount: float = 1, **of: str) -> None:
        """Count."""
        key = labels(**of)
        self.values[key] = self.values.get(key, 0) + amount

    def set(self, value: float, **of: str) -> None:
        """Take a value over."""
        self.values[labels(**of)] = value

    def lines(self) -> Iterator[str]:
        """The metric in the text format."""
        yield from _head(self.name, self.kind, self.help)
        for key, value in self.values.items():
            yield _sample(self.name, key, value)


@dataclass
class Histogram:
    """Counts of observed values by upper bound."""

    name: str
    help: str
    bounds: tuple[float, ...]
    counts: dict[Labels, list[int]] = field(default_factory=dict)
    sums: dict[Labels, float] = field(default_factory=dict)

    def observe(self, value: float, **of: str) -> None:
        """Count a value."""
        key = labels(**of)
        counts = self.counts.setdefault(key, [0] * (len(self.bounds) + 1))
        counts[next((index for index, bound in enumerate(self.bounds) if value <= bound), -1)] += 1
        self.sums[key] = self.sums.get(key, 0.0) + value

    def lines(self) -> Iterator[str]:
        """The histogram in the text format."""
        yield from _head(self.name, "histogram", self.help)
        for key, counts in self.counts.items():
            total = 0
            for bound, count in zip([*map(str, self.bounds), "+Inf"], counts, strict=True):
                total += count
                yield _sample(f"{self.name}_bucket", (*key, ("le", bound)), total)
            yield _sample(f"{self.name}_sum", key, self.sums[key])
            yield _sample(f"{self.name}_count", key, total)


def exposition(metrics: Iterable[Metric | Histogram]) -> str:
    """What `/metrics` answers."""
    return "\n".join([*(line for metric in metrics for line in metric.lines()), ""])


def serve(port: int, collect: Callable[[], str], lock: Lock) -> None:
    """Answer `/metrics` with what `collect` says, while holding `lock`, and `/healthz`, for ever."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            if self.path == "/metrics":
                with lock:
                    body = collect()
                self._answer(HTTPStatus.OK, body)
            else:
                self._answer(HTTPStatus.OK if self.path == "/healthz" else HTTPStatus.NOT_FOUND, "")

        def _answer(self, status: HTTPStatus, body: str) -> None:
            content = body.encode()
            self.send_response(status)
            self.send_header("Content-Type", CONTENT_TYPE)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            # A health check may have gone once it has read the first line.
            if content:
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing about requests."""

    ThreadingHTTPServer(("", port), Handler).serve_forever()


def _head(name: str, kind: str, text: str) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"


def _sample(name: str, key: Iterable[tuple[str, str]], value: float) -> str:
    pairs: Mapping[str, str] = dict(key)
    inner = ",".join(f'{label}="{text.translate(_ESCAPES)}"' for label, text in pairs.items())
    return f"{name}{{{inner}}} {value:.12g}" if inner else f"{name} {value:.12g}"
