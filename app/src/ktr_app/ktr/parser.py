"""From the bytes of a .ktr file to a `Transformation`, or to one clear fault."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException, DTDForbidden
from defusedxml.ElementTree import DefusedXMLParser

from ktr_app.ktr.errors import (
    CycleError,
    DuplicateStepError,
    EmptyFileError,
    ForbiddenXmlError,
    MalformedXmlError,
    NotATransformationError,
    TooLargeError,
    UnknownHopError,
    UnnamedStepError,
    WrongEncodingError,
)
from ktr_app.ktr.graph import CircleError, order
from ktr_app.ktr.model import ErrorHop, Hop, Parameter, StepSpec, Transformation
from ktr_app.ktr.xml import LINE, children, flag, line_of, text

MAX_DEPTH = 100
MAX_STEPS = 2_000
_SAVE_AGAIN = "Open the file in Spoon and save it again"


class _LineParser(DefusedXMLParser):
    """Keeps each element's line and refuses absurd nesting."""

    def __init__(self) -> None:
        super().__init__(forbid_dtd=True, forbid_entities=True, forbid_external=True)
        self._depth = 0
        self._start_element: Any = self.parser.StartElementHandler
        self._end_element: Any = self.parser.EndElementHandler
        self.parser.StartElementHandler = self._start_with_line
        self.parser.EndElementHandler = self._end_counted

    def _start_with_line(self, tag: str, attributes: list[str]) -> Any:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise MalformedXmlError(
                f"Elements are nested deeper than {MAX_DEPTH} levels",
                fix="No transformation is; check where the file comes from",
                line=self.parser.CurrentLineNumber,
            )
        return self._start_element(tag, [*attributes, LINE, str(self.parser.CurrentLineNumber)])

    def _end_counted(self, tag: str) -> Any:
        self._depth -= 1
        return self._end_element(tag)


def parse(data: bytes, *, max_bytes: int) -> Transformation:
    """Read a transformation.

    Args:
        data: the file, untrusted.
        max_bytes: larger files are refused unread.

    Raises:
        KtrError: the subclass says which fault, its text where and how to fix it.
    """
    if len(data) > max_bytes:
        raise TooLargeError(
            f"The file has {len(data):,} bytes, more than the {max_bytes:,} allowed",
            fix="Split the transformation, or raise KTR_MAX_KTR_BYTES",
        )
    if not data.strip():
        raise EmptyFileError("The file is empty", fix="Export the transformation from Spoon once more")
    root = _root(data)
    if root.tag != "transformation":
        kind = "a Pentaho job (.kjb)" if root.tag == "job" else f"a <{root.tag}> document"
        raise NotATransformationError(
            f"This is {kind}, not a transformation",
            fix="Choose a .ktr file: its first element is <transformation>",
            line=line_of(root),
        )
    steps = _steps(root)
    hops = _hops(root, {step.name for step in steps})
    error_hops = _error_hops(root, {step.name for step in steps})
    _check_cycles(steps, hops)
    return Transformation(
        name=text(root, "info/name", "Unnamed transformation"),
        description=text(root, "info/description"),
        steps=steps,
        hops=hops,
        error_hops=error_hops,
        parameters=tuple(
            Parameter(
                name=text(p, "name"), default=text(p, "default_value"), description=text(p, "description")
            )
            for p in children(root, "info/parameters/parameter")
            if text(p, "name")
        ),
    )


def _root(data: bytes) -> Element:
    parser = _LineParser()
    try:
        parser.feed(data)
        root: Element = parser.close()
    except DefusedXmlException as error:
        kind = "a document type (<!DOCTYPE>)" if isinstance(error, DTDForbidden) else "an XML entity"
        raise ForbiddenXmlError(
            f"The file declares {kind}, which KTR refuses for safety",
            fix="Remove the declaration; Pentaho never writes one",
            line=parser.parser.CurrentLineNumber,
        ) from error
    except (UnicodeError, LookupError, ValueError) as error:
        raise _encoding_fault() from error
    except ParseError as error:
        raise _syntax_fault(data, error) from error
    return root


