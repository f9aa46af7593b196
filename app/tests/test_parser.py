from __future__ import annotations

import pytest

from ktr_app.ktr import errors
from ktr_app.ktr.parser import MAX_DEPTH, parse
from tests.flow import flow, step

LIMIT = 100_000
DUMMY = step("a", "Dummy")
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;">]>
<transformation>&lol2;</transformation>"""

FAULTS = {
    "empty": (b"  \n", errors.EmptyFileError, "empty"),
    "too large": (b"x" * (LIMIT + 1), errors.TooLargeError, "KTR_MAX_KTR_BYTES"),
    "billion laughs": (LAUGHS, errors.ForbiddenXmlError, "document type"),
    "external entity": (
        b'<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><transformation>&x;</transformation>',
        errors.ForbiddenXmlError,
        "Remove the declaration",
    ),
    "DTD": (b'<!DOCTYPE t SYSTEM "http://x/y.dtd"><transformation/>', errors.ForbiddenXmlError, "line 1"),
    "wrong encoding": (
        b'<?xml version="1.0" encoding="UTF-8"?>\n<transformation><info>\xe9</info></transformation>',
        errors.WrongEncodingError,
        "line 2",
    ),
    "unknown encoding": (
        b'<?xml version="1.0" encoding="klingon"?><transformation/>',
        errors.WrongEncodingError,
        "UTF-8",
    ),
    "declared UTF-16": (
        b'<?xml version="1.0" encoding="UTF-16"?><transformation/>',
        errors.WrongEncodingError,
        "encoding",
    ),
    "truncated": (b"<transformation>\n<step>\n<name>a", errors.MalformedXmlError, "ends too early"),
    "broken": (b"<transformation>\n<step></stop></transformation>", errors.MalformedXmlError, "line 2"),
    "no XML": (b"PK\x03\x04 a zip file", errors.MalformedXmlError, "broken"),
    "nested": (b"<transformation>" + b"<a>" * MAX_DEPTH, errors.MalformedXmlError, "deeper"),
    "a job": (b"<job><name>j</name></job>", errors.NotATransformationError, "job"),
    "a web page": (b"<html/>", errors.NotATransformationError, "<html>"),
    "unnamed step": (flow([step("", "Dummy")], []), errors.UnnamedStepError, "<name>"),
    "step without type": (flow([step("a", "")], []), errors.UnnamedStepError, "<type>"),
    "twin steps": (flow([DUMMY, DUMMY], []), errors.DuplicateStepError, "line 2"),
    "hop to nowhere": (flow([DUMMY], [("a", "ghost")]), errors.UnknownHopError, "'ghost'"),
    "circle": (
        flow([DUMMY, step("b", "Dummy")], [("a", "b"), ("b", "a")]),
        errors.CycleError,
        "Delete or disable",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_has_its_type_and_says_how_to_fix_it(name: str) -> None:
    data, kind, hint = FAULTS[name]
    with pytest.raises(kind) as caught:
        parse(data, max_bytes=LIMIT)
    assert type(caught.value) is kind
    assert hint in str(caught.value)
    assert caught.value.fix


def test_a_disabled_hop_may_close_a_circle() -> None:
    data = flow([DUMMY, step("b", "Dummy")], [("a", "b"), ("b", "a", "N")])
    assert [hop.enabled for hop in parse(data, max_bytes=LIMIT).hops] == [True, False]


def test_utf16_with_its_mark_is_read() -> None:
    head = '<?xml version="1.0" encoding="UTF-16"?>'
    text = f"{head}<transformation><info><name>žluť</name></info></transformation>"
    assert parse(text.encode("utf-16"), max_bytes=LIMIT).name == "žluť"


def test_parameters_and_lines_are_kept() -> None:
    info = (
        "<parameters><parameter><name>P</name><default_value>1</default_value></parameter></parameters>\n\n"
    )
    found = parse(flow([DUMMY], [], info=info), max_bytes=LIMIT)
    assert (found.parameters[0].name, found.parameters[0].default) == ("P", "1")
    assert found.step("a").line == 3
