from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ktr_app.engine.files import DataFiles, OutsideError
from ktr_app.engine.masks import NumberMask, date_format
from ktr_app.engine.values import DTYPES, Format, convert
from ktr_app.engine.variables import Variables


@pytest.mark.parametrize(
    ("pattern", "value", "text"),
    [
        ("#,##0.00", 1234567.891, "1,234,567.89"),
        ("0.00", -0.004, "0.00"),
        ("0", 2.5, "2"),
        ("000", 7, "007"),
        ("#.##", 0.5, ".5"),
        ("0.0##", 1.5, "1.5"),
        ("0 %", 0.256, "26 %"),
        ("", 1.0, "1.0"),
        ("€ #,##0.00", 1000, "€ 1,000.00"),
    ],
)
def test_a_number_mask_writes_as_java_does(pattern: str, value: float, text: str) -> None:
    assert NumberMask(pattern=pattern).format(value) == text


def test_symbols_may_be_european() -> None:
    assert NumberMask(pattern="#,##0.00", decimal=",", group=".").format(1234.5) == "1.234,50"


@pytest.mark.parametrize(
    ("mask", "format_"),
    [
        ("yyyy/MM/dd HH:mm:ss.SSS", "%Y/%m/%d %H:%M:%S%.3f"),
        ("dd-MMM-yy", "%d-%b-%y"),
        ("yyyy-MM-dd'T'HH:mm", "%Y-%m-%dT%H:%M"),
    ],
)
def test_date_masks_are_translated(mask: str, format_: str) -> None:
    assert date_format(mask) == format_


def test_an_unknown_date_letter_is_named() -> None:
    with pytest.raises(ValueError, match="'Q'"):
        date_format("Q yyyy")


@pytest.mark.parametrize(
    ("text", "kind", "format_", "value"),
    [
        ("1,234.5", "Number", Format(mask="#,##0.0"), 1234.5),
        ("1.234,5", "Number", Format(mask="#,##0.0", decimal=","), 1234.5),
        ("$ 12", "Integer", Format(currency="$"), 12),
        (" 7 ", "Integer", Format(), 7),
        ("7.0", "Integer", Format(), 7),
        ("y", "Boolean", Format(), True),
        ("no", "Boolean", Format(), False),
        ("2024/3/9", "Date", Format(mask="yyyy/MM/dd"), datetime(2024, 3, 9)),
        ("  ", "Number", Format(), None),
    ],
)
def test_text_becomes_a_value(text: str, kind: str, format_: Format, value: object) -> None:
    done = convert(pl.Series("v", [text]), DTYPES[kind], format_)
    assert done.values.to_list() == [value]
    assert not done.bad.any()


@pytest.mark.parametrize("kind", ["Integer", "Number", "Date"])
def test_text_without_meaning_is_bad_and_null(kind: str) -> None:
    done = convert(pl.Series("v", ["x", None]), DTYPES[kind])
    assert done.bad.to_list() == [True, False]
    assert done.values.to_list() == [None, None]


@given(st.lists(st.one_of(st.none(), st.integers(-(2**62), 2**62))))
def test_whole_numbers_survive_the_way_through_text(numbers: list[int | None]) -> None:
    column = pl.Series("v", numbers, dtype=pl.Int64)
    text = convert(column, pl.String()).values
    assert convert(text, pl.Int64()).values.to_list() == numbers


@given(st.text())
def test_no_path_leaves_the_data_folder(text: str) -> None:
    files = DataFiles(root=Path("/srv/data"))
    try:
        path = files.resolve(text)
    except (OutsideError, OSError):
        return
    assert path.is_relative_to(files.root)


@pytest.mark.parametrize(
    "text", ["../x", "/etc/passwd", "a/../../x", "file:///etc/passwd", "..\\x", "", "a\0b"]
)
def test_escapes_are_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(OutsideError):
        DataFiles(root=tmp_path).resolve(text)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc")
    with pytest.raises(OutsideError):
        DataFiles(root=tmp_path).resolve("link/passwd")


def test_variables_are_replaced_once_and_unknown_ones_stay() -> None:
    variables = Variables({"A": "${B}", "B": "2"})
    assert variables.substitute("${A} %%B%% ${C}") == "${B} 2 ${C}"