def _encoding_fault(line: int | None = None) -> WrongEncodingError:
    return WrongEncodingError(
        "The text is not in the encoding that the file declares",
        fix=f'{_SAVE_AGAIN} as UTF-8, with encoding="UTF-8" in its first line',
        line=line,
    )


def _syntax_fault(data: bytes, error: ParseError) -> MalformedXmlError | WrongEncodingError:
    line, _ = error.position
    reason = str(error).split(":")[0]
    if "encoding" in reason:
        return _encoding_fault(line)
    if "invalid token" in reason and not _is_utf8(data):
        return _encoding_fault(line)
    if "no element found" in reason or "unclosed" in reason:
        return MalformedXmlError(
            "The XML ends too early", fix="Copy the file again: it was cut off", line=line
        )
    return MalformedXmlError(
        f"The XML is broken: {reason}", fix=f"{_SAVE_AGAIN}, or repair that line", line=line
    )


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _steps(root: Element) -> tuple[StepSpec, ...]:
    steps: dict[str, StepSpec] = {}
    for element in children(root, "step"):
        name, kind, line = text(element, "name"), text(element, "type"), line_of(element)
        if not name or not kind:
            missing = "type" if name else "name"
            raise UnnamedStepError(
                f"A step has no <{missing}>", fix=f"Give the step a <{missing}> in Spoon", line=line
            )
        if name in steps:
            raise DuplicateStepError(
                f"Two steps are called {name!r}, the first in line {steps[name].line}",
                fix="Rename one of them",
                line=line,
            )
        distribute = flag(element, "distribute", default=True)
        steps[name] = StepSpec(name=name, type=kind, element=element, distribute=distribute, line=line)
    if len(steps) > MAX_STEPS:
        raise TooLargeError(f"The file has {len(steps):,} steps, more than {MAX_STEPS:,}", fix="Split it")
    return tuple(steps.values())


def _hops(root: Element, known: set[str]) -> tuple[Hop, ...]:
    hops = []
    for element in children(root, "order/hop"):
        hop = Hop(
            source=text(element, "from"),
            target=text(element, "to"),
            enabled=flag(element, "enabled", default=True),
        )
        for name in (hop.source, hop.target):
            _check_known(name, known, f"The hop {hop.source!r} → {hop.target!r}", element)
        hops.append(hop)
    return tuple(hops)


def _error_hops(root: Element, known: set[str]) -> tuple[ErrorHop, ...]:
    hops = []
    for element in children(root, "step_error_handling/error"):
        if not flag(element, "is_enabled"):
            continue
        source, target = text(element, "source_step"), text(element, "target_step")
        for name in (source, target):
            _check_known(name, known, f"The error handling of {source!r}", element)
        hops.append(
            ErrorHop(
                source=source,
                target=target,
                count_field=text(element, "nr_valuename"),
                description_field=text(element, "descriptions_valuename"),
                fields_field=text(element, "fields_valuename"),
                codes_field=text(element, "codes_valuename"),
            )
        )
    return tuple(hops)


def _check_known(name: str, known: set[str], what: str, element: Element) -> None:
    if name not in known:
        raise UnknownHopError(
            f"{what} names the step {name!r}, which is not in the file",
            fix="Delete the hop in Spoon, or restore the step",
            line=line_of(element),
        )


def _check_cycles(steps: tuple[StepSpec, ...], hops: tuple[Hop, ...]) -> None:
    try:
        order([s.name for s in steps], [(h.source, h.target) for h in hops if h.enabled])
    except CircleError as error:
        line = next(s.line for s in steps if s.name == error.names[0])
        raise CycleError(
            f"Rows would run in a circle: {error}", fix="Delete or disable one of these hops", line=line
        ) from error
