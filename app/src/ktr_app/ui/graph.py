"""A transformation as a drawing, in Graphviz's language."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from ktr_app.ktr.model import Transformation
from ktr_app.ktr.xml import text
from ktr_app.steps import REGISTRY

_STYLE = (
    'graph [rankdir=LR, bgcolor="transparent", nodesep=0.35, ranksep=0.5];'
    'node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11, margin="0.18,0.1", '
    'color="#c3cfe6", fillcolor="#f4f6fb", fontcolor="#14213d"];'
    'edge [color="#7b879c", fontname="Helvetica", fontsize=9, arrowsize=0.7];'
)


def dot(transformation: Transformation) -> str:
    """Return the graph of steps and hops; what KTR cannot run is red, a disabled hop is dashed."""
    lines = [_STYLE]
    for step in transformation.steps:
        missing = ', fillcolor="#fdecec", color="#e08a8a"' if step.type not in REGISTRY else ""
        lines.append(f"{_quoted(step.name)} [label={_quoted(step.name, step.type)}{missing}];")
    routes = {(s.name, target): word for s in transformation.steps for word, target in _targets(s.element)}
    errors = {(hop.source, hop.target) for hop in transformation.error_hops}
    for hop in transformation.hops:
        pair = (hop.source, hop.target)
        look = [] if hop.enabled else ['style=dashed, color="#c3cfe6"']
        if pair in errors:
            look.append('color="#c0392b", label="errors"')
        elif pair in routes:
            look.append(f'label="{routes[pair]}"')
        lines.append(f"{_quoted(hop.source)} -> {_quoted(hop.target)} [{', '.join(look)}];")
    return "digraph flow {" + "\n".join(lines) + "}"


def _targets(element: Element) -> list[tuple[str, str]]:
    pairs = (("true", text(element, "send_true_to")), ("false", text(element, "send_false_to")))
    return [(word, target) for word, target in pairs if target]


def _quoted(*lines: str) -> str:
    return '"' + "\\n".join(line.replace("\\", "\\\\").replace('"', '\\"') for line in lines) + '"'
