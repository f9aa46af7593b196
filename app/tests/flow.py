"""Small transformations for tests, and a run of them without any service."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape

import polars as pl

from ktr_app.engine.context import RunContext
from ktr_app.engine.files import DataFiles
from ktr_app.engine.pipeline import Pipeline
from ktr_app.engine.progress import Progress
from ktr_app.engine.step import REGISTRY, Rows, Step
from ktr_app.engine.values import type_name
from ktr_app.engine.variables import Variables
from ktr_app.ktr.parser import parse

Hop = tuple[str, str] | tuple[str, str, str]


def step(name: str, kind: str, body: str = "", *, distribute: str = "N") -> str:
    """Return the XML of a step."""
    return (
        f"<step><name>{escape(name)}</name><type>{kind}</type>"
        f"<distribute>{distribute}</distribute>{body}</step>\n"
    )


def flow(steps: Sequence[str], hops: Sequence[Hop], extra: str = "", info: str = "") -> bytes:
    """Return the XML of a transformation."""
    arrows = "".join(
        f"<hop><from>{source}</from><to>{target}</to><enabled>{''.join(enabled) or 'Y'}</enabled></hop>"
        for source, target, *enabled in hops
    )
    return (
        f"<transformation><info><name>test</name>{info}</info><order>{arrows}</order>"
        f"{''.join(steps)}{extra}</transformation>"
    ).encode()


def grid(name: str, types: Mapping[str, str], rows: Sequence[Sequence[object]]) -> str:
    """Return a DataGrid with these rows; None is an empty item."""
    fields = "".join(f"<field><name>{n}</name><type>{t}</type></field>" for n, t in types.items())
    lines = "".join(
        "<line>" + "".join(f"<item>{'' if v is None else escape(str(v))}</item>" for v in row) + "</line>"
        for row in rows
    )
    return step(name, "DataGrid", f"<fields>{fields}</fields><data>{lines}</data>")


class Collector:
    """What arrived at each last step."""

    def __init__(self) -> None:
        self.frames: dict[str, list[pl.DataFrame]] = {}

    def rows(self, name: str) -> list[tuple[object, ...]]:
        """Return the rows that arrived."""
        frames = self.frames.get(name, [])
        return [row for frame in frames for row in frame.iter_rows()]

    def types(self, name: str) -> dict[str, str]:
        """Return Pentaho's types of the fields that arrived."""
        return {n: type_name(t) for n, t in self.frames[name][0].schema.items()}


def context(tmp_path: Path, **changes: object) -> RunContext:
    """Return a run's surroundings in a temporary folder."""
    data = tmp_path / "data"
    data.mkdir(exist_ok=True)
    plain = RunContext(files=DataFiles(root=data), scratch=tmp_path / "scratch")
    return replace(plain, **changes)  # type: ignore[arg-type]  # the test names real fields


def run(
    data: bytes, surroundings: RunContext, variables: Mapping[str, str] | None = None
) -> tuple[Collector, Progress]:
    """Run a transformation; steps of type `Collect` keep what comes."""
    collector = Collector()

    class Collect(Step):
        def process(self, frame: pl.DataFrame):  # type: ignore[no-untyped-def]
            collector.frames.setdefault(self.spec.name, []).append(frame)
            yield Rows(frame)

    REGISTRY["Collect"] = Collect
    progress = Progress()
    try:
        transformation = parse(data, max_bytes=10**8)
        surroundings = replace(surroundings, variables=Variables(variables or {}))
        Pipeline(transformation, surroundings, progress).execute()
    finally:
        REGISTRY.pop("Collect", None)
    return collector, progress


def through(
    surroundings: RunContext, types: Mapping[str, str], rows: Sequence[Sequence[object]], *steps: str
) -> Collector:
    """Send rows through steps named 1, 2, … in a line, to the step `out`."""
    names = ["in", *(str(n + 1) for n in range(len(steps))), "out"]
    made = [grid("in", types, rows), *steps, step("out", "Collect")]
    return run(flow(made, list(pairwise(names))), surroundings)[0]
